"""Queries as text. Every value is quoted here, and nowhere is a query built otherwise."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

import phonenumbers
from simple_salesforce.format import format_soql

from wasf.core.chats import Phone
from wasf.core.records import TASK_KEY_LENGTH, RecordId, RecordType, TaskKey
from wasf.errors import BadSetting
from wasf.salesforce.api.json import of_whole_characters

LONGEST_QUERY: Final = 50_000
"""Characters. Salesforce takes 100,000; the rest is room for what it adds itself."""

MOST_CONDITIONS: Final = 50
"""People in one query: a search with `%` in front reads the whole table, so it must stay simple."""

PHONE_FIELDS: Final = {
    RecordType.CONTACT: ("Phone", "MobilePhone", "HomePhone", "OtherPhone"),
    RecordType.LEAD: ("Phone", "MobilePhone"),
}

_DIGITS_THAT_TELL: Final = 8
_API_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Query(NamedTuple):
    """A query: what is selected from where, and the conditions of which one must hold."""

    head: str
    conditions: tuple[str, ...] = ()
    deleted_too: bool = False

    @property
    def text(self) -> str:
        """The query as SOQL."""
        return f"{self.head} WHERE {' OR '.join(self.conditions)}" if self.conditions else self.head

    @property
    def path(self) -> str:
        """The resource that answers it, relative to the version's data resource."""
        return f"{'queryAll' if self.deleted_too else 'query'}?q={quote(self.text, safe='')}"

    def halves(self) -> tuple["Query", "Query"]:
        """Two queries that together ask the same."""
        middle = len(self.conditions) // 2
        return (
            self._replace(conditions=self.conditions[:middle]),
            self._replace(conditions=self.conditions[middle:]),
        )


LEAD_STATUSES: Final = Query(
    "SELECT ApiName, MasterLabel, IsDefault, IsConverted FROM LeadStatus ORDER BY SortOrder"
)
TASK_STATUSES: Final = Query("SELECT ApiName, IsClosed FROM TaskStatus ORDER BY SortOrder")
ORGANIZATION: Final = Query("SELECT Name, IsSandbox FROM Organization")


def api_name(name: str, setting: str) -> str:
    """The name of a field, safe to stand in a query. Raises `BadSetting` if it is none."""
    if len(name) > 80 or not _API_NAME.fullmatch(name):
        raise BadSetting(
            f"The setting {setting} is not the API name of a field.",
            "An API name looks like WhatsApp_Link__c.",
        )
    return name


def user_by_id(user_id: str) -> Query:
    """What one user is called."""
    return Query(format_soql("SELECT Username, Name FROM User WHERE Id = {}", user_id))


def users(emails: Collection[str]) -> list[Query]:
    """Users with one of these e-mail addresses, active or not."""
    head = _select(("Id", "Email", "Username", "IsActive", "UserType"), "User")
    return _by_values(head, "Email", sorted(emails))


def by_person(
    kind: RecordType,
    fields: Sequence[str],
    phones: Collection[Phone],
    names: Collection[str],
) -> list[Query]:
    """Contacts or Leads with one of these numbers, or of one of these full names."""
    searched = [field for field in PHONE_FIELDS[kind] if field in fields]
    conditions = [
        *(_number_condition(searched, tail) for tail in _tails(phones) if searched),
        *(_condition("Name", "=", name) for name in _spelled(names)),
    ]
    head = _select(fields, kind)
    return [Query(head, chunk) for chunk in _chunks(conditions, MOST_CONDITIONS)]


def by_id(kind: RecordType, fields: Sequence[str], ids: Collection[RecordId]) -> list[Query]:
    """Contacts or Leads by id, and what became of those that were deleted or merged away."""
    head = _select((*fields, "IsDeleted", "MasterRecordId"), kind)
    return _by_values(head, "Id", sorted(ids), deleted_too=True)


def by_key(key_field: str, keys: Collection[TaskKey]) -> list[Query]:
    """Tasks that carry one of these keys, archived and deleted ones included."""
    return tasks_by_key(("Id", "IsDeleted", key_field), key_field, keys)


def tasks_by_id(fields: Sequence[str], ids: Collection[RecordId]) -> list[Query]:
    """Tasks by id, archived and deleted ones included."""
    return _by_values(_select(fields, "Task"), "Id", sorted(ids), deleted_too=True)


def tasks_by_key(fields: Sequence[str], key_field: str, keys: Collection[TaskKey]) -> list[Query]:
    """All that `by_key` finds, with more of their fields."""
    return _by_values(_select(fields, "Task"), key_field, sorted(keys), deleted_too=True)


def tasks_with_keys(fields: Sequence[str], key_field: str) -> Query:
    """Tasks whose key field holds as many characters as a key has."""
    like = _condition(key_field, "LIKE", "_" * TASK_KEY_LENGTH)
    return Query(_select(fields, "Task"), (f"IsDeleted = false AND {like}",), deleted_too=True)


def leads_by_id(fields: Sequence[str], ids: Collection[RecordId]) -> list[Query]:
    """Leads that are not deleted, by id."""
    return _by_values(_select(fields, "Lead"), "Id", sorted(ids))


def hanging_on(table: str, field: str, ids: Collection[RecordId]) -> list[Query]:
    """What points to one of these records and is not deleted, archived Tasks included."""
    archived_too = table == "Task"
    fields = ("Id", field, "IsDeleted") if archived_too else ("Id", field)
    return _by_values(_select(fields, table), field, sorted(ids), deleted_too=archived_too)


def own_tasks(user_id: str, subject: str) -> Query:
    """Tasks that a user made, with exactly this subject."""
    conditions = "CreatedById = {} AND Subject = {}"
    return Query(_select(("Id",), "Task"), (format_soql(conditions, user_id, subject),))


def files_of(task_id: RecordId) -> Query:
    """The files that hang on a Task."""
    return Query(
        _select(
            (
                "ContentDocument.Title",
                "ContentDocument.ContentSize",
                "ContentDocument.LatestPublishedVersionId",
            ),
            "ContentDocumentLink",
        ),
        (_condition("LinkedEntityId", "=", task_id),),
    )


def _select(fields: Iterable[str], table: str) -> str:
    return f"SELECT {', '.join(fields)} FROM {table}"  # noqa: S608 - names from our own lists


def _condition(field: str, operator: str, value: str | list[str]) -> str:
    return format_soql("{:literal} {:literal} {}", field, operator, value)


def _number_condition(fields: Sequence[str], tail: str) -> str:
    """People type numbers in any grouping, so anything may stand between the digits."""
    pattern = f"%{'%'.join(tail)}%"
    return f"({' OR '.join(_condition(field, 'LIKE', pattern) for field in fields)})"


def _tails(phones: Collection[Phone]) -> list[str]:
    return sorted({tail(phone) for phone in phones})


def tail(phone: Phone) -> str:
    """The last eight digits of a national number, or all of a shorter one.

    However a number is typed, with or without its country, and whichever of a country's two
    spellings it has, these digits are there.
    """
    try:
        national = phonenumbers.national_significant_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        national = "".join(filter(str.isdecimal, phone))
    return str(national[-_DIGITS_THAT_TELL:])


def _spelled(names: Collection[str]) -> list[str]:
    """The names, and the same composed: one letter can be written as one character or as two.

    Half a character, as from a file's name that is no UTF-8, stands in no record and in no address.
    """
    whole = {of_whole_characters(name) for name in names}
    return sorted({*whole, *(unicodedata.normalize("NFC", name) for name in whole)} - {""})


def _by_values(
    head: str, field: str, values: Sequence[str], *, deleted_too: bool = False
) -> list[Query]:
    quoted = [format_soql("{}", value) for value in values]
    return [
        Query(head, (f"{field} IN ({','.join(chunk)})",), deleted_too=deleted_too)
        for chunk in _chunks(quoted, len(quoted))
    ]


def _chunks(pieces: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    """Pieces in their order, in groups that make no query too long; one for ` OR ` each."""
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        if chunk and (len(chunk) == most or size + len(piece) > LONGEST_QUERY - 1_000):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(piece)
        size += len(piece) + len(" OR ")
    if chunk:
        yield tuple(chunk)
