"""What is known of sign-ins, orgs and connected chat APIs: small JSON files without secrets.

`Profiles` are the sign-ins by name. `OrgBook` remembers which org a token is for, so that a run
need not ask again, `VersionBook` which version of the API an older org has; a damaged one counts as
empty. `Workspaces` are the connected chat APIs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from wasf.core.auth import KnownWorkspace, Profile, SignInKind, StoreKind, UserId
from wasf.errors import NotConnected, StoreUnusable
from wasf.store.files import brief_lock, unusable, write_private
from wasf.values import dataclass

_LOCK_SECONDS: Final = 10.0
_MOST_ORGS: Final = 50  # tokens change daily in some set-ups
_VERSION_AGE: Final = timedelta(days=7)
_NO_PROVIDERS: Final = frozenset({"profiles", "orgs"})  # other files of wasf in this folder


@dataclass(frozen=True, slots=True)
class _Book:
    """The content of the file; `default` is a profile's name, or ""."""

    default: str = ""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    client_ids: Mapping[str, str] = field(default_factory=dict)


class Profiles:
    """The file of the profiles; a lock lets one process change it at a time.

    Every method raises `StoreUnusable` if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def default_name(self) -> str:
        """The profile that is used where none is named, or ""."""
        return self._read().default

    def all(self) -> tuple[Profile, ...]:
        """Return all profiles, sorted by name."""
        profiles = self._read().profiles
        return tuple(profiles[name] for name in sorted(profiles))

    def get(self, name: str = "") -> Profile | None:
        """Return the profile of that name, "" for the default one; None if there is none."""
        book = self._read()
        return book.profiles.get(name or book.default)

    def chosen(self, name: str) -> Profile:
        """Return the same as `get`; raise `NotConnected` with a hint if there is none."""
        profile = self.get(name)
        if profile is not None:
            return profile
        if name:
            raise NotConnected(f"There is no sign-in named {name}.", f"wasf connect {name}")
        if self.all():
            raise NotConnected("No sign-in is the default one.", "Say which one: --org NAME")
        raise NotConnected(
            "wasf is not connected to Salesforce.",
            "Sign in: wasf connect. To try everything without: wasf demo",
        )

    def put(self, profile: Profile) -> None:
        """Add or replace a profile. The first one becomes the default."""
        with self._changing() as book:
            profiles = {**book.profiles, profile.name: profile}
            self._write(replace(book, profiles=profiles, default=book.default or profile.name))

    def set_default(self, name: str) -> None:
        """Use a profile where none is named. Raise `NotConnected` if it does not exist."""
        with self._changing() as book:
            if name not in book.profiles:
                raise NotConnected(f"There is no sign-in named {name}.", f"wasf connect {name}")
            self._write(replace(book, default=name))

    def remove(self, name: str) -> Profile | None:
        """Remove a profile and return it; the only one left becomes the default."""
        with self._changing() as book:
            profiles = dict(book.profiles)
            removed = profiles.pop(name, None)
            default = book.default
            if default == name:
                default = next(iter(profiles)) if len(profiles) == 1 else ""
            self._write(replace(book, profiles=profiles, default=default))
        return removed

    def client_id(self, login_host: str) -> str:
        """Return the app that was last used with a login host, or ""."""
        return self._read().client_ids.get(login_host, "")

    def remember_client_id(self, login_host: str, client_id: str) -> None:
        """Use this app for the next sign-in at that host."""
        with self._changing() as book:
            self._write(replace(book, client_ids={**book.client_ids, login_host: client_id}))

    @contextmanager
    def _changing(self) -> Iterator[_Book]:
        with brief_lock(self._path.with_suffix(".lock"), _LOCK_SECONDS, "is signing in"):
            yield self._read()

    def _read(self) -> _Book:
        try:
            return _book(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return _Book()
        except OSError as error:
            raise unusable(self._path, error) from error
        except (ValueError, TypeError, KeyError) as error:
            raise StoreUnusable(
                f"{self._path} is damaged, so wasf does not know which orgs it is connected to",
                "remove that file and sign in again: wasf connect",
            ) from error

    def _write(self, book: _Book) -> None:
        value = {
            "default": book.default,
            "profiles": [asdict(profile) for profile in book.profiles.values()],
            "client_ids": dict(book.client_ids),
        }
        write_private(self._path, json.dumps(value, indent=1) + "\n")


@dataclass(frozen=True, slots=True)
class KnownOrg:
    """The org and the user of a token with this fingerprint, as Salesforce named them."""

    instance_url: str
    fingerprint: str
    org_id: str
    user_id: UserId
    username: str


def fingerprint(token: str) -> str:
    """Return a hash that tells tokens apart and does not reveal them."""
    return blake2b(token.encode(), digest_size=32, person=b"wasf token").hexdigest()


class OrgBook:
    """The file that remembers the orgs of tokens."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, instance_url: str, fingerprint: str) -> KnownOrg | None:
        """Return the org that a token belongs to, None if it was never used here."""
        for org in self._read():
            if (org.instance_url, org.fingerprint) == (instance_url, fingerprint):
                return org
        return None

    def put(self, org: KnownOrg) -> None:
        """Remember an org. Raise `StoreUnusable` if the file cannot be written."""
        same = (org.instance_url, org.fingerprint)
        others = [o for o in self._read() if (o.instance_url, o.fingerprint) != same]
        orgs = [org, *others][:_MOST_ORGS]
        write_private(self._path, json.dumps([asdict(org) for org in orgs], indent=1) + "\n")

    def _read(self) -> list[KnownOrg]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            return [KnownOrg(**entry) for entry in entries]
        except (OSError, ValueError, TypeError):
            return []


class VersionBook:
    """The file that remembers the version of Salesforce's API, by the addresses of orgs.

    What is a week old is forgotten, so that a newer version is found. Without `keeps` nothing is
    written.
    """

    def __init__(self, path: Path, today: date, *, keeps: bool = True) -> None:
        self._path = path
        self._today = today
        self._keeps = keeps

    def get(self, instance_url: str) -> str:
        """Return the version that was chosen for an org, such as `58.0`; "" if none is known."""
        return self._read().get(instance_url, ("", ""))[0]

    def put(self, instance_url: str, version: str) -> None:
        """Remember a version. Raise `StoreUnusable` if the file cannot be written."""
        known = self._read() | {instance_url: (version, self._today.isoformat())}
        if self._keeps:
            write_private(self._path, json.dumps(known, indent=1) + "\n")

    def _read(self) -> dict[str, tuple[str, str]]:
        since = (self._today - _VERSION_AGE).isoformat()
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            known = {url: (str(version), str(day)) for url, (version, day) in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {url: one for url, one in known.items() if one[1] > since}


class Workspaces:
    """A file for each provider whose workspace is connected, in one folder.

    Every method raises `StoreUnusable` if the file cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the providers that have a file."""
        try:
            found = {path.stem for path in self._folder.iterdir() if path.suffix == ".json"}
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unusable(self._folder, error) from error
        return sorted(found - _NO_PROVIDERS)

    def get(self, name: str) -> KnownWorkspace | None:
        """Return the workspace of a provider, None if none is connected."""
        path = self._path(name)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            store = StoreKind(kept["token_store"])
            return KnownWorkspace(kept["url"], kept["workspace"], store, kept.get("options", {}))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unusable(path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreUnusable(
                "What is known of the connected chat API is damaged.", f"wasf connect {name}"
            ) from None

    def put(self, name: str, known: KnownWorkspace) -> None:
        """Keep the workspace of a provider; its file is replaced in one step."""
        value = {key: value for key, value in asdict(known).items() if value != {}}
        write_private(self._path(name), json.dumps(value, indent=1) + "\n")

    def remove(self, name: str) -> None:
        """Forget the workspace of a provider."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(path, error) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _book(value: Any) -> _Book:  # noqa: ANN401 - whatever JSON can hold
    profiles = [_profile(entry) for entry in value["profiles"]]
    return _Book(
        default=str(value["default"]),
        profiles=MappingProxyType({profile.name: profile for profile in profiles}),
        client_ids=MappingProxyType(dict(value["client_ids"])),
    )


def _profile(entry: dict[str, Any]) -> Profile:
    kinds = {"kind": SignInKind(entry["kind"]), "token_store": StoreKind(entry["token_store"])}
    return Profile(**entry | kinds)
