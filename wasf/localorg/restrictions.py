"""What Salesforce does not let a query ask for, though its grammar would."""

from wasf.localorg.errors import refuse
from wasf.localorg.soql import Compare, Condition, Every, OneOf, Query, located

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
