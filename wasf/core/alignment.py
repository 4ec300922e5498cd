"""How an export has to be looked at so that its lines are the known ones: times and sides.

Exports show the clock of the phone they were made on, without its zone. Another zone moves all
times by a multiple of a quarter of an hour; another clock change in spring or autumn moves a part.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from wasf.core.chats import Direction, Message
from wasf.core.keys import minute_of
from wasf.core.text import fold_name

QUARTER = 15
"""Minutes: zones differ by multiples of it."""

FARTHEST = 26 * 60
"""Minutes between the two zones that are farthest apart."""

MOST_SHIFTS = 8
"""How many different shifts one file can have: two zones with their own clock changes."""

_COST_OF_A_CHANGE = 3

_SHIFT = re.compile(r"([+-]?)(?:(\d{1,2})h)?(?:(\d{1,4})m(?:in)?)?", re.ASCII)


class OffsetVote(NamedTuple):
    """So many lines in a quarter of an hour (counted from 1970) would be known if moved so."""

    quarter: int
    shift: int
    lines: int


class OffsetChange(NamedTuple):
    """From this minute of the file on, until the next step, times are moved by so many minutes."""

    minute: int
    shift: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """`steps` are in order; what is before the first is moved like it. `sides` are by author."""

    steps: tuple[OffsetChange, ...] = ()
    sides: Mapping[str, Direction] = field(default_factory=dict)

    def through(self, messages: Iterable[Message]) -> Iterator[Message]:
        """The messages as they are known: at their right time, on their right side."""
        if self.sides:
            messages = _sided(messages, self.sides)
        return _moved(messages, self.steps) if any(s for _, s in self.steps) else iter(messages)

    @property
    def shifts(self) -> list[int]:
        """The shifts in minutes, each once, in order of time."""
        return list(dict.fromkeys(step.shift for step in self.steps))


def _sided(messages: Iterable[Message], sides: Mapping[str, Direction]) -> Iterator[Message]:
    known: dict[str, Direction | None] = {}
    for message in messages:
        author = message.author
        if author not in known:
            known[author] = sides.get(fold_name(author))
        side = known[author]
        yield message if side is None else message._replace(direction=side)


def _moved(messages: Iterable[Message], steps: Sequence[OffsetChange]) -> Iterator[Message]:
    starts = [step.minute for step in steps]
    moves = [timedelta(minutes=step.shift) for step in steps]
    for message in messages:
        at = max(0, bisect_right(starts, minute_of(message)) - 1)
        yield message._replace(sent_at=message.sent_at + moves[at])


def constant(shift: timedelta) -> tuple[OffsetChange, ...]:
    """One shift for the whole file."""
    return (OffsetChange(0, shift // timedelta(minutes=1)),) if shift else ()


def with_sides(lens: Alignment, sides: Mapping[str, Direction]) -> Alignment:
    """The same lens, with more sides."""
    return replace(lens, sides={**lens.sides, **sides})


# --- Finding the shifts ------------------------------------------------------------------------


def steps_from(votes: Iterable[OffsetVote]) -> tuple[OffsetChange, ...]:
    """The steps that most lines vote for; none if two shifts are as good, or if nothing moves.

    The best path through the quarters, where each change of the shift has to pay for itself.
    """
    quarters: dict[int, Counter[int]] = defaultdict(Counter)
    for vote in votes:
        quarters[vote.quarter][vote.shift] += vote.lines
    order = sorted(quarters)
    chosen = _best_path([quarters[quarter] for quarter in order])
    parts = _parts(order, chosen)
    if not any(shift for _, shift in parts) or _is_open(parts, quarters):
        return ()
    return tuple(OffsetChange(quarter * QUARTER, shift) for quarter, shift in parts)


def _best_path(votes: Sequence[Counter[int]]) -> list[int]:
    shifts = sorted({shift for some in votes for shift in some}, key=lambda s: (abs(s), s))
    scores = dict.fromkeys(shifts, 0)
    came_from: list[dict[int, int]] = []
    for some in votes:
        best = max(shifts, key=lambda shift: scores[shift])
        threshold = scores[best] - _COST_OF_A_CHANGE
        came = {shift: shift if scores[shift] >= threshold else best for shift in shifts}
        scores = {shift: max(scores[shift], threshold) + some[shift] for shift in shifts}
        came_from.append(came)
    path: list[int] = []
    if votes:
        path.append(max(shifts, key=lambda shift: scores[shift]))
        for came in reversed(came_from[1:]):
            path.append(came[path[-1]])
    return path[::-1]


def _parts(order: Sequence[int], chosen: Sequence[int]) -> list[tuple[int, int]]:
    """Where each part begins (a quarter), and its shift."""
    return [
        (quarter, shift)
        for at, (quarter, shift) in enumerate(zip(order, chosen, strict=True))
        if at == 0 or chosen[at - 1] != shift
    ]


def _is_open(parts: Sequence[tuple[int, int]], quarters: Mapping[int, Counter[int]]) -> bool:
    """Whether another shift has as many votes as the chosen one in some part."""
    starts = [quarter for quarter, _ in parts]
    sums: list[Counter[int]] = [Counter() for _ in parts]
    for quarter, some in quarters.items():
        sums[bisect_right(starts, quarter) - 1].update(some)
    return any(
        count >= some[shift]
        for some, (_, shift) in zip(sums, parts, strict=True)
        for other, count in some.items()
        if other != shift
    )


# --- What people write -------------------------------------------------------------------------


def parse_shift(text: str) -> timedelta | None:
    """A shift as a person writes it (`+1h`, `-90m`, `5h30m`); None if it is none, or too far."""
    match = _SHIFT.fullmatch(text.strip().lower())
    if match is None or not (match[2] or match[3]):
        return None
    size = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    if size > timedelta(minutes=FARTHEST):
        return None
    return -size if match[1] == "-" else size


def spell_shift(minutes: int) -> str:
    """A shift as a person writes it."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return sign + (f"{hours}h" if hours else "") + (f"{rest}m" if rest or not hours else "")
