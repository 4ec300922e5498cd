"""Moves a ledger in a process of its own, in which a fault comes at a chosen moment.

`python -m tests.store.ledger.transfer_process FOLDER ADDRESS SCHEMA FAULT MOMENT`: moments are
counted by what the interpreter is asked to do: open, rename or delete a file, and so on. It prints
how many there were if none was chosen.
"""

import os
import signal
import sys
from pathlib import Path

import psycopg

from tests.servers.postgres import END_SESSION
from wasf.store.ledger import LedgerFiles, LedgerTransfer, SharedLedgerPlace

FAULTS = ("kill", "end session")


def main(folder: str, address: str, schema: str, fault: str, moment: str) -> None:
    """Move; do the fault at the moment, counted from 1."""
    home, chosen, passed = Path(folder), int(moment), 0
    files = LedgerFiles(home / "ledger.sqlite3", home / "inbox.sqlite3", home / "lock")
    place = SharedLedgerPlace(address, schema, files)
    if fault == "end session":
        spare = psycopg.connect(address, autocommit=True)

    def count(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed != chosen:
            return
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        spare.execute(END_SESSION, (str(os.getpid()),))

    place.connected().close()  # everything is loaded
    sys.addaudithook(count)
    LedgerTransfer(place).run(count)
    print(passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
