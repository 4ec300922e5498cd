"""Logs new messages of known people without asking Salesforce first: one call for all of them.

Only the listener does this, between two rounds in which it reads everything. What a round learned
of the org (its fields, statuses and users) is believed for an hour. That a chat's record is there
is believed for a day, as a chat stays on its record as long as that exists (M10).

Salesforce itself checks both when a Task is written: a right that was taken away, a field that is
gone, a record that was deleted or merged is a refusal. Then everything is forgotten, and the same
run goes on as one that asks. A Lead can be closed, or converted, without a refusal. So all Leads
are looked at before, in one call; the run asks for the people of those that are not open any more
(M5, M7).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, cast

from wasf import log
from wasf.commands.sync.org_reports import begin_reports, write_reports
from wasf.commands.sync.outbox import log_messages
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.commands.sync.uploads import upload_files
from wasf.core.approval import may_be_logged
from wasf.core.chats import ChatId
from wasf.core.plan import (
    Directory,
    Logs,
    Target,
    choose_owner,
    is_closed_status,
    is_known,
    linked_records,
)
from wasf.core.policy import GroupWrite
from wasf.core.records import KnownChat, RecordId, RecordType, Task
from wasf.errors import Stopped, TryLater, WasfError
from wasf.interfaces import KeyField, Org, OrgFacts, TaskNotSent, TaskOutcome, TaskRefused
from wasf.store.ledger import KnownFacts

_FACTS_KEPT: Final = timedelta(hours=1)
_PEOPLE_KEPT: Final = timedelta(days=1)
_MOST_EMAILS: Final = 100


def deliver_known(imported: Iterable[ChatId], context: SyncContext, result: SyncResult) -> bool:
    """Log what is new of known people; return whether nothing else is to be delivered now.

    What waited before this run, with a reason, is left to a run that asks.
    """
    known_facts = _known_facts(context)
    if known_facts is None:
        return False
    search, facts = context.ledger.search, context.ledger.facts
    begin_reports(context)  # what is due is committed before anything is sent
    fresh = frozenset(search.owners(imported).values())
    waiting = search.waiting()
    new = [one for one in waiting if one.chat.id in fresh or not one.reason]
    try:
        logs = _logs(new, known_facts, context)
        ids = {one.chat.id for one in logs}
        context.progress.writing(sum(one.queued for one in new if one.chat.id in ids))
        is_contradicted = bool(logs) and _log(logs, known_facts.facts, context, result)
    except (Stopped, TryLater):
        raise
    except WasfError:  # the run that asks raises it again, if it is so
        is_contradicted = True
    if is_contradicted:
        facts.forget_org()
        result.waits.clear()
        return False
    if len(logs) < len(new):
        return False
    upload_files(context, result)
    write_reports(context, known_facts.facts, result)
    left = (one for one in waiting if one.chat.id not in ids)
    result.waits.update((one.chat.id, Reason(one.reason, one.hint)) for one in left)
    return True


def remember_org(
    known: KnownFacts, chats: Iterable[ChatId], context: SyncContext, result: SyncResult
) -> None:
    """Remember what a run that asked has learned; of records, those of chats that do not wait."""
    if context.memory is None:
        return
    facts, now = context.ledger.facts, context.clock()
    facts.save_org_facts(context.memory.mark, known, now)
    logged = context.ledger.search.of_ids(one for one in chats if one not in result.waits)
    names: dict[RecordId, str] = {}
    for one in logged:
        target = result.targets.get(one.chat.id)
        if one.link and target and target.record_id == one.link.record_id:
            is_shown = not one.chat.name  # in the texts of its Tasks
            names[target.record_id] = target.name if is_shown else names.get(target.record_id, "")
    facts.save_known_people(names, now)


def with_known_emails(emails: frozenset[str], context: SyncContext) -> frozenset[str]:
    """Return the e-mails to ask users by: those of this run, and those that were asked before.

    Else the chats of one owner would be forgotten as soon as those of another one are asked for.
    """
    if context.memory is None:
        return emails
    since = context.clock() - _PEOPLE_KEPT
    known = context.ledger.facts.org_facts(context.memory.mark, since)
    together = emails | (known.emails if known else frozenset())
    return together if len(together) <= _MOST_EMAILS else emails


def _known_facts(context: SyncContext) -> KnownFacts | None:
    """Return what is known of the org, None if this run has to ask."""
    ledger, memory, policy = context.ledger, context.memory, context.policy
    asks = memory is None or not memory.is_used or context.dry_run
    if asks or policy.related or policy.group_write is GroupWrite.OPEN:
        return None
    if ledger.intents() or ledger.facts.stopped().tries:
        return None
    known = ledger.facts.org_facts(memory.mark, context.clock() - _FACTS_KEPT) if memory else None
    if known is None or known.facts.key_field != ledger.facts.key_field():
        return None
    return known if known.facts.key_field.is_unique or not context.has_shared_ledger else None


def _logs(chats: Sequence[KnownChat], known: KnownFacts, context: SyncContext) -> list[Logs]:
    """Return the chats of known people, with their records and owners."""
    users, user_id = known.facts.users, known.facts.user_id
    shared = {one.chat.id for one in context.ledger.search.sharing_numbers()}  # may become one chat
    candidates = [
        one for one in chats if one.chat.id not in shared and may_be_logged(one, context.policy)
    ]
    people = _people(candidates, known, context)
    found = []
    for one in candidates:
        if one.link is None or not is_known(one, people, known.emails):
            continue
        chat, (kind, record, by_hand) = one.chat, one.link
        owner = choose_owner(chat.owner_email, chat.account_email, users, user_id)
        found.append(Logs(chat, owner.user_id, (Target(kind, record, people[record]),), by_hand))
    return found


def _people(
    chats: Sequence[KnownChat], known: KnownFacts, context: SyncContext
) -> dict[RecordId, str]:
    """Return the records of chats that are known, open Leads only, with their names."""
    wanted = {one.link.record_id for one in chats if one.link}
    people = context.ledger.facts.known_people(wanted, context.clock() - _PEOPLE_KEPT)
    known_chats = [one for one in chats if is_known(one, people, known.emails)]
    leads = linked_records(known_chats, RecordType.LEAD)
    closed = leads - _open_leads(leads, known.facts, context) if leads else frozenset()
    return {one: name for one, name in people.items() if one not in closed}


def _open_leads(
    leads: Collection[RecordId], org_facts: OrgFacts, context: SyncContext
) -> frozenset[RecordId]:
    """Return those of the Leads that are there and open."""
    directory = Directory.of((), (), {}, org_facts.lead_statuses, context.policy)
    return frozenset(
        one.id
        for one in context.org.lead_states(leads)
        if not (one.is_converted or is_closed_status(one.status, directory))
    )


def _log(
    logs: Sequence[Logs], org_facts: OrgFacts, context: SyncContext, result: SyncResult
) -> bool:
    """Log chats on their records; return whether an answer contradicts what is known."""
    org = _TrustingOrg(context.org)
    context.ledger.facts.use_key_field(org_facts.key_field)
    log_messages(logs, replace(context, org=cast("Org", org)), org_facts, result)
    log.event("delivered", tasks=result.tasks.total(), api_calls=context.org.api_calls)
    return org.is_contradicted


class _TrustingOrg:
    """The org of a run that did not ask: a Task that is refused is not sent yet.

    The run asks after that, and the Task is sent again.
    """

    stopped = None

    def __init__(self, org: Org) -> None:
        self._org = org
        self.is_contradicted = False

    def log_tasks(
        self,
        batches: Iterable[Sequence[Task]],
        key_field: KeyField,
        size: int = 0,
        *,
        probe: bool = False,
    ) -> Iterator[Sequence[TaskOutcome]]:
        for outcomes in self._org.log_tasks(batches, key_field, size, probe=probe):
            if any(isinstance(one, TaskRefused) for one in outcomes):
                self.is_contradicted = True
            yield [
                TaskNotSent(one.key) if isinstance(one, TaskRefused) else one for one in outcomes
            ]
        self.is_contradicted |= self._org.stopped is not None

    def __getattr__(self, name: str) -> object:
        return getattr(self._org, name)
