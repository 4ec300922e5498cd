"""Making the key field when two do it at once, and the names that it can have."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.salesforce.worlds import QUICK, connection
from tests.servers.salesforce import KEY_FIELD, LocalOrg
from wasf.core.auth import UserId
from wasf.errors import BadSetting
from wasf.salesforce.key_field import KeyFieldSetup


@pytest.fixture
def local() -> Iterator[LocalOrg]:
    with LocalOrg.start() as org:
        yield org


def test_two_at_once_make_one_of_each(local: LocalOrg) -> None:
    """Both look before either makes anything; who comes second takes what is there."""
    local.latency(40)
    together = Barrier(2)
    user_id = UserId(local.user_id)

    def run(setup: KeyFieldSetup) -> list[bool]:
        steps = (lambda: setup.make_field(setup.name), setup.make_permission_set, setup.grant,
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
    assert KeyFieldSetup(connection(local), "K" * 40 + "__c", QUICK).make_field("K" * 40 + "__c")
