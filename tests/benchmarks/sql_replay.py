"""Keeps the SQL of one run of wasf, and does it again with nothing around it.

    python tests/benchmarks/sql_replay.py record FILE sync FOLDER
    python tests/benchmarks/sql_replay.py replay FILE

What it says is the same as in the run: the statements, the values, the connections and their
order. `replay` prints the seconds of the processor. Nothing is made of the answers.
"""

import pickle
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


class Said(NamedTuple):
    """A statement over a connection; `rows` are its values, None for a single row of `values`."""

    connection: int
    sql: str
    values: object = ()
    rows: list[object] | None = None


class Opened(NamedTuple):
    """A connection to a file; `name` is "" for one without a name."""

    connection: int
    name: str


class Closed(NamedTuple):
    """A connection that was closed."""

    connection: int


_steps: list[Said | Opened | Closed] = []
_connections: list[object] = []


class _Recorded(sqlite3.Connection):
    """A connection that keeps what is said over it."""

    def __init__(self, database: object, *rest: object, **options: object) -> None:
        super().__init__(database, *rest, **options)  # type: ignore[arg-type]
        _connections.append(self)
        self.number = len(_connections)
        name = Path(str(database)).name if str(database) else ""
        _steps.append(Opened(self.number, name))

    def execute(self, sql: str, values: object = ()) -> sqlite3.Cursor:
        """Run one statement."""
        _steps.append(Said(self.number, sql, values))
        return super().execute(sql, values)  # type: ignore[arg-type]

    def executemany(self, sql: str, values: Iterable[object]) -> sqlite3.Cursor:
        """Run one statement for each row."""
        rows = list(values)
        _steps.append(Said(self.number, sql, rows=rows))
        return super().executemany(sql, rows)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close it."""
        _steps.append(Closed(self.number))
        super().close()


def record(path: Path, arguments: list[str]) -> None:
    """Run wasf with these arguments and keep its SQL in a file."""
    connect = sqlite3.connect
    sqlite3.connect = lambda *of, **named: connect(*of, factory=_Recorded, **named)
    from wasf.__main__ import run  # after that: it takes the connections

    sys.argv = ["wasf", *arguments]
    try:
        run()
    finally:
        sqlite3.connect = connect
        path.write_bytes(pickle.dumps([(type(one).__name__, *one) for one in _steps]))


def replay(path: Path) -> float:
    """Say the same to new files; return the seconds of the processor."""
    kinds = {kind.__name__: kind for kind in (Said, Opened, Closed)}
    steps = [kinds[name](*rest) for name, *rest in pickle.loads(path.read_bytes())]
    links: dict[int, sqlite3.Connection] = {}
    with tempfile.TemporaryDirectory() as folder:
        # A new ledger is made under another name, which it keeps here.
        begins = time.process_time()
        for step in steps:
            match step:
                case Said(number, sql, values, None):
                    links[number].execute(sql, values).fetchall()
                case Said(number, sql, _, rows):
                    links[number].executemany(sql, rows)
                case Opened(number, name):
                    place = f"{folder}/{name.split('.')[0]}" if name else ""
                    links[number] = sqlite3.connect(place, isolation_level=None)
                case Closed(number):
                    links.pop(number).close()
        return time.process_time() - begins


def main() -> None:
    """Do what the first argument says."""
    what, name, *rest = sys.argv[1:]
    if what == "record":
        record(Path(name), rest)
    else:
        print(replay(Path(name)))


if __name__ == "__main__":
    main()
