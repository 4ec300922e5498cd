"""Which browser is opened, and when none is."""

import os
import sys
import time
from pathlib import Path

import pytest

from wasf.cli.sign_in_request import open_browser

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
    "the first of a list that is there": ({"BROWSER": "missing:mine"}, ["mine", ADDRESS]),
    "one in the terminal is left out": ({"BROWSER": "w3m:mine"}, ["mine", ADDRESS]),
    "%s in a word": ({"BROWSER": "mine --url=%s --new"}, ["mine", f"--url={ADDRESS}", "--new"]),
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
@pytest.mark.parametrize("browser", ["{}", "missing:{}", "'{}' %s"])
def test_a_path_with_blanks_is_one_word(browser: str, programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "Program Files" / "b.exe"
    path.parent.mkdir()
    (programs / "mine").rename(path)
    assert open_browser(ADDRESS, {"BROWSER": browser.format(path)})
    assert _seen(programs) == ["mine", ADDRESS]


@pytest.mark.parametrize("error", [None, OSError(1155, "No application is associated")])
def test_windows_opens_addresses_itself(
    error: OSError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def startfile(address: str) -> None:
        opened.append(address)
        if error:
            raise error

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "startfile", startfile, raising=False)
    assert open_browser(ADDRESS, {}) is (error is None)
    assert opened == [ADDRESS]


@pytest.mark.skipif(sys.platform != "linux", reason="starts programs as Linux does")
def test_macos_has_a_program_for_it(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (programs / "xdg-open").rename(programs / "open")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert open_browser(ADDRESS, {})
    assert _seen(programs) == ["xdg-open", ADDRESS]


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux does")
def test_wsl_without_its_helper(programs: Path) -> None:
    (programs / "wslview").unlink()

    assert open_browser(ADDRESS, {"WSL_INTEROP": "/run/WSL/1"})
    assert _seen(programs)[-1] == f"Start-Process '{ADDRESS}'"
