"""Customers with a number, a user id, or both; numbers and ids that change (I1, I5)."""

import json

import pytest

from tests.sources.meta.test_events import ADA, OUR_ID, OURS, SECONDS, body, said
from wasf.core.chats import Direction, SourceChat
from wasf.interfaces import WebhookContent
from wasf.sources.meta.events import read_cloud_api

NEW, UID, NEW_UID, OTHER_UID = "447700900555", "GB.ONE", "GB.TWO", "GB.THREE"


class Bodies:
    """Reads bodies one after the other and keeps the facts."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    def read(self, value: object) -> WebhookContent:
        found = read_cloud_api(value, lambda name: self.facts.get(name, ""))
        self.facts |= found.facts
        return found

    def chat(self, number: str = "", user_id: str = "") -> SourceChat:
        shown = said() | {"from": number, "from_user_id": user_id}
        [(chat, _)] = self.read(body(messages=[shown])).messages
        return chat

    def system(self, kind: str, number: str = "", user_id: str = "", **more: str) -> None:
        shown = said("system", {"type": kind, "body": "x", **more})
        found = self.read(body(messages=[shown | {"from": number, "from_user_id": user_id}]))
        assert (found.messages, found.unknown) == ((), ())


def test_i1_an_id_before_with_and_instead_of_the_number_is_one_chat() -> None:
    bodies = Bodies()
    chats = [bodies.chat("", UID), bodies.chat(ADA, UID), bodies.chat("", UID), bodies.chat(ADA)]
    assert {one.native_id for one in chats} == {f"{OUR_ID} {UID}"}
    assert [one.phone for one in chats] == [None, f"+{ADA}", None, f"+{ADA}"]


def test_i1_a_number_before_its_id_is_one_chat() -> None:
    bodies = Bodies()
    chats = [bodies.chat(ADA), bodies.chat(ADA, UID), bodies.chat("", UID)]
    assert {one.native_id for one in chats} == {f"{OUR_ID} {ADA}"}
    assert chats[2].phone == f"+{ADA}"


@pytest.mark.parametrize("shown_id", [UID, NEW_UID], ids=["the old id", "the new id"])
def test_a_new_user_id_is_the_same_person(shown_id: str) -> None:
    bodies = Bodies()
    before = bodies.chat("", UID)
    shown = said("system", {"type": "user_changed_user_id", "user_id": NEW_UID,
                            "previous_user_id": UID})  # fmt: skip
    bodies.read(body(messages=[shown | {"from": "", "from_user_id": shown_id}]))
    assert bodies.chat("", NEW_UID).native_id == before.native_id


def test_a_new_number_brings_a_new_id_of_the_same_person() -> None:
    bodies = Bodies()
    before = bodies.chat(ADA, UID)
    shown = said("system", {"type": "user_changed_number", "wa_id": NEW, "user_id": NEW_UID,
                            "previous_user_id": UID})  # fmt: skip
    bodies.read(body(messages=[shown | {"from": ADA, "from_user_id": NEW_UID}]))
    after = bodies.chat(NEW, NEW_UID)
    assert (after.native_id, after.phone, after.doubt) == (before.native_id, f"+{NEW}", "")


def test_i5_a_number_with_another_id_is_another_person_who_waits() -> None:
    bodies = Bodies()
    before = bodies.chat(ADA, UID)
    for _ in range(2):
        after = bodies.chat(ADA, OTHER_UID)
        assert after.native_id != before.native_id
        assert after.phone is None
        assert after.doubt
    assert bodies.chat(ADA, UID).native_id == before.native_id


def test_i5_whoever_writes_from_a_number_that_was_left_is_another_person() -> None:
    bodies = Bodies()
    before = bodies.chat(ADA)
    bodies.system("user_changed_number", ADA, wa_id=NEW)
    assert bodies.chat(NEW).native_id == before.native_id
    assert bodies.chat(ADA, OTHER_UID).phone is None


@pytest.mark.parametrize("number", ["12345678901234@lid", f"{ADA}@g.us", "x" * 30])
def test_what_is_no_number_is_no_phone(number: str) -> None:
    chat = Bodies().chat(number)
    assert (chat.phone, chat.native_id) == (None, f"{OUR_ID} {number}")


@pytest.mark.parametrize("number", [f"+{ADA}", f"{ADA}@s.whatsapp.net", f"{ADA}@c.us"])
def test_a_number_is_known_in_every_form(number: str) -> None:
    assert Bodies().chat(number).native_id == f"{OUR_ID} {ADA}"


LEARNED = {
    "a status": body(statuses=[{"id": "wamid.1", "status": "sent", "recipient_id": ADA,
                                "recipient_user_id": UID}]),
    "the address book": body("smb_app_state_sync", state_sync=[
        {"type": "contact", "contact": {"phone_number": ADA, "user_id": UID}, "action": "add"}]),
    "the own card": body(messages=[said("contacts", [
        {"phones": [{"phone": "+44 7700", "wa_id": ADA, "user_id": UID}]}])
        | {"from": "", "from_user_id": UID}]),
}  # fmt: skip


@pytest.mark.parametrize("name", LEARNED)
def test_who_has_which_number_is_learnt(name: str) -> None:
    bodies = Bodies()
    bodies.read(LEARNED[name])
    known = bodies.chat("", UID)
    assert bodies.chat(ADA).native_id == known.native_id


# --- Sides -------------------------------------------------------------------------------------


def test_our_own_number_among_the_messages_is_our_side() -> None:
    shown = said() | {"from": f"+{OURS}", "from_user_id": "", "to": ADA}
    beside = body(messages=[shown | {"to": ""}], contacts=[{"wa_id": OURS}, {"wa_id": ADA}])
    for value in (body(messages=[shown]), beside):
        [(chat, message)] = read_cloud_api(value, lambda _: "").messages
        assert (chat.phone, message.direction) == (f"+{ADA}", Direction.OUTGOING)


def test_our_own_message_to_nobody_is_kept() -> None:
    shown = said() | {"from": OURS, "from_user_id": ""}
    found = read_cloud_api(body(messages=[shown]), lambda _: "")
    assert (found.messages, found.unknown) == ((), ("a message of ours without a recipient",))


SIDES = {
    "the customer's number": ({"from": ADA}, Direction.INCOMING),
    "the customer's id": ({"from_user_id": UID}, Direction.INCOMING),
    "our number": ({"from": OURS}, Direction.OUTGOING),
    "to the customer": ({"from": "448000000000", "to": ADA}, Direction.INCOMING),
    "from me": ({"from": ADA, "history_context": {"from_me": True}}, Direction.OUTGOING),
}


@pytest.mark.parametrize("name", SIDES)
def test_the_thread_tells_the_side_of_a_message(name: str) -> None:
    more, side = SIDES[name]
    line = {"id": "wamid.1", "timestamp": SECONDS, "type": "text", "text": {"body": "a"}, **more}
    thread = {"id": ADA, "context": {"wa_id": ADA, "user_id": UID}, "messages": [line]}
    found = read_cloud_api(body("history", history=[{"threads": [thread]}]), lambda _: "")
    assert [message.direction for _, message in found.messages] == [side]


def test_a_call_of_ours_to_somebody_without_a_number_is_a_message() -> None:
    call = {"id": "wacid.1", "from": OURS, "to_user_id": UID, "event": "terminate",
            "timestamp": SECONDS, "direction": "BUSINESS_INITIATED"}  # fmt: skip
    [(chat, message)] = read_cloud_api(body("calls", calls=[call]), lambda _: "").messages
    assert (chat.native_id, message.direction) == (f"{OUR_ID} {UID}", Direction.OUTGOING)


# --- Groups and other apps ---------------------------------------------------------------------


def test_t7_a_group_has_its_subject_and_everybody_who_was_met() -> None:
    bodies = Bodies()
    event = {"group_id": "g1", "type": "group_create", "subject": "Site team"}
    bodies.read(body("group_lifecycle_update", groups=[event]))
    added = {"group_id": "g1", "added_participants": [{"wa_id": NEW, "user_id": NEW_UID}]}
    bodies.read(body("group_participants_update", groups=[added]))
    [(chat, _)] = bodies.read(body(messages=[said(group_id="g1")])).messages
    assert (chat.title, chat.is_group) == ("Site team", True)
    assert {one.phone for one in chat.participants} == {f"+{ADA}", f"+{NEW}"}
    left = {"group_id": "g1", "removed_participants": [{"wa_id": NEW}]}
    bodies.read(body("group_participants_update", groups=[left]))
    [(chat, _)] = bodies.read(body(messages=[said(group_id="g1", id="wamid.2")])).messages
    assert {one.phone for one in chat.participants} == {f"+{ADA}"}


def test_what_another_app_answers_is_read() -> None:
    echo = {"from": OURS, "to": ADA, "id": "wamid.2", "timestamp": SECONDS, "type": "text",
            "text": {"body": "I am the assistant"}}  # fmt: skip
    value = body("standby", standby={"messages": [said()], "message_echoes": [echo]})
    found = read_cloud_api(value, lambda _: "")
    assert [one.direction for _, one in found.messages] == [Direction.INCOMING, Direction.OUTGOING]


INSIDE = body(messages=[said()])
WRAPPED = {
    "in a list": [INSIDE],
    "of a flow": [{"headers": {}, "query": {}, "body": INSIDE}],
    "as text": {"data": json.dumps(INSIDE)},
    "without an envelope": INSIDE["entry"][0]["changes"][0]["value"],
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_body_that_a_relay_has_wrapped_is_read(name: str) -> None:
    assert len(read_cloud_api(WRAPPED[name], lambda _: "").messages) == 1


def test_a_sample_of_meta_is_no_message() -> None:
    value = body(messages=[said()], metadata={"phone_number_id": "123456123"})
    assert read_cloud_api(value, lambda _: "").messages == ()
