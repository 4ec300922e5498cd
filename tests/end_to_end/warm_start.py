"""Starts `python -m wasf` in a process of its own, without the time that loading it takes.

Beside the tests stands a process that has loaded wasf and has done nothing else. Each run is a
copy of it, with the streams, the environment and the session that were asked for. The copy becomes
a child of the tests' process, which may wait for it, signal it and kill it as any other. A run
starts cold elsewhere than on Linux, and where its environment says how Python itself starts.
"""

import atexit
import functools
import gc
import importlib
import inspect
import io
import json
import os
import pkgutil
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from tests.servers.networks import enter

NETWORK = "TEST_NETWORK"
"""The variable that names the network namespace in which a run is to be."""

_ROOT = Path(__file__).parents[2]
_MODULE = "tests.end_to_end.warm_start"
_LARGEST = 1 << 17
_BECOMES_THE_PARENT_OF_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
_READ_BY_PYTHON_ITSELF = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC")


class WarmProcess(subprocess.Popen[Any]):
    """`subprocess.Popen` for `[sys.executable, "-m", "wasf", ...]` on Linux."""

    def _execute_child(self, *given: Any) -> None:
        """Do what Popen does where it forks. A terminal as standard input is the run's own."""
        cold = super()._execute_child  # type: ignore[misc]
        asked = inspect.signature(cold).bind(*given).arguments
        environment = dict(os.environ if asked["env"] is None else asked["env"])
        if sys.platform != "linux" or _startup_of(environment) != _startup_of(os.environ):
            cold(*given)
            return
        assert asked["args"][:3] == [sys.executable, "-m", "wasf"]
        order = {
            "arguments": asked["args"][3:], "environment": environment,
            "folder": str(asked["cwd"] or Path.cwd()), "session": asked["start_new_session"],
        }  # fmt: skip
        ends = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        streams = [number if end == -1 else end for number, end in enumerate(ends)]
        try:
            self.pid = _stem().copy(order, streams)
            self._child_created = True
        finally:
            pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
            self._close_pipe_fds(*(asked[pipe] for pipe in pipes))  # type: ignore[attr-defined]


def _startup_of(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items()
        if name.startswith(_READ_BY_PYTHON_ITSELF) and name != "PYTHONUNBUFFERED"
    }  # fmt: skip


class _Stem:
    """The process that copies itself, seen from the tests."""

    def __init__(self) -> None:
        import ctypes  # Linux only

        ctypes.CDLL(None).prctl(_BECOMES_THE_PARENT_OF_ORPHANS, 1, 0, 0, 0)
        self._orders, its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with its_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(its_end.fileno())],
                cwd=_ROOT, stdin=subprocess.DEVNULL, pass_fds=[its_end.fileno()],
            )  # fmt: skip

    def copy(self, order: Mapping[str, Any], streams: list[int]) -> int:
        """Start a run; return the number of its process."""
        with self._turn:
            socket.send_fds(self._orders, [json.dumps(order).encode()], streams)
            return int(self._orders.recv(_LARGEST))

    def close(self) -> None:
        self._orders.close()
        self._process.wait()


@functools.cache
def _stem() -> _Stem:
    stem = _Stem()
    atexit.register(stem.close)
    return stem


# --- In the process that copies itself ---------------------------------------------------------


def _serve(orders: socket.socket) -> None:
    """Copy this process for each order. An orphan goes to the nearest that takes orphans."""
    _load()
    while True:
        order, streams, *_ = socket.recv_fds(orders, _LARGEST, 3)
        if not order:
            return
        number, its_end = os.pipe()
        child = os.fork()
        if child == 0:
            grandchild = os.fork()
            if grandchild == 0:
                orders.close()
                os.close(number)
                os.close(its_end)
                _run(json.loads(order), streams)
            os.write(its_end, str(grandchild).encode())
            os._exit(0)
        os.waitpid(child, 0)
        orders.send(os.read(number, 20))
        for each in (number, its_end, *streams):
            os.close(each)


def _load() -> None:
    """Load all of wasf, and what it loads only where it is needed."""
    importlib.import_module("simple_salesforce")
    package = importlib.import_module("wasf")
    for module in pkgutil.walk_packages(package.__path__, "wasf."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _run(order: dict[str, Any], streams: list[int]) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if order["session"]:
        os.setsid()
        if os.isatty(0):
            import fcntl  # as termios, unknown on Windows
            import termios

            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if network := os.environ.pop(NETWORK, ""):
        enter(network)
    time.tzset()
    entered = io.BufferedReader(io.FileIO(0, closefd=False))
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(entered)
    sys.stdout = sys.__stdout__ = _opened(1, "strict", line_buffering=os.isatty(1))
    sys.stderr = sys.__stderr__ = _opened(2, "backslashreplace", line_buffering=True)
    sys.argv = ["wasf", *order["arguments"]]
    runpy.run_module("wasf", run_name="__main__", alter_sys=True)
    sys.exit()


def _opened(number: int, errors: str, *, line_buffering: bool) -> io.TextIOWrapper:
    """As Python opens its own streams."""
    buffering = 0 if os.environ.get("PYTHONUNBUFFERED") else -1
    return io.TextIOWrapper(
        open(number, "wb", buffering, closefd=False), errors=errors,
        line_buffering=line_buffering, write_through=buffering == 0,
    )  # fmt: skip


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
