"""An export beside what the ledger knows of its chat, in temporary tables.

They are in a file of SQLite's own that has no name: an export can have a million lines.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from wasf.core.alignment import FARTHEST, MOST_SHIFTS, QUARTER, OffsetVote
from wasf.core.chats import ChatId
from wasf.core.diff import Difference, KnownMessage, NewLine
from wasf.core.keys import keys_at, start_of
from wasf.core.records import MessageKey
from wasf.store.ledger.counts import count_earlier, counted, forget_counts
from wasf.store.ledger.database import Database
from wasf.store.ledger.encoding import digest_of, facts_from, facts_numbers, first_moment
from wasf.store.ledger.model import TextAt, UnmatchedLine

_PAGE = 1000
_SHORT_EXPORT = 2000
_FEW = 2
_OFTEN, _OFTEN_IN_A_LONG_ONE = 64, 4

_TABLES = (
    "DROP TABLE IF EXISTS temp.held",
    """CREATE TEMP TABLE held (
        number INTEGER PRIMARY KEY, minute INTEGER NOT NULL, key BLOB NOT NULL,
        outgoing INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL,
        author BLOB NOT NULL, covered INTEGER NOT NULL)""",
)

_SHARED_MINUTES = """
    SELECT number, minute, outgoing, kind, digest, author FROM temp.held AS h
    WHERE EXISTS (SELECT 1 FROM logged WHERE chat = :chat AND minute = h.minute + :later)
       OR EXISTS (SELECT 1 FROM queue WHERE chat = :chat
                  AND sent_at >= (h.minute + :later) * 60000000
                  AND sent_at < (h.minute + :later + 1) * 60000000)
    ORDER BY minute, number"""

_VOTES = f"""
    FROM temp.spoken AS s CROSS JOIN temp.known AS k
    ON k.digest = s.digest AND k.minute BETWEEN s.minute - {FARTHEST} AND s.minute + {FARTHEST}
    WHERE (k.minute - s.minute) % {QUARTER} = 0"""


class SqliteComparison:
    """A `Comparison` in one connection; there is one at a time."""

    def __init__(self, db: Database, chat: int) -> None:
        self._db = db
        self._chat = chat
        for statement in _TABLES:
            db.run(statement)
        forget_counts(db)
        count_earlier(db, [])

    def hold(self, lines: Sequence[UnmatchedLine]) -> None:
        """See `Comparison`."""
        self._db.run_many(
            "INSERT INTO temp.held VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    held.line.number,
                    held.minute,
                    held.key,
                    *facts_numbers(held.line.facts),
                    held.line.author.encode("utf-8", "surrogatepass"),
                    held.is_covered,
                )
                for held in lines
            ),
        )

    def differences(self, later: int = 0) -> Iterator[Difference]:
        """See `Comparison`."""
        lines = self._db.stream(_SHARED_MINUTES, {"chat": self._chat, "later": later})
        for minute, rows in groupby(lines, key=lambda row: row[1]):
            unshown = self._unshown(minute + later)
            if unshown:
                yield Difference(minute, [_line(row) for row in rows], unshown)

    def _unshown(self, minute: int) -> list[KnownMessage]:
        """Known messages of a minute that are not in the export."""
        shown = {
            key
            for place, times in counted(self._db, start_of(minute), start_of(minute + 1)).items()
            for key in keys_at(place, times)
        }
        logged = self._db.rows(
            "SELECT key, outgoing, kind, digest FROM logged WHERE chat = ? AND minute = ?",
            (self._chat, minute),
        )
        queued = self._db.rows(
            """SELECT key, outgoing, kind, text FROM queue JOIN body ON body.number = queue.body
               WHERE chat = ? AND sent_at >= ? AND sent_at < ? AND native_id = x''
               ORDER BY sent_at, body""",
            (self._chat, first_moment(minute), first_moment(minute + 1)),
        )
        known = [
            KnownMessage(MessageKey(k), facts_from(o, n, d), is_logged=True)
            for k, o, n, d in logged
        ]
        for key, outgoing, kind, text in queued:
            facts = facts_from(outgoing, kind, digest_of(kind, text))
            known.append(KnownMessage(MessageKey(key), facts, is_logged=False))
        return [row for row in known if row.key not in shown]

    def recognise(self, numbers: Collection[int]) -> int:
        """See `Comparison`."""
        before = self._covered()
        self._db.run_many("DELETE FROM temp.held WHERE number = ?", ((n,) for n in numbers))
        return before - self._covered()

    def _covered(self) -> int:
        [(count,)] = self._db.rows("SELECT count(*) FROM temp.held WHERE covered")
        return int(count)

    def held(self) -> Iterator[tuple[int, MessageKey]]:
        """See `Comparison`."""
        last = -1
        while True:
            page = self._db.rows(
                "SELECT number, key FROM temp.held WHERE number > ? ORDER BY number LIMIT ?",
                (last, _PAGE),
            )
            for number, key in page:
                yield number, MessageKey(key)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def displaced(self, shown: int) -> int:
        """See `Comparison`."""
        [(known,)] = self._db.rows(
            """SELECT (SELECT count(*) FROM logged WHERE chat = :chat)
                    + (SELECT count(*) FROM queue WHERE chat = :chat)""",
            {"chat": self._chat},
        )
        [(held,)] = self._db.rows("SELECT count(*) FROM temp.held")
        if held <= _FEW or known - shown <= max(_FEW, known // 10):
            return 0
        self._fill("known", self._known())
        [(count,)] = self._db.rows(
            """SELECT count(*)
               FROM (SELECT digest FROM temp.held GROUP BY digest HAVING count(*) = 1)
               JOIN (SELECT digest FROM temp.known GROUP BY digest HAVING count(*) = 1)
               USING (digest) WHERE digest <> x''"""
        )
        self._db.run("DROP TABLE temp.known")
        return int(count)

    def strange_minutes(self, limit: int) -> Sequence[int]:
        """See `Comparison`."""
        rows = self._db.rows(
            "SELECT DISTINCT minute FROM temp.held WHERE covered ORDER BY minute LIMIT ?", (limit,)
        )
        return [minute for (minute,) in rows]

    # Times that are moved

    def votes(self, lines: Iterable[TextAt]) -> Sequence[OffsetVote]:
        """See `Comparison`."""
        count = self._fill("spoken", lines)
        self._fill("known", self._known())
        often = _OFTEN if count <= _SHORT_EXPORT else _OFTEN_IN_A_LONG_ONE
        for table in ("spoken", "known"):
            self._db.run(
                f"""DELETE FROM temp.{table} WHERE digest IN
                    (SELECT digest FROM temp.{table} GROUP BY digest HAVING count(*) > ?)""",  # noqa: S608 - our own names
                (often,),
            )
        self._db.run("CREATE INDEX temp.known_digest ON known (digest, minute)")
        best = self._db.rows(
            f"""SELECT k.minute - s.minute AS shift, count(DISTINCT s.number) AS lines {_VOTES}
                GROUP BY shift ORDER BY lines DESC, abs(shift) LIMIT {MOST_SHIFTS}"""
        )
        shifts = ",".join(str(shift) for shift, _ in best)
        rows = self._db.rows(
            f"""SELECT s.minute / {QUARTER} AS quarter, k.minute - s.minute AS shift,
                       count(DISTINCT s.number) {_VOTES} AND k.minute - s.minute IN ({shifts})
                GROUP BY quarter, shift ORDER BY quarter, shift"""
        )
        for table in ("spoken", "known"):
            self._db.run(f"DROP TABLE temp.{table}")
        return [OffsetVote(*row) for row in rows]

    def _fill(self, table: str, lines: Iterable[TextAt]) -> int:
        self._db.run(f"DROP TABLE IF EXISTS temp.{table}")
        self._db.run(
            f"""CREATE TEMP TABLE {table} (
                number INTEGER PRIMARY KEY, minute INTEGER NOT NULL, digest BLOB NOT NULL)"""
        )
        return self._db.run_many(
            f"INSERT INTO temp.{table} (minute, digest) VALUES (?, ?)",  # noqa: S608 - our own names
            (line for line in lines if line.digest),
        )

    def _known(self) -> Iterator[TextAt]:
        logged = "SELECT minute, digest FROM logged WHERE chat = ? AND minute <> 0"
        for minute, digest in self._db.stream(logged, (self._chat,)):
            yield TextAt(minute, digest)
        queued = """SELECT sent_at / 60000000, kind, text FROM queue
                    JOIN body ON body.number = queue.body WHERE chat = ? AND native_id = x''"""
        for minute, kind, text in self._db.stream(queued, (self._chat,)):
            yield TextAt(minute, digest_of(kind, text))


def _line(row: tuple[int, int, int, int, bytes, bytes]) -> NewLine:
    number, _, outgoing, kind, digest, author = row
    return NewLine(
        number, facts_from(outgoing, kind, digest), author.decode("utf-8", "surrogatepass")
    )


# --- Which chat --------------------------------------------------------------------------------

_ASKED = """
    WITH asked (minute, digest) AS (VALUES {}),
         some AS (SELECT chat.number, chat.id FROM json_each(?) AS ids
                  JOIN chat ON chat.id = ids.value)"""
_LOGGED_ALIKE = """
    SELECT some.id, asked.minute, asked.digest FROM some CROSS JOIN asked CROSS JOIN logged
    ON logged.chat = some.number AND logged.minute = asked.minute
       AND logged.digest = asked.digest AND NOT logged.outgoing"""
_QUEUED_THEN = """
    SELECT some.id, asked.minute, kind, text, asked.digest
    FROM some CROSS JOIN asked CROSS JOIN queue CROSS JOIN body
    ON queue.chat = some.number AND sent_at >= asked.minute * 60000000
       AND sent_at < (asked.minute + 1) * 60000000 AND NOT outgoing AND body.number = queue.body"""


def alike(db: Database, chat_ids: Sequence[ChatId], lines: Sequence[TextAt]) -> dict[ChatId, int]:
    """How many of these few incoming lines each chat has, by minute and text."""
    if not lines:
        return {}
    asked = _ASKED.format(",".join(["(?, ?)"] * len(lines)))
    values = [*(value for line in lines for value in line), json.dumps(chat_ids)]
    found = {
        (chat, minute, digest) for chat, minute, digest in db.rows(asked + _LOGGED_ALIKE, values)
    }
    for chat, minute, kind, text, digest in db.rows(asked + _QUEUED_THEN, values):
        if digest_of(kind, text) == digest:
            found.add((chat, minute, digest))
    return dict(Counter(ChatId(chat) for chat, _, _ in found))
