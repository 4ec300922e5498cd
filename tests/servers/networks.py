"""Machines in network namespaces of their own, joined to this one by cables that can be cut.

A cable is a pair of virtual interfaces. It is cut by giving the far end an address of the link
layer that nobody has: packets vanish without a word, in both directions or in one, and what was on
its way is sent again when the cable is mended. Needs Linux and root.
"""

import ctypes
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

_NOBODY = "02:00:00:00:00:01"
_CLONE_NEWNET = 0x40000000
_NUMBERS = count()


def can_make_networks() -> bool:
    """Return whether this machine lets us make namespaces and cables."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
        return False
    try:
        with Network() as probe:
            probe.cable()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable between this machine and a network: the addresses of its two ends.

    `here` and `there` are the names of its interfaces.
    """

    near: str
    far: str
    here: str
    there: str
    network: "Network"

    def cut(self, *, both_ways: bool = True) -> None:
        """Let packets from the network vanish, and those to it too if `both_ways`."""
        forged = ("lladdr", _NOBODY, "nud", "permanent", "dev")
        self.network.run("ip", "neigh", "replace", self.near, *forged, self.there)
        if both_ways:
            _run("ip", "neigh", "replace", self.far, *forged, self.here)

    def mend(self) -> None:
        """Let packets through again."""
        for run, address, name in (
            (self.network.run, self.near, self.there),
            (_run, self.far, self.here),
        ):
            run("ip", "neigh", "flush", "to", address, "dev", name, "nud", "all")


class Network:
    """A network namespace. It is gone with the process that holds it, and that with this one."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self.path = f"/proc/{self._holder.pid}/ns/net"
        ours = Path("/proc/self/ns/net").readlink()
        while Path(self.path).readlink() == ours and self._holder.poll() is None:
            threading.Event().wait(0.005)
        self.run("ip", "link", "set", "lo", "up")

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.communicate()

    def run(self, *command: str) -> None:
        """Run a command in this network."""
        _run("nsenter", f"--net={self.path}", *command)

    def cable(self) -> Cable:
        """Lay a cable from this machine into the network."""
        number, pid = next(_NUMBERS), os.getpid()
        here, there = f"w{pid}x{number}", f"eth{number}"
        near, far = (f"10.{64 + pid % 64}.{pid // 64 % 256}.{4 * number + one}" for one in (1, 2))
        _run(
            *("ip", "link", "add", here, "type", "veth", "peer", "name", there),
            *("netns", str(self._holder.pid)),
        )
        _run("ip", "addr", "add", f"{near}/30", "dev", here)
        _run("ip", "link", "set", here, "up")
        self.run("ip", "addr", "add", f"{far}/30", "dev", there)
        self.run("ip", "link", "set", there, "up")
        return Cable(near, far, here, there, self)


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Let this thread be in the network at a path, such as to make a socket there."""
    with Path("/proc/thread-self/ns/net").open() as ours:
        enter(path)
        try:
            yield
        finally:
            _set_namespace(ours.fileno())


def enter(path: str) -> None:
    """Let this thread be in the network at a path from now on."""
    with Path(path).open() as network:
        _set_namespace(network.fileno())


def _set_namespace(file: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(file, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
