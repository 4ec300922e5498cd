"""Which org to talk to, with which token, and in which version of the REST API.

Only some addresses may be given a token. Salesforce adds a version with each release and keeps old
ones for years, so a first request uses the newest version that wasf was tested with. Only if an org
answers that it does not know it, its list is asked (`/services/data`, without a sign-in), and what
is chosen of it is remembered. An ordinary org costs no call for this.

`org_on_demand` is an org for runs that may not talk to it at all.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, Self, cast
from urllib.parse import SplitResult, urlsplit

from wasf.core.auth import Secret
from wasf.errors import BadSetting, NotConnected, WasfError, WrongUsage
from wasf.values import dataclass

if TYPE_CHECKING:  # heavy: loaded when the org is asked
    from wasf.core.records import RecordId, RecordType
    from wasf.interfaces import ApiUsage
    from wasf.salesforce.org import SalesforceOrg

URL_VARIABLE: Final = "WASF_INSTANCE_URL"
PRODUCTION: Final = "https://login.salesforce.com"
SANDBOX: Final = "https://test.salesforce.com"
_OF_SALESFORCE: Final = (".salesforce.com", ".force.com", ".salesforce.mil", ".sfcrmproducts.cn")

TOKEN_VARIABLE: Final = "WASF_ACCESS_TOKEN"  # noqa: S105 - the variable's name, no token

NEWEST: Final = 67
"""wasf was tested with versions 62 to 67; what it sends is the same in all of them."""
OLDEST: Final = 41
"""Older versions are retired, or will be in 2028."""

NEWEST_VERSION: Final = f"{NEWEST}.0"
_VERSION: Final = re.compile(r"([1-9]\d{0,3})\.0", re.ASCII)


class Access(Protocol):
    """Gives the connection that is valid now, and a new one once Salesforce refused it.

    For several threads. Both methods raise a `WasfError` if there is none.
    """

    def current(self) -> "Connection":
        """Return the connection to use."""
        ...

    def renew(self, refused: "Connection") -> "Connection | None":
        """Return another connection than the refused one, None where there can be none."""
        ...


@dataclass(frozen=True, slots=True)
class Connection:
    """The address of an org, `https://host` or `http://loopback:port`, and an access token.

    It is also an `Access` that cannot be renewed. Raise `BadSetting` for an address that must not
    be given a token, `NotConnected` for a token that cannot be one.
    """

    instance_url: str
    token: Secret

    def __post_init__(self) -> None:
        object.__setattr__(self, "instance_url", checked_url(self.instance_url))
        text = self.token.reveal()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise NotConnected(
                "The Salesforce access token is empty or holds characters that no token has.",
                f"Set {TOKEN_VARIABLE} to the whole token, without quotes or line ends.",
            )

    def current(self) -> Self:
        return self

    def renew(self, refused: "Connection") -> None:
        """See `Access`."""

    @property
    def is_loopback(self) -> bool:
        """Whether the org is on this machine."""
        return is_loopback(urlsplit(self.instance_url).hostname or "")


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


def from_environment(env: Mapping[str, str], profile: str = "") -> Connection | None:
    """Return the connection that the environment names, None if it names none.

    `profile` is the sign-in that a person asked for, if any. Raise `WrongUsage` if there is a token
    beside it, `NotConnected` if only half of a connection is there, `BadSetting` if the address is
    unfit.
    """
    url, token = env.get(URL_VARIABLE, "").strip(), env.get(TOKEN_VARIABLE, "").strip()
    if token and profile:
        raise WrongUsage(
            f"--org names a sign-in, but {TOKEN_VARIABLE} is set, which is for an org of its own.",
            f"Leave out --org, or unset {TOKEN_VARIABLE}.",
        )
    if not url and not token:
        return None
    if not url or not token:
        there, missing = (TOKEN_VARIABLE, URL_VARIABLE) if token else (URL_VARIABLE, TOKEN_VARIABLE)
        raise NotConnected(
            f"{there} is set, but {missing} is not.",
            f"Set both {URL_VARIABLE} and {TOKEN_VARIABLE}, or neither.",
        )
    return Connection(url, Secret(token))


def checked_url(url: str) -> str:
    """Return the address without a slash at its end; raise `BadSetting` if it is unfit."""
    try:
        parts = urlsplit(url)
        _check_parts(parts)
    except ValueError as flaw:
        raise BadSetting(
            f"The Salesforce address cannot be used: {flaw}.",
            "It should look like https://example.my.salesforce.com.",
        ) from None
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _check_parts(parts: SplitResult) -> None:
    """Raise ValueError with a few words if the address is unfit; `parts.port` raises by itself."""
    host = parts.hostname or ""
    if not host or not all(sign.isalnum() or sign in ".-:" for sign in host) or not host.isascii():
        raise ValueError("it names no host")
    if parts.scheme not in ("https", "http"):
        raise ValueError("it does not start with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a user name or a password")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.port == 0:
        raise ValueError("it must be a host only, with nothing after it")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("plain http is allowed only for this machine itself, use https://")


def is_loopback(host: str) -> bool:
    """Return whether a host's name or number means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def choose_version(offered: Iterable[str]) -> str:
    """Return the newest version that an org offers and wasf speaks, such as `67.0`.

    Raise `BadSetting` if all are too old or there is none, `WasfError` if all are too new.
    """
    numbers = {int(found[1]) for one in offered if (found := _VERSION.fullmatch(one))}
    if usable := [number for number in numbers if OLDEST <= number <= NEWEST]:
        return f"{max(usable)}.0"
    if any(number > NEWEST for number in numbers):
        raise WasfError(
            f"This org offers only versions of Salesforce's API that are newer than {NEWEST}.0.",
            "Update wasf to its newest version.",
        )
    newest = f"up to {max(numbers)}.0" if numbers else "none"
    raise BadSetting(
        f"This address offers too old versions of Salesforce's API ({newest});"
        f" wasf needs {OLDEST}.0 or newer.",
        "Check that the address is that of the org: every org of today has newer ones.",
    )


class ApiVersion:
    """The version that is spoken with one org, for all its clients and threads.

    `remembered` is what was chosen before, "" for the newest; `remember` is told a new choice.
    """

    def __init__(
        self, remembered: str = "", remember: Callable[[str], None] = lambda _: None
    ) -> None:
        self.number = remembered or NEWEST_VERSION
        self._remember = remember
        self._lock = Lock()
        self._is_known = False

    def confirm(self) -> None:
        """Note that the org answered a request: it knows this version."""
        self._is_known = True

    def may_be_unknown(self, status: int) -> bool:
        """Return whether an answer of this HTTP status can mean that the org lacks the version.

        404 has other meanings once the org is known to have it.
        """
        return status == 410 or (status == 404 and not self._is_known)

    def choose(self, offered: Iterable[str]) -> None:
        """Use the newest version of those. Raise a `WasfError` if wasf speaks none of them."""
        chosen = choose_version(offered)
        if chosen != self.number:
            self.number = chosen
            self._remember(chosen)

    def replace(self, refused: str, offered: Callable[[], Iterable[str]]) -> bool:
        """Choose again because the org refused a version; return whether it is another now.

        Of several threads only the first asks. Raise a `WasfError` if wasf speaks none.
        """
        with self._lock:
            if self.number == refused:
                self.choose(offered())
            return self.number != refused


# --- An org that may not be asked ----------------------------------------------------------------


def org_on_demand(instance_url: str, make: "Callable[[], SalesforceOrg]") -> "SalesforceOrg":
    """Return an org that is made when it is asked something that needs a call.

    Until then it knows the addresses of records, and that no call was made. What speaks to
    Salesforce takes longer to load than a run that has nothing to do.
    """
    return cast("SalesforceOrg", _OrgOnDemand(instance_url, make))


class _OrgOnDemand:
    def __init__(self, instance_url: str, make: "Callable[[], SalesforceOrg]") -> None:
        self._instance_url = instance_url
        self._make = make
        self._made: SalesforceOrg | None = None

    def record_url(self, record_id: "RecordId", record_type: "RecordType") -> str:
        from wasf.core.records import record_address  # heavy: loaded where there are records

        return record_address(self._instance_url, record_id, record_type)

    @property
    def api_calls(self) -> int:
        return self._made.api_calls if self._made else 0

    @property
    def usage(self) -> "ApiUsage | None":
        return self._made.usage if self._made else None

    def __getattr__(self, name: str) -> object:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)
