"""Killed anywhere, and killed again while it recovers: nothing lost, nothing twice."""

import pytest

from tests.gates import command_scenarios, kills
from tests.gates.parallel import conclude, share
from tests.gates.sync_scenarios import ANSWERS, BULK, GROWING, JOINS, PATHS

KEYS = ("unique", "standard")

PAIR_STEP, MOVE_STEP = 16, 48
"""Each of so many failpoints is the first of two kills, of a sync and of a move; 1 takes all."""

POINT_STEP, DEED_STEP = 2, 2
"""Each of so many failpoints of a sync and of a command; 2 takes one half with each way of the keys
or of going on, 1 takes all with both."""

MOMENTS = 10
"""Kills at random moments, a path and key."""

FIELDS_STEP = 10
"""Each of so many failpoints of `wasf doctor --install-fields`; 1 takes them all."""

JOIN_STEP = 4
"""Each of so many failpoints of a run that joins chats; 1 takes them all."""

GROWTH_STEP = 2
"""Each of so many failpoints of a sync that lets a Task grow; 1 takes them all."""

GROWTH_PAIR_STEP = 32
"""The same of the first of two kills, of which the second one takes all."""

ANSWER_STEP = 10
"""Each of so many failpoints of a sync that opens, or closes, a Task that asks for an answer."""
BULK_FIRST, BULK_STEP, BULK_PAIR_STEP, MACHINES_STEP = 67, 5, 29, 6
"""The same of a backfill in a job; 67 is the failpoint at which its first call is sent."""

JOIN_PAIR_STEP = 64
"""The same of the first of two kills, of which the second one takes all; 1 takes minutes."""


@pytest.mark.gate
def test_killed_at_every_failpoint_of_every_path() -> None:
    cases = [
        (path, key, 1 + place % POINT_STEP, POINT_STEP)
        for path in PATHS
        for place, key in enumerate(KEYS)
    ]
    total = share(kills.at_one_point, cases)
    conclude("killed at every failpoint", total)
    assert total.counts["kills at one failpoint"] >= 2_100 // POINT_STEP


@pytest.mark.gate
def test_killed_at_every_two_failpoints() -> None:
    """The second kill meets the run that recovers from the first."""
    paths = [(path, key) for path in ("new-lead", "recovery") for key in KEYS]
    total = share(
        kills.at_two_points,
        [(*path, first, 2 * PAIR_STEP) for path in paths for first in (1, 1 + PAIR_STEP)],
    )
    conclude("killed at every two failpoints", total)
    assert total.counts["kills at two failpoints"] >= 9_000 // PAIR_STEP


@pytest.mark.gate
def test_the_growth_of_a_task_is_killed_at_failpoints() -> None:
    cases = [(GROWING, key, first, GROWTH_STEP) for first, key in enumerate(KEYS, 1)]
    total = share(kills.at_one_point, cases)
    conclude("the growth of a Task killed at failpoints", total)
    assert total.counts["kills at one failpoint"] >= 160 // GROWTH_STEP


@pytest.mark.gate
def test_the_growth_of_a_task_is_killed_at_two_failpoints() -> None:
    """The second kill meets the run that looks for what the first had sent."""
    total = share(kills.at_two_points, [(GROWING, "unique", 37, GROWTH_PAIR_STEP)])
    conclude("the growth of a Task killed at two failpoints", total)
    assert total.counts["kills at two failpoints"] >= 1_600 // GROWTH_PAIR_STEP


@pytest.mark.gate
def test_a_task_that_asks_for_an_answer_is_killed_at_failpoints() -> None:
    """While it is opened, and while it is closed: there is one in the end."""
    cases = [
        (path, key, first, ANSWER_STEP) for path in ANSWERS for first, key in enumerate(KEYS, 1)
    ]
    total = share(kills.at_one_point, cases)
    conclude("a Task that asks for an answer killed at failpoints", total)
    assert total.counts["kills at one failpoint"] >= 400 // ANSWER_STEP


@pytest.mark.gate
def test_a_join_of_two_chats_is_killed_at_failpoints() -> None:
    """Nothing is on the record of another person either."""
    total = share(kills.at_one_point, [(path, key, 1, JOIN_STEP) for path in JOINS for key in KEYS])
    conclude("joins killed at failpoints", total)
    assert total.counts["kills at one failpoint"] >= 700 // JOIN_STEP


@pytest.mark.gate
def test_a_join_of_two_chats_is_killed_at_two_failpoints() -> None:
    """The second kill meets the run that goes on with the join."""
    total = share(kills.at_two_points, [(path, "unique", 24, JOIN_PAIR_STEP) for path in JOINS])
    conclude("joins killed at two failpoints", total)
    assert total.counts["kills at two failpoints"] >= 8_000 // JOIN_PAIR_STEP


@pytest.mark.gate
def test_a_backfill_in_a_job_is_killed_at_failpoints() -> None:
    """From the first call on: its outcome, the job's intents, and every request of the job."""
    cases = [(BULK, "unique", BULK_FIRST + half, 2 * BULK_STEP) for half in (0, BULK_STEP)]
    total = share(kills.at_one_point, cases)
    conclude("a backfill in a job killed at failpoints", total)
    assert total.counts["kills at one failpoint"] >= 60 // BULK_STEP


@pytest.mark.gate
def test_a_backfill_in_a_job_is_killed_at_two_failpoints() -> None:
    """The second kill meets the run that goes on with the job."""
    total = share(kills.at_two_points, [(BULK, "unique", BULK_FIRST + 13, BULK_PAIR_STEP)])
    conclude("a backfill in a job killed at two failpoints", total)
    assert total.counts["kills at two failpoints"] >= 800 // BULK_PAIR_STEP


@pytest.mark.gate
@pytest.mark.postgres
def test_another_machine_goes_on_with_the_job_of_one_that_was_killed() -> None:
    cases = [(78 + half, 2 * MACHINES_STEP) for half in (0, MACHINES_STEP)]
    total = share(kills.between_machines, cases)
    conclude("a job that another machine goes on with", total)
    assert total.counts["kills with another machine"] >= 40 // MACHINES_STEP


@pytest.mark.gate
def test_killed_at_random_moments() -> None:
    total = share(kills.at_any_moment, [(path, key, 1, MOMENTS) for path in PATHS for key in KEYS])
    conclude("killed at random moments", total)
    assert total.counts["kills at random moments"] >= 20 * MOMENTS


@pytest.mark.gate
def test_commands_that_take_back_and_look_after_are_killed_at_every_failpoint() -> None:
    """Then they are called again, at once or after cron has come by."""
    cases = [
        (
            name,
            "standard" if name == "key-field" or between == "sync" else "unique",
            between,
            1 + place % DEED_STEP,
            DEED_STEP,
        )
        for name in command_scenarios.DEEDS
        for place, between in enumerate(("nothing", "sync"))
        if name != "install-fields"
    ]
    total = share(command_scenarios.killed, cases)
    conclude("commands killed at every failpoint", total)
    assert total.counts["kills of commands"] >= 1_400 // DEED_STEP


@pytest.mark.gate
def test_the_making_of_message_fields_is_killed_at_failpoints() -> None:
    """The kills before a second try at once lie between those before one after cron's sync."""
    cases = [
        ("install-fields", "unique", "nothing", 1, FIELDS_STEP),
        ("install-fields", "standard", "sync", 1 + FIELDS_STEP // 2, FIELDS_STEP),
    ]
    total = share(command_scenarios.killed, cases)
    conclude("the making of fields killed at failpoints", total)
    assert total.counts["kills of commands"] >= 400 // FIELDS_STEP


@pytest.mark.gate
def test_a_move_is_killed_at_every_two_failpoints() -> None:
    """The second kill meets the command that goes on with the move."""
    cases = [
        (name, key, first, 2 * MOVE_STEP)
        for name in ("move", "move-lead")
        for key in KEYS
        for first in (1, 1 + MOVE_STEP)
    ]
    total = share(command_scenarios.killed_twice, cases)
    conclude("moves killed at every two failpoints", total)
    assert total.counts["pairs of kills of commands"] >= 13_000 // MOVE_STEP
