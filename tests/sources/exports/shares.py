"""Many generated files, shared out over two processes."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Part = TypeVar("Part")


def shared_out(work: Callable[[int], Part], files: int, share: int) -> list[Part]:
    """What `work` makes of each share; it is called with the number of the share's first file."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, range(0, files, share)))
