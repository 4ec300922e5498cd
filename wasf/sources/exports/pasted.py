"""Lines in the form of a header that somebody pasted into a message: found by what cannot be true.

Whoever writes in a chat can paste such a line, so it may neither hold up a chat nor end a message.
One that could be true cannot be told from a real header: the form of the file allows no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wasf.sources.exports.dates import Stamps
from wasf.sources.exports.headers import Pieces

WRONG_DATE = "a date that cannot be, inside a message"
WRONG_SENDER = "a line of somebody who is not in the chat, inside a message"


@dataclass(frozen=True, slots=True)
class PastedLines:
    """Finds pasted lines by their date, by their time, and by `names` that wrote nothing else."""

    stamps: Stamps
    names: frozenset[str] = frozenset()

    def __call__(self, pieces: Pieces) -> Mapping[int, str]:
        """Which pieces begin with such a line, and why. Quick where there are none."""
        dates, clocks = pieces.dates, pieces.clocks
        days, times = self.stamps.days.wrong(dates), self.stamps.clocks.wrong(clocks)
        found = {}
        if days or times:
            found = {
                at: WRONG_DATE
                for at, (day, clock) in enumerate(zip(dates, clocks, strict=True))
                if day in days or clock in times
            }
        if self.names:
            for at in range(len(dates)):
                if pieces.start(at).decode(errors="replace") in self.names:
                    found.setdefault(at, WRONG_SENDER)
        return found
