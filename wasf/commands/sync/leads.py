"""Leads are written before the Tasks that stand on them.

An intent is committed before a Lead is created, so that a run that dies between the request and the
answer does not make a second Lead for the number (L4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from wasf.commands.sync.outbox import batches
from wasf.commands.sync.run import Reason, SyncContext, SyncResult, refused_by_salesforce
from wasf.core.chats import ChatId
from wasf.core.plan import ChangesLead, CreatesLead, Logs, Target
from wasf.core.records import Link, RecordId, RecordType
from wasf.interfaces import (
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadRefused,
    LeadWritten,
)
from wasf.store.ledger.model import Ledger


@dataclass(frozen=True, slots=True)
class Blocked:
    """A Lead that a duplicate rule blocked, and the records that Salesforce named instead (L4)."""

    plan: CreatesLead
    existing: tuple[tuple[RecordType, RecordId], ...]


def create_leads(
    plans: Sequence[CreatesLead], post: SyncContext, course: SyncResult
) -> tuple[list[Logs], list[Blocked]]:
    """Create Leads; return the chats that can be logged now, and the Leads that were blocked."""
    logs: list[Logs] = []
    blocked: list[Blocked] = []
    for chunk in batches(plans):
        post.check_stop()
        with post.ledger.transaction():
            for plan in chunk:
                post.ledger.record_lead_intent(plan.lead.phone, post.clock())
        outcomes = post.org.create_leads([plan.lead for plan in chunk])
        with post.ledger.transaction():
            for plan, outcome in zip(chunk, outcomes, strict=True):
                _settle_created(plan, outcome, post.ledger, course, logs, blocked)
        _raise_unsent(outcomes)
    return logs, blocked


def _settle_created(
    plan: CreatesLead,
    outcome: LeadOutcome,
    ledger: Ledger,
    course: SyncResult,
    logs: list[Logs],
    blocked: list[Blocked],
) -> None:
    if not isinstance(outcome, LeadInDoubt):
        ledger.resolve_lead(plan.lead.phone)
    match outcome:
        case LeadWritten(lead_id):
            course.leads_created += 1
            ledger.lead_written(lead_id, is_created=True)
            name = f"{plan.lead.first_name} {plan.lead.last_name}".strip()
            target = Target(RecordType.LEAD, lead_id, name)
            for chat, owner in zip(plan.chats, plan.owners, strict=True):
                ledger.link(chat.id, Link(target.record_type, target.record_id))
                logs.append(Logs(chat, owner, (target,)))
        case LeadDuplicate(existing) if existing:
            blocked.append(Blocked(plan, existing))
        case _:
            why = _why_no_lead(outcome)
            course.refused += isinstance(outcome, LeadRefused)
            course.why.update({chat.id: why for chat in plan.chats})


def _why_no_lead(outcome: LeadOutcome) -> Reason:
    match outcome:
        case LeadDuplicate():
            return Reason(
                "a duplicate rule of your org blocks the new Lead and names no record",
                "create the Lead by hand; the next sync logs what waits",
            )
        case LeadRefused(code, fields):
            return Reason(
                refused_by_salesforce("the Lead", code, fields),
                "mend it in Salesforce, or create the Lead by hand; the next sync logs what waits",
            )
        case LeadInDoubt():
            return Reason("nobody knows yet whether the Lead was written")
        case LeadChangedMeanwhile():
            return Reason("somebody was changing the Lead at the same time")
        case LeadNotSent() | LeadWritten():
            return Reason("the run ended before the Lead was written")
        case _:
            assert_never(outcome)


def change_leads(
    plans: Sequence[ChangesLead], post: SyncContext, course: SyncResult
) -> frozenset[ChatId]:
    """Change Leads; return the chats that have to wait because theirs was not reopened."""
    if not plans:
        return frozenset()
    post.check_stop()
    outcomes = post.org.change_leads([plan.change for plan in plans])
    held: set[ChatId] = set()
    for plan, outcome in zip(plans, outcomes, strict=True):
        if isinstance(outcome, LeadWritten):
            if plan.reopens:
                course.leads_reopened += 1
                post.ledger.lead_written(outcome.id, is_created=False)
            continue
        if plan.reopens:
            course.refused += isinstance(outcome, LeadRefused)
            held.update(plan.chats)
            course.why.update(dict.fromkeys(plan.chats, _why_no_lead(outcome)))
        elif isinstance(outcome, LeadRefused):  # the chat itself is logged all the same
            course.notes.append(
                refused_by_salesforce("the chat link on a Lead", outcome.code, outcome.fields)
            )
    _raise_unsent(outcomes)
    return frozenset(held)


def _raise_unsent(outcomes: Iterable[LeadOutcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, LeadNotSent):
            raise outcome.error
