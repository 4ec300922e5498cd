"""From a chat's messages to Tasks, window by window (T4, T8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from wasf.core.chats import Attachment, Chat, Message
from wasf.core.keys import task_key
from wasf.core.plan import Logs, Target
from wasf.core.policy import Attachments, SyncPolicy
from wasf.core.records import MessageKey, RecordId, Task, TaskStatus
from wasf.core.task_text import Words, word
from wasf.core.windows import group, window_of
from wasf.errors import PermissionMissing

NONE_PARTIALLY_LOGGED: Mapping[MessageKey, RecordId] = MappingProxyType({})


def closed_task_status(statuses: Sequence[TaskStatus]) -> str:
    """The status of a Task that is done: `Completed` where the org has it, else its first (T4).

    Raises `PermissionMissing` where the org shows none: an open Task would be somebody's to-do.
    """
    closed = [status.api_name for status in statuses if status.is_closed]
    if not closed:
        raise PermissionMissing(
            "Your org shows no Task status that means closed.",
            "ask an admin for a closed value in Setup, Object Manager, Task, Status",
        )
    return "Completed" if "Completed" in closed else closed[0]


def tasks_of(
    logs: Logs,
    arrivals: Iterable[tuple[MessageKey, Message]],
    rules: SyncPolicy,
    task_status: str,
    now: datetime,
    partially_logged: Mapping[MessageKey, RecordId] = NONE_PARTIALLY_LOGGED,
) -> Iterator[tuple[Task, ...] | datetime]:
    """The Tasks of a chat's messages, which come in the order of time, window by window.

    Yields the Tasks of each message, or of several that share them: a long text's parts, for every
    target. For a window that is still open it yields the instant when it ends (UTC) instead.

    Messages that are `partially_logged` share a Task that is written, by its id, though not for
    every target. They stay together as they are, whatever has come into their window: else that
    Task's messages would be written once more, on another one.
    """
    together: dict[RecordId, list[tuple[MessageKey, Message]]] = {}
    for window in group(_without(partially_logged, arrivals, together), rules, now):
        if window.waits:
            yield window.window.end
        else:
            yield from _tasks_of(logs, window.messages, rules, task_status)
    for shared in together.values():
        yield from _tasks_of(logs, shared, rules, task_status)


def _without(
    partially_logged: Mapping[MessageKey, RecordId],
    arrivals: Iterable[tuple[MessageKey, Message]],
    together: dict[RecordId, list[tuple[MessageKey, Message]]],
) -> Iterator[tuple[MessageKey, Message]]:
    """Lay torn messages aside, each to those that it shares a Task with."""
    for arrival in arrivals:
        if (task := partially_logged.get(arrival[0])) is None:
            yield arrival
        else:
            together.setdefault(task, []).append(arrival)


def open_until(first: Message, rules: SyncPolicy, now: datetime) -> datetime | None:
    """When the window of a chat's first queued message ends (UTC), None if that is over.

    While it is open nothing of the chat is due, so nothing is done for it either: no Lead is made
    or reopened for messages that wait (T3).
    """
    if rules.frequency is None or rules.flush:
        return None
    end = window_of(first.sent_at, rules.frequency, rules.zone).end
    return end if now < end else None


def _tasks_of(
    logs: Logs, arrivals: Sequence[tuple[MessageKey, Message]], rules: SyncPolicy, task_status: str
) -> Iterator[tuple[Task, ...]]:
    """The Tasks of a window, those together that have the same messages."""
    messages = [message for _, message in arrivals]
    shared: dict[int, list[Task]] = {}
    for target in logs.targets:
        for words in word(messages, _shown(logs, target), rules.zone):
            part = arrivals[words.first : words.end]
            task = _task(logs, target, part, words, rules, task_status)
            shared.setdefault(words.first, []).append(task)
    yield from map(tuple, shared.values())


def _task(
    logs: Logs,
    target: Target,
    part: Sequence[tuple[MessageKey, Message]],
    words: Words,
    rules: SyncPolicy,
    task_status: str,
) -> Task:
    keys = tuple(key for key, _ in part)
    messages = [message for _, message in part]
    return Task(
        key=task_key(keys, words.piece, target.about),
        messages=keys,
        who_id=target.record_id,
        owner_id=logs.owner,
        subject=words.subject,
        description=words.description,
        activity_date=messages[-1].sent_at.astimezone(rules.zone).date(),
        status=task_status,
        files=_files(messages, rules) if words.piece == 1 else (),
    )


def _shown(logs: Logs, target: Target) -> Chat:
    """The chat as a Task calls it: by its own name, else by the record's."""
    chat = logs.chat
    return chat if chat.name or chat.is_group else replace(chat, name=target.name)


def _files(messages: Sequence[Message], rules: SyncPolicy) -> tuple[Attachment, ...]:
    if rules.attachments is not Attachments.FILES:
        return ()
    found = (message.attachment for message in messages)
    return tuple(attachment for attachment in found if attachment and attachment.archive)
