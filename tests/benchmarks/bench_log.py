"""What the log costs a sync: python tests/benchmarks/bench_log.py [ROUNDS].

Syncs 10,000 messages in 75 chats to an org in a process of its own, from nothing, with
WASF_LOG=warning (no line), as it is (info), and with WASF_LOG=debug (every request), one after the
other in each round, in an order that changes. Prints the median of the processor time, and what a
log costs more than none in the same round, against its limit of 2 %; 9 rounds unless said.
"""

import os
import resource
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import bench_sync
from tests.servers.salesforce import LocalOrg

MESSAGES, CHATS = 10_000, 75
LEVELS = ("warning", "info", "debug")
LIMIT = 2.0  # per cent


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    bench_sync.MESSAGES, bench_sync.CHATS = MESSAGES, CHATS
    seconds: dict[str, list[float]] = {level: [] for level in LEVELS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_sync.write_chats(folder)
        for number in range(rounds):
            turned = number % len(LEVELS)
            for level in LEVELS[turned:] + LEVELS[:turned]:
                seconds[level].append(measure(folder, level))
    print(f"{MESSAGES:,} messages, {CHATS} chats, {rounds} rounds; load {os.getloadavg()[0]:.1f}")
    for level in LEVELS:
        pairs = zip(seconds["warning"], seconds[level], strict=True)
        more = [100 * (logged / none - 1) for none, logged in pairs]
        cost, wide = statistics.median(more), f"{min(more):+.1f} to {max(more):+.1f}"
        median = statistics.median(seconds[level])
        print(f"{level:8} {median:7.2f} s  {cost:+5.1f} %  ({wide}; limit {LIMIT:.0f} %)")


def measure(folder: Path, level: str) -> float:
    """The processor time of a first sync, in seconds."""
    os.environ["WASF_LOG"] = level
    with tempfile.TemporaryDirectory() as home, LocalOrg.spawn() as org:
        before = _used()
        _, report = bench_sync.run(folder, Path(home), org)
        used = _used() - before
        assert report["messages"]["logged"] == MESSAGES  # type: ignore[index]
    return used


def _used() -> float:
    """The processor time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
