"""The fields that a query may name: those of its own object and of related records."""

# ruff: noqa: S608 (names in SQL come from the schema)

from wasf.demo.salesforce.errors import RequestRefused, refuse
from wasf.demo.salesforce.model import Field
from wasf.demo.salesforce.org import OrgState, unknown_sobject
from wasf.demo.salesforce.soql import (
    AllOf,
    Condition,
    FieldComparison,
    FieldPath,
    InList,
    ParsedQuery,
    QueryColumn,
    located,
)

MAX_OFFSET = 2_000
_NAME_FIELDS = ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Username")
_TYPE_FIELD = Field("Type", "Type", "string", 40)


class ColumnFinder:
    """Finds the columns of one query. Raises `RequestRefused` for names the user does not see."""

    def __init__(self, org: OrgState, query: ParsedQuery) -> None:
        self._org = org
        self._query = query
        sobject = org.find_sobject(query.sobject)
        if sobject is None:
            raise self.error(query.sobject_at, "INVALID_TYPE", unknown_sobject(query.sobject))
        self.sobject = sobject

    def error(self, at: int, code: str, message: str) -> RequestRefused:
        """Return an error with its place in the query."""
        return located(self._query.text, at, code, message)

    def find(self, path: FieldPath) -> QueryColumn:
        """Return the column of a path."""
        match path.parts:
            case (name,):
                field = self.sobject.field(name)
                if field is None:
                    raise self._no_column(path, name, self.sobject.name)
                return QueryColumn(field, f't."{field.name}"')
            case (relation, name):
                return self._related(path, relation, name)
            case _:
                raise self.error(path.at, "MALFORMED_QUERY", f"unexpected token: '{path}'")

    def _related(self, path: FieldPath, relation: str, name: str) -> QueryColumn:
        link = self.sobject.relation(relation)
        if link is None:
            message = (
                f"Didn't understand relationship '{relation}' in field path. If you are attempting "
                "to use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name. Please reference your WSDL or the describe call for the "
                "appropriate names."
            )
            raise self.error(path.at, "INVALID_FIELD", message)
        if name.lower() == "type" and link.polymorphic:
            return QueryColumn(_TYPE_FIELD, self._type_of(link), link)
        targets = [each for of in link.refers_to if (each := self._org.find_sobject(of))]
        found = [(each, field) for each in targets if (field := each.field(name))]
        if not found or (link.polymorphic and found[0][1].name not in _NAME_FIELDS):
            owner = "Name" if link.polymorphic else link.refers_to[0]
            raise self._no_column(path, name, owner)
        parts = [
            f'(SELECT r."{field.name}" FROM "{sobject.name}" r WHERE r."Id" = t."{link.name}")'
            for sobject, field in found
        ]
        sql = parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
        return QueryColumn(found[0][1], sql, link)

    def _type_of(self, link: Field) -> str:
        cases = " ".join(
            f"WHEN '{each.prefix}' THEN '{each.name}'"
            for name in link.refers_to
            if (each := self._org.find_sobject(name))
        )
        return f'CASE substr(t."{link.name}", 1, 3) {cases} END'

    def _no_column(self, path: FieldPath, name: str, owner: str) -> RequestRefused:
        message = (
            f"No such column '{name}' on entity '{owner}'. If you are attempting to use a custom "
            "field, be sure to append the '__c' after the custom field name. Please reference your "
            "WSDL or the describe call for the appropriate names."
        )
        return self.error(path.at, "INVALID_FIELD", message)


def check_restrictions(query: ParsedQuery, sobject: str) -> None:
    """Raise `RequestRefused` for a query that the grammar allows, but Salesforce does not."""
    _no_twins(query)
    if query.offset > MAX_OFFSET:
        message = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
        raise refuse("NUMBER_OUTSIDE_VALID_RANGE", message)
    if sobject == "ContentDocumentLink":
        _need_link_filter(query.where)


def _no_twins(query: ParsedQuery) -> None:
    seen: set[str] = set()
    for path in query.fields:
        name = str(path).lower()
        if name in seen:
            message = f"duplicate field selected: {path}"
            raise located(query.text, path.at, "MALFORMED_QUERY", message)
        seen.add(name)


def _need_link_filter(where: Condition | None) -> None:
    """Refuse a query of file links that names neither records nor files."""
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
        case AllOf(parts):
            return any(_names_links(part) for part in parts)
        case FieldComparison(path, "=", _) | InList(path, _, False):
            return str(path).lower() in ("contentdocumentid", "linkedentityid")
        case _:
            return False
