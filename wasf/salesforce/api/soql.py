"""SOQL as text. Every value is quoted here, and nowhere is a query built otherwise."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.errors import BadSetting

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
