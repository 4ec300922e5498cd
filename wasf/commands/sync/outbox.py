"""The outbox: sends Tasks in batches, so that no Task is lost and none is logged twice.

Each Task is committed to the ledger as an intent before it is sent, and its outcome is committed
after the answer. A run that was killed, or whose answer was lost, leaves intents: Tasks that may be
in Salesforce or not. The next run looks them up before it sends anything new (`earlier_writes`).

Batches are of one call each: as few as possible, in order. Calls of Tasks go out several at once,
but never two for one record (T9). So batches that follow each other are of different chats, as far
as there are enough: `interleaved` fills several batches at a time, each from a chat of its own.
What is left in the end goes into as few batches as possible.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from datetime import datetime, timedelta
from itertools import chain, cycle, islice
from typing import Final, Generic, NamedTuple, Protocol, TypeVar, assert_never

from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.core.chats import ChatId
from wasf.core.fields import UnfitValue
from wasf.core.plan import Logs
from wasf.core.policy import LARGEST_BATCH, MOST_CALLS_IN_FLIGHT, SyncPolicy
from wasf.core.records import Task, TaskKey
from wasf.core.refusals import RecordRefusal, task_hint
from wasf.core.tasks import TaskRules, closed_task_status, tasks_of
from wasf.core.text import counted, local_minute
from wasf.interfaces import (
    KeyField,
    OrgFacts,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.store.ledger import Ledger

# --- Logging -----------------------------------------------------------------------------------


class Unit(NamedTuple):
    """Tasks that belong together: a message's parts, or one for each participant of a group.

    Their intents are recorded together, so that no part of a message is forgotten.
    """

    chat_id: ChatId
    tasks: tuple[Task, ...]


_LIMIT_HOLDS: Final = timedelta(days=7)
"""How long a run believes what an earlier one learned of the size of calls."""

_Sent = dict[TaskKey, tuple[ChatId, int]]
"""The chat and the number of messages of each Task that has no outcome yet."""


def log_messages(
    logs: Sequence[Logs],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
    most: int | None = None,
) -> None:
    """Log the queued messages of these chats, window by window.

    With `most` only so many messages or windows are logged, the first ones.
    In an org that took no Task at the last sync one Task is tried first, of another chat each time.
    """
    for one in logs:
        result.targets[one.chat.id] = one.targets[0]
    sent: _Sent = {}
    tries = context.ledger.facts.stopped().tries
    if result.stopped is None:
        turn = tries % max(1, len(logs))
        units: Iterator[Iterator[Unit]]
        units = (units_of(one, context, facts, result) for one in [*logs[turn:], *logs[:turn]])
        if most is not None:
            units = iter([islice(chain.from_iterable(units), most)])
        intended = _intended(units, context, sent)
        for outcomes in send_tasks(intended, context, facts.key_field, result):
            context.ledger.resolve(outcomes)
            count_outcomes(outcomes, sent, context, result)
    if result.stopped is not None or result.tasks:  # an earlier stop is over with a Task
        context.ledger.facts.save_stopped(result.stopped)
    _explain_rest(logs, context, result)
    _note_owners(facts, result)


def send_tasks(
    tasks: Iterator[Sequence[Task]],
    context: SyncContext,
    key_field: KeyField,
    result: SyncResult,
) -> Iterator[Sequence[TaskOutcome]]:
    """Send Tasks in calls as large as the org takes, and remember how large that is (W7)."""
    now, facts = context.clock(), context.ledger.facts
    known = facts.batch_limit(since=now - _LIMIT_HOLDS)
    size, probe = known.size if known else 0, facts.stopped().tries > 0
    try:
        yield from context.org.log_tasks(tasks, key_field, size, probe=probe)
    finally:
        limit = context.org.batch_limit
        facts.save_batch_limit(limit, now)
        if limit is not None and limit.size != size:
            result.notes.append(limit.message)
        result.stopped = result.stopped or context.org.stopped


def _explain_rest(logs: Sequence[Logs], context: SyncContext, result: SyncResult) -> None:
    """Note why the messages wait that were not tried after a refusal stopped the run."""
    if result.stopped is None:
        return
    for one in logs:
        if next(context.ledger.queued(one.chat.id), None) is not None:
            result.waits.setdefault(one.chat.id, _not_tried(result.stopped))


def _note_owners(facts: OrgFacts, result: SyncResult) -> None:
    """Note whose Tasks are the connected user's now, because they may not own them (O3)."""
    names = {user.id: user.email for user in facts.users}
    for owner, count in result.without_access.items():
        tasks = counted(count, "Task")
        result.notes.append(
            f"{names.get(owner, owner)} may not own Tasks on some records: {tasks} written for the"
            " connected user instead. An administrator shares the records with that user"
        )
    result.without_access.clear()


def _not_tried(refusal: RecordRefusal) -> Reason:
    return Reason(f"not tried, as {refusal.of('another Task')}", task_hint(refusal))


def units_of(
    one: Logs, context: SyncContext, facts: OrgFacts, result: SyncResult
) -> Iterator[Unit]:
    """Yield what is to be logged of a chat; note until when an open window waits."""
    ledger = context.ledger
    policy = context.policy.for_chat(is_group=one.chat.is_group)
    status = closed_task_status(facts.task_statuses)
    rules = TaskRules(policy, status, facts.task_fields, facts.can_date)
    chat_id, is_group = one.chat.id, one.chat.is_group
    partly = ledger.partially_logged(chat_id) if is_group else result.together.get(chat_id, {})
    arrivals, now = ledger.queued(chat_id), context.clock()
    for tasks in tasks_of(one, arrivals, rules, now, partly):
        if isinstance(tasks, datetime):
            result.waits[chat_id] = waits_for_window(tasks, policy)
            continue
        if isinstance(tasks, UnfitValue):
            result.waits[chat_id] = Reason(tasks.reason, "wasf config set task.fields …")
            continue
        if not result.refused_tasks.isdisjoint(task.key for task in tasks):
            continue
        result.fields.setdefault(chat_id, tasks[0].fields)
        left = _unlogged(tasks, ledger) if len(tasks) > 1 or is_group else tasks
        if left:
            yield Unit(chat_id, left)
        else:
            _resolve_logged(Unit(chat_id, tasks), context, facts.key_field)


def waits_for_window(end: datetime, policy: SyncPolicy) -> Reason:
    """Return why messages of an open window wait: until it ends (UTC)."""
    return Reason(
        f"its window is open until {local_minute(end, policy.zone)}",
        "logged by the first sync after that; to log it now: wasf sync --flush",
    )


def _unlogged(tasks: tuple[Task, ...], ledger: Ledger) -> tuple[Task, ...]:
    logged = ledger.logged_parts([task.key for task in tasks])
    return tuple(task for task in tasks if task.key not in logged)


def _resolve_logged(unit: Unit, context: SyncContext, key_field: KeyField) -> None:
    """Resolve a message all of whose Tasks are logged: those that were not have no record now."""
    context.ledger.record_intent([unit.chat_id] * len(unit.tasks), unit.tasks, context.clock())
    found = context.org.find_tasks([task.key for task in unit.tasks], key_field)
    context.ledger.resolve([TaskLogged(key, task_id) for key, task_id in found.items()])


def _intended(
    chats: Iterator[Iterator[Unit]], context: SyncContext, sent: _Sent
) -> Iterator[Sequence[Task]]:
    """Commit units as intents, then yield their Tasks in batches as large as a call."""
    org, most = context.org, context.policy.batch_size

    def size() -> int:
        limit = org.batch_limit
        return min(limit.size, most) if limit else most

    for packed in interleaved(chats, size):
        context.check_stop()
        tasks = [task for unit in packed for task in unit.tasks]
        chat_ids = [unit.chat_id for unit in packed for _ in unit.tasks]
        context.ledger.record_intent(chat_ids, tasks, context.clock())
        for task, chat_id in zip(tasks, chat_ids, strict=True):
            sent[task.key] = chat_id, len(task.messages)
        yield from batches(tasks)


def count_outcomes(
    outcomes: Sequence[TaskOutcome], sent: _Sent, context: SyncContext, result: SyncResult
) -> None:
    messages = logged = 0
    for outcome in outcomes:
        chat_id, size = sent.pop(outcome.key)
        match outcome:
            case TaskLogged():
                logged += 1
                messages += size
                result.tasks[chat_id] += 1
                if outcome.instead_of is not None:
                    result.without_access[outcome.instead_of] += 1
            case TaskRefused():
                refusal = outcome.refusal
                result.refused += 1
                result.refused_tasks.add(outcome.key)
                result.refusals[chat_id] = refusal
                result.waits[chat_id] = Reason(refusal.of("the Task"), task_hint(refusal))
            case TaskInDoubt():
                result.waits[chat_id] = Reason("nobody knows yet whether Salesforce took it")
            case TaskNotSent(_, None):
                result.waits.setdefault(chat_id, Reason("the run ended before it was sent"))
            case TaskNotSent(_, refusal):
                result.waits.setdefault(chat_id, _not_tried(refusal))
            case _:
                assert_never(outcome)
    context.progress.wrote(messages, logged)


# --- Batches -------------------------------------------------------------------------------------


class HasTasks(Protocol):
    """Tasks that are written or deleted together, or not at all."""

    @property
    def tasks(self) -> Sized:
        """All of them."""
        ...


_T = TypeVar("_T")
_U = TypeVar("_U", bound=HasTasks)


def batches(records: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield slices of at most `LARGEST_BATCH` records."""
    starts = range(0, len(records), LARGEST_BATCH)
    return (records[start : start + LARGEST_BATCH] for start in starts)


def pack(units: Iterable[_U], size: int = LARGEST_BATCH) -> Iterator[list[_U]]:
    """Yield groups of whole units that have at most `size` Tasks, or one unit that has more."""
    queue = _UnitQueue(iter([iter(units)]))
    while group := queue.fill(size):
        yield group


def interleaved(chats: Iterable[Iterator[_U]], size: Callable[[], int]) -> Iterator[list[_U]]:
    """Yield groups as `pack`, from several chats in turn; the units of a chat stay in order.

    There are as many in turn as calls are under way at most. `size` is asked before each group.
    """
    source = iter(chats)
    queues = [_UnitQueue[_U](source) for _ in range(MOST_CALLS_IN_FLIGHT)]
    for queue in cycle(queues):
        group = queue.fill(size())
        if queue.is_at_end:
            break
        yield group
    rest = _UnitQueue(iter([iter(group), *(queue.rest() for queue in queues)]))
    while group := rest.fill(size()):
        yield group


class _UnitQueue(Generic[_U]):
    """The units of one chat after the other; when a chat is at its end, the next one is taken."""

    def __init__(self, chats: Iterator[Iterator[_U]]) -> None:
        self._chats = chats
        self._units: Iterator[_U] = iter(())
        self._next: _U | None = None

    @property
    def is_at_end(self) -> bool:
        """Whether no unit is left, and no chat."""
        return self._peek() is None

    def fill(self, size: int) -> list[_U]:
        """Take the next units that have at most `size` Tasks, or one that has more."""
        group: list[_U] = []
        left = size
        while left > 0 and (unit := self._peek()) is not None:
            if group and len(unit.tasks) > left:
                break
            group.append(unit)
            left -= len(unit.tasks)
            self._next = None
        return group

    def rest(self) -> Iterator[_U]:
        """Take what is left of the chat at hand."""
        if self._next is not None:
            yield self._next
        yield from self._units

    def _peek(self) -> _U | None:
        while self._next is None:
            self._next = next(self._units, None)
            if self._next is None:
                chat = next(self._chats, None)
                if chat is None:
                    return None
                self._units = chat
        return self._next
