"""The tables of the ledger in SQLite, and its migrations.

A logged message costs less than eighty bytes, because a team has millions: its key, its chat, its
Task (see `pack_task_id`), what tells that people changed the Task since (see `content_digest`), its
second and its place in the order of arrival, and what is needed to know the message again if a
newer export shows it changed (minute, side, kind, a digest of the text). Rows are in the order of
time, because that is how an export asks for them. Rows with a native id that wasf 0.1.0 logged have
the minute 0 and no digest: they are known by that id only.

chat            the details of a chat as JSON, its record, the record that its Tasks are related to
                by hand, why it waits, whether it may be logged, and its profile as JSON;
                a forgotten chat stays as a row without a name, for the keys of its messages
                by_title, by_phone  short hashes that find it (see `chat_search`)
chat_alias      further ids of a chat: of its other titles and sources, and of chats joined to it
queue, body     queued messages; their text is in `body`, numbered in the order of arrival; a number
                is never given twice (the fact `last arrival`)
                queue.open     Tasks of the message with an intent
                queue.failed   1 if another Task was not written: then the message goes back to the
                               queue when the last outcome is known
                queue.task_id  the first Task that was written
logged          logged messages, and undone ones; `run` is 0 where it does not count any more
                `source` in both is the source whose id the message has, 0 if it has none
                logged.written  digests of what was written into the message's own Task
                logged.second   the second of its minute
                logged.arrival  its number in the order of arrival, which orders messages of one
                                second; both NULL where an earlier wasf did not keep them
message_alias   messages with an id of a source that came another way before: `key` is what they
                would have, `message` the key that they have
id_source       the kinds of sources that give messages ids
logged_twice    messages that two chats had logged when they were joined, each with the other one
undone_message  messages in `logged` that are not in Salesforce, because a person said so
intent          Tasks that were about to be sent, whole; gone when the outcome is known
                intent.job  the bulk job that holds the Task, NULL where none does
bulk_job        bulk jobs of which the outcome of a Task is not known (see `bulk_jobs`)
logged_task     Tasks that the row of one logged message does not tell; `message` is their first
                one, `written` as in `logged`
undone_task     Tasks that an undo deleted
lead_intent     Leads that were about to be created
run_lead        Leads that a run created or reopened; `chat` is the first of its chats, NULL where
                an earlier wasf did not keep it and no chat is linked to the Lead
chat_move       records from which the Tasks of a chat are being moved away
moved_task      Tasks that were moved to another record
                moved_task.to_id        set while the outcome of a move is not known
                moved_task.modified_at  when and by whom the last finished move modified it
report_record   records with the fields of `report.fields`, and what was written (`last_messages`)
waiting_chat    since when chats wait for an answer (`last_messages`)
answer_task     the Tasks that ask for one
pending_file    files to upload
run             runs
fact            small facts (see `facts`)
forgotten       keyed hashes of forgotten numbers, titles and names
approval_rule   what a person said of all chats of a number or of a WhatsApp account: keyed hashes;
                `account` is the account's name, "" for a number
free_pages      whether free pages of the file may hold deleted text (see `erase_deleted_text`)
"""

from wasf.store.ledger.chats import find_by_names
from wasf.store.ledger.database import (
    ANSWER_TASK_TABLES,
    BULK_JOB_COLUMNS,
    CHAT_INDEXES,
    MORE_CHAT_INDEXES,
    REPORT_RECORD_TABLE,
    TASK_INDEXES,
    Step,
)

APPLICATION_ID = 0x77617366
"""Marks the file as ours ("wasf")."""

# What no later migration has changed: it stands in a step and in the tables of a new ledger.
_MOVES = (
    """CREATE TABLE chat_move (
        chat INTEGER NOT NULL, from_id TEXT NOT NULL, PRIMARY KEY (chat, from_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE moved_task (
        task_id PRIMARY KEY NOT NULL,
        to_id TEXT NOT NULL DEFAULT '',
        modified_at INTEGER,
        modified_by TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID""",
)
_APPROVAL_RULE = """CREATE TABLE approval_rule (
    hash BLOB PRIMARY KEY NOT NULL, approval TEXT NOT NULL, account TEXT NOT NULL
) WITHOUT ROWID"""
_OTHER_IDS = (
    """CREATE TABLE chat_alias (
        id TEXT PRIMARY KEY NOT NULL, chat INTEGER NOT NULL REFERENCES chat
    ) WITHOUT ROWID""",
    "CREATE TABLE id_source (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE message_alias (
        key BLOB PRIMARY KEY NOT NULL,
        chat INTEGER NOT NULL REFERENCES chat,
        source INTEGER NOT NULL,
        minute INTEGER NOT NULL,
        message BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE logged_twice (
        chat INTEGER NOT NULL REFERENCES chat,
        minute INTEGER NOT NULL,
        key BLOB NOT NULL,
        other BLOB NOT NULL,
        PRIMARY KEY (chat, minute, key)
    ) WITHOUT ROWID""",
    "CREATE INDEX message_alias_minute ON message_alias (chat, minute)",
)
_WITH_IDS = (
    "CREATE INDEX logged_with_id ON logged (chat, key) WHERE source <> 0",
    "CREATE INDEX queued_with_id ON queue (chat) WHERE source <> 0",
)

MIGRATIONS: tuple[tuple[Step, ...], ...] = (
    (
        """CREATE TABLE chat (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            facts TEXT NOT NULL,
            record_type TEXT,
            record_id TEXT,
            by_hand INTEGER NOT NULL DEFAULT 0,
            reason TEXT NOT NULL DEFAULT '',
            remedy TEXT NOT NULL DEFAULT '',
            logged INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE queue (
            chat INTEGER NOT NULL REFERENCES chat,
            sent_at INTEGER NOT NULL,
            body INTEGER NOT NULL,
            key BLOB NOT NULL UNIQUE,
            outgoing INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            open INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),
            failed INTEGER NOT NULL DEFAULT 0,
            task_id TEXT,
            PRIMARY KEY (chat, sent_at, body)
        ) WITHOUT ROWID""",
        """CREATE TABLE body (
            number INTEGER PRIMARY KEY,
            author BLOB NOT NULL,
            text BLOB NOT NULL,
            attachment TEXT,
            native_id BLOB NOT NULL
        )""",
        """CREATE TABLE logged (
            key BLOB PRIMARY KEY NOT NULL,
            chat INTEGER NOT NULL REFERENCES chat,
            minute INTEGER NOT NULL,
            outgoing INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            digest BLOB NOT NULL,
            task_id TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE logged_task (
            task_key TEXT PRIMARY KEY NOT NULL,
            task_id TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE intent (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            task_key TEXT NOT NULL UNIQUE,
            chat INTEGER NOT NULL REFERENCES chat,
            at INTEGER NOT NULL,
            task TEXT NOT NULL
        )""",
        "CREATE TABLE lead_intent (phone TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL)",
        """CREATE TABLE pending_file (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            key BLOB NOT NULL,
            task_id TEXT NOT NULL,
            attachment TEXT NOT NULL
        )""",
        """CREATE TABLE run (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            started_at INTEGER NOT NULL,
            finished_at INTEGER,
            logged INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE TABLE fact (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
        "CREATE TABLE remnants (possible INTEGER NOT NULL)",
        "INSERT INTO remnants VALUES (0)",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    (
        "ALTER TABLE chat ADD COLUMN learned TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE logged RENAME TO old_logged",
        """CREATE TABLE logged (
            chat INTEGER NOT NULL REFERENCES chat,
            minute INTEGER NOT NULL,
            key BLOB NOT NULL,
            outgoing INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            digest BLOB NOT NULL,
            task_id NOT NULL,
            PRIMARY KEY (chat, minute, key)
        ) WITHOUT ROWID""",
        """INSERT INTO logged
           SELECT chat, minute, key, outgoing, kind,
                  CASE WHEN kind IN (0, 1, 8) THEN substr(digest, 1, 5) ELSE x'' END, task_id
           FROM old_logged ORDER BY chat, minute, key""",
        "DROP TABLE old_logged",
    ),
    (
        "ALTER TABLE chat ADD COLUMN unlinked INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE chat ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE logged ADD COLUMN run INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE logged_task ADD COLUMN run INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE logged_task ADD COLUMN message BLOB",
        """CREATE TABLE taken_back (
            chat INTEGER NOT NULL REFERENCES chat,
            key BLOB NOT NULL,
            PRIMARY KEY (chat, key)
        ) WITHOUT ROWID""",
        """CREATE TABLE undone_task (
            task_id TEXT PRIMARY KEY NOT NULL, run INTEGER NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE run_lead (
            lead_id TEXT PRIMARY KEY NOT NULL, run INTEGER NOT NULL, is_created INTEGER NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE forgotten (
            mark BLOB PRIMARY KEY NOT NULL, person BLOB NOT NULL
        ) WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE taken_back RENAME TO undone_message",
        "ALTER TABLE remnants RENAME TO free_pages",
        "ALTER TABLE free_pages RENAME COLUMN possible TO may_hold_text",
        "ALTER TABLE forgotten RENAME COLUMN mark TO hash",
        "ALTER TABLE chat RENAME COLUMN facts TO details",
        "ALTER TABLE chat RENAME COLUMN remedy TO hint",
        "ALTER TABLE chat RENAME COLUMN learned TO profile",
    ),
    _MOVES,
    (
        "ALTER TABLE chat ADD COLUMN approval TEXT NOT NULL DEFAULT ''",
        _APPROVAL_RULE,
    ),
    (
        *_OTHER_IDS,
        "ALTER TABLE logged ADD COLUMN source INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE queue ADD COLUMN source INTEGER NOT NULL DEFAULT 0",
        """INSERT INTO id_source (name)
           SELECT DISTINCT coalesce(json_extract(details, '$.source'), '') FROM chat""",
        """UPDATE logged SET source = (SELECT id_source.number FROM chat JOIN id_source
               ON name = coalesce(json_extract(details, '$.source'), '')
               WHERE chat.number = logged.chat) WHERE minute = 0""",
        """UPDATE queue SET source = (SELECT id_source.number FROM chat JOIN id_source
               ON name = coalesce(json_extract(details, '$.source'), '')
               WHERE chat.number = queue.chat)
           WHERE EXISTS (SELECT 1 FROM body WHERE body.number = queue.body AND native_id <> x'')""",
        *_WITH_IDS,
    ),
    ("ALTER TABLE chat ADD COLUMN related_id TEXT",),
    (
        "ALTER TABLE logged ADD COLUMN written BLOB",
        "ALTER TABLE logged_task ADD COLUMN written BLOB",
    ),
    (
        "ALTER TABLE logged ADD COLUMN second INTEGER",
        "ALTER TABLE logged ADD COLUMN arrival INTEGER",
        "ALTER TABLE run_lead ADD COLUMN chat INTEGER",
        """UPDATE run_lead SET chat =
               (SELECT min(number) FROM chat WHERE record_id = run_lead.lead_id)""",
    ),
    (
        "ALTER TABLE chat ADD COLUMN by_title BLOB",
        "ALTER TABLE chat ADD COLUMN by_phone BLOB",
        find_by_names,
        *CHAT_INDEXES,
    ),
    MORE_CHAT_INDEXES,
    (REPORT_RECORD_TABLE,),
    ANSWER_TASK_TABLES,
    (
        "ALTER TABLE intent ADD COLUMN job INTEGER",
        f"CREATE TABLE bulk_job (number INTEGER PRIMARY KEY AUTOINCREMENT, {BULK_JOB_COLUMNS})",
    ),
    TASK_INDEXES,
)

VERSION = len(MIGRATIONS)
"""The schema that this program writes."""

TABLES = (
    """CREATE TABLE chat (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        details TEXT NOT NULL,
        record_type TEXT,
        record_id TEXT,
        by_hand INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        hint TEXT NOT NULL DEFAULT '',
        logged INTEGER NOT NULL DEFAULT 0,
        profile TEXT NOT NULL DEFAULT '',
        unlinked INTEGER NOT NULL DEFAULT 0,
        forgotten INTEGER NOT NULL DEFAULT 0,
        approval TEXT NOT NULL DEFAULT '',
        related_id TEXT, by_title BLOB, by_phone BLOB
    )""",
    """CREATE TABLE queue (
        chat INTEGER NOT NULL REFERENCES chat,
        sent_at INTEGER NOT NULL,
        body INTEGER NOT NULL,
        key BLOB NOT NULL UNIQUE,
        outgoing INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        open INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),
        failed INTEGER NOT NULL DEFAULT 0,
        task_id TEXT,
        source INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (chat, sent_at, body)
    ) WITHOUT ROWID""",
    """CREATE TABLE body (
        number INTEGER PRIMARY KEY, author BLOB NOT NULL, text BLOB NOT NULL,
        attachment TEXT, native_id BLOB NOT NULL
    )""",
    """CREATE TABLE logged (
        chat INTEGER NOT NULL REFERENCES chat,
        minute INTEGER NOT NULL,
        key BLOB NOT NULL,
        outgoing INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        digest BLOB NOT NULL,
        task_id NOT NULL,
        run INTEGER NOT NULL DEFAULT 0,
        source INTEGER NOT NULL DEFAULT 0,
        written BLOB, second INTEGER, arrival INTEGER,
        PRIMARY KEY (chat, minute, key)
    ) WITHOUT ROWID""",
    """CREATE TABLE logged_task (
        task_key TEXT PRIMARY KEY NOT NULL,
        task_id TEXT NOT NULL,
        run INTEGER NOT NULL DEFAULT 0, message BLOB, written BLOB
    ) WITHOUT ROWID""",
    """CREATE TABLE intent (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        task_key TEXT NOT NULL UNIQUE,
        chat INTEGER NOT NULL REFERENCES chat,
        at INTEGER NOT NULL,
        task TEXT NOT NULL,
        job INTEGER
    )""",
    "CREATE TABLE lead_intent (phone TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL)",
    """CREATE TABLE pending_file (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        key BLOB NOT NULL,
        task_id TEXT NOT NULL,
        attachment TEXT NOT NULL
    )""",
    """CREATE TABLE run (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        started_at INTEGER NOT NULL,
        finished_at INTEGER,
        logged INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE TABLE fact (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE free_pages (may_hold_text INTEGER NOT NULL)",
    "INSERT INTO free_pages VALUES (0)",
    """CREATE TABLE undone_message (
        chat INTEGER NOT NULL REFERENCES chat, key BLOB NOT NULL, PRIMARY KEY (chat, key)
    ) WITHOUT ROWID""",
    """CREATE TABLE undone_task (
        task_id TEXT PRIMARY KEY NOT NULL, run INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE run_lead (
        lead_id TEXT PRIMARY KEY NOT NULL, run INTEGER NOT NULL,
        is_created INTEGER NOT NULL, chat INTEGER
    ) WITHOUT ROWID""",
    """CREATE TABLE forgotten (
        hash BLOB PRIMARY KEY NOT NULL, person BLOB NOT NULL
    ) WITHOUT ROWID""",
    *_MOVES,
    _APPROVAL_RULE,
    *_OTHER_IDS,
    *_WITH_IDS,
    *CHAT_INDEXES,
    *MORE_CHAT_INDEXES,
    REPORT_RECORD_TABLE,
    *ANSWER_TASK_TABLES,
    f"CREATE TABLE bulk_job (number INTEGER PRIMARY KEY AUTOINCREMENT, {BULK_JOB_COLUMNS})",
    *TASK_INDEXES,
)
"""The tables of a new ledger: those that all migrations make, in a tenth of their time."""
