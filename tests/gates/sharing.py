"""Shares the cases of a gate out over the processors, adds up what they say, and keeps the totals.

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
from pathlib import Path

Case = tuple[str | int | float, ...]
TOTALS = "WASF_GATE_TOTALS"
"""Names the file that gets one line for each gate."""
LINES: list[str] = []
"""The totals of this run's gates, which pytest prints at its end."""


@dataclass
class Tally:
    """What a share of the cases came to: counts by name, and the lines of those that failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def fail(self, case: Case, error: object) -> None:
        """Note a case with what went wrong."""
        words = shlex.join(map(str, case))
        self.failed.append(f"{error}\n  again: python -m tests.gates.again {words}")

    def add(self, other: "Tally") -> None:
        """Take another share in."""
        self.counts += other.counts
        self.failed += other.failed
        self.started = min(self.started, other.started)


def share(work: Callable[..., Tally], tasks: Sequence[Case]) -> Tally:
    """Run `work(*task)` for every task, several at once."""
    total = Tally()
    lanes = max(1, os.cpu_count() or 1)
    with ProcessPoolExecutor(lanes, mp_context=get_context("spawn")) as pool:
        for tally in pool.map(work, *zip(*tasks, strict=True)):
            total.add(tally)
    return total


def conclude(name: str, total: Tally) -> None:
    """Keep the line of totals, also in a file if one is named, and fail if a case did."""
    counts = ", ".join(f"{number:,} {what}" for what, number in sorted(total.counts.items()))
    lost = sum("lost" in line.split("\n")[0] for line in total.failed)
    double = sum("doubled" in line.split("\n")[0] for line in total.failed)
    seconds = time.monotonic() - total.started
    line = f"{name}: {counts}; {lost} lost, {double} double ({seconds:.0f} s)"
    LINES.append(line)
    if path := os.environ.get(TOTALS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    assert not total.failed, f"{len(total.failed)} failed:\n" + "\n".join(total.failed[:20])
