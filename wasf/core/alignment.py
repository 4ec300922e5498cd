"""Clock offsets and side corrections that align a new export with the known messages.

An export shows the local time of the phone that wrote it, without its zone. Another zone moves all
times by a multiple of 15 minutes; other daylight-saving dates move a part of them. A person may
stand on the wrong side of it, under another name.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, timedelta, tzinfo
from operator import attrgetter
from typing import NamedTuple

from wasf.core.chats import Direction, Message
from wasf.core.keys import minute_of
from wasf.core.text import fold_name
from wasf.values import dataclass

QUARTER = 15
"""Minutes: zones differ by multiples of it."""

FARTHEST = 26 * 60
"""Minutes between the two zones that are farthest apart."""

DAY = 24 * 60
"""Minutes that are no shift: some texts are said every day at one time."""

MOST_SHIFTS = 8
"""How many different shifts one file can have: two zones with their own clock changes."""

_COST_OF_A_CHANGE = 3
_TELLING_TEXTS = 3
_HOUR = 60


class OffsetVote(NamedTuple):
    """How many lines of a quarter of an hour are known if moved by `shift` minutes."""

    quarter: int
    shift: int
    lines: int


class OffsetChange(NamedTuple):
    """From this minute of the file to the next step, times move by `shift` minutes."""

    minute: int
    shift: int


class Rereading(NamedTuple):
    """An export whose wall clock was read in one time zone and is meant in another one."""

    read_in: tzinfo
    meant: tzinfo


@dataclass(frozen=True, slots=True)
class Alignment:
    """Time shifts and corrected sides (by folded author) of an export.

    `steps` are in order of time; lines before the first step move like it. With `rereading` the
    lines are read in another zone before.
    """

    steps: tuple[OffsetChange, ...] = ()
    sides: Mapping[str, Direction] = field(default_factory=dict)
    rereading: Rereading | None = None

    def through(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Yield the messages with corrected times and sides."""
        if self.sides:
            messages = _sided(messages, self.sides)
        if self.rereading:
            messages = _read_anew(messages, *self.rereading)
        return _moved(messages, self.steps) if any(s for _, s in self.steps) else iter(messages)

    @property
    def shifts(self) -> list[int]:
        """Return the shifts in minutes, each once, in order of time."""
        return list(dict.fromkeys(step.shift for step in self.steps))


def _sided(messages: Iterable[Message], sides: Mapping[str, Direction]) -> Iterator[Message]:
    known: dict[str, Direction | None] = {}
    for message in messages:
        author = message.author
        if author not in known:
            known[author] = sides.get(fold_name(author))
        side = known[author]
        yield message if side is None else message._replace(direction=side)


def _read_anew(messages: Iterable[Message], read_in: tzinfo, meant: tzinfo) -> Iterator[Message]:
    for message in messages:
        wall = message.sent_at.astimezone(read_in)
        yield message._replace(sent_at=wall.replace(tzinfo=meant).astimezone(UTC))


def _moved(messages: Iterable[Message], steps: Sequence[OffsetChange]) -> Iterator[Message]:
    starts = [step.minute for step in steps]
    moves = [timedelta(minutes=step.shift) for step in steps]
    for message in messages:
        at = max(0, bisect_right(starts, minute_of(message)) - 1)
        yield message._replace(sent_at=message.sent_at + moves[at])


def constant(shift: timedelta) -> tuple[OffsetChange, ...]:
    """Return the steps for one shift of the whole file."""
    return (OffsetChange(0, shift // timedelta(minutes=1)),) if shift else ()


def moved_minute(minute: int, steps: Sequence[OffsetChange]) -> int:
    """Return a minute moved by these steps; itself without any."""
    at = max(0, bisect_right(steps, minute, key=attrgetter("minute")) - 1)
    return minute + steps[at].shift if steps else minute


def unmoved_minutes(minute: int, steps: Sequence[OffsetChange]) -> list[int]:
    """Return the minutes that these steps move to this one."""
    before = sorted({minute - step.shift for step in steps})
    return [one for one in before if moved_minute(one, steps) == minute]


def with_changes(
    steps: Sequence[OffsetChange], new: Sequence[OffsetChange], last: int
) -> tuple[OffsetChange, ...]:
    """Return steps with newer ones, which were found by what was said up to the minute `last`."""
    kept = [one for one in steps if one.minute < new[0].minute or one.minute > last]
    order = sorted([*kept, *new])
    return tuple(one for at, one in enumerate(order) if not at or order[at - 1].shift != one.shift)


def with_sides(alignment: Alignment, sides: Mapping[str, Direction]) -> Alignment:
    """Return the alignment with more sides."""
    return replace(alignment, sides={**alignment.sides, **sides})


# --- Finding the shifts ------------------------------------------------------------------------


def steps_from(votes: Iterable[OffsetVote]) -> tuple[OffsetChange, ...]:
    """Return the steps with the most votes; none if two shifts are equally good or nothing moves.

    This is the best path through the quarters, where each change of the shift has a cost.
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


def texts_once(texts: Iterable[tuple[int, bytes]]) -> dict[bytes, int]:
    """Return the minutes of the texts that occur once, by digest; an empty digest is no text."""
    minutes: dict[bytes, list[int]] = {}
    for minute, digest in texts:
        if digest:
            minutes.setdefault(digest, []).append(minute)
    return {digest: some[0] for digest, some in minutes.items() if len(some) == 1}


def steps_by_texts(
    shown: Mapping[bytes, int],
    known: Mapping[bytes, int],
    before: Sequence[OffsetChange] = (),
    covered: Iterable[tuple[int, int]] = (),
) -> tuple[OffsetChange, ...]:
    """Return the steps that move messages to the minutes of the known ones with their texts.

    Both are minutes by digest (`texts_once`). At least three texts have to tell it, each by whole
    quarters of an hour; a minute more or less is the clock of a server. No step is a whole day:
    the same may be said every day. Fewer texts tell that a clock was changed after that, or after
    what was told `before`, if exports `covered` the time: from and to these minutes.
    """
    moves: list[tuple[int, int]] = []
    for digest in shown.keys() & known.keys():
        by = known[digest] - shown[digest]
        quarters = round(by / QUARTER) * QUARTER
        if abs(by - quarters) <= 1 and abs(quarters) <= FARTHEST and abs(quarters) != DAY:
            moves.append((shown[digest], quarters))
    moves.sort()
    steps: tuple[OffsetChange, ...] = ()
    if len(moves) >= _TELLING_TEXTS:
        votes = Counter((minute // QUARTER, shift) for minute, shift in moves)
        steps = steps_from(OffsetVote(*place, count) for place, count in sorted(votes.items()))
    told = steps or _unmoved(moves)
    base = told or before
    change = _clock_change(moves, base, list(covered)) if base else None
    return steps if change is None else (*told, change)


def _unmoved(moves: Sequence[tuple[int, int]]) -> tuple[OffsetChange, ...]:
    """Return a step of nothing if most texts, and enough of them, tell that nothing moves."""
    still = sum(not shift for _, shift in moves)
    is_told = still >= _TELLING_TEXTS and 2 * still > len(moves)
    return (OffsetChange(moves[0][0], 0),) if is_told else ()


def _clock_change(
    moves: Sequence[tuple[int, int]],
    base: Sequence[OffsetChange],
    covered: Sequence[tuple[int, int]],
) -> OffsetChange | None:
    """Return the step of a clock that was changed after what told the `base`, None without one.

    All texts from then on have to tell one hour more, or all one hour less. By the base one of them
    has to be in covered time: an export shows everything of its time, so a message that is not
    where it has to be is the one with its text an hour beside it.
    """
    found: OffsetChange | None = None
    is_told = False
    for minute, shift in reversed(moves):
        by_base = moved_minute(minute, base)
        is_beside = abs(minute + shift - by_base) == _HOUR
        if not is_beside or (found is not None and found.shift != shift):
            break
        found = OffsetChange(minute, shift)
        is_told = is_told or any(first <= by_base <= last for first, last in covered)
    return found if is_told else None


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
    """Return the first quarter of each part, and its shift."""
    return [
        (quarter, shift)
        for at, (quarter, shift) in enumerate(zip(order, chosen, strict=True))
        if at == 0 or chosen[at - 1] != shift
    ]


def _is_open(parts: Sequence[tuple[int, int]], quarters: Mapping[int, Counter[int]]) -> bool:
    """Return whether in some part another shift has as many votes as the chosen one."""
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


# --- Sides -------------------------------------------------------------------------------------

_ENOUGH_FLIPS = 2


def maybe_renamed(known: Mapping[str, int], strange: Mapping[str, int]) -> frozenset[str]:
    """Return the authors with more unknown than known lines: they may be on the wrong side."""
    return frozenset(name for name, count in strange.items() if count > known.get(name, 0))


def learned_sides(
    flips: Mapping[tuple[str, Direction], int], known: Container[str]
) -> dict[str, Direction]:
    """Return the right sides of authors who are on the wrong one.

    `flips` counts lines by author and the side where they are known. `known` are authors with a
    line on the right side: for them a single flipped line proves nothing.
    """
    sides = {
        author: side
        for (author, side), count in flips.items()
        if count > flips.get((author, other_side(side)), 0)
    }
    if proven(flips):
        return sides
    return {author: side for author, side in sides.items() if author not in known}


def proven(flips: Mapping[tuple[str, Direction], int]) -> int:
    """Return how many flipped lines prove that a chat is known: zero, or at least two."""
    return sum(flips.values()) if max(flips.values(), default=0) >= _ENOUGH_FLIPS else 0


def other_side(side: Direction) -> Direction:
    """Return the opposite direction."""
    return Direction.OUTGOING if side is Direction.INCOMING else Direction.INCOMING
