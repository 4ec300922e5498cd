"""From a chat's messages to Tasks, window by window (T4, T8)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from wasf.core.chats import Attachment, Chat, Message
from wasf.core.grouping import Group, group, window_of
from wasf.core.identity import task_key
from wasf.core.plan import Logs, Target
from wasf.core.records import MessageKey, Task, TaskStatus
from wasf.core.rules import Attachments, Rules
from wasf.core.wording import word
from wasf.errors import PermissionMissing


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
    rules: Rules,
    task_status: str,
    now: datetime,
) -> Iterator[tuple[Task, ...] | datetime]:
    """The Tasks of a chat's messages, which come in the order of time, window by window.

    Yields for each window the Tasks that belong together: a long text's parts, for every target.
    For a window that is still open it yields the instant when it ends (UTC) instead.
    """
    for window in group(arrivals, rules, now):
        if window.waits:
            yield window.window.end
        else:
            yield _tasks_of_window(logs, window, rules, task_status)


def open_until(first: Message, rules: Rules, now: datetime) -> datetime | None:
    """When the window of a chat's first queued message ends (UTC), None if that is over.

    While it is open nothing of the chat is due, so nothing is done for it either: no Lead is made
    or reopened for messages that wait (T3).
    """
    if rules.frequency is None or rules.flush:
        return None
    end = window_of(first.sent_at, rules.frequency, rules.zone).end
    return end if now < end else None


def _tasks_of_window(logs: Logs, window: Group, rules: Rules, task_status: str) -> tuple[Task, ...]:
    keys = tuple(key for key, _ in window.messages)
    messages = [message for _, message in window.messages]
    day = messages[-1].sent_at.astimezone(rules.zone).date()
    return tuple(
        Task(
            key=task_key(keys, part, target.about),
            messages=keys,
            who_id=target.record_id,
            owner_id=logs.owner,
            subject=words.subject,
            description=words.description,
            activity_date=day,
            status=task_status,
            files=_files(messages, rules) if part == 1 else (),
        )
        for target in logs.targets
        for part, words in enumerate(word(messages, _shown(logs, target), rules.zone), start=1)
    )


def _shown(logs: Logs, target: Target) -> Chat:
    """The chat as a Task calls it: by its own name, else by the record's."""
    chat = logs.chat
    return chat if chat.name or chat.is_group else replace(chat, name=target.name)


def _files(messages: Sequence[Message], rules: Rules) -> tuple[Attachment, ...]:
    if rules.attachments is not Attachments.FILES:
        return ()
    found = (message.attachment for message in messages)
    return tuple(attachment for attachment in found if attachment and attachment.archive)
