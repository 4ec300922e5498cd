"""`wasf demo` as a person runs it, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ADDRESS = re.compile(r"as a salesperson would: (http://\S+)")


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Run the demo with files of its own in a folder; yield the address of its page."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("WASF_")}
    environment = {"WASF_HOME": str(folder), "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "wasf", "demo"],
        env=others | environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        printed = iter(process.stdout.readline, "")
        yield next(found[1] for line in printed if (found := _ADDRESS.search(line)))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
