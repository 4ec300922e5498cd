"""The whole suite over a ledger in PostgreSQL, each home with a database of its own.

`LEDGER_ENGINE=postgres pytest tests/end_to_end` runs it by hand; `test_suite_over_postgres` is the
gate. Orgs then have the unique key field, which a shared ledger needs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.postgres import Cluster, running_cluster

IS_ON = os.environ.get("LEDGER_ENGINE") == "postgres"

MAKE_THE_KEY_FIELD = ("test_key_field.py", "test_install_fields.py")
"""Modules whose orgs do not have it at first."""

_FILE = "looks into the file of the ledger or of the inbox"
_NO_KEY = "is about orgs without the unique key field, which a shared ledger refuses"
_TEXTS = "says where the ledger is, which test_shared_ledger looks at"
_CHECKS = "counts the checks of doctor where the ledger is a file"
_OTHERS = "begins in an org without custom fields"

LEFT_OUT: dict[str, dict[str, str]] = {
    "test_shared_ledger.py": {"": "is about shared ledgers, and has databases of its own"},
    "test_machines.py": {"": "is about shared ledgers, and has databases of its own"},
    "test_suite_over_postgres.py": {"": "runs this suite"},
    "test_bulk_jobs.py": {
        "test_another_machine_takes_the_results": "has a database of its own",
        "test_a_machine_that_wakes_again_writes_nothing_more": "has a database too",
        "test_without_the_key_field_there_are_calls": _NO_KEY,
    },
    "test_aftercare.py": {
        "test_verify_finds_doubles_and_strangers": _NO_KEY,
        "test_verify_finds_what_is_lost": _FILE,
        "test_identity_09_forget_link_and_unlink_say_that_they_hold_on_this_machine": _TEXTS,
        "test_forget_leaves_no_trace_of_a_person_and_lets_nobody_in": _FILE,
        "test_forget_finds_a_chat_without_a_number_by_its_record": _FILE,
        "test_forget_says_what_it_did_not_look_at_while_salesforce_is_away": _FILE,
        "test_forget_removes_webhooks_about_the_person_that_wait": _FILE,
        "test_purge_drops_waiting_messages_only_if_told": _FILE,
    },
    "test_approval.py": {
        "test_x2_a_skipped_chat_leaves_no_text_and_comes_back_with_its_file": _FILE,
    },
    "test_doctor.py": {
        "test_a_sound_org_is_fine": _CHECKS,
        "test_an_address_where_nobody_is": _CHECKS,
    },
    "test_faults.py": {
        "test_an_unknown_outcome_is_left_alone_until_it_must_be_known": _NO_KEY,
    },
    "test_foreign_sign_in.py": {
        "test_from_the_first_page_to_the_revocation": _NO_KEY,
    },
    "test_key_field.py": {
        "test_a_field_that_is_made_while_a_task_is_in_doubt_doubles_nothing": _NO_KEY,
        "test_from_an_org_without_the_field_to_a_sync_that_uses_it": _NO_KEY,
        "test_keys_in_a_field_that_was_taken_away_are_not_guessed": _NO_KEY,
        "test_a_task_that_arrives_after_the_field_was_made_is_found_in_the_old_one": _NO_KEY,
        "test_a_request_that_is_executed_later_is_waited_for_and_found": _NO_KEY,
    },
    "test_install_fields.py": {
        "test_from_an_org_without_the_fields_to_tasks_that_have_them": _NO_KEY,
    },
    "test_listening.py": {
        "test_a_disk_that_is_full_is_told_to_the_sender": _FILE,
    },
    "test_logging.py": {
        "test_t4_without_the_key_field_the_key_is_in_a_standard_one": _NO_KEY,
    },
    "test_other_commands.py": {
        "test_all_files_are_the_persons_alone": _FILE,
    },
    "test_owning.py": {
        "test_w3_what_may_be_there_unseen_is_never_there_twice": _NO_KEY,
    },
    "test_refusals.py": {
        "test_1_a_damaged_ledger_is_left_as_it_is": _FILE,
    },
    "test_report_fields.py": {
        "test_from_an_org_without_the_fields_to_records_that_have_them": _OTHERS,
        "test_again_it_makes_nothing": _OTHERS,
    },
}
"""Tests by their modules, "" for a whole module, with the reason why they cannot be so."""


def needs_key_field(node: str) -> bool:
    """Whether the org of a test has the key field at first."""
    return IS_ON and not any(name in node for name in MAKE_THE_KEY_FIELD)


@contextmanager
def server() -> Iterator[Cluster]:
    """A server that keeps what it stores, as doctor wants it; in memory where we are root."""
    size = 2000 if os.geteuid() == 0 else 0
    with running_cluster(settings={"fsync": "on"}, disk_mb=size) as cluster:
        yield cluster


def reason_to_skip(node: str) -> str:
    """Return why a test, or all of its module, is left out; "" if it is not."""
    module, _, test = node.rpartition("/")[2].partition("[")[0].partition("::")
    reasons = LEFT_OUT.get(module, {})
    return reasons.get("") or reasons.get(test, "")


class Databases:
    """One database for each home, used again by the next test."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made = 0
        self._homes: list[Path] = []

    def address(self, home: Path) -> str:
        """Return the address of a home's database, which is empty at first."""
        if home not in self._homes:
            self._homes.append(home)
            if self._made < len(self._homes):
                self._cluster.ask(f"CREATE DATABASE suite_{self._made}")
                self._made += 1
        return self._address(self._homes.index(home))

    @contextmanager
    def of_one_test(self) -> Iterator[None]:
        """Leave the databases empty at the end."""
        yield
        for number, _ in enumerate(self._homes):
            self._empty(number)
        self._homes.clear()

    def _address(self, number: int) -> str:
        return self._cluster.address.replace("/postgres", f"/suite_{number}")

    def _empty(self, number: int) -> None:
        self._cluster.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = 'suite_{number}'"
        )
        with psycopg.connect(self._address(number), autocommit=True) as server:
            schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'wasf\\_%'"
            for (schema,) in server.execute(schemas).fetchall():
                server.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
