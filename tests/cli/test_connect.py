"""`wasf connect` shows the address to sign in at before anything slow is loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import bench_connect

AT_THE_ADDRESS = """
import json, os, sys
from wasf.cli.main import main

class Output:
    def write(self, text):
        if "https://" in text:
            sys.__stdout__.write(json.dumps(sorted(sys.modules)))
            sys.__stdout__.flush()
            os._exit(0)
    def flush(self):
        pass

sys.stdout = Output()
main(["connect", "--client-id", "3MVG9.trial", "--no-browser", "--token-store", "file"])
"""


def test_nothing_slow_is_loaded_before_the_address(tmp_path: Path) -> None:
    """`tests/benchmarks/bench_connect.py` measures what this keeps true."""
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_ADDRESS],
        env={**os.environ, "WASF_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    # fmt: off
    slow = {"requests", "rich", "keyring", "http.server", "webbrowser", "simple_salesforce",
            "phonenumbers", "ssl", "wasf.core.records", "wasf.interfaces", "wasf.console"}
    # fmt: on

    assert "wasf.cli.connect" in loaded
    assert slow & loaded == set()


@pytest.mark.gate
def test_the_address_comes_at_once() -> None:
    assert bench_connect.main(rounds=21) == 0
