"""What Salesforce checks when permission sets are made, filled and assigned, and what ends them.

The answer to an assignment that is there already is quoted in public code and issues ("duplicate
value found: <unknown> ..."); how a twin of a permission set or of field permissions is refused was
not found, and is inferred from its like.
"""

# ruff: noqa: S608 (names in SQL come from the schema, values are parameters)

import re
from collections.abc import Sequence

from wasf.localorg.draft import Draft
from wasf.localorg.errors import Problem
from wasf.localorg.model import Kind
from wasf.localorg.org import Org
from wasf.localorg.storage import Row

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
