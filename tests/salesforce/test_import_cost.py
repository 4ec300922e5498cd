"""What the command line needs to start costs nothing of Salesforce's libraries."""

import subprocess
import sys

HEAVY = ("simple_salesforce", "requests", "urllib3", "zeep", "lxml", "cryptography")
PROGRAM = f"""
import sys
import wasf.cli, wasf.interfaces
print(*(name for name in {HEAVY} if name in sys.modules))
"""


def test_the_command_line_starts_without_the_adapters_libraries():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
