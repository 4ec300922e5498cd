"""`wasf sync`: log what is new in chats as Tasks, each message exactly once.

    source ──► import ──► ledger(queue) ──► match ──► plan ──► outbox ──► ledger(done) ──► report

1. Import (`importer`). A source yields chats. `identify` tells which known chat each of them is.
   Every message gets its key (rules I) and is compared with the ledger. What is new goes into the
   ledger's queue together with the source's cursor, in one transaction for each chat. A newer
   export of a known chat is first aligned with what is known, and rejected if it does not fit
   (`reconcile`, by `export_diff` and `earlier_lines`). From then on the source is not needed.
2. Recovery (`earlier_writes`). Tasks whose outcome an earlier run did not learn are looked up by
   their key. A missing one is sent again only where that cannot log it twice.
3. Match and plan (`delivery`). Chats of one person are joined (`joins`). People are looked up in
   the org, and `core.plan` decides for each chat on which record it is logged, or why it waits. A
   plan is a value; nothing is written yet. `wasf listen` logs known people without it
   (`known_people`).
4. Delivery. Leads are created or changed first (`leads`). Then Tasks of open windows grow, where a
   person chose that (`growth`). A backfill goes in bulk jobs (`bulk_jobs`, `job_results`), all
   other Tasks in calls (`outbox`). Then files are uploaded (`uploads`), and what fields and Tasks
   tell of the last messages is written (`org_reports`). Every intent is committed before its
   request and every outcome after it, so that a run that is killed at any moment leaves only what
   the next run can resolve.
5. Report (`report`). Every message ends in exactly one state: logged, waiting or skipped (W1). What
   waits stays in the queue, and the next sync takes it up without the source (W2).

Tasks that a person sends to another record (`moves`) are moved by `wasf link`, and by the sync that
takes the results of a bulk job. What people changed stays (`earlier_writes`), as in `wasf undo`.

A dry run is the same sync over `dry_run_org` and a scratch copy of the ledger (W4).
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.commands.sync.logged_files import LoggedFiles
from wasf.commands.sync.pipeline import sync
from wasf.commands.sync.report import ChatReport, ChatState, MessageCounts, Record, SyncReport
from wasf.commands.sync.run import ImportOptions, OrgMemory, SyncContext, reads_groups

if TYPE_CHECKING:  # heavy: loaded where it is used
    from wasf.commands.sync.dry_run import NO_ORG_ID, dry_run_org, no_org
    from wasf.commands.sync.earlier_writes import (
        CHANGED,
        NOT_VISIBLE,
        LeftAlone,
        delete_tasks,
        hidden_tasks,
        resolve_intents,
        why_lead_stays,
        why_tasks_stay,
    )
    from wasf.commands.sync.job_results import (
        JobAtWork,
        cancel_jobs_of_chats,
        resolve_jobs,
        wait_for_jobs,
    )
    from wasf.commands.sync.moves import (
        Elsewhere,
        MoveResult,
        find_elsewhere,
        living_person,
        move_chat,
    )
    from wasf.commands.sync.outbox import batches, pack

__all__ = [
    "CHANGED", "NOT_VISIBLE", "NO_ORG_ID", "ChatReport", "ChatState", "Elsewhere",
    "ImportOptions", "JobAtWork", "LeftAlone", "LoggedFiles", "MessageCounts", "MoveResult",
    "OrgMemory", "Record", "SyncContext", "SyncReport", "batches", "cancel_jobs_of_chats",
    "delete_tasks", "dry_run_org", "find_elsewhere", "hidden_tasks", "living_person", "move_chat",
    "no_org", "pack", "reads_groups", "resolve_intents", "resolve_jobs", "sync", "wait_for_jobs",
    "why_lead_stays", "why_tasks_stay",
]  # fmt: skip

if not TYPE_CHECKING:  # an idle run does without them
    __getattr__ = late_names(
        __name__,
        {
            "dry_run": ("NO_ORG_ID", "dry_run_org", "no_org"),
            "job_results": ("JobAtWork", "cancel_jobs_of_chats", "resolve_jobs", "wait_for_jobs"),
            "earlier_writes": (
                "CHANGED", "NOT_VISIBLE", "LeftAlone", "delete_tasks", "hidden_tasks",
                "resolve_intents", "why_lead_stays", "why_tasks_stay",
            ),
            "moves": ("Elsewhere", "MoveResult", "find_elsewhere", "living_person", "move_chat"),
            "outbox": ("batches", "pack"),
        },
    )  # fmt: skip
