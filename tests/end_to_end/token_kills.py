"""Runs `wasf sync` again and again, killed at a chosen point after its new token has arrived.

Each line of standard input holds a number and an exported chat. The run ends by SIGKILL at the
point with that number, counted over all threads from the answer of the token endpoint on; the
number of points up to the token's first use is printed if none is left. A point is the call or
return of a function by which the system does something: whatever lies between two of them changes
nothing outside the process.
"""

import os
import signal
import sys
import threading
from types import FrameType

from tests.gates.preload import warm_up
from wasf.cli.main import main
from wasf.salesforce.api.transport import Transport
from wasf.salesforce.auth.oauth import post_form

_ANSWER = post_form.__code__
_OF_THE_SYSTEM = {
    "close", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "send", "sendall", "sendmsg",
    "unlink", "write",
}  # fmt: skip
_USE = Transport.send.__code__


class Points:
    """Counts what happens between a token's arrival and its use, and kills at one of them."""

    def __init__(self, deadly: int, report: int) -> None:
        self._deadly = deadly
        self._report = report
        self._passed = -1

    def __call__(self, frame: FrameType, event: str, given: object) -> None:
        if self._passed < 0:
            if frame.f_code is _ANSWER and event == "return" and given is not None:
                self._passed = 0
            return
        if frame.f_code is _USE and event == "call":
            self.end()
            return
        if not (event.startswith("c_") and getattr(given, "__name__", "") in _OF_THE_SYSTEM):
            return
        self._passed += 1
        if self._passed == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def end(self) -> None:
        """The token is used: nothing more is counted."""
        os.write(self._report, b"%d" % self._passed)
        self._passed = -1
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def _run(deadly: int, chat: str, report: int) -> None:
    """In a process of its own, which never returns from here."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    points = Points(deadly, report)
    threading.setprofile(points)
    sys.setprofile(points)
    os._exit(main(["sync", chat, "--json"]))


def _killed(deadly: int, chat: str) -> str:
    """How the run ended: "killed", or the number of points that there are."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run(deadly, chat, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        passed = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else passed or f"exit {os.WEXITSTATUS(status)}"


if __name__ == "__main__":
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        number, _, path = line.rstrip("\n").partition(" ")
        print(_killed(int(number), path), flush=True)
