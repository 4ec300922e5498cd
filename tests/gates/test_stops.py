"""Stopped anywhere while another machine does the work: what wakes up sends nothing twice."""

import pytest

from tests.gates import stops
from tests.gates.parallel import conclude, share

STEP = 48
"""Each of so many failpoints with the unique key field; 1 takes them all."""

ASKED_STEP = 10
"""The same without it, where a stop comes before the question whether the lock is still held."""

LATE_STEP = 1
"""Each of so many failpoints between the question and the request; 1 takes them all."""

SESSION_STEP = 12
"""Each of so many statements of a shared ledger; 1 takes them all."""


@pytest.mark.gate
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("key", "step", "points", "said"),
    [
        ("unique", STEP, 300, "stopped while another machine works"),
        ("none", ASKED_STEP, 60, "stopped before the question, without the key field"),
    ],
    ids=["by-key", "by-question"],
)
def test_a_machine_that_was_stopped_sends_nothing_twice(
    key: str, step: int, points: int, said: str
) -> None:
    paths = ("txt", "new-lead", "halved")
    cases = [(path, key, 1 + place, step) for place, path in enumerate(paths)]
    total = share(stops.while_another_machine_works, cases)
    conclude(said, total)
    assert total.counts["stops"] >= points // step


@pytest.mark.gate
@pytest.mark.postgres
def test_a_request_that_is_stopped_after_the_question_does_nothing_when_it_is_late() -> None:
    paths = ("new-lead", "namesake")
    total = share(stops.between_question_and_request, [(path, 1, LATE_STEP) for path in paths])
    conclude("stopped between the question and the request", total)
    assert total.counts["stops"] >= 60 // LATE_STEP


@pytest.mark.gate
@pytest.mark.postgres
def test_a_session_that_is_ended_at_a_statement_loses_and_doubles_nothing() -> None:
    total = share(stops.with_sessions_ended, [(path, 3, SESSION_STEP) for path in ("new-lead",)])
    conclude("sessions of the shared ledger ended at statements", total)
    assert total.counts["ended sessions"] >= 60 // SESSION_STEP
