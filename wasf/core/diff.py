"""Compare a newer export with the known messages: find changed ones, and decide whether it fits.

A line whose key is not known is new, unless the same minute has a known message that this export
does not show. Then the two are one message if they are equal (the message came another way first,
so that it has another key: rule I3), and may be one if it was edited or deleted, or if its sender
has another name now. Without such a sign no line is taken for another one: that would hide it.

The same is asked of the messages of two chats that may be one (`core.chat_likeness`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
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
    fingerprint: Fingerprint
    author: str
    may_be_edited: bool = False
    is_telling: bool = False


class KnownMessage(NamedTuple):
    """A known message that the export does not show.

    `has_id`: it came from a source that gives ids, whose clock may be a minute off. `is_undone`: it
    was logged and a person said that it shall not be.
    """

    key: MessageKey
    fingerprint: Fingerprint
    is_logged: bool
    minute: int = 0
    has_id: bool = False
    is_undone: bool = False


class Difference(NamedTuple):
    """The lines and the known messages of one minute that have no equal on the other side."""

    minute: int
    lines: Sequence[NewLine]
    messages: Sequence[KnownMessage]


class LineMatch(NamedTuple):
    """A line and the known message that it is; `is_flipped` if they differ in the side only."""

    line: NewLine
    message: KnownMessage
    is_flipped: bool = False


# --- One minute --------------------------------------------------------------------------------

_Sign = Callable[[Fingerprint], object]

_SIDE = attrgetter("direction")

_CHANGED = frozenset({MessageKind.EDITED, MessageKind.DELETED})
_UNCHANGED = frozenset(MessageKind) - _CHANGED - {MessageKind.CALL}
_EDITABLE = frozenset({MessageKind.TEXT, MessageKind.MEDIA, MessageKind.UNKNOWN})
_FILES = frozenset({MessageKind.MEDIA, MessageKind.CONTACT_CARD, MessageKind.VIEW_ONCE})


def _side_if(kinds: frozenset[MessageKind]) -> _Sign:
    return lambda fingerprint: fingerprint.direction if fingerprint.kind in kinds else None


def _other_side(fingerprint: Fingerprint) -> Fingerprint:
    return fingerprint._replace(direction=other_side(fingerprint.direction))


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
    messages = [
        message
        for message in difference.messages
        if message.key not in used and (message.has_id or not only_with_ids)
    ]
    return [
        LineMatch(*pair) for pair in _pairs(lines, messages, Fingerprint._make, Fingerprint._make)
    ]


def matches(difference: Difference, renamed: frozenset[str]) -> list[LineMatch]:
    """Match lines to messages. Lines of `renamed` authors may be on the other side."""
    lines, messages = list(difference.lines), list(difference.messages)
    found: list[LineMatch] = []
    for line_sign, message_sign in _SIGNS:
        found += [
            LineMatch(line, message)
            for line, message in _pairs(lines, messages, line_sign, message_sign)
        ]
        taken_lines = {match.line.number for match in found}
        taken_messages = {match.message.key for match in found}
        lines = [line for line in lines if line.number not in taken_lines]
        messages = [message for message in messages if message.key not in taken_messages]
    edited = _pairs([ln for ln in lines if ln.may_be_edited], messages, _SIDE, _side_if(_EDITABLE))
    found += [LineMatch(line, message) for line, message in edited]
    lines = [line for line in lines if line not in {line for line, _ in edited}]
    messages = [
        message for message in messages if message not in {message for _, message in edited}
    ]
    flipped = _pairs(
        [ln for ln in lines if ln.author in renamed], messages, _other_side, Fingerprint._make
    )
    return found + [LineMatch(line, message, is_flipped=True) for line, message in flipped]


def _pairs(
    lines: Iterable[NewLine],
    messages: Iterable[KnownMessage],
    line_sign: _Sign,
    message_sign: _Sign,
) -> list[tuple[NewLine, KnownMessage]]:
    waiting: dict[object, list[KnownMessage]] = defaultdict(list)
    for message in messages:
        waiting[message_sign(message.fingerprint)].append(message)
    waiting.pop(None, None)
    for some in waiting.values():
        some.reverse()
    pairs: list[tuple[NewLine, KnownMessage]] = []
    for line in lines:
        fitting = waiting.get(line_sign(line.fingerprint))
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
