"""Shares the cases of a gate out over the processors, and adds up what they come to.

A case is a tuple of words and numbers, the first of them the name of its gate. A case that fails is
printed as the one line that runs it again.
"""

import os
import shlex
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import ClassVar

Case = tuple[str | int | float, ...]


FIRST = "--first"
"""The word with which a replay ends at the first case that fails."""


class Enough(Exception):
    """One case has failed, and the others do not matter."""


@dataclass
class Tally:
    """What a share of the cases came to: counts by name, and the lines of those that failed.

    `rows` are those of a table that is printed below the totals. `ends_at_first`: a case that fails
    raises `Enough`.
    """

    ends_at_first: ClassVar[bool] = False

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def fail(self, case: Case, error: object) -> None:
        """Note a case with what went wrong."""
        words = shlex.join(map(str, case))
        self.failed.append(f"{error}\n  again: python -m tests.gates.replay {words}")
        if self.ends_at_first:
            raise Enough(self.failed[-1])

    def line(self) -> str:
        """All of it in one line."""
        counts = ", ".join(f"{number:,} {what}" for what, number in sorted(self.counts.items()))
        first_lines = [failed.partition("\n")[0] for failed in self.failed]
        lost = sum("lost" in line for line in first_lines)
        double = sum("doubled" in line for line in first_lines)
        return f"{counts}; {lost} lost, {double} double"

    def add(self, other: "Tally") -> None:
        """Take another share in."""
        self.counts += other.counts
        self.failed += other.failed
        self.rows += other.rows
        self.started = min(self.started, other.started)


LINES: list[str] = []
ALL = Tally()
"""The totals of each gate of this run, and of all together; pytest prints them at its end."""


def share(work: Callable[..., Tally], tasks: Sequence[Case]) -> Tally:
    """Run `work(*task)` for every task, several at once."""
    total = Tally()
    lanes = max(1, os.cpu_count() or 1)
    with ProcessPoolExecutor(lanes, mp_context=get_context("spawn")) as pool:
        for tally in pool.map(work, *zip(*tasks, strict=True)):
            total.add(tally)
    return total


def conclude(name: str, total: Tally) -> None:
    """Keep the totals for the end of the run, and fail if a case did."""
    LINES.append(f"{name}: {total.line()} in {time.monotonic() - total.started:.0f} s")
    LINES.extend(total.rows)
    ALL.add(total)
    assert not total.failed, f"{len(total.failed)} failed:\n" + "\n".join(total.failed[:20])
