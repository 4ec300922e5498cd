"""Rounds of `wasf listen` in one process: what changes in Salesforce between two of them counts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.end_to_end.webhook_load import meta_body, phone_of
from tests.servers.salesforce import LocalOrg
from wasf.app import App
from wasf.cli.listen import sync_once
from wasf.cli.main import StopRequests
from wasf.errors import ApiLimitReached
from wasf.interfaces import Received
from wasf.listener import SyncOutcome

ADA = phone_of(0)
INSERT, LOOK = "sobjects", "composite"


class Rounds:
    """A listener that knows one person: her messages come as webhooks, one in each round."""

    def __init__(self, org: LocalOrg, home: str) -> None:
        self.org = org
        environment = {
            "WASF_HOME": home,
            "WASF_INSTANCE_URL": org.base_url,
            "WASF_ACCESS_TOKEN": org.access_token,
            "WASF_TIMEZONE": "Europe/London",
            "WASF_API_RESERVE": "10",
        }
        self.app = App(environment, StopRequests())
        self.place = self.app.ledger_place(self.app.known_org(self.app.settings()).org_id)
        self.taken = 0

    def round(self) -> SyncOutcome:
        """One more message of her comes, and is synced."""
        body = meta_body(self.taken * 50)  # the bodies of one person
        self.taken += 1
        with self.place.inbox() as inbox:
            inbox.put([Received("meta", datetime.now(UTC), body)])
        return self.sync()

    def sync(self, *, polled: bool = False) -> SyncOutcome:
        self.org.forget_requests()
        return sync_once(self.app, "", self.org.org_id, polled, lambda: None)

    def calls(self) -> list[str]:
        """The last words of the addresses of the last round's calls."""
        return [one.path.partition("?")[0].rpartition("/")[2] for one in self.org.requests]

    def tasks(self) -> list[str]:
        """The records of all Tasks, in the order they were written."""
        return [str(row["WhoId"]) for row in self.org.rows("Task", IsDeleted=False)]


@pytest.fixture
def rounds(org: LocalOrg, tmp_path) -> Rounds:
    return Rounds(org, str(tmp_path / "home"))


def a_lead(org: LocalOrg) -> str:
    return org.add("Lead", LastName="Example", Company="Example", Phone=ADA)


def knowing(rounds: Rounds) -> None:
    assert rounds.round().error is None
    assert len(rounds.tasks()) == rounds.taken == 1


def test_calls_where_nothing_changes(rounds: Rounds, org: LocalOrg) -> None:
    ada = org.add_contact(LastName="Example", Phone=ADA)
    knowing(rounds)
    assert rounds.round().logged == 1
    assert rounds.calls() == [INSERT]
    assert rounds.tasks() == [ada, ada]


def test_calls_for_a_lead(rounds: Rounds, org: LocalOrg) -> None:
    lead = a_lead(org)
    knowing(rounds)
    assert rounds.round().logged == 1
    assert rounds.calls() == [LOOK, INSERT]
    assert rounds.tasks() == [lead, lead]


def deleted(org: LocalOrg, record: str) -> str:
    org.delete(record)
    return org.add_contact(LastName="Else", Phone=ADA)


def merged(org: LocalOrg, record: str) -> str:
    other = a_lead(org) if record.startswith("00Q") else org.add_contact(LastName="Else")
    org.merge(other, record)
    return other


def converted(org: LocalOrg, record: str) -> str:
    return org.convert_lead(record)


def converted_where_they_may_be_edited(org: LocalOrg, record: str) -> str:
    org.set(edit_converted_leads=True)
    return org.convert_lead(record)


def closed(org: LocalOrg, record: str) -> str:
    org.edit(record, Status="Closed - Not Converted")
    return record


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Contact", deleted),
        ("Contact", merged),
        ("Lead", deleted),
        ("Lead", merged),
        ("Lead", converted),
        ("Lead", converted_where_they_may_be_edited),
        ("Lead", closed),
    ],
)
def test_what_changed_just_now_is_met_in_the_same_round(
    rounds: Rounds, org: LocalOrg, kind: str, change: Callable[[LocalOrg, str], str]
) -> None:
    record = a_lead(org) if kind == "Lead" else org.add_contact(LastName="Example", Phone=ADA)
    knowing(rounds)
    right = change(org, record)
    outcome = rounds.round()
    assert (outcome.error, outcome.logged) == (None, 1)
    assert rounds.tasks()[-1] == right
    assert org.count("Task") + (change is deleted) == 2
    assert change is not closed or org.rows("Lead")[0]["Status"] == "Open - Not Contacted"
    assert rounds.round().logged == 1
    assert rounds.tasks()[-1] == right


def test_the_reserve_is_left_to_others(rounds: Rounds, org: LocalOrg) -> None:
    org.add_contact(LastName="Example", Phone=ADA)
    knowing(rounds)
    org.set(daily_limit=30)
    org.use_api_calls(25)
    rounds.round()  # it learns that the reserve is in use
    for _ in range(2):
        assert isinstance(rounds.round().error, ApiLimitReached)
        assert INSERT not in rounds.calls()
    org.use_api_calls(0)
    assert rounds.sync(polled=True).error is None
    assert len(rounds.tasks()) == rounds.taken
