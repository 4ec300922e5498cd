"""What Salesforce refuses in a record, one table row for each rule."""

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd"}
NO_SUCH = "0035e0000000zzzAAA"


def case(code: str, message: str, fields: list[str], *, id: str, **values: object):  # noqa: A002
    return pytest.param(values, code, message, fields, id=id)


@pytest.mark.parametrize(
    ("values", "code", "message", "fields"),
    [
        case("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"],
             LastName=None, id="required-null"),
        case("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"],
             LastName="  ", id="required-blank"),
        case("STRING_TOO_LONG", "First Name: data value too large: " + "x" * 41
             + " (max length=40)", ["FirstName"], FirstName="x" * 41, id="too-long"),
        case("STRING_TOO_LONG", "First Name: data value too large: " + "😀" * 21
             + " (max length=40)", ["FirstName"], FirstName="😀" * 21, id="emoji-counts-twice"),
        case("INVALID_FIELD_FOR_INSERT_UPDATE",
             "Unable to create/update fields: CreatedDate. Please check the security settings of "
             "this field and verify that it is read/write for your profile or permission set.",
             ["CreatedDate"], CreatedDate="2026-01-01T00:00:00Z", id="read-only"),
        case("NUMBER_OUTSIDE_VALID_RANGE",
             "Employees: value outside of valid range on numeric field: 3000000000",
             ["NumberOfEmployees"], NumberOfEmployees=3_000_000_000, id="number-too-large"),
        case("INVALID_EMAIL_ADDRESS", "Email: invalid email address: a@b", ["Email"],
             Email="a@b", id="email"),
        case("MALFORMED_ID", "Owner ID: id value of incorrect type: robin", ["OwnerId"],
             OwnerId="robin", id="malformed-id"),
        case("MALFORMED_ID", "Owner ID: id value of incorrect type: 0055e0000000001AAB",
             ["OwnerId"], OwnerId="0055e0000000001AAB", id="wrong-checksum"),
        case("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["OwnerId"],
             OwnerId="0055e0000000zzzAAA", id="dead-owner"),
    ],
)  # fmt: skip
def test_refused_leads(api: Api, values, code, message, fields) -> None:
    problem = api.refused("Lead", **(LEAD | values))
    assert problem == {"status": 400, "errorCode": code, "message": message, "fields": fields}
    assert api.org.count("Lead") == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"Nonsense": 1}, "No such column 'Nonsense' on sobject of type Lead",
                     id="unknown-field"),
        pytest.param({"HomePhone": "1"}, "No such column 'HomePhone' on sobject of type Lead",
                     id="field-of-contacts"),
        pytest.param({"Id": "00Q5e0000000001EAA"},
                     "The Id field should not be specified in the sobject data.", id="id"),
    ],
)  # fmt: skip
def test_fields_that_are_not_there(api: Api, values, said) -> None:
    answer = api.post("sobjects/Lead", LEAD | values)
    assert answer.status_code == 400
    assert answer.json() == [{"message": said, "errorCode": "INVALID_FIELD"}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"LastName": 5}', id="number-for-text"),
        pytest.param('{"LastName": {}}', id="object-for-text"),
        pytest.param('{"LastName": ["x"]}', id="list-for-text"),
        pytest.param('{"LastName": "x", "IsUnreadByOwner": "maybe"}', id="word-for-boolean"),
        pytest.param('{"LastName": "x", "NumberOfEmployees": "many"}', id="word-for-number"),
        pytest.param('{"LastName": "x", "NumberOfEmployees": 1.5}', id="fraction-for-int"),
        pytest.param('{"LastName": "\\u0000"}', id="nul"),
        pytest.param('{"LastName": "a\\u001bb"}', id="escape-character"),
        pytest.param('{"LastName": "\\ud83d"}', id="lone-surrogate"),
        pytest.param('{"LastName": "a\x07"}', id="raw-control-character"),
        pytest.param('{"LastName": NaN}', id="nan"),
        pytest.param('{"LastName": "x"', id="cut"),
        pytest.param("[]", id="list-for-record"),
        pytest.param("", id="empty"),
        pytest.param(b'{"LastName": "\xff"}', id="not-utf-8"),
    ],
)
def test_bodies_that_cannot_be_read(api: Api, body) -> None:
    answer = api.post("sobjects/Lead", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({"FirstName": ""}, {"FirstName": None}, id="empty-is-null"),
        pytest.param({"FirstName": " Ada "}, {"FirstName": "Ada"}, id="blanks-around"),
        pytest.param({"firstname": "Ada"}, {"FirstName": "Ada"}, id="names-in-any-case"),
        pytest.param({"Email": "ADA@Example.com"}, {"Email": "ada@example.com"}, id="email-lower"),
        pytest.param({"Status": "Nonsense"}, {"Status": "Nonsense"}, id="open-picklist"),
        pytest.param({"Status": None}, {"Status": "Open - Not Contacted"}, id="default"),
        pytest.param({"NumberOfEmployees": "10000"}, {"NumberOfEmployees": 10000}, id="int-text"),
        pytest.param({"FirstName": "😀" * 20}, {"FirstName": "😀" * 20}, id="just-fits"),
        pytest.param({"Description": "a\nb\tc"}, {"Description": "a\nb\tc"}, id="line-breaks"),
        pytest.param({"FirstName": "Ada"}, {"Name": "Ada Example"}, id="name"),
    ],
)
def test_what_is_kept(api: Api, given, kept) -> None:
    record = api.create("Lead", **(LEAD | given))
    shown = api.get(f"sobjects/Lead/{record}").json()
    assert {name: shown[name] for name in kept} == kept


def test_restricted_picklist(api: Api) -> None:
    problem = api.refused("Task", CallType="Shout")
    assert problem["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert problem["message"] == "Call Type: bad value for restricted picklist field: Shout"


def test_task_text_may_have_32000_units(api: Api) -> None:
    api.create("Task", Description="x" * 32_000)
    assert api.refused("Task", Description="😀" * 16_001)["errorCode"] == "STRING_TOO_LONG"


def test_task_defaults(api: Api) -> None:
    (row,) = api.org.rows("Task", Id=api.create("Task", Subject="Hello"))
    wanted = {
        "Status": "Not Started", "Priority": "Normal", "OwnerId": api.org.user_id,
        "IsClosed": False, "IsArchived": False, "CompletedDateTime": None, "TaskSubtype": "Task",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_a_closed_task_is_stamped_and_told_to_its_person(api: Api) -> None:
    who = api.org.add_contact(LastName="Example")
    task = api.create("Task", WhoId=who[:15], Status="Completed", ActivityDate="2026-01-02")
    (row,) = api.org.rows("Task", Id=task)
    assert (row["IsClosed"], row["WhoId"]) == (True, who)
    assert row["CompletedDateTime"] == row["CreatedDate"]
    assert api.org.rows("Contact", Id=who)[0]["LastActivityDate"] == "2026-01-02"


def test_who_may_a_task_be_for(org: LocalOrg, api: Api) -> None:
    lead, contact = org.add_lead(LastName="L"), org.add_contact(LastName="C")
    gone, converted = org.add_contact(LastName="G"), org.add_lead(LastName="V")
    account = org.add("Account", Name="A")
    org.delete(gone)
    org.convert_lead(converted)
    codes = {
        name: api.post("sobjects/Task", body).json()
        for name, body in {
            "lead": {"WhoId": lead}, "contact": {"WhoId": contact, "WhatId": account},
            "gone": {"WhoId": gone}, "never": {"WhoId": NO_SUCH}, "user": {"WhoId": org.user_id},
            "lead-and-account": {"WhoId": lead, "WhatId": account},
            "converted": {"WhoId": converted},
        }.items()
    }  # fmt: skip
    found = {
        name: "ok" if isinstance(body, dict) else body[0]["errorCode"]
        for name, body in codes.items()
    }
    assert found == {
        "lead": "ok", "contact": "ok", "gone": "INVALID_CROSS_REFERENCE_KEY",
        "never": "INVALID_CROSS_REFERENCE_KEY", "user": "FIELD_INTEGRITY_EXCEPTION",
        "lead-and-account": "FIELD_INTEGRITY_EXCEPTION",
        "converted": "CANNOT_UPDATE_CONVERTED_LEAD",
    }  # fmt: skip


def test_an_inactive_user_owns_nothing_new(org: LocalOrg, api: Api) -> None:
    user = org.add_user(LastName="Left", Email="left@example.com", IsActive=False)
    problem = api.refused("Lead", **LEAD, OwnerId=user)
    assert problem["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert problem["message"] == f"operation performed with inactive user [{user}] as owner of lead"


def test_a_record_of_an_inactive_user_can_still_be_changed(org: LocalOrg, api: Api) -> None:
    user = org.add_user(LastName="Left", Email="left@example.com", IsActive=False)
    theirs, ours = org.add_lead(LastName="x", OwnerId=user), org.add_lead(LastName="x")
    assert api.patch(f"sobjects/Lead/{theirs}", {"FirstName": "Ada"}).status_code == 204
    answer = api.patch(f"sobjects/Lead/{ours}", {"OwnerId": user})
    assert answer.json()[0]["errorCode"] == "INACTIVE_OWNER_OR_USER"
