"""A ledger that an older wasf wrote is brought up to date, and nothing in it is lost."""

import sqlite3
from pathlib import Path

import pytest

from tests.store.builders import ADA, arrival, chat, key, message
from wasf.core.chats import MessageKind
from wasf.core.coverage import ChatProfile
from wasf.core.keys import text_digest, with_keys
from wasf.core.records import RecordId
from wasf.store.ledger import schema
from wasf.store.ledger.encoding import chat_text, facts_row, id_from, packed_id
from wasf.store.ledger.ledger import SqliteLedger
from wasf.store.ledger.model import MessageState

TASK = "00T5g00000AbcDEEAZ"


def first_version(path: Path) -> None:
    """A ledger of the first schema, with a text and a picture that are logged."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    for statement in schema._MIGRATIONS[0]:
        db.execute(statement)
    db.execute("INSERT INTO chat (id, facts, logged) VALUES (?, ?, 2)", (ADA, chat_text(chat())))
    for name, at, kind in [("text", 0, MessageKind.TEXT), ("picture", 5, MessageKind.MEDIA)]:
        sent_at, outgoing, number = facts_row(message(minute=at, kind=kind))
        digest = text_digest(MessageKind.TEXT, "hello") + b"..."
        row = (key(name), 1, sent_at // 60_000_000, outgoing, number, digest, TASK)
        db.execute("INSERT INTO logged VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()


@pytest.mark.parametrize("opened", [SqliteLedger.open, SqliteLedger.scratch])
def test_what_an_older_wasf_logged_is_known(tmp_path: Path, opened) -> None:
    path = tmp_path / "org" / "ledger.sqlite3"
    first_version(path)
    with opened(path) as ledger:
        known = [arrival("text"), arrival("picture", 5), arrival("new")]
        stands = [MessageState.LOGGED, MessageState.LOGGED, MessageState.NEW]
        assert ledger.standing(ADA, with_keys(known)) == stands
        assert ledger.states([key for key, _ in known]) == stands
        assert ledger.learned(ADA) == ChatProfile()
        rows = ledger._db.rows("SELECT outgoing, kind, digest, task_id FROM logged ORDER BY minute")
        assert rows == [(0, 1, text_digest(MessageKind.TEXT, "hello"), TASK), (0, 2, b"", TASK)]
        assert [id_from(row[3]) for row in rows] == [TASK, TASK]


@pytest.mark.parametrize(
    ("task_id", "size"),
    [
        (TASK, 11),
        ("00T000000000000AAA", 11),
        ("00Tzzzzzzzzzzzz555", 11),
        ("", 0),
        ("00T5g00000AbcDE", 15),
        ("00Q5g00000AbcDEEAZ", 18),
        ("00T5g00000AbcD_EAZ", 18),
        ("00T5g00000AbcDEEA9", 18),
    ],
)
def test_a_tasks_id_is_kept_in_little_space(task_id: str, size: int) -> None:
    kept = packed_id(RecordId(task_id))
    assert (id_from(kept), len(kept)) == (task_id, size)
