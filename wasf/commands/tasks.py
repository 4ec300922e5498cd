"""Tasks go out in batches: committed as intents before they are sent, settled after the answer.

A run that dies anywhere leaves nothing that a later run cannot find out (`commands.recovery`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from wasf.commands.batching import batches, parcels
from wasf.commands.course import Course, Post, Why, refused_by_salesforce
from wasf.core.chats import ChatId
from wasf.core.plan import Logs
from wasf.core.policy import Rules
from wasf.core.records import Task
from wasf.core.tasks import NOTHING_TORN, tasks_of
from wasf.interfaces import InDoubt, Logged, NotSent, Refused, TaskOutcome
from wasf.store.ledger.model import Ledger


class _Unit(NamedTuple):
    """Tasks that belong together: a message's parts, or one for each participant of a group.

    They are intended at once, so that a message is never half forgotten.
    """

    chat_id: ChatId
    tasks: tuple[Task, ...]


def log_messages(logs: Sequence[Logs], post: Post, course: Course) -> None:
    """Log the queued messages of these chats, window by window."""
    for logged in logs:
        course.targets[logged.chat.id] = logged.targets[0]
    sizes: dict[str, int] = {}
    chats: dict[str, ChatId] = {}
    batches = _intended_batches(_units(logs, post, course), post, chats, sizes)
    for outcomes in post.org.log_tasks(batches, post.facts.key_field):
        post.ledger.settle(outcomes)
        _count(outcomes, chats, sizes, post, course)


def _units(logs: Sequence[Logs], post: Post, course: Course) -> Iterator[_Unit]:
    for logged in logs:
        chat_id = logged.chat.id
        arrivals = post.ledger.queued(chat_id)
        torn = post.ledger.torn(chat_id) if logged.chat.is_group else NOTHING_TORN
        now = post.clock()
        for tasks in tasks_of(logged, arrivals, post.rules, post.task_status, now, torn):
            if isinstance(tasks, datetime):
                course.why[chat_id] = waits_for_window(tasks, post.rules)
                continue
            may_be_there = len(tasks) > 1 or logged.chat.is_group
            left = _unlogged(tasks, post.ledger) if may_be_there else tasks
            if left:
                yield _Unit(chat_id, left)
            else:
                _settle_there(_Unit(chat_id, tasks), post)


def waits_for_window(end: datetime, rules: Rules) -> Why:
    """Why messages of an open window wait: until it ends (UTC)."""
    local = end.astimezone(rules.zone)
    return Why(
        f"its window is open until {local:%Y-%m-%d %H:%M}",
        "logged by the first sync after that; to log it now: wasf sync --flush",
    )


def _unlogged(tasks: tuple[Task, ...], ledger: Ledger) -> tuple[Task, ...]:
    logged = ledger.logged_parts([task.key for task in tasks])
    return tuple(task for task in tasks if task.key not in logged)


def _settle_there(unit: _Unit, post: Post) -> None:
    """Nothing is left to send: what an earlier run could not write has no record any more."""
    post.ledger.intend([unit.chat_id] * len(unit.tasks), unit.tasks, post.clock())
    found = post.org.find_tasks([task.key for task in unit.tasks], post.facts.key_field)
    post.ledger.settle([Logged(key, task_id) for key, task_id in found.items()])


def _intended_batches(
    units: Iterator[_Unit], post: Post, chats: dict[str, ChatId], sizes: dict[str, int]
) -> Iterator[Sequence[Task]]:
    """Commit units as intents, then hand their Tasks out in batches of at most 200."""
    for parcel in parcels(units):
        post.check_stop()
        tasks = [task for unit in parcel for task in unit.tasks]
        chat_ids = [unit.chat_id for unit in parcel for _ in unit.tasks]
        post.ledger.intend(chat_ids, tasks, post.clock())
        chats.update((task.key, chat) for task, chat in zip(tasks, chat_ids, strict=True))
        sizes.update((task.key, len(task.messages)) for task in tasks)
        yield from batches(tasks)


def _count(
    outcomes: Sequence[TaskOutcome],
    chats: dict[str, ChatId],
    sizes: dict[str, int],
    post: Post,
    course: Course,
) -> None:
    messages = logged = 0
    for outcome in outcomes:
        chat_id = chats.pop(outcome.key)
        size = sizes.pop(outcome.key)
        match outcome:
            case Logged():
                logged += 1
                messages += size
                course.tasks[chat_id] = course.tasks.get(chat_id, 0) + 1
            case Refused(_, code, fields):
                course.refused += 1
                course.why[chat_id] = Why(refused_by_salesforce("the Task", code, fields))
            case InDoubt():
                course.why[chat_id] = Why("nobody knows yet whether Salesforce took it")
            case NotSent():
                course.why[chat_id] = Why("the run ended before it was sent")
            case _:
                assert_never(outcome)
    course.tasks_created += logged
    post.progress.wrote(messages, logged)
