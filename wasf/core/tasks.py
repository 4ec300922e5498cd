"""The Tasks of a chat's messages, window by window (T4, T8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Attachment, Chat, Direction, Message, MessageKind
from wasf.core.fields import FieldValues, FilledField, UnfitValue, fill_fields
from wasf.core.keys import changed_fields, content_digest, further_text, task_key
from wasf.core.plan import Logs, Target
from wasf.core.policy import Attachments, CreatedDate, SyncPolicy
from wasf.core.records import (
    Growth,
    MessageKey,
    NamedRecord,
    RecordId,
    Task,
    TaskContent,
    TaskStatus,
    Trace,
    was_touched,
)
from wasf.core.task_text import TaskText, grown_text, subject_from, task_texts
from wasf.core.task_words import TASK_WORDS
from wasf.core.templates import Placeholder, Template, TemplateValues, subject_template
from wasf.core.text import local_minute, one_line, shorten
from wasf.core.windows import group, window_of
from wasf.errors import PermissionMissing
from wasf.values import dataclass

NONE_PARTIALLY_LOGGED: Mapping[MessageKey, RecordId] = MappingProxyType({})


def closed_task_status(statuses: Sequence[TaskStatus]) -> str:
    """Return the status for Tasks: `Completed` if the org has it, else its first closed one (T4).

    Raise `PermissionMissing` if the org shows none: an open Task would be somebody's to-do.
    """
    closed = [status.api_name for status in statuses if status.is_closed]
    if not closed:
        raise PermissionMissing(
            "Your org shows no Task status that means closed.",
            "ask an admin for a closed value in Setup, Object Manager, Task, Status",
        )
    return "Completed" if "Completed" in closed else closed[0]


def open_task_status(statuses: Sequence[TaskStatus]) -> str:
    """Return the status for Tasks to do: `Not Started`, else the first open one, "" if none is."""
    is_open = [status.api_name for status in statuses if not status.is_closed]
    return "Not Started" if "Not Started" in is_open else next(iter(is_open), "")


def answer_task(
    record: NamedRecord,
    asked: tuple[MessageKey, datetime],
    owner: UserId,
    status: str,
    fields: FieldValues,
    now: datetime,
    policy: SyncPolicy,
) -> Task:
    """Return the Task that asks for an answer to a message of a chat, of that time.

    `record` is that of the chat. Of the setting `task.fields` it has the constants (`fields`).
    """
    (message, at), words = asked, TASK_WORDS[policy.task_language]
    return Task(
        task_key([message], about=_ASKS),
        (message,),
        record.id,
        owner,
        shorten(words.answer.format(name=one_line(record.name)), _LONGEST_SUBJECT),
        words.unanswered.format(time=local_minute(at, policy.zone)),
        now.astimezone(policy.zone).date(),
        status,
        fields=fields,
        asks=at,
    )


_ASKS: Final = "asks for an answer"
_LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class TaskRules:
    """What all Tasks of a sync have: the settings, the Status, and further fields (T4, F1).

    `can_date`: the org lets wasf say when a Task was created (T9).
    """

    policy: SyncPolicy
    status: str
    fields: tuple[FilledField, ...] = ()
    can_date: bool = False

    def created_at(self, message: Message, now: datetime) -> datetime | None:
        """Return the CreatedDate of a Task with this last message, None: when it is written."""
        is_chosen = self.policy.created_date is CreatedDate.MESSAGE and self.can_date
        return message.sent_at if is_chosen and message.sent_at <= now else None

    @property
    def subject(self) -> Template | None:
        """The template of subjects, None for those of wasf's own (T5)."""
        text = self.policy.task_subject
        return subject_template(text) if text else None


def tasks_of(
    logs: Logs,
    arrivals: Iterable[tuple[MessageKey, Message]],
    rules: TaskRules,
    now: datetime,
    partially_logged: Mapping[MessageKey, RecordId] = NONE_PARTIALLY_LOGGED,
) -> Iterator[tuple[Task, ...] | datetime | UnfitValue]:
    """Yield the Tasks of a chat's messages, given in order of time, window by window.

    Each tuple holds the Tasks of one message or window: the parts of a long text, for every target.
    For a window that is still open its end (UTC) is yielded instead, and for one whose values do
    not fit a further field (F2), why they do not.

    `partially_logged` maps messages to a Task that is written for some targets but not for all.
    Messages of one such Task stay together, whatever else has come into their window: otherwise
    they would be written a second time in another Task.
    """
    together: dict[RecordId, list[tuple[MessageKey, Message]]] = {}
    places = [(target, _shown(logs, target)) for target in logs.targets]
    if partially_logged:
        arrivals = _without(partially_logged, arrivals, together)
    for window in group(arrivals, rules.policy, now):
        if window.waits:
            yield window.window.end
        else:
            yield from _tasks_of(logs.owner, places, window.messages, rules, now)
    for shared in together.values():
        yield from _tasks_of(logs.owner, places, shared, rules, now)


def _without(
    partially_logged: Mapping[MessageKey, RecordId],
    arrivals: Iterable[tuple[MessageKey, Message]],
    together: dict[RecordId, list[tuple[MessageKey, Message]]],
) -> Iterator[tuple[MessageKey, Message]]:
    """Yield messages, but collect the partially logged ones by their Task."""
    for arrival in arrivals:
        if (task := partially_logged.get(arrival[0])) is None:
            yield arrival
        else:
            together.setdefault(task, []).append(arrival)


def open_until(first: Message, policy: SyncPolicy, now: datetime) -> datetime | None:
    """Return when the window of a chat's first queued message ends (UTC), None if it has ended.

    While it is open nothing is done for the chat: no Lead is made or reopened for it (T3).
    """
    if policy.frequency is None or policy.flush:
        return None
    end = window_of(first.sent_at, policy.frequency, policy.zone).end
    return end if now < end else None


def _tasks_of(
    owner: UserId,
    places: Sequence[tuple[Target, Chat]],
    arrivals: Sequence[tuple[MessageKey, Message]],
    rules: TaskRules,
    now: datetime,
) -> Iterator[tuple[Task, ...] | UnfitValue]:
    """Yield the Tasks of a window; Tasks with the same messages come together."""
    messages = [message for _, message in arrivals]
    shared: dict[int, list[Task]] = {}
    zone, language = rules.policy.zone, rules.policy.task_language
    for target, shown in places:
        for text in task_texts(messages, shown, zone, rules.subject, language):
            part = arrivals[text.first : text.end]
            values: FieldValues | UnfitValue = ()
            if rules.fields:
                stands_for = TemplateValues(shown, part[0][1], part[-1][1], len(part), zone)
                values = fill_fields(rules.fields, stands_for)
            if isinstance(values, UnfitValue):
                yield values
                return
            created_at = rules.created_at(part[-1][1], now)
            task = _task(owner, target, part, text, rules, values, created_at)
            shared.setdefault(text.first, []).append(task)
    yield from map(tuple, shared.values())


def _task(
    owner: UserId,
    target: Target,
    part: Sequence[tuple[MessageKey, Message]],
    text: TaskText,
    rules: TaskRules,
    fields: FieldValues,
    created_at: datetime | None,
) -> Task:
    keys = tuple(key for key, _ in part)
    messages = [message for _, message in part]
    is_person = target.record_type.is_person
    return Task(
        key=task_key(keys, text.piece, target.about),
        messages=keys,
        who_id=target.record_id if is_person else None,
        what_id=target.what_id if is_person else target.record_id,
        owner_id=owner,
        subject=text.subject,
        description=text.description,
        activity_date=messages[-1].sent_at.astimezone(rules.policy.zone).date(),
        status=rules.status,
        files=_files(messages, rules.policy) if text.piece == 1 else (),
        fields=fields,
        created_at=created_at,
    )


def _shown(logs: Logs, target: Target) -> Chat:
    """Return the chat with a name to show: its own, else the record's."""
    chat = logs.chat
    return chat if chat.name or chat.is_group else replace(chat, name=target.name)


def _files(messages: Sequence[Message], policy: SyncPolicy) -> tuple[Attachment, ...]:
    if policy.attachments is not Attachments.FILES:
        return ()
    found = (message.attachment for message in messages)
    return tuple(attachment for attachment in found if attachment and attachment.archive)


# --- Tasks that grow (T3a) ---------------------------------------------------------------------

_OF_FIRST: Final = frozenset(
    {Placeholder.DIRECTION, Placeholder.SENDER, Placeholder.KIND}
    | {Placeholder.MESSAGE_ID, Placeholder.TEXT}
)
"""What is not known any more of the first message of a Task that is there."""

_OF_ALL: Final = frozenset({Placeholder.COUNT, Placeholder.SENT_UNTIL})
_PLACE: Final = frozenset({"WhoId", "WhatId"})


@dataclass(frozen=True, slots=True)
class GrowingTask:
    """A Task of a window that may grow: its messages with their times, in the order of time.

    `written` is the digest of what wasf wrote into it.
    """

    id: RecordId
    messages: tuple[tuple[MessageKey, datetime], ...]
    written: bytes


class TaskState(NamedTuple):
    """How a Task is in the org: when it was created and modified last, and what stands in it."""

    created: Trace
    modified: Trace
    content: TaskContent


def is_as_left(task: GrowingTask, state: TaskState, left: Trace | None, target: Target) -> bool:
    """Return whether nobody but wasf touched a Task, and it is on the record of its chat.

    `left` is how wasf left the Task when it grew or was moved; None: when it was written. After a
    move it is on another record than it was written for.
    """
    content = state.content
    changed = set(changed_fields(task.written, content))
    if left is None:
        is_touched = was_touched(state.created, state.modified)
    else:
        is_touched = state.modified != left
        changed -= _PLACE
    record = content.who_id if target.record_type.is_person else content.what_id
    return not (is_touched or changed) and record == target.record_id


def grown_task(
    logs: Logs,
    task: GrowingTask,
    state: TaskState,
    arrivals: Sequence[tuple[MessageKey, Message]],
    rules: TaskRules,
) -> Task | None:
    """Return the Task with further messages of its window; None if they do not fit into it.

    It has the key of a Task that was written at once with all of the messages, and what stands in
    it is the same but for the order of messages that came late.
    """
    policy, content = rules.policy, state.content
    shown = _shown(logs, logs.targets[0])
    new = [(key, message.sent_at.replace(microsecond=0)) for key, message in arrivals]
    everything = sorted([*task.messages, *new], key=lambda one: one[1])
    keys, times = tuple(key for key, _ in everything), [at for _, at in everything]
    values = TemplateValues(shown, _stub(times[0]), _stub(times[-1]), len(times), policy.zone)
    before = TaskText(content.subject, content.description, 0, len(task.messages))
    messages = [message for _, message in arrivals]
    text = grown_text(before, times, messages, shown, policy.zone, policy.task_language)
    fields = _refilled(rules, content.further, values)
    if text is None or isinstance(fields, UnfitValue):
        return None
    after = content._replace(
        subject=_grown_subject(text.subject, content.subject, rules.subject, values),
        description=text.description,
        activity_date=times[-1].astimezone(policy.zone).date().isoformat(),
        further=_with_fields(content.further, fields),
    )
    return Task(
        key=task_key(keys),
        messages=keys,
        who_id=RecordId(after.who_id) if after.who_id else None,
        what_id=RecordId(after.what_id) if after.what_id else None,
        owner_id=UserId(after.owner_id),
        subject=after.subject,
        description=after.description,
        activity_date=date.fromisoformat(after.activity_date),
        status=after.status,
        files=_files(messages, policy),
        fields=fields,
        grows=Growth(task.id, state.modified.at, times[0], content_digest(after)),
    )


def _stub(at: datetime) -> Message:
    """Return a message of which only the time is known."""
    return Message(at, Direction.INCOMING, "", MessageKind.TEXT, "")


def _grown_subject(own: str, before: str, template: Template | None, values: TemplateValues) -> str:
    """Return wasf's own subject, or that of the template; as before where the first is needed."""
    if template is None:
        return own
    is_known = _OF_FIRST.isdisjoint(template.placeholders)
    return subject_from(template, values) if is_known else before


def _refilled(rules: TaskRules, further: str, values: TemplateValues) -> FieldValues | UnfitValue:
    """Return the fields of the setting that tell of all messages, with their values of now."""
    there = {line.partition("=")[0] for line in further.split("\n")}
    changing = tuple(
        one
        for one in rules.fields
        if one.field.name in there
        and not _OF_ALL.isdisjoint(one.template.placeholders)
        and _OF_FIRST.isdisjoint(one.template.placeholders)
    )
    return fill_fields(changing, values)


def _with_fields(further: str, fields: FieldValues) -> str:
    """Return what stands in further fields after these were filled."""
    new = {name: further_text([(name, value)]) for name, value in fields}
    return "\n".join(new.get(line.partition("=")[0], line) for line in further.split("\n"))
