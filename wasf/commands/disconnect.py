"""`wasf disconnect`: make a sign-in worthless at Salesforce, and forget it here."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from wasf.commands.connect import ProfileBook
from wasf.core.secrets import Secret
from wasf.core.signin import Profile, SignInKind, StoreKind, Tokens
from wasf.errors import KeyringLocked, NotConnected, WasfError
from wasf.interfaces import TokenStore


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A sign-in that is forgotten. `trouble` says why it could not be revoked, None if it was.

    `revoked` is False, too, where there was nothing to revoke.
    """

    profile: Profile
    revoked: bool
    trouble: WasfError | None = None


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What forgetting a sign-in needs. `revoke` says whether Salesforce knew the token."""

    book: ProfileBook
    store: Callable[[StoreKind], TokenStore]
    lock: Callable[[str], AbstractContextManager[None]]
    revoke: Callable[[str, Secret], bool]


def disconnect(name: str, forgetting: Forgetting) -> Disconnected:
    """Revoke and forget; "" means the default. What was synced stays.

    A sign-in that cannot be revoked now is forgotten all the same. Raises `NotConnected` if there
    is none of that name, `KeyringLocked` if its tokens cannot be had just now.
    """
    profile = forgetting.book.get(name)
    if profile is None:
        raise NotConnected(
            f"There is no sign-in named {name}." if name else "wasf is not connected.",
            "See what there is: wasf orgs",
        )
    with forgetting.lock(profile.name):
        done = _end(profile, forgetting)
        forgetting.book.remove(profile.name)
    return done


def _end(profile: Profile, forgetting: Forgetting) -> Disconnected:
    """Forget the tokens, then revoke them: in this order, a kill leaves none behind here."""
    try:
        tokens = _taken(profile, forgetting)
        if tokens is None or profile.kind is not SignInKind.WEB:
            # The rest is asked anew for each run, or belongs to the Salesforce CLI.
            return Disconnected(profile, revoked=False)
        token = tokens.refresh_token or tokens.access_token
        return Disconnected(profile, forgetting.revoke(profile.login_url, token))
    except KeyringLocked:
        raise
    except WasfError as trouble:
        return Disconnected(profile, revoked=False, trouble=trouble)


def _taken(profile: Profile, forgetting: Forgetting) -> Tokens | None:
    if profile.kind in (SignInKind.JWT, SignInKind.SF_CLI):
        return None  # nothing is kept for these
    store = forgetting.store(profile.token_store)
    tokens = store.read(profile.name)
    store.delete(profile.name)
    return tokens


def disconnected_lines(done: Disconnected) -> list[str]:
    """The end of a sign-in for people."""
    lines = [f"Forgot the sign-in {done.profile.name} ({done.profile.username})."]
    if done.revoked:
        lines.append("Its tokens are revoked at Salesforce. What was synced stays.")
    if done.trouble:
        lines += [
            f"! It could not be revoked: {done.trouble.sentence}",
            "  An admin can do that: Setup, Connected Apps OAuth Usage, the app, Revoke.",
        ]
    return lines


def disconnected_as_json(done: Disconnected) -> dict[str, object]:
    """The end of a sign-in for programs."""
    return {
        "schema": 1,
        "org": done.profile.name,
        "username": done.profile.username,
        "revoked": done.revoked,
        "trouble": done.trouble.sentence if done.trouble else None,
    }
