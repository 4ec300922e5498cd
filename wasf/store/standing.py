"""Where messages stand: not known, queued, logged.

The messages of an export lie together in time, and so do those that are known: they are read at
once and compared here. Where too much else lies between, each is looked up by itself.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from wasf.core.keys import Keyed
from wasf.core.records import MessageKey
from wasf.interfaces import MessageState
from wasf.store.database import Database, Row
from wasf.store.rows import first_moment

_MOST = 4  # known messages for each that is asked for: reading so many is quicker than looking up
_PLACES = 450  # two values each: older SQLite takes at most 999


def states(db: Database, keys: Sequence[MessageKey]) -> list[MessageState]:
    """Where these messages stand, in order; looks through all logged ones (see `standing`)."""
    found = dict(map(_waiting, _queued(db, keys)))
    if len(found) < len(keys):
        for (key,) in db.rows_among("SELECT key FROM logged WHERE key IN (*)", keys):
            found[key] = MessageState.LOGGED
    return [found.get(key, MessageState.NEW) for key in keys]


def standing(db: Database, chat: int, asked: Keyed) -> list[MessageState]:
    """Where these messages of a chat stand, in order; quick, since their minutes are known too."""
    if not asked.keys:
        return []
    found = dict(map(_waiting, _queued_then(db, chat, asked)))
    found.update(dict.fromkeys(_logged_then(db, chat, asked), MessageState.LOGGED))
    found.update(dict.fromkeys(_taken_back(db, chat, found), MessageState.TAKEN_BACK))
    return [found.get(key, MessageState.NEW) for key in asked.keys]


def _queued_then(db: Database, chat: int, asked: Keyed) -> Collection[Row]:
    """Keys of queued messages and whether they are open: those asked for, and some beside them."""
    if 0 in asked.minutes:  # told by their ids at any time
        return list(_queued(db, asked.keys))
    near = db.rows(
        "SELECT key, open FROM queue WHERE chat = ? AND sent_at >= ? AND sent_at < ? LIMIT ?",
        (
            chat,
            first_moment(min(asked.minutes)),
            first_moment(max(asked.minutes) + 1),
            _MOST * len(asked.keys),
        ),
    )
    return near if len(near) < _MOST * len(asked.keys) else list(_queued(db, asked.keys))


def _queued(db: Database, keys: Sequence[MessageKey]) -> Iterator[Row]:
    return db.rows_among("SELECT key, open FROM queue WHERE key IN (*)", keys)


def _waiting(row: Row) -> tuple[bytes, MessageState]:
    key, is_open = row
    return key, MessageState.INTENDED if is_open else MessageState.QUEUED


def _logged_then(db: Database, chat: int, asked: Keyed) -> Iterator[bytes]:
    """Which of these messages are logged."""
    places = list(zip(asked.minutes, asked.keys, strict=True))
    near = db.rows(
        "SELECT minute, key FROM logged WHERE chat = ? AND minute BETWEEN ? AND ? LIMIT ?",
        (chat, min(asked.minutes), max(asked.minutes), _MOST * len(places)),
    )
    is_all = len(near) < _MOST * len(places)
    found = set(places).intersection(near if is_all else _logged_at(db, chat, places))
    return (key for _, key in found)


def _logged_at(db: Database, chat: int, places: Sequence[tuple[int, bytes]]) -> Iterator[Row]:
    """Which of these minutes and keys are logged, looked up one by one."""
    for start in range(0, len(places), _PLACES):
        some = places[start : start + _PLACES]
        marks = ",".join(["(?, ?)"] * len(some))
        yield from db.rows(
            f"""WITH asked (minute, key) AS (VALUES {marks})
                SELECT logged.minute, logged.key FROM asked CROSS JOIN logged
                ON logged.chat = ? AND logged.minute = asked.minute AND logged.key = asked.key""",  # noqa: S608 - marks only
            [*chain.from_iterable(some), chat],
        )


def _taken_back(db: Database, chat: int, keys: Collection[bytes]) -> Iterator[bytes]:
    """Which of these messages of a chat a person took back: mostly there is none."""
    if db.rows("SELECT 1 FROM taken_back WHERE chat = ? LIMIT 1", (chat,)):
        asked = f"SELECT key FROM taken_back WHERE chat = {chat} AND key IN (*)"  # noqa: S608 - a number
        yield from (key for (key,) in db.rows_among(asked, keys))
