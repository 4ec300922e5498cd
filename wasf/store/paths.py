"""Where wasf keeps its files on this machine."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

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
