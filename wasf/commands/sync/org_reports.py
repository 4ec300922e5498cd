"""What the org tells of chats besides their messages: the settings `report.fields`, `report.task`.

`report.fields`: Leads and Contacts tell when their chats' last messages were written.

1. Before anything is sent, the records whose fields have to change are committed as due.
2. After the messages are logged, the fields of due records are read, and those that differ are
   written in collections. What they tell is committed then.

A run that is cut off between the two leaves them due. To write the same again is safe, so that an
unknown outcome needs no look-up. But an older write may still arrive after a newer one: until the
quarantine is over, due records stay due, and each sync compares them again. What a person typed
into these fields is overwritten by the next change.

`report.task`: open Tasks ask the owners of chats for an answer.

1. Before anything is sent, the ledger looks at the chats with new messages, and commits since when
   they wait.
2. A Task whose question is answered is closed, unless somebody has closed it already. To close it
   twice is as once, so a lost answer needs no look-up.
3. A chat that waits longer than the setting says gets a Task, by the write protocol of the outbox:
   its intent is committed before the request, and an unknown outcome is resolved by its key at the
   next start. The key is made of the message that waits, so no message gets two. What a person
   closed, or deleted, is not opened again for the same message.

What Salesforce refuses to open or to close rests for a day, and `wasf status` tells it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from wasf.commands.sync.outbox import batches
from wasf.commands.sync.run import SyncContext, SyncResult, owner_emails
from wasf.core.approval import may_be_logged
from wasf.core.chats import ChatId, LastMessages, joined_last
from wasf.core.fields import constant_fields
from wasf.core.plan import choose_owner
from wasf.core.records import (
    KnownChat,
    MessageKey,
    NamedRecord,
    RecordId,
    Task,
    TaskKey,
    Trace,
    was_touched,
)
from wasf.core.refusals import LOCKED, RecordRefusal
from wasf.core.tasks import answer_task, closed_task_status, open_task_status
from wasf.core.text import counted
from wasf.interfaces import (
    FieldsChange,
    FieldsOutcome,
    OrgFacts,
    StoredFields,
    TaskLogged,
    TaskRefused,
)
from wasf.store.ledger import OpenAnswerTask, Question, WrittenFields


def begin_reports(context: SyncContext) -> bool:
    """Commit what records and Tasks are to tell of chats; return whether there is any."""
    is_due = bool(due_records(context))
    has_work = has_answer_work(context)
    return is_due or has_work


def write_reports(context: SyncContext, facts: OrgFacts, result: SyncResult) -> None:
    """Let records and Tasks tell it."""
    write_last_messages(context, facts, result)
    update_answer_tasks(context, facts, result)


# --- Last messages -------------------------------------------------------------------------------


def due_records(context: SyncContext) -> dict[RecordId, LastMessages]:
    """Return what the fields of records are to tell that do not, and commit that they are due."""
    if not context.policy.report_fields:
        return {}
    records = context.ledger.reported_records
    known = records.candidates()
    wanted = _wanted(known, context)
    is_in_doubt = records.in_doubt_since() is not None
    due = {
        one: last
        for one, last in wanted.items()
        if last != known[one].last or (is_in_doubt and known[one].is_due)
    }
    new = [one for one in due if not known[one].is_due]
    resolved = [one for one in known if one not in due and known[one].is_due]
    if new or resolved:
        with context.ledger.transaction():
            records.mark_due(new)
            records.resolve(resolved)
    return due


def _wanted(
    known: Mapping[RecordId, WrittenFields], context: SyncContext
) -> dict[RecordId, LastMessages]:
    """Return what the chats of each record come to; a group tells nothing of one person."""
    of_record: defaultdict[RecordId, list[KnownChat]] = defaultdict(list)
    for chat in context.ledger.search.on_records(known):
        if chat.link and not chat.chat.is_group:
            of_record[chat.link.record_id].append(chat)
    return {one: joined_last(_last(chat, context) for chat in of_record[one]) for one in known}


def _last(known: KnownChat, context: SyncContext) -> LastMessages:
    return context.ledger.reported_records.last_messages(
        known.chat.id, with_queued=may_be_logged(known, context.policy)
    )


def write_last_messages(context: SyncContext, facts: OrgFacts, result: SyncResult) -> None:
    """Write the fields of due records, if they do not tell it already."""
    due = due_records(context)
    written = _write_fields(due, context, facts, result) if due else 0
    if context.dry_run and context.policy.report_fields:
        written += result.leads_created  # they have no id to be read by
    if written:
        note = f"report.fields changes the last messages of {counted(written, 'record')}"
        result.notes.append(note)


def _write_fields(
    due: Mapping[RecordId, LastMessages], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> int:
    """Write what differs; return of how many records."""
    context.check_stop()
    records = context.ledger.reported_records
    stored = {one.id: one for one in context.org.read_fields(due)}
    records.forget_records(due.keys() - stored.keys())
    same = {one: last for one, last in due.items() if one in stored and stored[one].last == last}
    records.save_written({one: WrittenFields(last) for one, last in same.items()})
    changes = _changes({one: due[one] for one in stored if one not in same}, stored, context)
    written = 0
    since, now = records.in_doubt_since(), context.clock()
    for some in batches(changes):
        context.check_stop()
        records.save_in_doubt(now)
        written += _resolve_fields(some, context.org.write_fields(some), context, facts, result)
    if since is not None and now - since < context.quarantine:
        records.mark_due(stored)
        records.save_in_doubt(since)
    elif since is not None or changes:
        records.save_in_doubt(None)
    return written


def _changes(
    due: Mapping[RecordId, LastMessages],
    stored: Mapping[RecordId, StoredFields],
    context: SyncContext,
) -> list[FieldsChange]:
    """Return the changes; of Leads that wasf created, and nobody touched, only if it stays so."""
    created = context.ledger.created_leads(due)
    written = context.ledger.reported_records.written(created)
    read_at = {
        one: stored[one].modified.at
        for one in created
        if not was_touched(stored[one].created, stored[one].modified)
        or (one in written and written[one].left == stored[one].modified)
    }
    return [FieldsChange(one, last, read_at.get(one)) for one, last in due.items()]


def _resolve_fields(
    changes: Sequence[FieldsChange],
    outcomes: Sequence[FieldsOutcome],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
) -> int:
    """Commit the outcomes; return how many were written.

    What was refused is tried again when a further message comes.
    """
    records = context.ledger.reported_records
    sent = {one.id: one for one in changes}
    done = {
        one.id: sent[one.id].last
        for one in outcomes
        if not (one.refusal or one.is_changed or one.is_gone)
    }
    guarded = [one for one in done if sent[one].read_at is not None]
    left = _left(guarded, done, context, facts)
    records.save_written({one: WrittenFields(last, left.get(one)) for one, last in done.items()})
    records.forget_records(one.id for one in outcomes if one.is_gone)
    refused = {one.id: one.refusal for one in outcomes if one.refusal}
    records.resolve(one for one, refusal in refused.items() if refusal.code != LOCKED)
    for refusal, count in Counter(refused.values()).items():
        note = f"{refusal.of('the fields of report.fields')}; of {counted(count, 'record')}"
        result.notes.append(note)
    return len(done)


def _left(
    guarded: Collection[RecordId],
    done: Mapping[RecordId, LastMessages],
    context: SyncContext,
    facts: OrgFacts,
) -> dict[RecordId, Trace]:
    """Return how Leads were left that wasf created, unless somebody has changed them since."""
    stored = context.org.read_fields(guarded) if guarded else ()
    return {
        one.id: one.modified
        for one in stored
        if one.last == done[one.id] and one.modified.by == facts.user_id
    }


# --- Tasks that ask for an answer ----------------------------------------------------------------

_REST: Final = timedelta(days=1)
"""How long a Task rests that Salesforce refused to open or to close."""

_KeyT = TypeVar("_KeyT", MessageKey, TaskKey)


def has_answer_work(context: SyncContext) -> bool:
    """Look at chats with new messages; return whether a Task is to be opened or closed."""
    limit = context.policy.report_task
    if limit is None:
        return False
    answers = context.ledger.answers
    answers.look_at_changed()
    return bool(_planned(_questions(limit, context), context) or _to_close(context))


def update_answer_tasks(context: SyncContext, facts: OrgFacts, result: SyncResult) -> None:
    """Close the Tasks whose question is answered, then open those for chats that wait too long."""
    limit = context.policy.report_task
    if limit is None:
        return
    answers = context.ledger.answers
    answers.look_at_changed(context.clock() - limit)  # chats may have been joined or undone
    closed = _close(_to_close(context), context, facts, result)
    opened = _open(_planned(_questions(limit, context), context), context, facts, result)
    for count, what in ((opened, "opens"), (closed, "closes")):
        if count:
            note = f"report.task {what} {counted(count, 'Task')} for chats that wait for an answer"
            result.notes.append(note)


def _questions(limit: timedelta, context: SyncContext) -> list[Question]:
    now = context.clock()
    return context.ledger.answers.questions(now - limit, now - _REST)


def _to_close(context: SyncContext) -> list[OpenAnswerTask]:
    """Return the Tasks to close: the answered ones, and of joined chats all but the oldest."""
    tasks = context.ledger.answers.open_tasks()
    kept: dict[ChatId, OpenAnswerTask] = {}
    for one in tasks:
        if not one.is_answered:
            kept.setdefault(one.chat_id, one)
    tried_before = context.clock() - _REST
    return [
        one
        for one in tasks
        if kept.get(one.chat_id) is not one
        and (one.refused_at is None or one.refused_at <= tried_before)
    ]


def _close(
    tasks: Sequence[OpenAnswerTask], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> int:
    """Close Tasks that are still open; return how many."""
    if not tasks:
        return 0
    status = closed_task_status(facts.task_statuses)
    is_closed = {one.api_name for one in facts.task_statuses if one.is_closed}
    there = {
        one.id for one in context.org.read_tasks([t.task_id for t in tasks]) if not one.is_deleted
    }
    contents = context.org.task_contents(there)
    living = [one for one in tasks if one.task_id in there and one.task_id in contents]
    to_close = [one for one in living if contents[one.task_id].status not in is_closed]
    context.ledger.answers.save_closed(one.key for one in tasks if one not in to_close)
    closed = 0
    for some in batches(to_close):
        context.check_stop()
        keys = {one.task_id: one.key for one in some}
        outcomes = context.org.set_task_status(list(keys), status)
        done = [keys[one.id] for one in outcomes if not one.refused]
        context.ledger.answers.save_closed(done)
        closed += len(done)
        refused = {keys[one.id]: RecordRefusal(one.refused) for one in outcomes if one.refused}
        context.ledger.answers.save_not_closed(_that_rest(refused), context.clock())
        _note(refused, "to close a Task that asks for an answer", result)
    return closed


def _that_rest(refused: Mapping[_KeyT, RecordRefusal]) -> dict[_KeyT, RecordRefusal]:
    """Return the refusals but those of a lock, which is gone in a moment."""
    return {key: why for key, why in refused.items() if why.code != LOCKED}


def _note(refused: Mapping[_KeyT, RecordRefusal], what: str, result: SyncResult) -> None:
    result.notes += [one.of(what) for one in dict.fromkeys(refused.values())]


def _open(
    planned: Sequence[tuple[KnownChat, Question]],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
) -> int:
    """Write a Task for each question; return how many are there."""
    status = open_task_status(facts.task_statuses)
    if not planned or result.stopped is not None:
        return 0
    if not status:
        result.notes.append("report.task opens no Task: the org has no Task status that is open")
        return 0
    users = context.org.facts(owner_emails(known for known, _ in planned)).users
    names = _names(planned, context)
    fields = constant_fields(facts.task_fields)
    tasks = []
    for known, question in planned:
        chat, record = known.chat, names[known.chat.id]
        owner = choose_owner(chat.owner_email, chat.account_email, users, facts.user_id).user_id
        asked, now = (question.message, question.at), context.clock()
        task = answer_task(record, asked, owner, status, fields, now, context.policy)
        tasks.append((chat.id, task))
    return sum(_write_tasks(some, context, facts, result) for some in batches(tasks))


def _names(
    planned: Sequence[tuple[KnownChat, Question]], context: SyncContext
) -> dict[ChatId, NamedRecord]:
    """Return the record of each chat, with its own name, or the chat's where it is not seen."""
    links = {known.chat.id: known.link.record_id for known, _ in planned if known.link}
    found: dict[RecordId, str] = {
        one.id: one.name for one in context.org.related_records(set(links.values()))
    }
    return {
        chat.id: NamedRecord(links[chat.id], found.get(links[chat.id]) or chat.name or chat.title)
        for chat in (known.chat for known, _ in planned)
    }


def _planned(
    questions: Sequence[Question], context: SyncContext
) -> list[tuple[KnownChat, Question]]:
    """Return the questions of chats that have a person's record, and nothing on its way."""
    by_chat = {one.chat_id: one for one in questions}
    busy = {one.chat_id for one in context.ledger.intents()} if questions else set()
    return [
        (known, by_chat[known.chat.id])
        for known in context.ledger.search.of_ids(by_chat)
        if known.link
        and not known.chat.is_group
        and known.chat.id not in busy
        and may_be_logged(known, context.policy)
    ]


def _write_tasks(
    tasks: Sequence[tuple[ChatId, Task]], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> int:
    """Commit Tasks as intents, send them, commit the outcomes; return how many are there."""
    context.check_stop()
    written = 0
    messages = {task.key: task.messages[0] for _, task in tasks}

    def intended() -> Iterator[Sequence[Task]]:
        sent = [task for _, task in tasks]
        context.ledger.record_intent([chat for chat, _ in tasks], sent, context.clock())
        yield sent

    for outcomes in context.org.log_tasks(intended(), facts.key_field):
        context.ledger.resolve(outcomes)
        written += sum(isinstance(one, TaskLogged) for one in outcomes)
        refused = {
            messages[one.key]: one.refusal for one in outcomes if isinstance(one, TaskRefused)
        }
        context.ledger.answers.save_refused_questions(_that_rest(refused), context.clock())
        _note(refused, "a Task that asks for an answer", result)
    return written
