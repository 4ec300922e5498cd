"""Chats of an account: WhatsApp's only, each message once, at the price that it has to cost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tests.servers.chatwoot import DeskConversation, DeskFile, DeskInbox, HelpDesk, LocalChatwoot
from tests.servers.chatwoot.shapes import SECRET
from tests.sources.chatwoot.reader import NOW, Reader, connected
from wasf.core.chats import Direction, MessageKind
from wasf.errors import NotConnected, PermissionMissing, UnreadableFile, WrongUsage

ONE = timedelta(minutes=1)
ADA, ADA_PHONE, OURS = "Ada Example", "+447700900123", "+15550100100"


class Clock:
    """The server's time; it goes with the reader's."""

    def __init__(self) -> None:
        self.now = NOW - timedelta(days=30)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> HelpDesk:
    return HelpDesk(clock)


@pytest.fixture
def chatwoot(desk: HelpDesk) -> Iterator[LocalChatwoot]:
    with LocalChatwoot.start(desk) as running:
        yield running


@pytest.fixture
def reader(chatwoot: LocalChatwoot) -> Reader:
    return Reader(chatwoot)


@pytest.fixture
def inbox(desk: HelpDesk) -> DeskInbox:
    return desk.add_inbox("WA sales", OURS)


def conversations(desk: HelpDesk, inbox: DeskInbox, number: int, messages: int = 1) -> None:
    for place in range(number):
        chat = desk.add_conversation(inbox, f"Ada {place}", f"+4477009{place:05}")
        for count in range(messages):
            desk.add_message(chat, f"text {count}", NOW - (place + count) * ONE)


def ada(desk: HelpDesk, inbox: DeskInbox, *texts: str, **facts: Any) -> DeskConversation:
    chat = desk.add_conversation(inbox, ADA, ADA_PHONE, **facts)
    for place, text in enumerate(texts):
        desk.add_message(chat, text, NOW - timedelta(hours=1) + place * ONE)
    return chat


def everything(desk: HelpDesk) -> set[str]:
    return {str(number) for number in desk.messages}


def texts(reader: Reader) -> list[str]:
    return [one.text for one in reader.messages.values()]


# --- What a chat and a message are ---------------------------------------------------------------


def test_a_message_says_who_when_and_what(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    bo = desk.add_agent("Bo Seller", "bo@example.com")
    chat = ada(desk, inbox, "Is it ready?", assignee=bo)
    desk.add_message(chat, "It is.", NOW, type=1, sender=bo, source_id="wamid.EXAMPLE1")
    assert reader.read() == []
    [shown] = reader.chats.values()
    assert (shown.title, shown.name, shown.phone) == (ADA, ADA, ADA_PHONE)
    assert (shown.owner_email, shown.whatsapp_account) == ("bo@example.com", OURS)
    assert shown.url == f"{chatwoot.url}/app/accounts/3/conversations/{chat.id}"
    question, answer = reader.messages.values()
    assert (question.direction, question.text) == (Direction.INCOMING, "Is it ready?")
    assert (question.author, question.sent_at) == (ADA, NOW - timedelta(hours=1))
    assert (answer.direction, answer.author) == (Direction.OUTGOING, "Bo Seller")
    assert set(reader.messages) == everything(desk)


MEMBERS = {"nobody": ([], ""), "one": (["mo"], "mo@example.com"), "several": (["mo", "ed"], "")}


@pytest.mark.parametrize("who", MEMBERS)
def test_o2_the_owner_of_an_account_is_the_only_member_of_its_inbox(
    desk: HelpDesk, reader: Reader, who: str
) -> None:
    names, expected = MEMBERS[who]
    members = [desk.add_agent(name, f"{name}@example.com") for name in names]
    ada(desk, desk.add_inbox("WA", OURS, *members), "hello")
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.owner_email, shown.account_email) == ("", expected)


def test_i1_all_conversations_of_a_person_with_an_inbox_are_one_chat(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    ada(desk, inbox, "first", status="resolved")
    ada(desk, inbox, "second")
    ada(desk, desk.add_inbox("other", "+15550100101"), "third")
    reader.read()
    assert len(reader.chats) == 2
    assert len(reader.messages) == 3


CHANNELS = {
    "Channel::Whatsapp": ("", True), "Channel::TwilioSms whatsapp": ("whatsapp:", True),
    "Channel::TwilioSms sms": ("", False), "Channel::WebWidget": ("", False),
    "Channel::Email": ("", False), "Channel::Api": ("", False), "Channel::Telegram": ("", False),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANNELS)
def test_only_whatsapp_is_read(desk: HelpDesk, inbox: DeskInbox, reader: Reader, kind: str) -> None:
    prefix, is_read = CHANNELS[kind]
    channel, _, medium = kind.partition(" ")
    ada(desk, inbox, "one")
    other = desk.add_inbox("else", "+15550100102", channel=channel, medium=medium)
    ada(desk, other, "two", source_id=f"{prefix}{ADA_PHONE}")
    reader.read()
    assert texts(reader) == (["one", "two"] if is_read else ["one"])
    reader.later(minutes=15)
    reader.read()
    assert len(reader.messages) == (2 if is_read else 1)


def test_the_inbox_of_a_bridge_is_read_if_it_is_named(
    desk: HelpDesk, chatwoot: LocalChatwoot
) -> None:
    bridge = desk.add_inbox("evolution", "", channel="Channel::Api")
    ada(desk, bridge, "by number", source_id="random-uuid-1")
    jid = "447700900124@s.whatsapp.net"
    chat = desk.add_conversation(bridge, "Ben", None, source_id="random-uuid-2", identifier=jid)
    desk.add_message(chat, "by JID", NOW)
    state = desk.add_conversation(bridge, "EvolutionAPI", "+123456", source_id="random-uuid-3")
    desk.add_message(state, "scan this code", NOW)
    alone = Reader(chatwoot)
    [error] = alone.read()
    assert isinstance(error, PermissionMissing)
    assert "--inboxes" in error.hint
    reader = Reader(chatwoot, inboxes=str(bridge.id))
    assert reader.read() == []
    phones = {chat.phone for chat in reader.chats.values() if not chat.left_out}
    assert phones == {ADA_PHONE, "+447700900124"}
    assert [chat.title for chat in reader.chats.values() if chat.left_out] == ["EvolutionAPI"]


def test_groups_are_read_on_demand_with_who_wrote(desk: HelpDesk, chatwoot: LocalChatwoot) -> None:
    bridge = desk.add_inbox("evolution", "", channel="Channel::Api")
    group = desk.add_conversation(
        bridge, "Builders (GROUP)", None, source_id="uuid", identifier="1203000000@g.us"
    )
    desk.add_message(group, "**+44 7700 900124 - Ben:**\n\nwho has the keys?", NOW)
    reader = Reader(chatwoot, inboxes=str(bridge.id))
    reader.read()
    assert reader.messages == {}
    reader = Reader(chatwoot, inboxes=str(bridge.id), with_groups=True)
    reader.read()
    [chat], [message] = reader.chats.values(), reader.messages.values()
    assert (chat.title, chat.is_group, chat.phone) == ("Builders", True, None)
    assert [one.phone for one in chat.participants] == ["+447700900124"]
    assert (message.text, message.author) == ("who has the keys?", chat.participants[0].author)


def test_a_person_without_a_number_is_known_by_the_id(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    chat = desk.add_conversation(inbox, "Rae", None, source_id="GB.1A2B3C")
    desk.add_message(chat, "hello", NOW)
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.name, shown.phone, shown.user_id) == ("Rae", None, "GB.1A2B3C")


def test_secrets_of_the_server_are_not_kept(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    ada(desk, inbox, "hello")
    reader.read()
    kept = str(reader.facts) + str(reader.chats)
    assert SECRET not in kept
    assert chatwoot.token not in kept


# --- Everything, once ----------------------------------------------------------------------------


def test_every_message_is_read_and_a_second_run_costs_little(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    conversations(desk, inbox, 60, 3)
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)
    assert set(reader.times.values()) == {1}
    reader.later(minutes=15)
    assert reader.read() == []
    assert len(reader.calls) <= 3
    assert set(reader.times.values()) == {1}


def test_what_is_new_is_read_wherever_it_is(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, clock: Clock
) -> None:
    conversations(desk, inbox, 60)
    reader.read()
    reader.later(minutes=15)
    clock.now = reader.now
    for number in (1, 30, 60):
        desk.add_message(desk.conversations[number], "new", reader.now)
    late = desk.add_message(desk.conversations[45], "late", NOW - timedelta(days=300))
    ada(desk, inbox, "of somebody new")
    reader.read()
    assert set(reader.messages) == everything(desk)
    assert str(late.id) in reader.messages
    assert len(reader.calls) <= 3 + 5


def test_messages_of_any_number_are_read_in_windows(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    chat = ada(desk, inbox)
    for number in range(2_345):  # ids run against times, as after an import
        desk.insert_row(chat, f"text {number}", NOW - number * ONE)
    reader.read()
    assert set(reader.messages) == everything(desk)
    assert len(reader.calls) < 30


@pytest.mark.parametrize("number", [19, 20, 21, 99, 100, 101, 999, 1000, 1001])
def test_an_answer_that_may_be_cut_is_not_trusted(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, number: int
) -> None:
    chat = ada(desk, inbox)
    for count in range(number):
        desk.insert_row(chat, f"text {count}", NOW - count * ONE)
    reader.read()
    assert set(reader.messages) == everything(desk)


def test_rows_that_were_put_past_the_program_are_found_within_days(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    conversations(desk, inbox, 60)
    reader.read()
    for number in (5, 55):
        desk.insert_row(desk.conversations[number], "imported", NOW - timedelta(days=200))
    reader.later(days=2)
    reader.read()
    assert set(reader.messages) == everything(desk)


def test_messages_that_come_while_it_is_read_are_read_then_or_next(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot, clock: Clock
) -> None:
    conversations(desk, inbox, 60, 2)
    clock.now = NOW

    def more(path: str) -> None:
        number = len(chatwoot.asked)
        if number % 3 == 0:
            desk.add_message(desk.conversations[number * 7 % 60 + 1], f"during {number}", NOW)
        if number % 10 == 0:
            desk.add_conversation(inbox, f"New {number}", f"+4477008{number:05}")

    chatwoot.before = more
    reader.read()
    chatwoot.before = lambda _: None
    reader.later(minutes=15)
    reader.read()
    assert set(reader.messages) == everything(desk)


def test_a_conversation_that_is_deleted_meanwhile_hides_no_other(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 80)

    def shift(path: str) -> None:
        if "page=2" in path and 3 in desk.conversations:
            desk.remove(desk.conversations[3])
            desk.remove(desk.conversations[4])

    chatwoot.before = shift
    reader.read()
    assert everything(desk) <= set(reader.messages)


def test_a_run_that_is_killed_loses_nothing(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader
) -> None:
    conversations(desk, inbox, 60, 2)
    for lost in (1, 20, 40):
        reader.read(lose_after=lost)
    reader.read()
    assert set(reader.messages) == everything(desk)


def test_an_earlier_since_goes_back(desk: HelpDesk, inbox: DeskInbox, reader: Reader) -> None:
    chat = ada(desk, inbox)
    for days in (40, 20, 5, 1):
        desk.add_message(chat, f"{days} days ago", NOW - timedelta(days=days))
    reader.read(NOW - timedelta(days=10))
    assert texts(reader) == ["5 days ago", "1 days ago"]
    reader.read(NOW - timedelta(days=30))
    assert len(reader.messages) == 3
    desk.insert_row(chat, "imported", NOW - timedelta(days=25))
    reader.read(NOW - timedelta(days=30))
    assert "imported" in texts(reader)
    reader.later(hours=1)
    reader.read()
    assert "40 days ago" not in texts(reader)


# --- What goes wrong -----------------------------------------------------------------------------


def spoil(path_part: str, change: Any, chatwoot: LocalChatwoot) -> None:
    """Answer requests whose path has this part with something else."""
    chatwoot.before = lambda path: change if path_part in path else None


def test_w6_a_bad_message_waits_and_the_rest_goes_on(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, clock: Clock
) -> None:
    chat = ada(desk, inbox, "one", "two", "three")
    bad = desk.messages_of(chat)[1]
    whole, desk.messages[bad.id] = bad, desk.change(bad, type=9)
    conversations(desk, inbox, 2)
    [error] = reader.read()
    assert str(bad.id) in error.message
    assert set(reader.messages) == everything(desk) - {str(bad.id)}
    reader.later(days=9)
    assert len(reader.read()) == 1
    desk.messages[bad.id] = whole  # past the program: nothing tells that it changed
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_w6_a_bad_conversation_is_named_and_the_rest_goes_on(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 3)
    good = [chatwoot._shown(one) for one in desk.conversations.values()]
    rows = [None, {"id": None}, "text", *good]
    chatwoot.before = lambda path: (
        JSONResponse({"data": {"payload": rows if "page=1" in path else []}})
        if "/conversations?" in path else None
    )  # fmt: skip
    assert len(reader.read()) == 3
    assert set(reader.messages) == everything(desk)


def test_w6_a_conversation_whose_messages_are_no_list_is_read_again(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 3)
    spoil("conversations/2/messages", JSONResponse({"payload": None}), chatwoot)
    assert len(reader.read()) == 1
    assert len(reader.messages) == 2
    chatwoot.before = lambda _: None
    reader.later(days=8)
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_a_list_that_never_ends_ends(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 30)
    page = [chatwoot._shown(one) for one in list(desk.conversations.values())[:25]]
    spoil("/conversations?", JSONResponse({"data": {"payload": page}}), chatwoot)
    [error] = reader.read()
    assert "again and again" in error.message
    assert len(reader.messages) == 25
    chatwoot.before = lambda _: None
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_a_server_that_gives_pages_of_what_changed_is_asked_for_all(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot, clock: Clock
) -> None:
    conversations(desk, inbox, 60)
    reader.read()
    chatwoot.largest_lists = False
    reader.later(minutes=15)
    clock.now = reader.now
    for number in range(1, 41):
        desk.add_message(desk.conversations[number], "new", reader.now)
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_more_than_wasf_takes_at_once_is_asked_for_in_pages(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot, clock: Clock
) -> None:
    conversations(desk, inbox, 60)
    reader.read()
    reader.later(minutes=15)
    clock.now = reader.now
    for number in range(1, 41):
        desk.add_message(desk.conversations[number], "new", reader.now)
    spoil("updated_within", Response(b" " * (17 << 20), media_type="application/json"), chatwoot)
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


REFUSALS = {
    "a revoked token": ({"error": "Invalid Access Token"}, NotConnected, "reset"),
    "a bot": ({"error": "Access to this endpoint is not authorized for bots"}, NotConnected, "bot"),
    "another account": (
        {"error": "You are not authorized to access this account"}, NotConnected, "--account"),
    "a proxy": (
        {"errors": ["You need to sign in or sign up before continuing."]}, NotConnected, "nginx"),
    "suspended": ({"error": "Account is suspended"}, PermissionMissing, "suspended"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSALS)
def test_each_refusal_says_what_to_do(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot, why: str
) -> None:
    body, kind, word = REFUSALS[why]
    ada(desk, inbox, "hello")
    spoil("/inboxes", JSONResponse(body, 401), chatwoot)
    [error] = reader.read()
    assert isinstance(error, kind)
    assert word in error.message + error.hint
    assert len(reader.calls) == 1


def test_a_token_that_is_revoked_meanwhile_ends_the_run_and_loses_nothing(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 40)
    revoked = JSONResponse({"error": "Invalid Access Token"}, 401)
    chatwoot.before = lambda _: revoked if len(chatwoot.asked) > 20 else None
    [error] = reader.read()
    assert isinstance(error, NotConnected)
    assert 0 < len(reader.messages) < 40
    chatwoot.before = lambda _: None
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_what_passes_is_tried_again(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    conversations(desk, inbox, 3)
    chatwoot.before = lambda _: (
        Response("Retry later", 429 if len(chatwoot.asked) % 4 else 502)
        if len(chatwoot.asked) % 2 else None
    )  # fmt: skip
    assert reader.read() == []
    assert set(reader.messages) == everything(desk)


def test_people_that_the_token_may_not_see_are_left_out(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    ada(desk, inbox, "hello")
    refused = JSONResponse({"error": "You are not authorized to do this action"}, 401)
    chatwoot.before = lambda path: refused if "agents" in path or "members" in path else None
    assert reader.read() == []
    assert texts(reader) == ["hello"]


def test_an_agents_token_reads_what_the_agent_sees(
    desk: HelpDesk, inbox: DeskInbox, chatwoot: LocalChatwoot
) -> None:
    ada(desk, inbox, "seen")
    ada(desk, desk.add_inbox("other", "+15550100101"), "not seen")
    chatwoot.agent_inboxes = {inbox.id}
    reader = Reader(chatwoot, token=chatwoot.agent_token)
    assert reader.read() == []
    assert texts(reader) == ["seen"]


# --- The account, files --------------------------------------------------------------------------


def test_the_account_is_named_by_option_or_address_or_there_is_one(
    desk: HelpDesk, inbox: DeskInbox, chatwoot: LocalChatwoot
) -> None:
    in_address = f"{chatwoot.url}/app/accounts/3/dashboard"
    for api in (connected(chatwoot), connected(chatwoot, url=in_address, account=""),
                connected(chatwoot, account="")):  # fmt: skip
        found = api.workspace()
        assert (found.name, [one.phone for one in found.accounts]) == ("Example Desk", [OURS])
    with pytest.raises(NotConnected, match="Example Desk"):
        connected(chatwoot, account="4").workspace()
    with pytest.raises(WrongUsage):
        connected(chatwoot, url="chat.example.com")


def test_a_web_page_in_the_place_of_the_api_is_told_at_once(chatwoot: LocalChatwoot) -> None:
    with pytest.raises(Exception, match="web page"):
        connected(chatwoot, url=f"{chatwoot.url}/wrong").workspace()
    assert len(chatwoot.asked) == 1


def test_a_file_is_had_from_the_server_whatever_name_its_links_have(
    desk: HelpDesk, inbox: DeskInbox, reader: Reader, chatwoot: LocalChatwoot
) -> None:
    chatwoot.public_url = "http://chat.example.com"
    chat = ada(desk, inbox)
    files = (DeskFile("Offer 17.pdf", b"%PDF"), DeskFile("b.jpg", b"jpg", "image"))
    desk.add_message(chat, "see", NOW, files=files)
    reader.read()
    [message] = reader.messages.values()
    assert message.kind is MessageKind.MEDIA
    assert message.attachment is not None
    assert (message.attachment.name, message.attachment.archive) == ("Offer 17.pdf", "chatwoot")
    assert "another file: b.jpg" in message.text
    assert connected(chatwoot).read_file(message.attachment.member, 4) == b"%PDF"
    with pytest.raises(UnreadableFile):
        connected(chatwoot).read_file("http://10.0.0.8/a.pdf", 4)


def test_a_server_that_was_installed_anew_is_told_and_read_from_its_beginning(
    desk: HelpDesk, inbox: DeskInbox, chatwoot: LocalChatwoot, reader: Reader
) -> None:
    ada(desk, inbox, *(f"text {number}" for number in range(30)))
    desk.add_conversation(inbox, "Ben Example", "+447700900124")
    assert reader.read() == []
    desk.generation += 1  # ids begin again, uuids do not
    for chat in list(desk.conversations.values()):
        desk.remove(chat)
    reader.later(hours=2)
    cleo = desk.add_conversation(inbox, "Cleo Example", "+447700900125")
    desk.add_message(cleo, "the first one", reader.now, id=5)
    [told] = reader.read()
    assert "installed anew" in told.message
    assert reader.failures == []
    assert "the first one" in texts(reader)
    assert reader.read() == []
