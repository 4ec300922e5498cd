"""A command on a terminal of its own, at which somebody types."""

import os
import pty
from collections.abc import Sequence

from tests.end_to_end.program import Wasf
from tests.end_to_end.sign_in_process import own_terminal


def at_terminal(wasf: Wasf, words: Sequence[str], *answers: str) -> str:
    """What a command shows on a terminal on which somebody types these answers; it ends with 0."""
    outer, inner = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
    process = wasf.start(*words, start_new_session=True, preexec_fn=own_terminal, **streams)
    os.close(inner)
    os.write(outer, "".join(f"{answer}\n" for answer in answers).encode())
    shown = b""
    try:
        while piece := os.read(outer, 65_536):
            shown += piece
    except OSError:
        pass  # the program has closed its terminal
    os.close(outer)
    assert process.wait(60) == 0, shown.decode()
    return shown.decode()
