"""The adapter against a recorded exchange, with no server at all.

`WASF_RECORD=1 pytest tests/salesforce/test_cassettes.py` records it again from the local org.
Tokens, hosts, names, numbers and texts never reach the file.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cassettes import RECORDING, Cassette
from tests.salesforce.worlds import ADA, CALM, QUICK, connection, make_lead, make_task
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import Secret
from wasf.core.records import PeopleQuery, TaskKey
from wasf.interfaces import KeyField, LeadWritten, TaskLogged, TaskRefused
from wasf.salesforce.connection import Connection
from wasf.salesforce.org import OrgOptions, SalesforceOrg

TESTS = Path(__file__).parents[1]
HOST = "https://example.my.salesforce.com"
OPTIONS = OrgOptions(in_flight=1, retry=QUICK, timeouts=CALM)

_DESCRIBED = ("name", "type", "length", "createable", "filterable", "unique")


def _address(asked: str) -> str:
    return HOST + re.sub(r"\?.*", "", re.sub(r"^https?://[^/]+", "", asked))


def _replaced(value):
    """Of a describe only what the adapter reads; no address of a server of ours."""
    if isinstance(value, str):
        return re.sub(r"https?://[0-9.]+:\d+", HOST, value)
    if isinstance(value, dict) and "fields" in value and "queryable" in value:
        fields = [{name: one[name] for name in _DESCRIBED} for one in value["fields"]]
        kept = ("name", "createable", "queryable")
        return {**{name: value[name] for name in kept}, "fields": fields}
    return None


CASSETTE = Cassette(
    Path(__file__).parent / "cassettes" / "sync.json",
    _address,
    headers=frozenset({"content-type", "sforce-limit-info"}),
    private=frozenset(
        {
            *("Name", "FirstName", "LastName", "Phone", "MobilePhone", "HomePhone", "OtherPhone"),
            *("Description", "Subject", "Email", "Username"),
        }
    ),
    replaced=_replaced,
)


@pytest.fixture
def org():
    """The adapter, with a recorded org at its other end."""
    if not RECORDING:
        with CASSETTE.played():
            yield SalesforceOrg(Connection(HOST, Secret("any")), OPTIONS)
        return
    with LocalOrg.start() as local, CASSETTE.recorded():
        local.add_key_field()
        local.add_contact(FirstName="Ada", LastName="Example", Phone="0171 3920001")
        local.add_validation_rule("Task", "Subject", "No.", "refused")
        yield SalesforceOrg(connection(local), OPTIONS)


def test_a_sync_from_its_recording(org):
    identity = org.identity()
    assert identity.org_id.startswith("00D")
    facts = org.facts(["robin@example.com"])
    assert facts.user_id == identity.user_id
    assert facts.key_field == KeyField("WhatsApp_Message_Key__c", is_unique=True)
    assert [status.api_name for status in facts.task_statuses if status.is_closed] == ["Completed"]
    assert [user.id for user in facts.users] == [identity.user_id]

    found = org.people(PeopleQuery(phones=frozenset({ADA})))
    assert len(found.contacts) == 1
    [lead] = org.create_leads([make_lead("Example", ADA, facts.user_id)])
    assert isinstance(lead, LeadWritten)

    tasks = [
        replace(make_task(0, found.contacts[0].id, facts.user_id), key=TaskKey(sign * 26))
        for sign in "abc"
    ]
    tasks[2] = replace(tasks[2], subject="refused")
    [first] = org.log_tasks([tasks], facts.key_field)
    assert [type(outcome) for outcome in first] == [TaskLogged, TaskLogged, TaskRefused]
    [again] = org.log_tasks([tasks[:2]], facts.key_field)
    assert again == first[:2]
    assert org.find_tasks([task.key for task in tasks], facts.key_field) == {
        outcome.key: outcome.task_id for outcome in first[:2]
    }
    assert org.api_calls == 7
    assert org.usage is not None
    assert org.usage.limit == 15_000


SECRETS = {
    "a token": r"00D\w{12}!|[Bb]earer|[Aa]uthorization|eyJ[\w-]{10,}",
    "a host of ours": r"127\.0\.0\.1|localhost|\[::1\]",
    "a mail address": r"[\w.+-]+@[\w-]+\.\w+",
    "a phone number": r"\+?\(?\d[\d ()/.%-]{5,}\d",
}
HARMLESS = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+0000|Z)"  # a moment
    r"|\b0[0-9A-Za-z]{2}5e[0-9A-Za-z]{10}(?:[0-9A-Za-z]{3})?\b"  # a record id
    r"|api-usage=\d+/\d+"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000"  # a moment as the chat API writes it
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # a message's id
    r"|(?<=[/ ])100\d{4}\b"  # a chat's number in our own chat API
    r"|\+?44000000\d{4}(?::7)?(?:(?:@|%40)(?:s\.whatsapp\.net|c\.us))?"  # stands for a number
    r"|\b9900\d{10}(?=@lid)"  # a hidden id of our own servers
    r"|\b17\d{8}(?:\.0|\d{3})?\b"  # a moment in seconds or milliseconds
    r"|\b2147483647\b|\bcmexampledbid\d{12}\b|3EB0[0-9A-F]{10}\b"  # no limit, ids of messages
)


@pytest.mark.parametrize("pattern", SECRETS.values(), ids=SECRETS)
def test_no_cassette_holds(pattern):
    cassettes = sorted(TESTS.rglob("cassettes/*"))
    assert cassettes
    for cassette in cassettes:
        text = HARMLESS.sub("", cassette.read_text(encoding="utf-8"))
        assert not re.search(pattern, text), cassette.name


@pytest.mark.parametrize("name", SECRETS)
def test_the_search_for_secrets_finds_them(name):
    samples = {
        "a token": "authorization: Bearer 00D5e0000000001!AQ4AQ",
        "a host of ours": "http://127.0.0.1:8080/",
        "a mail address": "robin@example.com",
        "a phone number": '"Phone": "0171 3920001"',
    }
    assert re.search(SECRETS[name], HARMLESS.sub("", samples[name]))
