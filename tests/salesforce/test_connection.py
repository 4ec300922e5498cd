"""Addresses that may be given a token, by people and by an org, and a secret that never shows."""

import pickle

import pytest

from wasf.core.auth import Secret
from wasf.errors import BadSetting, NotConnected, WrongUsage
from wasf.salesforce.connection import PRODUCTION, Connection, from_environment, org_url

GOOD = {
    "production": ("https://example.my.salesforce.com", "https://example.my.salesforce.com"),
    "slash at the end": ("https://Example.my.salesforce.com/", "https://example.my.salesforce.com"),
    "with a port": ("https://example.my.salesforce.com:8443", None),
    "loopback name": ("http://localhost:8080", None),
    "loopback 127.0.0.1": ("http://127.0.0.1:8080", None),
    "loopback 127.8.9.1": ("http://127.8.9.1", None),
    "loopback IPv6": ("http://[::1]:8080", None),
}
BAD = {
    "plain http": "http://example.my.salesforce.com",
    "plain http to a look-alike": "http://localhost.example.com",
    "plain http to 127 as a name": "http://127.0.0.1.example.com",
    "plain http to another IPv6": "http://[::2]:8080",
    "user name": "https://ada@example.my.salesforce.com",
    "password": "https://ada:secret@example.my.salesforce.com",
    "user name that looks like the host": "http://localhost@example.com",
    "path": "https://example.my.salesforce.com/services",
    "query": "https://example.my.salesforce.com?x=1",
    "fragment": "https://example.my.salesforce.com/#x",
    "no scheme": "example.my.salesforce.com",
    "other scheme": "ftp://example.my.salesforce.com",
    "no host": "https://",
    "port that is none": "https://example.my.salesforce.com:99999",
    "port zero": "https://example.my.salesforce.com:0",
    "broken brackets": "https://[::1",
    "blank within": "https://example .my.salesforce.com",
    "backslash": "https://example.com\\.my.salesforce.com",
    "empty": "",
}


@pytest.mark.parametrize(("given", "kept"), GOOD.values(), ids=GOOD)
def test_addresses_that_are_used(given, kept):
    assert Connection(given, Secret("token")).instance_url == (kept or given)


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
def test_addresses_that_get_no_token(given):
    with pytest.raises(BadSetting) as caught:
        Connection(given, Secret("token"))
    assert caught.value.hint
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("token", ["", "two words", "line\nend", "möglich", "nul\x00"])
def test_tokens_that_cannot_be_one(token):
    with pytest.raises(NotConnected):
        Connection("https://example.my.salesforce.com", Secret(token))


def test_from_environment_reads_both():
    connection = from_environment(
        {"WASF_INSTANCE_URL": " https://example.my.salesforce.com ", "WASF_ACCESS_TOKEN": "abc\n"}
    )
    assert connection == Connection("https://example.my.salesforce.com", Secret("abc"))


def test_a_token_beside_a_named_sign_in_is_refused():
    env = {"WASF_INSTANCE_URL": "https://example.my.salesforce.com", "WASF_ACCESS_TOKEN": "00D!x"}
    with pytest.raises(WrongUsage, match="WASF_ACCESS_TOKEN") as refused:
        from_environment(env, "sandbox")
    assert "00D!x" not in str(refused.value)
    assert from_environment({}, "sandbox") is None


def test_from_environment_without_either_is_none():
    assert from_environment({"WASF_INSTANCE_URL": "", "HOME": "/"}) is None


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"WASF_INSTANCE_URL": "https://example.my.salesforce.com"}, "WASF_ACCESS_TOKEN is not"),
        ({"WASF_ACCESS_TOKEN": "abc"}, "WASF_INSTANCE_URL is not"),
    ],
    ids=["no token", "no address"],
)
def test_from_environment_with_one_says_which_is_missing(env, missing):
    with pytest.raises(NotConnected, match=missing):
        from_environment(env)


def test_a_secret_never_shows():
    secret = Secret("00Dxx!canary")
    connection = Connection("https://example.my.salesforce.com", secret)
    for shown in (repr(secret), str(secret), f"{secret}", repr(connection), str(connection)):
        assert "canary" not in shown
    assert secret.reveal() == "00Dxx!canary"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


# --- What an org says of its own address ---------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "login"),
    [
        ("https://acme.my.salesforce.com/", PRODUCTION),
        ("https://acme.file.force.com", PRODUCTION),
        ("https://login.acme.example", "https://login.acme.example"),
        ("http://127.0.0.1:1", "http://localhost:2"),
    ],
)
def test_an_org_says_where_it_is(named: str, login: str) -> None:
    assert org_url(named, login) == named.rstrip("/")


@pytest.mark.parametrize(
    ("named", "login"),
    [
        ("https://evil.example", PRODUCTION),
        ("https://salesforce.com.evil.example", PRODUCTION),
        ("https://evilsalesforce.com", PRODUCTION),
        ("http://acme.my.salesforce.com", PRODUCTION),
        ("http://127.0.0.1:1", PRODUCTION),
        ("https://other.example", "https://login.acme.example"),
        ("", PRODUCTION),
    ],
)
def test_a_token_goes_nowhere_else(named: str, login: str) -> None:
    with pytest.raises(ValueError, match="address"):
        org_url(named, login)
