"""The published sample exports are read to the last line; skipped where they are not there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.exports.reader import read_one
from wasf.core.chats import Message, MessageKind, SystemLine

CHATS = Path(__file__).parents[4] / "shared" / "chats"
MINER = CHATS / "joweich__chat-miner"
FORMS = ["[mmddyy]_24hrs", "ddmmyy_24hrs", "mmddyy_24hrs", "mmddyyyy_12hrs", "yyyymmdd_24hrs"]

pytestmark = pytest.mark.skipif(not CHATS.is_dir(), reason="needs ../shared/chats")


@pytest.mark.parametrize("form", FORMS)
def test_five_forms_of_one_chat(form: str) -> None:
    chat, items = read_one(MINER / f"test__whatsapp__test_{form}.txt", zone=UTC)
    want = json.loads((MINER / "test__whatsapp__target.json").read_text())
    got = {(m.sent_at, m.author, " ".join(m.text.split("\n"))) for m in items if _is_message(m)}
    assert chat.is_group
    assert len(items) == 9
    assert [item for item in items if isinstance(item, SystemLine)] == [
        SystemLine(),
        SystemLine(),
    ]
    assert {
        (datetime.fromisoformat(w["timestamp"] + "Z"), w["author"], w["message"]) for w in want
    } == got - {(datetime(2019, 1, 20, 11, 23, tzinfo=UTC), "John Doe", ".")}


def _is_message(item: object) -> bool:
    return isinstance(item, Message)


def test_a_chat_of_two() -> None:
    chat, items = read_one(
        CHATS / "prabhakar267__WA-Reader" / "Chat_Sample.zip___chat.txt",
        zone=UTC,
        me=frozenset({"MasterMind"}),
    )
    assert (chat.title, chat.is_group) == ("Minion", False)
    assert [m.kind for m in items] == [MessageKind.TEXT] * 2 + [MessageKind.MEDIA] * 3
    assert [m.sent_at for m in (items[0], items[-1])] == [
        datetime(2021, 5, 28, 21, 44, tzinfo=UTC),
        datetime(2021, 5, 28, 22, 21, tzinfo=UTC),
    ]


def test_a_long_group() -> None:
    chat, items = read_one(
        CHATS / "prabhakar267__WA-Reader" / "sample__whatsapp_chat_en.txt", zone=UTC
    )
    assert chat.is_group
    assert len(items) == 30
    assert all(map(_is_message, items))
    assert [m.sent_at for m in (items[0], items[-1])] == [
        datetime(2017, 10, 13, 0, 12, tzinfo=UTC),
        datetime(2021, 6, 6, 2, 5, tzinfo=UTC),
    ]
