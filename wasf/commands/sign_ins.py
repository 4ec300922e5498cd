"""What making and ending a sign-in work with: the book of profiles, the stores, Salesforce."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from wasf.core.auth import Profile, Secret, StoreKind
from wasf.interfaces import TokenStore


class ProfileBook(Protocol):
    """Where profiles are kept."""

    @property
    def default_name(self) -> str:
        """The one that counts where none is named, or ""."""
        ...

    def get(self, name: str = "") -> Profile | None:
        """A profile by its name, or the default."""
        ...

    def put(self, profile: Profile) -> None:
        """Add or replace one."""
        ...

    def set_default(self, name: str) -> None:
        """Say which one counts where none is named."""
        ...

    def remove(self, name: str) -> Profile | None:
        """Forget one."""
        ...

    def remember_client_id(self, login_host: str, client_id: str) -> None:
        """Use this app the next time at that host."""
        ...


@dataclass(frozen=True, slots=True)
class SignInTools:
    """The adapters.

    `lock` is held while the tokens of a profile are written. `revoke` makes a token worthless at a
    login host and says whether Salesforce knew it.
    """

    book: ProfileBook
    store: Callable[[StoreKind], TokenStore]
    lock: Callable[[str], AbstractContextManager[None]]
    revoke: Callable[[str, Secret], bool]
