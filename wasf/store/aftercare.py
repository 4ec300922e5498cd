"""The side of the ledger that a person uses: what a run did, and what is known of whom.

Every promise is in `interfaces.Aftercare`.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import RecordId
from wasf.interfaces import LoggedTask, LoggedUnit, Purged, RunId, RunLead
from wasf.store import forgetting, undoing
from wasf.store.database import Database
from wasf.store.messages import chat_number


class SqliteAftercare:
    """An `Aftercare` over the database of a ledger."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def runs(self) -> Sequence[RunId]:
        """See `Aftercare`."""
        return undoing.runs(self._db)

    def last_work(self) -> RunId | None:
        """See `Aftercare`."""
        return undoing.last_work(self._db)

    def work_of(self, run: RunId) -> Sequence[LoggedUnit]:
        """See `Aftercare`. Raises `LookupError` for a run that never was."""
        return undoing.work_of(self._db, run)

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """See `Aftercare`."""
        return undoing.leads_of(self._db, run)

    def take_back(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            undoing.take_back(self._db, run, units)

    def lead_taken_back(self, lead_id: RecordId) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            undoing.lead_taken_back(self._db, lead_id)

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """See `Aftercare`."""
        return undoing.logged_tasks(self._db)

    def unlink(self, chat_id: ChatId) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            self._db.run(
                """UPDATE chat SET record_type = NULL, record_id = NULL, by_hand = 0, unlinked = 1
                   WHERE number = ?""",
                (chat_number(self._db, chat_id),),
            )

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """See `Aftercare`."""
        with self._db.transaction():
            forgetting.forget(self._db, phone, chats, names)

    def let_in_again(self, phone: Phone) -> bool:
        """See `Aftercare`."""
        with self._db.transaction():
            return forgetting.let_in_again(self._db, phone)

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """See `Aftercare`."""
        with self._db.transaction():
            return forgetting.purge(self._db, chats, before, waiting=waiting)

    def wipe(self) -> None:
        """See `Aftercare`."""
        self._db.run("VACUUM")
