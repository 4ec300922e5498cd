"""Where wasf keeps things: the folders on this machine, and the address of a shared ledger."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from wasf.errors import BadSetting
from wasf.values import dataclass

_HINT = "Set WASF_HOME to a folder of yours."
_ORG_ID = re.compile(r"[A-Za-z0-9]{18}")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the settings and of the state; they are created when a file is written."""

    config: Path
    state: Path

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Return `WASF_HOME` for both if it is set, else the platform's usual folders.

        `XDG_CONFIG_HOME` and `XDG_STATE_HOME` count on every platform. Raise `BadSetting` if there
        is no home folder, or `WASF_HOME` is in the home folder of somebody unknown.
        """
        if home := env.get("WASF_HOME"):
            return cls(_own_folder(home), _own_folder(home))
        from platformdirs import PlatformDirs  # not needed where WASF_HOME is set

        dirs = PlatformDirs("wasf", appauthor=False)
        return cls(
            config=_folder(env.get("XDG_CONFIG_HOME", ""), lambda: dirs.user_config_dir),
            state=_folder(env.get("XDG_STATE_HOME", ""), lambda: dirs.user_state_dir),
        )

    @property
    def settings_file(self) -> Path:
        """The settings, as TOML."""
        return self.config / "settings.toml"

    @property
    def org_book(self) -> Path:
        """The orgs of tokens that were used before, see `OrgBook`."""
        return self.state / "orgs.json"

    @property
    def version_book(self) -> Path:
        """The versions of the API that older orgs have, see `VersionBook`."""
        return self.state / "versions.json"

    @property
    def run_log(self) -> Path:
        """The log of runs, see `RunLog`."""
        return self.state / "runs.jsonl"

    @property
    def log(self) -> Path:
        """The log of what runs do, see `wasf.log`."""
        return self.state / "wasf.log"

    @property
    def profiles(self) -> Path:
        """The sign-ins by name, without their tokens."""
        return self.config / "profiles.json"

    @property
    def tokens(self) -> Path:
        """The folder of tokens that are kept in files."""
        return self.state / "tokens"

    @property
    def keyring_lock(self) -> Path:
        """The lock that is held for each use of the keyring."""
        return self.state / "keyring.lock"

    def token_lock(self, profile: str) -> Path:
        """Return the lock that is held while a profile's tokens are renewed."""
        return self.state / "locks" / f"{profile}.lock"

    def ledger(self, org_id: str) -> Path:
        """Return the ledger of an org, by its id of 18 characters."""
        return self._org(org_id) / "ledger.sqlite3"

    def org_ids(self) -> list[str]:
        """Return the orgs that have a ledger in a file."""
        return sorted(path.parent.name for path in self.state.glob("orgs/*/ledger.sqlite3"))

    def other_ledgers(self, org_id: str) -> list[Path]:
        """Return the existing ledgers of all other orgs."""
        own = self.ledger(org_id)
        return [path for path in sorted(self.state.glob("orgs/*/ledger.sqlite3")) if path != own]

    def inbox(self, org_id: str) -> Path:
        """Return the file of webhooks that are not in the org's ledger yet."""
        return self._org(org_id) / "inbox.sqlite3"

    def lock(self, org_id: str) -> Path:
        """Return the lock that a run on this org holds."""
        return self._org(org_id) / "sync.lock"

    def _org(self, org_id: str) -> Path:
        # The id comes from the network and becomes part of a path.
        if not _ORG_ID.fullmatch(org_id):
            raise ValueError("an org's id has 18 letters and digits")
        return self.state / "orgs" / org_id


def _own_folder(home: str) -> Path:
    try:
        return Path(home).expanduser().absolute()
    except RuntimeError:
        raise BadSetting(f"WASF_HOME is {home}: there is no such home folder.", _HINT) from None


def _folder(xdg: str, platform: Callable[[], str]) -> Path:
    """Return the folder of an XDG variable; the XDG standard ignores relative paths."""
    if Path(xdg).is_absolute():
        return Path(xdg) / "wasf"
    with suppress(RuntimeError):  # a user whom this machine does not know, as in containers
        if (folder := Path(platform())).is_absolute():
            return folder
    raise BadSetting("There is no home folder to keep anything in.", _HINT)


# --- The address of a shared ledger ---------------------------------------------------------------
#
# It is a URI as PostgreSQL's own programs take it: several hosts, and options behind `?`. It holds
# no password, because settings are shown and copied: that is in the file that PGPASSFILE names.
# What goes to another machine is encrypted, and the other machine has to prove who it is.

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
