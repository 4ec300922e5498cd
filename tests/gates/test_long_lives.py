"""Everything that can happen between two syncs, in any order, for hundreds of lives."""

import pytest

from tests.gates.long_lives import lives
from tests.gates.parallel import conclude, share

SEEDS, LIVES = 8, 60
"""Lives of each seed; a thousand in all take minutes more."""


@pytest.mark.gate
def test_whatever_happens_every_message_is_logged_exactly_once_hundreds_of_times() -> None:
    total = share(lives, [(seed, LIVES) for seed in range(1, SEEDS + 1)])
    conclude("whatever happens between two syncs", total)
    assert sum(total.counts.values()) >= SEEDS * LIVES
