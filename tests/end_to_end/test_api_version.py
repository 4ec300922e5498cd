"""The whole job in orgs whose newest version of the API is another than wasf's."""

import re

import pytest

from tests.end_to_end.program import ADA_PHONE, START, Chats, Wasf
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

BEN_PHONE = "+44 7700 900456"
BAD_SETTINGS = 78


def _spoken(org: LocalOrg) -> set[str]:
    return {found[1] for one in org.requests if (found := re.search(r"/data/v([\d.]+)/", one.path))}


def _lists_asked(org: LocalOrg) -> int:
    return sum(one.path == "/services/data/" for one in org.requests)


def _log_two_people(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """Log a chat with a known person, and one that makes a new Lead."""
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    for phone, texts in ((ADA_PHONE, ("one", "two")), (BEN_PHONE, ("three",))):
        chats.of(phone, [Said(START, phone, text) for text in texts])
    first = wasf.sync(chats.folder)
    assert first.messages["logged"] == 3
    assert len(wasf.rows("Task", WhoId=contact)) == 2
    assert first.json["leads"]["created"] == 1


@pytest.mark.parametrize("newest", [67, 70])
def test_an_org_with_our_version_is_asked_nothing_for_it(
    wasf: Wasf, org: LocalOrg, chats: Chats, newest: int
) -> None:
    org.set(newest_version=newest)
    _log_two_people(wasf, org, chats)
    assert _spoken(org) == {"67.0"}
    assert _lists_asked(org) == 0
    assert not (wasf.home / "versions.json").exists()


def test_an_org_that_has_only_older_versions(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """Its list is asked once; the second run knows, and costs what it costs in any org."""
    org.set(newest_version=58)
    assert wasf.sync(chats.ada("zero"), "--dry-run").json["api_calls"] > 0
    assert list(wasf.home.glob("**/versions.json")) == []
    org.forget_requests()

    _log_two_people(wasf, org, chats)
    refused = [one for one in org.requests if "/v67.0/" in one.path]
    assert [one.status for one in refused] == [404]
    assert _spoken(org) == {"67.0", "58.0"}
    assert _lists_asked(org) == 1

    org.forget_requests()
    wasf.sync(chats.folder)
    assert _spoken(org) == {"58.0"}
    assert len(org.requests) <= 2
    assert wasf.writes() == []


def test_an_org_that_is_upgraded(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """The remembered version works on; once the org no longer has it, another one is chosen."""
    org.set(newest_version=58)
    wasf.sync(chats.ada("one"))
    org.set(oldest_version=60, newest_version=66)
    org.forget_requests()
    assert wasf.sync(chats.ada("one", "two")).code == 0
    assert _spoken(org) == {"58.0", "66.0"}
    org.forget_requests()
    wasf.sync()
    assert _spoken(org) <= {"66.0"}


def test_an_org_with_too_old_versions_only(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.set(newest_version=40)
    result = wasf.run("sync", chats.ada("one"))
    assert result.code == BAD_SETTINGS
    assert "up to 40.0" in result.err
    assert wasf.rows("Task") == []


def test_doctor_speaks_the_version_of_the_org(wasf: Wasf, org: LocalOrg) -> None:
    org.set(newest_version=58)
    result = wasf.run("doctor", "--json")
    checks = {one["check"]: one["status"] for one in result.json["checks"]}
    assert {checks["address"], checks["API access"], checks["sign-in"]} == {"ok"}
    assert _spoken(org) == {"58.0"}


def test_doctor_tells_of_versions_that_are_too_old(wasf: Wasf, org: LocalOrg) -> None:
    org.set(newest_version=40)
    result = wasf.run("doctor", "--json")
    address = result.check("address")
    assert (result.code, address["status"]) == (BAD_SETTINGS, "failed")
    assert "up to 40.0" in address["result"]
