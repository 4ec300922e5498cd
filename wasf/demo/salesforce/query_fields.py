"""The fields that a query may name, its own object's and those of related records."""

# ruff: noqa: S608 (names in SQL come from the schema)

from wasf.demo.salesforce.answers import Column
from wasf.demo.salesforce.errors import Refused, refuse
from wasf.demo.salesforce.model import Field
from wasf.demo.salesforce.org import Org, no_such_kind
from wasf.demo.salesforce.soql import Compare, Condition, Every, OneOf, Path, Query, located

# --- columns


_NAME_FIELDS = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Username")
_TYPE_FIELD = Field("Type", "Type", "string", 40)


class Columns:
    """Finds fields for one query. Raises Refused for what is not there or not to be seen."""

    def __init__(self, org: Org, query: Query) -> None:
        self._org = org
        self._query = query
        kind = org.find_kind(query.kind)
        if kind is None:
            raise self.error(query.kind_at, "INVALID_TYPE", no_such_kind(query.kind))
        self.kind = kind

    def error(self, at: int, code: str, message: str) -> Refused:
        """The error at a place of the query."""
        return located(self._query.text, at, code, message)

    def find(self, path: Path) -> Column:
        """The column that a path names."""
        match path.parts:
            case (name,):
                field = self.kind.field(name)
                if field is None:
                    raise self._no_column(path, name, self.kind.name)
                return Column(field, f't."{field.name}"')
            case (relation, name):
                return self._related(path, relation, name)
            case _:
                raise self.error(path.at, "MALFORMED_QUERY", f"unexpected token: '{path}'")

    def _related(self, path: Path, relation: str, name: str) -> Column:
        link = self.kind.relation(relation)
        if link is None:
            message = (
                f"Didn't understand relationship '{relation}' in field path. If you are attempting "
                "to use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name. Please reference your WSDL or the describe call for the "
                "appropriate names."
            )
            raise self.error(path.at, "INVALID_FIELD", message)
        if name.lower() == "type" and link.polymorphic:
            return Column(_TYPE_FIELD, self._type_of(link), link)
        targets = [kind for name_ in link.refers_to if (kind := self._org.find_kind(name_))]
        found = [(kind, field) for kind in targets if (field := kind.field(name))]
        if not found or (link.polymorphic and found[0][1].name not in _NAME_FIELDS):
            owner = "Name" if link.polymorphic else targets[0].name
            raise self._no_column(path, name, owner)
        parts = [
            f'(SELECT r."{field.name}" FROM "{kind.name}" r WHERE r."Id" = t."{link.name}")'
            for kind, field in found
        ]
        sql = parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
        return Column(found[0][1], sql, link)

    def _type_of(self, link: Field) -> str:
        cases = " ".join(
            f"WHEN '{kind.prefix}' THEN '{kind.name}'"
            for name in link.refers_to
            if (kind := self._org.find_kind(name))
        )
        return f'CASE substr(t."{link.name}", 1, 3) {cases} END'

    def _no_column(self, path: Path, name: str, owner: str) -> Refused:
        message = (
            f"No such column '{name}' on entity '{owner}'. If you are attempting to use a custom "
            "field, be sure to append the '__c' after the custom field name. Please reference your "
            "WSDL or the describe call for the appropriate names."
        )
        return self.error(path.at, "INVALID_FIELD", message)


# --- restrictions
# What Salesforce does not let a query ask for, though its grammar would.


MAX_OFFSET = 2_000


def check(query: Query, kind: str) -> None:
    """Raises Refused for a query that breaks one of the restrictions."""
    _no_twins(query)
    if query.offset > MAX_OFFSET:
        message = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", message)
    if kind == "ContentDocumentLink":
        _need_link_filter(query.where)


def _no_twins(query: Query) -> None:
    seen: set[str] = set()
    for path in query.fields:
        name = str(path).lower()
        if name in seen:
            message = f"duplicate field selected: {path}"
            raise located(query.text, path.at, "MALFORMED_QUERY", message)
        seen.add(name)


def _need_link_filter(where: Condition | None) -> None:
    """Salesforce lists a file's links only for given records or given files."""
    if where is not None and _names_links(where):
        return
    message = (
        "Implementation restriction: ContentDocumentLink requires a filter by a single Id on "
        "ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the "
        "IN operator."
    )
    raise refuse("MALFORMED_QUERY", message)


def _names_links(where: Condition) -> bool:
    match where:
        case Every(parts):
            return any(_names_links(part) for part in parts)
        case Compare(path, "=", _) | OneOf(path, _, False):
            return str(path).lower() in ("contentdocumentid", "linkedentityid")
        case _:
            return False
