"""How much time and memory it takes to read a file, in a process of its own.

This file is also that process: for each path on standard input it reads the file in a child and
prints the `ResourceUsage` as JSON.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from wasf.errors import WasfError
from wasf.interfaces import ExportOptions, Unreadable
from wasf.sources.files import FileSource

_KILOBYTES_PER_MEGABYTE = 1024
_SECONDS, _MEGABYTES = 2.0, 200
_ROOT = Path(__file__).parents[2]


class ResourceUsage(NamedTuple):
    """What became of a file and what reading it took.

    `seconds` are of the processor, which do not depend on what else the machine does; `wall` are by
    the clock. `megabytes` is the peak of the child's memory, with what it began with.
    """

    reason: str
    seconds: float
    wall: float
    megabytes: float


@contextmanager
def reading_process(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process for `usage_of`, with `folder` as its home and working directory."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={"HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(_ROOT)},
    )
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def usage_of(process: "subprocess.Popen[str]", path: Path) -> ResourceUsage:
    """Read a file in that process."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    return ResourceUsage(**json.loads(process.stdout.readline()))


def check_usage(name: str, usage: ResourceUsage, words: str) -> None:
    """Assert that a file was handled for that reason, within 2 s and 200 MB."""
    replay = f'the case is "{name}"'
    assert words in usage.reason, f"{usage} {replay}"
    assert usage.seconds < _SECONDS, f"{usage} {replay}"
    assert usage.megabytes < _MEGABYTES, f"{usage} {replay}"


def worst_usage(figures: Sequence[ResourceUsage]) -> str:
    """The highest figures in words."""
    slowest = max(each.seconds for each in figures)
    largest = max(each.megabytes for each in figures)
    longest = max(each.wall for each in figures)
    return f"most {slowest:.2f} s (by the clock {longest:.2f}), {largest:.0f} MB"


# --- The process itself ------------------------------------------------------------------------


def _outcome(path: str) -> str:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    options = ExportOptions(zone=UTC, now=now, default_region="DE", me=frozenset({"Support"}))
    count = 0
    try:
        for found in FileSource([Path(path)], options).read():
            if isinstance(found, Unreadable):
                return found.error.message
            count += sum(1 for _ in found.items)
    except WasfError as error:
        return error.message
    return f"read {count} messages"


def _measured(path: str) -> dict[str, object]:
    reading, writing = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, _outcome(path).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        reason = pipe.read().decode()
    _, status, usage = os.wait4(child, 0)
    return {
        "reason": reason if status == 0 else f"died with status {status}",
        "seconds": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - began,
        "megabytes": usage.ru_maxrss / _KILOBYTES_PER_MEGABYTE,
    }


if __name__ == "__main__":
    import wasf.sources.chat_exporter
    import wasf.sources.exports.source  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(_measured(line.rstrip("\n"))), flush=True)
