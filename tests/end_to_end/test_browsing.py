"""Which browser is opened, and when none is; and how quickly the address comes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks import bench_connect
from wasf.cli.browser import open_browser

ADDRESS = "https://login.salesforce.com/services/oauth2/authorize?state=a%27b&x=1"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH; its programs write down what they were given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("xdg-open", "wslview", "w3m", "mine", "powershell.exe"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nprintf "%s|" {name} "$@" > "$0.part"\n'
                           f'/bin/mv "$0.part" {folder}/seen\n')  # fmt: skip
        program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _seen(folder: Path) -> list[str]:
    deadline = time.monotonic() + 20
    while not (folder / "seen").exists():
        assert time.monotonic() < deadline
    return (folder / "seen").read_text().split("|")[:-1]


OPENED: dict[str, tuple[dict[str, str], list[str]]] = {
    "a desktop": ({"DISPLAY": ":0"}, ["xdg-open", ADDRESS]),
    "Wayland": ({"WAYLAND_DISPLAY": "wayland-0"}, ["xdg-open", ADDRESS]),
    "BROWSER": ({"BROWSER": "mine --new", "DISPLAY": ":0"}, ["mine", "--new", ADDRESS]),
    "BROWSER by SSH": ({"BROWSER": "mine %s", "SSH_TTY": "/dev/pts/0"}, ["mine", ADDRESS]),
    "several in BROWSER": ({"BROWSER": "mine:w3m"}, ["mine", ADDRESS]),
    "WSL": ({"WSL_DISTRO_NAME": "Debian"}, ["wslview", ADDRESS]),
}


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
@pytest.mark.parametrize(("env", "seen"), OPENED.values(), ids=OPENED)
def test_opened(programs: Path, env: dict[str, str], seen: list[str]) -> None:
    assert open_browser(ADDRESS, env)
    assert _seen(programs) == seen


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
@pytest.mark.parametrize(
    "env",
    [{}, {"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}, {"BROWSER": "w3m"},
     {"BROWSER": "/usr/bin/lynx"}, {"BROWSER": "not-there"}, {"BROWSER": '"'}],
    ids=["no screen", "by SSH", "a browser in the terminal", "by its path", "missing", "broken"],
)  # fmt: skip
def test_not_opened(programs: Path, env: dict[str, str]) -> None:
    assert not open_browser(ADDRESS, env)


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
def test_wsl_without_its_helper(programs: Path) -> None:
    (programs / "wslview").unlink()

    assert open_browser(ADDRESS, {"WSL_INTEROP": "/run/WSL/1"})
    assert _seen(programs)[-1] == f"Start-Process '{ADDRESS}'"


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
