"""Every org that an admin may have configured: each message is logged, or waits for a reason."""

import pytest

from tests.gates import profiles
from tests.gates.parallel import conclude, share

LEAST = 40


@pytest.mark.gate
def test_the_main_job_in_every_profile() -> None:
    total = share(
        profiles.run, [(name, load) for load in profiles.LOADS for name in profiles.PROFILES]
    )
    head = f"  {'profile':<30} {'messages':<14} {'logged':>4} waiting  calls exit  doctor"
    total.rows.insert(0, head)
    conclude("profiles of orgs", total)
    assert total.counts["profiles and loads"] >= 2 * LEAST
