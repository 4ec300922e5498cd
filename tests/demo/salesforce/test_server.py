"""The org that the demo ships: a new one, with its API and pages, and nothing else."""

from collections.abc import Iterator

import pytest
import requests

from wasf.demo.salesforce import DemoOrg


@pytest.fixture
def org() -> Iterator[DemoOrg]:
    with DemoOrg() as running:
        yield running


def get(org: DemoOrg, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {org.access_token}"}
    return requests.get(f"{org.base_url}{path}", headers=headers, timeout=10)


def test_records_are_found_by_the_api_and_shown_to_people(org: DemoOrg) -> None:
    record = org.add("Contact", FirstName="Ada", LastName="Example")
    found = get(org, "/services/data/v62.0/query?q=SELECT Id, Name FROM Contact").json()
    assert [(row["Id"], row["Name"]) for row in found["records"]] == [(record, "Ada Example")]
    assert "Ada Example" in requests.get(f"{org.base_url}/{record}", timeout=10).text


def test_a_playground_takes_what_the_documentation_has_as_examples() -> None:
    with DemoOrg(is_playground=True) as org:
        shown = get(org, "/services/data/v62.0/sobjects/Lead/describe").json()
        known = shown["recordTypeInfos"][0]
        assert known["name"] == "Retail Lead"
        lead = {"LastName": "Ada", "Company": "x", "RecordTypeId": known["recordTypeId"]}
        task = {"Type": "WhatsApp", "Direction__c": "Inbound", "Sent_At__c": "2026-03-02T10:00:00Z"}
        for sobject, row in {
            "Lead": lead | {"WhatsApp__c": "+447700900123"},
            "Contact": {"LastName": "Ada", "WhatsApp__c": "+447700900123"},
            "Task": {"Subject": "x", **task},
        }.items():
            made = requests.post(
                f"{org.base_url}/services/data/v62.0/sobjects/{sobject}", json=row, timeout=10,
                headers={"Authorization": f"Bearer {org.access_token}"},
            )  # fmt: skip
            assert made.status_code == 201, made.text


def test_it_wants_the_token(org: DemoOrg) -> None:
    answer = requests.get(f"{org.base_url}/services/data/v62.0/", timeout=10)
    assert answer.status_code == 401


def test_it_says_what_it_has(org: DemoOrg) -> None:
    root = get(org, "/services/data/v62.0/").json()
    assert set(root) == {"composite", "limits", "query", "queryAll", "sobjects", "identity"}


@pytest.mark.parametrize(
    "path",
    ["/services/data/v62.0/tooling/query", "/services/oauth2/token", "/__control/about",
     "/services/data/v62.0/sobjects/PermissionSet"],
)  # fmt: skip
def test_what_only_tests_need_is_not_there(org: DemoOrg, path: str) -> None:
    assert get(org, path).status_code == 404
    assert requests.post(f"{org.base_url}{path}", timeout=10).status_code in (401, 405)
