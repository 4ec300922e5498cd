"""How soon `wasf connect` prints its address, against a whole run of a bare Typer program.

    python -m tests.benchmarks.bench_connect [ROUNDS]

Both are started in turn, so that a busy machine slows both; the lower quartiles are compared.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST = 1.5
_BARE = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you") -> None:
    print("Hello", name)
app()
"""


def main(rounds: int) -> int:
    """Measure, print, and answer 1 if it took too long."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "bare.py"
        program.write_text(_BARE)
        home = {**os.environ, "WASF_HOME": folder}
        home.pop("WASF_TOKEN_STORE", None)
        bare, address = [], []
        for _ in range(rounds):
            bare.append(_seconds_of_a_run(program))
            address.append(_seconds_to_the_address(home))
    one, other = (statistics.quantiles(each)[0] for each in (bare, address))
    print(f"bare Typer {one * 1000:.0f} ms, address {other * 1000:.0f} ms: {other / one:.2f} times")
    return int(other > MOST * one)


def _seconds_of_a_run(program: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, program], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def _seconds_to_the_address(environment: dict[str, str]) -> float:
    command = [Path(sys.executable).with_name("wasf"), "connect", "--client-id", "3MVG9.trial",
               "--no-browser", "--token-store", "file"]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(1), "it printed nothing"
    taken = time.perf_counter() - began
    process.kill()
    process.communicate()
    return taken


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 21))
