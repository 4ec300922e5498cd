"""What is known of a file's dates, for the decision which of their numbers is the day."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from wasf.core.rules import DateOrder
from wasf.sources.exports.dates import as_date, read_fields
from wasf.sources.exports.layout import Layout

_STEPS_CAP = 50_000
_DATES_CAP = 50_000


@dataclass(slots=True)
class DateFacts:
    """What a survey saw of a file's dates.

    `counts` are headers by date as shown, in order of appearance; `steps` are changes from one
    shown date to another; `named` pairs a shown date with the date in its attached file's name.
    """

    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, date]] = field(default_factory=Counter)
    first_clock: str = ""
    last: str = ""
    saw_first_step: bool = False

    def add(self, shown: str, count: int) -> None:
        """Count headers of one date."""
        if count and (shown in self.counts or len(self.counts) < _DATES_CAP):
            self.counts[shown] += count

    def step(self, shown: str) -> None:
        """Note that another date follows."""
        # The first line is the encryption notice; phones date it after the messages at times.
        if self.saw_first_step and len(self.steps) < _STEPS_CAP:
            self.steps[self.last, shown] += 1
        self.saw_first_step = bool(self.last)
        self.last = shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the chain looks at. `written_at` and `now` are local times without a zone."""

    layout: Layout
    facts: DateFacts
    origin: str
    now: datetime
    written_at: datetime | None = None
    asked: DateOrder = DateOrder.AUTO
    same_phone: DateOrder = DateOrder.AUTO

    @property
    def newest_year(self) -> int:
        """The latest year that a date can be of."""
        return self.now.year + 1

    def read(self, shown: str, order: DateOrder) -> date | None:
        """A date as that order reads it."""
        return as_date(read_fields(shown), order, self.newest_year)
