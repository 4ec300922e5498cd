"""How fast and in how much memory exports are read: python tests/benchmarks/bench_reading.py.

Prints messages a second, the ratio to a bare `finditer` over the same bytes in the same run, and
the peak of memory above the process before reading. Arguments: messages (default 200000), rounds.
"""

import multiprocessing
import random
import re
import resource
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, Shape, render
from wasf.interfaces import Reading
from wasf.sources.exports import ExportOptions, ExportSource

_WORDS = ("thanks the order offer tomorrow please send नमस्ते कल भेजिए شكرا غدا 🙂 prix größe").split()  # noqa: SIM905 - readable
_HEADERS = {
    ANDROID_GB: re.compile(rb"\n(\d\d/\d\d/\d{4}), (\d\d:\d\d) - ([^:\n]+): "),
    IOS_DE: re.compile(rb"\n\[(\d\d\.\d\d\.\d\d), (\d\d:\d\d:\d\d)\] ([^:\n]+): "),
}


def messages(count: int) -> Iterator[Said]:
    """A chat like real ones: some multi-line, some media, some notices."""
    chance = random.Random(7)
    at = datetime(2020, 1, 31, 8)
    for number in range(count):
        at += timedelta(seconds=chance.randrange(200))
        author = chance.choice(("Ada Example", "Support"))
        text = " ".join(chance.choices(_WORDS, k=chance.randrange(3, 16)))
        if number % 10 == 0:
            text += "\n" + text
        if number % 20 == 3:
            yield Said(at, author, "", file=f"IMG-20200131-WA{number % 10000:04}.jpg")
        else:
            yield Said(at, author, text)


def write(folder: Path, shape: Shape, count: int) -> tuple[Path, Path]:
    """The same chat as .txt and as .zip, written in pieces."""
    path = folder / "WhatsApp Chat with Ada Example.txt"
    with path.open("wb") as file:
        piece: list[Said] = []
        for said in messages(count):
            piece.append(said)
            if len(piece) == 5000:
                file.write(render(piece, shape).encode())
                piece.clear()
        file.write(render(piece, shape).encode())
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(path, path.name)
    return path, archive


def read(path: Path) -> int:
    """Read a file to its end, holding nothing."""
    options = ExportOptions(zone=UTC, now=datetime.now(UTC), me=frozenset({"Support"}))
    total = 0
    for found in ExportSource([path], options).read():
        if not isinstance(found, Reading):
            raise SystemExit(found.error.sentence)
        for _ in found.items:
            total += 1
    return total


def find(path: Path, pattern: re.Pattern[bytes]) -> int:
    """The yardstick: header positions in bytes, and nothing made of them."""
    return sum(1 for _ in pattern.finditer(path.read_bytes()))


def seconds(job: Callable[[], int]) -> float:
    """How long a job takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def peak() -> float:
    """The most memory this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(shape: Shape, count: int, rounds: int) -> None:
    """Print the figures of one shape."""
    pattern = _HEADERS[shape]
    with tempfile.TemporaryDirectory() as name:
        text, archive = write(Path(name), shape, count)
        before = peak()
        read(text)
        grown = peak() - before
        times = [
            (seconds(lambda: read(text)), seconds(lambda: find(text, pattern)))
            for _ in range(rounds)
        ]
        zipped = statistics.median(seconds(lambda: read(archive)) for _ in range(rounds))
    ours = statistics.median(pair[0] for pair in times)
    ratio = statistics.median(a / b for a, b in times)
    print(
        f"{shape.name}: {count / ours:,.0f} messages/s, {ratio:.1f} x finditer,"
        f" zip {zipped / ours:.2f} x txt, +{grown:.1f} MiB"
    )


def main() -> None:
    """Measure each shape in a process of its own, so that memory is its own too."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for shape in _HEADERS:
        process = multiprocessing.get_context("spawn").Process(
            target=measure, args=(shape, count, rounds)
        )
        process.start()
        process.join()


if __name__ == "__main__":
    main()
