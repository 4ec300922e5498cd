"""Known chats are found by title and id: few have to be looked at, and none is missed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.commands.world import a_context
from tests.fakes_sources import a_source_chat, says
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.identify import ChatIndex
from wasf.commands.sync.importer import import_chats
from wasf.core.chat_identity import identify_chat
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import KnownChat
from wasf.interfaces import ChatReading
from wasf.store.ledger import Ledger

ADA = Phone("+491713920012")
OTHER = Phone("+447700900123")

_found = st.builds(
    lambda **facts: replace(a_source_chat(), **facts),
    title=st.sampled_from(["Ada", "ada ", "Ben", "\u200eBEN", "Cy"]),
    phone=st.sampled_from([None, ADA, OTHER]),
    whatsapp_account=st.sampled_from(["", "Sales", "Support"]),
    is_group=st.booleans(),
    source=st.sampled_from(["export", "timelines"]),
    native_id=st.sampled_from(["", "", "7", "8"]),
)


@given(st.lists(st.tuples(_found, st.booleans()), max_size=30))
def test_the_candidates_tell_as_much_as_all_chats(given_chats):
    """Those that this import saw, and those that the ledger has from earlier ones."""
    every: dict[ChatId, Chat] = {}
    with Ledger.scratch(Path("none")) as empty, Ledger.scratch(Path("none")) as ledger:
        index = ChatIndex(empty)
        for found, phone_is_given in given_chats:
            chat = identify_chat(
                found, every.values(), phone_is_given=phone_is_given, ids=index.ids
            )
            for one in (index, ChatIndex(ledger)):
                candidates = one.candidates(found)
                again = identify_chat(found, candidates, phone_is_given=phone_is_given, ids=one.ids)
                assert again == chat
            if isinstance(chat, Chat):
                every[chat.id] = chat
                ledger.save_chat(chat)
                index.put(KnownChat(chat, queued=0, logged=0))


def test_a_join_moves_the_ids_of_that_chat_and_no_other(tmp_path: Path) -> None:
    with Ledger.scratch(tmp_path / "none") as ledger:
        for name in "abc":
            ledger.save_chat(Chat.of(ChatId(name), a_source_chat(name)))
            ledger.add_alias(ChatId(f"{name}2"), ChatId(name))
        index = ChatIndex(ledger)
        owners = {"a": "a", "a2": "a", "b": "b", "b2": "b", "c": "c", "c2": "c"}
        assert {one: index.ids.get(ChatId(one)) for one in owners} == owners
        assert index.get(ChatId("a2")) is not None
        index.ids.add(ChatId("a2"), ChatId("c"))
        index.joined(ChatId("a"), ChatId("b"))
        index.joined(ChatId("b"), ChatId("c"))
        assert {index.ids.get(ChatId(one)) for one in owners} == {"c"}
        known = [one for one in map(index.get, map(ChatId, owners)) if one]
        assert {one.chat.id for one in known} == {"c"}


def _work(chats: int, path: Path) -> int:
    """Return how much SQLite has to do for a first sync of chats that are known by names only."""
    steps: Counter[str] = Counter()

    def count() -> int:
        steps["all"] += 1
        return 0

    with Ledger.scratch(path) as ledger:
        ledger._db._connection.set_progress_handler(count, 100)
        readings = (_named(number) for number in range(chats))
        result = import_chats(readings, a_context(ledger), ImportOptions())
        assert len(result.chats) == len(ledger.chats()) == chats
        found = replace(_named(chats // 2).chat, title="A new name")
        import_chats([replace(_named(chats // 2), chat=found)], a_context(ledger), ImportOptions())
        assert len(ledger.chats()) == chats
    return steps["all"]


def _named(number: int) -> ChatReading:
    items = [says(f"line {line} of {number}", number % 50 + line * 7) for line in range(20)]
    chat = a_source_chat(f"Person {number}", phone=None)
    return ChatReading(chat, iter(items), again=lambda: iter(items))


def test_twice_the_chats_are_twice_the_work_of_a_first_sync(tmp_path: Path) -> None:
    assert _work(400, tmp_path / "none") < 2.5 * _work(200, tmp_path / "none")
