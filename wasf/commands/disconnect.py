"""`wasf disconnect`: make a sign-in worthless at Salesforce, and forget it here."""

from dataclasses import dataclass

from wasf.commands.sign_ins import SignInTools
from wasf.core.auth import Profile, SignInKind, Tokens
from wasf.errors import KeyringLocked, NotConnected, WasfError


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A sign-in that is forgotten. `trouble` says why it could not be revoked, None if it was.

    `revoked` is False, too, where there was nothing to revoke.
    """

    profile: Profile
    revoked: bool
    trouble: WasfError | None = None


def disconnect(name: str, tools: SignInTools) -> Disconnected:
    """Revoke and forget; "" means the default. What was synced stays.

    A sign-in that cannot be revoked now is forgotten all the same. Raises `NotConnected` if there
    is none of that name, `KeyringLocked` if its tokens cannot be had just now.
    """
    profile = tools.book.get(name)
    if profile is None:
        raise NotConnected(
            f"There is no sign-in named {name}." if name else "wasf is not connected by default.",
            "See what there is: wasf orgs",
        )
    with tools.lock(profile.name):
        done = _end(profile, tools)
        tools.book.remove(profile.name)
    return done


def _end(profile: Profile, tools: SignInTools) -> Disconnected:
    """Forget the tokens, then revoke them: in this order, a kill leaves none behind here."""
    try:
        tokens = _taken(profile, tools)
        if tokens is None or profile.kind is not SignInKind.WEB:
            # The rest is asked anew for each run, or belongs to the Salesforce CLI.
            return Disconnected(profile, revoked=False)
        return Disconnected(profile, tools.revoke(profile.login_url, tokens.root))
    except KeyringLocked:
        raise
    except WasfError as trouble:
        return Disconnected(profile, revoked=False, trouble=trouble)


def _taken(profile: Profile, tools: SignInTools) -> Tokens | None:
    if not profile.kind.keeps_tokens:
        return None
    store = tools.store(profile.token_store)
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
