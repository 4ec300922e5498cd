"""What Salesforce checks when permission sets are made, filled and assigned, and what ends them.

The error for an assignment that exists is quoted in public code and issues ("duplicate value found:
<unknown> ..."). How a twin of a permission set or of field permissions is refused was not found; it
is inferred from similar errors.
"""

import re
from collections.abc import Sequence

from tests.servers.salesforce.configured_org import ConfiguredOrg
from tests.servers.salesforce.setup_schema import PERMISSION_OBJECTS
from wasf.demo.salesforce.calls import ErrorDetail, RecordDraft, SaveOptions
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.org import Customization
from wasf.demo.salesforce.storage import Row

_UNIQUE_TOGETHER = {
    "PermissionSet": ("Name",),
    "FieldPermissions": ("ParentId", "Field"),
    "PermissionSetAssignment": ("AssigneeId", "PermissionSetId"),
}
_TWIN = ErrorDetail(
    "DUPLICATE_VALUE",
    "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
)
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")


class PermissionSets(Customization):
    """Checks permission sets, field permissions and assignments."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail records that are wrong or exist already."""
        if sobject.name in PERMISSION_OBJECTS:
            for draft in drafts:
                draft.fail(self._error(sobject.name, draft.row))

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        """Delete what belongs to a deleted permission set."""
        if sobject.name != "PermissionSet":
            return
        ids = [(row["Id"],) for row in rows if row.get("IsDeleted")]
        for name, field in (("FieldPermissions", "ParentId"),
                            ("PermissionSetAssignment", "PermissionSetId")):  # fmt: skip
            self._org.storage.change(f'DELETE FROM "{name}" WHERE "{field}" = ?', ids)

    def _error(self, sobject: str, row: Row) -> ErrorDetail | None:
        if sobject == "PermissionSet" and not _NAME.fullmatch(str(row["Name"])):
            text = (
                "The permission set API name can only contain underscores and alphanumeric "
                "characters. It must be unique, begin with a letter, not include spaces, not end "
                "with an underscore, and not contain two consecutive underscores."
            )
            return ErrorDetail("INVALID_FIELD", text, ("Name",))
        wrong = self._wrong_field(row) if sobject == "FieldPermissions" else None
        return wrong or self._twin(sobject, row)

    def _wrong_field(self, row: Row) -> ErrorDetail | None:
        whole = str(row["Field"])
        owner, _, name = whole.partition(".")
        sobjects = {each.name for each in self._org.sobjects()}
        field = self._org.stored_sobject(owner).field(name) if owner in sobjects else None
        unknown = field is None or (whole in self._org.guarded and self._org.lags_behind())
        if owner != row["SobjectType"] or field is None or not field.permissionable or unknown:
            text = f"Field: bad value for restricted picklist field: {whole}"
            return ErrorDetail("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, ("Field",))
        if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
            text = f"Edit {whole} depends on permission(s): Read {whole}"
            return ErrorDetail("FIELD_INTEGRITY_EXCEPTION", text)
        return None

    def _twin(self, sobject: str, row: Row) -> ErrorDetail | None:
        names = _UNIQUE_TOGETHER[sobject]
        clause = " AND ".join(f'"{name}" = ?' for name in names)
        twins = self._org.storage.tuples(
            f'SELECT 1 FROM "{sobject}" WHERE {clause} AND "Id" != ?',
            [*(row[name] for name in names), row["Id"]],
        )
        if not twins:
            return None
        if sobject == "PermissionSet":
            text = f"The name {row['Name']!s} is already in use on component type: Permission Set."
            return ErrorDetail("DUPLICATE_DEVELOPER_NAME", text, ("Name",))
        return _TWIN
