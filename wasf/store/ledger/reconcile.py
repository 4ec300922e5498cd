"""Compares an export with what the ledger knows of its chat, in temporary tables.

They are in a file of SQLite's own that has no name (`Database.local`): an export can have a million
lines.
`unmatched` holds the lines that equal no known message; `line_text` and `known_text` hold minutes
and digests of texts, to find lines whose time has moved.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import NamedTuple

from wasf.core.alignment import DAY, FARTHEST, MOST_SHIFTS, QUARTER, OffsetVote
from wasf.core.chats import ChatId
from wasf.core.coverage import CoverageRange
from wasf.core.diff import Difference, KnownMessage, NewLine
from wasf.core.keys import keys_at, start_of
from wasf.core.records import MessageKey
from wasf.store.ledger.chat_search import TextAt
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import digest_of, fingerprint_from, fingerprint_row
from wasf.store.ledger.database import Database
from wasf.store.ledger.repeats import (
    count_between,
    count_earlier,
    forget_counts,
    messages_of_minute,
    texts_between,
)

_PAGE = 1000
_MINUTES = 400  # older SQLite takes at most 999 values
_FEW = 2
_SHORT_EXPORT = 2000  # lines
_OFTEN, _OFTEN_IN_A_LONG_EXPORT = 64, 4  # a text that occurs more often says nothing of the clock

_TABLES = (
    """CREATE TEMP TABLE IF NOT EXISTS unmatched (
        number INTEGER PRIMARY KEY, minute INTEGER NOT NULL, key BLOB NOT NULL,
        outgoing INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL,
        author BLOB NOT NULL, may_be_edited INTEGER NOT NULL, is_telling INTEGER NOT NULL,
        is_covered INTEGER NOT NULL)""",
    """CREATE TEMP TABLE IF NOT EXISTS shown (
        minute INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (minute, key)) WITHOUT ROWID""",
    "DELETE FROM temp.unmatched",
    "DELETE FROM temp.shown",
)

_LINES = """
    SELECT number, minute, outgoing, kind, digest, author, may_be_edited, is_telling
    FROM temp.unmatched ORDER BY minute, number"""
_KNOWN_AMONG = """
    WITH asked (minute) AS (VALUES {})
    SELECT minute FROM asked
    WHERE EXISTS (SELECT 1 FROM logged WHERE chat = ? AND logged.minute = asked.minute)
       OR EXISTS (SELECT 1 FROM queue WHERE chat = ?
                  AND sent_at >= asked.minute * 60000000
                  AND sent_at < (asked.minute + 1) * 60000000)"""

_VOTES = f"""
    FROM temp.line_text AS l CROSS JOIN temp.known_text AS k
    ON k.digest = l.digest AND k.minute BETWEEN l.minute - {FARTHEST} AND l.minute + {FARTHEST}
    WHERE (k.minute - l.minute) % {QUARTER} = 0 AND abs(k.minute - l.minute) <> {DAY}"""


class UnmatchedLine(NamedTuple):
    """A line of an export that equals no known message.

    `is_covered`: earlier exports showed all messages of its minute.
    """

    line: NewLine
    key: MessageKey
    minute: int
    is_covered: bool


class ExportComparison:
    """What one reading of one export brings, beside what is known; gone with the transaction.

    All lines of the export have to pass `count_earlier` first: the counts tell which known messages
    the export shows. There is one comparison at a time.
    """

    def __init__(self, db: Database, chat_id: ChatId) -> None:
        self._db = db
        self._local = db.local
        self._chat = chat_number(db, chat_id)
        for statement in _TABLES:
            self._local.run(statement)
        forget_counts(db)
        count_earlier(db, [])

    # Lines that equal no known message

    def add_unmatched(self, lines: Sequence[UnmatchedLine]) -> None:
        """Add lines that equal no known message, in the order of the export."""
        self._local.run_many(
            "INSERT INTO temp.unmatched VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    one.line.number,
                    one.minute,
                    one.key,
                    *fingerprint_row(one.line.fingerprint),
                    one.line.author.encode("utf-8", "surrogatepass"),
                    one.line.may_be_edited,
                    one.line.is_telling,
                    one.is_covered,
                )
                for one in lines
            ),
        )

    def unmatched(self) -> Iterator[tuple[int, MessageKey]]:
        """Yield number and key of each unmatched line, in the order of the export."""
        last = -1
        while True:
            page = self._local.rows(
                "SELECT number, key FROM temp.unmatched WHERE number > ? ORDER BY number LIMIT ?",
                (last, _PAGE),
            )
            for number, key in page:
                yield number, MessageKey(key)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def mark_known(self, numbers: Collection[int]) -> int:
        """Remove lines that are known messages after all; return how many are in covered time."""
        before = self._count_covered()
        self._local.run_many("DELETE FROM temp.unmatched WHERE number = ?", ((n,) for n in numbers))
        return before - self._count_covered()

    def _count_covered(self) -> int:
        [(count,)] = self._local.rows("SELECT count(*) FROM temp.unmatched WHERE is_covered")
        return int(count)

    def unmatched_minutes(self, limit: int) -> Sequence[int]:
        """Return the first minutes of unmatched lines in covered time, each once."""
        rows = self._local.rows(
            "SELECT DISTINCT minute FROM temp.unmatched WHERE is_covered ORDER BY minute LIMIT ?",
            (limit,),
        )
        return [minute for (minute,) in rows]

    def texts_told_twice(self) -> tuple[dict[bytes, int], dict[bytes, int]] | None:
        """Return the texts that one message with an id and one unmatched line have, if any.

        Both are minutes by digest: those of the messages, and those of the lines.
        """
        if not self.has_ids:
            return None
        [(first, last)] = self._local.rows("SELECT min(minute), max(minute) FROM temp.unmatched")
        if first is None:
            return None
        span = CoverageRange(first - FARTHEST, last + FARTHEST)
        self._fill(
            "known_text",
            (TextAt(*one) for one in texts_between(self._db, self._chat, span, has_id=True)),
        )
        rows = self._local.rows(
            """SELECT digest, k.minute, u.minute
               FROM (SELECT digest, min(minute) AS minute FROM temp.unmatched
                     WHERE digest <> x'' GROUP BY digest HAVING count(*) = 1) AS u
               JOIN (SELECT digest, min(minute) AS minute FROM temp.known_text
                     GROUP BY digest HAVING count(*) = 1) AS k USING (digest)"""
        )
        self._local.run("DROP TABLE temp.known_text")
        return {digest: at for digest, at, _ in rows}, {digest: at for digest, _, at in rows}

    # Known messages that the export does not show

    def add_shown(self, messages: Iterable[tuple[int, MessageKey]]) -> None:
        """Note known messages that lines show under another key, by minute and key."""
        self._local.run_many("INSERT INTO temp.shown VALUES (?, ?)", messages)

    @property
    def has_other_keys(self) -> bool:
        """Whether messages of the chat may have other keys than an export gives them (I2, I3)."""
        asked = "SELECT 1 FROM chat_alias WHERE chat = ? LIMIT 1"
        return bool(self._db.rows(asked, (self._chat,))) or self.has_ids

    @property
    def has_ids(self) -> bool:
        """Whether messages of the chat came from a source that gives ids."""
        return has_ids(self._db, self._chat)

    @property
    def known_minutes(self) -> CoverageRange | None:
        """The minutes of the first and the last known message of the chat; None without any."""
        return known_minutes(self._db, self._chat)

    def known_within(self, minutes: CoverageRange) -> CoverageRange | None:
        """Return the first and the last of these minutes that have known messages of the chat."""
        [ends] = self._db.rows(
            """SELECT min(minute), max(minute) FROM (
                   SELECT minute FROM logged
                   WHERE chat = :chat AND minute BETWEEN :first AND :last
                   UNION ALL SELECT sent_at / 60000000 FROM queue WHERE chat = :chat
                   AND sent_at >= :first * 60000000 AND sent_at < (:last + 1) * 60000000
               ) AS known""",
            {"chat": self._chat, "first": minutes.first, "last": minutes.last},
        )
        return None if ends[0] is None else CoverageRange(*ends)

    def count_known(self, minutes: CoverageRange) -> int:
        """Count the known messages of the chat in these minutes."""
        [[count]] = self._db.rows(
            """SELECT (SELECT count(*) FROM logged
                       WHERE chat = :chat AND minute BETWEEN :first AND :last)
                    + (SELECT count(*) FROM queue WHERE chat = :chat
                       AND sent_at >= :first * 60000000 AND sent_at < (:last + 1) * 60000000)""",
            {"chat": self._chat, "first": minutes.first, "last": minutes.last},
        )
        return int(count)

    def count_unmatched(self, minutes: CoverageRange) -> int:
        """Count the unmatched lines between these minutes, the two themselves left out."""
        [[count]] = self._local.rows(
            "SELECT count(*) FROM temp.unmatched WHERE minute > ? AND minute < ?", tuple(minutes)
        )
        return int(count)

    @property
    def is_answered(self) -> bool:
        """Whether any known message of the chat came in."""
        asked = "SELECT 1 FROM {} WHERE chat = ? AND NOT outgoing LIMIT 1"
        return any(
            self._db.rows(asked.format(table), (self._chat,)) for table in ("logged", "queue")
        )

    def differences(self, later: int = 0) -> Iterator[Difference]:
        """Yield each minute with unmatched lines and with known messages that are not shown.

        The known messages are those of the minute `later` minutes after it.
        """
        lines = groupby(self._local.stream(_LINES), key=lambda row: row[1])
        minutes = ((minute, list(rows)) for minute, rows in lines)
        while some := list(islice(minutes, _MINUTES)):
            known = self._known_among([minute + later for minute, _ in some])
            for minute, rows in some:
                if minute + later in known and (not_shown := self._not_shown(minute + later)):
                    yield Difference(minute, [_line(row) for row in rows], not_shown)

    def _known_among(self, minutes: Sequence[int]) -> set[int]:
        """Return which of these few minutes have known messages of the chat."""
        asked = _KNOWN_AMONG.format(",".join(["(?)"] * len(minutes)))
        return {minute for (minute,) in self._db.rows(asked, [*minutes, self._chat, self._chat])}

    def _not_shown(self, minute: int) -> list[KnownMessage]:
        """Return the known messages of a minute that the export does not show."""
        counts = count_between(self._db, start_of(minute), start_of(minute + 1))
        shown = {key for first, times in counts.items() for key in keys_at(first, times)}
        shown.update(
            MessageKey(key)
            for (key,) in self._local.rows("SELECT key FROM temp.shown WHERE minute = ?", (minute,))
        )
        known = messages_of_minute(self._db, self._chat, minute)
        return [message for message in known if message.key not in shown]

    # Lines whose time has moved

    @property
    def has_texts(self) -> bool:
        """Whether any known message has a text that can be compared."""
        return any(text.digest for text in self._known_texts())

    def count_displaced(self, shown: int) -> int:
        """Count the unmatched lines whose text one known message has, at another time.

        `shown` known messages are among the lines. Where these are nearly all, 0 is returned
        without a search.
        """
        [(known,)] = self._db.rows(
            """SELECT (SELECT count(*) FROM logged WHERE chat = :chat)
                    + (SELECT count(*) FROM queue WHERE chat = :chat)""",
            {"chat": self._chat},
        )
        [(unmatched,)] = self._local.rows("SELECT count(*) FROM temp.unmatched")
        if unmatched <= _FEW or known - shown <= max(_FEW, known // 10):
            return 0
        self._fill("known_text", self._known_texts())
        [(count,)] = self._local.rows(
            """SELECT count(*)
               FROM (SELECT digest FROM temp.unmatched GROUP BY digest HAVING count(*) = 1) AS u
               JOIN (SELECT digest FROM temp.known_text GROUP BY digest HAVING count(*) = 1) AS k
               USING (digest) WHERE digest <> x''"""
        )
        self._local.run("DROP TABLE temp.known_text")
        return int(count)

    def offset_votes(
        self,
        lines: Iterable[TextAt],
        minutes_now: Callable[[int], Sequence[int]] = lambda minute: (minute,),
    ) -> Sequence[OffsetVote]:
        """Return by which offsets all lines of an export could be moved so that they are known.

        By text alone, whoever wrote it; texts that occur often are left out. `minutes_now` returns
        the minutes, by the zone of today, of a message that is known at a minute: each of them has
        a vote, where several zones were read there.
        """
        count = self._fill("line_text", lines)
        known = self._known_texts()
        self._fill(
            "known_text",
            (one._replace(minute=now) for one in known for now in minutes_now(one.minute)),
        )
        often = _OFTEN if count <= _SHORT_EXPORT else _OFTEN_IN_A_LONG_EXPORT
        for table in ("line_text", "known_text"):
            self._local.run(
                f"""DELETE FROM temp.{table} WHERE digest IN
                    (SELECT digest FROM temp.{table} GROUP BY digest HAVING count(*) > ?)""",  # noqa: S608 - our own names
                (often,),
            )
        self._local.run("CREATE INDEX temp.known_text_digest ON known_text (digest, minute)")
        best = self._local.rows(
            f"""SELECT k.minute - l.minute AS shift, count(DISTINCT l.number) AS lines {_VOTES}
                GROUP BY shift ORDER BY lines DESC, abs(shift) LIMIT {MOST_SHIFTS}"""
        )
        shifts = ",".join(str(shift) for shift, _ in best)
        rows = self._local.rows(
            f"""SELECT l.minute / {QUARTER} AS quarter, k.minute - l.minute AS shift,
                       count(DISTINCT l.number) {_VOTES} AND k.minute - l.minute IN ({shifts})
                GROUP BY quarter, shift ORDER BY quarter, shift"""
        )
        for table in ("line_text", "known_text"):
            self._local.run(f"DROP TABLE temp.{table}")
        return [OffsetVote(*row) for row in rows]

    def _fill(self, table: str, texts: Iterable[TextAt]) -> int:
        """Make a table of those texts that count; return how many there are."""
        self._local.run(f"DROP TABLE IF EXISTS temp.{table}")
        self._local.run(
            f"""CREATE TEMP TABLE {table} (
                number INTEGER PRIMARY KEY, minute INTEGER NOT NULL, digest BLOB NOT NULL)"""
        )
        return self._local.run_many(
            f"INSERT INTO temp.{table} (minute, digest) VALUES (?, ?)",  # noqa: S608 - our own names
            (text for text in texts if text.digest),
        )

    def _known_texts(self) -> Iterator[TextAt]:
        logged = "SELECT minute, digest FROM logged WHERE chat = ? AND minute <> 0"
        for minute, digest in self._db.stream(logged, (self._chat,)):
            yield TextAt(minute, digest)
        queued = """SELECT sent_at / 60000000, kind, text FROM queue
                    JOIN body ON body.number = queue.body WHERE chat = ?"""
        for minute, kind, text in self._db.stream(queued, (self._chat,)):
            yield TextAt(minute, digest_of(kind, text))


def known_minutes(db: Database, chat: int) -> CoverageRange | None:
    """Return the minutes of the first and the last known message of a chat; None without any."""
    [ends] = db.rows(
        """SELECT min(minute), max(minute) FROM (
               SELECT min(minute) AS minute FROM logged WHERE chat = :chat AND minute <> 0
               UNION ALL SELECT max(minute) FROM logged WHERE chat = :chat AND minute <> 0
               UNION ALL SELECT min(sent_at) / 60000000 FROM queue WHERE chat = :chat
               UNION ALL SELECT max(sent_at) / 60000000 FROM queue WHERE chat = :chat
           ) AS ends""",
        {"chat": chat},
    )
    return None if ends[0] is None else CoverageRange(*ends)


def has_ids(db: Database, chat: int) -> bool:
    """Whether messages of a chat came from a source that gives ids."""
    asked = "SELECT 1 FROM {} WHERE chat = ? AND source <> 0 LIMIT 1"
    return any(db.rows(asked.format(table), (chat,)) for table in ("logged", "queue"))


def _line(row: tuple[int, int, int, int, bytes, bytes, int, int]) -> NewLine:
    number, _, outgoing, kind, digest, author, may_be_edited, is_telling = row
    fingerprint = fingerprint_from(outgoing, kind, digest)
    name = author.decode("utf-8", "surrogatepass")
    return NewLine(number, fingerprint, name, bool(may_be_edited), bool(is_telling))
