"""What the org tells about itself: resources, objects and their fields."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from wasf.demo.salesforce import model, values
from wasf.demo.salesforce.errors import Json, refuse
from wasf.demo.salesforce.model import Kind
from wasf.demo.salesforce.org import Org
from wasf.demo.salesforce.schema import API_VERSIONS
from wasf.demo.salesforce.storage import Row

# --- describe


_SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int",
    "double": "xsd:double", "currency": "xsd:double", "date": "xsd:date",
    "datetime": "xsd:dateTime", "base64": "xsd:base64Binary",
}  # fmt: skip


def versions() -> Json:
    """GET /services/data: which API versions this host has."""
    return [
        {"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number, label in API_VERSIONS.items()
    ]


def root(org: Org, version: str, base_url: str) -> Json:
    """GET /services/data/vXX.0: the addresses of the resources, and who asks."""
    base = f"/services/data/{version}"
    names = ("composite", "limits", "query", "queryAll", "sobjects", "tooling")
    identity = f"{base_url}/id/{org.org_id}/{org.user_id}"
    addresses: dict[str, Json] = {name: f"{base}/{name}" for name in names}
    return addresses | {"identity": identity}


def everything(org: Org, version: str) -> Json:
    """GET sobjects: all objects, without their fields."""
    kinds: list[Json] = [summary(kind, version) for kind in org.kinds()]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": kinds}


def summary(kind: model.Kind, version: str) -> dict[str, Json]:
    """One object: what may be done with it, and its addresses."""
    base = f"/services/data/{version}/sobjects/{kind.name}"
    return {
        "activateable": False,
        "createable": kind.createable,
        "custom": False,
        "customSetting": False,
        "deletable": kind.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "keyPrefix": kind.prefix,
        "label": kind.label,
        "labelPlural": kind.plural,
        "layoutable": True,
        "mergeable": kind.mergeable,
        "mruEnabled": True,
        "name": kind.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": kind.deletable,
        "updateable": kind.updateable,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def kind(about: model.Kind, version: str) -> Json:
    """GET sobjects/<T>/describe: the object with its fields, as the API user sees them."""
    fields: list[Json] = [_field(each) for each in about.fields]
    return summary(about, version) | {"fields": fields, "childRelationships": []}


_FLAGS = {
    "caseSensitive": "case_sensitive", "compoundFieldName": "compound",
    "createable": "createable", "custom": "custom", "defaultValue": "default",
    "defaultedOnCreate": "defaulted", "externalId": "external_id", "filterable": "filterable",
    "groupable": "groupable", "idLookup": "id_lookup", "label": "label", "length": "length",
    "name": "name", "nameField": "name_field", "nillable": "nillable",
    "permissionable": "permissionable", "polymorphicForeignKey": "polymorphic",
    "relationshipName": "relation", "restrictedPicklist": "restricted", "sortable": "sortable",
    "type": "type", "unique": "unique", "updateable": "updateable",
}  # fmt: skip
"""Names in a describe, and the attributes of `Field` that they show as they are."""


def _field(field: model.Field) -> Json:
    shown: dict[str, Json] = {name: getattr(field, own) for name, own in _FLAGS.items()}
    return shown | {
        "byteLength": field.length if field.is_identity else field.length * 3,
        "calculated": False,
        "deprecatedAndHidden": False,
        "picklistValues": _picklist(field),
        "referenceTo": list(field.refers_to),
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
    }


def _picklist(field: model.Field) -> list[Json]:
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
    """A stored moment as an HTTP header writes it."""
    return format_datetime(datetime.fromisoformat(stamp), usegmt=True) if stamp else ""


# --- showing
# Records as GET shows them.


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
