"""How long `wasf --help` takes, against a bare Typer program.

    python -m tests.benchmarks.bench_help [ROUNDS]

Both are started in turn, so that a busy machine slows both. The medians of their processor times
are compared.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MOST = 1.1
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


def main(rounds: int) -> int:
    """Measure, print, and answer 1 if it took too long."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "bare.py"
        program.write_text(_BARE)
        bare, ours = [], []
        for _ in range(rounds):
            bare.append(_seconds([sys.executable, str(program), "--help"]))
            ours.append(_seconds([sys.executable, "-m", "wasf", "--help"]))
    one, other = statistics.median(bare), statistics.median(ours)
    print(f"bare Typer {one * 1000:.0f} ms, wasf {other * 1000:.0f} ms: {other / one:.2f} times")
    return int(other > MOST * one)


def _seconds(command: list[str]) -> float:
    began = _used_by_children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return _used_by_children() - began


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 21))
