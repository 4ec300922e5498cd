"""How fast and in how much memory exports are read: python tests/benchmarks/bench_reading.py.

Each job runs in a process of its own, one after the other and round by round; its time is that of
the work alone, without start-up. Printed are medians, ratios within a round, and peaks of memory.
Ratios are of processor time, which other work on the machine moves less than the clock's; of a
parser that uses several threads it is the sum.
The yardstick is a bare `finditer` of the header over the same bytes, of which nothing is made.

With `--peers FOLDER` other parsers run on the same file, as far as that folder has them:
`python -m venv FOLDER/py && FOLDER/py/bin/pip install whatstk==0.9.1 chat-miner==0.6.0` and
`npm install --prefix FOLDER whatsapp-chat-parser@4.0.2`.
"""

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, Shape, render
from tests.memory import peak_memory
from wasf.interfaces import ChatReading, ExportOptions
from wasf.sources.files import FileSource

_ENGLISH = "thanks the order offer tomorrow please send price Monday size can you have it".split()  # noqa: SIM905 - readable
_HINDI = "नमस्ते कल भेजिए धन्यवाद कीमत क्या है ठीक".split()  # noqa: SIM905 - readable
_ARABIC = "شكرا غدا السعر متى الطلب نعم".split()  # noqa: SIM905 - readable
_LANGUAGES = (_ENGLISH,) * 39 + (_HINDI, _ARABIC) * 5 + (_HINDI,)
_HEADERS = {
    ANDROID_GB: re.compile(rb"\n(\d\d/\d\d/\d{4}), (\d\d:\d\d) - ([^:\n]+): "),
    IOS_DE: re.compile(rb"\n\[(\d\d\.\d\d\.\d\d), (\d\d:\d\d:\d\d)\] ([^:\n]+): "),
}
_NAME = "WhatsApp Chat with Ada Example"
_WHATSTK = """
import sys, time
from whatstk import WhatsAppChat
headers = {"android": "%d/%m/%Y, %H:%M - %name:", "ios": "[%d.%m.%y, %H:%M:%S] %name:"}
header = headers.get(sys.argv[2])
start, wall = time.process_time(), time.perf_counter()
chat = WhatsAppChat.from_source(sys.argv[1], hformat=header, max_size=None)
print(time.process_time() - start, time.perf_counter() - wall, 0, len(chat.df))
"""
_CHAT_MINER = """
import sys, time
from chatminer.chatparsers import WhatsAppParser
parser = WhatsAppParser(sys.argv[1])
start, wall = time.process_time(), time.perf_counter()
parser.parse_file()
found = parser.parsed_messages.get_df()
print(time.process_time() - start, time.perf_counter() - wall, 0, len(found))
"""
_CHAT_PARSER = """
const { parseString } = require("whatsapp-chat-parser");
const { readFileSync } = require("fs");
const [start, wall] = [process.cpuUsage(), process.hrtime.bigint()];
const found = parseString(readFileSync(process.argv[1], "utf8"));
const { user, system } = process.cpuUsage(start);
const seconds = Number(process.hrtime.bigint() - wall) / 1e9;
console.log((user + system) / 1e6, seconds, 0, found.length);
"""


class Figures(NamedTuple):
    """What a job took: seconds of the processor (all threads) and of the clock, and MiB."""

    seconds: float
    wall: float
    peak: float


def messages(count: int) -> Iterator[Said]:
    """A chat like real ones.

    Of a hundred messages 22 are in Hindi or Arabic, 14 have an emoji, 10 more than one line, 5 a
    file and 2 a link; beside them are 2 notices that WhatsApp wrote.
    """
    chance = random.Random(7)
    at = datetime(2020, 1, 31, 8)
    for number in range(count):
        at += timedelta(seconds=chance.randrange(130))
        author = chance.choice(("Ada Example", "Support"))
        words = chance.choice(_LANGUAGES)
        text = " ".join(chance.choices(words, k=chance.randrange(3, 18)))
        if number % 7 == 0:
            text += " 🙂"
        if number % 50 == 1:
            text += " https://example.com/price"
        if number % 10 == 0:
            text += "\n" + " ".join(chance.choices(words, k=5))
        if number % 50 == 7:
            yield Said(at, "Ada Example", "Your security code with Ada changed.", notice=True)
        elif number % 20 == 3:
            yield Said(at, author, "", file=f"IMG-20200131-WA{number % 10000:04}.jpg")
        else:
            yield Said(at, author, text)


def write(folder: Path, shape: Shape, count: int) -> tuple[Path, Path]:
    """The same chat as .txt and as .zip, written in pieces."""
    path = folder / f"{_NAME}.txt"
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
    for found in FileSource([path], options).read():
        if not isinstance(found, ChatReading):
            raise SystemExit(found.error.message)
        counted = count()
        deque(
            zip(found.items, counted, strict=False), maxlen=0
        )  # a loop here would count as reading
        total += next(counted)
    return total


def find(path: Path) -> int:
    """The yardstick: header positions in bytes, and nothing made of them."""
    data = path.read_bytes()
    pattern = next(pattern for pattern in _HEADERS.values() if pattern.search(data))
    return sum(1 for _ in pattern.finditer(data))


def one_job(job: Callable[[Path], int], path: Path) -> None:
    """Print seconds of the processor and of the clock, the peak in MiB, and how many messages."""
    start, wall = time.process_time(), time.perf_counter()
    count = job(path)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    print(seconds, wall, peak_memory() / (1 << 20), count)


def jobs(kind: str, folder: Path, peers: Path | None) -> dict[str, list[str]]:
    """The commands to compare, by name; each prints what `one_job` does."""
    text, archive = folder / f"{_NAME}.txt", folder / f"{_NAME}.zip"
    small = folder / "small" / text.name
    found = {
        "finditer": [sys.executable, __file__, "--job", "find", str(text)],
        "wasf": [sys.executable, __file__, "--job", "read", str(text)],
        "wasf, a tenth": [sys.executable, __file__, "--job", "read", str(small)],
        "wasf, .zip": [sys.executable, __file__, "--job", "read", str(archive)],
    }
    if peers is not None:
        python = peers / "py" / "bin" / "python"
        if python.exists():
            # It learns a header, as wasf does, unless it is told.
            found["whatstk"] = [str(python), "-c", _WHATSTK, str(text), "unknown"]
            found["whatstk, told the header"] = [str(python), "-c", _WHATSTK, str(text), kind]
            found["chat-miner"] = [str(python), "-c", _CHAT_MINER, str(text)]
        if (peers / "node_modules" / "whatsapp-chat-parser").exists():
            found["whatsapp-chat-parser"] = ["node", "-e", _CHAT_PARSER, str(text)]
    return found


def run(command: Sequence[str], folder: Path | None) -> Figures | None:
    """What a job took, None if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode:
        print(f"  failed: {done.stderr.strip().splitlines()[-1:]}")
        return None
    seconds, wall, peak, _ = done.stdout.split()[-4:]
    return Figures(float(seconds), float(wall), float(peak))


def measure(shape: Shape, count: int, rounds: int, peers: Path | None) -> None:
    """Print the figures of one shape."""
    kind = "ios" if shape.ios else "android"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small").mkdir()
        write(folder / "small", shape, count // 10)
        write(folder, shape, count)
        commands = jobs(kind, folder, peers)
        results: dict[str, list[Figures]] = {job: [] for job in commands}
        for _ in range(rounds):
            for job, command in commands.items():
                result = run(command, peers)
                if result is not None:
                    results[job].append(result)
    print(f"{shape.name}, {count:,} messages, {rounds} rounds; ratios are of processor time")
    for job, figures in results.items():
        if len(figures) == rounds:
            seconds = statistics.median(figure.seconds for figure in figures)
            wall = statistics.median(figure.wall for figure in figures)
            to = {
                other: statistics.median(
                    a.seconds / b.seconds for a, b in zip(figures, theirs, strict=True)
                )
                for other, theirs in results.items()
                if other in ("finditer", "wasf") and len(theirs) == rounds
            }
            peak = max(figure.peak for figure in figures)
            print(
                f"  {job:24} {seconds:7.2f} s ({wall:7.2f} s by the clock)"
                f"  {to['finditer']:6.2f} x finditer  {to['wasf']:6.2f} x wasf"
                + (f"  {peak:5.0f} MiB" if peak else "")
            )


def main() -> None:
    """Run the jobs of both shapes."""
    parser = argparse.ArgumentParser(description="How fast exports are read.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="the folder in which others are installed")
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        one_job({"find": find, "read": read}[given.job[0]], Path(given.job[1]))
        return
    for shape in _HEADERS:
        measure(shape, given.messages, given.rounds, given.peers and given.peers.absolute())


if __name__ == "__main__":
    main()
