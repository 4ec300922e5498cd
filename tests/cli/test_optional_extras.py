"""Commands that need an optional extra explain themselves without it, and name it when called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wasf.errors import ExitCode

EXTRAS = ("httptools", "prometheus_client", "starlette", "uvicorn")
PROGRAM = """
import os, sys
for name in os.environ["MISSING"].split():
    sys.modules[name] = None
from wasf.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def _run(arguments: list[str], home: Path, *missing: str) -> subprocess.CompletedProcess[str]:
    """Run wasf in a process without these libraries, or without all of the extras."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "WASF_HOME": str(home), "MISSING": " ".join(missing or EXTRAS)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["demo", "listen"])
def test_its_help_needs_no_extra(command: str, tmp_path: Path) -> None:
    done = _run([command, "--help"], tmp_path)

    assert done.returncode == ExitCode.DONE, done.stderr
    assert f"wasf {command}" in done.stdout


@pytest.mark.parametrize("arguments", [["demo"], ["demo", "--serve"], ["listen"]], ids=" ".join)
def test_it_says_how_to_install_the_extra(arguments: list[str], tmp_path: Path) -> None:
    done = _run(arguments, tmp_path)

    assert done.returncode == ExitCode.BAD_SETTINGS
    assert f"pip install 'wasf[{arguments[0]}]'" in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize(
    ("command", "missing"), [*(("listen", name) for name in EXTRAS), ("demo", "uvicorn")]
)
def test_one_missing_library_is_enough(command: str, missing: str, tmp_path: Path) -> None:
    done = _run([command], tmp_path, missing)

    assert done.returncode == ExitCode.BAD_SETTINGS
    assert f"pip install 'wasf[{command}]'" in done.stderr
