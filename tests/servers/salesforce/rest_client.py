"""A small client for the tests of the local org: plain requests, no wasf code."""

import json
from typing import Any

import requests

from tests.servers.salesforce import LocalOrg

VERSION = "v62.0"
Body = dict[str, Any] | list[Any] | str | bytes | None


class Api:
    """Talks to one org with its token."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {org.access_token}"
        self.base = f"{org.base_url}/services/data/{VERSION}"

    def call(self, method: str, path: str, body: Body = None, **options: Any) -> requests.Response:
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        address = path if path.startswith("http") else f"{self.base}/{path.lstrip('/')}"
        return self.session.request(method, address, data=data, headers=headers, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Body, **options: Any) -> requests.Response:
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Body, **options: Any) -> requests.Response:
        return self.call("PATCH", path, body, **options)

    def query(self, soql: str, *, every: bool = False) -> list[dict[str, Any]]:
        answer = self.get("queryAll" if every else "query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def query_error(self, soql: str) -> tuple[str, str]:
        answer = self.get("query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        (problem,) = answer.json()
        return problem["errorCode"], problem["message"]

    def create(self, kind: str, **fields: Any) -> str:
        answer = self.post(f"sobjects/{kind}", fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def refused(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(f"sobjects/{kind}", fields)
        assert answer.status_code >= 400, answer.text
        (problem,) = answer.json()
        return problem | {"status": answer.status_code}

    def collection(self, kind: str, records: list[dict[str, Any]], **more: Any) -> list[Any]:
        given = [{"attributes": {"type": kind}, **record} for record in records]
        answer = self.post("composite/sobjects", {"records": given, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()
