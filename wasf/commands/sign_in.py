"""Sign-ins: wait for a person to sign in, keep the tokens and the profile, and end a sign-in.

Whatever moment the process is killed at, there is the old sign-in, the new one, or none: never a
profile with the tokens of another org, and no valid token that is kept nowhere.
"""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, Protocol, assert_never

from wasf.core.auth import (
    Answer,
    CodeGiven,
    Identity,
    NotAnAnswer,
    Profile,
    SaidNo,
    Secret,
    SignInKind,
    StoreKind,
    Tokens,
)
from wasf.errors import BadSetting, KeyringLocked, NotConnected, WasfError
from wasf.interfaces import TokenStore
from wasf.values import dataclass

_REMINDER_AFTER: Final = 45.0  # seconds
_LONGEST_POLL: Final = 0.2  # seconds; a longer wait cannot be interrupted on Windows


class ProfileStore(Protocol):
    """Where profiles are kept."""

    @property
    def default_name(self) -> str:
        """The profile that is used where none is named, or ""."""
        ...

    def get(self, name: str = "") -> Profile | None:
        """Return a profile by its name; "" is the default."""
        ...

    def put(self, profile: Profile) -> None:
        """Add or replace a profile."""
        ...

    def set_default(self, name: str) -> None:
        """Use this profile where none is named."""
        ...

    def remove(self, name: str) -> Profile | None:
        """Remove a profile and return it."""
        ...

    def remember_client_id(self, login_host: str, client_id: str) -> None:
        """Use this app for the next sign-in at that host."""
        ...


@dataclass(frozen=True, slots=True)
class SignInContext:
    """The adapters of a sign-in.

    `lock` is held while the tokens of a profile are written. `revoke` makes a token invalid at a
    login host and returns whether Salesforce knew it.
    """

    profiles: ProfileStore
    store: Callable[[StoreKind], TokenStore]
    lock: Callable[[str], AbstractContextManager[None]]
    revoke: Callable[[str, Secret], bool]


# --- Wait for the tokens -----------------------------------------------------------------------


class SignInPrompter(Protocol):
    """What a person is told while a sign-in waits."""

    def still_waiting(self) -> None:
        """No answer has come for a while."""
        ...

    def not_an_answer(self, reason: str) -> None:
        """The text that was pasted is no answer."""
        ...

    def refused(self, error: WasfError) -> None:
        """The answer that was pasted says that something has to be corrected first."""
        ...


@dataclass(frozen=True, slots=True)
class SignInWait:
    """What the wait for a sign-in needs.

    `next_answer` waits for up to so many seconds and returns None if nothing came. `clock` returns
    seconds and never goes back. `seconds` is the longest wait.
    """

    next_answer: Callable[[float], Answer | None]
    exchange: Callable[[Secret], Tokens]
    prompter: SignInPrompter
    clock: Callable[[], float]
    seconds: float


def await_tokens(wait: SignInWait) -> Tokens:
    """Return the tokens for the first good answer.

    A pasted text that is no good does not end the wait. Raise `NotConnected` if the person refuses
    or the time is over, else what `exchange` raises.
    """
    start = wait.clock()
    reminded = False
    while (waited := wait.clock() - start) < wait.seconds:
        if not reminded and waited >= _REMINDER_AFTER:
            reminded = True
            wait.prompter.still_waiting()
        answer = wait.next_answer(min(_LONGEST_POLL, wait.seconds - waited))
        tokens = _tokens_for(answer, wait) if answer is not None else None
        if tokens is not None:
            return tokens
    raise NotConnected(
        f"Nobody signed in within {wait.seconds:,.0f} seconds.",
        "If the browser showed an error of Salesforce, see: wasf help app. Else: wasf connect",
    )


def _tokens_for(answer: Answer, wait: SignInWait) -> Tokens | None:
    match answer:
        case NotAnAnswer(reason):
            wait.prompter.not_an_answer(reason)
            return None
        case SaidNo(error, is_final):
            if is_final:
                raise error
            wait.prompter.refused(error)
            return None
        case CodeGiven(code, pasted):
            return _exchange(code, wait, may_fail=pasted)
        case _:
            assert_never(answer)


def _exchange(code: Secret, wait: SignInWait, *, may_fail: bool) -> Tokens | None:
    """Exchange the code; a code that was pasted wrong can be pasted again."""
    try:
        return wait.exchange(code)
    except (NotConnected, BadSetting) as error:
        if not may_fail:
            raise
        wait.prompter.refused(error)
        return None


# --- Keep a sign-in ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """A sign-in that is kept.

    `place` is where its tokens are, "" if none are kept. `replaced` is the earlier sign-in of the
    same name, or None.
    """

    profile: Profile
    who: Identity
    place: str
    is_default: bool
    replaced: Profile | None


def keep_sign_in(
    profile: Profile, tokens: Tokens | None, who: Identity, context: SignInContext
) -> Connected:
    """Keep the tokens, then the profile; revoke the tokens of the sign-in that is replaced.

    Tokens that cannot be kept are revoked, and the error is raised again.
    """
    old = context.profiles.get(profile.name)
    try:
        with context.lock(profile.name):
            old_tokens = _tokens_of_replaced(old, context)
            place = _keep(profile, tokens, old, context)
    except WasfError:
        if tokens is not None:
            _try_to_revoke(profile.login_url, tokens, context)
        raise
    if old is not None and old_tokens is not None:
        # Salesforce keeps five tokens for each user and app: an old one would push out another.
        _try_to_revoke(old.login_url, old_tokens, context)
    if profile.client_id:
        context.profiles.remember_client_id(profile.login_url, profile.client_id)
    is_default = context.profiles.default_name == profile.name
    return Connected(profile, who, place, is_default, old)


def _tokens_of_replaced(old: Profile | None, context: SignInContext) -> Tokens | None:
    """Return the tokens that the new sign-in replaces, None if they cannot be read."""
    if old is None or old.kind is not SignInKind.WEB:
        return None
    with contextlib.suppress(WasfError):
        return context.store(old.token_store).read(old.name)
    return None


def _try_to_revoke(login_url: str, tokens: Tokens, context: SignInContext) -> None:
    with contextlib.suppress(WasfError):
        context.revoke(login_url, tokens.root)


def _keep(
    profile: Profile, tokens: Tokens | None, old: Profile | None, context: SignInContext
) -> str:
    """Write tokens and profile, remove old tokens from another store; return where they are."""
    profiles = context.profiles
    was_default = profiles.default_name == profile.name
    if old is not None and (old.org_id, old.user_id) != (profile.org_id, profile.user_id):
        # Else a kill could leave the old profile with the tokens of another org.
        profiles.remove(profile.name)
    place = ""
    if tokens is not None:
        store = context.store(profile.token_store)
        store.write(profile.name, tokens)
        place = store.place
    profiles.put(profile)
    if was_default:
        profiles.set_default(profile.name)
    if old is not None and (tokens is None or old.token_store is not profile.token_store):
        with contextlib.suppress(WasfError):
            context.store(old.token_store).delete(profile.name)
    return place


# --- End a sign-in -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A sign-in that was removed.

    `revoked` is False if there was nothing to revoke, or if it failed: then `error` says why.
    """

    profile: Profile
    revoked: bool
    error: WasfError | None = None


def disconnect(name: str, context: SignInContext) -> Disconnected:
    """Remove a sign-in and revoke its tokens; "" is the default. What was synced stays.

    A sign-in whose tokens cannot be revoked now is removed all the same. Raise `NotConnected` if
    there is no such sign-in, `KeyringLocked` if its tokens cannot be read now.
    """
    profile = context.profiles.get(name)
    if profile is None:
        raise NotConnected(
            f"There is no sign-in named {name}." if name else "wasf is not connected by default.",
            "See what there is: wasf orgs",
        )
    with context.lock(profile.name):
        done = _end(profile, context)
        context.profiles.remove(profile.name)
    return done


def _end(profile: Profile, context: SignInContext) -> Disconnected:
    """Delete the tokens, then revoke them: in this order a kill leaves none on this machine."""
    try:
        tokens = _take_tokens(profile, context)
        if tokens is None or profile.kind is not SignInKind.WEB:
            # Tokens of the other kinds are requested for each run, or belong to the Salesforce CLI.
            return Disconnected(profile, revoked=False)
        return Disconnected(profile, context.revoke(profile.login_url, tokens.root))
    except KeyringLocked:
        raise
    except WasfError as error:
        return Disconnected(profile, revoked=False, error=error)


def _take_tokens(profile: Profile, context: SignInContext) -> Tokens | None:
    if not profile.kind.keeps_tokens:
        return None
    store = context.store(profile.token_store)
    tokens = store.read(profile.name)
    store.delete(profile.name)
    return tokens
