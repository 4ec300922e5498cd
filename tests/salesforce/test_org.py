"""Asking: transient faults are sat out, lasting ones become our errors, and nothing leaks."""

import traceback

import pytest

from tests.salesforce.worlds import (
    ADA,
    CALM,
    QUICK,
    adapter,
    connection,
    make_task,
    timeouts_with,
)
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import Secret
from wasf.core.chats import Phone
from wasf.core.records import PeopleQuery, TaskKey
from wasf.errors import (
    ApiLimitReached,
    ExitCode,
    NotConnected,
    Unreachable,
    WasfError,
)
from wasf.interfaces import KeyField
from wasf.salesforce import stored_records
from wasf.salesforce.api.formats import LONGEST_QUERY
from wasf.salesforce.connection import Connection
from wasf.salesforce.org import OrgOptions, SalesforceOrg

TRANSIENT = {
    "S2 reset": ("reset-before", {}),
    "S5 closed": ("close-after", {}),
    "S6 truncated": ("truncated", {}),
    "S7 chunked cut": ("chunked-cut", {}),
    "S8 slow": ("slow-answer", {"seconds": 0.1}),
    "S9 hang": ("hang-before", {"seconds": 3}),
    "S12 login page": ("html", {}),
    "S19 too many": ("too-many-requests", {}),
    "S20 error": ("server-error", {}),
    "S21 gateway": ("gateway-after", {}),
    "S22 maintenance": ("maintenance", {}),
    "S27 NaN": ("nan", {}),
    "S29 bomb": ("gzip-bomb", {"megabytes": 17}),
}
LASTING = {
    "S14 redirect": ("redirect", Unreachable, ExitCode.TRY_LATER),
    "S16 signed out": ("unauthorized", NotConnected, ExitCode.NOT_CONNECTED),
    "S17 signed out, as a page": ("unauthorized-html", NotConnected, ExitCode.NOT_CONNECTED),
    "S18 no call left": ("api-limit", ApiLimitReached, ExitCode.TRY_LATER),
    "S20 error": ("server-error", Unreachable, ExitCode.TRY_LATER),
    "S22 maintenance": ("maintenance", Unreachable, ExitCode.TRY_LATER),
    "S30 moved": ("moved", WasfError, ExitCode.FAILED),
    "S32 version gone": ("version-gone", WasfError, ExitCode.FAILED),
}

OPTIONS = OrgOptions(retry=QUICK, timeouts=CALM)


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


@pytest.mark.parametrize(("kind", "options"), TRANSIENT.values(), ids=TRANSIENT)
def test_a_read_that_fails_once_is_asked_again(local, kind, options):
    local.fail(kind, **options)
    org = adapter(local, timeouts=timeouts_with(kind))
    assert org.facts(()).user_id == local.user_id


@pytest.mark.parametrize(("kind", "raised", "code"), LASTING.values(), ids=LASTING)
def test_a_read_that_cannot_be_answered_says_so_and_ends(local, kind, raised, code):
    local.fail(kind, times=0)
    org = adapter(local)
    with pytest.raises(WasfError) as caught:
        org.facts(())
    assert type(caught.value) is raised
    assert caught.value.exit_code is code
    assert caught.value.hint
    assert org.api_calls <= QUICK.attempts


def test_a_sign_in_that_ended_is_asked_about_once(local):
    """simple-salesforce alone would sign in again hundreds of times."""
    stale = adapter(local)
    local.expire_tokens()
    with pytest.raises(NotConnected):
        stale.facts(())
    assert stale.api_calls == 1


def test_what_went_wrong_never_shows_what_was_asked_or_said(local):
    name = "Can" + "ary"  # a traceback shows the lines of this test
    local.add_lead(LastName=name, Phone=ADA)
    for kind in ("server-error", "truncated", "html-after", "reset-before", "moved", "nan"):
        local.heal()
        org = adapter(local)
        org.facts(())
        local.fail(kind, times=0)
        with pytest.raises(WasfError) as caught:
            org.people(PeopleQuery(phones=frozenset({ADA}), names=frozenset({name})))
        told = "".join(traceback.format_exception(caught.value))
        for secret in (name, "3920001", "%1%3", "SELECT", local.access_token, "/services"):
            assert secret not in told


def test_usage_is_read_from_refusals_too(local):
    local.use_api_calls(15_000)
    org = adapter(local)
    with pytest.raises(ApiLimitReached):
        org.facts(())
    assert org.usage is not None
    assert org.usage.limit == 15_000


# Who is signed in


def test_identity_takes_one_call(local):
    org = SalesforceOrg(connection(local), OPTIONS)
    identity = org.identity()
    assert (identity.org_id, identity.user_id) == (local.org_id, local.user_id)
    assert org.identity() == identity
    assert org.api_calls == 1


def test_a_wrong_token_is_no_connection(local):
    org = SalesforceOrg(Connection(local.base_url, Secret("wrong")), OPTIONS)
    with pytest.raises(NotConnected):
        org.identity()
    assert org.api_calls == 1


def test_tls_that_fails_is_unreachable(local):
    address = local.base_url.replace("http://", "https://")
    org = SalesforceOrg(Connection(address, Secret("token")), OPTIONS)
    with pytest.raises(Unreachable):
        org.identity()


def test_archived_and_deleted_tasks_are_found(local):
    who = local.add_contact(LastName="Example")
    keys = [f"{number:026d}" for number in range(3)]
    made = local.add_many(
        "Task", [{"WhoId": who, "Subject": "x", "WhatsApp_Message_Key__c": key} for key in keys]
    )
    local.edit(made[1], IsArchived=True)
    local.delete(made[2])
    found = adapter(local).find_tasks(keys, KeyField("WhatsApp_Message_Key__c", is_unique=True))
    assert found == dict(zip(keys, made, strict=True))


def test_10_000_keys_take_few_calls(local):
    who = local.add_contact(LastName="Example")
    keys = [f"{number:026d}" for number in range(10_000)]
    local.add_many("Task", [{"WhoId": who, "CallObject": key} for key in keys[:3_000]])
    org = adapter(local)
    found = org.find_tasks(keys, KeyField("CallObject", is_unique=False))
    assert len(found) == 3_000
    assert org.api_calls <= 4


def test_10_000_keys_are_asked_for_in_few_queries():
    keys = [TaskKey(f"{number:026d}") for number in range(10_000)]
    found = stored_records.task_ids("CallObject", keys)
    assert len(found) <= 7
    assert all(len(query.text) <= LONGEST_QUERY and query.deleted_too for query in found)


def test_a_sync_stays_within_its_budget_and_counts_as_salesforce_does(local):
    """At most ceil(n/200) + ceil(p/20) + 8 calls for n messages of p people."""
    phones = [Phone(f"+4477009{number:05d}") for number in range(40)]
    local.add_many("Contact", [{"LastName": f"C{phone}", "Phone": phone} for phone in phones])
    org = SalesforceOrg(connection(local), OrgOptions())
    facts = org.facts(["robin@example.com"])
    found = org.people(PeopleQuery(phones=frozenset(phones)))
    tasks = [
        make_task(number, found.contacts[number % 40].id, facts.user_id) for number in range(2_000)
    ]
    batches = [tasks[start : start + 200] for start in range(0, 2_000, 200)]
    assert sum(len(told) for told in org.log_tasks(batches, facts.key_field)) == 2_000
    assert org.api_calls == local.api_calls == 13
    assert org.api_calls <= 2_000 / 200 + 40 / 20 + 8
