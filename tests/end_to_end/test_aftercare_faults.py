"""Whatever goes wrong in an undo or a verify, the next one finishes it and nothing is left over."""

from typing import Any

import pytest

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

# Some are met by asking again, others cut the undo off.
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "S3 reset after the commit": ("reset-after", {}),
    "S6 an answer that is cut": ("truncated", {}),
    "S13 a login page after the commit": ("html-after", {}),
    "S15 a sign-in that ended": ("unauthorized", {}),
    "S18 no calls left": ("api-limit", {}),
    "S21 a bad gateway after the commit": ("gateway-after", {}),
    "S23 rows that are locked": ("row-errors", {"rows": [0, 5]}),
    "S24 fewer results": ("fewer-results", {}),
}
PLAIN = ("S3 ",)  # all of them in the gates
REQUESTS = range(6)  # those of an undo: Tasks, two times deleting, Leads, what hangs on them


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param(*fault, id=name, marks=() if name[:3] in PLAIN else pytest.mark.gate)
        for name, fault in FAULTS.items()
    ],
)
def test_w5_an_undo_is_finished_by_the_next_one(
    kind: str, options: dict[str, Any], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_key_field()
    org.add_contact(LastName="Example", Phone="+44 7700 900456")
    export = chats.ada(*[f"message {number}" for number in range(205)])
    other = chats.ada("stays", title="+44 7700 900456")
    wasf.sync(other)
    wasf.sync(export, "--phone", ADA_PHONE)
    for skip in REQUESTS:
        assert len(wasf.texts()) == 206
        org.fail(kind, skip=skip, **options)
        cut = wasf.run("undo", "--yes", "--json")
        assert "bug" not in cut.err
        org.heal()
        while wasf.run("undo", "--yes", "--json").json["tasks_deleted"]:
            pass
        assert (wasf.texts(), wasf.rows("Lead")) == (["stays"], [])
        verified = wasf.run("verify", "--json")
        assert (verified.code, verified.json["tasks"]) == (0, 1)
        assert wasf.sync(export, other).messages["skipped"] == 205
        wasf.sync(export, "--again")


@pytest.mark.parametrize("kind", ["redirect", "maintenance", "api-limit"])
@pytest.mark.parametrize("skip", range(3))
def test_a_verify_that_is_not_answered_says_so_and_finds_nothing(
    kind: str, skip: int, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    org.fail(kind, skip=skip, times=0)
    result = wasf.run("verify", "--json")
    assert (result.code, result.json["error"]["exit_code"]) == (75, 75)
    assert set(result.json) == {"schema", "error"}
    org.heal()
    assert wasf.run("verify").code == 0
