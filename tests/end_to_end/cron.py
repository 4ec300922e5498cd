"""Debian's cron with crontabs, a spool and a mailbox of its own, in namespaces of its own.

What is bound over the machine's folders is seen by nobody else, and the kernel ends the daemon and
its jobs together with the first process in there: nothing can be left behind, however a test ends.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

_CRON = shutil.which("cron", path="/usr/sbin:/sbin")
_ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")

_STARTS = """
set -e
mount --bind spool /var/spool/cron/crontabs
mount --bind nothing /etc/cron.d
mount --bind empty /etc/crontab
mount --bind run /run
mount --bind sbin /usr/sbin
crontab jobs
exec ./daemon -f
"""
_SENDMAIL = """#!/bin/sh
part=$(mktemp {folder}/part.XXXXXX)
cat > "$part"
mv "$part" {folder}/mail
"""


def _may_be_alone() -> bool:
    if _CRON is None or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_ALONE, "true"], capture_output=True, check=False).returncode == 0


needs_cron = pytest.mark.skipif(
    not _may_be_alone(), reason="needs cron and root (Debian: apt-get install cron)"
)


class Cron:
    """A daemon at work: what its jobs had to say, and whether one is still running."""

    def __init__(self, folder: Path, daemon: int) -> None:
        self._mailbox, self._daemon = folder / "mail", daemon

    def mails(self) -> list[Message]:
        """In the order in which they came."""
        letters = sorted(self._mailbox.iterdir(), key=lambda letter: letter.stat().st_mtime_ns)
        return [message_from_bytes(letter.read_bytes()) for letter in letters]

    def waits_for(self, ready: Callable[[], bool], seconds: float) -> None:
        """Until this is so, and every job has ended."""
        deadline = time.monotonic() + seconds
        while not ready() or _children(self._daemon):
            assert time.monotonic() < deadline, [mail.as_string() for mail in self.mails()]
            time.sleep(0.1)


@contextmanager
def cron_with(crontab: str, folder: Path) -> Iterator[Cron]:
    """The daemon with this as root's crontab; all it needs is below the folder."""
    assert _CRON is not None
    for name in ("spool", "nothing", "run", "sbin", "mail"):
        (folder / name).mkdir(parents=True)
    (folder / "empty").touch()
    (folder / "jobs").write_text(crontab)
    shutil.copy(_CRON, folder / "daemon")  # its own folder is hidden by ours
    sendmail = folder / "sbin" / "sendmail"
    sendmail.write_text(_SENDMAIL.format(folder=folder))
    sendmail.chmod(0o755)
    process = subprocess.Popen(
        [*_ALONE, "/bin/sh", "-c", _STARTS], cwd=folder, stdin=subprocess.DEVNULL
    )
    with process:
        try:
            yield Cron(folder, _child(process))
        finally:
            process.kill()


def _child(process: "subprocess.Popen[bytes]") -> int:
    """The first process in there, which becomes the daemon."""
    deadline = time.monotonic() + 10
    while not (found := _children(process.pid)):
        assert process.poll() is None, "cron did not start"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found[0]


def _children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
