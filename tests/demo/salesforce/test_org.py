"""Where an admin's configuration can change a request: each point, by a small customization."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from wasf.demo.salesforce.calls import (
    ApiCall,
    ApiReply,
    ErrorDetail,
    RecordDraft,
    SaveOptions,
    data_call,
    refuse,
)
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.org import Customization, OrgState, Resource
from wasf.demo.salesforce.rest import respond
from wasf.demo.salesforce.seed import OrgSeed, fill
from wasf.demo.salesforce.soql import ParsedQuery
from wasf.demo.salesforce.storage import Row


@pytest.fixture
def org() -> Iterator[OrgState]:
    state = OrgState()
    fill(state, OrgSeed())
    yield state
    state.storage.close()


def call(org: OrgState, method: str, path: str, body: object = None) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    reply = respond(org, data_call(method, f"/services/data/v62.0/{path}", {}, content))
    return reply.body


def add_tasks(org: OrgState, *subjects: str) -> list[Any]:
    records = [{"attributes": {"type": "Task"}, "Subject": subject} for subject in subjects]
    return call(org, "POST", "composite/sobjects", {"records": records})


def subjects(org: OrgState) -> list[object]:
    return [row["Subject"] for row in org.storage.rows('SELECT * FROM "Task" ORDER BY rowid')]


class WithoutPhones(Customization):
    def visible(self, sobject: SObjectType) -> SObjectType | None:
        if sobject.name == "Account":
            return None
        return replace(sobject, fields=tuple(f for f in sobject.fields if f.type != "phone"))


def test_visible(org: OrgState) -> None:
    org.customizations.append(WithoutPhones())
    assert call(org, "GET", "query?q=SELECT Phone FROM Lead")[0]["errorCode"] == "INVALID_FIELD"
    fields = call(org, "GET", "sobjects/Lead/describe")["fields"]
    assert not [field for field in fields if field["type"] == "phone"]
    assert call(org, "GET", "sobjects/Account/describe")[0]["errorCode"] == "NOT_FOUND"
    assert org.stored_sobject("Lead").has("Phone")


class RequiredSubject(Customization):
    """Describe says so; what holds is another thing."""

    def described(self, sobject: SObjectType) -> SObjectType:
        fields = (replace(f, nillable=f.name != "Subject") for f in sobject.fields)
        return replace(sobject, fields=tuple(fields))


def test_described(org: OrgState) -> None:
    org.customizations.append(RequiredSubject())
    fields = call(org, "GET", "sobjects/Task/describe")["fields"]
    assert [field["name"] for field in fields if not field["nillable"]] == ["Subject"]
    assert call(org, "POST", "sobjects/Task", {})["success"]


class SlowLike(Customization):
    def before_query(self, query: ParsedQuery) -> None:
        if "LIKE" in query.text:
            raise refuse("QUERY_TIMEOUT", "Your query request was running for too long.")


def test_before_query(org: OrgState) -> None:
    org.customizations.append(SlowLike())
    slow = call(org, "GET", "query?q=SELECT Id FROM Lead WHERE Phone LIKE '%251'")
    assert slow[0]["errorCode"] == "QUERY_TIMEOUT"
    assert call(org, "GET", "query?q=SELECT Id FROM Lead")["done"]


class Prefix(Customization):
    def before_save(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        for draft in drafts:
            draft.row["Subject"] = f"{draft.row['Id']}: {draft.row['Subject']}"


def test_before_save(org: OrgState) -> None:
    org.customizations.append(Prefix())
    [made] = add_tasks(org, "Call")
    assert subjects(org) == [f"{made['id']}: Call"]


class FewRows(Customization):
    """A trigger that cannot take many rows, and one row that it can never take."""

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        poison = any(draft.row["Subject"] == "poison" for draft in drafts)
        if sobject.name == "Task" and (poison or len(drafts) > 2):
            for draft in drafts:
                text = "System.LimitException: Too many SOQL queries: 101"
                draft.fail(ErrorDetail("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text))


@pytest.mark.parametrize(
    ("given", "logged"),
    [(["a", "b"], ["a", "b"]), (["a", "b", "c"], []), (["a", "poison"], [])],
    ids=["few", "too many", "poison"],
)
def test_check_sees_all_rows_of_a_call(org: OrgState, given: list[str], logged: list[str]) -> None:
    org.customizations.append(FewRows())
    results = add_tasks(org, *given)
    assert [result["success"] for result in results] == [bool(logged)] * len(given)
    assert subjects(org) == logged


class CloseTasks(Customization):
    """A flow that touches each new Task."""

    def __init__(self, org: OrgState) -> None:
        self.org = org

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        if sobject.name == "Task":
            for row in rows:
                self.org.storage.update("Task", str(row["Id"]), {"Subject": "touched"})


def test_after_save(org: OrgState) -> None:
    org.customizations.append(CloseTasks(org))
    add_tasks(org, "a", "b")
    assert subjects(org) == ["touched", "touched"]


class Weather(Customization):
    @property
    def resources(self) -> Mapping[str, Resource]:
        return {"weather": self.answer}

    def answer(self, call: ApiCall) -> ApiReply:
        return ApiReply(200, {"at": call.segments[1]})


def test_resources(org: OrgState) -> None:
    org.customizations.append(Weather())
    assert call(org, "GET", "weather/Lyon") == {"at": "Lyon"}
    assert call(org, "GET", "")["weather"] == "/services/data/v62.0/weather"


def test_they_are_asked_in_their_order(org: OrgState) -> None:
    class Refuses(Customization):
        def __init__(self, code: str) -> None:
            self.code = code

        def check(
            self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
        ) -> None:
            for draft in drafts:
                draft.fail(ErrorDetail(self.code, "no"))

    org.customizations += [Refuses("FIRST"), Refuses("SECOND")]
    [result] = add_tasks(org, "a")
    assert [error["statusCode"] for error in result["errors"]] == ["FIRST"]
