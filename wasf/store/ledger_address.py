"""The address of a shared ledger, and which addresses are refused (setting `ledger`).

An address is a URI as PostgreSQL's own programs take it: several hosts, and options behind `?`. It
holds no password, because settings are shown and copied: that is in the file that PGPASSFILE names.
What goes to another machine is encrypted, and the other machine has to prove who it is.
"""

from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from wasf.errors import BadSetting

SAFE_MODE = "verify-full"
"""The only `sslmode` that proves which server it is."""

_SCHEMES = ("postgresql", "postgres")
_EXAMPLE = "postgresql://wasf@db.example.com/wasf?sslmode=verify-full&sslrootcert=system"


def check_ledger_address(text: str) -> str:
    """Return an address that may be used, or "" for none. Raise `BadSetting`."""
    address = text.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        options = parse_qs(parts.query)
    except ValueError:
        raise _no_address() from None
    if parts.scheme not in _SCHEMES:
        raise _no_address()
    user, _, hosts = parts.netloc.rpartition("@")
    if ":" in user or "password" in options:
        raise BadSetting(
            "The setting ledger must hold no password",
            "write it into the file that PGPASSFILE names, or ~/.pgpass, and leave it out here",
        )
    lists = [hosts, *options.get("host", []), *options.get("hostaddr", [])]
    named = [_host(one) for some in lists for one in some.split(",")]
    far = [host for host in named if not is_local_server(host)]
    if far and options.get("sslmode", [""])[-1] != SAFE_MODE:
        raise unsafe_server(far[0])
    return address


def _no_address() -> BadSetting:
    return BadSetting("The setting ledger is no address of a PostgreSQL server", _EXAMPLE)


def is_local_server(host: str) -> bool:
    """Return whether a host is this machine, or the path of a socket on it."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def unsafe_server(host: str) -> BadSetting:
    """Return the error for another machine that does not have to prove who it is."""
    return BadSetting(
        f"The way to the database of the ledger at {host} is not safe",
        f"add sslmode={SAFE_MODE} to the setting ledger, such as {_EXAMPLE}",
    )


def _host(named: str) -> str:
    """Return a host without its port and brackets."""
    host = unquote(named)
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
