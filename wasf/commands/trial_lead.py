"""`wasf test-lead`: one Lead with one message on it, so that a person can see how it will look.

Its id is remembered before the message is logged, so that `--delete` always finds it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from wasf.commands.sync import refused_by_salesforce
from wasf.core.auth import UserId
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, Phone
from wasf.core.keys import keyed
from wasf.core.leads import new_lead
from wasf.core.plan import Logs, Target
from wasf.core.policy import SyncPolicy
from wasf.core.records import PeopleQuery, RecordId, RecordType, Task
from wasf.core.tasks import closed_task_status, tasks_of
from wasf.errors import WasfError
from wasf.interfaces import (
    LeadDuplicate,
    LeadNotSent,
    LeadOutcome,
    LeadRefused,
    LeadWritten,
    Org,
    OrgFacts,
    TaskLogged,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger import Ledger

# From the range that North America keeps for fiction.
_PHONE = Phone("+12025550143")
_CHAT = Chat(
    id=ChatId("test-lead"),
    source="test",
    title="Wasf Test-Lead",
    name="Wasf Test-Lead",
    phone=_PHONE,
)
_TEXT = "This is a test message. So will the messages of your chats look. 👋"


class TrialFailed(WasfError):
    """The test Lead could not be made as it should be."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A test Lead in the org; `is_new` unless an earlier one was still there."""

    lead_id: RecordId
    url: str
    is_new: bool


def make_trial_lead(
    org: Org, ledger: Ledger, policy: SyncPolicy, clock: Callable[[], datetime]
) -> Trial:
    """Create the test Lead with its message, or find the one that is there."""
    existing = _existing(org, ledger)
    if existing:
        return Trial(existing, org.record_url(existing, RecordType.LEAD), is_new=False)
    facts = org.facts(())
    lead_id = _create(org, policy, facts.user_id)
    ledger.facts.save_trial_lead(lead_id)
    _log(org, lead_id, policy, facts, clock())
    return Trial(lead_id, org.record_url(lead_id, RecordType.LEAD), is_new=True)


def delete_trial_lead(org: Org, ledger: Ledger) -> bool:
    """Remove the test Lead and its message; False if there was none."""
    lead_id = ledger.facts.trial_lead()
    if lead_id is None:
        return False
    was_there = org.delete_lead(lead_id)
    ledger.facts.save_trial_lead(None)
    return was_there


def _existing(org: Org, ledger: Ledger) -> RecordId | None:
    lead_id = ledger.facts.trial_lead()
    if lead_id is None:
        return None
    leads = org.people(PeopleQuery(lead_ids=frozenset({lead_id}))).leads
    return next((lead.id for lead in leads if lead.id == lead_id), None)


def _create(org: Org, policy: SyncPolicy, owner: UserId) -> RecordId:
    outcome = org.create_leads([new_lead(_CHAT, _PHONE, owner, policy)])[0]
    if isinstance(outcome, LeadWritten):
        return outcome.id
    if isinstance(outcome, LeadNotSent):
        raise outcome.error
    raise TrialFailed(f"The test Lead was not created: {_why(outcome)}.", _HINT)


def _log(org: Org, lead_id: RecordId, policy: SyncPolicy, facts: OrgFacts, now: datetime) -> None:
    message = Message(now, Direction.INCOMING, _CHAT.title, MessageKind.TEXT, _TEXT)
    [only] = keyed(_CHAT.id, [message], lambda places: [0] * len(places))
    logs = Logs(_CHAT, facts.user_id, (Target(RecordType.LEAD, lead_id, _CHAT.name),))
    status = closed_task_status(facts.task_statuses)
    tasks: list[Task] = []
    at_once = replace(policy, flush=True)  # no window holds a test message back
    for window in tasks_of(logs, list(only.rows()), at_once, status, now):
        if not isinstance(window, datetime):
            tasks.extend(window)
    # All outcomes first: behind them the org raises what kept it from sending.
    for outcome in chain.from_iterable(list(org.log_tasks([tasks], facts.key_field))):
        if not isinstance(outcome, TaskLogged):
            raise TrialFailed(f"The test message was not logged: {_why(outcome)}.", _HINT)


_HINT = "remove what is left with: wasf test-lead --delete"


def _why(outcome: LeadOutcome | TaskOutcome) -> str:
    match outcome:
        case LeadRefused(code=code, fields=fields) | TaskRefused(code=code, fields=fields):
            return refused_by_salesforce("it", code, fields)
        case LeadDuplicate():
            return "a duplicate rule of the org blocks it"
        case _:
            return "nobody knows whether Salesforce took it"
