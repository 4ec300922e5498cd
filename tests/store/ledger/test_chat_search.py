"""Few chats are found among many without reading the others; what a person said of them (X2)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes_sources import a_source_chat
from tests.store.ledger.builders import ADA, ADA_PHONE, BEN, arrival, chat, record, task
from wasf.core.approval import account_key
from wasf.core.chats import Attachment, Chat, ChatId, Phone
from wasf.core.records import Approval, Link, RecordId, RecordType
from wasf.core.source_state import ApiFacts
from wasf.interfaces import TaskLogged
from wasf.store.ledger import Ledger

SHARED = Phone("+447700900123")


def named_chat(name: str, **details: object) -> Chat:
    return Chat.of(ChatId(name), a_source_chat(name, **details))


def found(known) -> list[str]:
    return [one.chat.id for one in known]


def test_chats_are_found_by_what_they_have(open_ledger: Callable[[], Ledger]) -> None:
    ledger = open_ledger()
    ledger.save_chat(named_chat("b", phone=SHARED))
    assert not ledger.search.has_any_without_number
    for one in (named_chat("a", phone=None), named_chat("c", phone=SHARED)):
        ledger.save_chat(one)
    ledger.add_alias(ChatId("a2"), ChatId("a"))
    ledger.enqueue(ChatId("c"), [arrival("m")])
    ledger.link(ChatId("a"), Link(RecordType.CONTACT, RecordId("003000000000001AAA")))
    search = ledger.search
    assert search.has_any_without_number
    assert found(search.waiting()) == ["c"]
    assert found(search.of_ids([ChatId("c"), ChatId("b"), ChatId("x")])) == ["b", "c"]
    assert found(search.on_records([RecordId("003000000000001AAA")], [ChatId("b")])) == ["b", "a"]
    assert found(search.named(a_source_chat(" A", phone=SHARED))) == ["b", "a", "c"]
    assert found(search.named(a_source_chat("a", phone=None))) == ["a"]
    assert found(search.of_numbers([SHARED])) == ["b", "c"]
    assert found(search.sharing_numbers()) == ["b", "c"]
    assert search.related() == []
    asked = [ChatId(one) for one in ("a", "a2", "x")]
    assert search.owners(asked) == {"a": "a", "a2": "a"}
    ledger.save_chat(named_chat("c", phone=None))
    assert search.sharing_numbers() == []


def _waha() -> ApiFacts:
    return ApiFacts("waha", "WAHA")


ASKED: dict[str, Callable[[Ledger], object]] = {
    "whether one has no number": lambda ledger: ledger.search.has_any_without_number,
    "save a chat": lambda ledger: ledger.save_chat(named_chat("new")),
    "those that wait": lambda ledger: ledger.search.waiting(),
    "one by its id": lambda ledger: ledger.search.of_ids([ADA]),
    "those of a name": lambda ledger: ledger.search.named(a_source_chat("Person 7")),
    "those on a record": lambda ledger: ledger.search.on_records([RecordId("003000000000001AAA")]),
    "those related": lambda ledger: ledger.search.related(),
    "whose id it is": lambda ledger: ledger.search.owner(ChatId("alias7")),
    "the ids of one": lambda ledger: ledger.ids_of(ChatId("chat7")),
    "disconnected accounts": lambda ledger: ledger.facts.disconnected_accounts({"waha": _waha}),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
def test_what_a_sync_asks_takes_no_longer_with_more_chats(
    ask: Callable[[Ledger], object], tmp_path: Path
) -> None:
    assert _steps(ask, 600, tmp_path) < 1.5 * _steps(ask, 60, tmp_path) + 20


def _steps(ask: Callable[[Ledger], object], chats: int, folder: Path) -> int:
    """Return how many steps SQLite takes, where it knows so many chats."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with Ledger.scratch(folder / "none") as ledger:
        with ledger.transaction():
            for number in range(chats):
                ledger.save_chat(named_chat(f"chat{number}", phone=Phone(f"+1555{number:07}")))
                ledger.add_alias(ChatId(f"alias{number}"), ChatId(f"chat{number}"))
                ledger.facts.save_source_facts({f"waha chat {number}": "read"})
        ledger._db._connection.set_progress_handler(count, 1)
        ask(ledger)
    return steps


# --- Approvals -----------------------------------------------------------------------------------

SALES = account_key("Sales")


@pytest.fixture
def ledger(open_ledger):
    ledger = open_ledger()
    ledger.save_chat(chat(ADA, phone=ADA_PHONE, whatsapp_account="Sales"))
    ledger.save_chat(chat(BEN))
    return ledger


def approvals(ledger: Ledger) -> list[Approval]:
    return [known.approval for known in ledger.chats()]


def test_a_chat_needs_no_approval_until_somebody_says_something(ledger: Ledger) -> None:
    assert approvals(ledger) == [Approval.NOT_NEEDED, Approval.NOT_NEEDED]


@pytest.mark.parametrize("approval", Approval)
def test_x2_what_is_said_of_a_chat_is_that_chats_alone(ledger: Ledger, approval: Approval) -> None:
    ledger.approvals.decide(ADA, approval)
    assert approvals(ledger) == [approval, Approval.NOT_NEEDED]


def test_x2_a_rule_counts_for_chats_that_are_known_and_for_those_to_come(ledger: Ledger) -> None:
    ledger.approvals.decide_number(ADA_PHONE, Approval.SKIPPED)
    later = chat(ChatId("later"), phone=ADA_PHONE)
    assert approvals(ledger) == [Approval.SKIPPED, Approval.NOT_NEEDED]
    assert ledger.approvals.of(later) is Approval.SKIPPED
    assert (
        ledger.approvals.of(chat(ChatId("other"), phone=Phone("+447700900999")))
        is Approval.NOT_NEEDED
    )


def test_x2_an_account_is_known_however_its_number_is_written(ledger: Ledger) -> None:
    ledger.approvals.decide_account(account_key("0170 1234567", "DE"), Approval.SKIPPED)
    ledger.approvals.decide_account(account_key("SALES"), Approval.ALLOWED)
    assert (
        ledger.approvals.of(chat(ChatId("x"), whatsapp_account="+491701234567")) is Approval.SKIPPED
    )
    assert approvals(ledger) == [Approval.ALLOWED, Approval.NOT_NEEDED]
    named = [(rule.approval, rule.account) for rule in ledger.approvals.rules()]
    assert named == [(Approval.SKIPPED, "+491701234567"), (Approval.ALLOWED, SALES)]


def test_x2_the_last_word_counts(ledger: Ledger) -> None:
    for approval in (Approval.SKIPPED, Approval.ALLOWED):
        ledger.approvals.decide_number(ADA_PHONE, approval)
    assert ledger.approvals.of(chat(ADA, phone=ADA_PHONE)) is Approval.ALLOWED
    assert len(ledger.approvals.rules()) == 1


def test_x2_a_link_by_hand_is_a_yes_and_a_match_is_none(ledger: Ledger) -> None:
    for chat_id in (ADA, BEN):
        ledger.approvals.decide(chat_id, Approval.PENDING)
    ledger.link(ADA, Link(RecordType.CONTACT, record("003", "Ada"), by_hand=True))
    ledger.link(BEN, Link(RecordType.CONTACT, record("003", "Ben")))
    assert approvals(ledger) == [Approval.ALLOWED, Approval.PENDING]


def test_x2_files_of_a_skipped_chat_are_not_uploaded_any_more(ledger: Ledger) -> None:
    photo = Attachment("photo.jpg")
    for chat_id, name in ((ADA, "a"), (BEN, "b")):
        sent = task(name, files=(photo,))
        ledger.enqueue(chat_id, [arrival(name)])
        ledger.record_intent([chat_id], [sent], arrival(name).message.sent_at)
        ledger.resolve([TaskLogged(sent.key, record("00T", name))])
    assert len(ledger.pending_files()) == 2
    ledger.approvals.decide(ADA, Approval.SKIPPED)
    [left] = ledger.pending_files()
    assert left.task_id == record("00T", "b")


def test_x2_a_rule_for_a_number_keeps_no_number(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with Ledger.open(path) as ledger:
        ledger.approvals.decide_number(ADA_PHONE, Approval.SKIPPED)
    assert ADA_PHONE.removeprefix("+").encode() not in path.read_bytes()


def test_x2_a_forgotten_person_leaves_neither_a_decision_nor_a_rule(ledger: Ledger) -> None:
    ada = ledger.chats()[0].chat
    ledger.approvals.decide(ADA, Approval.SKIPPED)
    ledger.approvals.decide_number(ADA_PHONE, Approval.SKIPPED)
    ledger.approvals.decide_account(SALES, Approval.SKIPPED)
    ledger.forget(ADA_PHONE, [ada])
    assert [rule.account for rule in ledger.approvals.rules()] == [SALES]
    ledger.lift_ban(ADA_PHONE)
    ledger.save_chat(chat(ADA, phone=ADA_PHONE))
    assert approvals(ledger) == [Approval.NOT_NEEDED, Approval.NOT_NEEDED]


def test_the_times_of_what_waits(ledger: Ledger) -> None:
    assert ledger.queued_span(ADA) is None
    ledger.enqueue(ADA, [arrival("b", 5), arrival("a", 1), arrival("c", 3)])
    assert ledger.queued_span(ADA) == (
        arrival("a", 1).message.sent_at,
        arrival("b", 5).message.sent_at,
    )
