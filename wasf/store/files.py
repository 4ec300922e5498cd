"""Where wasf keeps things: its files and folders, how they are written and locked; shared ledgers.

Only their owner can read them. A file is replaced as a whole or not at all. The kernel releases a
lock when its holder ends, even if it is killed.
"""

import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, unquote, urlsplit

from wasf import late_modules
from wasf.errors import AnotherRun, BadSetting, StoreUnusable
from wasf.retry import RetryPolicy
from wasf.values import dataclass

if TYPE_CHECKING:
    import tempfile

    import filelock
else:  # slow to load: most commands write no file
    filelock, tempfile = late_modules("", "filelock", "tempfile")

_HINT = "Set WASF_HOME to a folder of yours."
_ORG_ID = re.compile(r"[A-Za-z0-9]{18}")
_FOR_A_MOMENT = RetryPolicy(attempts=6, first_pause=0.02, jitter=0.0)
_OWNER_ONLY = 0o700


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


# --- Writing --------------------------------------------------------------------------------------


def private_folder(path: Path) -> None:
    """Create a folder, and missing ones above it, for their owner only (0700).

    Raise `StoreUnusable` if that is not allowed or something else has the name.
    """
    try:
        for folder in reversed([path, *path.parents]):
            if not folder.exists():
                folder.mkdir(mode=_OWNER_ONLY, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError
    except OSError as error:
        raise unusable(path, error) from error


def write_private(path: Path, text: str) -> None:
    """Replace a file's content in one step; only its owner can read it (0600).

    A symbolic link is followed. Raise `StoreUnusable` if the file cannot be written.
    """
    target = path.resolve()
    private_folder(target.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    except OSError as error:
        raise unusable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        while_others_read(lambda: temporary.replace(target), may_wait=os.name == "nt")
        sync_folder(target.parent)
    except OSError as error:
        raise unusable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def while_others_read(change: Callable[[], object], *, may_wait: bool) -> None:
    """Change a file's name. On Windows that fails while another program reads the file.

    So it is tried again for half a second where `may_wait` says so.
    """
    _FOR_A_MOMENT.call(change, lambda error: may_wait and isinstance(error, PermissionError))


def sync_folder(path: Path) -> None:
    """Make a new name in this folder survive a power cut, where the system supports it."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def close_to_others(path: Path) -> None:
    """Remove the rights of others on a file. Raise `StoreUnusable` if that is not allowed."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name != "nt" and mode & 0o077:
            path.chmod(mode & _OWNER_ONLY)
    except OSError as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: OSError) -> StoreUnusable:
    """Return the error for a file or folder that the system refuses, with a hint."""
    why = (error.strerror or type(error).__name__).lower()
    return StoreUnusable(
        f"{path} cannot be used: {why}",
        "fix that, or set WASF_HOME to a folder of yours with room on a local disk",
    )


# --- Locks -----------------------------------------------------------------------------------


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a run while the block runs.

    The holder's process id is in a file beside it, as Windows lets nobody read a locked file. Raise
    `AnotherRun` if the lock is held, `StoreUnusable` if it is not possible here, also where the
    file system has no locks: a plain file would stay when its holder is killed.
    """
    holder = path.with_suffix(".holder")
    with _held(path, 0, lambda: f"another sync{_described(holder)} is running"):
        try:
            since = datetime.now(UTC).isoformat(timespec="seconds")
            write_private(holder, json.dumps({"pid": os.getpid(), "since": since}))
            yield
        finally:
            # On Windows another run may be reading it. The lock is what counts.
            with suppress(PermissionError):
                holder.unlink(missing_ok=True)


@contextmanager
def brief_lock(path: Path, seconds: float, doing: str) -> Iterator[None]:
    """Hold a lock while the block runs; wait for it for up to `seconds`.

    `doing` says what another run does with the lock: "is signing in". Raise `AnotherRun` if the
    wait was too short, `StoreUnusable` if a lock is not possible here.
    """
    with _held(path, seconds, lambda: f"another run of wasf {doing} and takes long"):
        yield


@contextmanager
def _held(path: Path, seconds: float, message: Callable[[], str]) -> Iterator[None]:
    """Hold the kernel's lock; `message` returns who has it if it is not free after `seconds`."""

    private_folder(path.parent)
    lock = filelock.FileLock(path, timeout=seconds, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise AnotherRun(message(), "try again when it has ended") from error
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def lock_holder(path: Path) -> str:
    """Return who holds the lock of a run: process and since when; "" if nobody does."""
    if not path.exists():
        return ""
    try:
        with brief_lock(path, 0, "is running"):
            return ""
    except AnotherRun:
        return _described(path.with_suffix(".holder")).strip(" ()")


def _described(holder: Path) -> str:
    """Return who holds the lock, "" if it is just starting or ending."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(facts["since"]).astimezone()
        return f" (pid {facts['pid']:d}, since {since:%Y-%m-%d %H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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
