"""Move what was logged of a chat to the record that the chat belongs to now (X1).

1. `find_elsewhere` reads the chat's Tasks and tells which of them are on another record.
2. `move_tasks` moves those that nobody touched, 200 in a call. The ledger knows each Task before it
   is sent, and how Salesforce has it after its move: by that a later change by people is told.
3. `leave_records` removes what wasf left on the earlier records: a Lead that wasf made for the chat
   if it is empty and untouched, and the chat's link in another Lead.

The link and the records to leave are committed first, so that the same command goes on with a move
that was cut off. To move a Task twice is no harm. What a bulk job holds is written where its rows
say; the sync that takes its results moves it (`finish_moves`).
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final, NamedTuple

from wasf.commands.sync.earlier_writes import (
    LeftAlone,
    is_touched,
    resolve_intents,
    why_lead_stays,
    why_tasks_stay,
)
from wasf.commands.sync.outbox import batches
from wasf.commands.sync.run import SyncContext
from wasf.core.auth import UserId
from wasf.core.chats import Chat
from wasf.core.plan import (
    ClosedLead,
    Directory,
    MatchedContact,
    MatchedLead,
    chat_link,
    choose_related,
    find_record,
    unlink_change,
)
from wasf.core.policy import LARGEST_BATCH
from wasf.core.records import (
    KnownChat,
    Lead,
    Link,
    PeopleQuery,
    Person,
    Place,
    RecordId,
    RecordType,
    record_type_of,
)
from wasf.core.refusals import RecordRefusal
from wasf.interfaces import LeadNotSent, LeadWritten, StoredTask
from wasf.store.ledger import TaskMove
from wasf.values import dataclass

_MOVED_TOGETHER: Final = 10 * LARGEST_BATCH  # Tasks
_TRIES: Final = 3


class OnRecord(NamedTuple):
    """How many Tasks of a chat are on a record that is not the chat's."""

    record_type: RecordType
    record_id: RecordId
    name: str
    tasks: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The Tasks of a chat that are at another place than `to`.

    `movable` were not changed by people since wasf wrote them, `touched` were. `records` are those
    that the Tasks are on. `begun` are records that an earlier move, which was cut off, has not left
    yet. `in_doubt` counts Tasks of a run that was cut off, which may still arrive. `in_jobs` counts
    those that bulk jobs are going to put somewhere else, on or related to `job_records`.
    """

    to: Place
    movable: tuple[StoredTask, ...]
    touched: tuple[LeftAlone, ...]
    records: tuple[OnRecord, ...]
    begun: tuple[RecordId, ...]
    in_doubt: int
    in_jobs: int = 0
    job_records: frozenset[RecordId] = frozenset()

    @property
    def tasks(self) -> int:
        """How many Tasks are on other records."""
        return len(self.movable) + len(self.touched)


@dataclasses.dataclass(slots=True)
class MoveResult:
    """What a move did so far. `refused` counts what Salesforce refused."""

    moved: int = 0
    leads_deleted: int = 0
    links_removed: int = 0
    refused: int = 0
    left: list[LeftAlone] = field(default_factory=list)

    def leave(self, kind: str, record_id: RecordId, reason: str, *, refused: bool = False) -> None:
        """Add a record that stays as it is."""
        self.left.append(LeftAlone(kind, record_id, reason))
        self.refused += refused


# --- Find what is elsewhere --------------------------------------------------------------------


def find_elsewhere(chat: Chat, to: Place, context: SyncContext) -> Elsewhere:
    """Return the Tasks of a chat that are not where they are to be.

    Those of a group that are on its participants stay there: each message has several (T7).
    """
    ledger = context.ledger
    in_doubt = resolve_intents(context, chat.id)
    ids = ledger.moves.tasks_of_chat(chat.id)
    context.progress.step("Looking at Tasks")
    stored = context.org.read_tasks(ids) if ids else ()
    if chat.is_group:
        stored = [task for task in stored if task.who_id is None]
    moves = ledger.moves.task_moves(ids)
    there = _there(stored, to, context)
    _resolve_moves([task for task in stored if task.id in there], moves, context)
    away = [task for task in stored if not task.is_deleted and task.id not in there]
    held = {one: n for one, n in ledger.jobs.places(chat.id).items() if not _is_at(one, to)}
    reasons = why_tasks_stay(away, context)
    return Elsewhere(
        to=to,
        movable=tuple(task for task in away if task.id not in reasons),
        touched=tuple(LeftAlone("Task", *one) for one in reasons.items()),
        records=tuple(_records(away, context)),
        begun=tuple(ledger.moves.begun_moves(chat.id)),
        in_doubt=in_doubt,
        in_jobs=sum(held.values()),
        job_records=frozenset(record for place in held for record in place if record),
    )


def _is_at(place: Place, to: Place) -> bool:
    return place.who_id == to.who_id and to.what_id in (None, place.what_id)


def _there(stored: Sequence[StoredTask], to: Place, context: SyncContext) -> set[RecordId]:
    """Return which of these Tasks are at a place; what they relate to counts if it was chosen."""
    there = {task.id for task in stored if task.who_id == to.who_id}
    if to.what_id is None or not there:
        return there
    relations = context.org.task_relations(there)
    return {task_id for task_id in there if relations.get(task_id) == to.what_id}


def _resolve_moves(
    there: Iterable[StoredTask], moves: Mapping[RecordId, TaskMove], context: SyncContext
) -> None:
    """Store the outcome of moves that were cut off and had reached Salesforce."""
    outcomes = {
        task.id: None if is_touched(task, move) else task.modified
        for task in there
        if (move := moves.get(task.id)) and move.to_id
    }
    if outcomes:
        context.ledger.moves.resolve_moves(outcomes)


def _records(away: Sequence[StoredTask], context: SyncContext) -> Iterable[OnRecord]:
    """Yield the records that these Tasks are on, with their names; a Task may be on none."""
    counts = Counter(task.who_id for task in away if task.who_id)
    if not counts:
        return
    people = context.org.people(PeopleQuery.of_records(counts))
    names = {one.id: one.name for one in people.contacts}
    names |= {one.id: one.name for one in people.leads}
    for record_id, tasks in sorted(counts.items()):
        yield OnRecord(record_type_of(record_id), record_id, names.get(record_id, ""), tasks)


# --- Move the Tasks ----------------------------------------------------------------------------


def move_chat(
    chat: Chat, elsewhere: Elsewhere, earlier: Iterable[RecordId], context: SyncContext
) -> MoveResult:
    """Move what is elsewhere of a chat, and leave these records, where nothing of it is to come."""
    result = MoveResult()
    refused = move_tasks(elsewhere, context, result)
    moved = [task.id for task in elsewhere.movable] if context.dry_run else []
    left = [one for one in earlier if one not in refused | elsewhere.job_records]
    context.ledger.moves.end_moves(chat.id, leave_records(chat, left, moved, context, result))
    return result


def finish_moves(context: SyncContext) -> int:
    """Go on with all moves that were begun; return how many Tasks were moved.

    A chat that is linked to nothing now, or to a record that is gone, is left to a person.
    """
    ledger, moved = context.ledger, 0
    for known in ledger.search.of_ids(ledger.moves.chats_being_moved()):
        to = _place_of(known, context)
        if to is not None:
            elsewhere = find_elsewhere(known.chat, to, context)
            earlier = [one for one in elsewhere.begun if one not in to]
            moved += move_chat(known.chat, elsewhere, earlier, context).moved
    return moved


def _place_of(known: KnownChat, context: SyncContext) -> Place | None:
    """Return where a chat's Tasks are to be by its links, None if that is not known."""
    related = known.related.record_id if known.related else None
    if known.link is None:
        return Place(None, related) if related else None
    person = living_person(known.link, context)
    if person is None:
        return None
    return Place(person.id, None if isinstance(person, Lead) else related)


def living_person(named: Link, context: SyncContext) -> Person | None:
    """Return the record of a link, or the one that it was merged or converted into."""
    people = context.org.people(PeopleQuery.of_records([named.record_id]))
    living: list[Person] = [*people.contacts, *people.leads]
    found = [*(person.id for person in living), *people.merged]
    short = named.record_id[:15]  # a person may have left out the last three characters
    named = named._replace(
        record_id=next((one for one in found if one[:15] == short), named.record_id)
    )
    directory = Directory.of(people.contacts, people.leads, people.merged, (), context.policy)
    match find_record(None, "", UserId(""), directory, named):
        case MatchedContact(contact):
            return contact
        case MatchedLead(lead) | ClosedLead(lead):
            return lead
        case _:
            return None


def move_tasks(elsewhere: Elsewhere, context: SyncContext, result: MoveResult) -> set[RecordId]:
    """Move the Tasks that nobody touched; return the records on which one was refused."""
    result.left += elsewhere.touched
    refused: set[RecordId] = set()
    tasks = elsewhere.movable
    to = _with_related(elsewhere.to, context) if tasks else elsewhere.to
    context.begin_change("Moving Tasks", len(tasks))
    for start in range(0, len(tasks), _MOVED_TOGETHER):
        some = tasks[start : start + _MOVED_TOGETHER]
        refused |= _move_some(some, to, context, result)
    return refused


def _with_related(to: Place, context: SyncContext) -> Place:
    """Return the place with what its Tasks are related to by the setting `task.related` (R1)."""
    order, to_id = context.policy.related, to.who_id
    if not order or to_id is None or to.what_id is not None:
        return to
    contacts = context.org.people(PeopleQuery.of_records([to_id])).contacts
    accounts = {one.id: one.account_id for one in contacts if one.id == to_id}
    relations = context.org.relations(accounts, order) if accounts else {}
    nobody = UserId("")  # the owner of the Tasks is not known here
    if to_id in relations:
        return Place(to_id, choose_related(order, relations[to_id], nobody))
    return to


def _move_some(
    tasks: Sequence[StoredTask],
    to: Place,
    context: SyncContext,
    result: MoveResult,
) -> set[RecordId]:
    """Move some Tasks, then read how Salesforce has them now."""
    ledger = context.ledger
    ids = [task.id for task in tasks]
    ledger.moves.record_move_intent(ids, to.record)
    refused: dict[RecordId, str] = {}
    for batch in batches(ids):
        context.check_stop()
        refused |= {one.id: one.refused for one in context.org.move_tasks(batch, to)}
        context.progress.done(len(batch))
    refused = {task_id: code for task_id, code in refused.items() if code}
    for task_id, code in refused.items():
        reason = RecordRefusal(code).of("to move it")
        result.leave("Task", task_id, reason, refused=True)
    result.moved += len(ids) - len(refused)
    if not context.dry_run:
        moved = [task for task in context.org.read_tasks(ids) if task.id not in refused]
        there = {task.id: task for task in moved if task.who_id == to.who_id}
        ledger.moves.resolve_moves(
            {one: there[one].modified if one in there else None for one in ids}
        )
    return {task.who_id for task in tasks if task.id in refused and task.who_id}


# --- Leave the earlier records -----------------------------------------------------------------


def leave_records(
    chat: Chat,
    record_ids: Sequence[RecordId],
    moved: Iterable[RecordId],
    context: SyncContext,
    result: MoveResult,
) -> list[RecordId]:
    """Remove what wasf left of a chat on these records; return those that are done with.

    `moved` are the Tasks that were moved away: a dry run still sees them there.
    """
    lead_ids = [one for one in record_ids if record_type_of(one) is RecordType.LEAD]
    gone = _delete_leads(chat, lead_ids, frozenset(moved), context, result)
    done = [one for one in record_ids if one not in lead_ids or one in gone]
    kept = [one for one in lead_ids if one not in gone]
    return [*done, *(one for one in kept if _remove_link(chat, one, context, result))]


def _delete_leads(
    chat: Chat,
    lead_ids: Sequence[RecordId],
    moved: frozenset[RecordId],
    context: SyncContext,
    result: MoveResult,
) -> set[RecordId]:
    """Delete the Leads that wasf made and that are empty and untouched; return those gone."""
    ledger, gone = context.ledger, set()
    created = ledger.created_leads(lead_ids)
    stored = {lead.id: lead for lead in context.org.read_leads(created)} if created else {}
    others = {one.link.record_id for one in ledger.chats() if one.link and one.chat.id != chat.id}
    for lead_id in created:
        context.check_stop()
        lead = stored.get(lead_id)
        if lead is not None:
            reason = why_lead_stays(lead, context, moved)
            if lead_id in others and not reason:
                reason = "another chat belongs to it"
            if reason:
                result.leave("Lead", lead_id, reason)
                continue
            result.leads_deleted += context.org.delete_lead(lead_id)
        ledger.mark_lead_undone(lead_id)
        gone.add(lead_id)
    return gone


def _remove_link(chat: Chat, lead_id: RecordId, context: SyncContext, result: MoveResult) -> bool:
    """Remove the chat's link from a Lead, as wasf wrote it; return False to try again later."""
    link = chat_link(chat, chat.phone)
    if not link or _is_anothers(link, chat, lead_id, context):
        return True
    for _ in range(_TRIES):
        is_done = _try_to_remove(link, lead_id, context, result)
        if is_done is not None:
            return is_done
    result.leave("Lead", lead_id, "the link to the chat stays: somebody is changing the Lead")
    return False


def _try_to_remove(
    link: str, lead_id: RecordId, context: SyncContext, result: MoveResult
) -> bool | None:
    """Return whether the link is removed or there is none.

    None if it has to be looked at again: somebody changed the Lead meanwhile, or the outcome is not
    known.
    """
    people = context.org.people(PeopleQuery.of_records([lead_id]))
    leads = [one for one in people.leads if one.id == lead_id]
    change = unlink_change(leads[0], link, context.policy) if leads else None
    if change is None:
        if leads and link in leads[0].description:
            result.leave("Lead", lead_id, "the link to the chat stays: wasf did not write it")
        return True
    match context.org.change_leads([change])[0]:
        case LeadWritten():
            result.links_removed += 1
            return True
        case RecordRefusal() as refused:
            reason = refused.of("to remove the link to the chat")
            result.leave("Lead", lead_id, reason, refused=True)
            return False
        case LeadNotSent(error):
            raise error
        case _:
            return None


def _is_anothers(link: str, chat: Chat, lead_id: RecordId, context: SyncContext) -> bool:
    """Return whether another chat that belongs to the Lead has the same link."""
    return any(
        known.link is not None
        and known.link.record_id == lead_id
        and known.chat.id != chat.id
        and chat_link(known.chat, known.chat.phone) == link
        for known in context.ledger.chats()
    )
