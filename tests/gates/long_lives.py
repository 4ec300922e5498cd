"""The state machine of a sync's life, many times as long as the plain tests let it run."""

import hypothesis.core
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.commands.sync.test_machine import SMALL, SyncMachine
from tests.gates.parallel import Tally

STEPS = 50


def lives(seed: int, count: int) -> Tally:
    """So many lives of so many steps each, the same ones for the same seed."""
    tally = Tally()
    hypothesis.core.global_force_seed = seed
    chosen = settings(
        SMALL,
        max_examples=count,
        stateful_step_count=STEPS,
        database=None,
        derandomize=False,  # or the seed does not count
        phases=[Phase.generate],  # to shorten a life that fails takes minutes: its steps are shown
    )
    try:
        run_state_machine_as_test(SyncMachine, settings=chosen)
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", []))
        tally.fail(("lives", seed, count), f"{type(error).__name__}: {error}\n{notes}")
    tally.counts[f"lives of {STEPS} steps"] += count
    return tally
