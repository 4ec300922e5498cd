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

MOST = {"--help": 1.05, "sync": 2.5, "status": 2.0, "config": 3.0}
"""So many times a bare program's help, or run, may each of wasf take."""

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
    """Measure, print, and answer 1 if anything took too long."""
    with tempfile.TemporaryDirectory() as name, LocalOrg.start() as org:
        folder = Path(name)
        program = folder / "bare.py"
        program.write_text(_BARE)
        environment = _synced(org, folder)
        bare = [sys.executable, str(program)]
        slow = 0
        for words, most in MOST.items():
            beside = [*bare, "--help" if words == "--help" else "hello"]
            slow += _ratio(beside, words, environment, rounds) > most
    return int(slow > 0)


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
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is compiled is kept, as for users
    for words in MOST:
        _seconds([*_WASF, words], environment)
    return environment


def _ratio(bare: list[str], words: str, environment: Mapping[str, str], rounds: int) -> float:
    ours = [*_WASF, words]
    pairs = [(_seconds(bare, environment), _seconds(ours, environment)) for _ in range(rounds)]
    one, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    figures = f"{other * 1000:.0f} ms, bare Typer {one * 1000:.0f}: {other / one:.2f} times"
    print(f"wasf {words}: {figures}, at most {MOST[words]}")
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
