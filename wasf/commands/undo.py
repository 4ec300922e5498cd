"""`wasf undo`: delete what a run created, except what people have changed since (W5).

It is safe to repeat: a Task that is gone is no error, and what was deleted but not yet committed is
found gone by the next undo. The run is stored before the first request, so that an undo that was
cut off goes on with the same run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wasf.commands.left_alone import (
    CHANGED,
    LeftAlone,
    is_touched,
    resolve_intents,
    why_lead_stays,
)
from wasf.commands.link import find_run
from wasf.commands.sync import (
    REQUEST_SIZE,
    SyncContext,
    batches,
    pack,
    refused_by_salesforce,
)
from wasf.core.records import RecordId
from wasf.errors import ExitCode, TryLater, WrongUsage
from wasf.interfaces import StoredTask
from wasf.store.ledger import LoggedUnit, RunId, TaskMove

_READ_TOGETHER: Final = 10 * REQUEST_SIZE  # Tasks


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was deleted, or would be in a dry run.

    `tasks_gone` counts Tasks that somebody else had deleted. `messages` are undone: no sync logs
    them by itself. `in_doubt` counts Tasks of a run that was cut off whose outcome is not known.
    `refused` counts Tasks that Salesforce refused to delete.
    """

    run: RunId
    dry_run: bool
    tasks: int
    tasks_gone: int
    messages: int
    leads: int
    left: tuple[LeftAlone, ...]
    in_doubt: int
    refused: int

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to delete."""
        return not (self.tasks or self.tasks_gone or self.leads)

    @property
    def exit_code(self) -> ExitCode:
        """Whether Salesforce refused to delete something."""
        return ExitCode.REFUSED if self.refused else ExitCode.DONE


@dataclass(slots=True)
class _Done:
    """What was done so far."""

    deleted: set[RecordId] = field(default_factory=set)
    gone: set[RecordId] = field(default_factory=set)
    messages: int = 0
    leads: int = 0
    refused: int = 0
    left: list[LeftAlone] = field(default_factory=list)

    def leave(self, kind: str, ids: Collection[RecordId], reason: str) -> None:
        self.left += [LeftAlone(kind, one, reason) for one in ids]


def undo(word: str, context: SyncContext) -> UndoReport:
    """Undo the run that a word names; for "" the one whose undo was cut off, else the latest.

    Raise `WrongUsage` if there is no such run.
    """
    in_doubt = resolve_intents(context)
    run = _run(word, context, in_doubt)
    facts, done = context.ledger.facts, _Done()
    facts.save_begun_undo(run)
    _delete_tasks(run, context, done)
    _delete_leads(run, context, done)
    facts.save_begun_undo(None)
    return UndoReport(
        run=run,
        dry_run=context.dry_run,
        tasks=len(done.deleted),
        tasks_gone=len(done.gone),
        messages=done.messages,
        leads=done.leads,
        left=tuple(done.left),
        in_doubt=in_doubt,
        refused=done.refused,
    )


def _run(word: str, context: SyncContext, in_doubt: int) -> RunId:
    if word:
        return find_run(word, context.ledger)
    run = context.ledger.facts.begun_undo() or context.ledger.last_writing_run()
    if run is None and in_doubt:
        raise TryLater("nobody knows yet what the last run wrote", "to find out: wasf sync")
    if run is None:
        raise WrongUsage("no run has written anything that could be undone", "run wasf sync first")
    return run


# --- Tasks -------------------------------------------------------------------------------------


def _delete_tasks(run: RunId, context: SyncContext, done: _Done) -> None:
    units = context.ledger.logged_by(run)
    stored = {
        task.id: task
        for some in pack(units, _READ_TOGETHER)
        for task in context.org.read_tasks([one for unit in some for one in unit.tasks])
    }
    moves = context.ledger.task_moves(list(stored))
    unchanged = [unit for unit in units if not _is_changed(unit, stored, moves, done)]
    for some in pack(unchanged):
        context.check_stop()
        living = [task for unit in some for task in unit.tasks if _is_there(task, stored)]
        refused = _delete(living, context, done)
        gone = [unit for unit in some if refused.isdisjoint(unit.tasks)]
        context.ledger.mark_undone(run, gone)
        done.messages += sum(len(unit.messages) for unit in gone)
        done.gone.update(t for unit in gone for t in unit.tasks if not _is_there(t, stored))


def _is_changed(
    unit: LoggedUnit,
    stored: Mapping[RecordId, StoredTask],
    moves: Mapping[RecordId, TaskMove],
    done: _Done,
) -> bool:
    """Return whether a Task of a unit was changed; then all Tasks of the unit stay."""
    found = [stored[task] for task in unit.tasks if _is_there(task, stored)]
    if any(is_touched(task, moves.get(task.id)) for task in found):
        done.leave("Task", [task.id for task in found], CHANGED)
        return True
    return False


def _is_there(task: RecordId, stored: Mapping[RecordId, StoredTask]) -> bool:
    return task in stored and not stored[task].is_deleted


def _delete(tasks: Sequence[RecordId], context: SyncContext, done: _Done) -> set[RecordId]:
    """Delete Tasks; return those that Salesforce refused to delete."""
    refused = set()
    outcomes = [one for batch in batches(tasks) for one in context.org.delete_tasks(batch)]
    for outcome in outcomes:
        if outcome.refused:
            refused.add(outcome.id)
            reason = refused_by_salesforce("to delete it", outcome.refused, ())
            done.leave("Task", [outcome.id], reason)
        else:
            done.deleted.add(outcome.id)
    done.refused += len(refused)
    return refused


# --- Leads -------------------------------------------------------------------------------------


def _delete_leads(run: RunId, context: SyncContext, done: _Done) -> None:
    org, ledger = context.org, context.ledger
    leads = ledger.leads_of(run)
    reopened = [lead.id for lead in leads if not lead.is_created]
    done.leave("Lead", reopened, "the run reopened it, and people may be working on it")
    created = [lead.id for lead in leads if lead.is_created]
    stored = {lead.id: lead for lead in org.read_leads(created)} if created else {}
    for lead_id in created:
        context.check_stop()
        lead = stored.get(lead_id)
        if lead is None:
            ledger.mark_lead_undone(lead_id)
        elif reason := why_lead_stays(lead, done.deleted):
            done.leave("Lead", [lead_id], reason)
        else:
            org.delete_lead(lead_id)
            ledger.mark_lead_undone(lead_id)
            done.leads += 1
