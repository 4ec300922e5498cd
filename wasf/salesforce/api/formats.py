"""What goes over the wire: answers in JSON, which are checked; ids, storable text, and SOQL.

The readers take an object and the name of a member. They raise `RequestFailed` where the shape is
not as Salesforce answers.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, NamedTuple, NoReturn
from urllib.parse import quote

from wasf.core.records import RecordId, RecordType
from wasf.errors import BadSetting
from wasf.interfaces import Json
from wasf.salesforce.api.errors import ApiError, DuplicateResult, not_understood

Object = dict[str, Json]
"""A JSON object."""

PREFIXES: Final = {"Contact": "003", "Lead": "00Q", "Task": "00T"}
"""What the ids of an object begin with, in every org."""

_SHORT_ID: Final = re.compile(r"[0-9A-Za-z]{15}")
_RULE_NAME: Final = re.compile(r"\w{1,120}", re.ASCII)
_LONG_ID: Final = re.compile(r"[0-9A-Za-z]{18}")
_SUFFIX_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REPLACED: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}
_HAS_REPLACED: Final = re.compile("[" + "".join(map(re.escape, map(chr, _REPLACED))) + "]").search


# --- Answers ----------------------------------------------------------------------------------


def parsed(body: bytes) -> Json:
    """Return the JSON of a body in UTF-8. Raise ValueError for anything else, NaN included."""
    try:
        value: Json = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def as_object(value: Json, what: str) -> Object:
    """Return the value if it is an object."""
    if not isinstance(value, dict):
        raise not_understood(f"{what} is no object")
    return value


def as_list(value: Json, what: str) -> list[Json]:
    """Return the value if it is a list."""
    if not isinstance(value, list):
        raise not_understood(f"{what} is no list")
    return value


def as_objects(value: Json, what: str) -> Iterator[Object]:
    """Yield the members of a list of objects."""
    return (as_object(member, what) for member in as_list(value, what))


def text(holder: Object, name: str) -> str:
    """Return a text, "" where it is null or not there."""
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise not_understood(f"{name} is no text")
    return value or ""


def flag(holder: Object, name: str) -> bool:
    """Return whether a member is true."""
    return holder.get(name) is True


def record_id(holder: Object, name: str) -> RecordId:
    """Return a record id, in its 18 characters."""
    found = full_id(text(holder, name))
    if found is None:
        raise not_understood(f"{name} is no record id")
    return found


def moment(holder: Object, name: str) -> datetime:
    """Return a point in time with its zone."""
    try:
        found = datetime.fromisoformat(text(holder, name))
    except ValueError:
        raise not_understood(f"{name} is no date and time") from None
    if found.tzinfo is None:
        raise not_understood(f"{name} has no time zone")
    return found


def http_date(moment: datetime) -> str:
    """Return a time as headers of HTTP have it: in whole seconds."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# --- Record ids and text ----------------------------------------------------------------------


def full_id(text: str) -> RecordId | None:
    """Return the id in its 18 characters, None where the text is no id.

    Salesforce gives 15 or 18 characters for one record. The last three say which of the first 15
    are capitals, so that an id survives a program that ignores case.
    """
    if _LONG_ID.fullmatch(text):
        return RecordId(text)
    if not _SHORT_ID.fullmatch(text):
        return None
    return RecordId(text + "".join(_suffix(text[at : at + 5]) for at in (0, 5, 10)))


def type_of(record: RecordId) -> RecordType | None:
    """Return whether an id is a Contact's or a Lead's, None for any other object."""
    people = (RecordType.CONTACT, RecordType.LEAD)
    return next((kind for kind in people if record.startswith(PREFIXES[kind])), None)


def _suffix(five: str) -> str:
    capitals = sum(1 << place for place, sign in enumerate(five) if "A" <= sign <= "Z")
    return _SUFFIX_LETTERS[capitals]


def storable(text: str) -> str:
    """Return the text with visible pictures of control characters, and without half characters.

    Nothing else is changed, and its length in UTF-16 units stays the same. See
    `of_whole_characters` for the halves.
    """
    text = of_whole_characters(text)
    return text.translate(_REPLACED) if _HAS_REPLACED(text) else text


def of_whole_characters(text: str) -> str:
    """Return the text as UTF-8 can carry it: halves of a pair joined, single ones as U+FFFD."""
    if _SURROGATE.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def identity_in(answer: Json) -> tuple[str, str]:
    """Return the ids of the org and of the user, from the address of the identity resource."""
    address = text(as_object(answer, "the answer"), "identity")
    org_id, _, user_id = address.partition("/id/")[2].partition("/")
    ids: Object = {"organization": org_id, "user": user_id}
    return record_id(ids, "organization"), record_id(ids, "user")


# --- Errors -----------------------------------------------------------------------------------


def errors_in(body: Json) -> tuple[ApiError, ...]:
    """Return the errors that the body of a failed request names; HTML and no body name none.

    They are a list or one object. Their code is `errorCode` in single requests, `statusCode` in
    rows.
    """
    members = body if isinstance(body, list) else [body]
    return tuple(
        _error(member)
        for member in members
        if isinstance(member, dict) and ("errorCode" in member or "statusCode" in member)
    )


def _error(body: Object) -> ApiError:
    code = body.get("errorCode") or body.get("statusCode")
    fields = body.get("fields")
    message = body.get("message")
    return ApiError(
        code=code if isinstance(code, str) else "UNKNOWN",
        message=message if isinstance(message, str) else "",
        fields=tuple(name for name in fields if isinstance(name, str))
        if isinstance(fields, list)
        else (),
        # Versions 50 to 56 misspell the name.
        duplicate=_duplicate(body.get("duplicateResult") or body.get("duplicateResut")),
    )


def _duplicate(result: Json) -> DuplicateResult | None:
    """Return what a duplicate rule found: each record once, in order; None without a result."""
    if not isinstance(result, dict):
        return None
    rule = result.get("duplicateRule")
    named: dict[RecordId, RecordType] = {}
    others: set[str] = set()
    for match in _members(result, "matchResults"):
        for found in _members(match, "matchRecords"):
            record = found.get("record") if isinstance(found, dict) else None
            record_id = record.get("Id") if isinstance(record, dict) else None
            whole = full_id(record_id) if isinstance(record_id, str) else None
            kind = type_of(whole) if whole else None
            if whole and kind:
                named[whole] = kind
            elif whole:
                others.add(whole)
    return DuplicateResult(
        rule=rule if isinstance(rule, str) and _RULE_NAME.fullmatch(rule) else "",
        named=tuple((kind, record_id) for record_id, kind in named.items()),
        allow_save=result.get("allowSave") is True,
        others=len(others),
    )


def _members(holder: Json, name: str) -> list[Json]:
    members = holder.get(name) if isinstance(holder, dict) else None
    return members if isinstance(members, list) else []


# --- SOQL -----------------------------------------------------------------------------------------
#
# Every value is quoted here, and nowhere is a query built otherwise.

LONGEST_QUERY: Final = 50_000
"""Characters. Salesforce takes 100,000; the rest is room for what it adds itself."""

_API_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Query(NamedTuple):
    """A query: what is selected from where, and the conditions of which one must hold.

    With `deleted_too` it also finds records that are deleted or archived.
    """

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
        """Return two queries that together ask the same."""
        middle = len(self.conditions) // 2
        return (
            self._replace(conditions=self.conditions[:middle]),
            self._replace(conditions=self.conditions[middle:]),
        )


def format_soql(template: str, *values: str | list[str]) -> str:
    """Return the template with the values in place of `{}`, quoted as SOQL needs it."""
    # Loads zeep, lxml and cryptography: a run that asks Salesforce nothing goes without.
    from simple_salesforce.format import format_soql as formatted

    return formatted(template, *values)


def api_name(name: str, setting: str) -> str:
    """Return the name of a field, safe to stand in a query. Raise `BadSetting` if it is none."""
    if len(name) > 80 or not _API_NAME.fullmatch(name):
        raise BadSetting(
            f"The setting {setting} is not the API name of a field.",
            "An API name looks like WhatsApp_Link__c.",
        )
    return name


def select(fields: Iterable[str], table: str) -> str:
    """Return the head of a query. Names are checked or wasf's own."""
    return f"SELECT {', '.join(fields)} FROM {table}"  # noqa: S608 - names, no values


def condition(field: str, operator: str, value: str | list[str]) -> str:
    """Return a condition on one field."""
    return format_soql("{:literal} {:literal} {}", field, operator, value)


def by_values(
    head: str, field: str, values: Collection[str], *, deleted_too: bool = False
) -> list[Query]:
    """Return queries for the records whose field has one of the values; none without a value."""
    quoted = [format_soql("{}", value) for value in sorted(values)]
    return [
        Query(head, (f"{field} IN ({','.join(chunk)})",), deleted_too=deleted_too)
        for chunk in query_chunks(quoted, len(quoted))
    ]


def query_chunks(
    pieces: Sequence[str], most: int, longest: int = LONGEST_QUERY
) -> Iterator[tuple[str, ...]]:
    """Yield pieces in their order, `most` at once, in groups that make no query too long.

    `longest` is in characters; a thousand of them are left for what stands before the pieces.
    """
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        if chunk and (len(chunk) == most or size + len(piece) > longest - 1_000):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(piece)
        size += len(piece) + len(" OR ")
    if chunk:
        yield tuple(chunk)
