"""The database below the ledger and the inbox, as one small interface with two engines.

All SQL of the package runs through `Database`. `SqliteDatabase` is the default: one file an org.
`PostgresDatabase` is for several machines that share one ledger: one schema an org. Both take the
same SQL, with `?` or `:name` for values. What differs is in the engines and where their tables are
made (see `engines`):

* Columns for yes and no are integers in SQLite and BOOLEAN in PostgreSQL: the shared SQL says
  `NOT outgoing` and `failed = TRUE`. An empty value of bytes is always given as a value (`?`).
* Joins in a fixed order say `CROSS JOIN` with conditions in WHERE, which PostgreSQL takes too.
* An order that matters is said (`ORDER BY`), also where SQLite has it from the primary key.
* Temporary tables are in `Database.local`, which is SQLite in both engines, so that reading an
  export needs no round trips. So no statement can join them with the ledger's own tables.

What a server says and proves of itself is told here too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from wasf import late_modules

if TYPE_CHECKING:
    from wasf.store.ledger import engines
else:  # it loads psycopg
    (engines,) = late_modules(__package__, "engines")

Row = tuple[Any, ...]
"""A row of an answer; the types are those of the columns asked for."""

Values = Sequence[object] | Mapping[str, object]
"""Values for `?` in order, or for `:name` where one is used more than once."""

_MARKS = 20
"""Commits of a proof: one that waits for no disk may be written in time by chance."""


class Standby(NamedTuple):
    """A copy of the database server. `state` is "sync", "quorum", "async" or "potential".

    Both are None if the user may not see them. `lag_s` is 0 where the server is idle.
    """

    state: str | None
    lag_s: float | None


class ServerFacts(NamedTuple):
    """What the server of a shared ledger says of itself.

    `version` is such as 150006. `fsync` and `synchronous_commit` are its settings for a session
    that wasf opens: "on" or another word.
    """

    place: str
    version: int
    fsync: str
    synchronous_commit: str
    standbys: tuple[Standby, ...]


class CommitProof(NamedTuple):
    """What became of some commits, as soon as each of them had returned.

    `on_disk` of them were on the server's disk, `on_standby` on one of the `standbys` that the
    server says it waits for. Nothing is tried after a commit that was not, nor where none of these
    standbys is there, as commits wait for one then.
    """

    commits: int
    on_disk: int
    standbys: int
    on_standby: int


class Database(Protocol):
    """One connection to a database, for one thread at a time.

    Every method raises a `WasfError` for what a person can act on: a full disk, a database that
    does not answer. Other errors of the engine are bugs and stay.
    """

    @property
    def local(self) -> "Database":
        """A database on this machine for temporary tables; it shares the transactions."""

    @property
    def machine(self) -> str:
        """Its name among those that share a ledger, "" for a ledger on this machine."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @property
    def has_written(self) -> bool:
        """Whether any row was changed over this connection."""

    @property
    def keeps_deleted_pages(self) -> bool:
        """Whether copies of deleted text can stay in it until `erase_deleted_text` is done."""

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return all rows of an answer."""

    def stream(self, sql: str, values: Values = ()) -> Iterator[Row]:
        """Yield the rows of an answer; do not change what they are read from meanwhile."""

    def rows_among(self, sql: str, values: Iterable[object]) -> Iterator[Row]:
        """Yield the rows of a query with `IN (*)`, for any number of values."""

    def run(self, sql: str, values: Values = ()) -> int:
        """Run one statement; return how many rows it changed."""

    def run_many(self, sql: str, values: Iterable[Values]) -> int:
        """Run one statement for each row of values; return how many rows were changed."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything inside or nothing; an inner transaction that raises is undone alone."""

    def rewrite(self) -> None:
        """Write the tables anew, so that nothing that was deleted can be read in them."""

    def close(self) -> None:
        """Close the connection; after writing, leave no deleted text in the engine's own log."""


class LedgerPart:
    """Some of what a ledger knows. Every method that changes something is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db


Step = str | Callable[[Database], None]
"""A step of a migration: a statement, or what a statement cannot do."""


def do_step(db: Database, step: Step) -> None:
    """Do one step of a migration."""
    if isinstance(step, str):
        db.run(step)
    else:
        step(db)


# --- Tables and indexes that both engines make alike ---------------------------------------------

CHAT_INDEXES = (
    "CREATE INDEX chat_by_title ON chat (by_title)",
    "CREATE INDEX chat_by_phone ON chat (by_phone)",
    "CREATE INDEX chat_by_record ON chat (record_id)",
    "CREATE INDEX chat_related ON chat (related_id) WHERE related_id IS NOT NULL",
)
MORE_CHAT_INDEXES = (
    "CREATE INDEX chat_forgotten ON chat (forgotten) WHERE forgotten",
    "CREATE INDEX alias_of_chat ON chat_alias (chat)",
)
TASK_INDEXES = (
    "CREATE INDEX logged_task_message ON logged_task (message)",
    "CREATE INDEX logged_task_task ON logged_task (task_id)",
    "CREATE INDEX queued_with_task ON queue (task_id) WHERE task_id IS NOT NULL",
    "CREATE INDEX pending_file_task ON pending_file (task_id)",
)
"""What undo and moves look Tasks up by."""
BULK_JOB_COLUMNS = """
    id TEXT NOT NULL DEFAULT '',
    step TEXT NOT NULL,
    key_field TEXT NOT NULL,
    tasks BIGINT NOT NULL DEFAULT 0,
    begun_at BIGINT NOT NULL,
    asked_at BIGINT,
    state TEXT NOT NULL DEFAULT 'Open',
    processed BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT ''"""
"""All columns of the table `bulk_job` but its number."""
REPORT_RECORD_TABLE = """
    CREATE TABLE report_record (
        record_id TEXT PRIMARY KEY NOT NULL,
        is_due BOOLEAN NOT NULL DEFAULT TRUE,
        from_them BIGINT,
        from_us BIGINT,
        unanswered BIGINT,
        modified_at BIGINT,
        modified_by TEXT NOT NULL DEFAULT ''
    )"""
"""`modified_*`: how our write left a Lead that a run created."""
ANSWER_TASK_TABLES = (
    """CREATE TABLE waiting_chat (
        chat BIGINT PRIMARY KEY NOT NULL,
        is_due BOOLEAN NOT NULL DEFAULT TRUE,
        at BIGINT,
        message BYTEA,
        refused_at BIGINT,
        refusal TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE answer_task (
        task_key TEXT PRIMARY KEY NOT NULL,
        chat BIGINT NOT NULL,
        at BIGINT NOT NULL,
        message BYTEA NOT NULL,
        task_id TEXT NOT NULL,
        is_open BOOLEAN NOT NULL DEFAULT TRUE,
        refused_at BIGINT,
        refusal TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX answer_task_chat ON answer_task (chat)",
)
"""`at` and `refused_at` are seconds since 1970."""
INBOX_TABLE = """CREATE TABLE IF NOT EXISTS received (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sender TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    kinds TEXT NOT NULL DEFAULT '',
    reader TEXT NOT NULL DEFAULT ''
)"""


# --- What a server says and proves of itself -----------------------------------------------------


def server_facts(address: str) -> ServerFacts:
    """Ask a server what it says of itself. Raise a `WasfError` if it cannot be used."""

    with closing(engines.PostgresDatabase.connect(address, "wasf")) as server:
        return server.facts()


def commit_proof(address: str) -> CommitProof:
    """Commit some marks at a server. Raise a `WasfError` if it cannot be used."""

    with closing(engines.PostgresDatabase.connect(address, "wasf")) as server:
        return prove_commits(server)


def prove_commits(server: Database) -> CommitProof:
    """Commit some marks, and see each time at once which disks they are on.

    A mark is in the server's log only, in no table.
    """
    [(are_named, there)] = server.rows(
        """SELECT current_setting('synchronous_standby_names') <> '', count(*)
           FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"""
    )
    if are_named and not there:
        return CommitProof(0, 0, 1, 0)
    commits = on_disk = on_standby = standbys = 0
    while commits < _MARKS and on_disk == commits and (not standbys or on_standby == commits):
        with server.transaction():
            mark = "SELECT CAST(pg_logical_emit_message(TRUE, 'wasf', '') AS text)"
            [(at,)] = server.rows(mark)
        commits += 1
        [(is_on_disk, standbys, there)] = server.rows(
            """SELECT pg_current_wal_flush_lsn() >= CAST(:at AS pg_lsn), count(*),
                      count(*) FILTER (WHERE flush_lsn >= CAST(:at AS pg_lsn))
               FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')""",
            {"at": at},
        )
        on_disk += is_on_disk
        on_standby += there > 0
    return CommitProof(commits, on_disk, standbys, on_standby)
