"""What the API user may see and do: the admin's switches, rights in Setup, permission sets.

Who may see and write the objects of Setup is as their pages in Salesforce's object reference say
(FieldPermissions, PermissionSet, PermissionSetAssignment; "Special Access Rules").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from wasf.demo.salesforce.model import Field, Kind
from wasf.demo.salesforce.storage import Storage

# --- settings
# What an admin can switch in the org, and how much of the day's API calls is left.


CUSTOMIZE = "CustomizeApplication"
VIEW_SETUP = "ViewSetup"
MANAGE_SETS = "ManageProfilesPermissionsets"
ASSIGN_SETS = "AssignPermissionSets"
ALL_RIGHTS = frozenset({CUSTOMIZE, VIEW_SETUP, MANAGE_SETS, ASSIGN_SETS})


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """Refuses a record of `kind` whose `field` fits the expression `pattern` (None: is empty)."""

    kind: str
    field: str
    pattern: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches. Names of fields are "Lead.Phone"; sets are frozen, as all is."""

    daily_limit: int = 15_000
    page_size: int = 2_000
    assignment_owner: str | None = None
    """Who gets every new Lead that does not come with Sforce-Auto-Assign: FALSE."""
    duplicate_rule: Literal["off", "allow", "block"] = "off"
    """Whether a Lead with a phone that a Lead or Contact has is refused, and may be forced."""
    hidden_fields: frozenset[str] = frozenset()
    read_only_fields: frozenset[str] = frozenset()
    hidden_kinds: frozenset[str] = frozenset()
    no_create: frozenset[str] = frozenset()
    no_update: frozenset[str] = frozenset()
    no_delete: frozenset[str] = frozenset()
    rights: frozenset[str] = ALL_RIGHTS
    """What the API user may do in Setup, by the API names of the permissions."""
    custom_field_limit: int = 100
    """So many custom fields an object may have."""
    access_lag: int = 0
    """So many requests still see what was there before fields or permission sets changed."""
    validation_rules: tuple[ValidationRule, ...] = field(default=())
    archive_at_insert: bool = True
    """Closed Tasks of more than a year ago vanish from `query` at once, not at the next night."""
    edit_converted_leads: bool = False
    clock_shift_seconds: int = 0
    gzip_answers: bool = False


# --- access


ENTITIES = {"Task": "Activity"}
"""Objects whose custom fields belong to another one."""

Grants = Mapping[str, bool]
"""Fields that the user's permission sets let him read ("Task.Key__c"), and whether to edit."""

_SEEN_BY = {
    "PermissionSet": {VIEW_SETUP},
    "FieldPermissions": {VIEW_SETUP},
    "PermissionSetAssignment": {VIEW_SETUP, ASSIGN_SETS},
    "CustomField": {VIEW_SETUP, CUSTOMIZE},
}
_WRITTEN_BY = {
    "PermissionSet": MANAGE_SETS,
    "FieldPermissions": MANAGE_SETS,
    "PermissionSetAssignment": ASSIGN_SETS,
    "CustomField": CUSTOMIZE,
}


def grants(storage: Storage, user: str) -> Grants:
    """What the permission sets of a user grant, all of them together."""
    rows = storage.tuples(
        'SELECT p."Field", max(p."PermissionsEdit") FROM "FieldPermissions" p '
        'JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."ParentId" '
        'WHERE a."AssigneeId" = ? AND p."PermissionsRead" GROUP BY p."Field"',
        [user],
    )
    return {str(field): bool(edit) for field, edit in rows}


def visible(kind: Kind, settings: Settings, granted: Grants) -> Kind | None:
    """An object as the user sees it; None if it is as if it were not there."""
    name = kind.name
    seen_by = _SEEN_BY.get(name, settings.rights)
    if name in settings.hidden_kinds or (name in _SEEN_BY and not seen_by & settings.rights):
        return None
    may_write = _WRITTEN_BY.get(name) in {None, *settings.rights}
    fields = (_as_seen(name, field, settings, granted) for field in kind.fields)
    return replace(
        kind, fields=tuple(field for field in fields if field),
        createable=kind.createable and may_write and name not in settings.no_create,
        updateable=kind.updateable and may_write and name not in settings.no_update,
        deletable=kind.deletable and may_write and name not in settings.no_delete,
    )  # fmt: skip


def _as_seen(kind: str, field: Field, settings: Settings, granted: Grants) -> Field | None:
    whole = f"{kind}.{field.name}"
    if whole in settings.hidden_fields or (field.guarded and whole not in granted):
        return None
    if whole in settings.read_only_fields or (field.guarded and not granted[whole]):
        return replace(field, createable=False, updateable=False)
    return field
