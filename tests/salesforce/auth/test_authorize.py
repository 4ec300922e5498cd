"""Where to sign in, which answers belong to an attempt, and what refusals mean."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo.salesforce.recordings import needs_recordings, recorded
from wasf.core.auth import CodeGiven, NotAnAnswer, SaidNo
from wasf.errors import BadSetting, NotConnected, TryLater, WasfError
from wasf.salesforce.auth.authorize import (
    PORTS,
    AuthorizationRequest,
    answer_in,
    answer_pasted,
    login_url,
    redirect_uri,
)
from wasf.salesforce.auth.oauth import at_sign_in
from wasf.salesforce.connection import PRODUCTION

ATTEMPT = AuthorizationRequest.begin(
    "https://login.salesforce.com", "3MVG9.client", redirect_uri(PORTS[0])
)
STATE = ATTEMPT.state.reveal()
CODE = "aPrx4fL0cEJ1.qYw=="
GOOD = urlencode({"code": CODE, "state": STATE})


def test_the_address() -> None:
    parts = urlsplit(ATTEMPT.address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    verifier = ATTEMPT.verifier.reveal()
    digest = hashlib.sha256(verifier.encode()).digest()

    assert 43 <= len(verifier) <= 128
    assert verifier not in ATTEMPT.address
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://login.salesforce.com/services/oauth2/authorize"
    )
    assert asked == {
        "response_type": "code", "client_id": "3MVG9.client", "state": STATE,
        "redirect_uri": "http://localhost:17171/callback", "scope": "api refresh_token",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }  # fmt: skip


def test_no_two_attempts_are_alike() -> None:
    other = AuthorizationRequest.begin(
        "https://login.salesforce.com", "3MVG9.client", ATTEMPT.redirect_uri
    )

    assert other.state != ATTEMPT.state
    assert other.verifier != ATTEMPT.verifier


def wrapped(text: str, end: str, width: int = 24) -> str:
    """The text as a narrow window or a mail wraps it."""
    return end.join(text[at : at + width] for at in range(0, len(text), width))


PASTED = {
    "the whole address": f"http://localhost:17171/callback?{GOOD}",
    "in quotes": f'"http://localhost:17171/callback?{GOOD}"',
    "without http": f"localhost:17171/callback?{GOOD}",
    "the query": GOOD,
    "the query with its mark": f"?{GOOD}",
    "the code": CODE,
    "the code as it stands in the address": CODE.replace("=", "%3D"),
    "with blanks around": f"  {CODE}\t",
    "another port, as forwarded": f"http://localhost:9/callback?{GOOD}",
    "wrapped": wrapped(f"http://localhost:17171/callback?{GOOD}", "\n"),
    "wrapped, from Windows": wrapped(f"http://localhost:17171/callback?{GOOD}", "\r\n"),
    "wrapped, old line ends": wrapped(f"http://localhost:17171/callback?{GOOD}", "\r"),
    "with the terminal's marks": f"\x1b[200~http://localhost:17171/callback?{GOOD}\x1b[201~",
    "wrapped, with marks": f"\x1b[200~{wrapped(GOOD, chr(10))}\n\x1b[201~",
    "after another one": f"http://x.example/?code=a&state=b\nhttp://localhost:1/?{GOOD}",
    "before a remark": f"http://localhost:17171/callback?{GOOD}\nis the address",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_what_is_pasted(text: str) -> None:
    answer = answer_pasted(text, ATTEMPT)

    assert isinstance(answer, CodeGiven)
    assert answer.code.reveal() == CODE


@pytest.mark.parametrize(
    "text",
    ["", "y", "http://localhost:17171/callback", "https://login.salesforce.com/", "two words",
     f"http://localhost:17171/callback?code={CODE}&state=other",
     f"http://localhost:17171/callback?code={CODE}",
     f"http://localhost:17171/callback?{GOOD}&code=other", "http://[",
     "http://[?code=a", "\u202e" * 20,
     f"aPrx4fL0cEJ1\nhttp://localhost:17171/callback?code={CODE}", "aPrx4fL0cEJ1\nx y"],
)  # fmt: skip
def test_what_is_no_answer(text: str) -> None:
    assert isinstance(answer_pasted(text, ATTEMPT), NotAnAnswer)


@given(st.text(max_size=200))
def test_nothing_that_is_pasted_breaks_it(text: str) -> None:
    answer_pasted(text, ATTEMPT)
    answer_pasted(f"https://x.example/?{text}", ATTEMPT)
    answer_pasted(f"http://{text}?code=1", ATTEMPT)


@given(st.text(max_size=200))
def test_no_query_without_the_state_is_an_answer(query: str) -> None:
    assert isinstance(answer_in(query, ATTEMPT), NotAnAnswer)


def test_a_refusal_at_the_callback_is_final_and_one_on_a_page_of_salesforce_is_not() -> None:
    query = urlencode({"error": "access_denied", "state": STATE})
    came = answer_in(query, ATTEMPT)
    page = "https://acme.my.salesforce.com/setup/secur/RemoteAccessErrorPage.apexp"
    seen = answer_pasted(f"{page}?error=redirect_uri_mismatch&state={STATE}", ATTEMPT)

    assert isinstance(came, SaidNo)
    assert came.is_final
    assert isinstance(seen, SaidNo)
    assert not seen.is_final


MEANINGS: dict[tuple[str, str], tuple[type[WasfError], str]] = {
    ("invalid_grant", "expired access/refresh token"): (NotConnected, "no longer valid"),
    ("invalid_grant", "expired authorization code"): (NotConnected, "came too late"),
    ("invalid_grant", "authentication failure"): (NotConnected, "refused the sign-in"),
    ("invalid_grant", "ip restricted"): (NotConnected, "network"),
    ("invalid_grant", "user hasn't approved this consumer"): (NotConnected, "not approved"),
    ("invalid_grant", "audience is invalid"): (BadSetting, "address"),
    ("invalid_grant", "Audience validation failed"): (BadSetting, "address"),
    ("invalid_grant", "invalid code verifier"): (NotConnected, "another sign-in"),
    ("invalid_grant", "no client credentials user enabled"): (NotConnected, "run as"),
    ("invalid_app_access", "user is not admin approved to access this app"): (
        NotConnected, "may not use"),
    ("invalid_client_id", "client identifier invalid"): (BadSetting, "client id"),
    ("invalid_client", "invalid client credentials"): (BadSetting, "secret"),
    ("invalid_client", "app must be installed into org"): (NotConnected, "not installed"),
    ("OAUTH_APP_BLOCKED", "this app is blocked by admin"): (NotConnected, "blocked"),
    ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org"): (
        NotConnected, "not installed"),
    ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred"): (
        NotConnected, "not installed"),
    ("redirect_uri_mismatch", "redirect_uri must match configuration"): (BadSetting, "callback"),
    ("access_denied", "end-user denied authorization"): (NotConnected, "declined"),
    ("access-denied", ""): (NotConnected, "declined"),
    ("inactive_user", "user is inactive"): (NotConnected, "not active"),
    ("inactive_org", "organization is inactive"): (NotConnected, "not active"),
    ("org_is_not_active", "this org has been deactivated"): (NotConnected, "locked, or has ended"),
    ("invalid_request", "refresh token flow not enabled"): (NotConnected, "sign-in last"),
    ("unsupported_grant_type", "grant type not supported"): (NotConnected, "way to sign in"),
    ("unknown_error", "retry your request"): (TryLater, "at the moment"),
    ("rate_limit_exceeded", "login rate exceeded"): (TryLater, "Too many"),
    ("invalid_scope", "the requested scope is not allowed"): (BadSetting, "scopes"),
    ("something_new", "whatever"): (NotConnected, "something_new"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), MEANINGS.items(), ids=lambda v: str(v)[:50])
def test_what_an_error_means(said: tuple[str, str], meant: tuple[type[WasfError], str]) -> None:
    error = at_sign_in(*said)

    assert type(error) is meant[0]
    assert meant[1] in error.message
    assert error.hint


@needs_recordings
def test_every_recorded_error_has_a_meaning_of_its_own() -> None:
    for each in recorded("public-code/oauth_errors.json"):
        if each.get("body"):
            error = at_sign_in(each["body"]["error"], each["body"]["error_description"])
            assert each["body"]["error"] not in error.message


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_salesforce_says_is_never_repeated(error: str, description: str) -> None:
    found = at_sign_in(f"<{error}>\x1b", description)

    assert "\x1b" not in found.message + found.hint


# --- Where to sign in ----------------------------------------------------------------------------

NAMED = {
    "acme": "https://acme.my.salesforce.com",
    " Acme ": "https://acme.my.salesforce.com",
    "acme.my.salesforce.com": "https://acme.my.salesforce.com",
    "https://acme.my.salesforce.com/": "https://acme.my.salesforce.com",
    "https://acme.my.salesforce.com/lightning/page/home?x=1": "https://acme.my.salesforce.com",
    "https://acme.lightning.force.com/lightning/r/Lead/00Q/view": "https://acme.my.salesforce.com",
    "acme.lightning.force.com": "https://acme.my.salesforce.com",
    "acme.my.salesforce.com/lightning/page/home?x=1": "https://acme.my.salesforce.com",
    "https://acme.my.salesforce-setup.com/lightning/setup/": "https://acme.my.salesforce.com",
    "acme--dev.sandbox.my.salesforce-setup.com": "https://acme--dev.sandbox.my.salesforce.com",
    "acme--dev": "https://acme--dev.sandbox.my.salesforce.com",
    "acme--dev.sandbox": "https://acme--dev.sandbox.my.salesforce.com",
    "https://acme--dev.sandbox.lightning.force.com": "https://acme--dev.sandbox.my.salesforce.com",
    "login.salesforce.com": PRODUCTION,
    "login.acme.example": "https://login.acme.example",
    "http://127.0.0.1:8977": "http://127.0.0.1:8977",
    "http://localhost:8977/": "http://localhost:8977",
}


@pytest.mark.parametrize(("named", "url"), NAMED.items(), ids=NAMED)
def test_an_address_as_people_write_it(named: str, url: str) -> None:
    assert login_url(named) == url


@pytest.mark.parametrize(
    "named",
    ["", "http://acme.my.salesforce.com", "ftp://acme", "https://u:p@acme.my.salesforce.com",
     "https://", "a b", "/", "[acme", "https://[acme", "acme.my.salesforce.com@evil.example"],
)  # fmt: skip
def test_an_address_that_is_none(named: str) -> None:
    with pytest.raises(BadSetting):
        login_url(named)
