"""Making the key field when two do it at once, and what a trial of it does not let pass."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.salesforce.worlds import QUICK, connection
from tests.servers.salesforce import KEY_FIELD, LocalOrg
from wasf.core.records import UserId
from wasf.errors import BadSetting, SetupRefused
from wasf.interfaces import KeyField
from wasf.salesforce.api.budget import ApiBudget
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.key_field import KeyFieldSetup, prove


@pytest.fixture
def local() -> Iterator[LocalOrg]:
    with LocalOrg.start() as org:
        yield org


def client_of(local: LocalOrg) -> RestClient:
    return RestClient(connection(local), ApiBudget(), QUICK)


def test_two_at_once_make_one_of_each(local: LocalOrg) -> None:
    """Both look before either makes anything; who comes second takes what is there."""
    local.latency(40)
    together = Barrier(2)
    user_id = UserId(local.user_id)

    def run(setup: KeyFieldSetup) -> list[bool]:
        steps = (setup.make_field, setup.make_permission_set, setup.grant,
                 lambda: setup.assign(user_id))  # fmt: skip
        made = []
        for step in steps:
            together.wait(30)
            made.append(step())
        return made

    with ThreadPoolExecutor(2) as pool:
        setups = [KeyFieldSetup(connection(local), KEY_FIELD, QUICK) for _ in range(2)]
        first, second = pool.map(run, setups)
    assert [one + other for one, other in zip(first, second, strict=True)] == [1, 1, 1, 1]
    for kind in ("CustomField", "PermissionSet", "FieldPermissions", "PermissionSetAssignment"):
        assert len(local.rows(kind)) == 1


@pytest.mark.parametrize(
    "name",
    ["CallObject", "Key", "Key_c", "ns__Key__c", "1Key__c", "Key___c", "K" * 41 + "__c",
     "Key__c' OR Id != '"],
)  # fmt: skip
def test_names_that_no_field_of_ours_can_have(local: LocalOrg, name: str) -> None:
    with pytest.raises(BadSetting):
        KeyFieldSetup(connection(local), name, QUICK)
    assert local.requests == []


def test_the_longest_name_is_taken(local: LocalOrg) -> None:
    assert KeyFieldSetup(connection(local), "K" * 40 + "__c", QUICK).make_field()


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
