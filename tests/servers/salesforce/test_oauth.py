"""Signing in at the local org: what the browser is shown and what the app hears."""

import pytest
import requests

from tests.demo.salesforce.recordings import needs_recordings, recorded
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.oauth_visitor import (
    CALLBACK,
    USER,
    VERIFIER,
    Visitor,
    challenge,
    heard,
    login_host,
    refusal,
    shown_error,
    works,
)


@pytest.fixture
def visitor(org: LocalOrg) -> Visitor:
    return Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))


def test_login_consent_code_token_call(visitor: Visitor) -> None:
    page = visitor.begins()
    assert 'id="password"' in visitor.goes(page).text
    assert visitor.logs_in(page).status_code == 303
    assert 'id="oaapprove"' in visitor.goes(page).text
    answer = visitor.says(page, "allow")
    assert answer["state"] == "st ate&=?ü"
    tokens = visitor.exchange(answer["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "api refresh_token"
    assert tokens["instance_url"] == visitor.org.base_url
    assert tokens["id"] == f"{visitor.org.base_url}/id/{visitor.org.org_id}/{visitor.org.user_id}"
    assert tokens["access_token"].startswith(visitor.org.org_id[:15] + "!")
    assert tokens["refresh_token"].startswith("5Aep")
    assert works(visitor.org, tokens["access_token"])


@needs_recordings
def test_the_reply_has_what_recorded_replies_have(visitor: Visitor) -> None:
    first = recorded("restforce/auth_success_response.json")
    again = recorded("restforce/refresh_success_response.json")
    tokens = visitor.tokens()
    assert set(first) <= set(tokens)
    refreshed = visitor.refresh(tokens["refresh_token"]).json()
    assert set(again) <= set(refreshed)
    assert "refresh_token" not in refreshed


def test_at_the_login_host_the_reply_names_the_orgs_own_address(visitor: Visitor) -> None:
    visitor.base = login_host(visitor.org)
    tokens = visitor.tokens()
    assert tokens["instance_url"] == visitor.org.base_url
    assert works(visitor.org, tokens["access_token"])


def test_denial_comes_back_with_the_state(visitor: Visitor) -> None:
    page = visitor.begins()
    visitor.logs_in(page)
    assert visitor.says(page, "deny") == {
        "error": "access_denied", "error_description": "end-user denied authorization",
        "state": "st ate&=?ü",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("user", "password"), [(USER, "wrong"), ("nobody@example.com", "example"), ("", "")]
)
def test_a_wrong_password_asks_again(visitor: Visitor, user: str, password: str) -> None:
    page = visitor.begins()
    answer = visitor.logs_in(page, user, password)
    assert (answer.status_code, 'id="error"' in answer.text) == (200, True)
    assert "Set-Cookie" not in answer.headers
    assert visitor.logs_in(page).status_code == 303


def test_nobody_allows_without_being_logged_in(visitor: Visitor) -> None:
    page = visitor.begins()
    answer = visitor.goes(page, method="POST", data={"action": "allow"})
    assert (answer.status_code, 'id="password"' in answer.text) == (200, True)


def test_an_inactive_user_does_not_get_in(visitor: Visitor) -> None:
    user = visitor.org.add_user(LastName="Gone", Email="gone@example.com", IsActive=False)
    assert user
    page = visitor.begins()
    assert visitor.logs_in(page, "gone@example.com").status_code == 200


def test_a_page_that_was_answered_is_over(visitor: Visitor) -> None:
    page = visitor.begins()
    visitor.logs_in(page)
    visitor.says(page, "allow")
    assert visitor.goes(page).status_code == 400
    assert visitor.goes(page, method="POST", data={"action": "allow"}).status_code == 400


def test_whoever_allowed_it_before_is_not_asked_again(visitor: Visitor) -> None:
    visitor.code()
    assert "code" in heard(visitor.goes(visitor.begins()))


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [("login", 'id="password"'), ("select_account", 'id="password"'),
     ("consent", 'id="oaapprove"'), ("login consent", 'id="password"')],
)  # fmt: skip
def test_prompt(visitor: Visitor, prompt: str, shown: str) -> None:
    visitor.code()
    assert shown in visitor.goes(visitor.begins(prompt=prompt)).text


def test_login_hint_fills_the_name_in(visitor: Visitor) -> None:
    page = visitor.goes(visitor.begins(login_hint='a"<b>@example.com'))
    assert 'value="a&quot;&lt;b&gt;@example.com"' in page.text


@pytest.mark.parametrize("allowed_before", [False, True])
def test_immediate(visitor: Visitor, allowed_before: bool) -> None:
    if allowed_before:
        visitor.code()
        assert "code" in heard(visitor.goes(visitor.begins(immediate="true")))
    else:
        assert heard(visitor.authorize(immediate="true"))["error"] == "immediate_unsuccessful"


@pytest.mark.parametrize(
    "address",
    [CALLBACK + "/", CALLBACK + "?x=1", CALLBACK.upper(), "http://localhost:17172/callback",
     "http://127.0.0.1:17171/callback", "https://localhost:17171/callback", "", None],
)  # fmt: skip
def test_the_callback_is_compared_letter_by_letter(visitor: Visitor, address: str | None) -> None:
    answer = visitor.authorize(redirect_uri=address)
    assert shown_error(visitor, answer)[0] == "redirect_uri_mismatch"


@pytest.mark.parametrize(
    ("trouble", "error", "description"),
    [
        ("not_installed", "invalid_client", "app must be installed into org"),
        ("blocked", "OAUTH_APP_BLOCKED", "this app is blocked by admin"),
        ("unknown", "OAUTH_EC_APP_NOT_FOUND",
         "External client app is not installed in this org"),
        ("approval_error", "OAUTH_APPROVAL_ERROR_GENERIC",
         "An unexpected error has occurred during authentication."),
    ],
)  # fmt: skip
def test_an_app_that_is_not_set_up_never_hears_of_it(
    visitor: Visitor, trouble: str, error: str, description: str
) -> None:
    tokens = visitor.tokens()
    visitor.org.oauth.change_app(visitor.app.client_id, trouble=trouble)
    assert shown_error(visitor, visitor.authorize()) == (error, description)
    assert refusal(visitor.refresh(tokens["refresh_token"])) == (error, description)


def test_an_unknown_client_id_never_comes_back(visitor: Visitor) -> None:
    answer = visitor.authorize(client_id="3MVG9unknown")
    assert shown_error(visitor, answer) == ("invalid_client_id", "client identifier invalid")


@needs_recordings
def test_the_recorded_address_of_an_app_that_is_not_installed(visitor: Visitor) -> None:
    seen = recorded("public-code/oauth_errors.json")
    theirs = next(each["location"] for each in seen if "RemoteAccess" in each.get("location", ""))
    visitor.org.oauth.change_app(visitor.app.client_id, trouble="not_installed")
    ours = visitor.authorize(state=None).headers["Location"]
    assert ours == theirs.removeprefix("https://<mydomain>")


def test_a_missing_challenge_is_answered_in_a_bare_line(visitor: Visitor) -> None:
    answer = visitor.authorize(code_challenge=None)
    assert (answer.status_code, answer.text) == (
        400, "error=invalid_request&error_description=missing required code challenge",
    )  # fmt: skip
    assert "Content-Type" not in answer.headers
    visitor.org.oauth.change_app(visitor.app.client_id, require_pkce=False)
    assert visitor.authorize(code_challenge=None).status_code == 302


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "api full"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_other_mistakes_come_back(visitor: Visitor, changes: dict[str, str], error: str) -> None:
    answer = heard(visitor.authorize(**changes))
    assert (answer["error"], answer["state"]) == (error, "st ate&=?ü")


def test_admin_approved_users_are_not_asked_and_others_kept_out(visitor: Visitor) -> None:
    change, client_id = visitor.org.oauth.change_app, visitor.app.client_id
    change(client_id, permitted_users="admin_approved")
    page = visitor.begins()
    visitor.logs_in(page)
    assert heard(visitor.goes(page))["error"] == "OAUTH_APP_ACCESS_DENIED"
    change(client_id, admitted=[USER])
    tokens = visitor.tokens()
    change(client_id, admitted=[])
    assert refusal(visitor.refresh(tokens["refresh_token"])) == (
        "invalid_app_access", "user is not admin approved to access this app",
    )  # fmt: skip


def test_another_user_signs_in_as_themselves(visitor: Visitor) -> None:
    user = visitor.org.add_user(FirstName="Kim", LastName="Example", Email="kim@example.com")
    visitor.org.oauth.set_password("kim@example.com", "another")
    page = visitor.begins()
    assert visitor.logs_in(page, "kim@example.com").status_code == 200
    visitor.logs_in(page, "Kim@Example.com", "another")
    tokens = visitor.exchange(visitor.says(page, "allow")["code"]).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    for address in (tokens["id"], f"{visitor.org.base_url}/services/oauth2/userinfo"):
        about = requests.get(address, headers=headers, timeout=10).json()
        assert (about["user_id"], about["preferred_username"]) == (user, "kim@example.com")
        assert about["organization_id"] == visitor.org.org_id


def test_pages_let_their_form_lead_to_the_apps_address_only(visitor: Visitor) -> None:
    policy = visitor.goes(visitor.begins()).headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:17171;" in policy
    assert policy.startswith("default-src 'none'")


def test_two_tabs_do_not_disturb_each_other(visitor: Visitor) -> None:
    first, second = visitor.begins(state="1"), visitor.begins(state="2")
    visitor.logs_in(first)
    assert visitor.says(second, "allow")["state"] == "2"
    assert visitor.says(first, "deny")["state"] == "1"


def test_the_challenge_is_that_of_rfc_7636() -> None:
    known = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(known) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert challenge(VERIFIER) != known
