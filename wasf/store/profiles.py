"""The sign-ins that exist, by their names, and what is remembered for the next one. No secrets."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from wasf.core.auth import KnownWorkspace, Profile, SignInKind, StoreKind, UserId
from wasf.errors import NotConnected, StoreUnusable
from wasf.store.files import unusable, write_private
from wasf.store.lock import brief_lock

# --- profiles


_LOCK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Book:
    """What the file holds; `default` is a profile's name, "" where there is none."""

    default: str = ""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    client_ids: Mapping[str, str] = field(default_factory=dict)


class Profiles:
    """The file of the profiles. Changes are made one at a time and in one step each.

    Every method raises `StoreUnusable` if the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def default_name(self) -> str:
        """The profile that counts where none is named; "" where there is none."""
        return self._read().default

    def all(self) -> tuple[Profile, ...]:
        """All profiles, by name."""
        profiles = self._read().profiles
        return tuple(profiles[name] for name in sorted(profiles))

    def get(self, name: str = "") -> Profile | None:
        """The profile of that name, or the default one; None if there is none."""
        book = self._read()
        return book.profiles.get(name or book.default)

    def chosen(self, name: str) -> Profile:
        """As `get`, but raises `NotConnected` with what to do if there is none."""
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
        """Let a profile count where none is named. Raises `NotConnected` if it does not exist."""
        with self._changing() as book:
            if name not in book.profiles:
                raise NotConnected(f"There is no sign-in named {name}.", f"wasf connect {name}")
            self._write(replace(book, default=name))

    def remove(self, name: str) -> Profile | None:
        """Forget a profile and give it back; the only one left becomes the default."""
        with self._changing() as book:
            profiles = dict(book.profiles)
            removed = profiles.pop(name, None)
            default = book.default
            if default == name:
                default = next(iter(profiles)) if len(profiles) == 1 else ""
            self._write(replace(book, profiles=profiles, default=default))
        return removed

    def client_id(self, login_host: str) -> str:
        """The app that was last used with a login host, or ""."""
        return self._read().client_ids.get(login_host, "")

    def remember_client_id(self, login_host: str, client_id: str) -> None:
        """Use this app the next time somebody signs in by that host."""
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


def _book(value: Any) -> _Book:  # noqa: ANN401 - whatever JSON can hold
    profiles = [_profile(entry) for entry in value["profiles"]]
    return _Book(
        default=str(value["default"]),
        profiles=MappingProxyType({profile.name: profile for profile in profiles}),
        client_ids=MappingProxyType(dict(value["client_ids"])),
    )


def _profile(entry: dict[str, Any]) -> Profile:
    made = Profile(**entry)
    return replace(
        made,
        kind=SignInKind(made.kind),
        token_store=StoreKind(made.token_store),
    )


# --- orgbook
# Which org a token belongs to, so that a run need not ask again. Holds no token.
#
# It is a memory only: whatever cannot be read of it is asked anew.


_KEPT = 50  # tokens change daily in some set-ups


@dataclass(frozen=True, slots=True)
class KnownOrg:
    """An org and its user, as Salesforce named them for a token with this fingerprint."""

    instance_url: str
    fingerprint: str
    org_id: str
    user_id: UserId
    username: str


def fingerprint(token: str) -> str:
    """What tells tokens apart and cannot be turned back into one."""
    return blake2b(token.encode(), digest_size=32, person=b"wasf token").hexdigest()


class OrgBook:
    """The file that remembers orgs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, instance_url: str, fingerprint: str) -> KnownOrg | None:
        """The org that this token was for when it was last used, or None."""
        for org in self._read():
            if (org.instance_url, org.fingerprint) == (instance_url, fingerprint):
                return org
        return None

    def put(self, org: KnownOrg) -> None:
        """Remember an org; the file is replaced in one step. Raises `StoreUnusable`."""
        same = (org.instance_url, org.fingerprint)
        others = [o for o in self._read() if (o.instance_url, o.fingerprint) != same]
        orgs = [org, *others][:_KEPT]
        write_private(self._path, json.dumps([asdict(org) for org in orgs], indent=1) + "\n")

    def _read(self) -> list[KnownOrg]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            return [KnownOrg(**entry) for entry in entries]
        except (OSError, ValueError, TypeError):
            return []


# --- workspaces
# Which workspaces of chat APIs are connected. Holds no secret.


_NO_PROVIDERS: Final = frozenset({"profiles", "orgs"})  # other files of wasf in this folder


class Workspaces:
    """A file for each provider whose workspace is connected, in one folder.

    Every method raises `StoreUnusable` if the file cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the providers that have a file."""
        found = {path.stem for path in self._folder.glob("*.json")}
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
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
