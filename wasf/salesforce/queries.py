"""The queries that wasf asks, as values. Each may be several, because a query may not be too long.

A search by number looks for the digits that every spelling of it has, whatever stands between
them. It reads a whole table, so no query has many of those.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final
from urllib.parse import quote

from wasf.core.auth import UserId
from wasf.core.chats import Phone
from wasf.core.phones import national_digits, usual_spellings
from wasf.core.records import TASK_KEY_LENGTH, RecordId, RecordType, TaskKey
from wasf.salesforce.api import (
    LONGEST_QUERY,
    Query,
    by_values,
    condition,
    of_whole_characters,
    query_chunks,
    select,
)
from wasf.salesforce.objects import (
    ACCOUNT,
    LEAD_STATE,
    LEAD_STATUS,
    STORED_LEAD,
    STORED_TASK,
    TASK_STATUS,
    USER,
    PeopleFields,
)

MOST_CONDITIONS: Final = 50
"""Numbers, and names, in one query."""

_HALF_A_QUERY: Final = LONGEST_QUERY // 2

_TELLING_DIGITS: Final = 8

_LONGEST_FIND: Final = 4_000
"""Characters of a search text; in a longer one Salesforce takes OR for a word."""

_FIND: Final = "FIND {{{}}} IN PHONE FIELDS RETURNING {} LIMIT 2000"

LEAD_STATUSES: Final = Query(
    f"{select(LEAD_STATUS.names, LEAD_STATUS.name)} ORDER BY SortOrder",
)
TASK_STATUSES: Final = Query(
    f"{select(TASK_STATUS.names, TASK_STATUS.name)} ORDER BY SortOrder",
)


def users(emails: Collection[str]) -> list[Query]:
    """Users with one of these e-mail addresses, active or not."""
    return by_values(select(USER.names, USER.name), "Email", emails)


def people(
    kind: RecordType, fields: PeopleFields, phones: Collection[Phone], names: Collection[str]
) -> list[Query]:
    """Contacts or Leads with one of these numbers, or with one of these full names.

    A query has 50 of either: names are looked up along with numbers, without further queries.
    """
    by_number = [_has_digits(fields.like, digits) for digits in _digits(phones) if fields.like]
    by_number += [_is_spelled(fields.exact, phone) for phone in sorted(phones) if fields.exact]
    by_name = [condition("Name", "=", name) for name in _spellings(names) if fields.by_name]
    chunks = [query_chunks(some, MOST_CONDITIONS, _HALF_A_QUERY) for some in (by_number, by_name)]
    head = select(fields.names, kind)
    return [Query(head, numbers + named) for numbers, named in zip_longest(*chunks, fillvalue=())]


def accounts(phones: Collection[Phone], *, by_digits: bool) -> list[Query]:
    """The ids and numbers of Accounts with one of these numbers, 50 in a query."""
    if by_digits:
        conditions = [_has_digits(ACCOUNT.phones, digits) for digits in _digits(phones)]
    else:
        conditions = [_is_spelled(ACCOUNT.phones, phone) for phone in sorted(phones)]
    head = select(("Id", *ACCOUNT.phones), ACCOUNT.name)
    return [
        Query(head, chunk) for chunk in query_chunks(conditions, MOST_CONDITIONS, _HALF_A_QUERY)
    ]


def people_in_index(
    wanted: Mapping[RecordType, PeopleFields], phones: Collection[Phone]
) -> list[str]:
    """Searches in Salesforce's index (SOSL) for these numbers, 20 in one, as paths.

    The index cuts a value into words at blanks and signs. So the digits are asked for as one word
    in their three usual forms, and the groups of the two usual formats as words in a row.
    """
    returned = ", ".join(f"{kind}({', '.join(fields.names)})" for kind, fields in wanted.items())
    chunks = query_chunks([_in_index(phone) for phone in sorted(phones)], 20, _LONGEST_FIND)
    return [
        f"search?q={quote(_FIND.format(' OR '.join(chunk), returned), safe='')}" for chunk in chunks
    ]


def people_by_id(kind: RecordType, fields: Sequence[str], ids: Collection[RecordId]) -> list[Query]:
    """Contacts or Leads by id, and what became of those that were deleted or merged away."""
    head = select((*fields, "IsDeleted", "MasterRecordId"), kind)
    return by_values(head, "Id", ids, deleted_too=True)


def task_ids(key_field: str, keys: Collection[TaskKey]) -> list[Query]:
    """The ids of Tasks that carry one of these keys, archived and deleted ones included."""
    head = select(("Id", "IsDeleted", key_field), STORED_TASK.name)
    return by_values(head, key_field, keys, deleted_too=True)


def tasks_by_id(ids: Collection[RecordId]) -> list[Query]:
    """Tasks by id, archived and deleted ones included."""
    return by_values(select(STORED_TASK.names, STORED_TASK.name), "Id", ids, deleted_too=True)


def task_relations(ids: Collection[RecordId]) -> list[Query]:
    """What Tasks by id are related to, archived and deleted ones included."""
    return by_values(select(("Id", "WhatId"), "Task"), "Id", ids, deleted_too=True)


def task_contents(ids: Collection[RecordId], fields: Sequence[str]) -> list[Query]:
    """Fields of Tasks by id, archived and deleted ones included."""
    return by_values(select(("Id", *fields), "Task"), "Id", ids, deleted_too=True)


def a_task_of(owner: UserId) -> Query:
    """One Task of a user, archived or deleted."""
    limited = f"{condition('OwnerId', '=', owner)} LIMIT 1"
    return Query(select(("OwnerId",), "Task"), (limited,), deleted_too=True)


def sets_with_all_data(user_id: UserId) -> Query:
    """The permission sets of a user, that of the profile too, that let all data be seen."""
    all_data = "PermissionSet.PermissionsViewAllData = true LIMIT 1"
    head = select(("Id",), "PermissionSetAssignment")
    return Query(head, (f"{condition('AssigneeId', '=', user_id)} AND {all_data}",))


def user_types(ids: Collection[UserId]) -> list[Query]:
    """The ids and types of users."""
    return by_values(select(("Id", "UserType"), USER.name), "Id", ids)


def lead_states(ids: Collection[RecordId]) -> list[Query]:
    """The states of Leads by id, without deleted ones."""
    return by_values(select(LEAD_STATE.names, LEAD_STATE.name), "Id", ids)


def tasks_by_key(key_field: str, keys: Collection[TaskKey]) -> list[Query]:
    """Tasks that carry one of these keys, archived and deleted ones included."""
    head = select((*STORED_TASK.names, key_field), STORED_TASK.name)
    return by_values(head, key_field, keys, deleted_too=True)


def tasks_with_keys(key_field: str) -> Query:
    """Tasks whose key field holds as many characters as a key has; archived ones included."""
    like = condition(key_field, "LIKE", "_" * TASK_KEY_LENGTH)
    head = select((*STORED_TASK.names, key_field), STORED_TASK.name)
    return Query(head, (f"IsDeleted = false AND {like}",), deleted_too=True)


def telling_tasks(
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


def emails_of(ids: Collection[UserId]) -> list[Query]:
    """The e-mail addresses of users."""
    return by_values(select(("Id", "Email"), USER.name), "Id", ids)


def leads_by_id(ids: Collection[RecordId]) -> list[Query]:
    """Leads that are not deleted, by id."""
    return by_values(select(STORED_LEAD.names, STORED_LEAD.name), "Id", ids)


def children(table: str, parent_field: str, ids: Collection[RecordId]) -> list[Query]:
    """Records that point to one of these and are not deleted; of Tasks archived ones, too."""
    archived_too = table == "Task"
    fields = ("Id", parent_field, "IsDeleted") if archived_too else ("Id", parent_field)
    return by_values(select(fields, table), parent_field, ids, deleted_too=archived_too)


def telling_digits(phone: Phone) -> str:
    """Return the last eight digits of a national number, or all of a shorter one.

    They are the same however somebody types the number: with or without its country, and in either
    of the two forms that numbers of some countries have.
    """
    return national_digits(phone)[-_TELLING_DIGITS:]


def _digits(phones: Collection[Phone]) -> list[str]:
    return sorted({telling_digits(phone) for phone in phones})


def _has_digits(fields: Sequence[str], digits: str) -> str:
    """Anything may stand between the digits, because people group them in any way."""
    pattern = f"%{'%'.join(digits)}%"
    return f"({' OR '.join(condition(field, 'LIKE', pattern) for field in fields)})"


def _is_spelled(fields: Sequence[str], phone: Phone) -> str:
    spellings = list(usual_spellings(phone))
    return f"({' OR '.join(condition(field, 'IN', spellings) for field in fields)})"


def _in_index(phone: Phone) -> str:
    """Return the alternatives of a search text for one number: words of digits only."""
    found: dict[str, None] = {}
    for spelling in usual_spellings(phone):
        groups = re.findall("[0-9]+", spelling)
        found[f'"{" ".join(groups)}"' if len(groups) > 1 else groups[0]] = None
    return " OR ".join(found)


def _spellings(names: Collection[str]) -> list[str]:
    """Return the names, and the same composed: a letter can be one character or two.

    Half a character, as in the name of a file that is not UTF-8, stands in no record.
    """
    whole = {of_whole_characters(name) for name in names}
    return sorted({*whole, *(unicodedata.normalize("NFC", name) for name in whole)} - {""})
