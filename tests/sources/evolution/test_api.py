"""Messages of an Evolution API server by polling: each once, at its price."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.samples import one_in
from tests.servers.evolution import EvolutionInstance, LocalEvolution
from tests.sources.evolution.reader import api_of, reader_of
from tests.sources.web_reader import NOW, WebReader
from wasf.core.chats import Direction, MessageKind
from wasf.errors import NotConnected, UnreadableFile

ADA, ADA_LID = "447700900123@s.whatsapp.net", "88001122334455@lid"
HIDDEN = {"remoteJidAlt": ADA, "addressingMode": "lid"}
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def evolution() -> Iterator[LocalEvolution]:
    with LocalEvolution.start() as running:
        yield running


@pytest.fixture
def reader(evolution: LocalEvolution) -> WebReader:
    return reader_of(evolution)


@pytest.fixture
def shop(evolution: LocalEvolution) -> EvolutionInstance:
    return evolution.add_instance("my shop", "447700900100")


def fill(instance: EvolutionInstance, messages: int, by: timedelta = MINUTE) -> None:
    for number in range(messages):
        jid = f"4477009{number % 40:05}@s.whatsapp.net"
        instance.say(jid, f"text {number}", NOW - number * by, push_name=f"Person {number % 40}")


def uids(*instances: EvolutionInstance) -> set[str]:
    return {row.uid for one in instances for row in one.rows}


def test_every_message_of_every_instance_is_read_once(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    desk = evolution.add_instance("desk", "447700900101")
    fill(shop, 1_500, 97 * MINUTE)
    fill(desk, 3)
    assert reader.read() == []
    assert set(reader.messages) == uids(shop, desk)
    assert set(reader.times.values()) == {1}
    assert len(reader.chats) == 43


@pytest.mark.parametrize("messages", one_in(3, [201, 1_300, 1_000]))
def test_messages_of_one_second_that_change_places_are_all_read(
    reader: WebReader, shop: EvolutionInstance, messages: int
) -> None:
    fill(shop, messages, timedelta(0))
    found: set[str] = set()
    for _ in range(4):
        told = reader.read()
        found = set(reader.messages)
        if found == uids(shop):
            break
        assert "not all messages of a second" in told[0]
    assert found == uids(shop)


def test_a_second_run_costs_little(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    fill(shop, 700, 4 * MINUTE)
    reader.read()
    evolution.requests.clear()
    assert reader.read() == []
    assert len(evolution.requests) <= 4


def test_a_message_says_who_when_and_what(reader: WebReader, shop: EvolutionInstance) -> None:
    came = shop.say(ADA, "Is it ready?", NOW - MINUTE, push_name="Ada Example")
    went = shop.say(ADA, "It is.", NOW, from_me=True)
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.title, shown.name, shown.phone) == ("Ada Example", "Ada Example", "+447700900123")
    assert (shown.whatsapp_account, shown.account_name) == ("+447700900100", "my shop")
    assert shown.native_id == "447700900100 447700900123"
    question, answer = reader.messages[came.uid], reader.messages[went.uid]
    assert (question.direction, question.author) == (Direction.INCOMING, "Ada Example")
    assert (answer.direction, answer.author) == (Direction.OUTGOING, "+447700900100")


def test_our_own_name_is_nobodys(reader: WebReader, shop: EvolutionInstance) -> None:
    shop.say(ADA, "hi", NOW, from_me=True)
    reader.read()
    assert [one.title for one in reader.chats.values()] == ["+447700900123"]


NO_PEOPLE = ["status@broadcast", "12@broadcast", "99@newsletter", "0@s.whatsapp.net",
             "13135550002@s.whatsapp.net", "meta@bot"]  # fmt: skip


@pytest.mark.parametrize("jid", NO_PEOPLE)
def test_stories_channels_and_the_like_are_no_chats(
    reader: WebReader, shop: EvolutionInstance, jid: str
) -> None:
    shop.say(jid, "news", NOW, key={"participant": ADA}, push_name="Ada")
    assert reader.read() == []
    assert reader.chats == {}


KEYS = {
    "2.2: the number": (ADA, {}),
    "2.2: with a device": ("447700900123:12@s.whatsapp.net", {}),
    "2.3.5": (ADA_LID, {"senderPn": ADA, "senderLid": ADA_LID}),
    "2.3.7": (ADA_LID, HIDDEN),
    "2.4": (ADA, {"remoteJidAlt": ADA_LID, "addressingMode": "pn"}),
    "the old form": ("447700900123@c.us", {}),
    "hosted by Meta": ("447700900123@hosted", {}),
}


@pytest.mark.parametrize("version", KEYS)
def test_a_key_of_every_version_gives_the_number(
    reader: WebReader, shop: EvolutionInstance, version: str
) -> None:
    jid, key = KEYS[version]
    shop.say(jid, "hi", NOW, key=key)
    reader.read()
    assert [one.phone for one in reader.chats.values()] == ["+447700900123"]


def test_a_pair_that_any_message_tells_holds_for_all(
    reader: WebReader, shop: EvolutionInstance
) -> None:
    shop.say(ADA_LID, "hidden", NOW - 2 * DAY)
    shop.say(ADA_LID, "with both", NOW - DAY, key=HIDDEN)
    shop.say(ADA, "the number", NOW)
    reader.read()
    assert {chat.phone for chat in reader.chats.values()} == {"+447700900123"}
    assert len(reader.chats) == 1
    shop.say(ADA_LID, "hidden again", NOW)
    reader.read()
    assert len(reader.chats) == 1
    assert len(reader.messages) == 4


def test_a_hidden_number_that_nobody_knows_is_a_chat_without_one_until_it_is(
    reader: WebReader, shop: EvolutionInstance
) -> None:
    shop.say(ADA_LID, "hi", NOW - MINUTE, push_name="Ada")
    reader.read()
    [before] = reader.chats.values()
    assert (before.phone, before.name) == (None, "Ada")
    shop.say(ADA_LID, "more", NOW, key=HIDDEN)
    reader.read()
    [after] = reader.chats.values()
    assert (after.phone, after.native_id) == ("+447700900123", before.native_id)


def test_t7_groups_have_subjects_and_senders(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    group = "120300000000000001@g.us"
    shop.subjects[group] = "Example group"
    cy = {"participant": "88999000111222@lid", "participantAlt": "447700900124@s.whatsapp.net"}
    shop.say(group, "hi", NOW - MINUTE, key=cy, push_name="Cy")
    shop.say(group, "ours", NOW, from_me=True)
    reader.read()
    assert reader.messages == {}
    reader.with_groups = True
    reader.facts.clear()
    reader.read()
    [chat] = reader.chats.values()
    assert (chat.title, chat.is_group) == ("Example group", True)
    assert [(one.author, one.phone) for one in chat.participants] == [("Cy", "+447700900124")]
    reader.read()
    assert sum("findGroupInfos" in path for path in evolution.requests) == 1


# --- What became of messages -------------------------------------------------------------------


def test_an_edit_and_a_deletion_are_told_once_and_never_the_deleted_text(
    reader: WebReader, shop: EvolutionInstance
) -> None:
    changed = shop.say(ADA, "I need 12", NOW - 2 * MINUTE)
    gone, never = shop.say(ADA, "secret", NOW - MINUTE), shop.say(ADA, "gone", NOW)
    never.states = ["DELETED"]
    reader.read()
    changed.message, changed.at = {"conversation": "I need 21"}, NOW + MINUTE
    changed.states = ["READ", "EDITED"]
    gone.states = ["DELETED"]
    reader.read()
    reader.read()
    texts = {one.kind: one.text for one in reader.messages.values()}
    assert texts[MessageKind.EDITED] == "[edit of an earlier message] I need 21"
    assert texts[MessageKind.DELETED] == "This message was deleted."
    assert len(reader.messages) == 5
    assert "gone" not in {one.text for one in reader.messages.values()}


def test_one_id_in_several_rows_is_one_message(reader: WebReader, shop: EvolutionInstance) -> None:
    for minutes in range(3):
        shop.say(ADA, "once", NOW - minutes * MINUTE, uid="3EB0A")
    reader.read()
    assert list(reader.messages) == ["3EB0A"]
    assert reader.times["3EB0A"] == 1


def test_t10_ours_that_failed_says_so(reader: WebReader, shop: EvolutionInstance) -> None:
    failed = shop.say(ADA, "our offer", NOW, from_me=True, states=["ERROR"])
    reader.read()
    assert reader.messages[failed.uid].text == "our offer\n[not delivered: failed]"


def test_t8_a_file_is_fetched_by_its_id(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    offer = {"documentMessage": {"fileName": "offer.pdf", "mimetype": "application/pdf"}}
    row = shop.say(ADA, offer, NOW, content=b"%PDF")
    reader.read()
    attachment = reader.messages[row.uid].attachment
    assert attachment is not None
    assert (attachment.name, attachment.archive) == ("offer.pdf", "evolution")
    assert api_of(evolution).read_file(attachment.member, 100) == b"%PDF"
    with pytest.raises(UnreadableFile):
        api_of(evolution).read_file(attachment.member, 3)
    row.content = b""
    with pytest.raises(UnreadableFile):
        api_of(evolution).read_file(attachment.member, 100)
    row.content = bytes(13 << 20)  # in base64 more than an ordinary answer may have
    assert api_of(evolution).read_file(attachment.member, 13 << 20) == row.content
    with pytest.raises(UnreadableFile, match="larger"):
        api_of(evolution).read_file(attachment.member, 100)


# --- Time --------------------------------------------------------------------------------------


def test_messages_that_come_during_the_walk_are_not_lost(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    fill(shop, 1_500, MINUTE)

    def arrive(path: str) -> None:
        if "findMessages" in path:
            number = len(evolution.requests)
            shop.say(ADA, f"late {number}", NOW - timedelta(seconds=number * 500))

    evolution.before = arrive
    reader.read()
    evolution.before = lambda _: None
    reader.read()
    assert set(reader.messages) == uids(shop)


def test_a_message_that_comes_late_is_found(reader: WebReader, shop: EvolutionInstance) -> None:
    fill(shop, 3)
    reader.read()
    soon = shop.say(ADA, "from before", NOW - timedelta(hours=20))
    reader.read()
    assert soon.uid in reader.messages
    late = shop.say(ADA, "from long before", NOW - timedelta(hours=40))
    reader.now += DAY
    reader.read()
    assert late.uid in reader.messages


def test_since_goes_back_whatever_was_read_and_leaves_no_gap(
    reader: WebReader, shop: EvolutionInstance
) -> None:
    old, new = shop.say(ADA, "old", NOW - 9 * DAY), shop.say(ADA, "new", NOW - 5 * DAY)
    reader.read(NOW - 6 * DAY)
    assert set(reader.messages) == {new.uid}
    shop.say(ADA, "newer", NOW - 4 * DAY)
    between, last = shop.say(ADA, "between", NOW - 3 * DAY), shop.say(ADA, "last", NOW)
    reader.read(NOW - DAY)
    assert between.uid not in reader.messages
    reader.read()
    assert {between.uid, last.uid} <= set(reader.messages)
    assert old.uid not in reader.messages
    reader.read(NOW - 30 * DAY)
    assert set(reader.messages) == uids(shop)


# --- Trouble (W6) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [{"messageTimestamp": None}, {"messageTimestamp": "soon"}, {"key": None}, {"key": {"id": "x"}}],
    ids=["no time", "no real time", "no key", "no chat"],
)
def test_a_bad_message_is_named_and_the_rest_goes_on(
    reader: WebReader, shop: EvolutionInstance, odd: dict[str, object]
) -> None:
    fill(shop, 3)
    bad = shop.say(ADA, "bad", NOW - 2 * DAY, more=odd)
    [told] = reader.read()
    assert "a message without" in told
    assert set(reader.messages) == uids(shop) - {bad.uid}
    bad.more = {}
    assert reader.read() == []
    assert bad.uid in reader.messages


def test_a_key_that_is_revoked_ends_the_reading_and_keeps_what_was_read(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance
) -> None:
    desk = evolution.add_instance("desk", "447700900101")
    fill(shop, 3)
    fill(desk, 3)
    key = evolution.key
    reader.api = lambda: api_of(evolution, key)

    def revoke(path: str) -> None:
        if path.endswith("findMessages/desk"):
            evolution.key = "another"

    evolution.before = revoke
    assert reader.read() == ["Evolution API does not accept the key, or it is of another instance."]
    assert set(reader.messages) == uids(shop)
    with pytest.raises(NotConnected):
        api_of(evolution, key).workspace()
    evolution.key, evolution.before = key, lambda _: None
    assert reader.read() == []
    assert set(reader.messages) == uids(shop, desk)


ANSWERS = {
    "unknown": (404, {}),
    "no list": (200, {"messages": {}}),
    "nonsense": (200, ["x"]),
    "not activated": (
        503, {"code": "LICENSE_REQUIRED", "register_url": "https://register.example/x"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_instance_that_cannot_be_read_is_told_and_the_others_are_read(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance, kind: str
) -> None:
    desk = evolution.add_instance("desk", "447700900101")
    fill(shop, 3)
    fill(desk, 3)
    evolution.answers["findMessages/my shop"] = ANSWERS[kind]
    assert len(reader.read()) == 1
    assert set(reader.messages) == uids(desk)


def test_an_instance_that_is_disconnected_is_told_and_its_table_is_read(
    reader: WebReader, shop: EvolutionInstance
) -> None:
    fill(shop, 3)
    shop.status = "close"
    assert reader.read() == []
    assert reader.facts["evolution silent"] == "+447700900100"
    assert set(reader.messages) == uids(shop)


def test_an_instance_of_metas_cloud_api_is_left_to_meta(
    evolution: LocalEvolution, reader: WebReader
) -> None:
    fill(evolution.add_instance("cloud", "", integration="WHATSAPP-BUSINESS"), 3)
    [told] = reader.read()
    assert "Meta's Cloud API" in told
    assert reader.messages == {}


def test_a_server_that_stores_nothing_says_so(reader: WebReader, shop: EvolutionInstance) -> None:
    assert reader.read() == ["Evolution API has no messages of my shop."]


@pytest.mark.parametrize("total", [5, 5_000])
def test_a_server_that_ignores_the_time_ends_the_walk(
    evolution: LocalEvolution, reader: WebReader, shop: EvolutionInstance, total: int
) -> None:
    row = shop.say(ADA, "hi", NOW - 9_000 * DAY).shown
    page = {"messages": {"total": total, "pages": 1, "currentPage": 1, "records": [row]}}
    evolution.answers["findMessages"] = (200, page)
    assert len(reader.read()) == 1
    assert len(evolution.requests) < 60


def test_a_token_of_one_instance_sees_that_one(
    evolution: LocalEvolution, shop: EvolutionInstance
) -> None:
    evolution.add_instance("desk", "447700900101")
    assert [one.id for one in api_of(evolution, shop.token).workspace().accounts] == ["my shop"]
    assert [one.id for one in api_of(evolution, instance="desk").workspace().accounts] == ["desk"]
