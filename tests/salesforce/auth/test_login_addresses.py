"""Where to sign in, and which address an org may name as its own."""

import pytest

from wasf.errors import BadSetting
from wasf.salesforce.auth.authorize import login_url
from wasf.salesforce.connection import PRODUCTION, org_url

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
