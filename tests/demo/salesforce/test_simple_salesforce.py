"""simple-salesforce itself, pointed at the local org."""

from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tests.servers.salesforce import LocalOrg


class PlainHttp(requests.Session):
    """simple-salesforce writes https into every address; the org speaks http on loopback."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, url.replace("https://", "http://", 1), *args, **kwargs)


@pytest.fixture
def salesforce(org: LocalOrg):
    session = PlainHttp()
    host = org.base_url.removeprefix("http://")
    yield Salesforce(instance=host, session_id=org.access_token, session=session, version="62.0")
    session.close()


def test_records(org: LocalOrg, salesforce: Salesforce) -> None:
    made = salesforce.Lead.create({"LastName": "Example", "Company": "Example Ltd"})
    assert made["success"]
    assert salesforce.Lead.update(made["id"], {"FirstName": "Ada"}) == 204
    assert salesforce.Lead.get(made["id"])["Name"] == "Ada Example"
    assert salesforce.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Lead.get(made["id"])


def test_queries(org: LocalOrg, salesforce: Salesforce) -> None:
    org.add_many("Contact", [{"LastName": f"N{n}"} for n in range(2_500)])
    assert len(list(salesforce.query_all_iter("SELECT Id FROM Contact"))) == 2_500
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        salesforce.query("SELECT Nonsense FROM Contact")


def test_upserts_describes_and_raw_calls(org: LocalOrg, salesforce: Salesforce) -> None:
    key = org.add_key_field()
    assert salesforce.Task.upsert(f"{key}/abc", {"Subject": "x"}) == 201
    assert salesforce.Task.upsert(f"{key}/abc", {"Subject": "y"}) == 200
    assert salesforce.Task.describe()["name"] == "Task"
    assert salesforce.describe()["maxBatchSize"] == 200
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 15_000
    body = {"records": [{"attributes": {"type": "Task"}, "Subject": "z"}]}
    (outcome,) = salesforce.restful("composite/sobjects", method="POST", json=body)
    assert outcome["success"]
    assert salesforce.api_usage["api-usage"].total == 15_000
