"""Whether two chats are one, by their messages, and which messages are then in both.

Two chats may be one if they show the same of one time (`likeness`, rule I2). If they turn out to be
one, `repeated_messages` are those that both have (rules I2, I3).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from wasf.core.chats import Direction
from wasf.core.diff import Difference, Fingerprint, KnownMessage, NewLine, matches
from wasf.core.records import MessageKey

_ENOUGH_MINUTES = 3


class ChatMessage(NamedTuple):
    """A message of one of two chats that are joined.

    `minute` is the one by which it is compared, `kept_at` the one under which the ledger keeps it.
    `waits`: it is in the queue and nothing of it was sent. `source` is the number of the source
    whose id it has, 0 if it has none.
    """

    key: MessageKey
    minute: int
    fingerprint: Fingerprint
    waits: bool
    source: int
    kept_at: int


class Repeat(NamedTuple):
    """A message that repeats one of the other chat; dropped if it waits, else both stay (X3)."""

    message: ChatMessage
    kept: ChatMessage


def repeated_messages(some: Sequence[ChatMessage], others: Sequence[ChatMessage]) -> list[Repeat]:
    """Return the messages of two chats that repeat one of the other chat.

    Each is used once: equal ones of a minute first, then those with ids of a source in the minutes
    beside it (server clocks), then changed ones. Of what was sent in both, one minute only.
    """
    found: list[Repeat] = []
    used: set[MessageKey] = set()
    for by in (0, -1, 1):
        for ours, theirs in _sharing(some, others, used, by):
            found += _equal(ours, theirs, used, by)
    for ours, theirs in _sharing(some, others, used, 0, by_minute=True):
        found += _changed(ours, theirs, used)
        found += _changed(theirs, ours, used)
    return found


_Known = tuple[int, Fingerprint]
_Counted = Counter[_Known]
_Messages = list[ChatMessage]


class KnownTime(NamedTuple):
    """What a chat shows of a time, by minute, and the first and the last minute of the chat."""

    messages: _Counted
    ends: tuple[int, int]


class Likeness(IntEnum):
    """By what two chats show the same of one time; `BY_ALL_…`: the second shows nothing else."""

    NONE, BY_CHANGED, BY_ALL_CHANGED, BY_SENT, BY_ALL_SENT, BY_SENT_OFTEN, BY_EQUAL = range(7)


def likeness(ours: KnownTime, theirs: KnownTime) -> Likeness:
    """Return whether two chats show the same of one time, so that they may be one (I2).

    Half of what each shows has to be in both. What we sent may have gone to many people at once: if
    only that is in both, it has to be all, of three minutes at best. An export may begin or end
    within a minute, so what it lacks there does not count.
    """
    equal = ours.messages & theirs.messages
    changed = list(_changed_pairs(ours.messages - equal, theirs.messages - equal))
    both = equal + Counter(one for one, _ in changed)
    their_rest = theirs.messages - equal - Counter(other for _, other in changed)
    lacking = max(_lacking(ours.messages - both, theirs.ends), _lacking(their_rest, ours.ends))
    came_in = Direction.INCOMING in {one.direction for _, one in both}
    if not both or lacking > (both.total() if came_in else 0):
        return Likeness.NONE
    is_within = ours.ends[0] <= theirs.ends[0] and theirs.ends[1] <= ours.ends[1]
    is_all = is_within and not their_rest
    if not equal:
        return Likeness.BY_ALL_CHANGED if is_all else Likeness.BY_CHANGED
    if Direction.INCOMING in {one.direction for _, one in equal}:
        return Likeness.BY_EQUAL
    if len({minute for minute, _ in equal}) >= _ENOUGH_MINUTES:
        return Likeness.BY_SENT_OFTEN
    return Likeness.BY_ALL_SENT if is_all else Likeness.BY_SENT


def _lacking(rest: _Counted, ends: tuple[int, int]) -> int:
    """Count the messages that a chat with these first and last minutes lacks between the two."""
    return sum(times for (minute, _), times in rest.items() if minute not in ends)


def _changed_pairs(ours: _Counted, theirs: _Counted) -> Iterable[tuple[_Known, _Known]]:
    """Yield the messages that one of two chats shows changed, as both show them."""
    messages: defaultdict[int, list[KnownMessage]] = defaultdict(list)
    for number, (minute, fingerprint) in enumerate(theirs.elements()):
        messages[minute].append(
            KnownMessage(MessageKey(number.to_bytes(8)), fingerprint, is_logged=False)
        )
    lines: defaultdict[int, list[NewLine]] = defaultdict(list)
    for number, (minute, fingerprint) in enumerate(ours.elements()):
        lines[minute].append(NewLine(number, fingerprint, ""))
    for minute in lines.keys() & messages.keys():
        for match in matches(Difference(minute, lines[minute], messages[minute]), frozenset()):
            yield (minute, match.line.fingerprint), (minute, match.message.fingerprint)


def _sharing(
    some: Iterable[ChatMessage],
    others: Iterable[ChatMessage],
    used: set[MessageKey],
    by: int,
    *,
    by_minute: bool = False,
) -> Iterable[tuple[_Messages, _Messages]]:
    """Return the messages of both chats that are equal, or of one minute; `by` minutes apart."""
    cells: dict[object, tuple[_Messages, _Messages]] = defaultdict(lambda: ([], []))
    for side, messages, later in ((0, some, by), (1, others, 0)):
        for one in messages:
            if one.key not in used:
                minute = one.minute + later
                cells[minute if by_minute else (minute, one.fingerprint)][side].append(one)
    return [cell for cell in cells.values() if all(cell)]


def _may_be_one(one: ChatMessage, other: ChatMessage, by: int = 0) -> bool:
    """Return whether their ids let two messages be one: ids of one source would be the same."""
    has_ids = bool(one.source or other.source)
    return (not one.source or one.source != other.source) and (not by or has_ids)


def _equal(ours: _Messages, theirs: _Messages, used: set[MessageKey], by: int) -> list[Repeat]:
    """Pair equal messages, waiting ones first: so as few as possible stay twice."""
    found: list[Repeat] = []
    for waiting, rest in ((ours, theirs), (theirs, ours)):
        for one in waiting:
            if not one.waits or one.key in used:
                continue
            fitting = [o for o in rest if o.key not in used and _may_be_one(one, o, by)]
            if fitting:
                other = min(fitting, key=lambda message: message.waits)
                used |= {one.key, other.key}
                found.append(Repeat(one, other))
    for one in ours:  # sent in both: neither repeats a third
        twins = [o for o in theirs if o.key not in used and _may_be_one(one, o, by)]
        if one.key not in used and twins:
            used |= {one.key, twins[0].key}
            if not by:
                found.append(Repeat(twins[0], one))
    return found


def _changed(waiting: _Messages, rest: _Messages, used: set[MessageKey]) -> list[Repeat]:
    lines = [one for one in waiting if one.waits and one.key not in used]
    messages = {one.key: one for one in rest if one.key not in used}
    difference = Difference(
        0,
        [NewLine(number, one.fingerprint, "") for number, one in enumerate(lines)],
        [
            KnownMessage(one.key, one.fingerprint, is_logged=not one.waits)
            for one in messages.values()
        ],
    )
    found: list[Repeat] = []
    for match in matches(difference, frozenset()):
        one, other = lines[match.line.number], messages[match.message.key]
        if _may_be_one(one, other):
            used |= {one.key, other.key}
            found.append(Repeat(one, other))
    return found
