"""`wasf connect`: wait for the answer of a sign-in, find out who it is, keep it."""

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, assert_never

from wasf.core.auth import (
    Answer,
    CodeGiven,
    Grant,
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

# --- sign_ins
# What making and ending a sign-in work with: the book of profiles, the stores, Salesforce.


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


# --- disconnect
# `wasf disconnect`: make a sign-in worthless at Salesforce, and forget it here.


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
            f"! It could not be revoked: {done.trouble.message}",
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
        "trouble": done.trouble.message if done.trouble else None,
    }


# --- orgs
# `wasf orgs`: the sign-ins that there are.


_WAYS = {
    SignInKind.WEB: "browser",
    SignInKind.JWT: "JWT key",
    SignInKind.CLIENT_CREDENTIALS: "client credentials",
    SignInKind.SF_CLI: "Salesforce CLI",
}
COLUMNS = ("name", "user", "org", "address", "signed in by", "tokens in")


def orgs_as_rows(profiles: Sequence[Profile], default: str) -> list[tuple[str, ...]]:
    """One row for each, the default marked."""
    return [
        (
            f"{profile.name} (default)" if profile.name == default else profile.name,
            profile.username,
            f"{profile.org_id} ({kind_of_org(profile.is_sandbox)})",
            profile.instance_url,
            _WAYS[profile.kind],
            profile.token_store.value if profile.kind.keeps_tokens else "",
        )
        for profile in profiles
    ]


def kind_of_org(is_sandbox: bool) -> str:  # noqa: FBT001 - the one fact it is about
    """What an org is called."""
    return "sandbox" if is_sandbox else "production"


def orgs_as_json(profiles: Sequence[Profile], default: str) -> dict[str, object]:
    """The same for programs."""
    return {
        "schema": 1,
        "default": default or None,
        "orgs": [
            {
                "org": profile.name,
                "username": profile.username,
                "org_id": profile.org_id,
                "sandbox": profile.is_sandbox,
                "instance_url": profile.instance_url,
                "login_url": profile.login_url,
                "kind": profile.kind.value,
                "token_store": profile.token_store.value if profile.kind.keeps_tokens else None,
            }
            for profile in profiles
        ],
    }


# --- connect


HINT_AFTER: Final = 45.0
_STEP: Final = 0.2  # a longer wait could not be interrupted on Windows


class Telling(Protocol):
    """What a person is told while a sign-in is under way."""

    def still_waiting(self) -> None:
        """Nothing has come for a while."""
        ...

    def not_an_answer(self, reason: str) -> None:
        """Something was pasted that does not help."""
        ...

    def refused(self, error: WasfError) -> None:
        """Something was pasted that says why it does not work yet."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the wait for an answer needs.

    `next_answer` waits so many seconds at most and gives None if nothing came; `clock` is in
    seconds and never goes back; `seconds` is how long to wait in all.
    """

    next_answer: Callable[[float], Answer | None]
    exchange: Callable[[Secret], Grant]
    telling: Telling
    clock: Callable[[], float]
    seconds: float


def await_grant(waiting: Waiting) -> Grant:
    """The tokens of the first answer that is good.

    What was pasted and is no good does not end the wait. Raises `NotConnected` if the person says
    no or the time is over, else what `exchange` raises.
    """
    began = waiting.clock()
    hinted = False
    while (waited := waiting.clock() - began) < waiting.seconds:
        if not hinted and waited >= HINT_AFTER:
            hinted = True
            waiting.telling.still_waiting()
        answer = waiting.next_answer(min(_STEP, waiting.seconds - waited))
        grant = _granted(answer, waiting) if answer is not None else None
        if grant is not None:
            return grant
    raise NotConnected(
        f"Nobody signed in within {waiting.seconds:,.0f} seconds.",
        "If the browser showed an error of Salesforce, see: wasf help app. Else: wasf connect",
    )


def _granted(answer: Answer, waiting: Waiting) -> Grant | None:
    match answer:
        case NotAnAnswer(reason):
            waiting.telling.not_an_answer(reason)
            return None
        case SaidNo(error, is_final):
            if is_final:
                raise error
            waiting.telling.refused(error)
            return None
        case CodeGiven(code, pasted):
            return _exchanged(code, waiting, forgiving=pasted)
        case _:
            assert_never(answer)


def _exchanged(code: Secret, waiting: Waiting, *, forgiving: bool) -> Grant | None:
    try:
        return waiting.exchange(code)
    except (NotConnected, BadSetting) as error:
        if not forgiving:
            raise
        waiting.telling.refused(error)
        return None


@dataclass(frozen=True, slots=True)
class Connected:
    """A sign-in that is kept. `place` is where its tokens are, "" if none are kept.

    `replaced` is the sign-in of the same name that was there before, None if there was none.
    """

    profile: Profile
    who: Identity
    place: str
    is_default: bool
    replaced: Profile | None


def keep_sign_in(
    profile: Profile, tokens: Tokens | None, who: Identity, tools: SignInTools
) -> Connected:
    """Keep tokens, then the profile; a token that cannot be kept is revoked, not lost somewhere.

    If the process is killed on the way, there is the old sign-in, or none.
    """
    old = tools.book.get(profile.name)
    try:
        with tools.lock(profile.name):
            dead = _kept_tokens(old, tools)
            place = _keep(profile, tokens, old, tools)
    except WasfError:
        if tokens is not None:
            _revoke(profile.login_url, tokens, tools)
        raise
    if old is not None and dead is not None:
        # Salesforce keeps five for each user and app: left behind, it would push out another one.
        _revoke(old.login_url, dead, tools)
    if profile.client_id:
        tools.book.remember_client_id(profile.login_url, profile.client_id)
    is_default = tools.book.default_name == profile.name
    return Connected(profile, who, place, is_default, old)


def _kept_tokens(old: Profile | None, tools: SignInTools) -> Tokens | None:
    """The tokens of the sign-in that is being replaced, if they can be had."""
    if old is None or old.kind is not SignInKind.WEB:
        return None
    with contextlib.suppress(WasfError):
        return tools.store(old.token_store).read(old.name)
    return None


def _revoke(login_url: str, tokens: Tokens, tools: SignInTools) -> None:
    with contextlib.suppress(WasfError):
        tools.revoke(login_url, tokens.root)


def _keep(profile: Profile, tokens: Tokens | None, old: Profile | None, tools: SignInTools) -> str:
    book = tools.book
    was_default = book.default_name == profile.name
    if old is not None and (old.org_id, old.user_id) != (profile.org_id, profile.user_id):
        book.remove(profile.name)  # else a kill could leave it with the tokens of another org
    place = ""
    if tokens is not None:
        store = tools.store(profile.token_store)
        store.write(profile.name, tokens)
        place = store.place
    book.put(profile)
    if was_default:
        book.set_default(profile.name)
    if old is not None and (tokens is None or old.token_store is not profile.token_store):
        with contextlib.suppress(WasfError):
            tools.store(old.token_store).delete(profile.name)
    return place


def connected_lines(connected: Connected) -> list[str]:
    """A sign-in for people: who, which org, where the tokens are."""
    who, profile = connected.who, connected.profile
    default = ", the default" if connected.is_default else f": use it with --org {profile.name}"
    kind = kind_of_org(profile.is_sandbox)
    lines = [
        f"Connected as {who.username} ({who.name}).",
        f"  Org     {who.org_name} ({who.org_id}, {kind}), {profile.instance_url}",
        f"  Name    {profile.name}{default}",
        f"  Tokens  {connected.place or 'kept nowhere; asked for anew in each run'}",
    ]
    old = connected.replaced
    if old is not None and _org(old) != _org(profile):
        lines.append(f"It replaces the sign-in to {old.instance_url} as {old.username}.")
        lines.append("To keep several, give each a name: wasf connect NAME.")
    return lines


def _org(profile: Profile) -> tuple[str, str]:
    return profile.org_id, profile.instance_url


def connected_as_json(connected: Connected, settings: dict[str, str]) -> dict[str, object]:
    """A sign-in for programs."""
    profile, who = connected.profile, connected.who
    return {
        "schema": 1,
        "event": "connected",
        "org": profile.name,
        "default": connected.is_default,
        "kind": profile.kind.value,
        "username": who.username,
        "name": who.name,
        "user_id": who.user_id,
        "org_id": who.org_id,
        "org_name": who.org_name,
        "sandbox": who.is_sandbox,
        "instance_url": profile.instance_url,
        "token_store": profile.token_store.value if connected.place else None,
        "tokens_in": connected.place or None,
        "settings": settings,
        "next": "wasf test-lead",
    }
