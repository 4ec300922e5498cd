"""Bodies of the inbox as chats: joined, in order, forgotten only when they are kept elsewhere."""

import json
from datetime import UTC, datetime

import pytest

from tests.fakes_inbox import FakeInbox
from tests.sources.meta.test_events import ADA, CONTACT, SCOPED, said, without_number
from tests.sources.meta.test_events import body as meta_body
from tests.sources.timelines.test_webhooks import NEW, SAID
from wasf.core.chats import SourceChat
from wasf.interfaces import ChatReading, Reached, Received, WebhookContent
from wasf.sources import hook_readers
from wasf.sources.inbox import InboxSource

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def timelines(uid: str, chat: int = 123456) -> dict[str, object]:
    return NEW | {"chat": NEW["chat"] | {"chat_id": chat}, "message": SAID | {"message_uid": uid}}


def inbox(*found: object, sender: str = "timelines") -> FakeInbox:
    made = FakeInbox()
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in found]
    made.put([Received(sender, AT, text) for text in texts])
    return made


def read(made: FakeInbox, facts: dict[str, str] | None = None) -> dict[str, list[str]]:
    """The ids of the messages of each chat; what is reached is kept as the ledger keeps it."""
    known = facts if facts is not None else {}
    chats: dict[str, list[str]] = {}
    for one in InboxSource(made, hook_readers(), lambda name: known.get(name, ""), AT).read():
        match one:
            case ChatReading(SourceChat() as chat, items):
                assert chat.native_id not in chats
                chats[chat.native_id] = [message.native_id for message in items]
            case Reached(reached):
                known.update(reached)
    return chats


def test_each_chat_once_with_what_all_bodies_bring() -> None:
    made = inbox(timelines("a"), timelines("b", 7), timelines("c"))
    assert read(made) == {"123456": ["a", "c"], "7": ["b"]}
    assert made.counts().waiting == 0


def test_a_message_that_is_delivered_again_is_one() -> None:
    made = inbox(timelines("a"), timelines("a"), timelines("b"), timelines("a"))
    assert read(made) == {"123456": ["a", "b"]}


def test_bodies_stay_until_what_they_bring_is_kept() -> None:
    made = inbox(timelines("a"), timelines("b", 7))
    for _ in InboxSource(made, hook_readers(), lambda _: "", AT).read():
        assert made.counts().waiting == 2
    assert made.counts().waiting == 0


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_run_that_ends_in_between_forgets_nothing(taken: int) -> None:
    made = inbox(timelines("a"), timelines("b", 7))
    reading = InboxSource(made, hook_readers(), lambda _: "", AT).read()
    for _ in range(taken):
        next(reading)
    reading.close()
    assert read(made) == {"123456": ["a"], "7": ["b"]}


STRANGE = {
    "no JSON": (b"{", "no JSON"),
    "too deep": (b"[" * 100_000, "no JSON"),
    "half of a character": (b'"\xff"', "no JSON"),
    "of tomorrow": ({"event_type": "message:whispered"}, "message:whispered"),
    "a kind that is a text": ({"event_type": "call +447700900123"}, "something unheard of"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_not_understood_is_kept_by_its_kind(name: str) -> None:
    body, kind = STRANGE[name]
    made = inbox(timelines("a"), body, timelines("b"))
    assert read(made) == {"123456": ["a", "b"]}
    assert made.counts().not_understood == {kind: 1}
    assert read(made) == {}


def test_nothing_that_waits_says_nothing() -> None:
    assert list(InboxSource(FakeInbox(), hook_readers(), lambda _: "", AT).read()) == []


def test_whoever_is_met_with_both_names_is_known_in_the_same_batch_and_later() -> None:
    facts: dict[str, str] = {}
    both = meta_body(messages=[said(id="wamid.1")], contacts=[CONTACT])
    assert list(read(inbox(both, without_number(), sender="meta"), facts).values()) == [
        ["wamid.1", "wamid.9"]
    ]
    later = without_number()
    later["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = "wamid.10"  # type: ignore[index]
    [chat] = read(inbox(later, sender="meta"), facts)
    assert chat.endswith(ADA)
    assert SCOPED not in chat


def test_w6_an_error_of_a_reader_sets_only_its_body_aside() -> None:
    def read_badly(*_: object) -> WebhookContent:
        raise ZeroDivisionError

    made = inbox(timelines("a"), sender="timelines")
    made.put([Received("broken", AT, b"{}")])
    readers = {**hook_readers(), "broken": read_badly}
    found = list(InboxSource(made, readers, lambda _: "", AT).read())
    assert [one.chat.native_id for one in found if isinstance(one, ChatReading)] == ["123456"]
    assert made.counts().not_understood == {"an error of wasf: ZeroDivisionError": 1}


def test_t10_a_message_of_ours_that_failed_says_so() -> None:
    echo = said(id="wamid.5") | {"from": "447700900001", "to": ADA}
    errors = [{"code": 131026, "error_data": {"details": "Not on WhatsApp"}}]
    status = {"id": "wamid.5", "status": "failed", "recipient_id": ADA, "errors": errors}
    bodies = [meta_body(messages=[echo]), meta_body(statuses=[status])]
    for some in (bodies, bodies[::-1]):
        made = inbox(*some, sender="meta")
        [message] = [
            message
            for one in InboxSource(made, hook_readers(), lambda _: "", AT).read()
            if isinstance(one, ChatReading)
            for message in one.items
        ]
        assert message.text == "Hello\n[not delivered: Not on WhatsApp]"
