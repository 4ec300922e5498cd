"""What Tasks in the org tell a report of messages, of this machine and of all others.

A Task tells when its first message was written and by which side, in fields that the setting
`task.fields` fills, or that `wasf doctor --install-fields` made. How many messages it has is told
by a field, else by a subject of wasf's own, in whatever language.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Direction
from wasf.core.fields import DescribedField
from wasf.core.keys import key_bytes
from wasf.core.policy import Language
from wasf.core.records import TASK_KEY_SIGNS, RecordId, TaskKey
from wasf.core.report import MessageTask
from wasf.core.task_words import TASK_WORDS
from wasf.core.templates import IN_FIELDS, BadTemplate, Placeholder, Template, direction_word
from wasf.errors import BadSetting
from wasf.salesforce import queries
from wasf.salesforce.api import (
    Object,
    RestClient,
    full_id,
    moment,
    record_id,
    rows_of,
    run_queries,
    text,
)
from wasf.salesforce.chosen_fields import WantedFields
from wasf.salesforce.describe import Description, key_field_or_none
from wasf.salesforce.field_setup import MESSAGE_FIELDS
from wasf.values import dataclass

_ALWAYS: Final = ("WhoId", "OwnerId", "Subject")
_RELATED: Final = "WhatId"
_SIDES: Final = {direction_word(side): int(side is Direction.OUTGOING) for side in Direction}


@dataclass(frozen=True, slots=True)
class TellingFields:
    """The API names of the fields of Tasks that tell of messages; "" where there is none."""

    sent_at: str
    direction: str
    chat: str = ""
    account: str = ""
    count: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        names = (self.sent_at, self.direction, self.chat, self.account, self.count)
        return tuple(dict.fromkeys(filter(None, names)))


def read_message_tasks(
    client: RestClient, wanted: WantedFields, since: datetime | None
) -> list[MessageTask]:
    """Return what all Tasks with a key tell of messages, with the e-mail of each owner.

    Raise `BadSetting` if no field tells when a message was written, or by which side.
    """
    task = Description.of("Task", client.read("sobjects/Task/describe"))
    fields = telling_fields(wanted.task_fields, MESSAGE_FIELDS, task.settings.fields)
    if (key_field := key_field_or_none(task, wanted.key_field)) is None:
        return []
    names = [*_ALWAYS, *(one for one in (_RELATED,) if one in task.fields), *fields.names]
    query = queries.telling_tasks(names, key_field.name, fields.sent_at, since)
    known: dict[str, str] = {}  # each text once: a million Tasks name few people and chats
    tasks = [
        _message_task(row, TaskKey(key), fields, known)
        for row in rows_of(client, client.read(query.path))
        if TASK_KEY_SIGNS.issuperset(key := text(row, key_field.name).lower())
    ]
    rows = run_queries(client, queries.emails_of({UserId(task.owner) for task in tasks}))
    emails = {record_id(row, "Id"): text(row, "Email").lower() for row in rows}
    return [task._replace(owner=emails.get(RecordId(task.owner), "")) for task in tasks]


def _message_task(
    row: Object, key: TaskKey, fields: TellingFields, known: dict[str, str]
) -> MessageTask:
    def once(word: str) -> str:
        return known.setdefault(word, word)

    shape, count = subject_shape(text(row, "Subject")), row.get(fields.count)
    messages, is_first = shape.messages, shape.part == 1
    if isinstance(count, int | float):
        messages, is_first = max(1, int(count)), True
    return MessageTask(
        key_bytes(key),
        int(moment(row, fields.sent_at).timestamp()) if row.get(fields.sent_at) else None,
        _SIDES.get(text(row, fields.direction)),
        full_id(once(text(row, "WhoId") or text(row, _RELATED))),
        chat=once(text(row, fields.chat)) if fields.chat else "",
        account=once(text(row, fields.account)) if fields.account else "",
        owner=once(record_id(row, "OwnerId")),
        is_several=messages > 1,
        untold=messages - 1 if is_first else -1,
        is_rest=shape.part > 1 and shape.messages == 1,
    )


# --- Fields ------------------------------------------------------------------------------------


def telling_fields(
    mapping: Mapping[str, str], usual: Mapping[str, str], visible: Mapping[str, DescribedField]
) -> TellingFields:
    """Return the fields that tell of messages: those of the setting, else the `usual` ones.

    Raise `BadSetting` if none tells when a message was written, or by which side.
    """
    filled = [(name, _alone(text)) for name, text in (*mapping.items(), *usual.items())]

    def found(what: Placeholder, fits: Callable[[DescribedField], bool]) -> str:
        names = (name for name, filler in filled if filler is what and name in visible)
        return next((name for name in names if fits(visible[name])), "")

    sent_at = found(Placeholder.SENT_AT, lambda one: one.type == "datetime" and one.is_filterable)
    direction = found(Placeholder.DIRECTION, _is_text)
    missing = [
        what
        for name, what in ((sent_at, "when a message was written"), (direction, "who wrote it"))
        if not name
    ]
    if missing:
        raise BadSetting(
            f"No field of Tasks tells {' and '.join(missing)}, as far as the connected user sees.",
            "wasf doctor --install-fields makes them. Tasks of before stay without.",
        )
    return TellingFields(
        sent_at,
        direction,
        chat=found(Placeholder.CHAT, _is_text),
        account=found(Placeholder.ACCOUNT, _is_text),
        count=found(Placeholder.COUNT, lambda one: one.type in ("double", "int")),
    )


def _alone(text: str) -> Placeholder | None:
    try:
        return Template.parse(text, IN_FIELDS).alone
    except BadTemplate:  # a sync refuses to begin with it
        return None


def _is_text(about: DescribedField) -> bool:
    return about.type in ("string", "picklist")


# --- Subjects ----------------------------------------------------------------------------------


class SubjectShape(NamedTuple):
    """How many messages a subject says that there are, and which part of them the Task is."""

    messages: int = 1
    part: int = 1


def subject_shape(subject: str) -> SubjectShape:
    """Return what a subject of wasf's own says (T5, T11); one message for any other."""
    part = _PART.search(subject)
    head = subject[: part.start()] if part else subject
    number = int(_NUMBER.findall(part[0])[0]) if part else 1
    if not _SEVERAL.fullmatch(head):
        return SubjectShape(1, number)
    counts = _NUMBER.findall(head.rpartition(" (")[2].partition(", ")[0])
    return SubjectShape(int(counts[0]) if counts else _UNCOUNTED, number)


_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_UNCOUNTED: Final = 2  # languages with a dual write no number


def _pattern(words: str, **groups: str) -> str:
    """Return a text of wasf's own words as a pattern."""
    pattern = re.escape(words)
    for name, group in groups.items():
        pattern = pattern.replace(re.escape(f"{{{name}}}"), group)
    return pattern


def _of_several(language: Language) -> str:
    words = TASK_WORDS[language]
    counts = "|".join(_pattern(one, count="[0-9]{1,9}") for one in words.messages.values())
    return rf"{_pattern(words.chat, name='.*')} \((?:{counts}), [^()]*[0-9][0-9]:[0-9][0-9]\)"


def _of_part(language: Language) -> str:
    return _pattern(TASK_WORDS[language].part, number="[0-9]{1,4}", count="[0-9]{1,4}")


_SEVERAL: Final = re.compile("|".join(_of_several(language) for language in Language), re.DOTALL)
_PART: Final = re.compile(rf" \((?:{'|'.join(map(_of_part, Language))})\)$")
