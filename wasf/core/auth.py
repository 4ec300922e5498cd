"""What wasf knows of a sign-in: the profile, which is no secret, and the tokens, which are."""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from wasf.errors import WasfError, WrongUsage
from wasf.values import dataclass

UserId = NewType("UserId", str)
"""The id of a Salesforce user."""


class Secret:
    """A text that never shows by accident: not in `repr`, not in `str`, not in a traceback."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; to be sent to where it belongs or kept, never to be shown."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for another program: wasf's own tokens and secrets are left out."""
    return {name: text for name, text in environment.items() if not _HOLDS_SECRET.fullmatch(name)}


_HOLDS_SECRET: Final = re.compile(r"(?i)WASF_(?:(?:.*_)?(?:TOKEN|SECRET)(?:_.*)?|LEDGER)")
"""Also `WASF_HOOK_SECRET_NAME`, and the ledger's address, which may have a password."""

DEFAULT_NAME: Final = "default"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9_-])?")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""What Windows takes for a device, whatever follows the dot. A name is the same on every system."""


class SignInKind(StrEnum):
    """How wasf gets a token for a profile."""

    WEB = "web"
    JWT = "jwt"
    CLIENT_CREDENTIALS = "client-credentials"
    SF_CLI = "sf"

    @property
    def keeps_tokens(self) -> bool:
        """Whether anything secret is kept here; the others are given it anew for each run."""
        return self in (SignInKind.WEB, SignInKind.CLIENT_CREDENTIALS)


class StoreKind(StrEnum):
    """Where a profile's tokens are kept."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Profile:
    """A sign-in to one org under a name of its own.

    `login_url` is the host that tokens are asked from, `instance_url` the org's own when it was
    signed in to (`Tokens.instance_url` is the one that counts). `jwt_key_file` is the absolute path
    of a private key for `SignInKind.JWT`, `sf_alias` the name that the Salesforce CLI knows the org
    by for `SignInKind.SF_CLI`; both "" elsewhere.
    """

    name: str
    kind: SignInKind
    login_url: str
    client_id: str
    instance_url: str
    org_id: str
    user_id: UserId
    username: str
    is_sandbox: bool
    token_store: StoreKind
    jwt_key_file: str = ""
    sf_alias: str = ""


@dataclass(frozen=True, slots=True)
class KnownWorkspace:
    """A workspace of a chat API that is connected, without its token.

    `url` is the address of the API; `options` are what the provider asks for besides.
    """

    url: str
    workspace: str
    token_store: StoreKind
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave, to be kept where only its owner can read it.

    `refresh_token` is None where the way to sign in has none. `issued_at` is in UTC. An app that
    asks for its secret at every refresh has `client_secret`.
    """

    access_token: Secret
    refresh_token: Secret | None
    client_secret: Secret | None
    instance_url: str
    issued_at: datetime

    @property
    def root(self) -> Secret:
        """The token whose end is the end of all of them."""
        return self.refresh_token or self.access_token

    def as_json(self) -> dict[str, str]:
        """All of it as JSON can hold it: to be kept, never to be shown."""
        found = {"refresh_token": self.refresh_token, "client_secret": self.client_secret}
        return {
            "access_token": self.access_token.reveal(),
            **{name: secret.reveal() for name, secret in found.items() if secret is not None},
            "instance_url": self.instance_url,
            "issued_at": self.issued_at.astimezone(UTC).isoformat(),
        }

    @classmethod
    def from_json(cls, value: object) -> "Tokens":
        """What `as_json` gave. Raises ValueError for anything else."""
        if not isinstance(value, dict):
            raise ValueError("no object")
        return cls(
            access_token=Secret(_text(value, "access_token")),
            refresh_token=_secret(value, "refresh_token"),
            client_secret=_secret(value, "client_secret"),
            instance_url=_text(value, "instance_url"),
            issued_at=datetime.fromisoformat(_text(value, "issued_at")).astimezone(UTC),
        )


def profile_name(text: str) -> str:
    """A profile's name as it is kept. Raises `WrongUsage` for one that cannot be a file's name."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise WrongUsage(
            "That cannot be the name of a sign-in.",
            "Use up to 40 letters, digits, dots, dashes and underscores, such as acme-sandbox.",
        )
    return name


def _text(holder: Mapping[str, object], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"no {name}")
    return value


def _secret(holder: Mapping[str, object], name: str) -> Secret | None:
    return Secret(_text(holder, name)) if name in holder else None


class CodeGiven(NamedTuple):
    """The person agreed; the code can be exchanged, once. `pasted` if it was typed in here."""

    code: Secret
    pasted: bool


class SaidNo(NamedTuple):
    """The person or Salesforce refused; `error` says what that means.

    Not `is_final` if it was read on a page of Salesforce's own: what is wrong can be fixed, and
    the same attempt succeed.
    """

    error: WasfError
    is_final: bool


class NotAnAnswer(NamedTuple):
    """Something was pasted that is no answer to this sign-in; `reason` is a sentence."""

    reason: str


Answer = CodeGiven | SaidNo | NotAnAnswer


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity signed in, and where."""

    username: str
    name: str
    user_id: str
    org_id: str
    org_name: str
    is_sandbox: bool
