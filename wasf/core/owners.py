"""Which Salesforce user owns what is written for a chat (O1 to O4)."""

from collections.abc import Sequence
from typing import NamedTuple

from wasf.core.records import User, UserId

_STANDARD = "Standard"


class Owner(NamedTuple):
    """The user, and what a person should know about the choice: "" in the plain case."""

    user_id: UserId
    note: str = ""


def choose_owner(
    owner_email: str, account_email: str, users: Sequence[User], connected: UserId
) -> Owner:
    """Choose by the e-mail of the person responsible for the chat, else of the WhatsApp account.

    The second e-mail counts only where the first is empty. `users` may hold any users, also
    inactive ones; `connected` is whoever connected wasf.
    """
    email = _folded(owner_email) or _folded(account_email)
    same = [user for user in users if email and _folded(user.email) == email and _can_own(user)]
    if not same:
        return Owner(connected)
    chosen = min(same, key=lambda user: (_folded(user.username) != email, user.id))
    if len(same) == 1:
        return Owner(chosen.id)
    return Owner(chosen.id, f"{len(same)} users share the owner's e-mail; {chosen.id} was taken")


def _can_own(user: User) -> bool:
    return user.is_active and user.user_type == _STANDARD


def _folded(email: str) -> str:
    return email.strip().casefold()
