"""Whatever the org or the network does at any request: nothing lost, nothing twice."""

import pytest

from tests.gates import chat_faults, faults
from tests.gates.parallel import conclude, share
from tests.gates.sync_scenarios import GROWING

KEYS = ("unique", "standard")


@pytest.mark.gate
def test_every_fault_at_every_request() -> None:
    total = share(faults.at_every_request, faults.CASES)
    total.counts["kinds"] = len(faults.KINDS)
    conclude("every fault at every request", total)
    assert total.counts["faults"] >= 2_000 // faults.STEP
    assert total.counts["kinds"] >= 45


@pytest.mark.gate
def test_every_fault_of_every_chat_api() -> None:
    total = share(chat_faults.at_provider, chat_faults.CASES)
    conclude("every fault of every chat API", total)
    assert total.counts["faults of chat APIs"] >= 2_000 // chat_faults.STEP


GROWS_AT, FAULT_STEP = 5, 6
"""The request by which a Task grows, and of how many kinds of fault one meets it; 1: all do."""


@pytest.mark.gate
def test_faults_of_the_request_by_which_a_task_grows() -> None:
    kinds = list(faults.KINDS)[::FAULT_STEP]
    total = share(faults.at_that_request, [(GROWING, "unique", kind, GROWS_AT) for kind in kinds])
    total.add(share(faults.late, [(GROWING, "unique", GROWS_AT)]))
    conclude("faults where a Task grows", total)
    assert total.counts["late commits"] == len(faults.DELAYS)


@pytest.mark.gate
def test_commits_that_come_late() -> None:
    requests = {"new-lead": 6, "namesake": 9, "many": 9}
    total = share(
        faults.late,
        [
            (path, key, n, faults.STEP)
            for path in requests
            for key in KEYS
            for n in range(1, requests[path] + 1)
        ],
    )
    conclude("late commits", total)
    assert total.counts["late commits"] >= 384 // faults.STEP


ROUNDS = 25
"""Of each number of runs and way of the keys."""


@pytest.mark.gate
def test_runs_at_the_same_time() -> None:
    cases = [("new-lead", key, n, ROUNDS, 0) for key in KEYS for n in (2, 4)]
    total = share(faults.at_once, [*cases, *(("txt", "unique", n, ROUNDS, 1) for n in (2, 4))])
    conclude("runs at the same time", total)
    assert sum(total.counts.values()) >= 6 * ROUNDS
