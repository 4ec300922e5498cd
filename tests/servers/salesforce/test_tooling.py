"""Custom fields, permission sets and what they let a user see: the way an admin's tool goes."""

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

NAME = "Key__c"
FULL = f"Task.{NAME}"
TEXT = {
    "type": "Text", "label": "Key", "length": 64, "externalId": True, "unique": True,
    "caseSensitive": False, "required": False,
}  # fmt: skip
CUSTOM_FIELD = "tooling/sobjects/CustomField"


def make_field(api: Api, full_name: str = f"Activity.{NAME}", **metadata: object) -> dict:
    answer = api.post(CUSTOM_FIELD, {"FullName": full_name, "Metadata": TEXT | metadata})
    assert answer.status_code == 201, answer.text
    return answer.json()


def make_set(api: Api) -> str:
    return api.create("PermissionSet", Name="Key_Set", Label="Key set")


def grant(api: Api, set_id: str, *, edit: bool = True, field: str = FULL) -> str:
    return api.create("FieldPermissions", ParentId=set_id, SobjectType="Task", Field=field,
                      PermissionsRead=True, PermissionsEdit=edit)  # fmt: skip


def assign(api: Api, set_id: str) -> str:
    return api.create("PermissionSetAssignment", PermissionSetId=set_id,
                      AssigneeId=api.org.user_id)  # fmt: skip


def described(api: Api) -> dict:
    fields = api.get("sobjects/Task/describe").json()["fields"]
    return {field["name"]: field for field in fields}.get(NAME, {})


def in_tooling(api: Api, soql: str) -> list[dict]:
    answer = api.get("tooling/query", params={"q": soql})
    assert answer.status_code == 200, answer.text
    return answer.json()["records"]


def test_a_new_field_is_invisible_until_a_permission_set_is_assigned(api: Api) -> None:
    assert set(make_field(api)) == {"id", "success", "errors", "warnings", "infos"}
    assert described(api) == {}
    assert api.refused("Task", **{NAME: "k"})["errorCode"] == "INVALID_FIELD"
    assert api.query_error(f"SELECT {NAME} FROM Task")[0] == "INVALID_FIELD"
    set_id = make_set(api)
    grant(api, set_id)
    assert described(api) == {}
    assign(api, set_id)
    shown = described(api)
    assert (shown["type"], shown["length"], shown["unique"]) == ("string", 64, True)
    assert (shown["externalId"], shown["filterable"], shown["createable"]) == (True, True, True)
    api.create("Task", **{NAME: "k"})
    twin = api.refused("Task", **{NAME: "K"})
    assert twin["errorCode"] == "DUPLICATE_VALUE"
    assert NAME in twin["message"]


def test_reading_is_not_editing(api: Api) -> None:
    make_field(api)
    set_id = make_set(api)
    granted = grant(api, set_id, edit=False)
    assign(api, set_id)
    assert (described(api)["createable"], described(api)["updateable"]) == (False, False)
    assert api.refused("Task", **{NAME: "k"})["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    api.patch(f"sobjects/FieldPermissions/{granted}", {"PermissionsEdit": True})
    assert described(api)["createable"]


@pytest.mark.parametrize("kind", ["PermissionSet", "FieldPermissions", "PermissionSetAssignment"])
def test_what_is_taken_away_no_longer_grants(api: Api, kind: str) -> None:
    make_field(api)
    set_id = make_set(api)
    made = {"PermissionSet": set_id, "FieldPermissions": grant(api, set_id),
            "PermissionSetAssignment": assign(api, set_id)}  # fmt: skip
    assert described(api)
    assert api.call("DELETE", f"sobjects/{kind}/{made[kind]}").status_code == 204
    assert described(api) == {}
    assert api.call("DELETE", f"sobjects/{kind}/{made[kind]}").status_code == 404


def test_a_custom_field_is_found_and_told_of(api: Api, org: LocalOrg) -> None:
    org.add_key_field("Admins__c")
    made = make_field(api)["id"]
    soql = "SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Activity'"
    assert {row["DeveloperName"] for row in in_tooling(api, soql)} == {"Admins", "Key"}
    [row] = in_tooling(api, f"{soql} AND DeveloperName = 'Key'")
    assert row["Id"] == made
    assert f"/tooling/sobjects/CustomField/{made}" in row["attributes"]["url"]
    about = api.get(f"{CUSTOM_FIELD}/{made}").json()
    assert about["FullName"] == f"Activity.{NAME}"
    assert about["Metadata"] == TEXT


def test_the_two_apis_know_different_objects(api: Api) -> None:
    assert api.query_error("SELECT Id FROM CustomField")[0] == "INVALID_TYPE"
    assert api.get("sobjects/CustomField/describe").status_code == 404
    wrong = api.get("tooling/query", params={"q": "SELECT Id FROM Task"})
    assert wrong.json()[0]["errorCode"] == "INVALID_TYPE"
    assert api.get("tooling/sobjects/Task").status_code == 404


WRONG_FIELDS: dict[str, tuple[str, dict[str, object], str]] = {
    "there already": (f"Activity.{NAME}", {}, "DUPLICATE_DEVELOPER_NAME"),
    "there in other letters": (f"Activity.{NAME.upper()[:-1]}c", {}, "DUPLICATE_DEVELOPER_NAME"),
    "on Task": ("Task.New__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    "on nothing": ("Nothing.New__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    "no suffix": ("Activity.New", {}, "FIELD_INTEGRITY_EXCEPTION"),
    "long name": (f"Activity.{'n' * 41}__c", {}, "FIELD_INTEGRITY_EXCEPTION"),
    "no length": ("Activity.New__c", {"length": None}, "REQUIRED_FIELD_MISSING"),
    "too long": ("Activity.New__c", {"length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
    "unknown word": ("Activity.New__c", {"uniqe": True}, "INVALID_FIELD"),
}


@pytest.mark.parametrize("case", WRONG_FIELDS)
def test_fields_that_cannot_be_made(api: Api, case: str) -> None:
    make_field(api)
    name, metadata, code = WRONG_FIELDS[case]
    answer = api.post(CUSTOM_FIELD, {"FullName": name, "Metadata": TEXT | metadata})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_an_object_has_room_for_so_many_fields(api: Api, org: LocalOrg) -> None:
    org.set(custom_field_limit=1)
    make_field(api)
    answer = api.post(CUSTOM_FIELD, {"FullName": "Activity.More__c", "Metadata": TEXT})
    assert answer.json()[0]["errorCode"] == "CUSTOM_ENTITY_OR_FIELD_LIMIT"


def test_twins_are_refused(api: Api) -> None:
    make_field(api)
    set_id = make_set(api)
    grant(api, set_id)
    assign(api, set_id)
    twin = api.refused("PermissionSet", Name="Key_Set", Label="Another")
    assert twin["errorCode"] == "DUPLICATE_DEVELOPER_NAME"
    twin = api.refused("FieldPermissions", ParentId=set_id, SobjectType="Task", Field=FULL,
                       PermissionsRead=True)  # fmt: skip
    assert twin["errorCode"] == "DUPLICATE_VALUE"
    twin = api.refused("PermissionSetAssignment", PermissionSetId=set_id,
                       AssigneeId=api.org.user_id)  # fmt: skip
    assert twin["errorCode"] == "DUPLICATE_VALUE"


@pytest.mark.parametrize(
    ("field", "edit", "code"),
    [
        ("Task.Nothing__c", False, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Task.Status", False, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.Phone", False, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Key__c", False, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (FULL, True, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_field_permissions_that_cannot_be(api: Api, field: str, edit: bool, code: str) -> None:
    make_field(api)
    wrong = api.refused("FieldPermissions", ParentId=make_set(api), SobjectType="Task",
                        Field=field, PermissionsEdit=edit)  # fmt: skip
    assert wrong["errorCode"] == code


def test_assignments_name_a_set_and_a_user(api: Api) -> None:
    set_id = make_set(api)
    for ids in ((set_id, set_id), (api.org.user_id, api.org.user_id)):
        wrong = api.refused("PermissionSetAssignment", PermissionSetId=ids[0], AssigneeId=ids[1])
        assert wrong["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    wrong = api.refused("PermissionSet", Name="no blanks", Label="x")
    assert wrong["errorCode"] == "INVALID_FIELD"


ALL = ["CustomizeApplication", "ViewSetup", "ManageProfilesPermissionsets", "AssignPermissionSets"]


@pytest.mark.parametrize("right", ALL)
def test_rights_are_needed(api: Api, org: LocalOrg, right: str) -> None:
    make_field(api)
    set_id = make_set(api)
    org.set(rights=[each for each in ALL if each != right])
    asked = {
        CUSTOM_FIELD: {"FullName": "Activity.More__c", "Metadata": TEXT},
        "sobjects/PermissionSet": {"Name": "More", "Label": "More"},
        "sobjects/FieldPermissions": {"ParentId": set_id, "SobjectType": "Task", "Field": FULL,
                                      "PermissionsRead": True},
        "sobjects/PermissionSetAssignment": {"PermissionSetId": set_id, "AssigneeId": org.user_id},
    }  # fmt: skip
    refused = {path for path, body in asked.items() if api.post(path, body).status_code != 201}
    assert (
        refused
        == {
            "CustomizeApplication": {CUSTOM_FIELD},
            "ViewSetup": {"sobjects/PermissionSet", "sobjects/FieldPermissions"},
            "ManageProfilesPermissionsets": {"sobjects/PermissionSet", "sobjects/FieldPermissions"},
            "AssignPermissionSets": {"sobjects/PermissionSetAssignment"},
        }[right]
    )


def test_without_a_look_at_setup_its_objects_are_not_there(api: Api, org: LocalOrg) -> None:
    org.set(rights=[])
    for kind in ("PermissionSet", "FieldPermissions", "PermissionSetAssignment"):
        assert api.query_error(f"SELECT Id FROM {kind}")[0] == "INVALID_TYPE"
        assert api.get(f"sobjects/{kind}/describe").status_code == 404
    answer = api.get("tooling/query", params={"q": "SELECT Id FROM CustomField"})
    assert answer.json()[0]["errorCode"] == "INVALID_TYPE"
    assert api.post(CUSTOM_FIELD, {}).status_code == 404


def test_a_describe_may_lag_behind(api: Api, org: LocalOrg) -> None:
    assert described(api) == {}
    make_field(api)
    set_id = make_set(api)
    grant(api, set_id)
    org.set(access_lag=2)
    assign(api, set_id)
    assert [bool(described(api)) for _ in range(4)] == [False, False, True, True]
    api.create("Task", **{NAME: "k"})
