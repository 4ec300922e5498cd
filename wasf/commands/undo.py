"""`wasf undo`: delete what was logged, of a run or a chat, except what people changed since (W5).

It is safe to repeat: a Task that is gone is no error, and what was deleted but not yet committed is
found gone by the next undo. The run is stored before the first request, so that an undo that was
cut off goes on with the same run.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final, NamedTuple

from wasf.commands.link import UnknownChat, find_chat, find_run
from wasf.commands.sync import (
    CHANGED,
    NOT_VISIBLE,
    LeftAlone,
    SyncContext,
    delete_tasks,
    hidden_tasks,
    pack,
    resolve_intents,
    wait_for_jobs,
    why_lead_stays,
    why_tasks_stay,
)
from wasf.core.chats import Chat
from wasf.core.policy import LARGEST_BATCH
from wasf.core.records import RecordId
from wasf.errors import ExitCode, TryLater, WrongUsage
from wasf.interfaces import StoredTask
from wasf.store.ledger import Ledger, LoggedUnit, RunId, RunLead
from wasf.values import dataclass

_READ_TOGETHER: Final = 10 * LARGEST_BATCH  # Tasks


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was deleted, or would be in a dry run.

    `tasks_gone` counts Tasks that somebody else had deleted. `messages` are undone: no sync logs
    them by itself. `in_doubt` counts Tasks of a run that was cut off whose outcome is not known,
    `in_jobs` those that a bulk job holds, in a dry run. `put_back` counts the messages that wait of
    the chats of jobs that were resolved: of one that was cancelled nothing was written.
    `refused` counts Tasks that Salesforce refused to delete, or that are not visible. Without a
    `run` it is all that was logged of the `chat`; without a chat all chats of the run.
    """

    run: RunId | None
    chat: Chat | None
    dry_run: bool
    tasks: int
    tasks_gone: int
    messages: int
    leads: int
    left: tuple[LeftAlone, ...]
    in_doubt: int
    in_jobs: int
    put_back: int
    refused: int

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to delete."""
        return not (self.tasks or self.tasks_gone or self.leads or self.in_jobs)

    @property
    def exit_code(self) -> ExitCode:
        """Whether Salesforce refused to delete something."""
        return ExitCode.REFUSED if self.refused else ExitCode.DONE


@dataclasses.dataclass(slots=True)
class _Done:
    """What was done so far."""

    deleted: set[RecordId] = field(default_factory=set)
    gone: set[RecordId] = field(default_factory=set)
    messages: int = 0
    leads: int = 0
    refused: int = 0
    left: list[LeftAlone] = field(default_factory=list)

    def report(
        self, run: RunId | None, chat: Chat | None, unknown: "_Unknown", *, dry_run: bool
    ) -> UndoReport:
        return UndoReport(
            run=run,
            chat=chat,
            dry_run=dry_run,
            tasks=len(self.deleted),
            tasks_gone=len(self.gone),
            messages=self.messages,
            leads=self.leads,
            left=tuple(self.left),
            in_doubt=unknown.in_doubt,
            in_jobs=unknown.in_jobs,
            put_back=unknown.put_back,
            refused=self.refused,
        )

    def leave(self, kind: str, ids: Collection[RecordId], reason: str) -> None:
        self.left += [LeftAlone(kind, one, reason) for one in ids]


class _Unknown(NamedTuple):
    """How many Tasks have no outcome yet, after all that can be found out was."""

    in_jobs: int
    put_back: int
    in_doubt: int


class _RunUnit(NamedTuple):
    """A unit, and the run that logged it."""

    run: RunId
    unit: LoggedUnit

    @property
    def tasks(self) -> tuple[RecordId, ...]:
        return self.unit.tasks


def undo(word: str, context: SyncContext) -> UndoReport:
    """Undo the run that a word names; for "" the one whose undo was cut off, else the latest.

    Raise `WrongUsage` if there is no such run, `TryLater` while a bulk job of it is at work.
    """
    ledger, done = context.ledger, _Done()
    named = find_run(word, ledger) if word else None
    jobs = ledger.jobs.of_run(named) if named else ledger.jobs.held()
    unknown = _Unknown(*_resolve_jobs(jobs, context), resolve_intents(context))
    run = named or _last_run(ledger, unknown)
    ledger.facts.save_begun_undo(run)
    _delete_tasks([_RunUnit(run, unit) for unit in ledger.logged_by(run)], context, done)
    _delete_leads(ledger.leads_of(run), context, done)
    ledger.facts.save_begun_undo(None)
    return done.report(run, None, unknown, dry_run=context.dry_run)


def undo_chat(chat_word: str, run_word: str, context: SyncContext) -> UndoReport:
    """Undo what was logged of one chat, by the run that a word names or, for "", by all runs.

    Raise `UnknownChat` or `NoSuchChat` if the first word does not name one chat, `WrongUsage` if
    there is no such run, `TryLater` while a bulk job is at work that holds Tasks of the chat.
    """
    ledger = context.ledger
    chat = find_chat(chat_word, ledger, context.policy.default_region, UnknownChat).chat
    run = find_run(run_word, ledger) if run_word else None
    resolved = _resolve_jobs(ledger.jobs.of_chats([chat.id]), context)
    unknown = _Unknown(*resolved, resolve_intents(context, chat.id))
    runs = [run] if run else ledger.runs_of(chat.id)
    units = [_RunUnit(one, unit) for one in runs for unit in ledger.logged_by(one, chat.id)]
    done = _Done()
    records = _delete_tasks(units, context, done)
    _delete_leads(_leads_of_chat(chat, records, run, ledger, done), context, done)
    return done.report(run, chat, unknown, dry_run=context.dry_run)


def _resolve_jobs(jobs: Mapping[int, int], context: SyncContext) -> tuple[int, int]:
    """Wait for these jobs; return `in_jobs` and `put_back` of the report."""
    ledger = context.ledger
    chats = {chat_id for number in jobs for chat_id in ledger.jobs.chats(number)}
    in_jobs = wait_for_jobs(jobs, context)
    put_back = 0 if in_jobs else sum(known.queued for known in ledger.search.of_ids(chats))
    return in_jobs, put_back


def _last_run(ledger: Ledger, unknown: _Unknown) -> RunId:
    run = ledger.facts.begun_undo() or ledger.last_writing_run()
    if run is None and any(unknown):
        raise TryLater("nobody knows yet what the last run wrote", "to find out: wasf sync")
    if run is None:
        raise WrongUsage("no run has written anything that could be undone", "run wasf sync first")
    return run


# --- Tasks -------------------------------------------------------------------------------------


def _delete_tasks(units: Sequence[_RunUnit], context: SyncContext, done: _Done) -> set[RecordId]:
    """Delete the Tasks of units that nobody touched; return the records that all of them are on."""
    stored = _read_stored(units, context)
    missing = [task for one in units for task in one.tasks if task not in stored]
    hidden = hidden_tasks(missing, context)
    done.refused += len(hidden)
    there = [task for task in stored.values() if not task.is_deleted]
    reasons = why_tasks_stay(there, context)
    reasons |= dict.fromkeys(hidden, NOT_VISIBLE)
    unchanged = [one for one in units if not _stays(one.unit, stored, reasons, done)]
    context.begin_change("Deleting Tasks", sum(len(one.tasks) for one in unchanged))
    for some in pack(unchanged):
        context.check_stop()
        _delete_asking(some, context, done)
        living = [task for one in some for task in one.tasks if _is_there(task, stored)]
        refused = _delete(living, context, done)
        gone = [one for one in some if refused.isdisjoint(one.tasks)]
        _mark_undone(gone, context)
        context.progress.done(sum(len(one.tasks) for one in some))
        done.messages += sum(len(one.unit.messages) for one in gone)
        done.gone.update(t for one in gone for t in one.tasks if not _is_there(t, stored))
    return {task.who_id for task in stored.values() if task.who_id}


def _delete_asking(units: Sequence[_RunUnit], context: SyncContext, done: _Done) -> None:
    """Delete the Tasks that ask for an answer to these messages, except what others changed."""
    answers = context.ledger.answers
    asking = answers.tasks_about([m.key for one in units for m in one.unit.messages])
    stored = context.org.read_tasks(list(asking.values())) if asking else ()
    there = {one.id: one for one in stored if not one.is_deleted}
    changed = [one.id for one in there.values() if one.modified.by != one.created.by]
    done.leave("Task", changed, CHANGED)
    ours = [one for one in there if one not in changed]
    refused = _delete(ours, context, done)
    answers.save_closed(
        key for key, one in asking.items() if one not in there or one in set(ours) - refused
    )


def _read_stored(units: Sequence[_RunUnit], context: SyncContext) -> dict[RecordId, StoredTask]:
    """Return the Tasks of units as they are in Salesforce."""
    context.progress.step("Looking at Tasks", sum(len(one.tasks) for one in units))
    stored: dict[RecordId, StoredTask] = {}
    for some in pack(units, _READ_TOGETHER):
        context.check_stop()
        ids = [task for unit in some for task in unit.tasks]
        stored |= {task.id: task for task in context.org.read_tasks(ids)}
        context.progress.done(len(ids))
    return stored


def _mark_undone(gone: Sequence[_RunUnit], context: SyncContext) -> None:
    """Commit that the Tasks of these units are gone, all of them or none."""
    by_run: dict[RunId, list[LoggedUnit]] = {}
    for run, unit in gone:
        by_run.setdefault(run, []).append(unit)
    with context.ledger.transaction():
        for run, units in by_run.items():
            context.ledger.mark_undone(run, units)


def _stays(
    unit: LoggedUnit,
    stored: Mapping[RecordId, StoredTask],
    reasons: Mapping[RecordId, str],
    done: _Done,
) -> bool:
    """Return whether a Task of a unit stays; then all Tasks of the unit stay."""
    if reasons.keys().isdisjoint(unit.tasks):
        return False
    for task in unit.tasks:
        if _is_there(task, stored) or task in reasons:
            done.leave("Task", [task], reasons.get(task, CHANGED))
    return True


def _is_there(task: RecordId, stored: Mapping[RecordId, StoredTask]) -> bool:
    return task in stored and not stored[task].is_deleted


def _delete(tasks: Sequence[RecordId], context: SyncContext, done: _Done) -> set[RecordId]:
    """Delete Tasks; return those that Salesforce refused to delete."""
    left = delete_tasks(tasks, context)
    refused = {one.id for one in left}
    done.left += left
    done.deleted |= set(tasks) - refused
    done.refused += len(refused)
    return refused


# --- Leads -------------------------------------------------------------------------------------


def _leads_of_chat(
    chat: Chat, records: Iterable[RecordId], run: RunId | None, ledger: Ledger, done: _Done
) -> list[RunLead]:
    """Return the Leads that were made for a chat: its own, and those among `records`."""
    links = {one.chat.id: one.link.record_id for one in ledger.chats() if one.link}
    own = links.pop(chat.id, None)
    of_chat = sorted({*records, *([own] if own else [])})
    if run is None:
        leads = [RunLead(one, is_created=True) for one in ledger.created_leads(of_chat)]
    else:
        leads = [one for one in ledger.leads_of(run) if one.id in of_chat]
    shared = [one.id for one in leads if one.id in links.values()]
    done.leave("Lead", shared, "another chat belongs to it")
    return [one for one in leads if one.id not in shared]


def _delete_leads(leads: Sequence[RunLead], context: SyncContext, done: _Done) -> None:
    org, ledger = context.org, context.ledger
    reopened = [lead.id for lead in leads if not lead.is_created]
    done.leave("Lead", reopened, "the run reopened it, and people may be working on it")
    created = [lead.id for lead in leads if lead.is_created]
    stored = {lead.id: lead for lead in org.read_leads(created)} if created else {}
    context.begin_change("Deleting Leads", len(created))
    for lead_id in created:
        context.check_stop()
        context.progress.done(1)
        lead = stored.get(lead_id)
        if lead is None:
            ledger.mark_lead_undone(lead_id)
        elif reason := why_lead_stays(lead, context, done.deleted):
            done.leave("Lead", [lead_id], reason)
        else:
            org.delete_lead(lead_id)
            ledger.mark_lead_undone(lead_id)
            done.leads += 1
