"""The move of a ledger from its file on this machine into a shared database.

One side is whole at every moment, and never are both in use:

1. The lock of a run is held on this machine and in the database.
2. All rows are copied in one transaction of the database, which stays open.
3. The file gets another name (`LedgerFiles.aside`). From then on wasf refuses to work with files
   of this org on this machine.
4. The transaction is committed.

If it ends before 3 the file is the ledger, and the database has nothing. If it ends between 3 and
4, the same command copies the file that was put aside. If it ends after 4, the database has the
mark of that file, and nothing is copied again.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from wasf.errors import AnotherRun, BadSetting, StoreUnusable
from wasf.store.files import run_lock, sync_folder, unusable
from wasf.store.ledger import engines
from wasf.store.ledger.codec import attachment_from, attachment_text
from wasf.store.ledger.database import Database, Row
from wasf.store.ledger.facts import read_fact, write_fact
from wasf.store.ledger.shared import LedgerFacts, SharedLedgerPlace, totals
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.store.ledger.engines import PostgresDatabase

_MARK = "moved ledger"
_CONTENT = ("chat", "run", "forgotten", "approval_rule")  # a shared ledger in use has some of it
_STEP = 2000  # rows after which somebody may stop it


class Transferred(NamedTuple):
    """What a move came to. `was_there`: an earlier one that was cut off had copied all of it."""

    place: str
    messages: int
    chats: int
    aside: Path
    was_there: bool


@dataclass(frozen=True, slots=True)
class LedgerTransfer:
    """The move of the files of one org on this machine to a shared place."""

    to: SharedLedgerPlace

    def facts(self) -> LedgerFacts:
        """Return what would be moved. Raise `BadSetting` if this machine has no ledger."""
        source = self._source()
        messages, chats = engines.count_in_place(source)
        return LedgerFacts("sqlite", str(source), messages, chats, source.stat().st_size, "", None)

    def run(self, check_stop: Callable[[], None]) -> Transferred:
        """Move the ledger, or finish a move that was cut off; `check_stop` may raise meanwhile.

        Raise `BadSetting` if there is nothing to move, `StoreUnusable` if the shared ledger has
        content already, `AnotherRun` if one of the two is in use.
        """
        files, source = self.to.files, self._source()
        with run_lock(files.lock), self.to.connected() as ledger:
            ledger.hold()
            server = ledger.server
            was_there = source == files.aside and self._is_there(source, server)
            if not was_there:
                self._copy(source, server, check_stop)
                server.count_rows()
            self.to.take_over_inbox()
            messages, chats = totals(ledger)
            return Transferred(server.place, messages, chats, files.aside, was_there)

    def _source(self) -> Path:
        """Return the file of the ledger, or the one that an earlier move put aside."""
        here, aside = self.to.files.ledger, self.to.files.aside
        if here.exists() and aside.exists():
            raise StoreUnusable(
                f"There are two ledgers of this org: {here} and {aside}",
                "move the one that is not in use to another folder",
            )
        if not here.exists() and not aside.exists():
            raise BadSetting(
                "This machine has no ledger of this org in a file",
                "nothing is to be moved: wasf config set ledger names the shared one",
            )
        return here if here.exists() else aside

    def _is_there(self, source: Path, server: Database) -> bool:
        """Whether the database has what is in the file that was put aside."""
        with closing(engines.open_database(source)) as file:
            mark = read_fact(file, _MARK)
        return bool(mark) and read_fact(server, _MARK) == mark

    def _copy(
        self, source: Path, server: "PostgresDatabase", check_stop: Callable[[], None]
    ) -> None:
        aside = self.to.files.aside
        try:
            with server.transaction():
                _require_empty(server)
                with closing(engines.open_database(source)) as file:
                    if not read_fact(file, _MARK):
                        write_fact(file, _MARK, token_hex(16))
                    with file.transaction():  # nobody writes into it meanwhile
                        engines.fill_schema(server, file, lambda rows: _stoppable(rows, check_stop))
                _give_files(server, server.machine)
                check_stop()
                _rename(source, aside)
        except (StoreUnusable, AnotherRun):  # it is known that nothing was committed
            if not source.exists() and aside.exists():
                _rename(aside, source)
            raise


def _require_empty(server: Database) -> None:
    for table in _CONTENT:
        if server.rows(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - our own names
            raise StoreUnusable(
                "The shared ledger has content already, and two ledgers cannot be made one",
                "to use the shared one, move the file here aside; links, waiting messages and "
                "forgotten people in it are not taken over",
            )


def _give_files(db: Database, machine: str) -> None:
    """Store of all files that wait that this machine has them, unless another one does."""
    for table in ("pending_file", "body"):
        rows = db.rows(f"SELECT number, attachment FROM {table} WHERE attachment IS NOT NULL")  # noqa: S608 - our own names
        db.run_many(
            f"UPDATE {table} SET attachment = ? WHERE number = ?",  # noqa: S608 - our own names
            ((attachment_text(attachment_from(text).on(machine)), number) for number, text in rows),
        )


def _stoppable(rows: Iterator[Row], check_stop: Callable[[], None]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            check_stop()
        yield row


def _rename(source: Path, target: Path) -> None:
    """Give a closed ledger another name, which survives a power cut."""
    if source == target:
        return
    log = Path(f"{source}-wal")
    if log.exists() and log.stat().st_size:
        raise AnotherRun(f"another program is using {source}", "try again when it has ended")
    try:
        source.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise unusable(source, error) from error
