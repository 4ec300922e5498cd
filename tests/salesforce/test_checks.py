"""What doctor asks an org for is what a sync uses of it; and where a finding begins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.salesforce.worlds import connection
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.checks import CheckStatus, check_api_budget, check_clock
from wasf.salesforce.checks import OrgCheckup, RequiredAccess

OWNER = UserId("0055e0000000001AAA")


@pytest.fixture
def local() -> Iterator[LocalOrg]:
    with LocalOrg.start() as org:
        yield org


def test_the_greeting_does_without_the_token(local: LocalOrg) -> None:
    """A token that has ended must not keep the clock from being compared."""
    local.set(clock_shift_seconds=-90)
    access = connection(local)
    local.expire_tokens()
    wanted = RequiredAccess("Key__c", "", creates_leads=True)
    checkup = OrgCheckup(local.base_url, access, wanted, lambda: datetime.now(UTC))
    greeting = checkup.greet()
    assert greeting.unusable is None
    assert greeting.ahead is not None
    assert timedelta(seconds=85) < greeting.ahead < timedelta(seconds=95)
    assert checkup.usage is None


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, CheckStatus.OK), (59, CheckStatus.OK), (-59, CheckStatus.OK), (60, CheckStatus.WARNING),
     (-60, CheckStatus.WARNING), (86_400, CheckStatus.WARNING)],
)  # fmt: skip
def test_clocks(seconds: int, status: CheckStatus) -> None:
    assert check_clock(timedelta(seconds=seconds)).status is status


@pytest.mark.parametrize(
    ("used", "limit", "kept", "status"),
    [
        (0, 15_000, 1_500, CheckStatus.OK),
        (12_000, 15_000, 1_500, CheckStatus.OK),
        (12_001, 15_000, 1_500, CheckStatus.WARNING),
        (13_499, 15_000, 1_500, CheckStatus.WARNING),
        (13_500, 15_000, 1_500, CheckStatus.FAILED),
        (20_000, 15_000, 0, CheckStatus.FAILED),
        (0, 0, 0, CheckStatus.FAILED),
    ],
)
def test_calls_left(used: int, limit: int, kept: int, status: CheckStatus) -> None:
    assert check_api_budget(used, limit, kept).status is status
