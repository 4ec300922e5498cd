"""The org's answers beside recorded Salesforce ones: keys, codes, wording, flags."""

import json
import re
from pathlib import Path

import pytest

from tests.demo.salesforce.recordings import FOLDER, needs_recordings, recorded
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

pytestmark = needs_recordings

FLAGS = (
    "type", "length", "byteLength", "filterable", "createable", "updateable", "nillable",
    "sortable", "groupable", "defaultedOnCreate", "idLookup", "externalId", "unique",
    "caseSensitive", "restrictedPicklist", "referenceTo", "relationshipName", "label", "soapType",
    "polymorphicForeignKey", "permissionable", "compoundFieldName", "nameField", "calculated",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["Lead", "Contact", "Account"])
def test_describe(api: Api, kind: str) -> None:
    theirs = recorded(f"describe/GET_sobjects_{kind}_describe.compact.json")
    ours = api.get(f"sobjects/{kind}/describe").json()
    known = {field["name"]: field for field in theirs["fields"]}
    different = [
        (field["name"], flag, field[flag], known[field["name"]][flag])
        for field in ours["fields"]
        for flag in FLAGS
        if field[flag] != known[field["name"]][flag]
    ]
    assert different == []
    assert {key: ours[key] for key in theirs if key != "fields"} == {
        key: value for key, value in theirs.items() if key != "fields"
    }


def test_lead_status_is_described_with_its_values(api: Api) -> None:
    def status(about: dict) -> dict:
        return next(field for field in about["fields"] if field["name"] == "Status")

    theirs = status(recorded("describe/GET_sobjects_Lead_describe.compact.json"))
    ours = status(api.get("sobjects/Lead/describe").json())
    assert ours["defaultValue"] == theirs["defaultValue"]
    assert [v["value"] for v in ours["picklistValues"]] == [
        v["value"] for v in theirs["picklistValues"]
    ]


def test_task_is_described_as_the_event_beside_it(api: Api) -> None:
    """No Task describe was recorded; its fields that an Event has, too, must agree with that."""
    theirs = recorded("describe/GET_sobjects_Event_describe.compact.json")
    known = {field["name"]: field for field in theirs["fields"]}
    names = ("type", "length", "filterable", "createable", "updateable", "nillable", "sortable")
    for field in api.get("sobjects/Task/describe").json()["fields"]:
        if field["name"] in known:
            other = known[field["name"]]
            assert {n: field[n] for n in names} == {n: other[n] for n in names}, field["name"]


@pytest.mark.parametrize(
    "kind", ["Contact", "Task", "LeadStatus", "TaskStatus", "TaskPriority", "User",
             "ContentVersion", "ContentDocument", "ContentDocumentLink", "Organization"],
)  # fmt: skip
def test_no_field_is_made_up(api: Api, kind: str) -> None:
    newer = {"CompletedDateTime"}  # came after the list was made
    known = set(recorded("public-code/standard-schema-fields.json")[kind])
    names = {field["name"] for field in api.get(f"sobjects/{kind}/describe").json()["fields"]}
    assert names - known - newer == set()


def test_describe_global(api: Api) -> None:
    theirs = recorded("restforce/sobject__describe_sobjects_success_response.json")
    ours = api.get("sobjects").json()
    assert set(theirs) == set(ours)
    assert set(theirs["sobjects"][0]) <= set(ours["sobjects"][0])
    assert set(theirs["sobjects"][0]["urls"]) == set(ours["sobjects"][0]["urls"])


def test_versions(api: Api) -> None:
    theirs = recorded("restforce/services_data_success_response.json")
    ours = api.get(f"{api.org.base_url}/services/data").json()
    assert set(theirs[0]) == set(ours[0])


def test_organization(org: LocalOrg, api: Api) -> None:
    theirs = recorded("describe/GET_sobjects_Organization.json")
    ours = api.get(f"sobjects/Organization/{org.org_id}").json()
    assert set(ours) <= set(theirs)
    stamp = re.sub(r"\d", "0", theirs["CreatedDate"])
    assert re.sub(r"\d", "0", ours["CreatedDate"]) == stamp


def exchanges(pattern: str) -> list[tuple[dict, dict]]:
    return [
        (exchange["request"], exchange["response"])
        for path in sorted((FOLDER / "cumulusci").glob(pattern))
        for exchange in json.loads(path.read_text(encoding="utf-8"))
    ]


def test_an_unknown_object_in_a_composite(api: Api) -> None:
    """The recorded wording, letter by letter, caret and column included."""
    (request, response), = [
        pair for pair in exchanges("TestCountSObjects.test_count_sobjects__errors.json")
        if pair[0]["method"] == "POST"
    ]  # fmt: skip
    theirs = json.loads(response["body"])["compositeResponse"][1]
    body = request["body"].replace("vxx.0", "v62.0")
    ours = api.post("composite", body).json()["compositeResponse"][1]
    assert ours == theirs


def test_a_missing_resource_in_a_composite(api: Api) -> None:
    ((request, response),) = exchanges("TestCompositeParallelSalesforce.test_errors.json")
    ours = api.post("composite", request["body"].replace("vxx.0", "v62.0"))
    assert ours.json() == json.loads(response["body"])


def test_upserts_by_email_as_recorded(org: LocalOrg, api: Api) -> None:
    """Replays the recorded upserts of Contacts; outcomes agree in shape and in `created`."""
    name = "TestUpsert.test_simple_upsert__rest.json"
    replayed = 0
    for request, response in exchanges(name):
        if "/composite/sobjects/Contact/Email" not in request["uri"]:
            continue
        theirs = json.loads(response["body"])
        ours = api.patch("composite/sobjects/Contact/Email", request["body"]).json()
        assert [(set(o), o["success"]) for o in ours] == [(set(t), t["success"]) for t in theirs]
        assert [o["created"] for o in ours] == [t["created"] for t in theirs]
        replayed += 1
    assert replayed >= 1


def test_updates_as_recorded(org: LocalOrg, api: Api) -> None:
    request, response = next(
        pair for pair in exchanges("TestUpdatesIntegrationTests.test_updates_task.json")
        if pair[0]["method"] == "PATCH"
    )  # fmt: skip
    body = json.loads(request["body"])
    for place, record in enumerate(body["records"]):
        record.pop("BillingStreet")  # a field that this org does not have
        record["Id"] = org.add("Account", Name=f"Account {place}")
    ours = api.patch("composite/sobjects", body).json()
    theirs = json.loads(response["body"])
    assert [set(o) for o in ours] == [set(t) for t in theirs]
    assert org.rows("Account")[0]["NumberOfEmployees"] == 10_000


@pytest.mark.parametrize(
    "file",
    ["sobject__create_success_response.json", "sobject__upsert_created_success_response.json"],
)
def test_created(api: Api, file: str) -> None:
    text = (FOLDER / "restforce" / file).read_text(encoding="utf-8")
    ours = api.post("sobjects/Lead", {"LastName": "x", "Company": "y"}).json()
    assert set(json.loads(text)) <= set(ours)


def test_query_pages(org: LocalOrg, api: Api) -> None:
    org.add_many("Contact", [{"LastName": "x"}] * 2_001)
    first = api.get("query?q=SELECT Id FROM Contact").json()
    last = api.get(org.base_url + first["nextRecordsUrl"]).json()
    assert set(first) == set(
        recorded("restforce/sobject__query_paginated_first_page_response.json")
    )
    assert set(last) == set(recorded("restforce/sobject__query_paginated_last_page_response.json"))
    assert set(first["records"][0]["attributes"]) == {"type", "url"}


class TestErrors:
    """The bodies quoted in public code, made to happen here."""

    def known(self, words: str) -> list[dict]:
        bodies = [each.get("body") for each in recorded("public-code/errors.json")]
        return next(body for body in bodies if words in json.dumps(body))

    def test_expired(self, api: Api) -> None:
        api.session.headers["Authorization"] = "Bearer old"
        assert api.get("sobjects").json() == recorded("restforce/expired_session_response.json")

    def test_converted_lead(self, org: LocalOrg, api: Api) -> None:
        lead = org.add_lead(LastName="x")
        org.convert_lead(lead)
        answer = api.patch(f"sobjects/Lead/{lead}", {"FirstName": "x"})
        assert answer.json() == self.known("CANNOT_UPDATE_CONVERTED_LEAD")

    def test_deleted(self, org: LocalOrg, api: Api) -> None:
        lead = org.add_lead(LastName="x")
        org.delete(lead)
        assert api.patch(f"sobjects/Lead/{lead}", {}).json() == self.known("entity is deleted")

    def test_required(self, api: Api) -> None:
        answer = api.post("sobjects/Account", {})
        assert answer.json() == self.known("REQUIRED_FIELD_MISSING")

    def test_roll_back(self, org: LocalOrg, api: Api) -> None:
        org.add_lead(LastName="x", Phone="+44 7700 900123")
        org.add_duplicate_rule(matching="phone", action="block")
        leads = [{"LastName": "x", "Company": "y", "Phone": p} for p in ("+44 7700 900123", None)]
        ours = api.collection("Lead", leads, allOrNone=True)
        assert ours == self.known("ALL_OR_NONE_OPERATION_ROLLED_BACK")

    def test_duplicates(self, org: LocalOrg, api: Api) -> None:
        org.add_lead(LastName="x", Phone="+44 7700 900123")
        org.add_duplicate_rule(matching="phone")
        (ours,) = api.post(
            "sobjects/Lead", {"LastName": "x", "Company": "y", "Phone": "07700 900123"}
        ).json()
        theirs = json.loads(
            json.dumps(self.known("DUPLICATES_DETECTED")).replace("Resut", "Result")
        )

        def shape(value):
            match value:
                case dict():
                    return {key: shape(inner) for key, inner in value.items()}
                case list():
                    return [shape(inner) for inner in value]
                case _:
                    return "number" if type(value) in (int, float) else type(value).__name__

        assert shape(ours) == shape(theirs[0])

    def test_codes_are_salesforces_own(self) -> None:
        """Every code in the source is one that Salesforce lists, or a REST one seen elsewhere."""
        codes = {
            code
            for folder in ("wasf/demo/salesforce", "tests/servers/salesforce")
            for path in (Path(__file__).parents[3] / folder).glob("*.py")
            for code in re.findall(
                r'(?:refuse|ErrorDetail|_error)\(\s*(?:[\w.]+,\s*)?"([A-Z]+_[A-Z_]+)"',
                path.read_text(encoding="utf-8"),
            )
        }
        known: set[str] = set()
        for name in ("status-codes.txt", "exception-codes.txt"):
            known |= set((FOLDER / "public-code" / name).read_text(encoding="utf-8").split())
        rest_only = {"METHOD_NOT_ALLOWED", "PRECONDITION_FAILED", "NOT_FOUND", "JSON_PARSER_ERROR"}
        assert len(codes) > 25
        assert codes - known - rest_only == set()
