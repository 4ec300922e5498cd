"""Leads are created and changed before the Tasks that stand on them (L1, L3, L4, M5, M11).

An intent is committed before a Lead is created, so that a run that dies between the request and the
answer does not make a second Lead for the number.

Where the key of Tasks is unique, a Lead is created together with the first Task that goes onto it,
all or nothing. A machine that was stopped just before its request, while another one did its work,
makes no second Lead then: the key is there. For that the Task must be the same whoever sends it, so
what an earlier run was going to send with the Lead is sent again with the same messages (`together`
in `SyncResult`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, assert_never

from wasf.commands.sync.outbox import Unit, batches, count_outcomes, units_of
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.chats import Chat, ChatId
from wasf.core.fields import UnfitValue, fill_fields
from wasf.core.plan import BlockedLead, ChangesLead, CreatesLead, Logs, Target
from wasf.core.records import Link, RecordId, RecordType, Task, TaskKey, record_type_of
from wasf.core.refusals import RecordRefusal, lead_hint
from wasf.core.templates import TemplateValues
from wasf.interfaces import (
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadTaken,
    LeadWritten,
    Org,
    OrgFacts,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
)
from wasf.store.ledger import Ledger


def create_leads(
    plans: Sequence[CreatesLead], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> tuple[list[Logs], list[BlockedLead]]:
    """Create Leads; return the chats that can be logged now, and the Leads that were blocked.

    Raise the error that ended the run before all of them were sent.
    """
    ledger = context.ledger
    logs: list[Logs] = []
    blocked: list[BlockedLead] = []
    if plans and facts.lacks_lead_source:
        result.notes.append(_NO_LEAD_SOURCE.format(context.policy.lead_source))
    for batch in batches(_filled(plans, context, facts, result)):
        context.check_stop()
        units = [_first_unit(plan, context, facts, result) for plan in batch]
        with ledger.transaction():
            for plan in batch:
                ledger.record_lead_intent(plan.lead.phone, context.clock())
            _record_units(units, context, result)
        outcomes, there = _send(batch, units, context, facts)
        with ledger.transaction():
            for plan, outcome in zip(batch, outcomes, strict=True):
                if not isinstance(outcome, LeadInDoubt):
                    ledger.resolve_lead(plan.lead.phone)
                if isinstance(outcome, LeadDuplicate):
                    blocked.append(BlockedLead(plan, *outcome))
                else:
                    logs += _logs(plan, outcome, context, result)
            _resolve_units(units, outcomes, there, context, result)
        _raise_unsent(outcomes)
    return logs, blocked


_NO_LEAD_SOURCE: Final = (
    "LeadSource does not have the value {0}, so new Leads go without it; an admin adds it, or: wasf"
    " config set lead.source OTHER"
)


# --- With the first Task -----------------------------------------------------------------------


def _first_unit(
    plan: CreatesLead, context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Unit | None:
    """Return the Tasks that a Lead is created with: the first, or those of an earlier run.

    None where the key is not unique, or nothing can be logged yet.
    """
    if not facts.key_field.is_unique:
        return None
    first: Unit | None = None
    for chat, owner in zip(plan.chats, plan.owners, strict=True):
        logs = Logs(chat, owner, (Target(RecordType.LEAD, _NOBODY, plan.lead.last_name),))
        together = result.together.get(chat.id, {})
        for unit in units_of(logs, context, facts, result):
            first = first or unit
            if not together.keys().isdisjoint(unit.tasks[0].messages):
                return _awaiting(unit)
            if not together:
                break
    return _awaiting(first) if first else None


_NOBODY: Final = RecordId("")


def _awaiting(unit: Unit) -> Unit:
    return unit._replace(tasks=tuple(replace(task, who_id=None) for task in unit.tasks))


def _record_units(units: Sequence[Unit | None], context: SyncContext, result: SyncResult) -> None:
    """Store the Tasks that are about to be sent with Leads."""
    some = [unit for unit in units if unit]
    tasks = [task for unit in some for task in unit.tasks]
    chat_ids = [unit.chat_id for unit in some for _ in unit.tasks]
    now = context.clock()
    if tasks:
        context.ledger.record_intent(chat_ids, tasks, now)
    if not result.together.keys().isdisjoint(chat_ids):
        context.ledger.facts.save_sent_twice(now + context.quarantine)


_There = dict[TaskKey, TaskLogged]


def _send(
    plans: Sequence[CreatesLead],
    units: Sequence[Unit | None],
    context: SyncContext,
    facts: OrgFacts,
) -> tuple[Sequence[LeadOutcome], _There]:
    """Return the outcomes, and the Tasks that were there before.

    A chat whose Task is there belongs to the person that it stands on. If that cannot be seen, a
    Lead is created without it.
    """
    new, org = [plan.lead for plan in plans], context.org
    if not any(units):
        return org.create_leads(new), {}
    tasks = [unit.tasks if unit else () for unit in units]
    outcomes = list(org.create_leads_with_tasks(new, tasks, facts.key_field))
    taken = {n: one for n, one in enumerate(outcomes) if isinstance(one, LeadTaken)}
    there = {task.key: task for one in taken.values() for task in one.tasks}
    ids = [task.task_id for task in there.values() if task.task_id]
    people = {
        stored.id: stored.who_id
        for stored in (org.read_tasks(ids) if ids else ())
        if stored.who_id and not stored.is_deleted
    }
    for number, one in taken.items():
        found = (people.get(task.task_id) for task in one.tasks)
        outcomes[number] = one._replace(record=next(filter(None, found), None))
    unseen = [number for number in taken if outcomes[number] == taken[number]]
    alone = org.create_leads([new[number] for number in unseen]) if unseen else ()
    for number, outcome in zip(unseen, alone, strict=True):
        outcomes[number] = outcome
    return outcomes, there


def _resolve_units(
    units: Sequence[Unit | None],
    outcomes: Sequence[LeadOutcome],
    there: _There,
    context: SyncContext,
    result: SyncResult,
) -> None:
    """Store what became of the Tasks that were sent with Leads; those not written go later."""
    known: list[TaskOutcome] = []
    placed: list[Task] = []
    for unit, outcome in zip(units, outcomes, strict=True):
        if unit is None:
            continue
        logged = [there[task.key] for task in unit.tasks if task.key in there]
        if isinstance(outcome, LeadInDoubt) and not logged:
            continue
        if isinstance(outcome, LeadWritten):
            logged += outcome.tasks
            written = {one.key for one in outcome.tasks}
            tasks = (replace(one, who_id=outcome.id) for one in unit.tasks)
            placed += [one for one in tasks if one.key in written]
        known += logged
        left = {task.key for task in unit.tasks} - {one.key for one in logged}
        known += map(TaskNotSent, left)
        sent = {task.key: (unit.chat_id, len(task.messages)) for task in unit.tasks}
        count_outcomes(logged, sent, context, result)
    context.ledger.place_intents(placed)
    context.ledger.resolve(known)


def _filled(
    plans: Sequence[CreatesLead], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> list[CreatesLead]:
    """Return the plans with the further fields of their Leads (F1); the chats of others wait."""
    if not facts.lead_fields:
        return list(plans)
    filled = []
    for plan in plans:
        values = fill_fields(facts.lead_fields, _values(plan.chats[0], context))
        if isinstance(values, UnfitValue):
            reason = Reason(values.reason, "wasf config set lead.fields …")
            result.waits.update({chat.id: reason for chat in plan.chats})
        else:
            result.lead_fields.update({chat.id: values for chat in plan.chats})
            filled.append(replace(plan, lead=replace(plan.lead, fields=values)))
    return filled


def _values(chat: Chat, context: SyncContext) -> TemplateValues:
    """Return what placeholders stand for: the chat, and its messages that wait."""
    queued = (arrival.message for arrival in context.ledger.queued(chat.id))
    first = last = next(queued)
    count = 1
    for message in queued:
        last, count = message, count + 1
    return TemplateValues(chat, first, last, count, context.policy.zone)


def _logs(
    plan: CreatesLead, outcome: LeadOutcome, context: SyncContext, result: SyncResult
) -> Iterable[Logs]:
    """Return how the chats of a Lead are logged; note why they wait if it was not created."""
    match outcome:
        case LeadWritten(lead_id):
            return _created(plan, lead_id, context, result)
        case LeadTaken(_, record) if record:
            return _linked(plan, record_type_of(record), record, context.ledger)
        case _:
            _note_waits([chat.id for chat in plan.chats], outcome, result)
            return ()


def _created(
    plan: CreatesLead, lead_id: RecordId, context: SyncContext, result: SyncResult
) -> Iterable[Logs]:
    """Note a new Lead, link its chats to it, and return how they are logged."""
    ledger = context.ledger
    result.leads_created += 1
    if plan.note:
        note = with_addresses(plan.note, plan.similar, context.org)
        result.notes.append(f"{note}; {plan.hint}" if plan.hint else note)
    ledger.lead_written(lead_id, plan.chats[0].id, is_created=True)
    return _linked(plan, RecordType.LEAD, lead_id, ledger)


def _linked(
    plan: CreatesLead, record_type: RecordType, record_id: RecordId, ledger: Ledger
) -> Iterable[Logs]:
    """Link the chats of a new Lead to a person, and return how they are logged."""
    name = f"{plan.lead.first_name} {plan.lead.last_name}".strip()
    target = Target(record_type, record_id, name)
    for chat in plan.chats:
        ledger.link(chat.id, Link(target.record_type, target.record_id))
    return [
        Logs(chat, owner, (target,)) for chat, owner in zip(plan.chats, plan.owners, strict=True)
    ]


def change_leads(
    plans: Sequence[ChangesLead], context: SyncContext, result: SyncResult
) -> frozenset[ChatId]:
    """Change Leads; return the chats that wait because their Lead was not reopened.

    Raise the error that ended the run before all of them were sent.
    """
    if not plans:
        return frozenset()
    context.check_stop()
    outcomes = context.org.change_leads([plan.change for plan in plans])
    without_lead: set[ChatId] = set()
    for plan, outcome in zip(plans, outcomes, strict=True):
        if isinstance(outcome, LeadWritten):
            if plan.reopens:
                result.leads_reopened += 1
                context.ledger.lead_written(outcome.id, plan.chats[0], is_created=False)
        elif plan.reopens:
            without_lead.update(plan.chats)
            _note_waits(plan.chats, outcome, result)
        elif isinstance(outcome, RecordRefusal):  # the chat itself is logged all the same
            result.notes.append(outcome.of("the chat link on a Lead"))
    _raise_unsent(outcomes)
    return frozenset(without_lead)


def with_addresses(text: str, records: Sequence[Target], org: Org) -> str:
    """Return a text with the addresses of the records that it is about."""
    addresses = [org.record_url(one.record_id, one.record_type) for one in records]
    return f"{text}: {', '.join(addresses)}" if addresses else text


def _note_waits(chats: Sequence[ChatId], outcome: LeadOutcome, result: SyncResult) -> None:
    """Note that chats wait because their Lead was not written."""
    if isinstance(outcome, RecordRefusal):
        result.refused += 1
        result.refusals.update(dict.fromkeys(chats, outcome))
    result.waits.update(dict.fromkeys(chats, _reason(outcome)))


def _reason(outcome: LeadOutcome) -> Reason:
    match outcome:
        case RecordRefusal():
            return Reason(outcome.of("the Lead"), lead_hint(outcome))
        case LeadInDoubt():
            return Reason("nobody knows yet whether the Lead was written")
        case LeadChangedMeanwhile():
            return Reason("somebody was changing the Lead at the same time")
        case LeadNotSent() | LeadWritten() | LeadDuplicate() | LeadTaken():
            return Reason("the run ended before the Lead was written")
        case _:
            assert_never(outcome)


def _raise_unsent(outcomes: Iterable[LeadOutcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, LeadNotSent):
            raise outcome.error
