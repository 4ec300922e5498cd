"""`wasf undo`: deletes what a run created, and leaves alone what people have touched since (W5).

Everything is safe to do twice: a Task that is gone is no error, and what was deleted but not yet
noted is found gone by the next undo. Which run is being undone is noted before the first request,
so that an undo that was cut off goes on with the same run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wasf.commands.link import choose_run
from wasf.commands.sync import (
    REQUEST_SIZE,
    SyncContext,
    batches,
    look_up,
    pack,
    refused_by_salesforce,
)
from wasf.core.records import RecordId
from wasf.errors import ExitCode, TryLater, WrongUsage
from wasf.interfaces import Deletion, Org, StoredTask, TaskLogged
from wasf.store.ledger import LoggedUnit, RunId

# --- undone
# What an undo took back and what it left alone, as a value, in words and for programs.


class LeftAlone(NamedTuple):
    """A record that stays: a Task or a Lead, and why."""

    kind: str
    id: RecordId
    reason: str


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back, or would be. `tasks_gone` had been deleted by somebody before.

    `messages` are those that no sync logs again by itself. `in_doubt` counts Tasks of a run that
    was cut off, of which nobody knows; the next sync settles them.
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
        """Whether there was nothing to take back."""
        return not (self.tasks or self.tasks_gone or self.leads)

    @property
    def exit_code(self) -> ExitCode:
        """Whether Salesforce refused to delete something."""
        return ExitCode.REFUSED if self.refused else ExitCode.DONE


# --- undo


_SOMEBODY = "somebody changed it since"


@dataclass(slots=True)
class _Done:
    """What happened so far."""

    tasks: set[RecordId] = field(default_factory=set)
    gone: set[RecordId] = field(default_factory=set)
    messages: int = 0
    leads: int = 0
    refused: int = 0
    left: list[LeftAlone] = field(default_factory=list)

    def leave(self, kind: str, ids: Collection[RecordId], reason: str) -> None:
        self.left += [LeftAlone(kind, one, reason) for one in ids]


def undo(word: str, context: SyncContext) -> UndoReport:
    """Take back the run that a word names; with "" the one that was begun, or the latest.

    Raises `WrongUsage` if there is no such run.
    """
    in_doubt = _settle_doubts(context)
    run = _chosen(word, context, in_doubt)
    context.ledger.facts.save_begun_undo(run)
    done = _Done()
    _delete_tasks(run, context, done)
    _delete_leads(run, context, done)
    context.ledger.facts.save_begun_undo(None)
    return UndoReport(
        run=run,
        dry_run=context.dry_run,
        tasks=len(done.tasks),
        tasks_gone=len(done.gone),
        messages=done.messages,
        leads=done.leads,
        left=tuple(done.left),
        in_doubt=in_doubt,
        refused=done.refused,
    )


def _chosen(word: str, context: SyncContext, in_doubt: int) -> RunId:
    if word:
        return choose_run(word, context.ledger)
    run = context.ledger.facts.begun_undo() or context.ledger.last_writing_run()
    if run is None and in_doubt:
        raise TryLater("nobody knows yet what the last run wrote", "wasf sync settles that")
    if run is None:
        raise WrongUsage(
            "no run has written anything that could be undone", "wasf sync comes first"
        )
    return run


def _settle_doubts(context: SyncContext) -> int:
    """Look up Tasks of a run that was cut off: they may be among those to be deleted."""
    intents = context.ledger.intents()
    if not intents:
        return 0
    found = look_up(intents, context, context.org.facts(()).key_field)
    context.ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])
    return len(intents) - len(found)


# --- Tasks -------------------------------------------------------------------------------------


def _delete_tasks(run: RunId, context: SyncContext, done: _Done) -> None:
    units = context.ledger.logged_by(run)
    stored = {
        task.id: task
        for some in pack(units, 10 * REQUEST_SIZE)
        for task in context.org.read_tasks([one for unit in some for one in unit.tasks])
    }
    free = [unit for unit in units if not _left_alone(unit, stored, done)]
    for some in pack(free):
        context.check_stop()
        living = [task for unit in some for task in unit.tasks if _is_there(task, stored)]
        refused = _delete(living, context.org, done)
        gone = [unit for unit in some if not any(task in refused for task in unit.tasks)]
        context.ledger.mark_undone(run, gone)
        done.messages += sum(len(unit.messages) for unit in gone)
        done.gone.update(t for u in gone for t in u.tasks if not _is_there(t, stored))


def _left_alone(unit: LoggedUnit, stored: Mapping[RecordId, StoredTask], done: _Done) -> bool:
    """Tasks that belong together go together, or not at all."""
    found = [stored[task] for task in unit.tasks if _is_there(task, stored)]
    if any(task.is_touched for task in found):
        done.leave("Task", [task.id for task in found], _SOMEBODY)
        return True
    return False


def _is_there(task: RecordId, stored: Mapping[RecordId, StoredTask]) -> bool:
    return task in stored and not stored[task].is_deleted


def _delete(tasks: Sequence[RecordId], org: Org, done: _Done) -> set[RecordId]:
    """Delete; returns those that Salesforce did not let go."""
    outcomes: list[Deletion] = []
    for some in batches(tasks):
        outcomes += org.delete_tasks(some)
    for outcome in outcomes:
        if outcome.refused:
            done.refused += 1
            done.leave("Task", [outcome.id], _refusal(outcome.refused))
        else:
            done.tasks.add(outcome.id)
    return {outcome.id for outcome in outcomes if outcome.refused}


def _refusal(code: str) -> str:
    return refused_by_salesforce("to delete it", code, ())


# --- Leads -------------------------------------------------------------------------------------


def _delete_leads(run: RunId, context: SyncContext, done: _Done) -> None:
    leads = context.ledger.leads_of(run)
    reopened = [lead.id for lead in leads if not lead.is_created]
    done.leave("Lead", reopened, "the run reopened it, and people may be at work on it")
    created = [lead.id for lead in leads if lead.is_created]
    stored = {lead.id: lead for lead in context.org.read_leads(created)} if created else {}
    for lead_id in created:
        context.check_stop()
        lead = stored.get(lead_id)
        if lead is None:
            context.ledger.mark_lead_undone(lead_id)
            continue
        if lead.is_touched:
            done.leave("Lead", [lead_id], _SOMEBODY)
        elif lead.tasks - done.tasks or lead.others:
            done.leave("Lead", [lead_id], "other Tasks, events, files or campaigns are on it")
        else:
            context.org.delete_lead(lead_id)
            context.ledger.mark_lead_undone(lead_id)
            done.leads += 1
