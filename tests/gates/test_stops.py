"""Stopped anywhere while another machine does the work: what wakes up sends nothing twice."""

import pytest

from tests.gates import stops
from tests.gates.parallel import conclude, share

STEP = 48
"""Each of so many failpoints with the unique key field; 1 takes them all."""

ASKED_STEP = 10
"""The same without it, where a stop comes before the question whether the lock is still held."""


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
