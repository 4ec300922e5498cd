"""What the proof of a key field does not let pass."""

from collections.abc import Iterator

import pytest

from tests.salesforce.worlds import QUICK, connection
from tests.servers.salesforce import KEY_FIELD, LocalOrg
from wasf.core.auth import UserId
from wasf.errors import SetupRefused
from wasf.interfaces import KeyField
from wasf.salesforce.api.client import ApiBudget, RestClient
from wasf.salesforce.key_field import prove


@pytest.fixture
def local() -> Iterator[LocalOrg]:
    with LocalOrg.start() as org:
        yield org


def client_of(local: LocalOrg) -> RestClient:
    return RestClient(connection(local), ApiBudget(), QUICK)


def test_a_field_that_is_not_as_unique_as_it_says_is_found_out(local: LocalOrg) -> None:
    with pytest.raises(SetupRefused, match="two Tasks with one key"):
        prove(client_of(local), KeyField("CallObject", is_unique=True), UserId(local.user_id))
    assert local.count("Task") == 0


def test_a_task_that_is_not_found_by_its_key_is_no_proof(local: LocalOrg) -> None:
    local.fail("other-ids", path="composite/sobjects$")
    with pytest.raises(SetupRefused, match="not found by it"):
        prove(client_of(local), KeyField("CallObject", is_unique=False), UserId(local.user_id))
    assert local.count("Task") == 0


def test_another_unique_field_is_no_proof_either(local: LocalOrg) -> None:
    local.add_key_field()
    message = "duplicate value found: Other__c duplicates value on record with id: 00T"
    local.fail("row-errors", path="composite/sobjects$", skip=1, code="DUPLICATE_VALUE",
               message=message)  # fmt: skip
    with pytest.raises(SetupRefused, match="DUPLICATE_VALUE"):
        prove(client_of(local), KeyField(KEY_FIELD, is_unique=True), UserId(local.user_id))
    assert local.count("Task") == 0


def test_what_others_wrote_is_left_alone(local: LocalOrg) -> None:
    subject = "wasf doctor: trial of the key field, may be deleted"
    other = local.add(
        "Task", Subject=subject, CreatedById=local.add_user(LastName="E", Email="e@example.com")
    )
    mine = local.add("Task", Subject=f"{subject}?")
    prove(client_of(local), KeyField("CallObject", is_unique=False), UserId(local.user_id))
    assert {row["Id"] for row in local.rows("Task", IsDeleted=False)} == {other, mine}
