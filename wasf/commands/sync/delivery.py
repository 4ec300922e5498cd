"""Delivery: recover, match, plan, and write what can be written now.

Loaded only where something waits or was imported: an idle run does without.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from wasf import late_modules, log
from wasf.commands.sync.identify import skipped
from wasf.commands.sync.leads import change_leads, create_leads, with_addresses
from wasf.commands.sync.outbox import log_messages, waits_for_window
from wasf.commands.sync.run import (
    BOOK_IS_MISSING,
    Reason,
    SyncContext,
    SyncResult,
    owner_emails,
    skip_chat,
)
from wasf.core.approval import may_be_logged, waits_for_yes
from wasf.core.chats import ChatId, Phone
from wasf.core.phones import canonical
from wasf.core.plan import (
    Directory,
    Logs,
    Plan,
    PlanContext,
    businesses_by_number,
    choose_related,
    make_plan,
    search_for,
    unknown_numbers,
)
from wasf.core.policy import RelatedObject, SyncPolicy
from wasf.core.records import Approval, KnownChat, Link, PeopleQuery, RecordId, Relations
from wasf.core.tasks import closed_task_status, open_until
from wasf.errors import BadSetting, NotConnected
from wasf.interfaces import OrgFacts
from wasf.store.ledger import KnownFacts, Ledger

if TYPE_CHECKING:
    from wasf.commands.sync import (
        bulk_jobs,
        earlier_writes,
        growth,
        job_results,
        joins,
        known_people,
        org_reports,
        uploads,
    )
else:  # few runs need any of them
    bulk_jobs, earlier_writes, growth, job_results, joins = late_modules(
        __package__, "bulk_jobs", "earlier_writes", "growth", "job_results", "joins"
    )
    known_people, org_reports, uploads = late_modules(
        __package__, "known_people", "org_reports", "uploads"
    )

_NOT_ASKED = Reason("its record is not known: wasf is not connected to Salesforce", "wasf connect")


def deliver(context: SyncContext, result: SyncResult) -> bool:
    """Resolve what an earlier run left open, then log what can be logged now.

    Return whether there was anything to do.
    """
    ledger, policy = context.ledger, context.policy
    waiting = _look_up_numbers(context, result)
    due = _due(waiting, context, result)
    if context.not_connected is not None:
        _note_not_connected(waiting, due, context.not_connected, result)
        return False
    files = [one for one in ledger.pending_files() if uploads.is_here(one, ledger)]
    changed = _is_reporting(policy) and org_reports.begin_reports(context)
    if not (due or ledger.intents() or ledger.jobs.open() or files or changed):
        return False
    unapproved = {one.chat.id for one in waiting if not may_be_logged(one, policy)}
    emails = owner_emails(one for one in waiting if one.chat.id not in unapproved)
    if context.memory is not None:
        emails = known_people.with_known_emails(emails, context)
    facts = context.org.facts(emails)
    if context.has_shared_ledger and not facts.key_field.is_unique:
        raise _no_unique_key()
    closed_task_status(facts.task_statuses)  # raises before anything is sent if there is none
    _remember_facts(facts, context, result)
    _resolve_earlier(unapproved, context, facts, result)
    _log_due(KnownFacts(facts, emails), context, result)
    log.event("delivered", tasks=result.tasks.total(), api_calls=context.org.api_calls)
    if ledger.pending_files():
        uploads.upload_files(context, result)
    if _is_reporting(policy):
        org_reports.write_reports(context, facts, result)
    return True


def _look_up_numbers(context: SyncContext, result: SyncResult) -> Sequence[KnownChat]:
    """Look up numbers, and join the chats of one number; return the chats that wait then."""
    search = context.ledger.search
    waiting = search.waiting()
    without = [one for one in waiting if one.chat.phone is None and not one.chat.is_group]
    if without:
        joins.find_numbers(without, context, result)
    if sharing := search.sharing_numbers():
        joins.join_by_numbers(sharing, context, result)
    return search.waiting() if without or sharing else waiting


def _resolve_earlier(
    unapproved: Collection[ChatId], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> None:
    """Learn what became of what earlier runs sent; note which chats wait for that."""
    if context.ledger.jobs.open():
        result.waits.update(job_results.finish_jobs(context, facts, result))
    if not context.ledger.intents():
        context.ledger.facts.use_key_field(facts.key_field)
        return
    result.waits.update(earlier_writes.recover(context, facts, result, unapproved))
    if any(one.task.grows for one in context.ledger.intents()):
        result.waits.update(growth.recover_growth(context, facts, unapproved))


def _log_due(known: KnownFacts, context: SyncContext, result: SyncResult) -> None:
    """Plan and carry out what can be logged now."""
    due = _due(context.ledger.search.waiting(), context, result)
    context.progress.writing(sum(one.queued for one in due))
    if not due:
        return
    plan = _join_and_plan(due, context, known.facts, result)
    log.event("planned", chats=len(due), api_calls=context.org.api_calls)
    _carry_out(plan, context, known.facts, result)
    if context.memory is not None:
        known_people.remember_org(known, (one.chat.id for one in due), context, result)


def _is_reporting(policy: SyncPolicy) -> bool:
    return policy.report_fields or policy.report_task is not None


def _remember_facts(facts: OrgFacts, context: SyncContext, result: SyncResult) -> None:
    known = context.ledger.facts
    if known.key_field() is None:  # it is the first sync
        result.notes += _sharing_notes(facts, context.policy)
    known.save_key_field(facts.key_field)
    known.save_lead_statuses(facts.lead_statuses)


def _no_unique_key() -> BadSetting:
    return BadSetting(
        "A shared ledger needs the unique key field, and this org does not have it: only the field "
        "keeps a machine that was stopped in the middle from logging a message twice",
        "wasf doctor --install-key-field",
    )


def _sharing_notes(facts: OrgFacts, policy: SyncPolicy) -> list[str]:
    """Return that people may get a second Lead where records are private (M2)."""
    if not facts.private or not policy.create_leads:
        return []
    note = (
        f"{' and '.join(facts.private)} records are private in this org: people whose record is not"
        " visible to you are not found, and get a second Lead. To see whether you see all of them:"
        " wasf doctor"
    )
    return [note]


def _note_not_connected(
    waiting: Sequence[KnownChat],
    due: Sequence[KnownChat],
    error: NotConnected,
    result: SyncResult,
) -> None:
    """Note what a dry run cannot know without a sign-in. Raise `error` if chats wait (W4)."""
    result.notes.append(
        "Without a sign-in it is not known which records there are, what is logged already, and "
        "what would be written."
    )
    if waiting:
        result.waits.update({one.chat.id: _NOT_ASKED for one in due})
        raise error


def _due(waiting: Sequence[KnownChat], context: SyncContext, result: SyncResult) -> list[KnownChat]:
    """Return the chats of which a message can be logged now; note why the others wait.

    Take the messages of skipped chats out of the queue.
    """
    due = []
    for known in waiting:
        if known.approval is Approval.SKIPPED:
            skip_chat(known.chat.id, skipped(known.chat.id), context.ledger, result)
            continue
        if waits_for_yes(known, context.policy):
            choices = f"wasf allow {known.chat.id} (or wasf skip {known.chat.id})"
            result.waits[known.chat.id] = Reason("waits for your yes", choices)
            continue
        if result.waits.get(known.chat.id) is BOOK_IS_MISSING:
            continue
        first = next(context.ledger.queued(known.chat.id), None)
        if first is None:  # all of it was sent by a run whose outcome is not known
            continue
        policy = context.policy.for_chat(is_group=known.chat.is_group)
        until = open_until(first.message, policy, context.clock())
        if until is None:
            due.append(known)
        else:
            result.waits[known.chat.id] = waits_for_window(until, context.policy)
    return due


def _join_and_plan(
    due: Sequence[KnownChat], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Plan:
    """Join the chats that their records show to be one, then return the plan."""
    plan, directory, plan_context = _decide(due, context, facts)
    search, undecided = context.ledger.search, frozenset[ChatId]()
    has_changed = False
    if search.has_any_without_number:
        has_changed, undecided = joins.join_by_records(plan, directory, context, result)
    if has_changed or undecided:
        left = search.of_ids(search.owners(known.chat.id for known in due).values())
        queued = [one for one in left if one.queued and one.chat.id not in undecided]
        due = _due(queued, context, result)
        plan, directory, plan_context = _decide(due, context, facts)
    if left_out := directory.gaps.fields:
        result.notes.append(
            f"{', '.join(left_out)}: encrypted, so no query can search it; people who have their"
            " number only there may not be found"
        )
    plan = _with_accounts(plan, due, directory, plan_context, context)
    return _related(plan, directory, context, facts)


def _decide(
    pending: Sequence[KnownChat], context: SyncContext, facts: OrgFacts
) -> tuple[Plan, Directory, PlanContext]:
    """Look up everybody who may be meant, and decide; return also what that was decided by."""
    directory = _directory(search_for(pending), context, facts)
    plan_context = _plan_context(directory, context, facts)
    return make_plan(pending, directory, plan_context), directory, plan_context


def _with_accounts(
    plan: Plan,
    pending: Sequence[KnownChat],
    directory: Directory,
    plan_context: PlanContext,
    context: SyncContext,
) -> Plan:
    """Return the plan with the Accounts that have numbers which nobody else has (M12)."""
    unknown = unknown_numbers(plan, context.policy.accounts)
    found = context.org.accounts(phones=unknown) if unknown else ()
    if not found:
        return plan
    accounts = businesses_by_number(found, context.policy.default_region)
    return make_plan(pending, directory, replace(plan_context, accounts=accounts))


def _directory(wanted: PeopleQuery, context: SyncContext, facts: OrgFacts) -> Directory:
    people = context.org.people(wanted)
    return Directory.of(
        people.contacts,
        people.leads,
        people.merged,
        facts.lead_statuses,
        context.policy,
        people.gaps,
    )


def _plan_context(directory: Directory, context: SyncContext, facts: OrgFacts) -> PlanContext:
    return PlanContext(
        users=facts.users,
        connected=facts.user_id,
        can_create_leads=facts.can_create_leads,
        doubtful_leads=_doubtful_leads(context),
        policy=context.policy,
        now=context.clock(),
        linked_numbers=_linked_numbers(directory, context.ledger),
        can_relate=facts.can_relate,
    )


def _linked_numbers(directory: Directory, ledger: Ledger) -> dict[RecordId, frozenset[Phone]]:
    """Return the numbers of the chats that are linked to each record that may be meant (M13)."""
    numbers: dict[RecordId, frozenset[Phone]] = {}
    for known in ledger.search.on_records([*directory.contacts, *directory.leads]):
        if known.link and known.chat.phone:
            others = numbers.get(known.link.record_id, frozenset())
            numbers[known.link.record_id] = others | {canonical(known.chat.phone)}
    return numbers


def _doubtful_leads(context: SyncContext) -> dict[Phone, datetime]:
    """Return the numbers whose Lead may still arrive, and until when; resolve the older ones.

    For an older one the search tells all. A number stays doubtful although a chat that has it was
    matched: the record may be another one.
    """
    now, doubtful = context.clock(), {}
    for phone, at in context.ledger.lead_intents().items():
        if now - at < context.quarantine:
            doubtful[phone] = at + context.quarantine
        else:
            context.ledger.resolve_lead(phone)
    return doubtful


def _related(plan: Plan, directory: Directory, context: SyncContext, facts: OrgFacts) -> Plan:
    """Return the plan with the records that Tasks on Contacts are related to (R1).

    They are looked up together for all chats.
    """
    order = context.policy.related
    targets = [target for logs in plan.logs for target in logs.targets]
    accounts = {
        one.record_id: contact.account_id
        for one in targets
        if (contact := directory.contacts.get(one.record_id))
    }
    if not (order and facts.can_relate and accounts):
        return plan
    relations = context.org.relations(accounts, order)
    return replace(plan, logs=tuple(_with_related(one, relations, order) for one in plan.logs))


def _with_related(
    logs: Logs, relations: Mapping[RecordId, Relations], order: Sequence[RelatedObject]
) -> Logs:
    targets = tuple(
        target._replace(what_id=choose_related(order, relations[target.record_id], logs.owner))
        if target.record_id in relations and target.what_id is None
        else target
        for target in logs.targets
    )
    return replace(logs, targets=targets)


def _carry_out(plan: Plan, context: SyncContext, facts: OrgFacts, result: SyncResult) -> None:
    """Write Leads, then Tasks; plan again for chats whose new Lead was blocked."""
    _note_decisions(plan, context, result)
    created, blocked = create_leads(plan.creates, context, facts, result)
    without_lead = change_leads(plan.changes, context, result)
    ready = [logs for logs in plan.logs if logs.chat.id not in without_lead]
    _remember_links(ready, context.ledger)
    logs: Sequence[Logs] = [*ready, *created]
    if any(context.policy.grows(is_group=one.chat.is_group) for one in logs):
        fresh = growth.grow_tasks(logs, context, facts, result)
        logs = [one for one in logs if one.chat.id not in fresh]
    if context.has_many_queued(one.chat.id for one in logs):
        logs = bulk_jobs.log_in_jobs(logs, context, facts, result)
    log_messages(logs, context, facts, result)
    if blocked:
        # rare: loaded where a duplicate rule blocked a Lead
        from wasf.core.plan import plan_blocked, search_for_named

        directory = _directory(search_for_named(blocked), context, facts)
        # Read again: the chats that were just linked count, too.
        plan_context = _plan_context(directory, context, facts)
        again = plan_blocked(blocked, directory, plan_context)
        _carry_out(_related(again, directory, context, facts), context, facts, result)


def _note_decisions(plan: Plan, context: SyncContext, result: SyncResult) -> None:
    """Note which chats wait or are skipped; take skipped messages out of the queue."""
    ledger = context.ledger
    result.notes.extend(plan.notes)
    for wait in plan.waits:
        reason = with_addresses(wait.reason, wait.records, context.org)
        result.waits.setdefault(wait.chat_id, Reason(reason, wait.hint))
    for skip in plan.skips:
        skip_chat(skip.chat_id, Reason(skip.reason, skip.hint), ledger, result)


def _remember_links(ready: Sequence[Logs], ledger: Ledger) -> None:
    with ledger.transaction():
        for logs in ready:
            target = logs.targets[0]
            # Of another record it is asked again: a Contact or a Lead with the number comes first.
            if not logs.chat.is_group and target.record_type.is_person:
                ledger.link(logs.chat.id, Link(target.record_type, target.record_id, logs.by_hand))
