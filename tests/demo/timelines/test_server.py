"""The chat API that the demo ships: its pages, its limits and the oddities of the real one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from wasf.demo.timelines import ChatWorkspace, DemoChatApi
from wasf.demo.timelines.server import ApiLimits

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def workspace() -> ChatWorkspace:
    return ChatWorkspace(clock=lambda: NOW)


@pytest.fixture
def api(workspace: ChatWorkspace) -> Iterator[DemoChatApi]:
    with DemoChatApi(workspace) as running:
        yield running


def get(api: DemoChatApi, path: str, **headers: str) -> requests.Response:
    given = {"User-Agent": "wasf", "Authorization": f"Bearer {api.token}", **headers}
    return requests.get(f"{api.base_url}{path}", headers=given, timeout=10)


def test_lists_come_in_pages_of_fifty(api: DemoChatApi, workspace: ChatWorkspace) -> None:
    number = workspace.add_number("+15550199", "sales@example.com")
    for place in range(60):
        chat = workspace.add_chat(number, f"Person {place}", f"+155501{place:02}")
        workspace.add_message(chat, "Hello", NOW - timedelta(minutes=place))
    first = get(api, "/chats").json()["data"]
    second = get(api, "/chats?page=2").json()["data"]
    assert [len(page["chats"]) for page in (first, second)] == [50, 10]
    assert [page["has_more_pages"] for page in (first, second)] == [True, False]
    assert [chat["name"] for chat in first["chats"][:2]] == ["Person 0", "Person 1"]


def test_numbers_of_the_official_api_have_addresses_of_their_own(
    api: DemoChatApi, workspace: ChatWorkspace
) -> None:
    workspace.add_chat(workspace.add_number("+15550199", ""), "Ada", "+15550100")
    official = workspace.add_number("+15550198", "", official=True)
    workspace.add_chat(official, "Ben", "+15550101")
    names = {
        start: [chat["name"] for chat in get(api, f"{start}/chats").json()["data"]["chats"]]
        for start in ("", "/waba")
    }
    assert names == {"": ["Ada"], "/waba": ["Ben"]}


@pytest.mark.parametrize(
    ("path", "headers", "status", "words"),
    [
        ("/workspace", {"Authorization": "Bearer wrong"}, 401, "Unauthorized"),
        ("/workspace", {"User-Agent": "python-requests/2"}, 403, "Cloudflare"),
        ("/workspace/", {}, 404, "Page not found"),
        ("/chats/7", {}, 404, "not_found"),
        ("/chats?page=0", {}, 400, "validation_error"),
        ("/chats?page=None", {}, 400, "validation_error"),
    ],
)
def test_refusals(api: DemoChatApi, path: str, headers: dict, status: int, words: str) -> None:
    answer = get(api, path, **headers)
    assert (answer.status_code, words in answer.text) == (status, True)


def test_the_quota_of_a_month(api: DemoChatApi, workspace: ChatWorkspace) -> None:
    workspace.quota = 1
    assert get(api, "/workspace").json()["data"]["api_calls_quota"]["used"] == 1
    assert get(api, "/workspace").json()["error_code"] == "quota_exceeded"


def test_too_many_requests_in_a_second(workspace: ChatWorkspace) -> None:
    with DemoChatApi(workspace, limits=ApiLimits(workspace, per_second=0)) as api:
        assert get(api, "/workspace").status_code == 429
