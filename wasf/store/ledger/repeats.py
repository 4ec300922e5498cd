"""Messages that come again: in a newer export, which is counted (I2), or another way (I3).

An export is in order of time but for a few lines. So the occurrence keys (`core.keys`) of one call
are stored as one sorted block, and what is asked for next overlaps at most the last block. A call
that overlaps more blocks is out of order: its keys are stored one by one. Where a key is stored
decides only how long it takes to find it, because both tables are always read. They are temporary,
as there can be a million keys, and stay until the connection ends: whenever one is made or dropped,
SQLite prepares every statement anew.

Another way is an export, a backup or an API. Each source that gives messages ids has a number
(`messages.source_number`). A message with an id of a source is never one that has another id of the
same source; else minute, side and text decide, and the larger count of equal messages stays.
Exports tell a wall clock only: if they were read in a wrong time zone, their texts tell by how much
it is on. That stays known (`ChatProfile.offsets`).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

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
    Difference,
    Fingerprint,
    KnownMessage,
    LineMatch,
    NewLine,
    equal_matches,
    matches,
)
from wasf.core.keys import OCCURRENCE_KEY_BYTES, KeyedBatch, text_digest
from wasf.core.records import MessageKey
from wasf.store.ledger.chats import chat_number, chat_profile, save_chat_profile
from wasf.store.ledger.codec import (
    digest_of,
    fingerprint_from,
    minute_start,
)
from wasf.store.ledger.codec import minute_of as minute_at
from wasf.store.ledger.database import Database
from wasf.store.ledger.messages import MessageState, add_aliases, source_number, state_of


def known_by_text(
    db: Database,
    chat_id: ChatId,
    source: str,
    batch: KeyedBatch,
    indexes: Sequence[int],
    *then: Sequence[int],
) -> dict[int, MessageState]:
    """Return which of these messages came another way before, by index, and their states.

    `then` are the minutes of the batch in each time zone that was corrected since.
    From then on the messages are known by their ids too.
    """
    chat, number = chat_number(db, chat_id), source_number(db, source)
    if not _has_others(db, chat, number):
        return {}
    unknown = partial(_without_id_of, db, chat, number)
    found: dict[int, KnownMessage] = {}
    if offsets := _offsets(db, chat_id, batch, indexes):
        moved = [moved_minute(minute, offsets) for minute in batch.minutes]
        found = _match_by_text(batch, moved, indexes, unknown, {})
    for minutes in (*then, batch.minutes):
        found |= _match_by_text(batch, minutes, indexes, unknown, found)
    aliases = [(batch.keys[at], row.minute, row.key) for at, row in found.items()]
    add_aliases(db, chat, source, aliases)
    return {at: state_of(db, chat, row.minute, row.key) for at, row in found.items()}


def _match_by_text(
    batch: KeyedBatch,
    minutes: Sequence[int],
    indexes: Sequence[int],
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
    for at in indexes:
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
    db: Database, chat_id: ChatId, batch: KeyedBatch, indexes: Sequence[int]
) -> Sequence[OffsetChange]:
    """Return how to move times to those by which exports were read; () if they seem to be the same.

    Exports may have been read in a wrong time zone; then their texts tell it (`steps_by_texts`), or
    have told it before.
    """
    profile = chat_profile(db, chat_id)
    texts = texts_once((batch.minutes[at], _digest(batch.messages[at])) for at in indexes)
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
    return {match.line.number: match.message for match in pairs}


def _line(number: int, message: Message) -> NewLine:
    fingerprint = Fingerprint(message.direction, message.kind, _digest(message))
    return NewLine(number, fingerprint, message.author)


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
        fingerprint = fingerprint_from(out, kind, digest_of(kind, text))
        known.append(
            KnownMessage(
                MessageKey(key), fingerprint, is_logged=False, minute=minute, has_id=source != 0
            )
        )
    return known


# --- Equal messages of an export ---------------------------------------------------------------

_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS occurrence_block
       (number INTEGER PRIMARY KEY,
        last BLOB NOT NULL, first BLOB NOT NULL, keys BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS temp.occurrence_block_ends ON occurrence_block (last, first)",
    """CREATE TEMP TABLE IF NOT EXISTS single_occurrence
       (key BLOB PRIMARY KEY NOT NULL, times INTEGER NOT NULL) WITHOUT ROWID""",
)
_STORE_BLOCK = "INSERT INTO temp.occurrence_block (last, first, keys) VALUES (?, ?, ?)"
_STORE_SINGLE = """INSERT INTO temp.single_occurrence VALUES (?, ?)
                   ON CONFLICT (key) DO UPDATE SET times = times + excluded.times"""


def count_earlier(db: Database, occurrence_keys: Sequence[bytes]) -> list[int]:
    """Return how often each key was counted before since `forget_counts`, and count it."""
    db = db.local
    for table in _TABLES:
        db.run(table)
    if not occurrence_keys:
        return []
    ordered = sorted(occurrence_keys)
    blocks = list(_blocks(db, ordered[0], ordered[-1] + b"\0"))
    times = Counter(chain.from_iterable(blocks))
    if db.rows("SELECT 1 FROM temp.single_occurrence LIMIT 1"):
        singles = "SELECT key, times FROM temp.single_occurrence WHERE key IN (*)"
        times.update(dict(db.rows_among(singles, set(occurrence_keys))))
    if len(blocks) <= 1:
        db.run(_STORE_BLOCK, (ordered[-1], ordered[0], b"".join(ordered)))
    else:
        db.run_many(_STORE_SINGLE, Counter(occurrence_keys).items())
    return _numbered(occurrence_keys, times)


def _numbered(occurrence_keys: Sequence[bytes], times: Mapping[bytes, int]) -> list[int]:
    """Return for each key its count in `times`, plus how often it came earlier in the list."""
    counts = dict(times)
    earlier = []
    for key in occurrence_keys:
        count = counts.get(key, 0)
        earlier.append(count)
        counts[key] = count + 1
    return earlier


def count_between(db: Database, start: bytes, end: bytes) -> Counter[bytes]:
    """Return how often each key from `start` up to `end` was counted; after `count_earlier`."""
    db = db.local
    times = Counter(chain.from_iterable(_blocks(db, start, end)))
    singles = "SELECT key, times FROM temp.single_occurrence WHERE key >= ? AND key < ?"
    times.update(dict(db.rows(singles, (start, end))))
    return times


def forget_counts(db: Database) -> None:
    """Start counting from nothing."""
    db = db.local
    if db.rows("SELECT 1 FROM sqlite_temp_master WHERE name = 'single_occurrence'"):
        db.run("DELETE FROM temp.occurrence_block")
        db.run("DELETE FROM temp.single_occurrence")


def _blocks(db: Database, start: bytes, end: bytes) -> Iterator[list[bytes]]:
    """Yield the keys from `start` up to `end` of each block that may have some."""
    overlapping = "SELECT keys FROM temp.occurrence_block WHERE last >= ? AND first < ?"
    for (block,) in db.stream(overlapping, (start, end)):
        first, after = _offset(block, start), _offset(block, end)
        yield [
            block[at : at + OCCURRENCE_KEY_BYTES]
            for at in range(first, after, OCCURRENCE_KEY_BYTES)
        ]


def _offset(block: bytes, key: bytes) -> int:
    """Return where in a block the first key begins that is not below this one."""
    starts = range(0, len(block), OCCURRENCE_KEY_BYTES)
    number = bisect_left(starts, key, key=lambda at: block[at : at + OCCURRENCE_KEY_BYTES])
    return OCCURRENCE_KEY_BYTES * number
