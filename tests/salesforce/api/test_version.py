"""The version of the API: which one is chosen of an org's list, and when the list is asked."""

from collections.abc import Iterator
from threading import Thread

import pytest

from tests.salesforce.worlds import CALM, QUICK, connection
from tests.servers.salesforce import LocalOrg
from wasf.errors import BadSetting, ExitCode, WasfError
from wasf.salesforce.api import (
    ApiBudget,
    Object,
    Query,
    RequestFailed,
    RestClient,
    composite_body,
    read_together,
    run_queries,
)
from wasf.salesforce.connection import NEWEST_VERSION, ApiVersion, choose_version


def versions(oldest: int, newest: int) -> list[str]:
    return [f"{number}.0" for number in range(oldest, newest + 1)]


CHOSEN = {
    "an org of today": (versions(31, 67), "67.0"),
    "an org of tomorrow": (versions(31, 70), "67.0"),
    "the newest is not first": (["62.0", "67.0", "64.0"], "67.0"),
    "the newest is not last by its letters": (["9.0", "58.0", "7.0"], "58.0"),
    "an older tested one": (versions(31, 62), "62.0"),
    "older than those tested": (versions(20, 58), "58.0"),
    "a gap where ours would be": ([*versions(31, 64), "68.0"], "64.0"),
    "the oldest that is enough": (versions(20, 41), "41.0"),
    "one only": (["67.0"], "67.0"),
    "what is no version is passed over": (["", "v67.0", "67", "67.1", "٦٧.0", "63.0"], "63.0"),
}


@pytest.mark.parametrize(("offered", "chosen"), CHOSEN.values(), ids=CHOSEN)
def test_the_version_that_is_chosen(offered: list[str], chosen: str) -> None:
    assert choose_version(offered) == chosen
    assert choose_version(reversed(offered)) == chosen


UNUSABLE = {
    "just too old": (versions(20, 40), BadSetting, "up to 40.0"),
    "none": ([], BadSetting, "none"),
    "no versions at all": (["latest"], BadSetting, "none"),
    "all too new": (versions(68, 70), WasfError, "newer than 67.0"),
    "too old and too new": (["40.0", "68.0"], WasfError, "newer than 67.0"),
}


@pytest.mark.parametrize(("offered", "kind", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_lists_without_a_version_that_wasf_speaks(
    offered: list[str], kind: type[WasfError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refused:
        choose_version(offered)
    assert refused.value.exit_code is (
        ExitCode.BAD_SETTINGS if kind is BadSetting else ExitCode.FAILED
    )


@pytest.fixture
def local() -> Iterator[LocalOrg]:
    with LocalOrg.start() as org:
        yield org


def client(local: LocalOrg, version: ApiVersion | None = None) -> RestClient:
    return RestClient(connection(local), ApiBudget(), QUICK, CALM, version)


def paths(local: LocalOrg) -> list[str]:
    return [one.path for one in local.requests]


def test_an_ordinary_org_is_not_asked(local: LocalOrg) -> None:
    told: list[str] = []
    client(local, ApiVersion("", told.append)).read("limits")
    assert paths(local) == ["/services/data/v67.0/limits"]
    assert told == []


def test_an_older_org_is_asked_once(local: LocalOrg) -> None:
    local.set(newest_version=58)
    told: list[str] = []
    version = ApiVersion("", told.append)
    old = client(local, version)
    old.read("limits")
    old.read("limits")
    client(local, version).read("limits")
    assert paths(local) == [
        "/services/data/v67.0/limits", "/services/data/", *["/services/data/v58.0/limits"] * 3,
    ]  # fmt: skip
    assert told == ["58.0"]


def test_what_is_remembered_is_used_at_once(local: LocalOrg) -> None:
    local.set(newest_version=58)
    client(local, ApiVersion("58.0")).read("limits")
    assert paths(local) == ["/services/data/v58.0/limits"]


def test_what_is_remembered_and_retired_is_chosen_anew(local: LocalOrg) -> None:
    local.set(oldest_version=60)
    told: list[str] = []
    client(local, ApiVersion("58.0", told.append)).read("limits")
    assert told == [NEWEST_VERSION]


def test_the_addresses_in_a_composite_follow_the_version(local: LocalOrg) -> None:
    """A composite whose version is not known is not carried out, and is sent again whole."""
    local.set(newest_version=58)
    lead: Object = {"LastName": "A", "Company": "v67.0"}
    request: Object = {"method": "POST", "url": "sobjects/Lead", "body": lead}
    client(local).write("composite", composite_body([request]))
    assert [row["Company"] for row in local.rows("Lead")] == ["v67.0"]
    parts = read_together(client(local), ["limits", "sobjects/Task/describe"])
    assert [part.status for part in parts] == [200, 200]


def test_a_query_of_many_pages(local: LocalOrg) -> None:
    local.set(newest_version=58, page_size=200)
    for number in range(401):
        local.add_contact(LastName=f"No {number}")
    assert len(run_queries(client(local), [Query("SELECT Id FROM Contact")])) == 401


def test_a_record_that_is_gone_is_no_unknown_version(local: LocalOrg) -> None:
    one = client(local)
    one.read("limits")
    with pytest.raises(RequestFailed):
        one.delete("sobjects/Lead/00Q5e0000000001AAA")
    assert "/services/data/" not in paths(local)


def test_an_org_with_too_old_versions(local: LocalOrg) -> None:
    local.set(newest_version=40)
    with pytest.raises(RequestFailed) as failed:
        client(local).read("")
    assert failed.value.error.exit_code is ExitCode.BAD_SETTINGS
    assert failed.value.execution.name == "NOT_EXECUTED"


def test_an_address_where_no_org_is(local: LocalOrg) -> None:
    local.fail("moved", times=0)
    with pytest.raises(RequestFailed) as failed:
        client(local).read("")
    assert "(HTTP 404)" in failed.value.error.message
    assert len(local.requests) == 2


@pytest.mark.parametrize("fault", ["maintenance", "reset-before"])
def test_a_list_that_does_not_come_is_asked_later(local: LocalOrg, fault: str) -> None:
    local.set(newest_version=58)
    local.fail(fault, path="/services/data/$")
    with pytest.raises(RequestFailed) as failed:
        client(local).read("")
    assert failed.value.error.exit_code is ExitCode.TRY_LATER
    client(local).read("")


def test_several_threads_ask_once(local: LocalOrg) -> None:
    local.set(newest_version=58)
    local.latency(30)
    version = ApiVersion()
    clients = [client(local, version) for _ in range(4)]
    threads = [Thread(target=one.read, args=("limits",)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths(local).count("/services/data/") == 1
    assert paths(local).count("/services/data/v58.0/limits") == 4
