"""What is known of a file's dates, for the decision which of their numbers is the day."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from wasf.core.policy import DateOrder
from wasf.sources.exports.dates import as_date, read_fields
from wasf.sources.exports.layout import Layout

_STEPS_CAP = 50_000
_DATES_CAP = 50_000
_FEW_LINES, _FEW_SHARE = 3, 50
_HALF = 2
_DAY = timedelta(days=1)
_FIRST_DAY_OF_WHATSAPP = datetime(2009, 1, 1)  # noqa: DTZ001  (compared with local times)


@dataclass(slots=True)
class DateFacts:
    """What a survey saw of a file's dates, and the clock of the first of its headers.

    `counts` are headers by date as shown, in order of appearance; `steps` are changes from one
    shown date to another; `named` pairs a shown date with the date in its attached file's name.
    """

    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, date]] = field(default_factory=Counter)
    first_clock: str = ""
    last: str = ""
    saw_first_step: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every date of the file is among `counts`."""
        return len(self.counts) < _DATES_CAP

    def take(self, runs: Sequence[tuple[str, int]]) -> None:
        """Take in the dates of headers in a row, each with how many."""
        counts, runs = self.counts, self._kept(runs)
        for shown, count in runs:
            counts[shown] += count
        shown_ones = [self.last, *(shown for shown, _ in runs)]
        steps = [step for step in pairwise(shown_ones) if step[0] != step[1] and step[0]]
        # The first line is the encryption notice; phones date it after the messages at times.
        if steps and not self.saw_first_step:
            self.saw_first_step = True
            del steps[0]
        if len(self.steps) < _STEPS_CAP:
            self.steps.update(steps)
        self.last = shown_ones[-1]

    def _kept(self, runs: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Without dates that would be too many."""
        new = {shown for shown, _ in runs}.difference(self.counts)
        if len(self.counts) + len(new) < _DATES_CAP:
            return runs
        return [run for run in runs if run[0] not in new]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the chain looks at. `written_at` and `now` are local times without a zone."""

    layout: Layout
    facts: DateFacts
    now: datetime
    written_at: datetime | None = None
    asked: DateOrder = DateOrder.AUTO
    same_phone: DateOrder = DateOrder.AUTO

    @property
    def newest_year(self) -> int:
        """The latest year that a date can be of."""
        return self.now.year + 1

    @property
    def tomorrow(self) -> date:
        """The latest day that a message can be of, wherever the phone was."""
        return (self.now + _DAY).date()

    @property
    def few(self) -> int:
        """How many headers pasted lines may be: so many are no evidence of anything."""
        return max(_FEW_LINES, self.facts.counts.total() // _FEW_SHARE)

    def read(self, shown: str, order: DateOrder) -> date | None:
        """A date as that order reads it."""
        return as_date(read_fields(shown), order, self.newest_year)

    def undated(self, order: DateOrder) -> int:
        """How many headers have no date in that order."""
        return self._headers(order, lambda day: day is None)

    def allows(self, order: DateOrder) -> bool:
        """Whether no more headers than pasted lines may be have no date in that order."""
        undated = self.undated(order)
        return undated <= self.few and undated * _HALF <= self.facts.counts.total()

    def impossible(self, order: DateOrder) -> int:
        """How many have none, or one after the file was written."""
        latest = self.tomorrow
        if self.written_at is not None and self.written_at > _FIRST_DAY_OF_WHATSAPP:
            latest = min(latest, (self.written_at + _DAY).date())
        return self._headers(order, lambda day: day is None or day > latest)

    def in_future(self, order: DateOrder) -> int:
        """How many have a date that is still to come."""
        latest = self.tomorrow
        return self._headers(order, lambda day: day is not None and day > latest)

    def _headers(self, order: DateOrder, fits: Callable[[date | None], bool]) -> int:
        counts = self.facts.counts.items()
        return sum(count for shown, count in counts if fits(self.read(shown, order)))

    def steps_back(self, order: DateOrder) -> int:
        """How often the time goes back by more than a day."""
        back = 0
        for (before, after), count in self.facts.steps.items():
            old, new = self.read(before, order), self.read(after, order)
            if old and new and old - new > _DAY:
                back += count
        return back
