"""Where the tokens of sign-ins are kept."""

from typing import Protocol

from wasf.core.auth import Tokens


class TokenStore(Protocol):
    """Where the tokens of sign-ins are kept, by the names of their profiles.

    No call takes longer than 3 s where something else has to answer. Raises `TokensUnusable` if it
    cannot keep secrets here, `KeyringLocked` if it cannot just now; then, and after a kill, either
    the old tokens are there or the new ones, never a mixture. Looks nowhere else by itself.
    """

    @property
    def place(self) -> str:
        """Where that is, for people: "GNOME Keyring", or a folder."""
        ...

    def check(self) -> None:
        """Write, read and delete a trial secret."""
        ...

    def read(self, profile: str) -> Tokens | None:
        """The tokens, None if there are none."""
        ...

    def write(self, profile: str, tokens: Tokens) -> None:
        """Replace the tokens; returns only when they were read back."""
        ...

    def delete(self, profile: str) -> bool:
        """Forget the tokens; False if there were none."""
        ...
