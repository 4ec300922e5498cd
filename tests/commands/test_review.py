"""What a person sees of chats that wait for a yes, and how chats are named in a decision (X2)."""

from dataclasses import replace

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes_sources import written
from wasf.commands.link import NoSuchChat
from wasf.commands.review import NamedChat, chats_to_review, decide, named_in_list
from wasf.console import decision_json, decision_text, review_json
from wasf.core.policy import NewChats, SyncPolicy
from wasf.core.records import Approval

ASK = {"new_chats": NewChats.ASK}


def named(*words: str) -> list[NamedChat]:
    return [NamedChat(word) for word in words]


def approvals(stage: Stage) -> dict[str, Approval]:
    return {known.chat.title: known.approval for known in stage.ledger.chats()}


def test_x2_a_review_tells_what_the_ledger_knows(stage: Stage) -> None:
    contact = stage.ada()
    stage.sync(written("old", title="Ada at home", whatsapp_account="Home"))
    stage.sync(
        written("one", "two", owner_email="sam@example.com", whatsapp_account="Sales"),
        written("three", title="Nora", phone=None, account_email="pat@example.com"),
        **ASK,
    )
    assert chats_to_review(stage.ledger, stage.policy) == []
    reviewed = chats_to_review(stage.ledger, _asking(stage))
    ada, nora = review_json(reviewed)["chats"]  # type: ignore[misc]
    assert ada == {
        "chat": "Ada Example",
        "id": reviewed[0].chat.id,
        "name": "Ada Example",
        "number": ADA,
        "messages": 2,
        "first": "2026-03-02T09:00:00+00:00",
        "last": "2026-03-02T09:01:00+00:00",
        "record": {"type": "Contact", "id": contact.id},
        "owner": "sam@example.com",
    }
    assert (nora["number"], nora["record"], nora["owner"]) == (None, None, "pat@example.com")


def _asking(stage: Stage) -> SyncPolicy:
    return replace(stage.policy, **ASK)


LIST = """\
# family
+44 7700 900471   # not a customer
  Nora

Team #1
#comment
"""


def test_x2_a_list_names_a_chat_a_line() -> None:
    assert named_in_list(LIST) == [
        NamedChat("+44 7700 900471", "line 2 of the list"),
        NamedChat("Nora", "line 3 of the list"),
        NamedChat("Team #1", "line 5 of the list"),
    ]
    assert named_in_list("# nobody\n\n") == []


@pytest.mark.parametrize(
    ("word", "says", "candidates"),
    [("zoe", "line 9: no chat has that", 0), ("Ada", "line 9 names 2 chats", 2)],
)
def test_x2_a_word_that_names_no_chat_or_several_changes_nothing(
    stage: Stage, word: str, says: str, candidates: int
) -> None:
    stage.sync(written("one"), written("two", title="Ada Beispiel", phone=BEN), **ASK)
    words = [*named("Ada Example", "+44 7700 900471"), NamedChat(word, "line 9")]
    with pytest.raises(NoSuchChat) as unclear:
        decide(Approval.ALLOWED, words, ["Sales"], stage.ledger, "DE")
    assert says in unclear.value.message
    assert len(unclear.value.candidates) == candidates
    assert set(approvals(stage).values()) == {Approval.PENDING}
    assert not stage.ledger.approvals.rules()


def test_x2_chats_are_named_by_number_title_and_id(stage: Stage) -> None:
    titles = {"Ada": ADA, "Ben": BEN, "Cem": None}
    stage.sync(*(written("x", title=title, phone=phone) for title, phone in titles.items()), **ASK)
    cem = stage.ledger.chats()[2].chat.id
    done = decide(Approval.SKIPPED, named("0171 3920012", "ben", cem), [], stage.ledger, "DE")
    assert [one.chat.title for one in done.chats] == ["Ada", "Ben", "Cem"]
    assert set(approvals(stage).values()) == {Approval.SKIPPED}


def test_x2_a_decision_says_what_it_means_for_messages(stage: Stage) -> None:
    stage.sync(written("one", "two"), **ASK)
    skipped = decide(Approval.SKIPPED, named("Ada Example"), [], stage.ledger, "DE")
    assert decision_json(skipped)["messages"] == 2
    assert "Removed from what waits: 2 messages." in decision_text(skipped)
    allowed = decide(Approval.ALLOWED, named("Ada Example"), [], stage.ledger, "DE")
    assert any("give its file again" in line for line in decision_text(allowed))
    assert decision_json(allowed)["chats"] == [
        {"chat": "Ada Example", "id": allowed.chats[0].chat.id, "messages": 0}
    ]


def test_x2_many_chats_are_counted_and_an_empty_list_is_said(stage: Stage) -> None:
    chats = [written("one", title=f"Chat {number}", phone=None) for number in range(11)]
    stage.sync(*chats, **ASK)
    words = named(*(f"Chat {number}" for number in range(11)))
    assert decision_text(decide(Approval.ALLOWED, words, [], stage.ledger, ""))[0] == (
        "11 chats allowed."
    )
    nothing = decide(Approval.ALLOWED, [], [], stage.ledger, "")
    assert decision_text(nothing) == ["Nothing was named, so that nothing was changed."]
