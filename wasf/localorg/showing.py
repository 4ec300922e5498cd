"""Records as GET shows them."""

from collections.abc import Sequence

from wasf.localorg import values
from wasf.localorg.errors import Json, refuse
from wasf.localorg.model import Kind
from wasf.localorg.storage import Row


def attributes(kind: str, record_id: str, version: str) -> Json:
    """What every record begins with: its type and address."""
    return {"type": kind, "url": f"/services/data/{version}/sobjects/{kind}/{record_id}"}


def record(kind: Kind, row: Row, version: str, chosen: Sequence[str] = ()) -> Json:
    """A record with the fields chosen, or all that the user sees. Raises Refused for others."""
    body: dict[str, Json] = {"attributes": attributes(kind.name, str(row["Id"]), version)}
    fields = []
    for name in chosen:
        field = kind.field(name)
        if field is None:
            message = f"No such column '{name}' on sobject of type {kind.name}"
            raise refuse("INVALID_FIELD", message)
        fields.append(field)
    for field in fields or kind.fields:
        body[field.name] = values.shown(field, row.get(field.name))
        if field.type == "base64":
            url = f"/services/data/{version}/sobjects/{kind.name}/{row['Id']!s}"
            body[field.name] = f"{url}/{field.name}"
    if chosen:
        body.setdefault("Id", str(row["Id"]))
    return body
