"""The Tooling API as far as custom fields go: making one, finding it, and what it is like.

Requests and answers have the shapes that public code uses with Salesforce: POST
tooling/sobjects/CustomField {"FullName": "Activity.Key__c", "Metadata": {"type": "Text", ...}} is
answered by 201 {"id", "success", "errors", "warnings", "infos"}; a query of CustomField by
DeveloperName and TableEnumOrId; GET of one by its id for its Metadata (supaglue, restforce#353,
Salesforce-Inspector-reloaded). A user without Customize Application is refused as with any other
record that he may not make: what Salesforce says exactly was not found. Only text fields are made.
"""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)
import re
from collections.abc import Sequence

from wasf.demo.salesforce import access
from wasf.demo.salesforce import query as queries
from wasf.demo.salesforce.answers import Answer
from wasf.demo.salesforce.calls import Call, Reply, not_found, wrong_method
from wasf.demo.salesforce.errors import Json, Problem, refuse
from wasf.demo.salesforce.model import Field, Kind
from wasf.demo.salesforce.org import Org, record_id
from wasf.demo.salesforce.storage import Cell, Row
from wasf.demo.salesforce.validation import Draft

# --- tooling


_FULL_NAME = re.compile(r"([A-Za-z]\w*)\.([A-Za-z](?:_?[A-Za-z0-9])*)__c")
_LONGEST_NAME = 40
_LONGEST_TEXT = 255
_KNOWN = frozenset({
    "type", "label", "length", "externalId", "unique", "caseSensitive", "required", "description",
    "inlineHelpText", "trackTrending", "trackHistory", "trackFeedHistory",
})  # fmt: skip


def respond(org: Org, call: Call) -> Reply:
    """Answers what is below tooling/."""
    with org.tooling():
        match call.segments[1:]:
            case ("query",):
                return _query(org, call)
            case ("sobjects", "CustomField", *rest) if org.find_kind("CustomField"):
                return _custom_field(org, call, tuple(rest))
            case _:
                raise not_found()


def _custom_field(org: Org, call: Call, rest: tuple[str, ...]) -> Reply:
    match call.method, rest:
        case "POST", ():
            return _create(org, call)
        case "GET", (record,):
            return Reply(200, _one(org, call, record_id(record)))
        case _, ():
            raise wrong_method(call.method, "POST")
        case _, (_,):
            raise wrong_method(call.method, "GET")
        case _:
            raise not_found()


def _query(org: Org, call: Call) -> Reply:
    if call.method != "GET":
        raise wrong_method(call.method, "GET", "HEAD")
    answer = queries.run(org, call.query.get("q", ""), everything=False)
    found: list[Json] = [_record(call, answer, row) for row in answer.rows]
    return Reply(200, {
        "size": len(found), "totalSize": answer.count, "done": True, "queryLocator": None,
        "entityTypeName": answer.kind.name, "records": found,
    })  # fmt: skip


def _record(call: Call, answer: Answer, row: tuple[Cell, ...]) -> Json:
    record = queries.record(answer, row, call.version)
    own = record if isinstance(record, dict) else {}
    return {**own, "attributes": _attributes(call, str(row[0]))}


def _attributes(call: Call, record: str) -> Json:
    url = f"/services/data/{call.version}/tooling/sobjects/CustomField/{record}"
    return {"type": "CustomField", "url": url}


def _one(org: Org, call: Call, record: str) -> Json:
    row = org.row(record)
    if row is None or record[:3] != "00N":
        raise not_found()
    kind, field = _described(org, row)
    metadata: dict[str, Json] = {
        "type": "Text" if field.type == "string" else field.type.capitalize(),
        "label": field.label, "length": field.length, "externalId": field.external_id,
        "unique": field.unique, "caseSensitive": field.case_sensitive,
        "required": not field.nillable,
    }  # fmt: skip
    entity = access.ENTITIES.get(kind, kind)
    return {
        "attributes": _attributes(call, record), "Id": record, "FullName": f"{entity}.{field.name}",
        "DeveloperName": str(row["DeveloperName"]), "TableEnumOrId": entity,
        "NamespacePrefix": None, "Metadata": metadata,
    }  # fmt: skip


def _described(org: Org, row: Row) -> tuple[str, Field]:
    """The object and the field that a CustomField stands for."""
    kind = _kind_of(str(row["TableEnumOrId"]))
    return kind, org.stored_kind(kind).by_name[f"{row['DeveloperName']!s}__c".lower()]


def _kind_of(entity: str) -> str:
    return next((kind for kind, owner in access.ENTITIES.items() if owner == entity), entity)


def _create(org: Org, call: Call) -> Reply:
    if not org.kind("CustomField").createable:
        text = "insufficient access rights on cross-reference id"
        raise refuse("INSUFFICIENT_ACCESS_OR_READONLY", text, status=403)
    body = call.json()
    if unknown := set(body) - {"FullName", "Metadata"}:
        text = f"No such column '{min(unknown)}' on sobject of type CustomField"
        raise refuse("INVALID_FIELD", text)
    kind = _target(str(body.get("FullName") or ""))
    field = _field(str(body.get("FullName")).partition(".")[2], body.get("Metadata"))
    _check_room(org, kind, field)
    org.add_field(kind, field)
    (made,) = (
        row for row in org.storage.find("CustomField", "DeveloperName", [field.name[:-3]])
        if row["TableEnumOrId"] == access.ENTITIES.get(kind, kind)
    )  # fmt: skip
    return Reply(201, {
        "id": str(made["Id"]), "success": True, "errors": [], "warnings": [], "infos": [],
    })  # fmt: skip


def _target(full_name: str) -> str:
    """The object that gets the field. Custom fields of Tasks belong to Activity."""
    found = _FULL_NAME.fullmatch(full_name)
    if found is None or len(found[2]) > _LONGEST_NAME:
        text = "Enter an API name that ends with __c, has only letters, digits and underscores"
        raise refuse("FIELD_INTEGRITY_EXCEPTION", f"FullName: {text}", "FullName")
    if found[1] in access.ENTITIES or _kind_of(found[1]) not in ("Task", "Lead", "Contact"):
        text = f"Entity Enumeration Or ID: bad value for restricted picklist field: {found[1]}"
        raise refuse("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, "TableEnumOrId")
    return _kind_of(found[1])


def _field(name: str, metadata: Json) -> Field:
    about = metadata if isinstance(metadata, dict) else {}
    if unknown := set(about) - _KNOWN:
        text = f"No such column '{min(unknown)}' on sobject of type Metadata"
        raise refuse("INVALID_FIELD", text)
    for needed in ("type", "label", "length"):
        if about.get(needed) is None:
            raise refuse("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{needed}]")
    if about["type"] != "Text":
        raise refuse("FIELD_INTEGRITY_EXCEPTION", "The local org makes no field of this type")
    length = about["length"]
    if not isinstance(length, int) or not 1 <= length <= _LONGEST_TEXT:
        text = f"Length must be between 1 and {_LONGEST_TEXT}"
        raise refuse("FIELD_INTEGRITY_EXCEPTION", text, "length")
    external, unique = about.get("externalId") is True, about.get("unique") is True
    return Field(
        name, str(about["label"]), "string", length,
        nillable=about.get("required") is not True, external_id=external,
        id_lookup=external, unique=unique, case_sensitive=about.get("caseSensitive") is True,
        custom=True, guarded=True,
    )  # fmt: skip


def _check_room(org: Org, kind: str, field: Field) -> None:
    known = org.stored_kind(kind)
    if known.field(field.name):
        owner = access.ENTITIES.get(kind, kind)
        text = f"There is already a field named {field.name[:-3]} on {owner}."
        raise refuse("DUPLICATE_DEVELOPER_NAME", text, "DeveloperName")
    if sum(each.custom for each in known.fields) >= org.settings.custom_field_limit:
        text = "Cannot create the field: the object has reached its limit of custom fields."
        raise refuse("CUSTOM_ENTITY_OR_FIELD_LIMIT", text)


# --- granting
# What Salesforce checks when permission sets are made, filled and assigned, and what ends them.
#
# The answer to an assignment that is there already is quoted in public code and issues ("duplicate
# value found: <unknown> ..."); how a twin of a permission set or of field permissions is refused
# was not found, and is inferred from its like.


_SAME = {
    "PermissionSet": ("Name",),
    "FieldPermissions": ("ParentId", "Field"),
    "PermissionSetAssignment": ("AssigneeId", "PermissionSetId"),
}
"""What no two records may have in common."""

KINDS = frozenset(_SAME)
_TWIN = Problem(
    "DUPLICATE_VALUE",
    "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
)
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")


def check(org: Org, kind: Kind, drafts: Sequence[Draft]) -> None:
    """Refuses records of these kinds that cannot be, or that are there already."""
    if kind.name not in KINDS:
        return
    for draft in drafts:
        if draft.problem is None:
            draft.fail(_wrong_name(kind, draft.row) or _wrong_field(org, kind, draft.row))
            draft.fail(_twin(org, kind, draft.row))


def _wrong_name(kind: Kind, row: Row) -> Problem | None:
    if kind.name != "PermissionSet" or _NAME.fullmatch(str(row["Name"])):
        return None
    text = (
        "The permission set API name can only contain underscores and alphanumeric characters. It "
        "must be unique, begin with a letter, not include spaces, not end with an underscore, and "
        "not contain two consecutive underscores."
    )
    return Problem("INVALID_FIELD", text, ("Name",))


def _wrong_field(org: Org, kind: Kind, row: Row) -> Problem | None:
    if kind.name != "FieldPermissions":
        return None
    whole = str(row["Field"])
    owner, _, name = whole.partition(".")
    known = {each.name: each for each in org.kinds()}.get(owner)
    field = org.stored_kind(owner).field(name) if known else None
    unheard_of = field is None or (field.guarded and org.lags_behind())
    if owner != row["SobjectType"] or field is None or not field.permissionable or unheard_of:
        text = f"Field: bad value for restricted picklist field: {whole}"
        return Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, ("Field",))
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        text = f"Edit {whole} depends on permission(s): Read {whole}"
        return Problem("FIELD_INTEGRITY_EXCEPTION", text)
    return None


def _twin(org: Org, kind: Kind, row: Row) -> Problem | None:
    names = _SAME[kind.name]
    clause = " AND ".join(f'"{name}" = ?' for name in names)
    twins = org.storage.tuples(
        f'SELECT 1 FROM "{kind.name}" WHERE {clause} AND "Id" != ?',
        [*(row[name] for name in names), row["Id"]],
    )
    if not twins:
        return None
    if kind.name == "PermissionSet":
        text = f"The name {row['Name']!s} is already in use on component type: Permission Set."
        return Problem("DUPLICATE_DEVELOPER_NAME", text, ("Name",))
    return _TWIN


def take_back(org: Org, kind: Kind, record: str) -> None:
    """Removes such a record for good, with what hangs on it: these kinds have no bin."""
    org.storage.change(f'DELETE FROM "{kind.name}" WHERE "Id" = ?', [(record,)])
    if kind.name == "PermissionSet":
        for name, field in (("FieldPermissions", "ParentId"),
                            ("PermissionSetAssignment", "PermissionSetId")):  # fmt: skip
            org.storage.change(f'DELETE FROM "{name}" WHERE "{field}" = ?', [(record,)])
    org.access_changed()
