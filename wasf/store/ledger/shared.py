"""Where the ledger and the inbox of an org are: in files of this machine, or in a shared database.

`LedgerFiles` are the default. `SharedLedgerPlace` is a schema of a PostgreSQL server for several
machines. One of them at a time may write: whoever runs holds an advisory lock on the very
connection that writes the ledger (`SharedLedger.hold`). That connection never reconnects, so that
a machine that lost it, or was stopped while its session ended, can write nothing any more. The
server ends the session of a machine that says nothing for a minute. Before each request that
changes something in Salesforce the connection is asked once more (`SharedLedger.vouch`). Webhooks
come in over a connection of their own, without the lock.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from wasf import late_modules
from wasf.errors import AnotherRun, BadSetting, LedgerUnreachable
from wasf.interfaces import InboxCounts, Received
from wasf.store.files import Folders, lock_holder, private_folder, run_lock, write_private
from wasf.store.ledger import engines  # its names are loaded with psycopg, when they are used
from wasf.store.ledger.ledger import Ledger
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf.store.ledger import inbox as inboxes
    from wasf.store.ledger.engines import PostgresDatabase
    from wasf.store.ledger.inbox import WebhookInbox
else:  # loaded where webhooks are received or read
    (inboxes,) = late_modules(__package__, "inbox")


class LedgerFacts(NamedTuple):
    """What `wasf ledger status` shows.

    `place` is a path, or an address without a password. `bytes` is what the ledger needs there.
    `holder` is who writes now, "" if nobody does. `lag_s` is how many seconds the slowest standby
    is behind, None without one.
    """

    engine: str
    place: str
    messages: int
    chats: int
    bytes: int
    holder: str
    lag_s: float | None


class LedgerPlace(Protocol):
    """Where the ledger and the inbox of one org are."""

    def open(self) -> Ledger:
        """Open the ledger to read it, or make it."""

    def held(self) -> AbstractContextManager[Ledger]:
        """Yield the ledger to a run that may write. Raise `AnotherRun` if another run has it."""

    def scratch(self) -> Ledger:
        """Copy the ledger; the copy can be changed and is gone when it is closed."""

    def read(self) -> Ledger:
        """Open the ledger to read it alone; a file is neither made nor brought up to date."""

    def inbox(self) -> "WebhookInbox":
        """Open the inbox, or make it."""

    def scratch_inbox(self) -> "WebhookInbox":
        """Copy the inbox; the copy can be changed and is gone when it is closed."""

    @property
    def has_ledger(self) -> bool:
        """Whether there is a ledger; asking makes none."""

    @property
    def has_inbox(self) -> bool:
        """Whether there may be an inbox."""

    @property
    def old_file(self) -> Path | None:
        """The file on this machine that the ledger was moved from, None if there is none."""

    def facts(self) -> LedgerFacts:
        """Return what `wasf ledger status` shows."""


@dataclass(frozen=True, slots=True)
class LedgerFiles:
    """A `LedgerPlace` on this machine: a file, a file for webhooks, and a lock."""

    ledger: Path
    webhooks: Path
    lock: Path

    @classmethod
    def of(cls, folders: Folders, org_id: str) -> Self:
        """Return the files of an org on this machine."""
        return cls(folders.ledger(org_id), folders.inbox(org_id), folders.lock(org_id))

    @property
    def aside(self) -> Path:
        """The name of the ledger's file after it was moved into a shared database."""
        return self.ledger.with_name(f"{self.ledger.name}.moved")

    def open(self) -> Ledger:
        """See `LedgerPlace`. Raise `BadSetting` if the ledger was moved into a shared database."""
        self._refuse_moved()
        return Ledger.open(self.ledger)

    @contextmanager
    def held(self) -> Iterator[Ledger]:
        with run_lock(self.lock), self.open() as ledger:
            yield ledger

    def scratch(self) -> Ledger:
        self._refuse_moved()
        return Ledger.scratch(self.ledger)

    def read(self) -> Ledger:
        self._refuse_moved()
        return Ledger.read(self.ledger)

    def inbox(self) -> "WebhookInbox":
        self._refuse_moved()
        return inboxes.WebhookInbox.open(self.webhooks)

    def scratch_inbox(self) -> "WebhookInbox":
        return inboxes.WebhookInbox.scratch(self.webhooks)

    @property
    def has_ledger(self) -> bool:
        return self.ledger.exists()

    @property
    def has_inbox(self) -> bool:
        return self.webhooks.exists()

    @property
    def old_file(self) -> Path | None:
        """See `LedgerPlace`: it would be refused."""
        return None

    def facts(self) -> LedgerFacts:
        self._refuse_moved()
        messages = chats = size = 0
        if self.ledger.exists():
            messages, chats = engines.count_in_place(self.ledger)
            size = self.ledger.stat().st_size
        holder = lock_holder(self.lock)
        return LedgerFacts("sqlite", str(self.ledger), messages, chats, size, holder, None)

    def _refuse_moved(self) -> None:
        if self.aside.exists():
            raise BadSetting(
                f"This ledger was moved into a shared database; its file is {self.aside}",
                "say where it is: wasf config set ledger ADDRESS, or WASF_LEDGER; if the move was "
                "cut off, run the same wasf ledger move once more",
            )


class SharedLedger(Ledger):
    """A ledger in PostgreSQL. Whoever writes must `hold` it."""

    def __init__(self, db: "PostgresDatabase", lock: int) -> None:
        super().__init__(db)
        self.server = db
        self._lock = lock

    def hold(self, silence: float = 60, every: float = 15) -> None:
        """Become the one that writes, until this ledger is closed. Raise `AnotherRun`.

        The lock ends too if the server hears nothing for `silence` seconds.
        """
        if not self.server.try_lock(self._lock):
            holder = self.server.lock_holder(self._lock)
            described = f" ({holder})" if holder else ""
            raise AnotherRun(f"another sync{described} is running", "try again when it has ended")
        self.server.keep_alive(silence, every)

    def vouch(self) -> None:
        """Make sure that the lock is still held. Raise `LedgerUnreachable` if it may not be."""
        self.server.vouch()

    def holder(self) -> str:
        """Return who writes now: machine, process and since when; "" if nobody does."""
        return self.server.lock_holder(self._lock)


@dataclass(frozen=True, slots=True)
class SharedLedgerPlace:
    """A `LedgerPlace` in a schema of a PostgreSQL server.

    `files` are those that this machine would use without it: a ledger in them is not left behind
    silently. Their lock keeps two runs on this machine apart, as files to upload are here.
    """

    address: str
    org_id: str
    files: LedgerFiles

    @property
    def schema(self) -> str:
        """The name of the org's schema."""
        return f"wasf_{self.org_id}"

    def open(self) -> SharedLedger:
        """See `LedgerPlace`. Raise `BadSetting` if this machine has a ledger in a file."""
        self._refuse_file()
        return self._connect(make=False)

    def connected(self) -> SharedLedger:
        """Open the ledger to write, also if this machine has one in a file."""
        return self._connect(make=True)

    def _connect(self, *, make: bool) -> SharedLedger:
        db = engines.open_schema(self.address, self.schema)
        db.machine = self._machine(make=make)
        return SharedLedger(db, engines.lock_number("run", self.schema))

    @contextmanager
    def held(self) -> Iterator[SharedLedger]:
        self._refuse_file()
        with run_lock(self.files.lock), self.connected() as ledger:
            ledger.hold()
            self.take_over_inbox()
            yield ledger

    def scratch(self) -> Ledger:
        """See `LedgerPlace`: as it is at one moment. Nothing is written in the database."""
        self._refuse_file()
        copy = engines.copy_schema(self.address, self.schema)
        copy.machine = self._machine(make=False)
        return Ledger(copy)

    def read(self) -> Ledger:
        return self.open()

    def _machine(self, *, make: bool) -> str:
        """Return a name for this machine that no other one has, and that stays with its state.

        It is made up at first. Without `make` nothing is written (W4).
        """
        file = self.files.ledger.with_name("machine")
        if not file.exists():
            name = f"{gethostname()[:40]} {token_hex(4)}"
            if not make:
                return name
            private_folder(file.parent)
            write_private(file, name)
        return file.read_text(encoding="utf-8")

    def inbox(self) -> "WebhookInbox":
        return inboxes.WebhookInbox.connect(self.address, self.schema)

    def scratch_inbox(self) -> "WebhookInbox":
        return inboxes.WebhookInbox(engines.copy_schema(self.address, self.schema))

    def take_over_inbox(self) -> None:
        """Move webhooks into the shared inbox that a listener put into a file of this machine.

        It may have been started before the ledger was moved, and goes on until it is ended.
        """
        if not self.files.webhooks.exists():
            return
        with inboxes.WebhookInbox.open(self.files.webhooks) as here:
            if not here.is_empty:
                with self.inbox() as shared:
                    shared.take_over(here)

    @property
    def has_ledger(self) -> bool:
        """See `LedgerPlace`. Raise `LedgerUnreachable` if the server does not answer."""
        return engines.has_schema(self.address, self.schema)

    @property
    def has_inbox(self) -> bool:
        return True

    @property
    def old_file(self) -> Path | None:
        return self.files.aside if self.files.aside.exists() else None

    def facts(self) -> LedgerFacts:
        with self.open() as ledger:
            messages, chats = totals(ledger)
            server = ledger.server
            place, size, lag = (
                f"{server.place}, schema {server.schema}",
                server.size(),
                server.lag(),
            )
            return LedgerFacts("postgresql", place, messages, chats, size, ledger.holder(), lag)

    def _refuse_file(self) -> None:
        file = self.files.ledger
        if file.exists():
            raise BadSetting(
                f"The setting ledger names a shared ledger, but this machine has its own: {file}",
                "wasf ledger move --to ADDRESS brings it there; wasf config unset ledger goes on "
                "with the file",
            )


def place_of(folders: Folders, org_id: str, address: str) -> LedgerPlace:
    """Return where the ledger of an org is; `address` is that of a shared one, "" for files."""
    files = LedgerFiles.of(folders, org_id)
    return SharedLedgerPlace(address, org_id, files) if address else files


class ListeningInbox:
    """The inbox of a listener, which stays open for weeks: it connects anew after a failure."""

    def __init__(self, place: LedgerPlace) -> None:
        self._place = place
        self._inbox: WebhookInbox | None = place.inbox()

    def put(self, bodies: Sequence[Received]) -> None:
        """Store bodies, at the second try if the connection was lost meanwhile.

        If the first try did store them they are there twice, as if they were sent twice.
        """
        try:
            self._opened().put(bodies)
        except LedgerUnreachable:
            self.close()
            self._opened().put(bodies)

    def close(self) -> None:
        """Close it; the next `put` opens it again."""
        if self._inbox is not None:
            inbox, self._inbox = self._inbox, None
            inbox.close()

    def _opened(self) -> "WebhookInbox":
        if self._inbox is None:
            self._inbox = self._place.inbox()
        return self._inbox


def inbox_counts(place: LedgerPlace) -> InboxCounts | None:
    """Return how much the inbox holds, None if there never was one."""
    if not place.has_inbox:
        return None
    with place.inbox() as inbox:
        return inbox.counts()


def totals(ledger: Ledger) -> tuple[int, int]:
    """Return how many messages are logged or wait, and of how many chats."""
    chats = ledger.chats()
    return sum(known.logged + known.queued for known in chats), len(chats)
