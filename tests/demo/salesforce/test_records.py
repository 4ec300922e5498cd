"""Single records: reading, changing, deleting, upserting, and what happens to them meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd"}


def test_life_of_a_record(api: Api) -> None:
    made = api.post("sobjects/Lead/", LEAD)
    record = made.json()["id"]
    assert (made.status_code, made.json()) == (201, {"id": record, "success": True, "errors": []})
    assert made.headers["Location"] == f"/services/data/v62.0/sobjects/Lead/{record}"
    assert api.get(f"sobjects/Lead/{record[:15]}").json()["Id"] == record
    changed = api.patch(f"sobjects/Lead/{record}", {"FirstName": "Ada"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert api.get(f"sobjects/Lead/{record}?fields=Name").json() == {
        "attributes": {"type": "Lead", "url": f"/services/data/v62.0/sobjects/Lead/{record}"},
        "Name": "Ada Example", "Id": record,
    }  # fmt: skip
    assert api.call("DELETE", f"sobjects/Lead/{record}").status_code == 204


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_deleted_records_say_so(api: Api, method: str) -> None:
    record = api.create("Lead", **LEAD)
    api.call("DELETE", f"sobjects/Lead/{record}")
    answer = api.call(method, f"sobjects/Lead/{record}", {} if method == "PATCH" else None)
    assert answer.status_code == 404
    (problem,) = answer.json()
    assert (problem["errorCode"], problem["message"]) == ("ENTITY_IS_DELETED", "entity is deleted")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        pytest.param("sobjects/Lead/00Q5e0000000zzzEAA", 404, "NOT_FOUND", id="no-such-record"),
        pytest.param("sobjects/Lead/23foo", 404, "NOT_FOUND", id="no-id"),
        pytest.param("sobjects/Nonsense", 404, "NOT_FOUND", id="no-such-object"),
        pytest.param("nonsense", 404, "NOT_FOUND", id="no-such-resource"),
        pytest.param("sobjects/Lead/Phone/123", 404, "NOT_FOUND", id="no-external-id"),
        pytest.param("query/0r8nonsense-2000", 400, "INVALID_QUERY_LOCATOR", id="no-such-cursor"),
    ],
)
def test_addresses_that_lead_nowhere(api: Api, path, status, code) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "sobjects/Lead"), ("POST", "query"), ("DELETE", "composite")]
)
def test_methods_that_are_not_known(api: Api, method, path) -> None:
    answer = api.call(method, path)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("version", ["v20.0", "v30.0", "v68.0", "v0.0", "v067.0", "v67", "67.0"])
def test_versions_that_are_not_served(api: Api, version: str) -> None:
    answer = api.get(f"{api.org.base_url}/services/data/{version}/sobjects")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_other_content_types_are_refused(api: Api) -> None:
    answer = api.post("sobjects/Lead", "LastName=x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


class TestUnmodifiedSince:
    """If-Unmodified-Since protects what people changed in the meantime."""

    BEFORE = "Sun, 01 Jan 2023 10:00:00 GMT"
    CHANGED = "2023-01-01T10:00:01.000+0000"

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_alone(self, api: Api, method: str) -> None:
        record = api.org.add_lead(**LEAD, LastModifiedDate=self.CHANGED)
        body = {"FirstName": "Ada"} if method == "PATCH" else None
        headers = {"If-Unmodified-Since": self.BEFORE}
        assert api.call(method, f"sobjects/Lead/{record}", body, headers=headers).status_code == 412
        headers = {"If-Unmodified-Since": "Sun, 01 Jan 2023 10:00:01 GMT"}
        assert api.call(method, f"sobjects/Lead/{record}", body, headers=headers).status_code == 204

    def test_inside_composite(self, api: Api) -> None:
        record = api.org.add_lead(**LEAD, LastModifiedDate=self.CHANGED)
        request = {
            "method": "DELETE", "referenceId": "one",
            "url": f"/services/data/v62.0/sobjects/Lead/{record}",
            "httpHeaders": {"If-Unmodified-Since": self.BEFORE},
        }  # fmt: skip
        answer = api.post("composite", {"compositeRequest": [request]}).json()
        assert answer["compositeResponse"][0]["httpStatusCode"] == 412
        assert api.org.count("Lead") == 1


class TestUpsert:
    """PATCH by an external id."""

    def test_made_then_changed(self, org: LocalOrg, api: Api) -> None:
        key = org.add_key_field()
        first = api.patch(f"sobjects/Task/{key}/a%2Fb", {"Subject": "one"})
        again = api.patch(f"sobjects/Task/{key}/A%2FB", {"Subject": "two"})
        record = first.json()["id"]
        assert (first.status_code, first.json()["created"]) == (201, True)
        assert (again.status_code, again.json()["created"]) == (200, False)
        shown = api.get(f"sobjects/Task/{key}/a%2Fb").json()
        assert (shown["Id"], shown["Subject"], shown[key]) == (record, "two", "a/b")

    def test_update_only(self, org: LocalOrg, api: Api) -> None:
        key = org.add_key_field()
        answer = api.patch(f"sobjects/Task/{key}/x?updateOnly=true", {"Subject": "one"})
        assert (answer.status_code, org.count("Task")) == (404, 0)

    def test_several(self, org: LocalOrg, api: Api) -> None:
        ids = [org.add_lead(**LEAD, Email="a@example.com") for _ in range(2)]
        answer = api.patch("sobjects/Lead/Email/a@example.com", {"FirstName": "x"})
        assert answer.status_code == 300
        assert answer.json() == [f"/services/data/v62.0/sobjects/Lead/{each}" for each in ids]

    def test_no_external_id(self, api: Api) -> None:
        answer = api.patch("sobjects/Lead/Phone/1", {"FirstName": "x"})
        said = "Provided external ID field does not exist or is not accessible: Phone"
        assert answer.status_code == 404
        assert answer.json() == [{"message": said, "errorCode": "NOT_FOUND"}]


def test_a_converted_lead_is_read_only(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(**LEAD, Phone="+44 7700 900123")
    task = api.create("Task", WhoId=lead)
    contact = org.convert_lead(lead)
    (row,) = org.rows("Lead", Id=lead)
    assert (row["IsConverted"], row["ConvertedContactId"]) == (True, contact)
    assert row["Status"] == "Closed - Converted"
    assert org.rows("Task", Id=task)[0]["WhoId"] == contact
    assert org.rows("Contact", Id=contact)[0]["Phone"] == "+44 7700 900123"
    answer = api.patch(f"sobjects/Lead/{lead}", {"Status": "Working - Contacted"})
    assert answer.status_code == 400
    assert answer.json() == [{
        "message": "cannot reference converted lead",
        "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD", "fields": [],
    }]  # fmt: skip
    org.set(edit_converted_leads=True)
    assert api.patch(f"sobjects/Lead/{lead}", {"FirstName": "x"}).status_code == 204


def test_merge_moves_tasks_and_names_the_master(org: LocalOrg, api: Api) -> None:
    master, loser = org.add_lead(**LEAD), org.add_lead(**LEAD)
    task = api.create("Task", WhoId=loser)
    org.merge(master, loser)
    assert org.rows("Task", Id=task)[0]["WhoId"] == master
    soql = f"SELECT IsDeleted, MasterRecordId FROM Lead WHERE Id = '{loser}'"
    assert api.query(soql) == []
    (row,) = api.query(soql, every=True)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, master)


def test_tasks_go_with_their_person(org: LocalOrg, api: Api) -> None:
    lead = org.add_lead(**LEAD)
    api.create("Task", WhoId=lead)
    api.call("DELETE", f"sobjects/Lead/{lead}")
    assert org.count("Task") == 0


def test_old_closed_tasks_are_archived(org: LocalOrg, api: Api) -> None:
    api.create("Task", Status="Completed", ActivityDate="2020-01-01", Subject="old")
    api.create("Task", Status="Not Started", ActivityDate="2020-01-01", Subject="open")
    assert [row["Subject"] for row in api.query("SELECT Subject FROM Task")] == ["open"]
    rows = api.query("SELECT Subject, IsArchived FROM Task ORDER BY Subject", every=True)
    assert [(row["Subject"], row["IsArchived"]) for row in rows] == [("old", True), ("open", False)]


def test_the_archiver_may_wait_for_the_night(org: LocalOrg, api: Api) -> None:
    org.set(archive_at_insert=False)
    api.create("Task", Status="Completed", ActivityDate="2020-01-01")
    assert len(api.query("SELECT Id FROM Task")) == 1
    assert org.archive() == 1
    assert api.query("SELECT Id FROM Task") == []


def test_the_clock_stamps_what_is_saved() -> None:
    times = iter(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n) for n in range(1000))
    with LocalOrg.start(clock=lambda: next(times)) as org:
        api = Api(org)
        record = api.create("Lead", **LEAD)
        (new,) = org.rows("Lead", Id=record)
        api.patch(f"sobjects/Lead/{record}", {"FirstName": "Ada"})
        (changed,) = org.rows("Lead", Id=record)
        api.session.close()
    assert new["CreatedDate"] == new["LastModifiedDate"] == new["SystemModstamp"]
    assert changed["CreatedDate"] == new["CreatedDate"]
    assert changed["LastModifiedDate"] > new["LastModifiedDate"]
    assert changed["SystemModstamp"] == changed["LastModifiedDate"]
