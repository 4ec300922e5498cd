"""Stopped anywhere while another machine does the work: what wakes up sends nothing twice."""

import pytest

from tests.gates import stops
from tests.gates.parallel import conclude, share

STEP = 48
"""Each of so many failpoints with the unique key field; 1 takes them all."""

ASKED_STEP = 10
"""The same without it, where a stop comes before the question whether the lock is still held."""

SESSION_STEP = 12
"""Each of so many statements of a shared ledger; 1 takes them all."""


@pytest.mark.gate
@pytest.mark.postgres
def test_a_machine_that_was_stopped_sends_nothing_twice() -> None:
    paths = ("txt", "new-lead", "halved")
    cases = [(path, "unique", 1 + place, STEP) for place, path in enumerate(paths)]
    total = share(stops.while_another_machine_works, cases)
    conclude("stopped while another machine works", total)
    assert total.counts["stops"] >= 300 // STEP


@pytest.mark.gate
@pytest.mark.postgres
def test_without_the_key_field_the_question_is_enough() -> None:
    paths = ("txt", "new-lead", "halved")
    cases = [(path, "none", 1 + place, ASKED_STEP) for place, path in enumerate(paths)]
    total = share(stops.while_another_machine_works, cases)
    conclude("stopped before the question, without the key field", total)
    assert total.counts["stops"] >= 60 // ASKED_STEP


@pytest.mark.gate
@pytest.mark.postgres
def test_a_session_that_is_ended_at_a_statement_loses_and_doubles_nothing() -> None:
    total = share(stops.with_sessions_ended, [(path, 3, SESSION_STEP) for path in ("new-lead",)])
    conclude("sessions of the shared ledger ended at statements", total)
    assert total.counts["ended sessions"] >= 60 // SESSION_STEP
