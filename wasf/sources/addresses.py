"""Addresses: of the server that a person named, of this listener, of a chat, of a message's file.

The server that a person names may be anywhere, in a private network too, and without TLS there. At
a public address it has TLS, or everybody on the way could read the token; a name may lead into a
private network, so a name without TLS is only warned of. This listener's address has TLS, unless
both are in one private network. A link that somebody else gives is followed by one policy: it leads
to the server that the person named, or over TLS to a public address; `wasf.http` checks the address
behind a name when it connects. Only a plain host and port are read: libraries disagree about which
host `http://a\\@b` names, and the one that sends must not connect elsewhere than was checked.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from wasf.errors import BadSetting, WrongUsage

_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PRIVATE_NAMES: Final = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_LONGEST_LINK: Final = 255
_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_PLACE: Final = re.compile(r"(?:[\w.-]+|\[[0-9A-Za-z:.%]+\])(?::[0-9]*)?")


def server_address(url: str, title: str, page: str) -> str:
    """Return the address of a server of the user's own, without a slash at its end.

    People copy it from the browser: what begins with the path `page` (`/app`) is cut off. Raise
    `WrongUsage` if it is no address, or has a user, a query or a fragment, or if it is a public IP
    address without TLS.
    """
    parts = _parts(url.strip())
    if parts is None or parts.scheme not in _PORTS:
        raise WrongUsage(
            f"That is no address of a {title}.", "Give it as --url https://chat.example.com"
        )
    if is_in_the_open(url.strip()) and _ip_address(parts.hostname or ""):
        raise WrongUsage(
            f"Without TLS everybody on the way to that {title} can read the token and the chats.",
            f"Give {title} a name with https://, or reach it through a VPN or an SSH tunnel.",
        )
    path = f"{parts.path.rstrip('/')}/"
    before, found, _ = path.partition(f"{page}/")
    return f"{parts.scheme}://{parts.netloc}{before if found else path}".rstrip("/")


def is_in_the_open(url: str) -> bool:
    """Return whether an address has no TLS, and is not of this machine or a private network."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and not is_private_name(parts.hostname or "")
    except ValueError:
        return False


def service_address(url: str, title: str, setting: str) -> str:
    """Return the address of a service in the internet, without a slash at its end.

    It has TLS, or leads to this machine, as that of Salesforce: our token goes there. Raise
    `BadSetting` with the name of the `setting` for anything else.
    """
    parts = _parts(url)
    is_here = parts is not None and parts.scheme == "http" and parts.hostname in _LOCAL
    if parts is None or not (parts.scheme == "https" or is_here):
        raise BadSetting(
            f"That is no address for {title}'s token: it begins with https://.",
            f"{setting}=https://… (http:// only for this machine)",
        )
    return url.rstrip("/")


def hook_address(url: str, title: str, *, server: str = "") -> str:
    """Return the address that a provider can deliver to, without a slash at its end.

    Raise `WrongUsage` if it is none: it has TLS or leads to this machine, and no query. If
    the provider's own `server` is in a private network, the address may be there as well.
    """
    parts = _parts(url)
    in_network = bool(server) and is_private_name(urlsplit(server).hostname or "")
    is_near = parts is not None and (
        parts.hostname in _LOCAL or (in_network and is_private_name(parts.hostname or ""))
    )
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and is_near)):
        raise WrongUsage(
            f"That is no address that {title} can deliver to.",
            "wasf listen --register https://hooks.example.com",
        )
    return url.rstrip("/")


def page_address(shown: str) -> str:
    """Return an address that people may be shown to click, "" for anything else (L3).

    It is of the web and has a host; it is one line without invisible characters, and not longer
    than a field for links takes.
    """
    parts = _plain(shown)
    is_page = parts is not None and parts.scheme in _PORTS
    is_one_word = shown.isprintable() and " " not in shown
    return shown if is_page and is_one_word and len(shown) <= _LONGEST_LINK else ""


def may_follow(link: str, server: str) -> bool:
    """Return whether a link may be followed; `server` is the address of the API that gave it."""
    if is_same_server(link, server):
        return True
    parts = _plain(link)
    return parts is not None and parts.scheme == "https" and _is_public(parts.hostname or "")


def is_same_server(link: str, server: str) -> bool:
    """Return whether a link leads to the server at that address: scheme, host and port."""
    parts, own = _plain(link), _plain(server)
    return parts is not None and own is not None and _place(parts) == _place(own)


def is_this_machine(url: str) -> bool:
    """Return whether an address leads to this machine; no proxy is asked for it."""
    parts = _parts(url)
    return parts is not None and parts.hostname in _LOCAL


def is_private_name(host: str) -> bool:
    """Return whether a host is a private address, or a name that only a private network knows."""
    if (address := _ip_address(host)) is not None:
        return not address.is_global
    name = host.lower().rstrip(".")
    return "." not in name or name.endswith(_PRIVATE_NAMES)


def host_of(link: str) -> str:
    """Return the host of a link, "" if it has none."""
    parts = _plain(link)
    return parts.hostname or "" if parts else ""


def path_below(link: str, folder: str) -> str:
    """Return a link's path from a folder on (`/api/files/`); "" if it is not below the folder."""
    try:
        _, found, rest = urlsplit(link).path.partition(folder)
    except ValueError:
        return ""
    steps = unquote(rest).replace("\\", "/").split("/")
    return "" if ".." in steps else f"{found}{rest if found else ''}"


def _is_public(host: str) -> bool:
    """Return whether a host is a public address, or a name that may lead to one.

    A name that ends in a number (`127.1`, `0x7f.1`, `127.0.0.1.`) is an address to some libraries.
    """
    is_number = host.rstrip(".").rpartition(".")[2][:1].isdigit()
    return not is_private_name(host) and (not is_number or _ip_address(host) is not None)


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is, without its scope; None if it is a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address; None if it is none, or has more than a place."""
    parts = _plain(url)
    return None if parts is None or parts.query or parts.fragment or " " in url else parts


def _plain(url: str) -> SplitResult | None:
    """Return the parts of an address; None if its host could be read in more than one way.

    So is that of an address with a user or with control characters, which `urlsplit` drops.
    """
    try:
        parts = urlsplit(url)
        is_plain = bool(_PLAIN_PLACE.fullmatch(parts.netloc)) and parts.port != 0
    except ValueError:
        return None
    return parts if is_plain and not _CONTROL.search(url) else None
