"""Takes what a person pastes while something else is waited for. Only `wasf connect` does this."""

import os
import sys
import threading
from collections.abc import Callable

_LONGEST_LINE = 8192


def may_prompt() -> bool:
    """Whether a person sits at this terminal, and this process may read what they type."""
    try:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return False
        if sys.platform == "win32":
            return True
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def pass_on_lines(take: Callable[[str], None]) -> None:
    """Give every line that is typed from now on to `take`, on a thread that ends with the program.

    Reads past Python's own buffer, whose lock a waiting thread would hold when the program ends.
    """
    threading.Thread(target=_read_lines, args=(sys.stdin.fileno(), take), daemon=True).start()


def _read_lines(terminal: int, take: Callable[[str], None]) -> None:
    waiting = b""
    while len(waiting) <= _LONGEST_LINE:
        try:
            piece = os.read(terminal, _LONGEST_LINE)
        except OSError:
            return
        if not piece:
            return  # Ctrl-D: nothing more is pasted, the browser may still come
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            if text := line.decode("utf-8", "replace").strip():
                take(text)
