"""Fields that tell of messages: of Tasks, for `wasf report`, and of Leads and Contacts.

The latter are those of `report.fields`. They are written in collections, which is safe to repeat.
Only a Lead that wasf created, and that nobody has touched, is written on the condition that nobody
touches it meanwhile: `wasf undo` may delete it.

A Task tells when its first message was written and by which side, in fields that the setting
`task.fields` fills, or that `wasf doctor --install-fields` made. How many messages it has is told
by a field, else by a subject of wasf's own, in whatever language.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

from wasf.core.chats import Direction
from wasf.core.fields import DescribedField, DescribedObject
from wasf.core.keys import key_bytes
from wasf.core.policy import Language
from wasf.core.records import TASK_KEY_LENGTH, TASK_KEY_SIGNS, RecordId, RecordType, TaskKey
from wasf.core.report import MessageTask
from wasf.core.task_words import TASK_WORDS
from wasf.core.templates import IN_FIELDS, BadTemplate, Placeholder, Template, direction_word
from wasf.errors import BadSetting
from wasf.interfaces import FieldsChange, FieldsOutcome, StoredFields
from wasf.salesforce.api import (
    GONE,
    MOST_PARTS,
    MOST_RECORDS,
    Inserted,
    Object,
    Query,
    Rejected,
    RequestFailed,
    RestClient,
    by_values,
    composite_body,
    composite_parts,
    condition,
    errors_in,
    failed_with_call,
    failure,
    flag,
    full_id,
    guarded_change,
    moment,
    record_id,
    refusal_of,
    refusal_of_request,
    rows_of,
    run_queries,
    select,
    text,
    type_of,
    update_records,
)
from wasf.salesforce.describe import Description, WantedFields, key_field_or_none
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, STORED_FIELDS, written_names
from wasf.values import dataclass

_KINDS: Final = (RecordType.CONTACT, RecordType.LEAD)


def read_fields(client: RestClient, ids: Collection[RecordId]) -> list[StoredFields]:
    """Return the fields of Leads and Contacts; deleted and converted ones are left out."""
    queries = [query for kind in _KINDS for query in _queries(kind, ids)]
    rows = run_queries(client, queries) if queries else []
    return [STORED_FIELDS.parse(row) for row in rows if not flag(row, "IsConverted")]


def _queries(kind: RecordType, ids: Collection[RecordId]) -> list[Query]:
    wanted = [one for one in ids if type_of(one) is kind]
    more = ("IsConverted",) if kind is RecordType.LEAD else ()
    return by_values(select((*STORED_FIELDS.names, *more), kind), "Id", wanted)


def write_fields(client: RestClient, changes: Sequence[FieldsChange]) -> list[FieldsOutcome]:
    """Write the fields of records; return the outcomes in any order.

    Raise `RequestFailed` if the outcome of a call is not known: the next sync asks what is there.
    """
    outcomes: list[FieldsOutcome] = []
    for kind in _KINDS:
        plain = [one for one in changes if one.read_at is None and type_of(one.id) is kind]
        for some in _chunks(plain, MOST_RECORDS):
            outcomes += _write_some(client, kind, some)
    guarded = [one for one in changes if one.read_at is not None]
    for some in _chunks(guarded, MOST_PARTS):
        outcomes += _write_guarded(client, some)
    return outcomes


def _chunks(changes: Sequence[FieldsChange], most: int) -> list[Sequence[FieldsChange]]:
    return [changes[start : start + most] for start in range(0, len(changes), most)]


def _body(change: FieldsChange) -> Object:
    """Return all three fields; a time that is not there empties its field."""
    return {one.name: one.content(change.last) for one in LAST_MESSAGE_FIELDS}


def _write_some(
    client: RestClient, kind: RecordType, changes: Sequence[FieldsChange]
) -> list[FieldsOutcome]:
    """Write at most 200 records; a call that is refused whole is sent again in halves (W7)."""
    half = len(changes) // 2
    again = partial(_write_some, client, kind)
    try:
        results = update_records(client, kind, [{"Id": one.id, **_body(one)} for one in changes])
    except RequestFailed as failed:
        if not failed.is_refused_content:
            raise
        if half:
            return [*again(changes[:half]), *again(changes[half:])]
        return [FieldsOutcome(changes[0].id, refusal_of_request(failed, ()))]
    if half and failed_with_call([one or Inserted(RecordId("")) for one in results]):
        return [*again(changes[:half]), *again(changes[half:])]
    return [_outcome(change.id, one) for change, one in zip(changes, results, strict=True)]


def _outcome(record: RecordId, result: Rejected | None) -> FieldsOutcome:
    if result is None:
        return FieldsOutcome(record)
    if result.code in GONE:
        return FieldsOutcome(record, is_gone=True)
    return FieldsOutcome(record, refusal_of(result, ()))


def _write_guarded(client: RestClient, changes: Sequence[FieldsChange]) -> list[FieldsOutcome]:
    """Write at most 25 records, each only if nobody has changed it since it was read."""
    parts = [
        guarded_change("Lead", one.id, one.read_at, _body(one)) for one in changes if one.read_at
    ]
    answers = composite_parts(client.write("composite", composite_body(parts)), len(parts))
    outcomes = []
    for change, part in zip(changes, answers, strict=True):
        failed = failure(part.status, errors_in(part.body)) if part.status >= 300 else None
        if failed is None:
            outcomes.append(FieldsOutcome(change.id))
        elif part.status == 412:
            outcomes.append(FieldsOutcome(change.id, is_changed=True))
        elif failed.code in GONE:
            outcomes.append(FieldsOutcome(change.id, is_gone=True))
        elif failed.errors and part.status in (400, 403):
            outcomes.append(FieldsOutcome(change.id, refusal_of_request(failed, ())))
        else:
            raise failed
    return outcomes


def check_last_message_fields(described: DescribedObject) -> None:
    """Raise `BadSetting` if a Lead or Contact cannot tell of the last messages."""
    for name in written_names(LAST_MESSAGE_FIELDS):
        about, where = described.fields.get(name), f"{described.name}.{name}"
        if about is None:
            raise BadSetting(
                f"The setting report.fields needs the field {where}, which does not exist, or the"
                " connected user does not see it.",
                "wasf doctor --install-report-fields makes it. To do without: wasf config unset"
                " report.fields",
            )
        if about.type != "datetime":
            raise BadSetting(
                f"The setting report.fields needs {where} as a Date/Time, and it is none.",
                "An administrator renames that field; then: wasf doctor --install-report-fields",
            )
        if not about.is_updateable:
            raise BadSetting(
                f"The setting report.fields: the connected user may not change {where}.",
                "An administrator grants Edit Access in a permission set, or: wasf doctor"
                " --install-report-fields",
            )


# --- What Tasks tell of messages ------------------------------------------------------------------


MESSAGE_FIELDS: Final[Mapping[str, str]] = {
    "WhatsApp_Direction__c": "{direction}",
    "WhatsApp_Sent_At__c": "{sent_at}",
    "WhatsApp_Sender__c": "{sender}",
    "WhatsApp_Account__c": "{account}",
    "WhatsApp_Chat__c": "{chat}",
}
"""The fields that tell of a message, and what `task.fields` fills them with (F4)."""

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
    query = _telling_tasks(names, key_field.name, fields.sent_at, since)
    known: dict[str, str] = {}  # each text once: a million Tasks name few people and chats
    tasks = [
        _message_task(row, TaskKey(key), fields, known)
        for row in rows_of(client, client.read(query.path))
        if TASK_KEY_SIGNS.issuperset(key := text(row, key_field.name).lower())
    ]
    rows = run_queries(
        client, by_values(select(("Id", "Email"), "User"), "Id", {task.owner for task in tasks})
    )
    emails = {record_id(row, "Id"): text(row, "Email").lower() for row in rows}
    return [task._replace(owner=emails.get(RecordId(task.owner), "")) for task in tasks]


def _telling_tasks(
    fields: Sequence[str], key_field: str, sent_at: str, since: datetime | None
) -> Query:
    """What Tasks with a key tell of messages since a moment, archived ones included.

    A Task that does not tell when its first message was written is taken by its day, which is one
    in the time zone of `since`.
    """
    like = condition(key_field, "LIKE", "_" * TASK_KEY_LENGTH)
    asked = f"IsDeleted = false AND {like}"
    if since:
        start = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        by_day = f"({sent_at} = null AND ActivityDate >= {since.date()})"
        asked += f" AND ({sent_at} >= {start} OR {by_day})"
    return Query(select((*fields, key_field), "Task"), (asked,), deleted_too=True)


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
