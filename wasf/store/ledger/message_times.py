"""When messages were written and by which side: all that a report needs of them.

Logged messages and queued ones count alike, undone and purged ones too; one that two chats had
logged when they were joined counts once, and chats of forgotten people do not count. Messages of
one second are in the order in which they came to wasf. Earlier versions kept neither seconds nor
that order: of such messages the incoming ones of a minute come first. A message that wasf 0.1.0
logged by its id has no time, and is left out.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from wasf.core.keys import key_bytes
from wasf.core.records import Approval, KnownChat, TaskKey
from wasf.core.report import MessageTimes, ReportedChat
from wasf.store.ledger.chat_search import Approvals
from wasf.store.ledger.chats import known_chats
from wasf.store.ledger.database import LedgerPart

_TIMES = """
    SELECT chat, minute * 60 + coalesce(second, 0) AS at, coalesce(arrival, 0) AS arrival, outgoing
    FROM logged WHERE minute <> 0 {}
    UNION ALL
    SELECT chat, sent_at / 1000000, body, outgoing FROM queue
    ORDER BY chat, at, arrival, outgoing"""
_NOT_TWICE = """
    AND NOT EXISTS (SELECT 1 FROM logged_twice AS twice WHERE twice.chat = logged.chat
                    AND twice.minute = logged.minute AND twice.key = logged.key)"""


class UnknownTimes(NamedTuple):
    """What an earlier wasf did not keep.

    `without_time` messages are in no report; of those `without_order` only the minute is known;
    `leads_without_chat` were created for chats that cannot be told any more.
    """

    without_time: int = 0
    without_order: int = 0
    leads_without_chat: int = 0


class ReportRows(LedgerPart):
    """What a report reads of one ledger."""

    def chats(self) -> Iterator[tuple[ReportedChat, MessageTimes]]:
        """Yield every chat that has messages, with these in order; read each before the next."""
        chats = self._reported()
        asked = _TIMES.format(
            _NOT_TWICE if self._db.rows("SELECT 1 FROM logged_twice LIMIT 1") else ""
        )
        rows = self._db.stream(asked)
        for number, times in groupby(rows, key=itemgetter(0)):
            if reported := chats.get(number):
                yield reported, ((at, outgoing) for _, at, _, outgoing in times)

    def keys(self) -> Iterator[bytes]:
        """Yield the keys of all messages and Tasks that this ledger knows, undone ones too."""
        for [key] in self._db.stream(
            """SELECT key FROM logged UNION ALL SELECT key FROM queue
               UNION ALL SELECT key FROM message_alias"""
        ):
            yield key
        for [key] in self._db.stream(
            "SELECT task_key FROM logged_task UNION ALL SELECT task_key FROM intent"
        ):
            yield key_bytes(TaskKey(key))

    def _reported(self) -> "dict[int, ReportedChat]":
        """Return the chats by their numbers, without forgotten ones."""
        leads: dict[int, int] = dict(
            self._db.rows(
                """SELECT chat, count(*) FROM run_lead
                   WHERE is_created AND chat IS NOT NULL GROUP BY chat"""
            )
        )
        numbers = self._db.rows("SELECT number FROM chat WHERE NOT forgotten ORDER BY number")
        known = Approvals(self._db).with_rules(known_chats(self._db))
        return {
            number: _reported_chat(one, leads.get(number, 0))
            for (number,), one in zip(numbers, known, strict=True)
        }

    def unknown(self) -> UnknownTimes:
        """Return what earlier versions did not keep."""
        [counts] = self._db.rows(
            """SELECT coalesce(sum(CASE WHEN minute = 0 THEN 1 ELSE 0 END), 0),
                      coalesce(sum(CASE WHEN minute = 0 THEN 0 ELSE 1 END), 0),
                      (SELECT count(*) FROM run_lead WHERE is_created AND chat IS NULL)
               FROM logged WHERE arrival IS NULL"""
        )
        return UnknownTimes(*counts)


def _reported_chat(known: KnownChat, new_leads: int) -> ReportedChat:
    is_skipped = known.approval is Approval.SKIPPED
    return ReportedChat(known.chat, known.link, is_skipped, new_leads)
