"""Chats of a WAHA server by polling: all of them, each message once, at its price."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.servers.waha import Engine, LocalWaha, WahaChat, WahaFile, WahaSession
from tests.sources.waha.reader import api_of, reader_of
from tests.sources.web_reader import NOW, WebReader
from wasf.core.chats import Direction, MessageKind
from wasf.errors import NotConnected, UnreadableFile

ADA, ADA_LID = "447700900123@c.us", "88001122334455@lid"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waha() -> Iterator[LocalWaha]:
    with LocalWaha.start() as running:
        yield running


@pytest.fixture
def reader(waha: LocalWaha) -> WebReader:
    return reader_of(waha)


@pytest.fixture
def shop(waha: LocalWaha) -> WahaSession:
    return waha.add_session("shop", "447700900100")


def chats(session: WahaSession, number: int, messages: int = 2) -> list[WahaChat]:
    """So many chats, the first with the latest message."""
    made = [session.add_chat(f"4477009{n:05}@c.us", f"Person {n}") for n in range(number)]
    for at, chat in enumerate(made):
        for count in range(messages):
            chat.say(f"text {count}", NOW - at * MINUTE - count * MINUTE)
    return made


def uids(*sessions: WahaSession) -> set[str]:
    return {
        row.uid
        for session in sessions
        for chat in session.chats.values()
        for row in chat.rows
        if not row.hidden
    }


@pytest.mark.parametrize("engine", Engine, ids=lambda one: one.value)
def test_every_message_of_every_session_is_read_once(
    waha: LocalWaha, reader: WebReader, engine: Engine
) -> None:
    shop = waha.add_session("shop", "447700900100", engine)
    desk = waha.add_session("the desk", "447700900101", engine)
    chats(shop, 10, 2)
    chats(desk, 2, 250)
    assert reader.read() == []
    assert set(reader.messages) == uids(shop, desk)
    assert set(reader.times.values()) == {1}
    assert len(reader.chats) == 12
    assert waha.downloads == 0


def test_a_second_run_costs_little(waha: LocalWaha, reader: WebReader, shop: WahaSession) -> None:
    for at, chat in enumerate(chats(shop, 30)):
        chat.say("old", NOW - timedelta(days=at))
    reader.read()
    waha.requests.clear()
    assert reader.read() == []
    assert len(waha.requests) <= 2
    assert set(reader.times.values()) == {1}


def test_a_message_says_who_when_and_what(reader: WebReader, shop: WahaSession) -> None:
    chat = shop.add_chat(ADA, "Ada Example")
    came = chat.say("Is it ready?", NOW - MINUTE, push_name="ada")
    went = chat.say("It is.", NOW, from_me=True)
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.title, shown.name, shown.phone) == ("Ada Example", "Ada Example", "+447700900123")
    assert (shown.whatsapp_account, shown.url) == ("+447700900100", "https://wa.me/447700900123")
    assert shown.native_id == "447700900100 447700900123"
    question, answer = reader.messages[came.uid], reader.messages[went.uid]
    assert (question.direction, question.text, question.sent_at) == (
        Direction.INCOMING, "Is it ready?", NOW - MINUTE,
    )  # fmt: skip
    assert (answer.direction, answer.author) == (Direction.OUTGOING, "+447700900100")


def test_o2_the_owner_is_in_the_notes_of_the_session_or_settings_name_the_session(
    waha: LocalWaha, reader: WebReader
) -> None:
    shop = waha.add_session("shop", "447700900100", metadata={"a": "x", "b": "bo@example.com"})
    desk = waha.add_session("desk", "447700900101", metadata={"a": "no e-mail @ all"})
    for one in (shop, desk):
        one.add_chat(ADA).say("hi", NOW)
    reader.read()
    assert [(one.account_email, one.account_name) for one in reader.chats.values()] == [
        ("bo@example.com", "shop"), ("", "desk"),
    ]  # fmt: skip


NO_PEOPLE = ["status@broadcast", "12@broadcast", "99@newsletter", "0@c.us", "13135550002@c.us",
             "meta@bot"]  # fmt: skip


@pytest.mark.parametrize("jid", NO_PEOPLE)
def test_stories_channels_and_the_like_are_no_chats(
    reader: WebReader, shop: WahaSession, jid: str
) -> None:
    shop.add_chat(jid, "News").say("hello", NOW)
    assert reader.read() == []
    assert reader.chats == {}


def test_a_chat_with_ourselves_is_left_out(reader: WebReader, shop: WahaSession) -> None:
    shop.add_chat("447700900100@c.us", "Me").say("note to myself", NOW, from_me=True)
    reader.read()
    assert [chat.left_out for chat in reader.chats.values()] == ["a chat with ourselves"]


def test_a_page_of_hidden_rows_is_not_the_end(reader: WebReader, shop: WahaSession) -> None:
    chat = shop.add_chat(ADA, "Ada")
    chat.say("the first of all", NOW - timedelta(days=30))
    for number in range(250):
        chat.say("", NOW - timedelta(days=2) - number * MINUTE, hidden=True)
    for number in range(50):
        chat.say("text", NOW - number * MINUTE)
    reader.read()
    assert len(reader.messages) == 51


def test_t7_groups_have_their_senders_as_participants(reader: WebReader, shop: WahaSession) -> None:
    group = shop.add_chat("1203@g.us", "Example group")
    group.say("hi", NOW, sender="447700900124@c.us", push_name="Cy")
    group.say("hello", NOW, sender="88@lid", alt="447700900125@s.whatsapp.net", push_name="Di")
    group.say("ours", NOW, from_me=True, sender="447700900100@c.us")
    reader.read()
    assert reader.messages == {}
    reader.with_groups = True
    reader.facts.clear()
    reader.read()
    [chat] = reader.chats.values()
    assert (chat.title, chat.is_group) == ("Example group", True)
    assert {(one.author, one.phone) for one in chat.participants} == {
        ("Cy", "+447700900124"), ("Di", "+447700900125"),
    }  # fmt: skip
    assert sorted(one.author for one in reader.messages.values()) == ["+447700900100", "Cy", "Di"]


# --- Hidden ids --------------------------------------------------------------------------------


def test_a_hidden_id_has_the_number_that_a_message_tells(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    shop.add_chat(ADA_LID, "Ada").say("hi", NOW, alt="447700900123@s.whatsapp.net")
    reader.read()
    assert [chat.phone for chat in reader.chats.values()] == ["+447700900123"]
    assert not any("/lids" in path for path in waha.requests)


def test_a_hidden_id_has_the_number_of_the_servers_list(
    reader: WebReader, shop: WahaSession
) -> None:
    shop.lids = {f"{n}@lid": f"44770090{n:04}" for n in range(150)} | {ADA_LID: "447700900123"}
    shop.add_chat(ADA_LID, "Ada").say("hi", NOW)
    reader.read()
    assert [chat.phone for chat in reader.chats.values()] == ["+447700900123"]


def test_a_number_that_is_found_late_goes_to_the_same_chat(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    shop.lids = {ADA_LID: None}
    shop.add_chat(ADA_LID, "Ada").say("hi", NOW)
    reader.read()
    [chat] = reader.chats.values()
    assert (chat.phone, chat.name) == (None, "Ada")
    assert chat.doubt
    waha.requests.clear()
    reader.read()
    assert not any("/lids" in path for path in waha.requests)

    shop.lids = {ADA_LID: "447700900123"}
    reader.now += timedelta(days=1)
    reader.read()
    [later] = reader.chats.values()
    assert (later.phone, later.native_id) == ("+447700900123", chat.native_id)


def test_a_pair_that_was_learnt_stays_when_nothing_tells_it_any_more(
    reader: WebReader, shop: WahaSession
) -> None:
    chat = shop.add_chat(ADA_LID, "Ada")
    row = chat.say("hi", NOW - 2 * MINUTE)
    for at, alt in enumerate(["", "447700900123@s.whatsapp.net", ""]):
        row.alt = alt
        reader.read()
        chat.say("and more", NOW + at * MINUTE)
    reader.read()
    [found] = reader.chats.values()
    assert found.phone == "+447700900123"
    assert len(reader.messages) == 4


def test_i1_a_chat_that_is_under_both_ids_is_one(reader: WebReader, shop: WahaSession) -> None:
    shop.add_chat(ADA_LID, "Ada").say("one", NOW, alt="447700900123@s.whatsapp.net")
    shop.add_chat(ADA, "Ada").say("two", NOW - MINUTE)
    reader.read()
    assert len(reader.chats) == 1
    assert len(reader.messages) == 2


# --- What became of messages -------------------------------------------------------------------


def test_a_deletion_and_an_edit_are_told_once_and_stand_where_the_original_did(
    reader: WebReader, waha: LocalWaha
) -> None:
    shop = waha.add_session("shop", "447700900100", Engine.WEBJS)
    chat = shop.add_chat(ADA, "Ada")
    gone, changed = chat.say("secret", NOW - MINUTE), chat.say("I need 12", NOW)
    reader.read()
    gone.body, gone.data = "", {"type": "revoked"}
    changed.body, changed.data = "I need 21", {"latestEditSenderTimestampMs": 1790003700000}
    chat.say("more", NOW + MINUTE)
    reader.read()
    reader.read()
    kinds = {one.kind: one.text for uid, one in reader.messages.items() if " " in uid}
    assert kinds == {
        MessageKind.DELETED: "This message was deleted.",
        MessageKind.EDITED: "I need 21",
    }
    assert len(reader.messages) == 5


def test_t10_ours_that_failed_says_so(reader: WebReader, shop: WahaSession) -> None:
    failed = shop.add_chat(ADA).say("our offer", NOW, from_me=True, ack=-1)
    reader.read()
    assert reader.messages[failed.uid].text == "our offer\n[not delivered: failed]"


def test_t8_a_file_is_fetched_from_the_server_that_was_named(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    file = WahaFile(b"%PDF", "application/pdf", "offer.pdf")
    row = shop.add_chat(ADA).say("here", NOW, attached=file)
    reader.read()
    attachment = reader.messages[row.uid].attachment
    assert attachment is not None
    assert (attachment.name, attachment.archive) == ("offer.pdf", "waha")
    assert api_of(waha).read_file(attachment.member, 100) == b"%PDF"
    shop.chats.clear()
    with pytest.raises(UnreadableFile):
        api_of(waha).read_file(attachment.member, 100)


# --- Time --------------------------------------------------------------------------------------


def test_messages_that_come_during_the_walk_are_not_lost(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    made = chats(shop, 120, 1)
    arrived = iter(range(20))

    def arrive(path: str) -> None:
        if "/chats/" in path and (number := next(arrived, None)) is not None:
            made[-1 - number * 5].say("meanwhile", NOW + number * MINUTE)

    waha.before = arrive
    reader.read()
    reader.read()
    assert set(reader.messages) == uids(shop)


def test_a_message_that_comes_late_is_found_the_next_day(
    reader: WebReader, shop: WahaSession
) -> None:
    [chat] = chats(shop, 1)
    reader.read()
    late = chat.say("from before", NOW - timedelta(hours=30))
    reader.read()
    reader.now += timedelta(days=1)
    reader.read()
    assert late.uid in reader.messages


def test_since_goes_back_whatever_was_read(reader: WebReader, shop: WahaSession) -> None:
    chat = shop.add_chat(ADA)
    old, new = chat.say("old", NOW - timedelta(days=9)), chat.say("new", NOW)
    reader.read(NOW - timedelta(days=1))
    assert set(reader.messages) == {new.uid}
    chat.say("newer", NOW)
    reader.read()
    assert old.uid not in reader.messages
    reader.read(NOW - timedelta(days=30))
    assert old.uid in reader.messages


# --- Trouble (W6) ------------------------------------------------------------------------------


def test_a_key_that_is_revoked_ends_the_reading_and_keeps_what_was_read(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    chats(shop, 5)
    asked = iter(range(6))

    def revoke(_: str) -> None:
        if next(asked, None) is None:
            waha.key = "another"

    key, waha.before = waha.key, revoke
    reader.api = lambda: api_of(waha, key)
    assert reader.read() == ["WAHA does not accept the API key."]
    assert 0 < len(reader.messages) < 10
    with pytest.raises(NotConnected):
        api_of(waha, key).workspace()
    waha.key, waha.before = key, lambda _: None
    assert reader.read() == []
    assert set(reader.messages) == uids(shop)


@pytest.mark.parametrize(
    "odd",
    [{"timestamp": None}, {"id": None}, {"id": {}, "timestamp": "x"}, {"timestamp": float(10**20)}],
    ids=["no time", "no id", "neither", "no year"],
)
def test_a_bad_message_is_named_and_the_rest_goes_on(
    waha: LocalWaha, reader: WebReader, shop: WahaSession, odd: dict[str, object]
) -> None:
    first, *others = chats(shop, 3)
    bad = first.say("bad", NOW - timedelta(hours=1), more=odd)
    [told] = reader.read()
    assert "Person 0: a message without" in told
    assert set(reader.messages) == uids(shop) - {bad.uid}
    bad.more = {}
    others[0].say("newer", NOW + MINUTE)
    assert reader.read() == []
    assert bad.uid in reader.messages


@pytest.mark.parametrize("answer", [(404, {}), (200, {"no": "list"}), (200, None), (500, {})])
def test_a_chat_that_cannot_be_read_waits_and_the_rest_goes_on(
    waha: LocalWaha, reader: WebReader, shop: WahaSession, answer: tuple[int, object]
) -> None:
    made = chats(shop, 12, 1)
    waha.answers[f"{made[9].jid}/messages"] = answer
    assert len(reader.read()) == 1
    assert len(reader.messages) == 11
    waha.answers.clear()
    made[0].say("newer", NOW + MINUTE)
    assert reader.read() == []
    assert set(reader.messages) == uids(shop)


def test_the_list_goes_back_to_a_chat_that_could_not_be_read(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    made = chats(shop, 120, 1)
    reader.read()
    late = made[110].say("late", NOW - 200 * MINUTE, more={"timestamp": None})
    reader.now += timedelta(days=1)
    assert len(reader.read()) == 1
    late.more.clear()
    reader.read()
    assert late.uid in reader.messages


def test_a_server_that_is_down_ends_the_reading_soon(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    chats(shop, 20)
    waha.answers["/messages"] = (502, None)
    assert len(reader.read()) == 2
    assert len(waha.requests) < 25


def test_a_chat_without_an_id_is_named(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    chats(shop, 2)
    shop.add_chat("", "nobody").say("x", NOW)
    [told] = reader.read()
    assert "a chat without an id" in told
    assert len(reader.messages) == 4


@pytest.mark.parametrize("status", ["STOPPED", "SCAN_QR_CODE", "FAILED", "PASSKEY_REQUIRED"])
def test_a_session_that_is_not_connected_is_told_and_the_others_are_read(
    waha: LocalWaha, reader: WebReader, shop: WahaSession, status: str
) -> None:
    desk = waha.add_session("desk", "447700900101")
    chats(shop, 1)
    chats(desk, 1)
    reader.read()
    shop.status = status
    desk.chats["447700900000@c.us"].say("new", NOW + MINUTE)
    assert reader.read() == []
    assert reader.facts["waha silent"] == "+447700900100"
    assert len(reader.messages) == 5
    shop.status = "WORKING"
    reader.read()
    assert reader.facts["waha silent"] == ""


def test_a_session_that_stores_nothing_is_told_and_the_others_are_read(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    shop.stores = False
    desk = waha.add_session("desk", "447700900101")
    chats(desk, 1)
    assert len(reader.read()) == 1
    assert set(reader.messages) == uids(desk)


def test_a_list_that_repeats_itself_ends(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    [chat] = chats(shop, 1)
    row = {"id": chat.jid, "name": "Ada", "lastMessage": None}
    waha.answers["/chats/overview"] = (200, [row])
    assert reader.read() == ["WAHA shows the same page again and again."]


def test_a_key_of_one_session_sees_that_one(
    waha: LocalWaha, reader: WebReader, shop: WahaSession
) -> None:
    waha.add_session("desk", "447700900101")
    workspace = api_of(waha, waha.session_key("shop")).workspace()
    assert [one.id for one in workspace.accounts] == ["shop"]
    assert [one.id for one in api_of(waha, session="desk").workspace().accounts] == ["desk"]
