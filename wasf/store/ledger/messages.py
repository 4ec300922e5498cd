"""Messages in the ledger's tables: which are known, which are queued, which are logged.

The messages of an export are close together in time, and so are those that are known: a range of
minutes is read at once and compared here. Where too many others are in that range, each message is
looked up by itself. A message with an id of its source is looked up by that id, whatever its time,
also among the ids of messages that came another way before (`message_alias`, rule I3).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from wasf.core.chats import ChatId, Message
from wasf.core.keys import KeyedBatch, under, with_keys
from wasf.core.records import MessageKey, RecordId
from wasf.store.ledger.chats import chat_number, forget_coverage
from wasf.store.ledger.codec import (
    body_row,
    from_micros,
    header_row,
    logged_row,
    message_from,
    minute_start,
    pack_task_id,
    second_of,
)
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.facts import read_fact, write_fact

THIS_RUN = "(SELECT coalesce(max(number), 0) FROM run)"
"""The number of the run at work, in SQL: one run works at a time, and it is the latest."""

_LAST_ARRIVAL = "last arrival"
_PAGE = 1000
_MOST = 4  # rows for each message that is asked for: reading so many is quicker than looking up
_PAIRS = 450  # two values each: older SQLite takes at most 999


class MessageState(StrEnum):
    """The state of a message in the ledger.

    `NEW`: the ledger does not know it. `INTENDED`: a Task that holds it was about to be sent, and
    the outcome is not known. `UNDONE`: it was undone or purged; no sync logs it by itself.
    """

    NEW = "new"
    QUEUED = "queued"
    INTENDED = "intended"
    LOGGED = "logged"
    UNDONE = "undone"


class Arrival(NamedTuple):
    """A message that goes into the queue or comes out of it, with its key."""

    key: MessageKey
    message: Message


class MessageQueue(LedgerPart):
    """The messages of chats: new, queued, logged or undone."""

    def message_states(self, chat_id: ChatId, batch: KeyedBatch) -> Sequence[MessageState]:
        """Return the states of these messages of a chat, in order."""
        return message_states(self._db, chat_number(self._db, chat_id), batch)

    def known_states(
        self, chat_id: ChatId, other_ids: Sequence[ChatId], batch: KeyedBatch
    ) -> tuple[list[MessageState], list[tuple[int, MessageKey]]]:
        """Return the states of messages, by the keys that they have under any id of the chat.

        Also return minute and key of those messages that are known under another id.
        """
        states = list(self.message_states(chat_id, batch))
        shown: list[tuple[int, MessageKey]] = []
        for other in other_ids:
            indexes = [at for at, state in enumerate(states) if state is MessageState.NEW]
            if not indexes:
                break
            some = under(other, batch, indexes)
            for at, key, state in zip(
                indexes, some.keys, self.message_states(chat_id, some), strict=True
            ):
                if state is not MessageState.NEW:
                    states[at] = state
                    shown.append((batch.minutes[at], key))
        return states, shown

    def enqueue(self, chat_id: ChatId, arrivals: Sequence[Arrival], source: str = "") -> None:
        """Put new messages into the queue; known ones stay as they are.

        `source` is the kind of source whose ids the messages have.
        """
        with self._db.transaction():
            has_ids = any(message.native_id for _, message in arrivals)
            number_of_source = source_number(self._db, source) if has_ids else 0
            chat = chat_number(self._db, chat_id)
            states = message_states(self._db, chat, with_keys(arrivals))
            new: dict[MessageKey, Message] = {}
            for (key, message), state in zip(arrivals, states, strict=True):
                if state is MessageState.NEW:
                    new.setdefault(key, message)
            first = _next_arrivals(self._db, len(new))
            self._db.run_many(
                """INSERT INTO body (number, author, text, attachment, native_id)
                   VALUES (?, ?, ?, ?, ?)""",
                (
                    (number, *body_row(message, self._db.machine))
                    for number, message in enumerate(new.values(), first)
                ),
            )
            self._db.run_many(
                """INSERT INTO queue (chat, body, key, source, sent_at, outgoing, kind)
                   VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    (
                        chat,
                        number,
                        key,
                        number_of_source if message.native_id else 0,
                        *header_row(message),
                    )
                    for number, (key, message) in enumerate(new.items(), first)
                ),
            )

    def queued(self, chat_id: ChatId) -> Iterator[Arrival]:
        """Yield a chat's queued messages by time, then as they arrived; without intended ones.

        What was yielded may be changed meanwhile.
        """
        chat = chat_number(self._db, chat_id)
        last = (-(2**63), -1)
        while True:
            page = self._db.rows(
                """SELECT key, body, sent_at, outgoing, kind, author, text, attachment, native_id
                   FROM queue JOIN body ON body.number = queue.body
                   WHERE chat = ? AND (sent_at, body) > (?, ?) AND open = 0
                   ORDER BY sent_at, body LIMIT ?""",
                (chat, *last, _PAGE),
            )
            for row in page:
                yield Arrival(MessageKey(row[0]), message_from(row[2:]))
            if len(page) < _PAGE:
                return
            last = (page[-1][2], page[-1][1])

    def queued_span(self, chat_id: ChatId) -> tuple[datetime, datetime] | None:
        """Return the times of a chat's first and last queued message (UTC), None without any."""
        [(first, last)] = self._db.rows(
            "SELECT min(sent_at), max(sent_at) FROM queue WHERE chat = ?",
            (chat_number(self._db, chat_id),),
        )
        return None if first is None else (from_micros(first), from_micros(last))

    def drop(self, keys: Collection[MessageKey]) -> None:
        """Delete messages from the queue without a trace; those that may be on their way stay.

        The covered time of their chats is forgotten, because an export would show them as new.
        """
        with self._db.transaction():
            rows = list(
                self._db.rows_among(
                    "SELECT key, body, chat FROM queue WHERE open = 0 AND key IN (*)", keys
                )
            )
            delete_queued(self._db, rows)
            for chat in {chat for _, _, chat in rows}:
                forget_coverage(self._db, chat)


def number_of(run: int | None) -> str:
    """Return the number of a run in SQL; None: that of the one at work."""
    return THIS_RUN if run is None else str(int(run))


# --- States ------------------------------------------------------------------------------------


def message_states(db: Database, chat: int, batch: KeyedBatch) -> list[MessageState]:
    """Return the state of each message of a chat, in order."""
    if not batch.keys:
        return []
    found = dict(map(_queued_state, _queued_near(db, chat, batch)))
    found.update(dict.fromkeys(_logged(db, chat, batch), MessageState.LOGGED))
    found.update(dict.fromkeys(_undone(db, chat, found), MessageState.UNDONE))
    with_ids = [key for key, message in batch.rows() if message.native_id and key not in found]
    if with_ids:
        found.update(_states_by_id(db, chat, with_ids))
    return [found.get(key, MessageState.NEW) for key in batch.keys]


def _queued_near(db: Database, chat: int, batch: KeyedBatch) -> Collection[Row]:
    """Return key and open Tasks of the queued messages asked for, and of some beside them."""
    if batch.messages[0].native_id:  # known by its id, whatever its time
        return list(_queued(db, batch.keys))
    near = db.rows(
        "SELECT key, open FROM queue WHERE chat = ? AND sent_at >= ? AND sent_at < ? LIMIT ?",
        (
            chat,
            minute_start(min(batch.minutes)),
            minute_start(max(batch.minutes) + 1),
            _MOST * len(batch.keys),
        ),
    )
    return near if len(near) < _MOST * len(batch.keys) else list(_queued(db, batch.keys))


def _queued(db: Database, keys: Sequence[MessageKey]) -> Iterator[Row]:
    return db.rows_among("SELECT key, open FROM queue WHERE key IN (*)", keys)


def _queued_state(row: Row) -> tuple[bytes, MessageState]:
    key, open_tasks = row
    return key, MessageState.INTENDED if open_tasks else MessageState.QUEUED


def _logged(db: Database, chat: int, batch: KeyedBatch) -> Iterator[bytes]:
    """Yield the keys of those messages that are logged."""
    pairs = list(zip(batch.minutes, batch.keys, strict=True))
    near = db.rows(
        "SELECT minute, key FROM logged WHERE chat = ? AND minute BETWEEN ? AND ? LIMIT ?",
        (chat, min(batch.minutes), max(batch.minutes), _MOST * len(pairs)),
    )
    is_all = len(near) < _MOST * len(pairs)
    found = set(pairs).intersection(near if is_all else _logged_among(db, chat, pairs))
    return (key for _, key in found)


def _logged_among(db: Database, chat: int, pairs: Sequence[tuple[int, bytes]]) -> Iterator[Row]:
    """Yield those pairs of minute and key that are logged, looked up one by one."""
    for start in range(0, len(pairs), _PAIRS):
        some = pairs[start : start + _PAIRS]
        marks = ",".join(["(?, ?)"] * len(some))
        yield from db.rows(
            f"""WITH asked (minute, key) AS (VALUES {marks})
                SELECT logged.minute, logged.key FROM asked CROSS JOIN logged
                WHERE logged.chat = ? AND logged.minute = asked.minute
                  AND logged.key = asked.key""",  # noqa: S608 - marks only
            [*chain.from_iterable(some), chat],
        )


def _undone(db: Database, chat: int, keys: Collection[bytes]) -> Iterator[bytes]:
    """Yield the keys of those messages of a chat that were undone; mostly there are none."""
    if db.rows("SELECT 1 FROM undone_message WHERE chat = ? LIMIT 1", (chat,)):
        asked = f"SELECT key FROM undone_message WHERE chat = {chat} AND key IN (*)"  # noqa: S608 - a number
        yield from (key for (key,) in db.rows_among(asked, keys))


def _states_by_id(db: Database, chat: int, keys: Sequence[MessageKey]) -> dict[bytes, MessageState]:
    """Return the states of those messages with ids of their source that are known by these."""
    logged = f"SELECT key FROM logged WHERE chat = {chat} AND source <> 0 AND key IN (*)"  # noqa: S608 - a number
    found = dict(map(_queued_state, _queued(db, keys)))
    found.update({key: MessageState.LOGGED for (key,) in db.rows_among(logged, keys)})
    found.update(dict.fromkeys(_undone(db, chat, found), MessageState.UNDONE))
    known_as = "SELECT key, message, minute FROM message_alias WHERE key IN (*)"
    for key, message, minute in db.rows_among(known_as, [k for k in keys if k not in found]):
        state = state_of(db, chat, minute, message)
        if state is not MessageState.NEW:
            found[key] = state
    return found


def state_of(db: Database, chat: int, minute: int, key: bytes) -> MessageState:
    for row in db.rows("SELECT key, open FROM queue WHERE key = ?", (key,)):
        return _queued_state(row)[1]
    place = (chat, minute, key)
    if not db.rows("SELECT 1 FROM logged WHERE chat = ? AND minute = ? AND key = ?", place):
        return MessageState.NEW
    return MessageState.UNDONE if any(_undone(db, chat, [key])) else MessageState.LOGGED


def add_aliases(
    db: Database, chat: int, source: str, aliases: Iterable[tuple[MessageKey, int, MessageKey]]
) -> None:
    """Store by which further keys messages are known: the key, then minute and key of the row."""
    number = source_number(db, source)
    db.run_many(
        """INSERT INTO message_alias (key, chat, source, minute, message) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET chat = excluded.chat, minute = excluded.minute,
                                           message = excluded.message""",
        ((key, chat, number, minute, message) for key, minute, message in aliases),
    )


def source_number(db: Database, source: str) -> int:
    """Return the number of a kind of source that gives messages ids."""
    db.run("INSERT INTO id_source (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (source,))
    [(number,)] = db.rows("SELECT number FROM id_source WHERE name = ?", (source,))
    return int(number)


# --- The queue ---------------------------------------------------------------------------------


def _next_arrivals(db: Database, count: int) -> int:
    """Return the first number of so many messages that arrive; none is ever given twice."""
    [(last,)] = db.rows("SELECT coalesce(max(number), 0) FROM body")
    first: int = max(last, int(read_fact(db, _LAST_ARRIVAL) or 0)) + 1
    if count:
        write_fact(db, _LAST_ARRIVAL, str(first + count - 1))
    return first


def delete_queued(db: Database, rows: Sequence[Row]) -> None:
    """Delete queued messages with their text; each row begins with key and body."""
    db.run_many("DELETE FROM queue WHERE key = ?", ((row[0],) for row in rows))
    db.run_many("DELETE FROM body WHERE number = ?", ((row[1],) for row in rows))
    db.run("UPDATE free_pages SET may_hold_text = TRUE WHERE NOT may_hold_text")


# --- Logged messages ---------------------------------------------------------------------------


def log_finished(
    db: Database,
    keys: Iterable[MessageKey],
    written: Mapping[MessageKey, bytes],
    own: Mapping[MessageKey, RecordId],
    run: int | None = None,
) -> set[MessageKey]:
    """Move those messages to the logged ones of which all Tasks are there; return their keys.

    `own` are their own Tasks that were written now; these still count as open. `written` are the
    digests of what stands in their own Tasks. Their text is deleted. Of the others those without an
    open Task stay in the queue. `run` is the number of the run that they count to, None: the one at
    work.
    """
    rows = db.rows_among(
        """SELECT key, body, chat, source, sent_at, outgoing, kind, text, task_id, failed, open
           FROM queue JOIN body ON body.number = queue.body WHERE key IN (*)""",
        keys,
    )
    done: list[Row] = []
    failed: list[bytes] = []
    for *row, task_id, has_failed, open_tasks in rows:
        key = row[0]
        if open_tasks - (key in own):
            continue
        if has_failed:
            failed.append(key)
        else:
            done.append((*row, own.get(key, task_id)))
    finished = {MessageKey(row[0]) for row in done}
    db.run_many(
        "UPDATE queue SET open = open - 1, task_id = ? WHERE key = ?",
        ((task_id, key) for key, task_id in own.items() if key not in finished),
    )
    _add_logged(db, done, written, run)
    delete_queued(db, done)
    per_chat = Counter(row[2] for row in done)
    db.run_many(
        "UPDATE chat SET logged = logged + ? WHERE number = ?",
        ((count, chat) for chat, count in per_chat.items()),
    )
    db.run_many("UPDATE queue SET failed = FALSE WHERE key = ?", ((key,) for key in failed))
    return finished


def _add_logged(
    db: Database, done: Iterable[Row], written: Mapping[MessageKey, bytes], run: int | None
) -> None:
    db.run_many(
        f"""INSERT INTO logged (key, chat, source, minute, outgoing, kind, digest, task_id,
                               written, second, arrival, run)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {number_of(run)})""",  # noqa: S608 - a constant or a number
        (
            (
                *(key, chat, source, *logged_row(sent_at, outgoing, kind, text)),
                *(pack_task_id(task), written.get(key), second_of(sent_at), body),
            )
            for key, body, chat, source, sent_at, outgoing, kind, text, task in done
        ),
    )
