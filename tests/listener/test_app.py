"""Who may deliver what, what is answered, and that nobody is answered before it is kept."""

import asyncio
import hmac
import random
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes_inbox import FakeHookSecrets
from tests.listener.asgi import Answer, ask
from wasf.interfaces import Received
from wasf.listener.app import LARGEST_BODY, InboxBuffer, ListenerMetrics, NotStored, WebhookApp
from wasf.sources import known_providers

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SECRET, APP_SECRET, TOKEN = "s3cret-of-the-address", "app-secret", "a word of ours"
BODY = '{"entry":[{"changes":[]}],"text":"Grüße 😀"}'.encode()
FLIPS = 2_048


class Disk:
    """Takes bodies, or fails."""

    def __init__(self) -> None:
        self.kept: list[Received] = []
        self.is_full = False

    def put(self, bodies: Sequence[Received]) -> None:
        if self.is_full:
            raise OSError
        self.kept += bodies


ALL = FakeHookSecrets(SECRET, WASF_META_APP_SECRET=APP_SECRET, WASF_META_VERIFY_TOKEN=TOKEN)


class Listener:
    """A listener for all providers whose disk can be looked at."""

    def __init__(self, secrets: FakeHookSecrets = ALL) -> None:
        self.disk, self.news = Disk(), 0
        self.buffer = InboxBuffer(self.disk.put, self._arrived)
        hooks = [one.webhooks for one in known_providers() if one.webhooks]
        endpoints = [endpoint for one in hooks for endpoint in one.endpoints(secrets)]
        metrics = ListenerMetrics()
        self.app = WebhookApp(endpoints, self.buffer, metrics, lambda: AT).application()

    def _arrived(self) -> None:
        self.news += 1

    def ask(self, method: str, target: str, *pieces: bytes, headers=()) -> Answer:
        return ask(self.app, method, target, *pieces, headers=headers)

    def meta(self, body: bytes, *signatures: bytes) -> int:
        headers = [(b"x-hub-signature-256", one) for one in signatures]
        return self.ask("POST", "/meta", body, headers=headers).status


@pytest.fixture
def listener() -> Listener:
    return Listener()


def signature(body: bytes, secret: str = APP_SECRET) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest().encode()


def test_keys_of_the_senders_own_are_not_kept(listener: Listener) -> None:
    headers = [(b"authorization", f"Bearer {SECRET}".encode())]
    for path in ("/evolution", "/evolution/messages-upsert"):
        answer = listener.ask("POST", path, b'{"apikey": "TOKEN"}', headers=headers)
        assert answer.status == 200
    assert {one.body for one in listener.disk.kept} == {b'{"apikey":""}'}


# --- TimelinesAI -------------------------------------------------------------------------------


def test_a_body_is_kept_as_it_came(listener: Listener) -> None:
    answer = listener.ask("POST", f"/timelines?secret={SECRET}", BODY[:7], BODY[7:])
    assert (answer.status, answer.body) == (200, b"")
    assert listener.disk.kept == [Received("timelines", AT, BODY)]
    assert listener.news == 1


WRONG = ["", "secret=", f"secret={SECRET[:-1]}", f"secret={SECRET}x", f"secret={SECRET.upper()}",
         f"Secret={SECRET}", f"secret={SECRET}&secret={SECRET}", f"secret=x&secret={SECRET}",
         "secret=%F0%9F%98%80", "secret=%FF", "secret=%00"]  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_without_the_secret_there_is_nothing_here(listener: Listener, query: str) -> None:
    assert listener.ask("POST", f"/timelines?{query}", BODY).status == 404
    assert listener.disk.kept == []


def test_what_cannot_be_kept_is_not_said_to_be(listener: Listener) -> None:
    listener.disk.is_full = True
    assert listener.ask("POST", f"/timelines?secret={SECRET}", BODY).status == 503
    assert listener.ask("GET", "/healthz").status == 503
    assert listener.news == 0
    listener.disk.is_full = False
    assert listener.ask("POST", f"/timelines?secret={SECRET}", BODY).status == 200
    assert listener.ask("GET", "/healthz").status == 200
    assert len(listener.disk.kept) == 1


SIZES = {LARGEST_BODY: 200, LARGEST_BODY + 1: 413}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("said", [True, False], ids=["said", "not said"])
def test_a_body_has_a_limit(listener: Listener, size: int, said: bool) -> None:
    headers = [(b"content-length", b"%d" % size)] if said else []
    pieces = [bytes(size // 2), bytes(size - size // 2)]
    answer = listener.ask("POST", f"/timelines?secret={SECRET}", *pieces, headers=headers)
    assert answer.status == SIZES[size]
    assert len(listener.disk.kept) == (SIZES[size] == 200)


def test_a_size_that_is_none_is_refused(listener: Listener) -> None:
    headers = [(b"content-length", b"-1")]
    assert listener.ask("POST", f"/timelines?secret={SECRET}", headers=headers).status == 413


# --- Meta --------------------------------------------------------------------------------------


def test_a_signed_body_is_kept(listener: Listener) -> None:
    assert listener.meta(BODY, signature(BODY)) == 200
    assert listener.disk.kept == [Received("meta", AT, BODY)]


FORMS = {
    "missing": [],
    "empty": [b""],
    "twice": [signature(BODY)] * 2,
    "a wrong one first": [signature(b"x"), signature(BODY)],
    "a wrong one after": [signature(BODY), signature(b"x")],
    "two in one": [signature(BODY) + b", " + signature(BODY)],
    "only the digest": [signature(BODY)[7:]],
    "SHA256": [b"SHA256" + signature(BODY)[6:]],
    "upper case": [b"sha256=" + signature(BODY)[7:].upper()],
    "sha1 named": [b"sha1=" + signature(BODY)[7:]],
    "sha1": [b"sha1=" + hmac.new(APP_SECRET.encode(), BODY, "sha1").hexdigest().encode()],
    "sha512": [b"sha256=" + hmac.new(APP_SECRET.encode(), BODY, "sha512").hexdigest().encode()],
    "blank before": [b" " + signature(BODY)],
    "blank after": [signature(BODY) + b" "],
    "blank within": [b"sha256= " + signature(BODY)[7:]],
    "cut": [signature(BODY)[:-1]],
    "longer": [signature(BODY) + b"0"],
    "quoted": [b'"' + signature(BODY) + b'"'],
    "nothing signed": [b"sha256="],
    "zeros": [b"sha256=" + b"0" * 64],
    "the body itself hashed": [b"sha256=" + sha256(BODY).hexdigest().encode()],
    "another secret": [signature(BODY, "another")],
    "no secret": [signature(BODY, "")],
    "the other secret": [signature(BODY, TOKEN)],
    "beyond ASCII": [b"sha256=" + bytes(range(128, 192))],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_other_headers_are_refused(listener: Listener, form: str) -> None:
    assert listener.meta(BODY, *FORMS[form]) == 401
    assert listener.disk.kept == []


def test_no_flipped_bit_is_accepted(listener: Listener) -> None:
    """Every bit of the signature, and bits all over the body."""
    good = signature(BODY)
    flips = [(b"", number) for number in range(len(good) * 8)]
    rest = random.Random(6)
    body_bits = len(BODY) * 8
    flips += [(BODY, rest.randrange(body_bits)) for _ in range(FLIPS - len(flips))]
    accepted = 0
    for is_body, number in flips:
        flipped = bytearray(BODY if is_body else good)
        flipped[number // 8] ^= 1 << number % 8
        status = listener.meta(bytes(flipped), good) if is_body else listener.meta(
            BODY, bytes(flipped))  # fmt: skip
        accepted += status != 401
    print(f"flipped bits {len(flips)}, header forms {len(FORMS)}, accepted {accepted}")
    assert (len(flips), accepted, listener.disk.kept) == (FLIPS, 0, [])


@given(st.binary(max_size=200), st.binary(max_size=80))
def test_nobody_guesses(body: bytes, guess: bytes) -> None:
    listener = Listener()
    assert listener.meta(body, b"sha256=" + guess) == 401
    assert listener.meta(body, signature(body)) == 200


def test_an_unsigned_body_is_not_even_read(listener: Listener) -> None:
    assert listener.ask("POST", "/meta", *[bytes(1 << 20)] * 5).status == 401


def handshake(listener: Listener, token: str = TOKEN, mode: str = "subscribe") -> Answer:
    query = f"hub.mode={mode}&hub.challenge=1158201444&hub.verify_token={token.replace(' ', '+')}"
    return listener.ask("GET", f"/meta?{query}")


def test_the_handshake_gives_the_challenge_back(listener: Listener) -> None:
    assert handshake(listener) == Answer(200, b"1158201444")


@pytest.mark.parametrize(
    ("token", "mode"), [("", "subscribe"), ("a word", "subscribe"), (TOKEN, "unsubscribe")]
)
def test_another_token_gets_nothing(listener: Listener, token: str, mode: str) -> None:
    assert handshake(listener, token, mode) == Answer(403, b"")


def test_without_metas_secrets_there_is_nothing_for_meta() -> None:
    listener = Listener(FakeHookSecrets(SECRET))
    assert listener.meta(BODY, signature(BODY)) == 404
    assert listener.meta(BODY, signature(BODY, "")) == 404
    assert handshake(listener, "").status == 404


# --- Those who watch ---------------------------------------------------------------------------


def test_the_figures_count_and_hold_no_secret(listener: Listener) -> None:
    listener.ask("POST", f"/timelines?secret={SECRET}", BODY)
    listener.ask("POST", "/timelines?secret=guess", BODY)
    text = listener.ask("GET", "/metrics").body.decode()
    assert 'wasf_webhooks_total{sender="timelines",status="200"} 1.0' in text
    assert 'wasf_webhooks_total{sender="timelines",status="404"} 1.0' in text
    assert not {SECRET, APP_SECRET, TOKEN, "guess"} & set(text.replace('"', " ").split())


NOWHERE = ["/", "/docs", "/meta/", "/timelines/", f"/timelines/?secret={SECRET}", "//other.example"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", NOWHERE)
def test_there_is_nothing_else_and_no_redirect(
    listener: Listener, method: str, target: str
) -> None:
    assert listener.ask(method, target).status == 404


# --- What is committed together ------------------------------------------------------------------


def body(number: int) -> Received:
    return Received("meta", AT, b"%d" % number)


class SlowDisk:
    """Commits when it is told to; the commits that failed are those named."""

    def __init__(self, failing: Sequence[int] = ()) -> None:
        self.commits: list[list[bytes]] = []
        self.go = threading.Event()
        self.busy = threading.Event()
        self.failing = failing

    def put(self, bodies: Sequence[Received]) -> None:
        number = len(self.commits)
        self.commits.append([one.body for one in bodies])
        self.busy.set()
        self.go.wait(10)
        if number in self.failing:
            raise OSError


async def begin(buffer: InboxBuffer, numbers: range) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(buffer.put(body(number))) for number in numbers]
    await asyncio.sleep(0)
    return tasks


def test_what_comes_during_a_commit_is_the_next_one() -> None:
    disk, news = SlowDisk(), []

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: news.append(len(disk.commits)))
        first = await begin(buffer, range(1))
        await asyncio.to_thread(disk.busy.wait, 10)
        rest = await begin(buffer, range(1, 200))
        assert not any(task.done() for task in (*first, *rest))
        disk.go.set()
        await asyncio.gather(*first, *rest)

    asyncio.run(run())
    assert [len(one) for one in disk.commits] == [1, 199]
    assert disk.commits[1] == [b"%d" % number for number in range(1, 200)]
    assert news == [1, 2]


def test_a_commit_that_fails_is_told_to_those_who_were_in_it() -> None:
    disk = SlowDisk(failing=[0])

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: None)
        first = await begin(buffer, range(2))
        await asyncio.to_thread(disk.busy.wait, 10)
        [second] = await begin(buffer, range(2, 3))
        disk.go.set()
        assert [type(one) for one in await asyncio.gather(*first, return_exceptions=True)] == [
            NotStored, NotStored,
        ]  # fmt: skip
        await second
        assert not buffer.is_failing

    asyncio.run(run())


def test_whoever_hangs_up_harms_nobody() -> None:
    disk = SlowDisk()

    async def run() -> None:
        buffer = InboxBuffer(disk.put, lambda: None)
        gone, there = await begin(buffer, range(2))
        gone.cancel()
        disk.go.set()
        await there
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(run())
    assert disk.commits == [[b"0", b"1"]]
