"""`wasf verify`: compares what the ledger says with what the org has, by key, and changes nothing.

First every Task that the ledger knows is looked for in the org, deleted and archived ones included;
then every Task in the org that carries a key is looked for in the ledger. It takes about a hundred
bytes of memory for each Task.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from wasf.commands.sync import SyncContext
from wasf.core.chats import ChatId
from wasf.core.records import RecordId, TaskKey
from wasf.errors import ExitCode
from wasf.interfaces import KeyField, Org, StoredTask
from wasf.store.ledger import Ledger, LoggedTask

_AT_ONCE = 5_000
_EXAMPLES = 5


class Finding(StrEnum):
    """What can be seen of a Task."""

    SAME = "same"
    DELETED = "deleted"
    MOVED = "moved"
    IN_DOUBT = "in_doubt"
    MISSING = "missing"
    DOUBLE = "double"
    UNKNOWN = "unknown"
    BACK = "back"

    @property
    def is_difference(self) -> bool:
        """Whether something is wrong; people may delete and move what they like."""
        return self in (Finding.MISSING, Finding.DOUBLE, Finding.UNKNOWN, Finding.BACK)

    @property
    def meaning(self) -> str:
        """What it says of a Task."""
        return _MEANINGS[self]


_MEANINGS = {
    Finding.SAME: "in the ledger and in Salesforce",
    Finding.DELETED: "deleted in Salesforce by somebody; wasf does not log it again",
    Finding.MOVED: "on another record than its chat's now; people may have moved it",
    Finding.IN_DOUBT: "of a run that was cut off; the next wasf sync settles it",
    Finding.MISSING: "logged, and nowhere in Salesforce, not even in the recycle bin",
    Finding.DOUBLE: "in Salesforce twice",
    Finding.UNKNOWN: "in Salesforce with a key that this machine does not know",
    Finding.BACK: "in Salesforce though it was taken back: delete it there",
}


class Found(NamedTuple):
    """How many Tasks show this, and the ids of the first few."""

    finding: Finding
    tasks: int
    examples: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that was found, the good first. `tasks` is how many the ledger knows."""

    key_field: KeyField
    tasks: int
    found: tuple[Found, ...]

    def every_finding(self) -> Iterator[Found]:
        """Each finding in order, with 0 for what was not found."""
        found = {one.finding: one for one in self.found}
        return (found.get(each, Found(each, 0, ())) for each in Finding)

    @property
    def exit_code(self) -> ExitCode:
        """Whether there is any difference that people did not make on purpose."""
        differs = any(one.finding.is_difference for one in self.found)
        return ExitCode.DIFFERENT if differs else ExitCode.DONE


def verify(context: SyncContext) -> Comparison:
    """Compare the ledger with the org."""
    org, ledger = context.org, context.ledger
    key_field = org.facts(()).key_field
    records = {
        one.chat.id: one.link.record_id
        for one in ledger.chats()
        if one.link and not one.chat.is_group
    }
    seen: dict[Finding, list[RecordId]] = defaultdict(list)
    known: dict[TaskKey, bool] = {}
    tasks = 0
    for some in _chunks(ledger.logged_tasks()):
        context.check_stop()
        known.update((task.key, task.is_undone) for task in some)
        expected = [task for task in some if task.task_id]
        tasks += len(expected)
        stored = _by_key(org.keyed_tasks([task.key for task in expected], key_field))
        # A key may stand in the field that was in use when its Task was written.
        lost = [task.task_id for task in expected if task.key not in stored]
        by_id = {task.id: [task] for task in org.read_tasks(lost)} if lost else {}
        for task in expected:
            there = stored.get(task.key) or by_id.get(task.task_id, [])
            _compare(task, there, records, seen)
    _look_for_others(org, key_field, known, ledger, seen)
    found = tuple(
        Found(one, len(seen[one]), tuple(seen[one][:_EXAMPLES])) for one in Finding if seen[one]
    )
    return Comparison(key_field, tasks, found)


def _chunks(tasks: Iterator[LoggedTask]) -> Iterator[list[LoggedTask]]:
    while some := list(islice(tasks, _AT_ONCE)):
        yield some


def _by_key(stored: Iterable[StoredTask]) -> dict[TaskKey, list[StoredTask]]:
    found: dict[TaskKey, list[StoredTask]] = defaultdict(list)
    for task in stored:
        found[task.key].append(task)
    return found


def _compare(
    task: LoggedTask,
    stored: Sequence[StoredTask],
    records: dict[ChatId, RecordId],
    seen: dict[Finding, list[RecordId]],
) -> None:
    living = [one for one in stored if not one.is_deleted]
    if not living:
        seen[Finding.DELETED if stored else Finding.MISSING].append(task.task_id)
        return
    seen[Finding.DOUBLE] += [one.id for one in living[1:]]
    record = records.get(task.chat_id)
    is_moved = record is not None and living[0].who_id != record
    seen[Finding.MOVED if is_moved else Finding.SAME].append(living[0].id)


def _look_for_others(
    org: Org,
    key_field: KeyField,
    known: dict[TaskKey, bool],
    ledger: Ledger,
    seen: dict[Finding, list[RecordId]],
) -> None:
    in_doubt = {intent.task.key for intent in ledger.intents()}
    trial = ledger.facts.trial_lead()
    for task in org.all_keyed_tasks(key_field):
        if known.get(task.key):
            seen[Finding.BACK].append(task.id)
        if task.key in known or (trial and task.who_id == trial):
            continue
        seen[Finding.IN_DOUBT if task.key in in_doubt else Finding.UNKNOWN].append(task.id)


# --- For people and programs -------------------------------------------------------------------
