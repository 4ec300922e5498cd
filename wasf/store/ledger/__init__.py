"""The ledger: what wasf remembers of one org, in one SQLite file or in a shared PostgreSQL schema.

State of one message, and the method of `Ledger` that does each arrow in one transaction:

    new ──enqueue──► queued ──record_intent──► intended ──resolve──► logged ──mark_undone──► undone
     ▲                │ ▲                          │
     └──────drop──────┘ └───────── resolve ────────┘ refused or not sent

* `queued`: the message waits, with its text; `wait` stores why. The source is not needed any more.
* `intended`: committed before the request is sent. If the outcome is not known, the intent stays
  and is resolved at the next start; nothing is sent again blindly.
* `logged`: its Tasks are in Salesforce. Its text is deleted; its key, minute, side, kind and a
  digest of the text stay, so that it is known again in every later export. Its second and its
  place in the order of arrival stay for `wasf report`.
* `undone`: not in Salesforce because a person said so (`wasf undo`, `wasf purge --waiting`); no
  sync logs it by itself, until `restore_undone` makes it new again.

A commit is on the disk when a method returns. Text is stored only while a message is queued or
intended: SQLite's `secure_delete` overwrites it, and closing the ledger rewrites the pages that may
hold older copies; PostgreSQL's own log and backups keep it for a while. Bodies of webhooks are in a
file of their own, or in a table of the shared schema: `WebhookInbox`.

`LedgerPlace` says where it all is, and who may write (`shared`). `LedgerTransfer` moves a ledger
from its file into a shared database.

`Ledger` is put together from parts (`LedgerPart`) over a thin `Database`. The modules, and which
attribute of `Ledger` each of them gives, in brackets:

    chats, messages, outbox  its own methods: chats; the queue; intents and outcomes
    history, privacy         its own methods: runs and undo; forgetting
    chat_search              few chats among all, a person's yes and no [search, lines, approvals]
    logged_tasks             Tasks in Salesforce: moved, growing, twice [moves, growing, doubles]
    last_messages            `report.fields` and `report.task` [reported_records, answers]
    message_times            what `wasf report` counts [report_rows]
    bulk_jobs, joins, facts  jobs; chats that are one; small facts [jobs, joins, facts]
    reconcile, repeats       a newer export; messages that come again
    shared, transfer, inbox  where it all is; the move into a database; webhooks
    database, engines, codec SQL, its two engines, values as they are stored
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.store.ledger.chat_search import ApprovalRule, ChatSearch, KnownIds, TextAt
from wasf.store.ledger.chats import ChatJoin
from wasf.store.ledger.database import CommitProof, ServerFacts, Standby, commit_proof, server_facts
from wasf.store.ledger.facts import ApiUsageReading, KnownFacts, RunId
from wasf.store.ledger.history import (
    LoggedMessage,
    LoggedTask,
    LoggedUnit,
    RunCounts,
    RunLead,
    RunRecord,
)
from wasf.store.ledger.last_messages import (
    AnswerTaskRefusal,
    OpenAnswerTask,
    Question,
    WrittenFields,
)
from wasf.store.ledger.ledger import Ledger
from wasf.store.ledger.messages import Arrival, MessageState
from wasf.store.ledger.outbox import Intent, PendingFile
from wasf.store.ledger.privacy import Purged
from wasf.store.ledger.shared import (
    LedgerFacts,
    LedgerFiles,
    LedgerPlace,
    ListeningInbox,
    SharedLedger,
    SharedLedgerPlace,
    inbox_counts,
    place_of,
)

if TYPE_CHECKING:  # heavy: loaded where they are used
    from wasf.store.ledger.inbox import WebhookInbox
    from wasf.store.ledger.logged_tasks import EqualMessages, LoggedCopy, TaskMove
    from wasf.store.ledger.message_times import UnknownTimes
    from wasf.store.ledger.reconcile import ExportComparison, UnmatchedLine
    from wasf.store.ledger.transfer import LedgerTransfer, Transferred

__all__ = [
    "AnswerTaskRefusal", "ApiUsageReading", "ApprovalRule", "Arrival", "ChatJoin", "ChatSearch",
    "CommitProof", "EqualMessages", "ExportComparison", "Intent", "KnownFacts", "KnownIds",
    "Ledger", "LedgerFacts", "LedgerFiles", "LedgerPlace", "LedgerTransfer", "ListeningInbox",
    "LoggedCopy", "LoggedMessage", "LoggedTask", "LoggedUnit", "MessageState", "OpenAnswerTask",
    "PendingFile", "Purged", "Question", "RunCounts", "RunId", "RunLead", "RunRecord",
    "ServerFacts", "SharedLedger", "SharedLedgerPlace", "Standby", "TaskMove", "TextAt",
    "Transferred", "UnknownTimes", "UnmatchedLine", "WebhookInbox", "WrittenFields", "commit_proof",
    "inbox_counts", "place_of", "server_facts",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "inbox": ("WebhookInbox",),
            "message_times": ("UnknownTimes",),
            "logged_tasks": ("EqualMessages", "LoggedCopy", "TaskMove"),
            "reconcile": ("ExportComparison", "UnmatchedLine"),
            "transfer": ("LedgerTransfer", "Transferred"),
        },
    )
