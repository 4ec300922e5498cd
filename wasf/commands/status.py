"""What wasf did: `wasf status` (W2), and the runs that are remembered (`wasf runs`, W8).

Everything comes from this machine; Salesforce is not asked. Runs come from the log of runs, and
from the ledgers: those know what is undone, what a run that was killed had logged, and the runs of
before there was a log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from wasf.core.approval import waits_for_yes
from wasf.core.bulk_jobs import BulkJob
from wasf.core.chats import ChatId
from wasf.core.policy import SyncPolicy
from wasf.core.records import Approval, KnownChat
from wasf.core.refusals import RecordRefusal
from wasf.core.runs import LastFailure, RecordedRun, last_failure
from wasf.core.source_state import (
    REPORTS,
    ApiFacts,
    DisconnectedAccount,
    SeenQuota,
    SourceReport,
    disconnected_accounts,
    reports_of,
)
from wasf.interfaces import BatchLimit, InboxCounts, KeyField
from wasf.store.ledger import (
    AnswerTaskRefusal,
    ApiUsageReading,
    Ledger,
    RunCounts,
    RunId,
    RunRecord,
)
from wasf.values import dataclass

_RUNS_SHOWN: Final = 3
_COMMAND_OF_OLD: Final = "sync"
_NOTHING: Final = RunCounts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class WaitingChat:
    """A chat of which messages wait: how many, why, and what to do about it."""

    id: ChatId
    title: str
    messages: int
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Status:
    """What `wasf status` shows.

    `synced` says when each kind of source was last read to its end (UTC). `logged` counts messages.
    `in_review` counts chats that wait for a yes, `skipped` those to which somebody said no;
    `skip_rules` counts the numbers and accounts of which all chats are skipped (X2).
    `in_doubt` counts Tasks whose outcome is not known, except those in `jobs`. `files` counts those
    to be uploaded. `usage` is of the org's API, `quotas` are the chat APIs'. `inbox` is None if no
    webhook was ever received. `reports` are what providers said of themselves and of our accounts.
    `batch_limit` is how many Tasks the org takes at once if it takes few, `stopped` is the refusal
    after which nothing more could be written. `refused_answer_tasks` tells which Tasks of the
    setting `report.task` Salesforce refused to open or to close. `runs` are the last few,
    `last_failure` is None if the latest run did not fail (W8).
    """

    instance_url: str
    username: str
    last_run: RunRecord | None
    synced: tuple[tuple[str, datetime], ...]
    chats: int
    logged: int
    waiting: tuple[WaitingChat, ...]
    in_doubt: int
    files: int
    usage: ApiUsageReading | None
    in_review: int = 0
    skipped: int = 0
    skip_rules: int = 0
    key_field: KeyField | None = None
    quotas: tuple[tuple[ApiFacts, SeenQuota | None], ...] = ()
    inbox: InboxCounts | None = None
    disconnected: tuple[DisconnectedAccount, ...] = ()
    reports: tuple[SourceReport, ...] = ()
    runs: tuple[RecordedRun, ...] = ()
    last_failure: LastFailure | None = None
    batch_limit: BatchLimit | None = None
    stopped: RecordRefusal | None = None
    refused_answer_tasks: tuple[AnswerTaskRefusal, ...] = ()
    jobs: tuple[BulkJob, ...] = ()


def read_status(
    ledger: Ledger,
    instance_url: str,
    username: str,
    policy: SyncPolicy,
    inbox: InboxCounts | None = None,
    apis: Sequence[ApiFacts] = (),
    runs: Sequence[RecordedRun] = (),
) -> Status:
    """Return what the ledger knows, with what the inbox holds.

    `apis` are the known chat APIs, `runs` those of the org, newest first.
    """
    chats, facts = ledger.chats(), ledger.facts
    no_rules = [one for one in ledger.approvals.rules() if one.approval is Approval.SKIPPED]
    return Status(
        instance_url=instance_url,
        username=username,
        last_run=ledger.last_run(),
        synced=tuple(facts.last_synced().items()),
        chats=sum(not known.is_only_named for known in chats),
        logged=sum(known.logged for known in chats),
        waiting=tuple(_waiting(known) for known in chats if known.queued),
        in_doubt=len(ledger.intents()),
        files=len(ledger.pending_files()),
        usage=facts.api_usage(),
        in_review=sum(waits_for_yes(known, policy) for known in chats),
        skipped=sum(known.approval is Approval.SKIPPED for known in chats),
        skip_rules=len(no_rules),
        key_field=facts.key_field(),
        quotas=tuple((api, facts.quota(api)) for api in apis),
        inbox=inbox,
        disconnected=disconnected_accounts(facts.source_fact, apis),
        reports=reports_of(facts.source_fact(REPORTS)),
        runs=tuple(runs[:_RUNS_SHOWN]),
        last_failure=last_failure(runs),
        batch_limit=facts.batch_limit(),
        stopped=facts.stopped().refusal,
        refused_answer_tasks=tuple(ledger.answers.refusals()),
        jobs=tuple(ledger.jobs.open()),
    )


def _waiting(known: KnownChat) -> WaitingChat:
    return WaitingChat(
        id=known.chat.id,
        title=known.chat.title,
        messages=known.queued,
        reason=known.reason or "not tried yet",
        hint=known.hint or "wasf sync",
    )


# --- Runs ---------------------------------------------------------------------------------------


def all_runs(
    logged: Iterable[RecordedRun], ledgers: Mapping[str, Ledger], *, with_counts: bool = True
) -> list[RecordedRun]:
    """Return all runs, newest first. `ledgers` are those of the orgs, by the org's id.

    `with_counts`: also how much of runs that were killed is in Salesforce; that takes about a
    second for a few million messages.
    """
    runs = {run.id: run for run in logged}
    for org_id, ledger in ledgers.items():
        records = ledger.run_records()
        is_known = all((run := runs.get(one.id)) and run.ended_at for one in records)
        counts = ledger.written_counts() if with_counts and not is_known else {}
        undone = ledger.undone_counts()
        for record in records:
            run = _with_record(runs.get(record.id), record, counts)
            runs[record.id] = replace(run, org_id=org_id, tasks_undone=undone.get(record.id, 0))
    return sorted(runs.values(), key=lambda run: (run.started_at, _number(run.id)), reverse=True)


def _with_record(
    known: RecordedRun | None, record: RunRecord, counts: Mapping[RunId, RunCounts]
) -> RecordedRun:
    """Return what the log knows of a run, else what the ledger does."""
    if known is not None and known.ended_at is not None:
        return known
    run = known or RecordedRun(
        record.id, _COMMAND_OF_OLD, record.started_at, ended_at=record.finished_at
    )
    messages, tasks, leads = counts.get(record.id, _NOTHING)
    return replace(run, logged=record.logged or messages, tasks=tasks, leads=leads)


def _number(run_id: str) -> int:
    """Return the number of a run within its second."""
    number = run_id.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def undoable(runs: Sequence[RecordedRun]) -> Iterator[RunId]:
    """Yield the ids of the runs that may have written something."""
    return (RunId(run.id) for run in runs if run.tasks or run.ended_at is None)
