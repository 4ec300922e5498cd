"""Calls to something that may never answer, bounded in time."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

_Result = TypeVar("_Result")


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Do the work in a thread of its own and give its result, or raise what it raised.

    Raises `TimeoutError` after so many seconds. The thread is left behind then: nothing can end a
    call that waits for a window on a screen that nobody looks at, and it does not keep the program
    from ending.
    """
    ended: SimpleQueue[tuple[_Result | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            ended.put((work(), None))
        except Exception as error:
            ended.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = ended.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error it is what `work` gave
