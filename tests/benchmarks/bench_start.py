"""How long `wasf --help` and runs that ask Salesforce nothing take, against a bare Typer program.

    python -m tests.benchmarks.bench_start [ROUNDS]

All are started in turn, so that a busy machine slows all. The medians of their processor times are
compared. An idle `wasf sync` finds nothing new in one exported chat.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tests.exports_builder import Said, write_android
from tests.servers.salesforce import LocalOrg

MOST = 1.1
"""So many times the help of a bare program may the help of wasf take."""

_BARE = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you") -> None:
    print("Hello", name)
@app.command()
def goodbye(name: str = "you") -> None:
    print("Goodbye", name)
app()
"""
_PHONE = "+44 7700 900123"
_WASF = [sys.executable, "-m", "wasf"]


def main(rounds: int) -> int:
    """Measure, print, and answer 1 if the help took too long."""
    with tempfile.TemporaryDirectory() as name, LocalOrg.start() as org:
        folder = Path(name)
        program = folder / "bare.py"
        program.write_text(_BARE)
        environment = _synced(org, folder)
        bare, commands = [sys.executable, str(program)], (["sync"], ["status"], ["config"])
        pairs = [([*bare, "--help"], [*_WASF, "--help"])]
        pairs += [([*bare, "hello"], [*_WASF, *words]) for words in commands]
        ratios = [_ratio(*pair, environment, rounds) for pair in pairs]
    return int(ratios[0] > MOST)


def _synced(org: LocalOrg, folder: Path) -> Mapping[str, str]:
    """Log a chat; return the environment for runs that find it in the sources."""
    org.add_contact(LastName="Example", Phone=_PHONE)
    exports = folder / "exports"
    exports.mkdir()
    start = datetime(2026, 3, 2, 10)
    said = [Said(start + timedelta(minutes=number), _PHONE, f"{number}") for number in range(20)]
    export = write_android(exports, _PHONE, said)
    os.utime(export, (start.timestamp(), start.timestamp()))
    environment = os.environ | {
        "WASF_HOME": str(folder / "home"), "WASF_SOURCES": str(exports),
        "WASF_INSTANCE_URL": org.base_url, "WASF_ACCESS_TOKEN": org.access_token,
        "WASF_TIMEZONE": "Europe/London",
    }  # fmt: skip
    _seconds([*_WASF, "sync"], environment)
    return environment


def _ratio(bare: list[str], ours: list[str], environment: Mapping[str, str], rounds: int) -> float:
    pairs = [(_seconds(bare, environment), _seconds(ours, environment)) for _ in range(rounds)]
    one, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    words = " ".join(ours[1:]).replace("-m ", "")
    print(f"{words}: {other * 1000:.0f} ms, bare Typer {one * 1000:.0f}: {other / one:.2f} times")
    return other / one


def _seconds(command: list[str], environment: Mapping[str, str]) -> float:
    began = _used_by_children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return _used_by_children() - began


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 21))
