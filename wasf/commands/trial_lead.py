"""`wasf test-lead`: one Lead with one message on it, so that a person sees what a sync makes.

The Lead's id is stored before the message is logged, so that `--delete` always finds the Lead.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final

from wasf.commands.sync import SyncContext
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, Phone
from wasf.core.fields import FieldValues, FilledField, UnfitValue, fill_fields
from wasf.core.keys import keyed
from wasf.core.plan import Logs, Target, new_lead
from wasf.core.records import PeopleQuery, RecordId, RecordType, Task
from wasf.core.refusals import RecordRefusal
from wasf.core.tasks import TaskRules, closed_task_status, tasks_of
from wasf.core.templates import TemplateValues
from wasf.errors import WasfError
from wasf.interfaces import (
    LeadDuplicate,
    LeadNotSent,
    LeadOutcome,
    LeadWritten,
    OrgFacts,
    TaskLogged,
    TaskOutcome,
    TaskRefused,
)
from wasf.values import dataclass

_PHONE: Final = Phone("+12025550143")  # of the range that North America keeps for fiction
_CHAT: Final = Chat(
    id=ChatId("test-lead"),
    source="test",
    title="Wasf Test-Lead",
    name="Wasf Test-Lead",
    phone=_PHONE,
)
_TEXT: Final = "This is a test message. The messages of your chats will look like this. 👋"
_HINT: Final = "remove what is left with: wasf test-lead --delete"


class TrialFailed(WasfError):
    """The test Lead or its message could not be created."""


@dataclass(frozen=True, slots=True)
class TrialLead:
    """A test Lead in the org; `is_new` is False if it was made earlier."""

    id: RecordId
    url: str
    is_new: bool


def make_trial_lead(context: SyncContext) -> TrialLead:
    """Create the test Lead with its message, or return the one that exists.

    Raise `TrialFailed` if Salesforce refuses either, or the error that kept it from being sent.
    """
    org = context.org
    existing = _existing(context)
    if existing:
        return TrialLead(existing, org.record_url(existing, RecordType.LEAD), is_new=False)
    facts = org.facts(())
    lead_id = _create(facts, context)
    context.ledger.facts.save_trial_lead(lead_id)
    _log_message(lead_id, facts, context)
    return TrialLead(lead_id, org.record_url(lead_id, RecordType.LEAD), is_new=True)


def delete_trial_lead(context: SyncContext) -> bool:
    """Delete the test Lead with its message; return whether there was one."""
    lead_id = context.ledger.facts.trial_lead()
    if lead_id is None:
        return False
    was_there = context.org.delete_lead(lead_id)
    context.ledger.facts.save_trial_lead(None)
    return was_there


def _existing(context: SyncContext) -> RecordId | None:
    lead_id = context.ledger.facts.trial_lead()
    if lead_id is None:
        return None
    leads = context.org.people(PeopleQuery(lead_ids=frozenset({lead_id}))).leads
    return next((lead.id for lead in leads if lead.id == lead_id), None)


def _create(facts: OrgFacts, context: SyncContext) -> RecordId:
    lead = new_lead(_CHAT, _PHONE, facts.user_id, context.policy)
    values = _fields(facts.lead_fields, _message(context), context)
    [outcome] = context.org.create_leads([replace(lead, fields=values)])
    if isinstance(outcome, LeadWritten):
        return outcome.id
    if isinstance(outcome, LeadNotSent):
        raise outcome.error
    raise TrialFailed(f"The test Lead was not created: {_why(outcome)}.", _HINT)


def _log_message(lead_id: RecordId, facts: OrgFacts, context: SyncContext) -> None:
    sent = context.org.log_tasks([_tasks(lead_id, facts, context)], facts.key_field)
    # All outcomes first: after them the org raises what kept it from sending.
    for outcome in chain.from_iterable(list(sent)):
        if not isinstance(outcome, TaskLogged):
            raise TrialFailed(f"The test message was not logged: {_why(outcome)}.", _HINT)


def _tasks(lead_id: RecordId, facts: OrgFacts, context: SyncContext) -> list[Task]:
    """Return the Tasks of the test message: one."""
    now, message = context.clock(), _message(context)
    [batch] = keyed(_CHAT.id, [message], lambda places: [0] * len(places))
    logs = Logs(_CHAT, facts.user_id, (Target(RecordType.LEAD, lead_id, _CHAT.name),))
    policy = replace(context.policy, flush=True)  # the message waits for no window to end
    rules = TaskRules(policy, closed_task_status(facts.task_statuses), facts.task_fields)
    found: list[Task] = []
    for window in tasks_of(logs, list(batch.rows()), rules, now):
        if isinstance(window, UnfitValue):
            raise TrialFailed(f"The test message was not logged: {window.reason}.", _HINT)
        if not isinstance(window, datetime):
            found += window
    return found


def _message(context: SyncContext) -> Message:
    return Message(context.clock(), Direction.INCOMING, _CHAT.title, MessageKind.TEXT, _TEXT)


def _fields(filled: Iterable[FilledField], message: Message, context: SyncContext) -> FieldValues:
    values = fill_fields(filled, TemplateValues(_CHAT, message, message, 1, context.policy.zone))
    if isinstance(values, UnfitValue):
        raise TrialFailed(f"The test Lead was not created: {values.reason}.", _HINT)
    return values


def _why(outcome: LeadOutcome | TaskOutcome) -> str:
    match outcome:
        case RecordRefusal():
            return outcome.of("it")
        case TaskRefused(_, refusal):
            return refusal.of("it")
        case LeadDuplicate(rule):
            return f"{f'the duplicate rule {rule}' if rule else 'a duplicate rule'} blocks it"
        case _:
            return "nobody knows whether Salesforce took it"
