"""Counts equal places while an export is read, in temporary tables: there can be a million.

An export is in order of time but for a few lines. So the places of one call are stored as one
sorted block, and what is asked for next overlaps at most the last block. A call that overlaps more
blocks is out of order: its places are stored one by one. Where places are stored decides only how
long it takes to find them, because both tables are always read.

The tables stay until the connection ends: whenever one is made or dropped, SQLite prepares every
statement anew.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from wasf.core.keys import PLACE_BYTES
from wasf.store.ledger.database import Database

_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS place_block
       (number INTEGER PRIMARY KEY,
        last BLOB NOT NULL, first BLOB NOT NULL, places BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS temp.place_block_ends ON place_block (last, first)",
    """CREATE TEMP TABLE IF NOT EXISTS single_place
       (place BLOB PRIMARY KEY NOT NULL, times INTEGER NOT NULL) WITHOUT ROWID""",
)
_STORE_BLOCK = "INSERT INTO temp.place_block (last, first, places) VALUES (?, ?, ?)"
_STORE_SINGLE = """INSERT INTO temp.single_place VALUES (?, ?)
                   ON CONFLICT (place) DO UPDATE SET times = times + excluded.times"""


def count_earlier(db: Database, places: Sequence[bytes]) -> list[int]:
    """Return how often each place was counted before since `forget_counts`, and count it."""
    db = db.local
    for table in _TABLES:
        db.run(table)
    if not places:
        return []
    ordered = sorted(places)
    blocks = list(_blocks(db, ordered[0], ordered[-1] + b"\0"))
    times = Counter(chain.from_iterable(blocks))
    if db.rows("SELECT 1 FROM temp.single_place LIMIT 1"):
        singles = "SELECT place, times FROM temp.single_place WHERE place IN (*)"
        times.update(dict(db.rows_among(singles, set(places))))
    if len(blocks) <= 1:
        db.run(_STORE_BLOCK, (ordered[-1], ordered[0], b"".join(ordered)))
    else:
        db.run_many(_STORE_SINGLE, Counter(places).items())
    return _numbered(places, times)


def _numbered(places: Sequence[bytes], times: Mapping[bytes, int]) -> list[int]:
    """Return for each place its count in `times`, plus how often it came earlier in the list."""
    counts = dict(times)
    earlier = []
    for place in places:
        count = counts.get(place, 0)
        earlier.append(count)
        counts[place] = count + 1
    return earlier


def count_between(db: Database, start: bytes, end: bytes) -> Counter[bytes]:
    """Return how often each place from `start` up to `end` was counted; after `count_earlier`."""
    db = db.local
    times = Counter(chain.from_iterable(_blocks(db, start, end)))
    singles = "SELECT place, times FROM temp.single_place WHERE place >= ? AND place < ?"
    times.update(dict(db.rows(singles, (start, end))))
    return times


def forget_counts(db: Database) -> None:
    """Start counting from nothing."""
    db = db.local
    if db.rows("SELECT 1 FROM sqlite_temp_master WHERE name = 'single_place'"):
        db.run("DELETE FROM temp.place_block")
        db.run("DELETE FROM temp.single_place")


def _blocks(db: Database, start: bytes, end: bytes) -> Iterator[list[bytes]]:
    """Yield the places from `start` up to `end` of each block that may have some."""
    overlapping = "SELECT places FROM temp.place_block WHERE last >= ? AND first < ?"
    for (block,) in db.stream(overlapping, (start, end)):
        first, after = _offset(block, start), _offset(block, end)
        yield [block[at : at + PLACE_BYTES] for at in range(first, after, PLACE_BYTES)]


def _offset(block: bytes, place: bytes) -> int:
    """Return where in a block the first place begins that is not below this one."""
    starts = range(0, len(block), PLACE_BYTES)
    return PLACE_BYTES * bisect_left(starts, place, key=lambda at: block[at : at + PLACE_BYTES])
