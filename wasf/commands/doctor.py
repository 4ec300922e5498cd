"""`wasf doctor` and `wasf test-lead`: whether all is set up, and how a message will look.

Each check comes after those that it depends on. A check that fails makes those behind it `skipped`
if they cannot be done without it.

The test Lead has one message on it, so that a person sees what a sync makes. The id of the
Lead is stored before the message is logged, so that `--delete` always finds the Lead.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final, Protocol

from wasf.commands.sync import SyncContext
from wasf.core.auth import UserId
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, Phone
from wasf.core.checks import (
    Check,
    CheckStatus,
    FieldFindings,
    Greeting,
    History,
    ObjectUse,
    OrgSnapshot,
    check_api_budget,
    check_clock,
    check_closed_statuses,
    check_duplicate_rules,
    check_fields_of_settings,
    check_key_field,
    check_link_field,
    check_object,
    check_required_fields,
    check_sharing,
    check_statuses,
    check_storage,
    failed,
    forecast_calls,
    forecast_storage,
    key_field_proved,
    ok,
    skipped,
)
from wasf.core.fields import FieldValues, FilledField, UnfitValue, fill_fields
from wasf.core.keys import keyed
from wasf.core.plan import Logs, Target, new_lead
from wasf.core.records import PeopleQuery, RecordId, RecordType, Task
from wasf.core.refusals import RecordRefusal
from wasf.core.tasks import TaskRules, closed_task_status, tasks_of
from wasf.core.templates import TemplateValues
from wasf.errors import BadSetting, ExitCode, KeyringLocked, NotConnected, WasfError
from wasf.interfaces import (
    ApiUsage,
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

_AFTER_SIGN_IN: Final = (
    "API access", "Task", "Lead", "Contact", "User", "LeadStatus", "TaskStatus", "key field",
    "link field", "Task required fields", "Lead required fields", "further fields",
    "phone fields", "lead source", "created date", "duplicate rules",
    "closed Leads", "sharing", "data storage", "API budget",
)  # fmt: skip


class CheckedOrg(Protocol):
    """An org that is only read. Every method raises a `WasfError` if there is no answer."""

    @property
    def address(self) -> str:
        """Where it is."""
        ...

    @property
    def usage(self) -> ApiUsage | None:
        """The org's API calls as Salesforce counted them last."""
        ...

    def greet(self) -> Greeting:
        """Return what the address tells without a sign-in."""
        ...

    def sign_in(self) -> UserId:
        """Use the sign-in, and return whose it is."""
        ...

    def snapshot(self, user_id: UserId) -> OrgSnapshot:
        """Return all that the connected user can see of the org."""
        ...

    def field_findings(self) -> FieldFindings:
        """Return what the fields that settings name come to. Call `snapshot` first."""
        ...

    def prove(self, user_id: UserId, field: str, *, is_unique: bool) -> None:
        """Try the key field with a Task, which is deleted again."""
        ...


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The settings that are checked: names of fields and Statuses, and the API calls to keep.

    `closed_statuses` is the setting of that name. `kept_calls` returns how many calls of a limit
    are kept for others. `proves` says that the key field is to be tried, which writes. `history`
    is what forecasts are made from; None: there is no ledger yet, or it cannot be read.
    """

    key_field: str
    link_field: str
    lead_statuses: Collection[str]
    closed_statuses: Collection[str] | None
    kept_calls: Callable[[int], int]
    proves: bool = False
    history: History | None = None


def diagnose(
    find_org: Callable[[], tuple[CheckedOrg, CheckSettings]], machine: Iterable[Check]
) -> tuple[Check, ...]:
    """Return every check: the org's, then `machine`, the checks of this machine.

    `find_org` raises a `WasfError` if there is no sign-in. What is missing is never raised.
    """
    try:
        org, settings = find_org()
    except WasfError as error:
        wrong_setting = isinstance(error, BadSetting)
        why = "A setting is wrong." if wrong_setting else "There is no sign-in to look with."
        names = ("address", "clock", *(["sign-in"] if wrong_setting else []), *_AFTER_SIGN_IN)
        first = failed("settings" if wrong_setting else "sign-in", error)
        return (first, *_skipped(names, why), *machine)
    return (*_address(org), *_signed_in(org, settings), *machine)


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """Return the exit code of a sync that fails because of the first failed check."""
    failures = (check.code for check in checks if check.status is CheckStatus.FAILED)
    return next(failures, ExitCode.DONE)


def _address(org: CheckedOrg) -> Iterator[Check]:
    try:
        greeting = org.greet()
    except WasfError as error:
        yield failed("address", error)
        yield skipped("clock", "Salesforce did not tell its time.")
        return
    if greeting.unusable is None:
        yield ok("address", f"{org.address} answers.")
    else:
        yield failed("address", greeting.unusable)
    if greeting.ahead is None:
        yield skipped("clock", "Salesforce did not tell its time.")
    else:
        yield check_clock(greeting.ahead)


def _signed_in(org: CheckedOrg, settings: CheckSettings) -> Iterator[Check]:
    try:
        snapshot = org.snapshot(user_id := org.sign_in())
    except (NotConnected, KeyringLocked) as error:
        yield failed("sign-in", error)
        yield from _skipped(_AFTER_SIGN_IN, "The sign-in is not accepted.")
        return
    except WasfError as error:
        yield skipped("sign-in", "The API did not tell who it is.")
        yield failed("API access", error)
        yield from _skipped(_AFTER_SIGN_IN[1:], "The API does not answer.")
        return
    kind = "sandbox" if snapshot.is_sandbox else "production"
    yield ok("sign-in", f"{snapshot.username or 'A user'} in {snapshot.name} ({kind}).")
    yield ok("API access", "The user may use the API.")
    yield from _rights(snapshot, org.field_findings(), settings)
    if settings.proves:
        yield _key_proof(org, user_id, snapshot)
    if (usage := org.usage) is not None:
        yield check_api_budget(usage.used, usage.limit, settings.kept_calls(usage.limit))
    else:
        yield skipped("API budget", "Salesforce did not tell how many calls are used.")
    if (history := settings.history) is not None:
        yield from _forecasts(history, snapshot, usage, settings)


def _forecasts(
    history: History, org: OrgSnapshot, usage: ApiUsage | None, settings: CheckSettings
) -> Iterator[Check]:
    """Yield what can be said of the days to come."""
    limit = usage.limit if usage else 0
    kept = settings.kept_calls(limit) if usage else 0
    storage = forecast_storage(org.storage, history.growth)
    calls = forecast_calls(history, limit, kept)
    yield from filter(None, (storage, calls))


def _rights(org: OrgSnapshot, fields: FieldFindings, settings: CheckSettings) -> Iterator[Check]:
    for use in org.uses:
        yield _object(org, use, settings)
    yield check_key_field(org, settings.key_field)
    yield check_link_field(org.objects["Lead"], settings.link_field)
    for use in org.uses[:2]:  # Task and Lead: wasf creates no other records
        yield check_required_fields(org.objects[use.name], use, org.key_field)
    yield from check_fields_of_settings(fields)
    yield check_duplicate_rules(org.duplicate_rules)
    yield check_closed_statuses(org.lead_statuses, settings.closed_statuses)
    yield check_sharing(org.sharing)
    yield check_storage(org.storage)


def _object(org: OrgSnapshot, use: ObjectUse, settings: CheckSettings) -> Check:
    check = check_object(org.objects[use.name], use)
    if check.status is CheckStatus.OK and use.name in org.statuses:
        chosen = settings.lead_statuses if use.name == "LeadStatus" else ()
        return check_statuses(org.statuses[use.name], chosen, use.name)
    return check


def _key_proof(org: CheckedOrg, user_id: UserId, snapshot: OrgSnapshot) -> Check:
    if snapshot.key_field is None:
        return skipped("key proof", "There is no field to try.")
    try:
        org.prove(user_id, snapshot.key_field, is_unique=snapshot.key_is_unique)
    except WasfError as error:
        return failed("key proof", error)
    return key_field_proved(snapshot.key_field, is_unique=snapshot.key_is_unique)


def _skipped(names: Iterable[str], why: str) -> Iterator[Check]:
    return (skipped(name, why) for name in names)


# --- The test Lead -------------------------------------------------------------------------------

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
    [batch] = keyed(_CHAT.id, [message], lambda keys: [0] * len(keys))
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
