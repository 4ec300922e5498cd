"""Opens a browser at an address, where there is one that a person would see."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

_IN_THE_TERMINAL = frozenset({"www-browser", "lynx", "links", "links2", "elinks", "w3m"})


def open_browser(address: str, env: Mapping[str, str]) -> bool:
    """Whether something was started; nobody can tell whether it shows a page.

    `BROWSER` wins, as editors on other machines set it to reach the one in front of the person.
    """
    if command := _chosen(env.get("BROWSER", "")):
        return _started([*command, address])
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    if sys.platform == "win32":
        os.startfile(address)  # noqa: S606 - how Windows opens addresses
        return True
    if sys.platform == "darwin":
        return _started(["open", address])
    if _is_wsl(env):
        return _started(["wslview", address]) or _started(
            [*_POWERSHELL, f"Start-Process '{address}'"]
        )
    has_display = env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")
    return bool(has_display) and _started(["xdg-open", address])


# The address is percent-encoded, so that no quote can end the text it stands in.
_POWERSHELL = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")


def _chosen(browser: str) -> list[str]:
    """The first command in `BROWSER`, unless it would take over the terminal."""
    try:
        words = [word for word in shlex.split(browser.split(os.pathsep)[0]) if word != "%s"]
    except ValueError:
        return []
    name = os.path.basename(words[0]) if words else ""  # noqa: PTH119 - no path is touched
    return [] if name in _IN_THE_TERMINAL else words


def _is_wsl(env: Mapping[str, str]) -> bool:
    return bool(env.get("WSL_DISTRO_NAME") or env.get("WSL_INTEROP"))


def _started(command: Sequence[str]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    try:
        subprocess.Popen(  # noqa: S603 - the person's own browser; no shell
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
