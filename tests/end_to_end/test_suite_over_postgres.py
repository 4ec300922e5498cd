"""The whole end-to-end suite once more, with every ledger in a database of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.suite_over_postgres import LEFT_OUT

ROOT = Path(__file__).parents[2]
LEAST = 1_150  # tests that pass


@pytest.mark.gate
@pytest.mark.postgres
def test_the_suite_passes_with_its_ledgers_in_databases() -> None:
    """By hand: LEDGER_ENGINE=postgres pytest tests/end_to_end."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if "PYTEST_XDIST" not in name}
    done = subprocess.run(
        [*command, "tests/end_to_end"],
        cwd=ROOT, env={**environment, "LEDGER_ENGINE": "postgres"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    last = done.stdout.rstrip().rpartition("\n")[2]
    print(f"\nover PostgreSQL: {last}")
    assert done.returncode == 0, done.stdout[-8_000:]
    assert int(re.findall(r"(\d+) passed", last)[0]) >= LEAST


def test_what_is_left_out_is_there() -> None:
    """Else a new name of a test would leave its reason behind."""
    folder = Path(__file__).parent
    for module, tests in LEFT_OUT.items():
        text = (folder / module).read_text(encoding="utf-8")
        for test in tests:
            assert f"def {test}" in text
