"""What an org does not let be searched, and its search index (SOSL).

Shield encryption takes a field out of WHERE (probabilistic) or leaves it equality only
(deterministic); a query by LIKE may take too long. `search` answers FIND for phone numbers: the
index cuts values into words at blanks, signs and borders between letters and digits, and also holds
all digits of a value as one word. A record is found if it has all words of an alternative.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce import query
from wasf.demo.salesforce.calls import ApiCall, ApiReply, Json, refuse, wrong_method
from wasf.demo.salesforce.model import Field, SObjectType
from wasf.demo.salesforce.org import Customization, Resource
from wasf.demo.salesforce.soql import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    NotCondition,
    ParsedQuery,
    located,
)

_SOSL = re.compile(r"FIND \{(.*)\} IN PHONE FIELDS RETURNING (.+?) LIMIT (\d+)", re.DOTALL)
_RETURNED = re.compile(r"(\w+)\(([\w, ]+)\)(?:, )?")
_ALTERNATIVE = re.compile(r'"([\w ]+)"|(\w+)')
_WORD = re.compile(r"\d+|[^\W\d_]+")
_LONGEST_FIND = 10_000
_OPERATORS_UP_TO = 4_000


class LimitedSearch(Customization):
    """Encrypted fields and slow queries, and the resource `search`."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    @property
    def resources(self) -> Mapping[str, Resource]:
        """The resource `search`."""
        return {"search": self._search}

    def visible(self, sobject: SObjectType) -> SObjectType | None:
        """Return the object with its encrypted fields flagged as Salesforce describes them."""
        admin = self._org.admin
        if not admin.encrypted and not admin.deterministic:
            return sobject
        fields = tuple(self._field(sobject.name, one) for one in sobject.fields)
        return replace(sobject, fields=fields)

    def _field(self, sobject: str, field: Field) -> Field:
        name, admin = f"{sobject}.{field.name}", self._org.admin
        if name not in admin.encrypted | admin.deterministic:
            return field
        return replace(
            field,
            encrypted=True,
            filterable=name in admin.deterministic,
            sortable=False,
            groupable=False,
        )

    def before_query(self, query: ParsedQuery) -> None:
        """Refuse LIKE where it cannot be answered."""
        admin = self._org.admin
        for compared in _comparisons(query.where):
            if compared.operator != "LIKE":
                continue
            if f"{query.sobject}.{compared.path}" in admin.deterministic:
                message = f"invalid operator on {compared.path} field"
                raise located(
                    query.text, compared.path.at, "INVALID_QUERY_FILTER_OPERATOR", message
                )
            if query.sobject in admin.slow_like:
                raise refuse("QUERY_TIMEOUT", "Your query request was running for too long.")

    def _search(self, call: ApiCall) -> ApiReply:
        if call.method != "GET":
            raise wrong_method(call.method, "GET", "HEAD")
        found = _SOSL.fullmatch(call.query.get("q", ""))
        if found is None:
            raise refuse("MALFORMED_SEARCH", "unexpected token")
        find, returned, limit = found[1], _RETURNED.findall(found[2]), int(found[3])
        words = _alternatives(find)
        records: list[Json] = []
        for name, fields in () if self._org.admin.index_lags else returned:
            records += self._found(name, fields, words, call)
        return ApiReply(200, {"searchRecords": records[:limit]})

    def _found(
        self, name: str, fields: str, words: Sequence[frozenset[str]], call: ApiCall
    ) -> Iterator[Json]:
        sobject = self._org.sobject(name)
        phones = [one.name for one in sobject.fields if one.type == "phone"]
        result = query.run(
            self._org, f"SELECT Id, {', '.join(phones)} FROM {name}", everything=False
        )
        fitting = [
            str(row[1])
            for row in result.rows
            if any(_has(words, str(cell)) for cell in row[2:] if cell)
        ]
        if fitting:
            ids = ", ".join(f"'{one}'" for one in fitting)
            text = f"SELECT {fields} FROM {name} WHERE Id IN ({ids})"
            answer = query.run(self._org, text, everything=False)
            yield from (query.record(answer, row, call.version) for row in answer.rows)


def _comparisons(where: Condition | None) -> Iterator[FieldComparison]:
    match where:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _comparisons(part)
        case NotCondition(part):
            yield from _comparisons(part)
        case FieldComparison():
            yield where
        case _:
            return


def _alternatives(find: str) -> list[frozenset[str]]:
    """Return the words of each alternative of a search text; too long a text finds nothing."""
    if len(find) > _LONGEST_FIND:
        return []
    if len(find) > _OPERATORS_UP_TO:
        return [frozenset(_WORD.findall(find.lower()))]  # OR is a word like others then
    found = []
    for part in find.split(" OR "):
        match = _ALTERNATIVE.fullmatch(part.strip())
        if match is None:
            raise refuse("MALFORMED_SEARCH", "unexpected token")
        found.append(frozenset((match[1] or match[2]).lower().split()))
    return found


def _has(alternatives: Sequence[frozenset[str]], value: str) -> bool:
    words = {*_WORD.findall(value.lower()), "".join(filter(str.isdigit, value))}
    return any(one <= words for one in alternatives)
