"""Compare a newer export with the known messages: find changed ones, and decide whether it fits.

A line whose key is not known is new, unless the same minute has a known message that this export
does not show. Then the two are one message if they are equal (the message came another way first,
so that it has another key: rule I3), and may be one if it was edited or deleted, or if its sender
has another name now. Without such a sign no line is taken for another one: that would hide it.

The same is asked of the messages of two chats that may be one (`likeness`, rule I2) or that
turn out to be one (`repeats`, rules I2, I3).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import IntEnum
from operator import attrgetter
from typing import NamedTuple

from wasf.core.alignment import other_side
from wasf.core.chats import Direction, MessageKind
from wasf.core.records import MessageKey
from wasf.values import dataclass


class Fingerprint(NamedTuple):
    """The properties by which messages of one minute are compared; `digest` stands for the text."""

    direction: Direction
    kind: MessageKind
    digest: bytes


class NewLine(NamedTuple):
    """A line of an export that equals no known message.

    `author` is the name that it shows. `may_be_edited` says that it ends as an edited message does,
    `is_telling` that its text is long enough to tell whose chat it is.
    """

    number: int
    facts: Fingerprint
    author: str
    may_be_edited: bool = False
    is_telling: bool = False


class KnownMessage(NamedTuple):
    """A known message that the export does not show.

    `has_id`: it came from a source that gives ids, whose clock may be a minute off. `is_undone`: it
    was logged and a person said that it shall not be.
    """

    key: MessageKey
    facts: Fingerprint
    is_logged: bool
    minute: int = 0
    has_id: bool = False
    is_undone: bool = False


class Difference(NamedTuple):
    """The lines and the known messages of one minute that have no equal on the other side."""

    minute: int
    lines: Sequence[NewLine]
    rows: Sequence[KnownMessage]


class LineMatch(NamedTuple):
    """A line and the known message that it is; `is_flipped` if they differ in the side only."""

    line: NewLine
    row: KnownMessage
    is_flipped: bool = False


# --- One minute --------------------------------------------------------------------------------

_Sign = Callable[[Fingerprint], object]

_SIDE = attrgetter("direction")

_CHANGED = frozenset({MessageKind.EDITED, MessageKind.DELETED})
_UNCHANGED = frozenset(MessageKind) - _CHANGED - {MessageKind.CALL}
_EDITABLE = frozenset({MessageKind.TEXT, MessageKind.MEDIA, MessageKind.UNKNOWN})
_FILES = frozenset({MessageKind.MEDIA, MessageKind.CONTACT_CARD, MessageKind.VIEW_ONCE})


def _side_if(kinds: frozenset[MessageKind]) -> _Sign:
    return lambda facts: facts.direction if facts.kind in kinds else None


def _other_side(facts: Fingerprint) -> Fingerprint:
    return facts._replace(direction=other_side(facts.direction))


# A line and a message are one if their signs are equal; the surest signs come first.
_SIGNS: tuple[tuple[_Sign, _Sign], ...] = (
    (_side_if(frozenset({MessageKind.EDITED})), _side_if(_EDITABLE)),
    (_side_if(_CHANGED), _side_if(_UNCHANGED)),
    (_side_if(_UNCHANGED), _side_if(_CHANGED)),
    (_side_if(_CHANGED), _side_if(_CHANGED)),
    (_side_if(_FILES), _side_if(_FILES)),
)


def equal_matches(
    difference: Difference,
    known: Collection[int] = (),
    used: Collection[MessageKey] = (),
    *,
    only_with_ids: bool = False,
) -> list[LineMatch]:
    """Match lines to equal messages, except `known` lines and `used` messages (rule I3).

    Each line and each message is used once, so that the larger count of the two stays.
    `only_with_ids`: only messages from a source that gives ids.
    """
    lines = [line for line in difference.lines if line.number not in known]
    rows = [
        row for row in difference.rows if row.key not in used and (row.has_id or not only_with_ids)
    ]
    return [LineMatch(*pair) for pair in _pairs(lines, rows, Fingerprint._make, Fingerprint._make)]


def matches(difference: Difference, renamed: frozenset[str]) -> list[LineMatch]:
    """Match lines to messages. Lines of `renamed` authors may be on the other side."""
    lines, rows = list(difference.lines), list(difference.rows)
    found: list[LineMatch] = []
    for line_sign, row_sign in _SIGNS:
        found += [LineMatch(line, row) for line, row in _pairs(lines, rows, line_sign, row_sign)]
        taken_lines = {match.line.number for match in found}
        taken_rows = {match.row.key for match in found}
        lines = [line for line in lines if line.number not in taken_lines]
        rows = [row for row in rows if row.key not in taken_rows]
    edited = _pairs([ln for ln in lines if ln.may_be_edited], rows, _SIDE, _side_if(_EDITABLE))
    found += [LineMatch(line, row) for line, row in edited]
    lines = [line for line in lines if line not in {line for line, _ in edited}]
    rows = [row for row in rows if row not in {row for _, row in edited}]
    flipped = _pairs(
        [ln for ln in lines if ln.author in renamed], rows, _other_side, Fingerprint._make
    )
    return found + [LineMatch(line, row, is_flipped=True) for line, row in flipped]


def _pairs(
    lines: Iterable[NewLine], rows: Iterable[KnownMessage], line_sign: _Sign, row_sign: _Sign
) -> list[tuple[NewLine, KnownMessage]]:
    waiting: dict[object, list[KnownMessage]] = defaultdict(list)
    for row in rows:
        waiting[row_sign(row.facts)].append(row)
    waiting.pop(None, None)
    for some in waiting.values():
        some.reverse()
    pairs: list[tuple[NewLine, KnownMessage]] = []
    for line in lines:
        fitting = waiting.get(line_sign(line.facts))
        if fitting:
            pairs.append((line, fitting.pop()))
    return pairs


# --- The guard ---------------------------------------------------------------------------------

_FEW = 2
_SHARE = 10
_ENOUGH_SHARE = 0.7
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class OverlapStats:
    """How an export fits the known messages of its chat. All values count lines.

    known: equal a known message, perhaps on the other side. covered: in covered time; `strange` of
    them are unknown, also as changed messages. touched: in covered time or at its ends;
    `touched_known` of them are known. fresh: unknown, at any time; `displaced` of them have the
    text of a known message of quite another time, as if day and month were swapped. proof: known
    lines in touched time, flipped ones counted as a half.
    """

    lines: int
    known: int
    covered: int
    strange: int
    touched: int = 0
    touched_known: int = 0
    fresh: int = 0
    displaced: int = 0
    proof: int = 0
    changed: int = 0


def has_nothing_known(overlap: OverlapStats) -> bool:
    """Return whether no line of the export is known."""
    return overlap.lines > 0 and overlap.known == 0


def fits(overlap: OverlapStats) -> bool:
    """Return whether the export can be of this chat, with these times and sides."""
    allowed = max(_FEW, overlap.covered // _SHARE)
    has_some = not has_nothing_known(overlap) or overlap.changed > 0
    return has_some and not is_displaced(overlap) and overlap.strange <= allowed


def is_displaced(overlap: OverlapStats) -> bool:
    """Return whether most new lines repeat texts of another time."""
    return overlap.displaced >= _ENOUGH and overlap.displaced * 2 > overlap.fresh


def may_be_shifted(overlap: OverlapStats) -> bool:
    """Return whether to search for shifted times."""
    is_strange = overlap.strange > 1 and overlap.strange * _SHARE > overlap.covered
    return has_nothing_known(overlap) or is_strange


def shift_fits(overlap: OverlapStats) -> bool:
    """Return whether enough lines are known after their times were moved."""
    share = overlap.touched_known / max(1, overlap.touched)
    return fits(overlap) and overlap.proof >= _ENOUGH and share >= _ENOUGH_SHARE


def is_throughout(overlap: OverlapStats) -> bool:
    """Return whether nearly all covered lines are known; stricter than `fits` for few lines."""
    return overlap.strange * _SHARE <= overlap.covered


def is_alike(known: int, asked: int) -> bool:
    """Return whether `known` of `asked` sample lines identify a chat."""
    return known >= _ENOUGH and known >= asked * _ENOUGH_SHARE


# --- Two chats that are one ----------------------------------------------------------------------


class ChatMessage(NamedTuple):
    """A message of one of two chats that are joined.

    `minute` is the one by which it is compared, `kept_at` the one under which the ledger keeps it.
    `waits`: it is in the queue and nothing of it was sent. `source` is the number of the source
    whose id it has, 0 if it has none.
    """

    key: MessageKey
    minute: int
    facts: Fingerprint
    waits: bool
    source: int
    kept_at: int


class Repeat(NamedTuple):
    """A message that repeats one of the other chat; dropped if it waits, else both stay (X3)."""

    message: ChatMessage
    kept: ChatMessage


def repeats(some: Sequence[ChatMessage], others: Sequence[ChatMessage]) -> list[Repeat]:
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
_Rows = list[ChatMessage]


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
    came_in = Direction.INCOMING in {facts.direction for _, facts in both}
    if not both or lacking > (both.total() if came_in else 0):
        return Likeness.NONE
    is_within = ours.ends[0] <= theirs.ends[0] and theirs.ends[1] <= ours.ends[1]
    is_all = is_within and not their_rest
    if not equal:
        return Likeness.BY_ALL_CHANGED if is_all else Likeness.BY_CHANGED
    if Direction.INCOMING in {facts.direction for _, facts in equal}:
        return Likeness.BY_EQUAL
    if len({minute for minute, _ in equal}) >= _ENOUGH:
        return Likeness.BY_SENT_OFTEN
    return Likeness.BY_ALL_SENT if is_all else Likeness.BY_SENT


def _lacking(rest: _Counted, ends: tuple[int, int]) -> int:
    """Count the messages that a chat with these first and last minutes lacks between the two."""
    return sum(times for (minute, _), times in rest.items() if minute not in ends)


def _changed_pairs(ours: _Counted, theirs: _Counted) -> Iterable[tuple[_Known, _Known]]:
    """Yield the messages that one of two chats shows changed, as both show them."""
    rows: defaultdict[int, list[KnownMessage]] = defaultdict(list)
    for number, (minute, facts) in enumerate(theirs.elements()):
        rows[minute].append(KnownMessage(MessageKey(number.to_bytes(8)), facts, is_logged=False))
    lines: defaultdict[int, list[NewLine]] = defaultdict(list)
    for number, (minute, facts) in enumerate(ours.elements()):
        lines[minute].append(NewLine(number, facts, ""))
    for minute in lines.keys() & rows.keys():
        for match in matches(Difference(minute, lines[minute], rows[minute]), frozenset()):
            yield (minute, match.line.facts), (minute, match.row.facts)


def _sharing(
    some: Iterable[ChatMessage],
    others: Iterable[ChatMessage],
    used: set[MessageKey],
    by: int,
    *,
    by_minute: bool = False,
) -> Iterable[tuple[_Rows, _Rows]]:
    """Return the messages of both chats that are equal, or of one minute; `by` minutes apart."""
    cells: dict[object, tuple[_Rows, _Rows]] = defaultdict(lambda: ([], []))
    for side, messages, later in ((0, some, by), (1, others, 0)):
        for one in messages:
            if one.key not in used:
                minute = one.minute + later
                cells[minute if by_minute else (minute, one.facts)][side].append(one)
    return [cell for cell in cells.values() if all(cell)]


def _may_be_one(one: ChatMessage, other: ChatMessage, by: int = 0) -> bool:
    """Return whether their ids let two messages be one: ids of one source would be the same."""
    has_ids = bool(one.source or other.source)
    return (not one.source or one.source != other.source) and (not by or has_ids)


def _equal(ours: _Rows, theirs: _Rows, used: set[MessageKey], by: int) -> list[Repeat]:
    """Pair equal messages, waiting ones first: so as few as possible stay twice."""
    found: list[Repeat] = []
    for waiting, rest in ((ours, theirs), (theirs, ours)):
        for one in waiting:
            if not one.waits or one.key in used:
                continue
            fitting = [o for o in rest if o.key not in used and _may_be_one(one, o, by)]
            if fitting:
                other = min(fitting, key=lambda row: row.waits)
                used |= {one.key, other.key}
                found.append(Repeat(one, other))
    for one in ours:  # sent in both: neither repeats a third
        twins = [o for o in theirs if o.key not in used and _may_be_one(one, o, by)]
        if one.key not in used and twins:
            used |= {one.key, twins[0].key}
            if not by:
                found.append(Repeat(twins[0], one))
    return found


def _changed(waiting: _Rows, rest: _Rows, used: set[MessageKey]) -> list[Repeat]:
    lines = [one for one in waiting if one.waits and one.key not in used]
    rows = {one.key: one for one in rest if one.key not in used}
    difference = Difference(
        0,
        [NewLine(number, one.facts, "") for number, one in enumerate(lines)],
        [KnownMessage(one.key, one.facts, is_logged=not one.waits) for one in rows.values()],
    )
    found: list[Repeat] = []
    for match in matches(difference, frozenset()):
        one, other = lines[match.line.number], rows[match.row.key]
        if _may_be_one(one, other):
            used |= {one.key, other.key}
            found.append(Repeat(one, other))
    return found
