"""What an admin can switch: rules, fields, rights, status lists, users."""

import pytest

from tests.servers.salesforce import LINK_FIELD, LocalOrg
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd", "Phone": "+44 7700 900123"}


def described(api: Api, kind: str) -> dict[str, dict]:
    return {f["name"]: f for f in api.get(f"sobjects/{kind}/describe").json()["fields"]}


class TestAssignment:
    """An assignment rule takes the Lead away unless told not to."""

    @pytest.mark.parametrize(
        ("headers", "taken"),
        [
            ({}, True),
            ({"Sforce-Auto-Assign": "TRUE"}, True),
            ({"Sforce-Auto-Assign": "false"}, False),
        ],
        ids=["unsaid", "true", "false"],
    )  # fmt: skip
    def test_new_and_changed(self, org: LocalOrg, api: Api, headers, taken) -> None:
        other = org.add_user(LastName="Rule", Email="rule@example.com")
        old = org.add_lead(**LEAD)
        org.set(assignment_owner=other)
        new = api.post("sobjects/Lead", LEAD, headers=headers).json()["id"]
        api.patch(f"sobjects/Lead/{old}", {"FirstName": "x"}, headers=headers)
        owners = {org.rows("Lead", Id=record)[0]["OwnerId"] for record in (new, old)}
        assert owners == {other if taken else org.user_id}


@pytest.mark.parametrize("kind", ["Lead", "Task"])
def test_validation_rules(org: LocalOrg, api: Api, kind: str) -> None:
    field = {"Lead": "FirstName", "Task": "Subject"}[kind]
    org.add_validation_rule(kind, field, "No tests here", "(?i)test")
    problem = api.refused(kind, **(LEAD if kind == "Lead" else {}), **{field: "a Test"})
    assert problem == {
        "status": 400, "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "message": "No tests here", "fields": [],
    }  # fmt: skip
    org.add_validation_rule(kind, field, "Say something", None)
    assert api.refused(kind, **(LEAD if kind == "Lead" else {}))["message"] == "Say something"


def test_a_required_custom_field(org: LocalOrg, api: Api) -> None:
    org.require_field("Lead", "Region__c")
    assert api.refused("Lead", **LEAD)["message"] == "Required fields are missing: [Region__c]"
    assert described(api, "Lead")["Region__c"]["nillable"] is False
    api.create("Lead", **LEAD, Region__c="North")


def test_a_field_for_the_chat(org: LocalOrg, api: Api) -> None:
    name = org.add_link_field()
    record = api.create("Lead", **LEAD, **{name: "https://wa.me/447700900123"})
    assert name == LINK_FIELD
    assert org.rows("Lead", Id=record)[0][name] == "https://wa.me/447700900123"
    assert (described(api, "Lead")[name]["type"], described(api, "Lead")[name]["custom"]) == (
        "url", True,
    )  # fmt: skip


def test_the_key_field_in_describe(org: LocalOrg, api: Api) -> None:
    assert "WhatsApp_Message_Key__c" not in described(api, "Task")
    field = (
        described(api, "Task").get(org.add_key_field())
        or described(api, "Task")["WhatsApp_Message_Key__c"]
    )
    wanted = {
        "type": "string", "length": 64, "unique": True, "externalId": True, "idLookup": True,
        "caseSensitive": False, "filterable": True, "createable": True, "nillable": True,
    }  # fmt: skip
    assert {name: field[name] for name in wanted} == wanted


def test_hidden_fields_are_not_there(org: LocalOrg, api: Api) -> None:
    org.set(hidden_fields=["Lead.Phone"])
    assert "Phone" not in described(api, "Lead")
    assert api.query_error("SELECT Phone FROM Lead")[0] == "INVALID_FIELD"
    assert api.refused("Lead", **LEAD)["errorCode"] == "INVALID_FIELD"
    record = org.add_lead(**LEAD)
    assert "Phone" not in api.get(f"sobjects/Lead/{record}").json()


def test_read_only_fields(org: LocalOrg, api: Api) -> None:
    org.set(read_only_fields=["Lead.Phone"])
    assert api.refused("Lead", **LEAD)["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert described(api, "Lead")["Phone"]["createable"] is False


def test_objects_without_the_right(org: LocalOrg, api: Api) -> None:
    org.set(no_create=["Task"], hidden_sobjects=["Contact"])
    assert api.get("sobjects/Task/describe").json()["createable"] is False
    assert api.refused("Task")["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    (outcome,) = api.collection("Task", [{}])
    assert outcome["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert api.get("sobjects/Contact/describe").status_code == 404
    assert api.query_error("SELECT Id FROM Contact")[0] == "INVALID_TYPE"
    names = {each["name"] for each in api.get("sobjects").json()["sobjects"]}
    assert ("Contact" in names, "Task" in names) == (False, True)


def test_status_lists(org: LocalOrg, api: Api) -> None:
    soql = "SELECT ApiName, MasterLabel, IsDefault, IsConverted FROM LeadStatus ORDER BY SortOrder"
    assert [row["ApiName"] for row in api.query(soql)] == [
        "Open - Not Contacted", "Working - Contacted", "Closed - Converted",
        "Closed - Not Converted",
    ]  # fmt: skip
    org.lead_statuses([
        {"ApiName": "Neu", "MasterLabel": "Neu (Standard)", "IsDefault": True},
        {"ApiName": "Weg"}, {"ApiName": "Kunde", "IsConverted": True},
    ])  # fmt: skip
    assert [row["MasterLabel"] for row in api.query(soql)] == ["Neu (Standard)", "Weg", "Kunde"]
    lead = api.create("Lead", **LEAD)
    assert org.rows("Lead", Id=lead)[0]["Status"] == "Neu"
    org.convert_lead(lead)
    assert org.rows("Lead", Id=lead)[0]["Status"] == "Kunde"
    assert described(api, "Lead")["Status"]["picklistValues"][0]["label"] == "Neu (Standard)"


def test_task_statuses(org: LocalOrg, api: Api) -> None:
    org.task_statuses([{"ApiName": "Offen", "IsDefault": True}, {"ApiName": "Erledigt",
                                                                "IsClosed": True}])  # fmt: skip
    (row,) = org.rows("Task", Id=api.create("Task", Status="Completed"))
    assert row["IsClosed"] is False
    (row,) = org.rows("Task", Id=api.create("Task", Status="Erledigt"))
    assert row["IsClosed"] is True


def test_status_lists_cannot_be_written(api: Api) -> None:
    problem = api.refused("LeadStatus", MasterLabel="x")
    assert problem["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_users(org: LocalOrg, api: Api) -> None:
    for name, kind, active in (
        ("A", "Standard", True), ("B", "CspLitePortal", True),
        ("C", "AutomatedProcess", True), ("D", "Standard", False),
    ):  # fmt: skip
        org.add_user(LastName=name, Email="team@example.com", UserType=kind, IsActive=active,
                     Username=f"{name}@example.com")  # fmt: skip
    soql = "SELECT LastName FROM User WHERE Email = 'Team@example.com'"
    assert len(api.query(soql)) == 4
    found = api.query(f"{soql} AND IsActive = true AND UserType = 'Standard'")
    assert [row["LastName"] for row in found] == ["A"]


def test_tasks_of_others_are_hidden(org: LocalOrg, api: Api) -> None:
    """A key that a hidden Task has is refused all the same, without its id."""
    org.add_key_field()
    other = org.add_user(LastName="Yo", Email="yo@example.com")
    contact = org.add_contact(LastName="Example")
    task = api.create("Task", WhoId=contact, OwnerId=other, WhatsApp_Message_Key__c="k")
    own = api.create("Task", WhoId=contact)
    org.set(private_tasks=True)
    assert [row["Id"] for row in api.query("SELECT Id FROM Task")] == [own]
    assert api.get(f"sobjects/Task/{task}").json()[0]["errorCode"] == "NOT_FOUND"
    found = api.get(f"composite/sobjects/Task?ids={task},{own}&fields=Id").json()
    assert [one and one["Id"] for one in found] == [None, own]
    refused = api.refused("Task", WhoId=contact, WhatsApp_Message_Key__c="K")
    assert refused["errorCode"] == "DUPLICATE_VALUE"
    assert refused["message"].endswith("duplicates value on record with id: <unknown>")


@pytest.mark.parametrize("may", [True, False])
def test_created_date_is_given_by_who_may(org: LocalOrg, api: Api, may: bool) -> None:
    org.set(sets_created_date=may)
    described = {one["name"]: one for one in api.get("sobjects/Task/describe").json()["fields"]}
    created = described["CreatedDate"]
    assert (created["createable"], created["updateable"]) == (may, False)
    fields = {"WhoId": org.add_contact(LastName="Example"), "CreatedDate": "2024-02-01T14:04:00Z"}
    if not may:
        refused = api.refused("Task", **fields)
        assert refused["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
        return
    task = api.create("Task", **fields)
    [row] = org.rows("Task", Id=task)
    assert row["CreatedDate"].startswith("2024-02-01T14:04:00.000")
    assert row["LastModifiedDate"] == row["SystemModstamp"] > row["CreatedDate"]
