"""Messages that are there twice: they came another way before (I3), or two chats logged them (X3).

Another way is an export, a backup or an API. Each source that gives messages ids has a number
(`messages.source_number`). A message with an id of a source is never one that has another id of the
same source; else minute, side and text decide, and the larger count of equal messages stays.
Exports tell a wall clock only: if they were read in a wrong time zone, their texts tell by how much
it is on. That stays known (`ChatProfile.offsets`).

What two chats of one person logged has a key in each of them. Such messages are equal in minute,
side, kind and digest. Two chats are one person's if they have the same record, or if they were
joined: a join notes what both had logged.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter

from wasf.core.alignment import (
    FARTHEST,
    OffsetChange,
    moved_minute,
    steps_by_texts,
    texts_once,
    with_changes,
)
from wasf.core.chats import ChatId, Message
from wasf.core.coverage import CoverageRange
from wasf.core.diff import (
    ChatMessage,
    Difference,
    Fingerprint,
    KnownMessage,
    LineMatch,
    NewLine,
    equal_matches,
    matches,
)
from wasf.core.keys import KeyedBatch, text_digest
from wasf.core.records import MessageKey
from wasf.store.ledger.chats import chat_number, chat_profile, save_chat_profile
from wasf.store.ledger.codec import (
    digest_of,
    fingerprint_from,
    minute_start,
    pack_task_id,
    unpack_task_id,
)
from wasf.store.ledger.codec import minute_of as minute_at
from wasf.store.ledger.database import Database, LedgerPart, Row
from wasf.store.ledger.messages import add_aliases, source_number, state_of
from wasf.store.ledger.model import EqualMessages, LoggedCopy, MessageState


def known_by_text(
    db: Database,
    chat_id: ChatId,
    source: str,
    batch: KeyedBatch,
    places: Sequence[int],
    *then: Sequence[int],
) -> dict[int, MessageState]:
    """Return which of these messages came another way before, by place, and their states.

    `then` are the minutes of the batch in each time zone that was corrected since.
    From then on the messages are known by their ids too.
    """
    chat, number = chat_number(db, chat_id), source_number(db, source)
    if not _has_others(db, chat, number):
        return {}
    unknown = partial(_without_id_of, db, chat, number)
    found: dict[int, KnownMessage] = {}
    if offsets := _offsets(db, chat_id, batch, places):
        moved = [moved_minute(minute, offsets) for minute in batch.minutes]
        found = _match_by_text(batch, moved, places, unknown, {})
    for minutes in (*then, batch.minutes):
        found |= _match_by_text(batch, minutes, places, unknown, found)
    aliases = [(batch.keys[at], row.minute, row.key) for at, row in found.items()]
    add_aliases(db, chat, source, aliases)
    return {at: state_of(db, chat, row.minute, row.key) for at, row in found.items()}


def _match_by_text(
    batch: KeyedBatch,
    minutes: Sequence[int],
    places: Sequence[int],
    unknown: Callable[[int], Sequence[KnownMessage]],
    before: Mapping[int, KnownMessage],
) -> dict[int, KnownMessage]:
    """Return which of these messages of a batch came another way before (rule I3).

    Each has an id of the source that is not known. It can be a message without an id of that
    source, as `unknown` returns those of a minute: one of its minute that is equal, or else of a
    minute beside it, because clocks of servers are not those of phones, or else one of its minute
    that was changed. Each is returned once, together with those that were found `before`.
    """
    found = dict(before)
    lines: dict[int, list[NewLine]] = {}
    for at in places:
        if at not in found:
            lines.setdefault(minutes[at], []).append(_line(at, batch.messages[at]))
    near = {minute + by for minute in lines for by in (-1, 0, 1)}
    rows = {minute: unknown(minute) for minute in near}
    for by in (0, -1, 1):
        for minute, some in lines.items():
            used = {row.key for row in found.values()}
            difference = Difference(minute, some, rows[minute + by])
            found.update(_by_number(equal_matches(difference, found, used)))
    for minute, some in lines.items():
        rest = [line for line in some if line.number not in found]
        used = {row.key for row in found.values()}
        unused = [row for row in rows[minute] if row.key not in used]
        found.update(_by_number(matches(Difference(minute, rest, unused), frozenset())))
    return found


def _offsets(
    db: Database, chat_id: ChatId, batch: KeyedBatch, places: Sequence[int]
) -> Sequence[OffsetChange]:
    """Return how to move times to those by which exports were read; () if they seem to be the same.

    Exports may have been read in a wrong time zone; then their texts tell it (`steps_by_texts`), or
    have told it before.
    """
    profile = chat_profile(db, chat_id)
    texts = texts_once((batch.minutes[at], _digest(batch.messages[at])) for at in places)
    if not texts:
        return profile.offsets
    span = CoverageRange(min(texts.values()) - FARTHEST, max(texts.values()) + FARTHEST)
    exported = texts_once(texts_between(db, chat_number(db, chat_id), span, has_id=False))
    steps = steps_by_texts(texts, exported, profile.offsets, profile.spans)
    if not steps:
        return profile.offsets
    offsets = with_changes(profile.offsets, steps, max(texts.values()))
    save_chat_profile(db, chat_id, replace(profile, offsets=offsets))
    return offsets


def texts_between(
    db: Database, chat: int, span: CoverageRange, *, has_id: bool
) -> Iterator[tuple[int, bytes]]:
    """Yield minute and digest of the messages of that time that came with an id, or without."""
    came = "source <> 0" if has_id else "source = 0"
    yield from db.rows(
        f"""SELECT minute, digest FROM logged
            WHERE chat = ? AND minute BETWEEN ? AND ? AND minute <> 0 AND {came}""",  # noqa: S608 - our own words
        (chat, *span),
    )
    for sent_at, kind, text in db.rows(
        f"""SELECT sent_at, kind, text FROM queue JOIN body ON body.number = queue.body
            WHERE chat = ? AND sent_at >= ? AND sent_at < ? AND {came}""",  # noqa: S608 - our own words
        (chat, minute_start(span.first), minute_start(span.last + 1)),
    ):
        yield minute_at(sent_at), digest_of(kind, text)


def _digest(message: Message) -> bytes:
    return text_digest(message.kind, message.text)


def _by_number(pairs: Iterable[LineMatch]) -> dict[int, KnownMessage]:
    return {match.line.number: match.row for match in pairs}


def _line(number: int, message: Message) -> NewLine:
    digest = text_digest(message.kind, message.text)
    return NewLine(number, Fingerprint(message.direction, message.kind, digest), message.author)


def _has_others(db: Database, chat: int, source: int) -> bool:
    """Whether a chat has messages without an id of this source."""
    asked = "SELECT 1 FROM {} WHERE chat = ? AND source <> ? LIMIT 1"
    return any(db.rows(asked.format(table), (chat, source)) for table in ("logged", "queue"))


def _without_id_of(db: Database, chat: int, source: int, minute: int) -> list[KnownMessage]:
    """Return the messages of a minute that are not known by an id of this source."""
    taken = {
        key
        for (key,) in db.rows(
            """SELECT key FROM logged WHERE chat = :chat AND minute = :minute AND source = :source
               UNION ALL SELECT key FROM queue WHERE chat = :chat AND source = :source
                         AND sent_at >= :minute * 60000000 AND sent_at < (:minute + 1) * 60000000
               UNION ALL SELECT message FROM message_alias
                         WHERE chat = :chat AND minute = :minute AND source = :source""",
            {"chat": chat, "minute": minute, "source": source},
        )
    }
    return [one for one in messages_of_minute(db, chat, minute) if one.key not in taken]


def messages_of_minute(db: Database, chat: int, minute: int) -> list[KnownMessage]:
    """Return all known messages of a chat in a minute, the logged ones first."""
    logged = db.rows(
        """SELECT key, outgoing, kind, digest, source,
                  EXISTS (SELECT 1 FROM undone_message AS u
                          WHERE u.chat = logged.chat AND u.key = logged.key)
           FROM logged WHERE chat = ? AND minute = ? ORDER BY key""",
        (chat, minute),
    )
    queued = db.rows(
        """SELECT key, outgoing, kind, text, source FROM queue
           JOIN body ON body.number = queue.body
           WHERE chat = ? AND sent_at >= ? AND sent_at < ? ORDER BY sent_at, body""",
        (chat, minute_start(minute), minute_start(minute + 1)),
    )
    known = [
        KnownMessage(
            MessageKey(key),
            fingerprint_from(out, kind, digest),
            is_logged=True,
            minute=minute,
            has_id=source != 0,
            is_undone=bool(undone),
        )
        for key, out, kind, digest, source, undone in logged
    ]
    for key, out, kind, text, source in queued:
        facts = fingerprint_from(out, kind, digest_of(kind, text))
        known.append(
            KnownMessage(MessageKey(key), facts, is_logged=False, minute=minute, has_id=source != 0)
        )
    return known


def messages_between(db: Database, chat: int, span: CoverageRange) -> Iterator[ChatMessage]:
    """Yield the messages of a chat that have a time in these minutes, in order."""
    logged = db.stream(
        """SELECT minute, outgoing, kind, digest, key, source FROM logged
           WHERE chat = ? AND minute BETWEEN ? AND ? AND minute <> 0 ORDER BY minute""",
        (chat, *span),
    )
    queued = db.stream(
        """SELECT sent_at, outgoing, kind, text, key, source, open, failed, task_id
           FROM queue JOIN body ON body.number = queue.body
           WHERE chat = ? AND sent_at >= ? AND sent_at < ? ORDER BY sent_at, body""",
        (chat, minute_start(span.first), minute_start(span.last + 1)),
    )
    rows = (
        ChatMessage(
            key=MessageKey(key),
            minute=minute,
            facts=fingerprint_from(out, kind, digest),
            waits=False,
            source=source,
            kept_at=minute,
        )
        for minute, out, kind, digest, key, source in logged
    )
    waiting = (
        ChatMessage(
            MessageKey(key),
            minute_at(sent_at),
            fingerprint_from(out, kind, digest_of(kind, text)),
            not (is_open or failed or task),
            source,
            minute_at(sent_at),
        )
        for sent_at, out, kind, text, key, source, is_open, failed, task in queued
    )
    return heapq.merge(rows, waiting, key=attrgetter("minute"))


# --- Messages that two chats logged --------------------------------------------------------------

_EQUAL = """
    WITH equal AS (
        SELECT record_id, minute, outgoing, kind, digest
        FROM logged JOIN chat ON chat.number = logged.chat
        WHERE minute != 0 AND NOT chat.forgotten AND record_id IS NOT NULL
        GROUP BY record_id, minute, outgoing, kind, digest
        HAVING count(DISTINCT chat.number) > 1)
    SELECT record_id, equal.minute, equal.outgoing, equal.kind, equal.digest, chat.id, key, task_id
    FROM equal JOIN chat USING (record_id) JOIN logged
         ON logged.chat = chat.number AND logged.minute = equal.minute
        AND logged.outgoing = equal.outgoing AND logged.kind = equal.kind
        AND logged.digest = equal.digest
    ORDER BY 1, 2, 3, 4, 5, chat.number, key"""

_IN_JOINED = """
    SELECT chat.id, logged.minute, logged.digest, logged.key, logged.task_id, twin.key, twin.task_id
    FROM logged_twice AS twice JOIN chat ON chat.number = twice.chat
    JOIN logged ON logged.chat = twice.chat AND logged.minute = twice.minute
        AND logged.key = twice.key
    JOIN logged AS twin ON twin.chat = twice.chat AND twin.minute = twice.minute
        AND twin.key = twice.other
    WHERE NOT chat.forgotten ORDER BY twice.chat, twice.minute, twice.key"""


class Doubles(LedgerPart):
    """What is logged twice by one ledger; what changes something is one transaction."""

    def equal_messages(self) -> Sequence[EqualMessages]:
        """Return the messages that two or more chats of one person logged."""
        rows, joined = self._db.rows(_EQUAL), self._db.rows(_IN_JOINED)
        if not rows and not joined:
            return []
        not_alone = self._not_alone()
        groups = (list(some) for _, some in groupby(rows, itemgetter(0, 1, 2, 3, 4)))
        found = [EqualMessages(bool(some[0][4]), _copies(some, not_alone)) for some in groups]
        found += [_pair(row, not_alone) for row in joined]
        return [one for one in found if len(one.copies) > 1]

    def _not_alone(self) -> set[object]:
        """Return the ids of Tasks that hold several messages, and the keys of messages in parts.

        A logged message has the id of its first part; each further part has a row of its own.
        """
        rows = self._db.rows("SELECT task_id, message FROM logged_task")
        return {value for row in rows for value in row}

    def mark_removed(self, copies: Sequence[LoggedCopy]) -> None:
        """Commit that the Tasks of these messages are gone: another Task holds each message.

        The messages stay logged, so that no sync logs them again, and belong to no run any more.
        """
        with self._db.transaction():
            self._db.run_many(
                "UPDATE logged SET run = 0, task_id = '', written = NULL "
                "WHERE chat = ? AND minute = ? AND key = ? AND task_id = ?",
                (
                    (chat_number(self._db, c.chat_id), c.minute, c.key, pack_task_id(c.task_id))
                    for c in copies
                ),
            )
            self._db.run_many(
                "DELETE FROM pending_file WHERE task_id = ?", ((one.task_id,) for one in copies)
            )


def _copies(rows: Sequence[Row], not_alone: Set[object]) -> tuple[tuple[LoggedCopy, ...], ...]:
    """Return equal messages by the chat that each came from, without those that have no Task."""
    copies = [copy for row in rows for copy in _copy(row[5], row[1], row[6], row[7], not_alone)]
    return tuple(tuple(some) for _, some in groupby(copies, lambda copy: copy.chat_id))


def _pair(row: Row, not_alone: Set[object]) -> EqualMessages:
    """Return a message that two chats had logged when they were joined."""
    chat_id, minute, digest, *rest = row
    copies = (
        tuple(_copy(chat_id, minute, key, task, not_alone)) for key, task in (rest[:2], rest[2:])
    )
    return EqualMessages(bool(digest), tuple(some for some in copies if some))


def _copy(
    chat_id: str, minute: int, key: bytes, task: bytes, not_alone: Set[object]
) -> list[LoggedCopy]:
    """Return a message with its Task; nothing if it has none."""
    task_id = unpack_task_id(task)
    if not task_id:
        return []
    is_alone = not_alone.isdisjoint((key, task_id))
    return [LoggedCopy(ChatId(chat_id), minute, MessageKey(key), task_id, is_alone)]
