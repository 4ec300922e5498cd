"""What this machine keeps besides the ledger: the tokens of sign-ins, and bodies of webhooks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import NamedTuple, Protocol

from wasf.core.auth import Tokens
from wasf.values import dataclass


class TokenStore(Protocol):
    """Where the tokens of sign-ins are kept, by the names of their profiles.

    No call waits longer than 3 s for another program, or 60 s for a person at the terminal. Raise
    `TokensUnusable` if secrets cannot be kept here, `KeyringLocked` if they cannot just now. After
    an error or a kill either the old tokens are there or the new ones, never a mixture. There is no
    second place to fall back to.
    """

    @property
    def place(self) -> str:
        """The name of the place for people: "GNOME Keyring", or a folder."""
        ...

    def check(self) -> None:
        """Write, read and delete a trial secret."""
        ...

    def read(self, profile: str) -> Tokens | None:
        """Return the tokens, None if there are none."""
        ...

    def write(self, profile: str, tokens: Tokens) -> None:
        """Replace the tokens; return when they were read back."""
        ...

    def delete(self, profile: str) -> bool:
        """Forget the tokens; return False if there were none."""
        ...


class Received(NamedTuple):
    """A body as it came, proved to be the sender's; `at` is when, in UTC.

    `sender` names who sends, as the path of its endpoint does, such as `meta`.
    """

    sender: str
    at: datetime
    body: bytes


class StoredBody(NamedTuple):
    """A body that is kept, under its number; `at` is when it came, in UTC.

    `kinds` says what of it was not understood when it was read before, "" if it never was.
    """

    number: int
    sender: str
    body: bytes
    at: datetime
    kinds: str = ""


class SetAside(NamedTuple):
    """A body that was read and is kept, without the body: when it came, what it is, its size."""

    number: int
    sender: str
    at: datetime
    kinds: str
    size: int


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """What is kept: bodies that wait to be read, and how many were not understood, by kind."""

    waiting: int = 0
    not_understood: Mapping[str, int] = field(default_factory=dict)


class Inbox(Protocol):
    """Bodies of webhooks, in the order in which they came.

    Every method is one transaction, on the disk when it returns. Raise `StoreUnusable` if the disk
    or the file is at fault.
    """

    def put(self, bodies: Sequence[Received]) -> None:
        """Keep these, all or none."""
        ...

    def fresh(self, most: int) -> Sequence[StoredBody]:
        """Return the first bodies that wait, at most so many, and not more than fit into memory.

        What an older wasf did not understand waits again.
        """
        ...

    def all_kept(self) -> Iterator[StoredBody]:
        """Yield all bodies, those set aside included; change nothing before the last one."""
        ...

    def resolve(self, read: Sequence[int], not_understood: Mapping[int, str]) -> None:
        """Delete the bodies that were `read`; set those aside that were not, with their kinds."""
        ...

    def retry(self, kind: str = "", received_before: datetime | None = None) -> int:
        """Have bodies read again that were set aside; return how many.

        Of those with `kind` among their kinds, or all; of those only that came before a time.
        """
        ...

    def counts(self) -> InboxCounts:
        """Return how much is kept."""
        ...
