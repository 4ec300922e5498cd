"""Hosts to sign in at, and the check of the address that an org names as its own."""

from typing import Final
from urllib.parse import urlsplit

from wasf.errors import BadSetting
from wasf.salesforce.connection import checked_url, is_loopback

PRODUCTION: Final = "https://login.salesforce.com"
SANDBOX: Final = "https://test.salesforce.com"

_MY_DOMAIN: Final = ".my.salesforce.com"
_PAGES: Final = (".lightning.force.com", ".my.salesforce-setup.com")
"""Hosts of the org's pages and of its Setup; nobody signs in there."""

_OF_SALESFORCE: Final = (".salesforce.com", ".force.com", ".salesforce.mil", ".sfcrmproducts.cn")


def login_url(domain: str) -> str:
    """Return the address of a My Domain, in whichever way a person names it.

    `acme`, `acme--dev.sandbox`, `acme.my.salesforce.com` and the address of one of its pages are
    understood. Raise `BadSetting` for anything else.
    """
    text = domain.strip()
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return checked_url(address)  # which says what is wrong with it
    if parts.scheme == "https":
        address = f"https://{_full_host(parts.netloc)}"
    return checked_url(address)


def _full_host(host: str) -> str:
    lowered = host.lower()
    for pages in _PAGES:
        if lowered.endswith(pages):
            return lowered.removesuffix(pages) + _MY_DOMAIN
    if "--" in lowered and "." not in lowered:
        return f"{lowered}.sandbox{_MY_DOMAIN}"
    is_name = "." not in lowered.removesuffix(".sandbox") and ":" not in lowered
    return lowered + _MY_DOMAIN if is_name and lowered else lowered


def is_shared(url: str) -> bool:
    """Return whether all orgs share this host: it is not an org's own."""
    return url in (PRODUCTION, SANDBOX)


def org_url(named: str, login: str) -> str:
    """Return the org's address as Salesforce named it, if it may be given a token.

    Raise ValueError for a host that is neither Salesforce's nor the one signed in at.
    """
    try:
        url = checked_url(named)
    except BadSetting:
        raise ValueError("an address that cannot be used") from None
    host, own = urlsplit(url).hostname or "", urlsplit(login).hostname or ""
    if url.startswith("https://") and (host == own or host.endswith(_OF_SALESFORCE)):
        return url
    if is_loopback(host) and is_loopback(own):
        return url
    raise ValueError("an address outside Salesforce")
