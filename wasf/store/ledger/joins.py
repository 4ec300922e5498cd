"""Chats that turn out to be one, and how one is joined to another (I1, I2).

A join moves all rows of a chat to another one in one transaction. Its id stays as an alias, so that
it still finds the messages, and so do the keys that they have. Nothing that is logged changes.
"""

import heapq
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from datetime import tzinfo
from itertools import groupby, repeat
from operator import attrgetter
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.core.alignment import FARTHEST, moved_minute, steps_by_texts, texts_once
from wasf.core.approval import joined_approval
from wasf.core.chat_identity import completed
from wasf.core.chat_likeness import (
    ChatMessage,
    KnownTime,
    Likeness,
    Repeat,
    likeness,
    repeated_messages,
)
from wasf.core.chats import ChatId
from wasf.core.coverage import CoverageRange, Spans, have_one_zone, joined_profile
from wasf.core.keys import KINDS_WITH_TEXT
from wasf.core.records import Approval, MessageKey
from wasf.core.zones import Clocks, MinuteNow, clocks_of, same_minute
from wasf.store.ledger.chats import (
    ChatJoin,
    chat_number,
    chat_of,
    chat_profile,
    save_chat,
    save_chat_profile,
)
from wasf.store.ledger.codec import digest_of, fingerprint_from, minute_start
from wasf.store.ledger.codec import minute_of as minute_at
from wasf.store.ledger.database import Database, LedgerPart
from wasf.store.ledger.last_messages import mark_reported
from wasf.store.ledger.messages import delete_queued

if TYPE_CHECKING:
    from wasf.store.ledger import reconcile
else:  # loaded where chats are compared
    (reconcile,) = late_modules(__package__, "reconcile")

_PAGE = 20_000  # messages that are compared at a time
_BESIDE = 2  # minutes
_TABLES_OF_CHATS = (
    "queue",
    "logged",
    "undone_message",
    "intent",
    "message_alias",
    "logged_twice",
    "chat_alias",
    "run_lead",
)


class Joins(LedgerPart):
    """Whether chats of one ledger are one, and how they are joined."""

    def contradict(self, one_id: ChatId, other_id: ChatId) -> bool:
        """Return whether exports of two chats cover the same time and show nothing in common.

        What shows the same by another clock is in common.
        """
        ours, theirs = chat_profile(self._db, one_id), chat_profile(self._db, other_id)
        shared = _shared(ours.spans, theirs.spans)
        if not shared or not have_one_zone(ours, theirs):
            return False
        one, other = chat_number(self._db, one_id), chat_number(self._db, other_id)
        for span in shared:
            here, there = (
                {(m.minute, m.fingerprint) for m in _messages(self._db, chat, span) if _tells(m)}
                for chat in (one, other)
            )
            if not here or not there or here & there:
                return False
        return not _other_clocks(self._db, one, other, by_ids=False)

    def likeness(
        self, one_id: ChatId, other_id: ChatId, zone: tzinfo, *, any_clock: bool = False
    ) -> Likeness:
        """Return whether two chats show the same of most of the time that both are known of.

        So two chats with one name can be told to be one, though no number says so. What was read in
        another zone is also compared by `zone`, the one of today; `any_clock`: by others too (I6).
        """
        one, other = (chat_number(self._db, chat_id) for chat_id in (one_id, other_id))
        ways = [_SAME, *_clocks(self._db, one_id, other_id, zone)]
        ways += _other_clocks(self._db, one, other, by_ids=False) if any_clock else []
        return max(_likeness(self._db, one, other, clocks) for clocks in dict.fromkeys(ways))

    def join(self, from_id: ChatId, into_id: ChatId, zone: tzinfo) -> ChatJoin:
        """Make one chat of two that are of one person (I2): the second stays, under both ids.

        Keys stay. What waits in one and is known in the other leaves the queue; what was read in
        another zone is also compared by `zone`, the one of today, and by another clock (I6).
        """
        with self._db.transaction():
            return _join(self._db, from_id, into_id, zone)


# --- Joining -----------------------------------------------------------------------------------


_SAME: Clocks = (same_minute, same_minute)


def _clocks(db: Database, one_id: ChatId, other_id: ChatId, zone: tzinfo) -> list[Clocks]:
    """Return the ways in which the minutes of both chats are read in the zone of today."""
    return clocks_of(chat_profile(db, one_id), chat_profile(db, other_id), zone)


def _join(db: Database, from_id: ChatId, into_id: ChatId, zone: tzinfo) -> ChatJoin:
    """Make one chat of two; `into_id` stays. Return what was in the queue twice."""
    gone, stays = chat_number(db, from_id), chat_number(db, into_id)
    repeated = _repeats(db, gone, stays, _clocks(db, from_id, into_id, zone))
    found = [one for one in repeated if one.message.waits]
    _drop(db, found)
    for table in _TABLES_OF_CHATS:
        db.run(f"UPDATE {table} SET chat = ? WHERE chat = ?", (stays, gone))  # noqa: S608 - our own names
    db.run_many(
        """INSERT INTO message_alias (key, chat, source, minute, message) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (key) DO NOTHING""",
        (
            (one.message.key, stays, one.message.source, one.kept.kept_at, one.kept.key)
            for one in found
            if one.message.source
        ),
    )
    db.run_many(
        """INSERT INTO logged_twice (chat, minute, key, other) VALUES (?, ?, ?, ?)
           ON CONFLICT (chat, minute, key) DO NOTHING""",
        (
            (stays, one.message.kept_at, one.message.key, one.kept.key)
            for one in repeated
            if not one.message.waits
        ),
    )
    db.run(
        """INSERT INTO chat_move (chat, from_id) SELECT ?, from_id FROM chat_move WHERE chat = ?
           ON CONFLICT (chat, from_id) DO NOTHING""",
        (stays, gone),
    )
    db.run("DELETE FROM chat_move WHERE chat = ?", (gone,))
    _join_aliases(db, found)
    _join_details(db, from_id, into_id)
    _join_links(db, gone, stays)
    _join_answer_tasks(db, gone, stays)
    db.run("DELETE FROM chat WHERE number = ?", (gone,))
    db.run("INSERT INTO chat_alias (id, chat) VALUES (?, ?)", (from_id, stays))
    return ChatJoin(len(found), sum(not one.kept.waits for one in found))


def _repeats(db: Database, gone: int, stays: int, ways: Sequence[Clocks]) -> list[Repeat]:
    """Return what stands in both chats; of what only another clock tells, what waits."""
    found = [one for some in _pages(db, gone, stays, _SAME) for one in repeated_messages(*some)]
    used = {key for one in found for key in (one.message.key, one.kept.key)}
    for clocks in ways:
        found += _waiting_repeats(db, gone, stays, clocks, used)
    for clocks in _other_clocks(db, gone, stays, but=used):
        found += _waiting_repeats(db, gone, stays, clocks, used)
    for clocks in _other_clocks(db, gone, stays, by_ids=False, but=used):
        if _likeness(db, gone, stays, clocks) is Likeness.BY_EQUAL:
            found += _waiting_repeats(db, gone, stays, clocks, used)
    return found


def _waiting_repeats(
    db: Database, gone: int, stays: int, clocks: Clocks, used: set[MessageKey]
) -> list[Repeat]:
    """Return what waits in one chat and stands in the other one too by these clocks.

    `used` are the messages that were found before; the new ones are added.
    """
    found: list[Repeat] = []
    for page in _pages(db, gone, stays, clocks) if clocks != _SAME else ():
        some, others = ([one for one in side if one.key not in used] for side in page)
        for one in repeated_messages(some, others):
            if one.message.waits:
                found.append(one)
                used |= {one.message.key, one.kept.key}
    return found


def _other_clocks(
    db: Database,
    one: int,
    other: int,
    *,
    by_ids: bool = True,
    but: Container[MessageKey] = frozenset(),
) -> list[Clocks]:
    """Return how the minutes of two chats are read if what came without ids has another clock.

    Exports may have been read in a wrong time zone. Messages of the other chat tell it, `but`
    these; `by_ids`: only those with ids, whose times are true.
    """
    spans = list(filter(None, (reconcile.known_minutes(db, chat) for chat in (one, other))))
    if len(spans) < 2 or (by_ids and not any(reconcile.has_ids(db, chat) for chat in (one, other))):
        return []
    first = max(span.first for span in spans) - FARTHEST
    shared = CoverageRange(first, min(span.last for span in spans) + FARTHEST)
    shown: list[dict[bytes, int]] = []
    told: list[dict[bytes, int]] = []
    for chat in (one, other):
        left = [m for m in _messages(db, chat, shared) if m.key not in but]
        shown.append(texts_once((m.minute, m.fingerprint.digest) for m in left if not m.source))
        told.append(
            texts_once((m.minute, m.fingerprint.digest) for m in left if m.source or not by_ids)
        )
    ours, theirs = steps_by_texts(shown[0], told[1]), steps_by_texts(shown[1], told[0])
    found: list[Clocks] = []
    if ours:
        found.append((lambda minute: moved_minute(minute, ours), same_minute))
    if theirs:
        found.append((same_minute, lambda minute: moved_minute(minute, theirs)))
    return found


def _drop(db: Database, found: Sequence[Repeat]) -> None:
    keys = [one.message.key for one in found]
    rows = db.rows_among("SELECT key, body FROM queue WHERE key IN (*)", keys)
    delete_queued(db, list(rows))


def _join_answer_tasks(db: Database, gone: int, stays: int) -> None:
    """Let a chat have the Tasks of another one that is joined to it, and look at it again."""
    db.run("UPDATE answer_task SET chat = ? WHERE chat = ?", (stays, gone))
    if db.run("DELETE FROM waiting_chat WHERE chat = ?", (gone,)):
        db.run("UPDATE waiting_chat SET is_due = TRUE WHERE chat = ?", (stays,))


def _join_aliases(db: Database, found: Sequence[Repeat]) -> None:
    """Let the further keys of a dropped message lead to the one that is kept."""
    db.run_many(
        "UPDATE message_alias SET minute = ?, message = ? WHERE message = ?",
        ((one.kept.kept_at, one.kept.key, one.message.key) for one in found),
    )


def _join_details(db: Database, from_id: ChatId, into_id: ChatId) -> None:
    """Complete what is known of a chat, and add up its covered time, by the other one."""
    save_chat(db, completed(chat_of(db, into_id), chat_of(db, from_id)))
    profile = joined_profile(chat_profile(db, into_id), chat_profile(db, from_id))
    save_chat_profile(db, into_id, profile)


def _join_links(db: Database, gone: int, stays: int) -> None:
    """Keep one record: what a person said goes before what wasf found, then the number's chat."""
    asked = """SELECT record_type, record_id, by_hand, unlinked, logged, reason, hint, approval,
                      related_id FROM chat WHERE number = ?"""
    [ours], [theirs] = db.rows(asked, (stays,)), db.rows(asked, (gone,))
    chosen = max((ours, theirs), key=lambda row: (bool(row[2]), bool(row[3]), row[1] is not None))
    mark_reported(db, [ours[1], theirs[1]])
    logged = ours[4] + theirs[4]
    waits = ours[5:7] if ours[5] else theirs[5:7]
    approval = joined_approval(Approval(ours[7]), Approval(theirs[7]))
    related = ours[8] or theirs[8]
    db.run(
        """UPDATE chat SET record_type = ?, record_id = ?, by_hand = ?, unlinked = ?, logged = ?,
                           reason = ?, hint = ?, approval = ?, related_id = ?
           WHERE number = ?""",
        (*chosen[:4], logged, *waits, approval, related, stays),
    )


# --- What two chats have in common -------------------------------------------------------------


def _likeness(db: Database, one: int, other: int, clocks: Clocks) -> Likeness:
    spans = [reconcile.known_minutes(db, chat) for chat in (one, other)]
    if not all(spans):
        return Likeness.NONE
    ends = [
        _ends(db, chat, span, clock)
        for chat, span, clock in zip((one, other), spans, clocks, strict=True)
        if span
    ]
    shared = CoverageRange(max(first for first, _ in ends), min(last for _, last in ends))
    around = shared
    if clocks != _SAME:
        around = CoverageRange(shared.first - FARTHEST, shared.last + FARTHEST)
    ours, theirs = (
        Counter(
            (message.minute, message.fingerprint)
            for message in _messages(db, chat, around, clock)
            if _tells(message) and shared.first <= message.minute <= shared.last
        )
        for chat, clock in zip((one, other), clocks, strict=True)
    )
    return likeness(KnownTime(ours, ends[0]), KnownTime(theirs, ends[1]))


def _ends(db: Database, chat: int, span: CoverageRange, clock: MinuteNow) -> tuple[int, int]:
    """Return the first and the last minute of a chat by a clock; `span` is what it has without."""
    if clock is same_minute:
        return span
    first, last = (
        CoverageRange(span.first, span.first + FARTHEST),
        CoverageRange(span.last - FARTHEST, span.last),
    )
    return (
        min(message.minute for message in _messages(db, chat, first, clock)),
        max(message.minute for message in _messages(db, chat, last, clock)),
    )


def _tells(message: ChatMessage) -> bool:
    """Return whether a message can be compared; a purged one cannot."""
    return bool(message.fingerprint.digest) or message.fingerprint.kind not in KINDS_WITH_TEXT


def _shared(some: Spans, others: Spans) -> list[CoverageRange]:
    """Return the time that both cover; a minute in which one only ends or begins is none."""
    found = []
    for one in some:
        for other in others:
            both = CoverageRange(max(one.first, other.first), min(one.last, other.last))
            if both.first < both.last:
                found.append(both)
    return found


def _pages(
    db: Database, gone: int, stays: int, clocks: Clocks
) -> Iterator[tuple[list[ChatMessage], ...]]:
    """Yield the messages of both chats, cut where neither has any for some minutes."""
    everything = CoverageRange(-(1 << 36), 1 << 36)  # in microseconds it still fits SQLite
    sides = [
        zip(_messages(db, chat, everything, clocks[side]), repeat(side))
        for side, chat in enumerate((gone, stays))
    ]
    page: tuple[list[ChatMessage], list[ChatMessage]] = ([], [])
    last = 0
    for minute, some in groupby(heapq.merge(*sides, key=_minute), key=_minute):
        if minute - last > _BESIDE and sum(map(len, page)) > _PAGE:
            if all(page):
                yield page
            page = ([], [])
        for message, side in some:
            page[side].append(message)
        last = minute
    if all(page):
        yield page


def _minute(item: tuple[ChatMessage, int]) -> int:
    return item[0].minute


def _messages(
    db: Database, chat: int, span: CoverageRange, clock: MinuteNow = same_minute
) -> Iterator[ChatMessage]:
    """Yield the messages of a chat that have a time, in its order, those without ids by a clock."""
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
    sent = (
        ChatMessage(
            key=MessageKey(key),
            minute=minute,
            fingerprint=fingerprint_from(out, kind, digest),
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
    for message in heapq.merge(sent, waiting, key=attrgetter("minute")):
        yield message if message.source else message._replace(minute=clock(message.minute))
