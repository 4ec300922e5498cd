"""An org that an admin has configured: custom fields, permissions, rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.servers.salesforce.admin_settings import AdminSettings
from tests.servers.salesforce.setup_schema import setup_sobjects
from wasf.demo.salesforce.model import Field, RecordTypeInfo, SObjectType, refers
from wasf.demo.salesforce.org import Clock, OrgState

FIELD_OWNERS = {"Task": "Activity"}
"""Objects whose custom fields belong to another one in Setup."""


@dataclass(frozen=True, slots=True)
class OrgSnapshot:
    """The rows of an org, and its objects, at some moment."""

    rows: bytes
    sobjects: Mapping[str, SObjectType]


class ConfiguredOrg(OrgState):
    """The state of an org with the objects of Setup and an admin's settings.

    `guarded` are fields ("Task.Key__c") that exist for users only if a permission set grants them,
    `described` the objects as describe showed them last.
    """

    def __init__(self, path: str = ":memory:", clock: Clock | None = None) -> None:
        super().__init__(path, clock)
        self.admin = AdminSettings()
        self.guarded: set[str] = set()
        self.access_version = 0
        self.described: dict[str, SObjectType] = {}
        self._lag = 0
        for sobject in setup_sobjects():
            self.add_sobject(sobject)
        related = self.stored_sobject("Task").by_name["whatid"]
        self.replace_field("Task", replace(related, refers_to=("Account", "Case", "Opportunity")))

    def now(self) -> datetime:
        """Return the time of the org's clock, which may go wrong."""
        return super().now() + timedelta(seconds=self.admin.clock_shift_seconds)

    def configure(self, settings: AdminSettings) -> None:
        """Let settings hold from the next request on."""
        self.admin = self.settings = settings
        self.access_version += 1

    def access_changed(self) -> None:
        """Note that fields or permission sets changed; what the user sees is worked out anew."""
        self._lag = self.admin.access_lag
        self.access_version += 1

    def lags_behind(self) -> bool:
        """Whether a part of the platform does not know the newest fields; time passes by asking."""
        behind = self._lag > 0
        self._lag -= behind
        return behind

    def add_field(self, sobject: str, field: Field, *, guarded: bool = False) -> None:
        """Make a custom field, unless it is there."""
        known = self.stored_sobject(sobject)
        if known.has(field.name):
            return
        self.storage.add_column(sobject, field)
        self.replace_sobject(replace(known, fields=(*known.fields, field)))
        if guarded:
            self.guarded.add(f"{sobject}.{field.name}")
        if field.custom:
            (record,) = self.storage.mint("00N", 1)
            self.storage.insert("CustomField", [{
                "Id": record, "DeveloperName": field.name.removesuffix("__c"),
                "TableEnumOrId": FIELD_OWNERS.get(sobject, sobject),
                "SystemModstamp": self.stamp(),
            }])  # fmt: skip
        self.access_changed()

    def add_record_type(self, sobject: str, info: RecordTypeInfo) -> None:
        """Give an object one more record type, and the field that names it."""
        if not self.stored_sobject(sobject).has("RecordTypeId"):
            reference = Field("RecordTypeId", "Record Type ID", "reference", permissionable=False)
            self.add_field(sobject, refers(reference, "RecordType"))
        known = self.stored_sobject(sobject)
        self.replace_sobject(replace(known, record_types=(*known.record_types, info)))
        self.access_changed()

    def replace_field(self, sobject: str, field: Field) -> None:
        """Change how a field is described: its labels, its picklist values."""
        known = self.stored_sobject(sobject)
        fields = tuple(field if old.name == field.name else old for old in known.fields)
        self.replace_sobject(replace(known, fields=fields))

    def snapshot(self) -> OrgSnapshot:
        """Return the state of the rows and objects."""
        with self.lock:
            return OrgSnapshot(self.storage._db.serialize(), dict(self._sobjects))

    def restore(self, snapshot: OrgSnapshot) -> None:
        """Go back to an earlier state."""
        with self.lock:
            self.storage._db.deserialize(snapshot.rows)
            self.storage._statements.clear()
            self._sobjects = dict(snapshot.sobjects)
            self.described.clear()
            self.access_changed()
