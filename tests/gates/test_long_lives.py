"""Everything that can happen between two syncs, in any order, for a thousand lives."""

import pytest

from tests.gates.long_lives import lives
from tests.gates.parallel import conclude, share


@pytest.mark.gate
def test_whatever_happens_every_message_is_logged_exactly_once_a_thousand_times() -> None:
    total = share(lives, [(seed, 125) for seed in range(1, 9)])
    conclude("whatever happens between two syncs", total)
    assert sum(total.counts.values()) >= 1_000
