"""A ledger that an older wasf wrote is brought up to date, and nothing in it is lost."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, message, states
from wasf.core.chats import Attachment, MessageKind
from wasf.core.coverage import ChatProfile
from wasf.core.keys import text_digest, with_keys
from wasf.core.records import RecordId
from wasf.core.source_state import ApiFacts
from wasf.interfaces import ApiUsage, KeyField
from wasf.store.ledger import Ledger, MessageState, PendingFile
from wasf.store.ledger.codec import chat_text, header_row, pack_task_id, unpack_task_id
from wasf.store.ledger.engines import sqlite_schema

TASK = "00T5g00000AbcDEEAZ"


def tables_of(db: sqlite3.Connection) -> dict[str, object]:
    """What SQLite knows of all tables and indexes, without how they were written down."""
    names = db.execute("SELECT name, tbl_name FROM sqlite_master ORDER BY name").fetchall()
    found: dict[str, object] = {}
    for name, _ in names:
        for about in ("table_xinfo", "index_xinfo", "foreign_key_list"):
            found[f"{about} {name}"] = db.execute(f"PRAGMA {about}({name})").fetchall()
        lists = db.execute(f"PRAGMA index_list({name})").fetchall()
        found[f"index_list {name}"] = sorted(row[1:] for row in lists)
    listed = db.execute("SELECT name, type, wr, strict FROM pragma_table_list").fetchall()
    words = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    pragmas = [db.execute(f"PRAGMA {one}").fetchone() for one in ("user_version", "application_id")]
    texts = {name: sorted(_pieces(sql)) for name, sql in words}
    return found | {"tables": sorted(listed), "pragmas": pragmas, "sql": texts}


def _pieces(sql: str) -> list[str]:
    """The columns and conditions of a table; an added column stands at another place."""
    return [" ".join(piece.split()) for piece in re.split(r"[(),]", sql.replace('"', ""))]


def test_a_new_ledger_has_the_tables_that_all_migrations_make(tmp_path: Path) -> None:
    path = tmp_path / "org" / "ledger.sqlite3"
    first_version(path)
    Ledger.open(path).close()
    new_path = tmp_path / "new" / "ledger.sqlite3"
    Ledger.open(new_path).close()
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(new_path)) as new:
        assert tables_of(new) == tables_of(old)
        for table in ("free_pages", "forgotten"):
            rows = f"SELECT * FROM {table}"
            assert new.execute(rows).fetchall() == old.execute(rows).fetchall()


def first_version(path: Path) -> None:
    """A ledger of the first schema, with a text and a picture that are logged."""
    path.parent.mkdir()
    db = sqlite3.connect(path)
    for statement in sqlite_schema.MIGRATIONS[0]:
        db.execute(statement)
    db.execute("INSERT INTO chat (id, facts, logged) VALUES (?, ?, 2)", (ADA, chat_text(chat())))
    for name, at, kind in [("text", 0, MessageKind.TEXT), ("picture", 5, MessageKind.MEDIA)]:
        sent_at, outgoing, number = header_row(message(minute=at, kind=kind))
        digest = text_digest(MessageKind.TEXT, "hello") + b"..."
        row = (key(name), 1, sent_at // 60_000_000, outgoing, number, digest, TASK)
        db.execute("INSERT INTO logged VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()


@pytest.mark.parametrize("opened", [Ledger.open, Ledger.scratch])
def test_what_an_older_wasf_logged_is_known(tmp_path: Path, opened) -> None:
    path = tmp_path / "org" / "ledger.sqlite3"
    first_version(path)
    with opened(path) as ledger:
        known = [arrival("text"), arrival("picture", 5), arrival("new")]
        stands = [MessageState.LOGGED, MessageState.LOGGED, MessageState.NEW]
        assert ledger.message_states(ADA, with_keys(known)) == stands
        assert states(ledger, [key for key, _ in known]) == stands
        assert ledger.chat_profile(ADA) == ChatProfile()
        rows = ledger._db.rows("SELECT outgoing, kind, digest, task_id FROM logged ORDER BY minute")
        assert rows == [(0, 1, text_digest(MessageKind.TEXT, "hello"), TASK), (0, 2, b"", TASK)]
        assert [unpack_task_id(row[3]) for row in rows] == [TASK, TASK]


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
    kept = pack_task_id(RecordId(task_id))
    assert (unpack_task_id(kept), len(kept)) == (task_id, size)


def test_the_small_facts_of_wasf_0_1_0_are_read(tmp_path: Path) -> None:
    path = tmp_path / "org" / "ledger.sqlite3"
    file = PendingFile(key("a"), RecordId(TASK), Attachment("1.jpg", "/x.zip", "1.jpg"))
    stored = {
        "key-field": "WhatsApp_Message_Key__c unique",
        "key-fields-in-use": "WhatsApp_Message_Key__c CallObject",
        "api-usage": "12 15000 2026-11-22T12:00:00+00:00",
        "synced export": "2026-11-22T12:00:00+00:00",
        "undo": "20261122T120000Z-1",
        "test-lead": "00Q000000000001AAA",
        f"upload {TASK} {key('a').hex()} 41a6e5c7c9d066b9": "2026-11-22T12:00:00+00:00",
        "timelines silent": "+447700900123,+447700900124",
        "timelines list": '["", "", ""]',
    }
    with Ledger.open(path) as ledger:
        ledger._db.run_many("INSERT INTO fact (name, value) VALUES (?, ?)", stored.items())
        facts = ledger.facts
        assert facts.key_field() == KeyField("WhatsApp_Message_Key__c", is_unique=True)
        assert facts.use_key_field(KeyField("X__c", is_unique=True)) == ("X__c",)
        assert facts.api_usage() == (ApiUsage(12, 15_000), NOON)
        assert dict(facts.last_synced()) == {"export": NOON}
        assert facts.begun_undo() == "20261122T120000Z-1"
        lost = facts.disconnected_accounts(
            {"timelines": lambda: ApiFacts("timelines", "TimelinesAI")}
        )
        assert facts.trial_lead() == "00Q000000000001AAA"
        assert [one.number for one in lost] == ["+447700900123", "+447700900124"]
        assert facts.source_fact("timelines list") == '["", "", ""]'
        assert ledger.upload_intent(file) == NOON
