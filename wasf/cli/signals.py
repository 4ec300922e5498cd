"""Signals that ask a run to end. They are held back until it is between two records."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from wasf.errors import Stopped, Terminated, WasfError

_STDERR = 2
_FINISHING = b"\nFinishing the call at work. Ctrl-C again ends at once.\n"
_SAVED = "what was done so far is saved; run the same command again to go on"


class StopRequests:
    """Turns SIGINT, SIGTERM and SIGHUP into exceptions, at once or when it is safe.

    Inside `held_back()` a first signal is only remembered; `check()` raises it where the run can
    end cleanly. A second signal ends the run at once. Outside of `held_back()` nothing has been
    saved, so the message does not promise it.
    """

    def __init__(self) -> None:
        self._holding_back = False
        self._asked: WasfError | None = None

    def install(self) -> None:
        """Handle the signals of this process, but not a SIGHUP that `nohup` has switched off."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def check(self) -> None:
        """Raise if somebody asked the run to end."""
        if self._asked is not None:
            raise self._asked

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Remember a first signal instead of raising it."""
        self._holding_back = True
        try:
            yield
        finally:
            self._holding_back = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        kind = Stopped if number == signal.SIGINT else Terminated
        error = kind("stopped", _SAVED if self._holding_back else "")
        if self._holding_back and self._asked is None:
            self._asked = error
            if number == signal.SIGINT and os.isatty(_STDERR):
                os.write(_STDERR, _FINISHING)  # safe in a handler, where a stream may be in use
            return
        raise error
