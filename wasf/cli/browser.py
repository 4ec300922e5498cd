"""Opens a browser at an address, if there is one that the person can see."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

_IN_THE_TERMINAL = frozenset({"www-browser", "lynx", "links", "links2", "elinks", "w3m"})


def open_browser(address: str, env: Mapping[str, str]) -> bool:
    """Start a browser at the address; return whether a program was started.

    Nobody can tell whether it shows the page. `BROWSER` wins: an editor that works on another
    machine sets it to reach the browser in front of the person.
    """
    if command := _browser_command(env.get("BROWSER", "")):
        return _start([*command, address])
    if env.get("SSH_CONNECTION") or env.get("SSH_TTY"):
        return False
    if sys.platform == "win32":
        os.startfile(address)  # noqa: S606 - how Windows opens addresses
        return True
    if sys.platform == "darwin":
        return _start(["open", address])
    if _is_wsl(env):
        return _start(["wslview", address]) or _start([*_POWERSHELL, f"Start-Process '{address}'"])
    has_display = env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")
    return bool(has_display) and _start(["xdg-open", address])


# The address is percent-encoded: no quote in it can end the quoted text.
_POWERSHELL = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")


def _browser_command(browser: str) -> list[str]:
    """Return the first command in `BROWSER`; none if it would take over the terminal."""
    try:
        words = [word for word in shlex.split(browser.split(os.pathsep)[0]) if word != "%s"]
    except ValueError:
        return []
    name = os.path.basename(words[0]) if words else ""  # noqa: PTH119 - no path is touched
    return [] if name in _IN_THE_TERMINAL else words


def _is_wsl(env: Mapping[str, str]) -> bool:
    return bool(env.get("WSL_DISTRO_NAME") or env.get("WSL_INTEROP"))


def _start(command: Sequence[str]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    try:
        subprocess.Popen(  # noqa: S603 - the person's own browser, and no shell
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
