"""Open Tasks that ask the owners of chats for an answer (`report.task`).

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

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from wasf.commands.sync.run import SyncContext, SyncResult
from wasf.commands.sync.task_batches import batches
from wasf.core.approval import may_be_logged
from wasf.core.chats import ChatId
from wasf.core.fields import constant_fields
from wasf.core.plan import choose_owner
from wasf.core.records import KnownChat, MessageKey, NamedRecord, RecordId, Task, TaskKey
from wasf.core.refusals import LOCKED, RecordRefusal
from wasf.core.tasks import answer_task, closed_task_status, open_task_status
from wasf.core.text import counted
from wasf.interfaces import OrgFacts, TaskLogged, TaskRefused
from wasf.store.ledger import OpenAnswerTask, Question

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
    users = context.org.facts(_emails(planned)).users
    names = _names(planned, context)
    fields = constant_fields(facts.task_fields)
    tasks = []
    for known, question in planned:
        chat, record = known.chat, names[known.chat.id]
        owner = choose_owner(chat.owner_email, chat.account_email, users, facts.user_id).user_id
        asked, now = (question.message, question.at), context.clock()
        task = answer_task(record, asked, owner, status, fields, now, context.policy)
        tasks.append((chat.id, task))
    return sum(_write(some, context, facts, result) for some in batches(tasks))


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


def _emails(planned: Sequence[tuple[KnownChat, Question]]) -> frozenset[str]:
    emails = (
        one for known, _ in planned for one in (known.chat.owner_email, known.chat.account_email)
    )
    return frozenset(filter(None, emails))


def _write(
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
