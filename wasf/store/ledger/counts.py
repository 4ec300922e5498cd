"""How often each place was counted in an export, in temporary tables: there can be a million.

An export is in order of time but for a few lines. So the places of one call are kept as one sorted
run, and what is asked for next overlaps the last run at most. A call that overlaps more is out of
order: its places are kept each by itself. Where places are kept decides how long it takes to find
them, and nothing else, since both are always looked at.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from wasf.core.keys import PLACE_BYTES
from wasf.store.ledger.database import Database

_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS counted_run
       (number INTEGER PRIMARY KEY, last BLOB NOT NULL, first BLOB NOT NULL, run BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS temp.counted_run_ends ON counted_run (last, first)",
    """CREATE TEMP TABLE IF NOT EXISTS counted
       (place BLOB PRIMARY KEY NOT NULL, times INTEGER NOT NULL) WITHOUT ROWID""",
)
_KEEP_RUN = "INSERT INTO temp.counted_run (last, first, run) VALUES (?, ?, ?)"
_KEEP_EACH = """INSERT INTO temp.counted VALUES (?, ?)
                ON CONFLICT (place) DO UPDATE SET times = times + excluded.times"""


def count_earlier(db: Database, places: Sequence[bytes]) -> list[int]:
    """How often each place was counted before since `forget_counts`, in order."""
    for table in _TABLES:
        db.run(table)
    if not places:
        return []
    ordered = sorted(places)
    runs = list(_runs(db, ordered[0], ordered[-1] + b"\0"))
    times = Counter(chain.from_iterable(runs))
    if db.rows("SELECT 1 FROM temp.counted LIMIT 1"):
        asked = "SELECT place, times FROM temp.counted WHERE place IN (*)"
        times.update(dict(db.rows_among(asked, set(places))))
    if len(runs) <= 1:
        db.run(_KEEP_RUN, (ordered[-1], ordered[0], b"".join(ordered)))
    else:
        db.run_many(_KEEP_EACH, Counter(places).items())
    return _numbered(places, times)


def _numbered(places: Sequence[bytes], times: Mapping[bytes, int]) -> list[int]:
    """How often each place came before: so often, and then here."""
    counts = dict(times)
    earlier = []
    for place in places:
        count = counts.get(place, 0)
        earlier.append(count)
        counts[place] = count + 1
    return earlier


def counted(db: Database, start: bytes, end: bytes) -> Counter[bytes]:
    """How often each place from `start` up to `end` was counted; after `count_earlier`."""
    times = Counter(chain.from_iterable(_runs(db, start, end)))
    between = "SELECT place, times FROM temp.counted WHERE place >= ? AND place < ?"
    times.update(dict(db.rows(between, (start, end))))
    return times


def forget_counts(db: Database) -> None:
    """Start counting from nothing."""
    for table in ("counted_run", "counted"):
        db.run(f"DROP TABLE IF EXISTS temp.{table}")


def _runs(db: Database, start: bytes, end: bytes) -> Iterator[list[bytes]]:
    """What of each run lies between the two, if anything can."""
    overlapping = "SELECT run FROM temp.counted_run WHERE last >= ? AND first < ?"
    for (run,) in db.stream(overlapping, (start, end)):
        first, after = _at(run, start), _at(run, end)
        yield [run[at : at + PLACE_BYTES] for at in range(first, after, PLACE_BYTES)]


def _at(run: bytes, place: bytes) -> int:
    """Where in a run the first place is that is not before this one."""
    starts = range(0, len(run), PLACE_BYTES)
    return PLACE_BYTES * bisect_left(starts, place, key=lambda at: run[at : at + PLACE_BYTES])
