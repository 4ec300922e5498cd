"""Who may come in, how often, and what is remembered of it."""

from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api


class TestLimits:
    """The calls of a day."""

    def test_every_answer_tells_the_usage(self, org: LocalOrg, api: Api) -> None:
        org.use_api_calls(17)
        assert api.get("sobjects").headers["Sforce-Limit-Info"] == "api-usage=18/15000"
        assert api.get("nonsense").headers["Sforce-Limit-Info"] == "api-usage=19/15000"
        limits = api.get("limits").json()["DailyApiRequests"]
        assert limits == {"Max": 15_000, "Remaining": 14_980}

    def test_when_they_are_used_up(self, org: LocalOrg, api: Api) -> None:
        org.set(daily_limit=1)
        assert api.get("sobjects").status_code == 200
        answer = api.get("sobjects")
        assert (answer.status_code, answer.headers["Sforce-Limit-Info"]) == (403, "api-usage=1/1")
        assert answer.json() == [{
            "message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED",
        }]  # fmt: skip

    def test_what_is_recorded_of_requests(self, org: LocalOrg, api: Api) -> None:
        api.get("query?q=SELECT Id FROM Lead")
        api.get(f"{org.base_url}/services/data")
        api.get("nonsense")
        seen = [(r.number, r.method, r.path, r.status, r.call) for r in org.requests]
        assert seen == [
            (1, "GET", "/services/data/v62.0/query", 200, 1),
            (2, "GET", "/services/data", 200, 0),
            (3, "GET", "/services/data/v62.0/nonsense", 404, 2),
        ]
        org.forget_requests()
        assert org.requests == []


class TestTokens:
    """Who may come in."""

    def test_a_wrong_token(self, api: Api) -> None:
        api.session.headers["Authorization"] = "Bearer nonsense"
        answer = api.get("sobjects")
        assert answer.status_code == 401
        assert answer.json() == [{
            "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID",
        }]  # fmt: skip
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=0/15000"
        assert api.get(f"{api.org.base_url}/id/x/y").status_code == 403

    def test_an_expired_one(self, org: LocalOrg, api: Api) -> None:
        new = org.expire_tokens()
        assert api.get("").status_code == 401
        api.session.headers["Authorization"] = f"Bearer {new}"
        assert api.get("").status_code == 200

    def test_who_am_i(self, org: LocalOrg, api: Api) -> None:
        root = api.get("").json()
        assert root["identity"] == f"{org.base_url}/id/{org.org_id}/{org.user_id}"
        for address in (root["identity"], f"{org.base_url}/services/oauth2/userinfo"):
            about = api.get(address).json()
            assert about["user_id"] == org.user_id
            assert about["organization_id"] == org.org_id
            assert about["email"] == about["preferred_username"] == "robin@example.com"
            assert about["display_name"] == "Robin Example"

    def test_versions_need_none(self, api: Api) -> None:
        api.session.headers["Authorization"] = ""
        versions = [each["version"] for each in api.get(f"{api.org.base_url}/services/data").json()]
        assert versions == [f"{number}.0" for number in range(31, 68)]

    def test_an_org_of_another_release(self, api: Api) -> None:
        api.org.set(oldest_version=41, newest_version=62)
        listed = api.get(f"{api.org.base_url}/services/data").json()
        assert [one["label"] for one in listed][-5:] == [
            "Summer '23", "Winter '24", "Spring '24", "Summer '24", "Winter '25",
        ]  # fmt: skip
        assert [api.get(f"{api.org.base_url}{one['url']}/limits").status_code
                for one in (listed[0], listed[-1])] == [200, 200]  # fmt: skip
        too_new = api.get(f"{api.org.base_url}/services/data/v63.0/limits")
        assert (too_new.status_code, too_new.json()[0]["errorCode"]) == (404, "NOT_FOUND")
