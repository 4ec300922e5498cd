"""Waiting for a sign-in, keeping it and ending it, with a fake clock and stores that fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from wasf.commands.sign_in import SignInContext, SignInWait, await_tokens, disconnect, keep_sign_in
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
    UserId,
)
from wasf.errors import (
    KeyringLocked,
    NotConnected,
    StoreUnusable,
    TokensUnusable,
    Unreachable,
    WasfError,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKENS = Tokens(Secret("a"), Secret("r"), None, "https://acme.my.salesforce.com", NOON)
GRANT = Tokens(Secret("a"), None, None, "https://acme.my.salesforce.com", NOON)
WHO = Identity("ada@example.com", "Ada Example", "005A", "00DA", "Acme", is_sandbox=False)
PROFILE = Profile(
    "default", SignInKind.WEB, "https://login.salesforce.com", "id", TOKENS.instance_url, "00DA",
    UserId("005A"), WHO.username, is_sandbox=False, token_store=StoreKind.FILE,
)  # fmt: skip
DECLINED = NotConnected("declined", "again")


@dataclass
class Desk:
    """A person who answers at certain seconds, and what they were told."""

    answers: dict[int, Answer]
    now: float = 0.0
    told: list[tuple[int, str]] = field(default_factory=list)

    def next_answer(self, seconds: float) -> Answer | None:
        before, self.now = self.now, self.now + seconds
        due = [second for second in self.answers if before <= second < self.now]
        return self.answers.pop(due[0]) if due else None

    def still_waiting(self) -> None:
        self.told.append((round(self.now), "still waiting"))

    def not_an_answer(self, reason: str) -> None:
        self.told.append((round(self.now), reason))

    def refused(self, error: WasfError) -> None:
        self.told.append((round(self.now), error.message))


def _wait(
    desk: Desk, exchange: Callable[[Secret], Tokens] = lambda _: GRANT, seconds: float = 300
) -> Tokens:
    return await_tokens(SignInWait(desk.next_answer, exchange, desk, lambda: desk.now, seconds))


def _refuses(_: Secret) -> Tokens:
    raise NotConnected("no such code")


def test_one_hint_after_45_seconds() -> None:
    desk = Desk({100: CodeGiven(Secret("c"), pasted=False)})

    assert _wait(desk) is GRANT
    assert desk.told == [(45, "still waiting")]


def test_no_hint_for_the_quick() -> None:
    desk = Desk({44: CodeGiven(Secret("c"), pasted=False)})
    _wait(desk)

    assert desk.told == []


def test_the_time_is_over() -> None:
    with pytest.raises(NotConnected, match="within 60 seconds"):
        _wait(Desk({61: CodeGiven(Secret("c"), pasted=False)}), seconds=60)


def test_what_is_pasted_and_is_no_good_does_not_end_it() -> None:
    desk = Desk(
        {
            1: NotAnAnswer("not that"),
            2: SaidNo(DECLINED, is_final=False),
            3: CodeGiven(Secret("wrong"), pasted=True),
            4: CodeGiven(Secret("right"), pasted=True),
        }
    )

    def exchange(code: Secret) -> Tokens:
        return GRANT if code == Secret("right") else _refuses(code)

    assert _wait(desk, exchange) is GRANT
    assert [words for _, words in desk.told] == ["not that", "declined", "no such code"]


@pytest.mark.parametrize(
    "answer",
    [SaidNo(DECLINED, is_final=True), CodeGiven(Secret("wrong"), pasted=False)],
    ids=["declined", "a code of the browser that is refused"],
)
def test_what_ends_it(answer: Answer) -> None:
    desk = Desk({1: answer})
    with pytest.raises(NotConnected, match=r"declined|no such code"):
        _wait(desk, _refuses)


def test_no_network_ends_it_also_for_a_pasted_code() -> None:
    def unreachable(_: Secret) -> Tokens:
        raise Unreachable("no network")

    with pytest.raises(Unreachable):
        _wait(Desk({1: CodeGiven(Secret("c"), pasted=True)}), unreachable)


# --- Keeping -----------------------------------------------------------------------------------


class Shelf:
    """A token store in memory that can fail; `events` is what happened, in order."""

    def __init__(self, place: str, events: list[str], error: WasfError | None = None) -> None:
        self.place = place
        self._events = events
        self._error = error
        self.tokens: dict[str, Tokens] = {}

    def check(self) -> None: ...

    def read(self, profile: str) -> Tokens | None:
        if self._error:
            raise self._error
        return self.tokens.get(profile)

    def write(self, profile: str, tokens: Tokens) -> None:
        if self._error:
            raise self._error
        self._events.append(f"{self.place} keeps {profile}")
        self.tokens[profile] = tokens

    def delete(self, profile: str) -> bool:
        self._events.append(f"{self.place} forgets {profile}")
        return self.tokens.pop(profile, None) is not None


class Book:
    """Profiles in memory."""

    def __init__(self, events: list[str]) -> None:
        self._events = events
        self.profiles: dict[str, Profile] = {}
        self.default_name = ""
        self.client_ids: dict[str, str] = {}

    def get(self, name: str = "") -> Profile | None:
        return self.profiles.get(name or self.default_name)

    def put(self, profile: Profile) -> None:
        self._events.append(f"book has {profile.name}")
        self.profiles[profile.name] = profile
        self.default_name = self.default_name or profile.name

    def set_default(self, name: str) -> None:
        self.default_name = name

    def remove(self, name: str) -> Profile | None:
        self._events.append(f"book drops {name}")
        if self.default_name == name:
            self.default_name = ""
        return self.profiles.pop(name, None)

    def remember_client_id(self, login_host: str, client_id: str) -> None:
        self.client_ids[login_host] = client_id


class Desktop:
    """A book, two stores and a Salesforce that revokes."""

    def __init__(self, error: WasfError | None = None) -> None:
        self.events: list[str] = []
        self.book = Book(self.events)
        self.shelves = {
            StoreKind.KEYRING: Shelf("keyring", self.events),
            StoreKind.FILE: Shelf("file", self.events, error),
        }

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        self.events.append(f"locked {name}")
        yield
        self.events.append(f"unlocked {name}")

    def context(self, error: WasfError | None = None) -> SignInContext:
        def revoke(login_url: str, token: Secret) -> bool:
            if error:
                raise error
            self.events.append(f"revoked {token.reveal()} at {login_url}")
            return True

        return SignInContext(self.book, self.shelves.__getitem__, self.lock, revoke)

    def keep(self, profile: Profile = PROFILE, tokens: Tokens | None = TOKENS) -> bool:
        return keep_sign_in(profile, tokens, WHO, self.context()).is_default

    def disconnect(self, name: str = "", error: WasfError | None = None) -> bool:
        return disconnect(name, self.context(error)).revoked


def test_tokens_first_then_the_profile_and_all_under_the_lock() -> None:
    desktop = Desktop()

    assert desktop.keep()
    assert desktop.events == [
        "locked default", "file keeps default", "book has default", "unlocked default",
    ]  # fmt: skip
    assert desktop.book.client_ids == {PROFILE.login_url: "id"}


def test_tokens_that_cannot_be_kept_are_revoked() -> None:
    desktop = Desktop(StoreUnusable("disk full"))

    with pytest.raises(StoreUnusable):
        desktop.keep()
    assert desktop.events[-1] == f"revoked r at {PROFILE.login_url}"
    assert not desktop.book.profiles


def test_a_kill_never_leaves_a_profile_with_tokens_of_another_org() -> None:
    desktop = Desktop()
    desktop.keep()
    desktop.keep(replace(PROFILE, name="second"))
    desktop.events.clear()

    assert desktop.keep(replace(PROFILE, org_id="00DB"))
    assert desktop.events[1:4] == ["book drops default", "file keeps default", "book has default"]
    assert desktop.book.default_name == "default"


def test_what_was_replaced_is_revoked_after_the_new_is_kept() -> None:
    desktop = Desktop()
    desktop.keep()
    desktop.events.clear()
    desktop.keep(tokens=replace(TOKENS, access_token=Secret("b")))

    assert desktop.events[-2:] == ["unlocked default", f"revoked r at {PROFILE.login_url}"]
    assert desktop.shelves[StoreKind.FILE].tokens["default"].access_token == Secret("b")


def test_tokens_in_the_store_that_was_used_before_go_away() -> None:
    desktop = Desktop()
    desktop.keep()
    desktop.keep(replace(PROFILE, token_store=StoreKind.KEYRING))

    assert not desktop.shelves[StoreKind.FILE].tokens
    assert desktop.shelves[StoreKind.KEYRING].tokens


def test_a_sign_in_that_keeps_nothing_leaves_no_old_tokens() -> None:
    desktop = Desktop()
    desktop.keep()
    desktop.keep(replace(PROFILE, kind=SignInKind.JWT), None)

    assert not desktop.shelves[StoreKind.FILE].tokens


# --- Forgetting --------------------------------------------------------------------------------


def test_forgotten_here_before_it_is_revoked_there() -> None:
    desktop = Desktop()
    desktop.keep()
    desktop.events.clear()

    assert desktop.disconnect()
    assert desktop.events[1:3] == [
        "file forgets default", f"revoked r at {PROFILE.login_url}",
    ]  # fmt: skip
    assert not desktop.book.profiles


@pytest.mark.parametrize("error", [Unreachable("no network"), TokensUnusable("no keyring")])
def test_what_cannot_be_revoked_is_forgotten_all_the_same(error: WasfError) -> None:
    desktop = Desktop()
    desktop.keep()

    assert not desktop.disconnect(error=error)
    assert not desktop.book.profiles


def test_a_locked_keyring_changes_nothing() -> None:
    desktop = Desktop(KeyringLocked("locked"))
    desktop.book.put(PROFILE)

    with pytest.raises(KeyringLocked):
        desktop.disconnect()
    assert desktop.book.profiles


def test_a_sign_in_of_the_salesforce_cli_is_not_revoked() -> None:
    desktop = Desktop()
    desktop.keep(replace(PROFILE, kind=SignInKind.SF_CLI), None)

    assert not desktop.disconnect("default")
    assert not any(event.startswith("revoked") for event in desktop.events)


def test_nothing_to_forget() -> None:
    with pytest.raises(NotConnected, match="no sign-in named acme"):
        Desktop().disconnect("acme")


def test_no_default_to_forget() -> None:
    """There may well be others, with names."""
    with pytest.raises(NotConnected, match="not connected by default"):
        Desktop().disconnect()
