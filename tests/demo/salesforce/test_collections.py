"""sObject Collections and Composite."""

import json
import time

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api
from wasf.demo.salesforce.calls import data_call
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.rest import respond
from wasf.demo.salesforce.seed import OrgSeed, add, fill

GOOD = {"LastName": "Example", "Company": "Example Ltd"}
BAD = {"Company": "Example Ltd"}
MISSING = {
    "success": False,
    "errors": [{
        "statusCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName"],
        "message": "Required fields are missing: [LastName]",
    }],
}  # fmt: skip
ROLLED_BACK = {
    "success": False,
    "errors": [{
        "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "fields": [],
        "message": "Record rolled back because not all records were valid and the request was "
        "using AllOrNone header",
    }],
}  # fmt: skip


def test_outcomes_come_in_order(api: Api) -> None:
    first, second, third = api.collection("Lead", [GOOD, BAD, GOOD])
    (one, two) = (row["Id"] for row in api.org.rows("Lead"))
    assert first == {"id": one, "success": True, "errors": []}
    assert second == MISSING
    assert third == {"id": two, "success": True, "errors": []}


def test_all_or_none(api: Api) -> None:
    outcomes = api.collection("Lead", [GOOD, BAD, GOOD], allOrNone=True)
    assert outcomes == [ROLLED_BACK, MISSING, ROLLED_BACK]
    assert api.org.rows("Lead") == []


def test_all_or_none_over_several_types(api: Api) -> None:
    records = [
        {"attributes": {"type": "Contact"}, "LastName": "C"},
        {"attributes": {"type": "Lead"}, **BAD},
    ]
    answer = api.post("composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert answer == [ROLLED_BACK, MISSING]
    assert (api.org.rows("Contact"), api.org.rows("Lead")) == ([], [])


def _records(count: int) -> list[dict[str, object]]:
    return [{"attributes": {"type": "Lead"}, **GOOD} for _ in range(count)]


def _chunks(count: int) -> list[dict[str, object]]:
    return [{"attributes": {"type": ("Lead", "Contact")[n % 2]}, **GOOD} for n in range(count)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"records": _records(201)}, "EXCEEDED_MAX_SIZE_REQUEST", id="201-records"),
        pytest.param({"records": _chunks(11)}, "LIMIT_EXCEEDED", id="11-chunks"),
        pytest.param({"records": []}, "MISSING_ARGUMENT", id="none"),
        pytest.param({"records": [GOOD]}, "INVALID_TYPE", id="no-type"),
        pytest.param({"records": [{"attributes": {"type": "X"}}]}, "INVALID_TYPE", id="other-type"),
        pytest.param({"records": [{"attributes": {"type": "Lead"}, "X": 1}]}, "INVALID_FIELD",
                     id="unknown-field"),
        pytest.param({"records": [5]}, "JSON_PARSER_ERROR", id="no-object"),
    ],
)  # fmt: skip
def test_requests_refused_whole(api: Api, body, code) -> None:
    answer = api.post("composite/sobjects", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert api.org.rows("Lead") == []


def test_200_records_in_one_call(api: Api) -> None:
    calls = api.org.api_calls
    assert all(outcome["success"] for outcome in api.collection("Lead", [GOOD] * 200))
    assert (api.org.count("Lead"), api.org.api_calls) == (200, calls + 1)


def test_update(org: LocalOrg, api: Api) -> None:
    known, gone = org.add_lead(**GOOD), org.add_lead(**GOOD)
    org.delete(gone)
    ids = [known, gone, "00Q5e0000000zzzEAA", "nonsense", org.user_id, None]
    records = [{"attributes": {"type": "Lead"}, "id": each, "FirstName": "Ada"} for each in ids]
    answer = api.patch("composite/sobjects", {"records": records}).json()
    codes = [o["errors"][0]["statusCode"] if o["errors"] else o["id"] for o in answer]
    assert codes == [
        known, "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID",
        "MALFORMED_ID", "MISSING_ARGUMENT",
    ]  # fmt: skip
    assert org.rows("Lead", Id=known)[0]["FirstName"] == "Ada"


def test_delete(org: LocalOrg, api: Api) -> None:
    lead, contact = org.add_lead(**GOOD), org.add_contact(LastName="C")
    path = f"composite/sobjects?ids={lead},nonsense,{contact},{lead}"
    outcomes = api.call("DELETE", path).json()
    assert [o["success"] for o in outcomes] == [True, False, True, True]
    assert (org.count("Lead"), org.count("Contact")) == (0, 0)
    again = api.call("DELETE", f"composite/sobjects?ids={lead}&allOrNone=true").json()
    assert again[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_retrieve(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(**GOOD)
    body = {"ids": [lead, "00Q5e0000000zzzEAA"], "fields": ["LastName"]}
    wanted = [{
        "attributes": {"type": "Lead", "url": f"/services/data/v62.0/sobjects/Lead/{lead}"},
        "LastName": "Example", "Id": lead,
    }, None]  # fmt: skip
    assert api.post("composite/sobjects/Lead", body).json() == wanted
    path = f"composite/sobjects/Lead?ids={','.join(body['ids'])}&fields=LastName"
    assert api.get(path).json() == wanted


def test_upsert(org: LocalOrg, api: Api) -> None:
    key = org.add_key_field()
    known = api.create("Task", Subject="old", **{key: "K1"})

    def record(value: str | None) -> dict[str, object]:
        return {"attributes": {"type": "Task"}, key: value, "Subject": "new"}

    records = [record("k1"), record("k2"), record("k3"), record("K3"), record(None)]
    answer = api.patch(f"composite/sobjects/Task/{key}", {"records": records}).json()
    assert answer[0] == {"id": known, "success": True, "errors": [], "created": False}
    assert (answer[1]["success"], answer[1]["created"]) == (True, True)
    codes = [outcome["errors"][0]["statusCode"] for outcome in answer[2:]]
    assert codes == ["DUPLICATE_EXTERNAL_ID", "DUPLICATE_EXTERNAL_ID", "MISSING_ARGUMENT"]
    assert all(outcome["created"] for outcome in answer[2:])  # as Salesforce says of failed ones
    assert org.rows("Task", Id=known)[0]["Subject"] == "new"


def test_upsert_all_or_none(org: LocalOrg, api: Api) -> None:
    key = org.add_key_field()
    given = [{key: "k1", "Subject": "x"}, {key: "k2", "Subject": "x" * 256}]
    records = [{"attributes": {"type": "Task"}, **record} for record in given]
    body = {"records": records, "allOrNone": True}
    outcomes = api.patch(f"composite/sobjects/Task/{key}", body).json()
    codes = [outcome["errors"][0]["statusCode"] for outcome in outcomes]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "STRING_TOO_LONG"]
    assert org.rows("Task") == []


def test_the_key_field_is_unique(org: LocalOrg, api: Api) -> None:
    key = org.add_key_field()
    first = api.create("Task", **{key: "Key"})
    said = f"duplicate value found: {key} duplicates value on record with id: "
    assert api.refused("Task", **{key: "KEY"}) == {
        "status": 400, "errorCode": "DUPLICATE_VALUE", "message": said + first, "fields": [],
    }  # fmt: skip
    one, two = api.collection("Task", [{key: "new"}, {key: "NEW"}])
    assert one["success"]
    assert two["errors"][0]["message"] == said + one["id"]
    api.call("DELETE", f"sobjects/Task/{first}")
    api.create("Task", **{key: "KEY"})


class TestComposite:
    """Several requests in one call."""

    def send(self, api: Api, *requests: dict[str, object], **more: object) -> list[dict]:
        given = [
            {"referenceId": f"r{place}", "method": "GET", **request}
            for place, request in enumerate(requests)
        ]
        answer = api.post("composite", {"compositeRequest": given, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["compositeResponse"]

    def test_later_ones_use_earlier_ones(self, api: Api) -> None:
        base = "/services/data/v62.0"
        made, task, found = self.send(
            api,
            {"method": "POST", "url": f"{base}/sobjects/Lead", "body": GOOD},
            {"method": "POST", "url": f"{base}/sobjects/Task", "body": {"WhoId": "@{r0.id}"}},
            {"url": base + "/query?q=SELECT Id FROM Task WHERE WhoId = '@{r0.id}'"},
        )
        assert (made["httpStatusCode"], task["httpStatusCode"]) == (201, 201)
        assert made["httpHeaders"] == {"Location": f"{base}/sobjects/Lead/{made['body']['id']}"}
        assert found["body"]["records"][0]["Id"] == task["body"]["id"]
        assert api.org.api_calls == 1

    def test_a_reference_to_what_failed_halts(self, api: Api) -> None:
        base = "/services/data/v62.0/sobjects"
        _, second = self.send(
            api,
            {"method": "POST", "url": f"{base}/Lead", "body": BAD},
            {"method": "POST", "url": f"{base}/Task", "body": {"WhoId": "@{r0.id}"}},
        )
        assert second["httpStatusCode"] == 400
        assert second["body"][0]["errorCode"] == "PROCESSING_HALTED"

    def test_all_or_none(self, api: Api) -> None:
        url = "/services/data/v62.0/sobjects/Lead"
        requests = [{"method": "POST", "url": url, "body": body} for body in (GOOD, BAD)]
        good, bad = self.send(api, *requests, allOrNone=True)
        assert good["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
        assert api.org.count("Lead") == 0

    def collections(self, leads: list[dict], tasks: list[dict]) -> list[dict[str, object]]:
        url = "/services/data/v62.0/composite/sobjects"
        return [
            {
                "method": "POST",
                "url": url,
                "body": {
                    "allOrNone": False,
                    "records": [{"attributes": {"type": kind}, **one} for one in records],
                },
            }
            for kind, records in (("Lead", leads), ("Task", tasks))
        ]

    def test_a_collection_in_all_or_none_is_so_too_whatever_it_says(self, api: Api) -> None:
        leads, tasks = self.send(
            api, *self.collections([GOOD, BAD], [{"WhoId": "@{r0[0].id}"}]), allOrNone=True
        )
        codes = [row["errors"][0]["statusCode"] for row in leads["body"]]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
        assert tasks["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert (leads["httpStatusCode"], tasks["httpStatusCode"]) == (400, 400)
        assert (api.org.count("Lead"), api.org.count("Task")) == (0, 0)

    def test_what_fails_later_takes_an_earlier_collection_back(self, api: Api) -> None:
        given = self.collections([GOOD], [{"WhoId": "@{r0[0].id}"}, {"WhoId": "003000000000000"}])
        leads, tasks = self.send(api, *given, allOrNone=True)
        assert leads["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert [row["success"] for row in tasks["body"]] == [False, False]
        assert (api.org.count("Lead"), api.org.count("Task")) == (0, 0)

    def test_a_collection_can_name_the_records_of_an_earlier_one(self, api: Api) -> None:
        given = self.collections([GOOD, GOOD], [{"WhoId": f"@{{r0[{n}].id}}"} for n in (1, 0)])
        leads, _ = self.send(api, *given, allOrNone=True)
        ids = [row["id"] for row in leads["body"]]
        assert [row["WhoId"] for row in api.org.rows("Task")] == [ids[1], ids[0]]

    def test_without_all_or_none_each_record_counts(self, api: Api) -> None:
        self.send(api, *self.collections([GOOD, BAD], [{"WhoId": "@{r0[0].id}"}]))
        assert (api.org.count("Lead"), api.org.count("Task")) == (1, 1)

    @pytest.mark.parametrize(
        ("count", "url"),
        [
            pytest.param(26, "/services/data/v62.0/sobjects", id="26-requests"),
            pytest.param(6, "/services/data/v62.0/query?q=x", id="6-queries"),
            pytest.param(6, "/services/data/v62.0/composite/sobjects", id="6-collections"),
        ],
    )
    def test_too_many(self, api: Api, count: int, url: str) -> None:
        given = [{"referenceId": f"r{n}", "method": "GET", "url": url} for n in range(count)]
        answer = api.post("composite", {"compositeRequest": given})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")


def test_a_packed_body(api: Api) -> None:
    import gzip

    body = gzip.compress(json.dumps(GOOD).encode())
    answer = api.post("sobjects/Lead", body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 201
    broken = api.post("sobjects/Lead", body[:-9], headers={"Content-Encoding": "gzip"})
    assert (broken.status_code, broken.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_ten_thousand_contacts_and_two_hundred_tasks_are_quick() -> None:
    """Not a benchmark: a guard against work that grows with the square, in CPU time."""
    org = OrgState()
    fill(org, OrgSeed())
    began = time.process_time()
    ids = add(org, "Contact", [{"LastName": f"N{n}", "Phone": f"{n}"} for n in range(10_000)])
    records = [
        {"attributes": {"type": "Task"}, "WhoId": ids[n], "Subject": f"Chat {n}",
         "Description": "x" * 300, "Status": "Completed", "ActivityDate": "2026-11-01"}
        for n in range(200)
    ]  # fmt: skip
    body = json.dumps({"records": records}).encode()
    for _ in range(10):
        call = data_call("POST", "/services/data/v62.0/composite/sobjects", {}, body)
        assert respond(org, call).status == 200
    assert time.process_time() - began < 5.0
    org.storage.close()
