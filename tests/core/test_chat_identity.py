"""Which known chat it is that a source found: by title, phone and account, or by a source's id."""

from dataclasses import replace

import pytest

from tests.fakes_sources import a_source_chat
from wasf.core.chat_identity import (
    NameEvidence,
    UnclearChat,
    chats_meant,
    first_id,
    identify_chat,
    is_told,
)
from wasf.core.chats import Chat, ChatId, Participant, Phone

ADA = Phone("+491713920012")
OTHER = Phone("+447700900123")


SALES, SUPPORT = {"whatsapp_account": "Sales"}, {"whatsapp_account": "Support"}


def known_chat(number: int = 1, **facts) -> Chat:
    usual = {"source": "export", "title": "Ada Example", "name": "Ada Example", "phone": ADA}
    return Chat(**{"id": ChatId(f"chat {number}")} | usual | facts)


SAME, NEW, UNCLEAR = "the known one", "a new one", "nobody can know"


@pytest.mark.parametrize(
    ("known", "found", "given_by_hand", "expected"),
    [
        pytest.param({}, {}, False, SAME, id="same title and phone"),
        pytest.param({}, {"title": "ada  EXAMPLE"}, False, SAME, id="title in another case"),
        pytest.param({}, {"title": "\u200eAda\u00a0Example"}, False, SAME, id="marks in the title"),
        pytest.param({"phone": None}, {}, False, SAME, id="the phone is learned"),
        pytest.param({}, {"phone": None}, False, SAME, id="the phone is not said again"),
        pytest.param({}, {"phone": OTHER}, False, UNCLEAR, id="another phone, not by hand"),
        pytest.param({}, {"phone": OTHER}, True, NEW, id="another phone, by hand"),
        pytest.param({"phone": None}, {"phone": OTHER}, True, SAME, id="first phone, by hand"),
        pytest.param({}, {"title": "Ben"}, False, SAME, id="I1: another title, the same phone"),
        pytest.param({}, {"source": "timelines"}, False, SAME, id="I1: another source"),
        pytest.param({}, {"source": "timelines", "native_id": "7"}, False, SAME, id="I1: an id"),
        pytest.param(
            {}, {"title": "Ben", "phone": OTHER}, False, NEW, id="I1: another title and phone"
        ),
        pytest.param(
            {"phone": None}, {"title": "Ben"}, False, NEW, id="I1: the phone is not known"
        ),
        pytest.param({}, {"title": "Ben", "phone": None}, False, NEW, id="I1: nor is this one"),
        pytest.param(
            SALES, {"title": "Ben"} | SALES, False, SAME, id="I1: the same phone and account"
        ),
        pytest.param(
            SALES, {"title": "Ben"} | SUPPORT, False, NEW, id="I1: the phone with another account"
        ),
        pytest.param({}, {"is_group": True}, False, NEW, id="a group, not a 1:1 chat"),
        pytest.param({"is_group": True}, {}, False, NEW, id="a 1:1 chat, not a group"),
        pytest.param(SALES, SALES, False, SAME, id="same account"),
        pytest.param({}, SALES, False, SAME, id="the account is learned"),
        pytest.param(SALES, {}, False, SAME, id="the account is not said again"),
        pytest.param(SALES, SUPPORT, False, NEW, id="another account"),
        pytest.param(SALES, SUPPORT | {"phone": OTHER}, False, NEW, id="other account and phone"),
        pytest.param(
            {"phone": Phone("+541155501001")},
            {"phone": Phone("+5491155501001")},
            False,
            SAME,
            id="the phone's other spelling",
        ),
    ],
)
def test_identify_chat(known, found, given_by_hand, expected):
    chat = known_chat(**known)
    answer = identify_chat(replace(a_source_chat(), **found), [chat], phone_is_given=given_by_hand)
    if isinstance(answer, UnclearChat):
        assert expected == UNCLEAR
        assert "--phone" in answer.hint
    else:
        assert (SAME if answer.id == chat.id else NEW) == expected


def test_two_chats_of_one_title_are_told_by_phone_and_by_account():
    ours = [known_chat(1, **SALES), known_chat(2, phone=OTHER, **SUPPORT)]
    assert identify_chat(replace(a_source_chat(), phone=OTHER), ours).id == "chat 2"
    assert identify_chat(replace(a_source_chat(), phone=None, **SALES), ours).id == "chat 1"


def test_a_title_that_several_chats_have_is_unclear_without_a_phone():
    ours = [known_chat(1), known_chat(2, phone=OTHER)]
    answer = identify_chat(replace(a_source_chat(), phone=None), ours)
    assert isinstance(answer, UnclearChat)
    assert answer.reason == "2 chats have this name"


def test_an_unclear_chat_names_a_way_out_that_works():
    """The phone is known already, so only the account can tell the two apart."""
    ours = [known_chat(1, **SALES), known_chat(2, **SUPPORT)]
    answer = identify_chat(replace(a_source_chat(), title="Ben"), ours, phone_is_given=True)
    assert isinstance(answer, UnclearChat)
    assert "--account" in answer.hint


def test_chats_of_one_title_get_ids_of_their_own():
    ledger_like: list[Chat] = []
    for phone in (ADA, OTHER, Phone("+33639980001")):
        chat = identify_chat(
            replace(a_source_chat(), phone=phone), ledger_like, phone_is_given=True
        )
        assert isinstance(chat, Chat)
        ledger_like.append(chat)
    assert len({chat.id for chat in ledger_like}) == 3


def test_what_is_known_of_a_chat_is_completed_and_never_forgotten():
    known = known_chat(owner_email="sam@example.com", url="https://wa.me/491713920012", **SALES)
    bare = replace(a_source_chat(), title="ADA Example", name="", phone=None)
    assert identify_chat(bare, [known]) == replace(known, title="ADA Example")
    told = replace(
        a_source_chat(),
        name="Ada E.",
        owner_email="kim@example.com",
        account_email="boss@example.com",
        participants=(Participant("Ada", ADA),),
    )
    completed = identify_chat(told, [known])
    assert completed == replace(
        known,
        name="Ada E.",
        owner_email="kim@example.com",
        account_email="boss@example.com",
        participants=(Participant("Ada", ADA),),
    )


def test_a_native_id_names_a_chat_whatever_its_title():
    ids = {
        identify_chat(replace(a_source_chat(), title=title, native_id="77"), []).id
        for title in ("Ada", "Ben")
    }
    assert len(ids) == 1


def test_i2_a_chat_is_named_by_the_title_that_it_had_before_it_was_joined() -> None:
    chat = known_chat(title="+49 1713 920012")
    ids = {first_id(a_source_chat("Nickname", phone=None)): chat.id}
    assert chats_meant("nickname ", [chat], "DE", ids) == [chat]
    assert chats_meant("nickname ", [chat], "DE") == []


# The evidence, and whether the export is the known chat of its name.
EVIDENCE: dict[str, tuple[NameEvidence, bool]] = {
    "nothing is equal": (NameEvidence(), False),
    "a text that came in": (NameEvidence(telling=1, came_in=1, strange=2, missing=2), True),
    "a short one": (NameEvidence(came_in=1), True),
    "a short one, a line is strange": (NameEvidence(came_in=1, strange=1), False),
    "two short ones, one is missing": (NameEvidence(came_in=2, missing=1), False),
    "three short ones, some are strange": (NameEvidence(came_in=3, strange=2), True),
    "what we sent": (NameEvidence(sent_minutes=9), False),
    "what we sent, never answered": (NameEvidence(sent_minutes=3, is_answered=False), True),
    "in two minutes": (NameEvidence(sent_minutes=2, is_answered=False), False),
    "never answered, a line is strange": (
        NameEvidence(sent_minutes=3, is_answered=False, strange=1), False,
    ),
    "all of what the name told": (NameEvidence(is_found_by_name=True, is_whole=True), True),
    "some of what the name told": (NameEvidence(is_found_by_name=True), False),
    "all of it, but one is missing": (
        NameEvidence(is_found_by_name=True, is_whole=True, missing=1), False,
    ),
    "all of what waits": (NameEvidence(is_whole=True), False),
    "it adds nothing": (NameEvidence(adds=False, missing=2), True),
}  # fmt: skip


@pytest.mark.parametrize(("evidence", "expected"), EVIDENCE.values(), ids=EVIDENCE)
def test_i2_whether_an_export_is_the_known_chat_of_its_name(evidence, expected):
    assert is_told(evidence) is expected
