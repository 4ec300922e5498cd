"""Few chats are found among many without reading the others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes_sources import a_source_chat
from tests.store.ledger.builders import ADA, arrival
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import Link, RecordId, RecordType
from wasf.store.ledger import Ledger

SHARED = Phone("+447700900123")


def chat(name: str, **details: object) -> Chat:
    return Chat.of(ChatId(name), a_source_chat(name, **details))


def found(known) -> list[str]:
    return [one.chat.id for one in known]


def test_chats_are_found_by_what_they_have(open_ledger: Callable[[], Ledger]) -> None:
    ledger = open_ledger()
    ledger.save_chat(chat("b", phone=SHARED))
    assert not ledger.search.has_any_without_number
    for one in (chat("a", phone=None), chat("c", phone=SHARED)):
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
    ledger.save_chat(chat("c", phone=None))
    assert search.sharing_numbers() == []


ASKED: dict[str, Callable[[Ledger], object]] = {
    "whether one has no number": lambda ledger: ledger.search.has_any_without_number,
    "save a chat": lambda ledger: ledger.save_chat(chat("new")),
    "those that wait": lambda ledger: ledger.search.waiting(),
    "one by its id": lambda ledger: ledger.search.of_ids([ADA]),
    "those of a name": lambda ledger: ledger.search.named(a_source_chat("Person 7")),
    "those on a record": lambda ledger: ledger.search.on_records([RecordId("003000000000001AAA")]),
    "those related": lambda ledger: ledger.search.related(),
    "whose id it is": lambda ledger: ledger.search.owner(ChatId("alias7")),
    "the ids of one": lambda ledger: ledger.ids_of(ChatId("chat7")),
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
                ledger.save_chat(chat(f"chat{number}", phone=Phone(f"+1555{number:07}")))
                ledger.add_alias(ChatId(f"alias{number}"), ChatId(f"chat{number}"))
        ledger._db._connection.set_progress_handler(count, 1)
        ask(ledger)
    return steps
