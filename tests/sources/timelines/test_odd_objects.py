"""Objects of the API that are not as it promises: each is named, and the rest goes on (W6)."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.timelines.reader import NOW
from wasf.errors import WasfError
from wasf.interfaces import ChatReading, Reached, ReadOptions, Unreadable
from wasf.sources.timelines.api import TimelinesSource

AT = "2026-03-02 11:00:00 +0200"


def shown_chat(number: int, **more: object) -> dict[str, object]:
    return {
        "id": number, "name": f"Pat {number}", "phone": f"+447700900{number}", "is_group": False,
        "jid": f"447700900{number}@s.whatsapp.net", "group_members": [],
        "whatsapp_account_id": "447700900001@s.whatsapp.net", "responsible_email": None,
        "chat_url": f"https://app.timelines.ai/chat/{number}/messages/",
        "last_message_uid": f"{number}-2", "last_message_timestamp": AT, **more,
    }  # fmt: skip


def shown_message(number: int, which: int, **more: object) -> dict[str, object]:
    return {
        "uid": f"{number}-{which}", "chat_id": number,
        "timestamp": f"2026-03-02 11:0{which}:00 +0200",
        "sender_phone": f"+447700900{number}", "sender_name": "Pat", "from_me": False,
        "text": f"text {which}", "message_type": "whatsapp", "status": "Read",
        "reactions": {"users": []}, "attachment_url": None, "has_attachment": False, **more,
    }  # fmt: skip


class Answers:
    """The API as answers by path; three chats of three messages each."""

    def __init__(self) -> None:
        self.chats: list[Any] = [shown_chat(n) for n in (300, 301, 302)]
        self.messages: dict[int, list[Any]] = {
            n: [shown_message(n, which) for which in range(3)] for n in (300, 301, 302)
        }
        self.facts: dict[str, str] = {}
        self.read: dict[str, int] = {}
        self.errors: list[WasfError] = []

    def get(self, path: str, **_: object) -> Any:
        if path == "/chats":
            return {"has_more_pages": False, "chats": self.chats}
        if path.endswith("/messages"):
            found = self.messages.get(int(path.split("/")[2]), [])
            return {"has_more_pages": False, "messages": found}
        accounts = {"whatsapp_accounts": [], "waba_accounts": [], "chats": []}
        return {"has_more_pages": False, **accounts}

    def sync(self) -> None:
        self.errors = []
        for one in source(self, self.facts).read():
            match one:
                case ChatReading(_, items, _, facts):
                    for message in items:
                        self.read[message.native_id] = self.read.get(message.native_id, 0) + 1
                    self.facts |= facts
                case Reached(facts):
                    self.facts |= facts
                case Unreadable(_, error):
                    self.errors.append(error)


def source(api: Answers, facts: dict[str, str]) -> TimelinesSource:
    return TimelinesSource(api, lambda name: facts.get(name, ""), ReadOptions(NOW))


def all_uids(*left_out: str) -> set[str]:
    return {f"{n}-{which}" for n in (300, 301, 302) for which in range(3)} - {*left_out}


def test_w6_what_a_chat_does_not_need_may_be_odd() -> None:
    api = Answers()
    api.chats[0] |= {"group_members": [None, 3], "labels": None, "name": {"a": 1}, "phone": []}
    api.sync()
    assert api.errors == []
    assert set(api.read) == all_uids()


@pytest.mark.parametrize("odd", [None, 3, [], {"id": None}, {}], ids=str)
def test_w6_an_odd_chat_spares_the_others(odd: object) -> None:
    api = Answers()
    api.chats[0] = odd
    for _ in range(2):
        api.sync()
        assert set(api.read) == all_uids("300-0", "300-1", "300-2")
        assert len(api.errors) == 1


@pytest.mark.parametrize(
    "odd", [{"timestamp": None}, {"timestamp": "soon"}, {"timestamp": "9999-12-31 23:59:59 +0000"}],
    ids=str,
)  # fmt: skip
def test_w6_an_odd_message_is_named_tried_again_and_read_once_it_can_be(
    odd: dict[str, object],
) -> None:
    api = Answers()
    good = api.messages[300][1]
    api.messages[300][1] = good | odd
    for _ in range(3):
        api.sync()
        assert set(api.read) == all_uids("300-1")
        [error] = api.errors
        assert "300-1" in error.message
        assert "chat 300" in error.message
    api.messages[300][1] = good
    api.sync()
    assert api.errors == []
    assert set(api.read) == all_uids()
    before = dict(api.read)
    api.sync()
    assert api.read == before


def test_t10_a_message_that_failed_says_so() -> None:
    api = Answers()
    reason = {"code": 131026, "title": "Message undeliverable", "details": "Not on WhatsApp"}
    api.messages[300][2] |= {"status": "Failed", "failure_reason": reason, "from_me": True}
    read = source(api, {}).read()
    texts = [m.text for one in read if isinstance(one, ChatReading) for m in one.items]
    told = "text 2\n[not delivered: Message undeliverable, Not on WhatsApp, 131026]"
    assert texts.count(told) == 1
    assert sum("not delivered" in one for one in texts) == 1


ODD = [None, True, -1, 10**30, 1e300, "", "\ud800", "\x00", [], [None], {}, {"x": []}, "9999-01-01"]


@st.composite
def odd_objects(draw: st.DrawFn) -> Answers:
    api = Answers()
    for _ in range(draw(st.integers(1, 3))):
        shown = draw(st.sampled_from([api.chats[0], *api.messages[300]]))
        shown[draw(st.sampled_from(sorted(shown)))] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return api


@settings(max_examples=300, deadline=None)
@given(odd_objects())
def test_w6_whatever_one_chat_shows_the_others_are_read(api: Answers) -> None:
    for _ in range(2):
        api.sync()
        assert all_uids("300-0", "300-1", "300-2") <= set(api.read)
