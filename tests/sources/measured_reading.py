"""Reads files in children of this process, and says how much time and memory each took.

`seconds` are those of the processor, which do not depend on what else the machine does.

Each line of standard input is a path. Memory is what a child had at its most, that it began with
included (without what of it is code, which it shares).
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from wasf.errors import WasfError
from wasf.interfaces import Unreadable
from wasf.sources.exports import ExportOptions
from wasf.sources.files import FileSource

_KILOBYTES_PER_MEGABYTE = 1024


def _outcome(path: str) -> str:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    options = ExportOptions(zone=UTC, now=now, default_region="DE", me=frozenset({"Support"}))
    count = 0
    try:
        for found in FileSource([Path(path)], options).read():
            if isinstance(found, Unreadable):
                return found.error.message
            count += sum(1 for _ in found.items)
    except WasfError as error:
        return error.message
    return f"read {count} messages"


def _measured(path: str) -> dict[str, object]:
    reading, writing = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, _outcome(path).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        reason = pipe.read().decode()
    _, status, usage = os.wait4(child, 0)
    return {
        "reason": reason if status == 0 else f"died with status {status}",
        "seconds": usage.ru_utime + usage.ru_stime,
        "wall": time.perf_counter() - began,
        "megabytes": usage.ru_maxrss / _KILOBYTES_PER_MEGABYTE,
    }


if __name__ == "__main__":
    import wasf.sources.chat_exporter
    import wasf.sources.exports.source  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(_measured(line.rstrip("\n"))), flush=True)
