"""The two engines of a ledger and an inbox: each is a `Database` (`wasf.store.ledger.database`).

* `sqlite`: a file of this machine, how it is made, opened, copied and brought up to date;
  `sqlite_schema` has its tables and migrations, and says what each table is for.
* `postgres`: a schema that several machines share, through psycopg 3; `postgres_schema` has the
  same tables with PostgreSQL's types. Only runs with a shared ledger load it.

Statements are written for SQLite; `postgres` translates the few words that differ.
"""

from typing import TYPE_CHECKING

from wasf import late_names

if TYPE_CHECKING:
    from wasf.store.ledger.engines.postgres import PostgresDatabase
    from wasf.store.ledger.engines.postgres_schema import (
        copy_schema,
        fill_schema,
        has_schema,
        lock_number,
        open_schema,
    )
    from wasf.store.ledger.engines.sqlite import (
        SqliteDatabase,
        copy_database,
        copy_rows,
        count_in_place,
        damaged,
        open_database,
        read_database,
        translated_errors,
    )

__all__ = [
    "PostgresDatabase", "SqliteDatabase", "copy_database", "copy_rows", "copy_schema",
    "count_in_place", "damaged", "fill_schema", "has_schema", "lock_number", "open_database",
    "open_schema", "read_database", "translated_errors",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "postgres": ("PostgresDatabase",),
            "postgres_schema": (
                "copy_schema", "fill_schema", "has_schema", "lock_number", "open_schema",
            ),
            "sqlite": (
                "SqliteDatabase", "copy_database", "copy_rows", "count_in_place", "damaged",
                "open_database", "read_database", "translated_errors",
            ),
        },
    )  # fmt: skip
