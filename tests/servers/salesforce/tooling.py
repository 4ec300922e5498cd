"""The Tooling API, as far as custom fields go: making one, finding it, and what it is like.

Requests and answers have the forms that public code uses with Salesforce: POST
tooling/sobjects/CustomField {"FullName": "Activity.Key__c", "Metadata": {"type": "Text", ...}} is
answered by 201 {"id", "success", "errors", "warnings", "infos"}; a query of CustomField by
DeveloperName and TableEnumOrId; GET of one by its id for its Metadata (supaglue, restforce#353,
Salesforce-Inspector-reloaded). A user without Customize Application is refused as for any other
record that the user may not create; what Salesforce says exactly was not found. Only text fields
and date/time fields are made.
"""

import re
from collections.abc import Mapping

from tests.servers.salesforce.configured_org import FIELD_OWNERS, ConfiguredOrg
from wasf.demo.salesforce import query
from wasf.demo.salesforce.calls import ApiCall, ApiReply, Json, not_found, refuse, wrong_method
from wasf.demo.salesforce.model import Field, SObjectType
from wasf.demo.salesforce.org import Customization, Resource, record_id
from wasf.demo.salesforce.soql import QueryResult
from wasf.demo.salesforce.storage import Cell, Row

_FULL_NAME = re.compile(r"([A-Za-z]\w*)\.([A-Za-z](?:_?[A-Za-z0-9])*)__c")
_LONGEST_NAME = 40
_LONGEST_TEXT = 255
_KNOWN = frozenset({
    "type", "label", "length", "externalId", "unique", "caseSensitive", "required", "description",
    "inlineHelpText", "trackTrending", "trackHistory", "trackFeedHistory",
})  # fmt: skip


class ToolingApi(Customization):
    """The resource `tooling`. The two APIs know different objects: this one only CustomField."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org
        self._active = False

    @property
    def resources(self) -> Mapping[str, Resource]:
        """The resource `tooling`."""
        return {"tooling": self._respond}

    def visible(self, sobject: SObjectType) -> SObjectType | None:
        """Return an object of the API that is being called."""
        return sobject if (sobject.name == "CustomField") == self._active else None

    def _respond(self, call: ApiCall) -> ApiReply:
        self._active = True
        try:
            return _answer(self._org, call)
        finally:
            self._active = False


def _answer(org: ConfiguredOrg, call: ApiCall) -> ApiReply:
    match call.segments[1:]:
        case ("query",):
            return _query(org, call)
        case ("sobjects", "CustomField", *rest) if org.find_sobject("CustomField"):
            return _custom_field(org, call, tuple(rest))
        case _:
            raise not_found()


def _custom_field(org: ConfiguredOrg, call: ApiCall, rest: tuple[str, ...]) -> ApiReply:
    match call.method, rest:
        case "POST", ():
            return _create(org, call)
        case "GET", (record,):
            return ApiReply(200, _one(org, call, record_id(record)))
        case _, ():
            raise wrong_method(call.method, "POST")
        case _, (_,):
            raise wrong_method(call.method, "GET")
        case _:
            raise not_found()


def _query(org: ConfiguredOrg, call: ApiCall) -> ApiReply:
    if call.method != "GET":
        raise wrong_method(call.method, "GET", "HEAD")
    result = query.run(org, call.query.get("q", ""), everything=False)
    found: list[Json] = [_record(call, result, row) for row in result.rows]
    return ApiReply(200, {
        "size": len(found), "totalSize": result.count, "done": True, "queryLocator": None,
        "entityTypeName": result.sobject.name, "records": found,
    })  # fmt: skip


def _record(call: ApiCall, result: QueryResult, row: tuple[Cell, ...]) -> Json:
    record = query.record(result, row, call.version)
    own = record if isinstance(record, dict) else {}
    return {**own, "attributes": _attributes(call, str(row[0]))}


def _attributes(call: ApiCall, record: str) -> Json:
    url = f"/services/data/{call.version}/tooling/sobjects/CustomField/{record}"
    return {"type": "CustomField", "url": url}


def _one(org: ConfiguredOrg, call: ApiCall, record: str) -> Json:
    row = org.row(record)
    if row is None or record[:3] != "00N":
        raise not_found()
    sobject, field = _described(org, row)
    metadata: dict[str, Json] = {
        "type": {"string": "Text", "datetime": "DateTime"}.get(field.type, field.type.capitalize()),
        "label": field.label, "length": field.length, "externalId": field.external_id,
        "unique": field.unique, "caseSensitive": field.case_sensitive,
        "required": not field.nillable,
    }  # fmt: skip
    entity = FIELD_OWNERS.get(sobject, sobject)
    return {
        "attributes": _attributes(call, record), "Id": record, "FullName": f"{entity}.{field.name}",
        "DeveloperName": str(row["DeveloperName"]), "TableEnumOrId": entity,
        "NamespacePrefix": None, "Metadata": metadata,
    }  # fmt: skip


def _described(org: ConfiguredOrg, row: Row) -> tuple[str, Field]:
    """Return the object and the field of a CustomField."""
    sobject = _sobject_of(str(row["TableEnumOrId"]))
    return sobject, org.stored_sobject(sobject).by_name[f"{row['DeveloperName']!s}__c".lower()]


def _sobject_of(entity: str) -> str:
    return next((name for name, owner in FIELD_OWNERS.items() if owner == entity), entity)


def _create(org: ConfiguredOrg, call: ApiCall) -> ApiReply:
    if not org.sobject("CustomField").createable:
        text = "insufficient access rights on cross-reference id"
        raise refuse("INSUFFICIENT_ACCESS_OR_READONLY", text, status=403)
    body = call.json()
    if unknown := set(body) - {"FullName", "Metadata"}:
        text = f"No such column '{min(unknown)}' on sobject of type CustomField"
        raise refuse("INVALID_FIELD", text)
    sobject = _target(str(body.get("FullName") or ""))
    field = _field(str(body.get("FullName")).partition(".")[2], body.get("Metadata"))
    _check_room(org, sobject, field)
    org.add_field(sobject, field, guarded=True)
    (made,) = (
        row for row in org.storage.find("CustomField", "DeveloperName", [field.name[:-3]])
        if row["TableEnumOrId"] == FIELD_OWNERS.get(sobject, sobject)
    )  # fmt: skip
    return ApiReply(201, {
        "id": str(made["Id"]), "success": True, "errors": [], "warnings": [], "infos": [],
    })  # fmt: skip


def _target(full_name: str) -> str:
    """Return the object that gets the field. Custom fields of Tasks belong to Activity."""
    found = _FULL_NAME.fullmatch(full_name)
    if found is None or len(found[2]) > _LONGEST_NAME:
        text = "Enter an API name that ends with __c, has only letters, digits and underscores"
        raise refuse("FIELD_INTEGRITY_EXCEPTION", f"FullName: {text}", "FullName")
    if found[1] in FIELD_OWNERS or _sobject_of(found[1]) not in ("Task", "Lead", "Contact"):
        text = f"Entity Enumeration Or ID: bad value for restricted picklist field: {found[1]}"
        raise refuse("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, "TableEnumOrId")
    return _sobject_of(found[1])


def _field(name: str, metadata: Json) -> Field:
    about = metadata if isinstance(metadata, dict) else {}
    if unknown := set(about) - _KNOWN:
        text = f"No such column '{min(unknown)}' on sobject of type Metadata"
        raise refuse("INVALID_FIELD", text)
    needs_length = about.get("type") != "DateTime"
    for needed in ("type", "label", *(["length"] if needs_length else [])):
        if about.get(needed) is None:
            raise refuse("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{needed}]")
    if about["type"] == "DateTime":
        return _moment_field(name, about)
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
        custom=True,
    )  # fmt: skip


def _moment_field(name: str, about: Mapping[str, Json]) -> Field:
    for no_such in ("length", "unique", "externalId", "caseSensitive"):
        if about.get(no_such):
            text = f"Can not specify '{no_such}' for a CustomField of type DateTime"
            raise refuse("FIELD_INTEGRITY_EXCEPTION", text, no_such)
    is_nillable = about.get("required") is not True
    return Field(name, str(about["label"]), "datetime", nillable=is_nillable, custom=True)


def _check_room(org: ConfiguredOrg, sobject: str, field: Field) -> None:
    known = org.stored_sobject(sobject)
    if known.field(field.name):
        owner = FIELD_OWNERS.get(sobject, sobject)
        text = f"There is already a field named {field.name[:-3]} on {owner}."
        raise refuse("DUPLICATE_DEVELOPER_NAME", text, "DeveloperName")
    if sum(each.custom for each in known.fields) >= org.admin.custom_field_limit:
        text = "Cannot create the field: the object has reached its limit of custom fields."
        raise refuse("CUSTOM_ENTITY_OR_FIELD_LIMIT", text)
