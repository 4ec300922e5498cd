"""What the org shows of itself: versions, resources, objects, fields, and single records."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from wasf.demo.salesforce.calls import Json, refuse
from wasf.demo.salesforce.model import MASTER, Field, RecordTypeInfo, SObjectType
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Cell, Row

_SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double",
    "date": "xsd:date", "time": "xsd:time",
    "datetime": "xsd:dateTime", "base64": "xsd:base64Binary",
}  # fmt: skip


def versions(org: OrgState) -> Json:
    """Answer GET /services/data: the API versions of the org."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in org.settings.api_versions
    ]


def _label(number: int) -> str:
    """Return the release of a version: three a year, 60 is Spring '24."""
    season = ("Spring", "Summer", "Winter")[number % 3]
    return f"{season} '{number // 3 + 4 + (season == 'Winter')}"


def root(org: OrgState, version: str, base_url: str) -> Json:
    """Answer GET /services/data/vXX.0: the addresses of the resources and of the user."""
    base = f"/services/data/{version}"
    more = [name for each in org.customizations for name in each.resources]
    names = ("composite", "limits", "query", "queryAll", "sobjects", *more)
    identity = f"{base_url}/id/{org.org_id}/{org.user_id}"
    addresses: dict[str, Json] = {name: f"{base}/{name}" for name in names}
    return addresses | {"identity": identity}


def everything(org: OrgState, version: str) -> Json:
    """Answer GET sobjects: all objects, without their fields."""
    found: list[Json] = [summary(sobject, version) for sobject in org.sobjects()]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found}


def summary(sobject: SObjectType, version: str) -> dict[str, Json]:
    """Return what may be done with an object, and its addresses."""
    base = f"/services/data/{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "createable": sobject.createable,
        "custom": False,
        "customSetting": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": True,
        "mergeable": sobject.mergeable,
        "mruEnabled": True,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": sobject.deletable,
        "updateable": sobject.updateable,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def describe(org: OrgState, sobject: SObjectType, version: str) -> Json:
    """Answer GET sobjects/<T>/describe: the object with its fields, as the API user sees them."""
    for customization in org.customizations:
        sobject = customization.described(sobject)
    fields: list[Json] = [_field(each) for each in sobject.fields]
    types: list[Json] = [_record_type(each) for each in (*sobject.record_types, MASTER)]
    return summary(sobject, version) | {
        "fields": fields, "childRelationships": [], "recordTypeInfos": types,
    }  # fmt: skip


def _record_type(info: RecordTypeInfo) -> Json:
    return {
        "active": True, "available": info.available, "defaultRecordTypeMapping": info is MASTER,
        "developerName": info.developer_name, "master": info is MASTER, "name": info.name,
        "recordTypeId": info.id, "urls": {},
    }  # fmt: skip


_FLAGS = {
    "caseSensitive": "case_sensitive", "compoundFieldName": "compound",
    "createable": "createable", "custom": "custom", "defaultValue": "default",
    "defaultedOnCreate": "defaulted", "encrypted": "encrypted",
    "externalId": "external_id", "filterable": "filterable",
    "groupable": "groupable", "idLookup": "id_lookup", "label": "label", "length": "length",
    "name": "name", "nameField": "name_field", "nillable": "nillable",
    "permissionable": "permissionable", "polymorphicForeignKey": "polymorphic",
    "precision": "precision", "scale": "scale",
    "relationshipName": "relation", "restrictedPicklist": "restricted", "sortable": "sortable",
    "type": "type", "unique": "unique", "updateable": "updateable",
}  # fmt: skip
"""Keys of a field in a describe, and the attributes of `Field` that they show."""


def _field(field: Field) -> Json:
    shown: dict[str, Json] = {name: getattr(field, own) for name, own in _FLAGS.items()}
    return shown | {
        "byteLength": field.length if field.is_identity else field.length * 3,
        "calculated": False,
        "deprecatedAndHidden": False,
        "picklistValues": _picklist(field),
        "referenceTo": list(field.refers_to),
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
    }


def _picklist(field: Field) -> list[Json]:
    return [
        {
            "active": True,
            "defaultValue": value == field.default,
            "label": label,
            "validFor": None,
            "value": value,
        }
        for value, label in zip(field.values, field.value_labels or field.values, strict=True)
    ]


def http_date(stamp: str) -> str:
    """Return a stored time as an HTTP header writes it."""
    return format_datetime(datetime.fromisoformat(stamp), usegmt=True) if stamp else ""


def attributes(name: str, record_id: str, version: str) -> Json:
    """Return what every record begins with: the name of its object, and its address."""
    return {"type": name, "url": f"/services/data/{version}/sobjects/{name}/{record_id}"}


def shown(field: Field, cell: Cell) -> Json:
    """Return the JSON form of a stored value."""
    if field.type == "boolean":
        return bool(cell)
    return None if isinstance(cell, bytes) else cell


def record(sobject: SObjectType, row: Row, version: str, chosen: Sequence[str] = ()) -> Json:
    """Return a record with the chosen fields, or with all that the user sees.

    Raise `RequestRefused` (INVALID_FIELD) for a field that the user does not see.
    """
    body: dict[str, Json] = {"attributes": attributes(sobject.name, str(row["Id"]), version)}
    fields = []
    for name in chosen:
        field = sobject.field(name)
        if field is None:
            message = f"No such column '{name}' on sobject of type {sobject.name}"
            raise refuse("INVALID_FIELD", message)
        fields.append(field)
    for field in fields or sobject.fields:
        body[field.name] = shown(field, row.get(field.name))
        if field.type == "base64":
            url = f"/services/data/{version}/sobjects/{sobject.name}/{row['Id']!s}"
            body[field.name] = f"{url}/{field.name}"
    if chosen:
        body.setdefault("Id", str(row["Id"]))
    return body
