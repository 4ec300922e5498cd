"""Rules of an admin that apply when records are saved: validation and assignment."""

import re
from collections.abc import Sequence

from tests.servers.salesforce.admin_settings import ValidationRule
from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce.calls import ErrorDetail, RecordDraft, SaveOptions
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.org import Customization
from wasf.demo.salesforce.storage import Row


class LeadAssignment(Customization):
    """Gives every Lead that is saved to one user, unless the request says otherwise."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def before_save(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Set the owner."""
        owner = self._org.admin.assignment_owner
        if sobject.name == "Lead" and owner and options.auto_assign:
            for draft in drafts:
                draft.row["OwnerId"] = owner


class RecordTypes(Customization):
    """Refuses record types that are not assigned to the user, and values that a type lacks."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail drafts with such a type."""
        usable = {one.id for one in sobject.record_types if one.available}
        for draft in drafts:
            given = str(draft.row.get("RecordTypeId") or "")
            if given and given not in usable:
                text = f"Record Type ID: this ID value isn't valid for the user: {given}"
                draft.fail(ErrorDetail("INVALID_CROSS_REFERENCE_KEY", text, ("RecordTypeId",)))
        for whole, offered in self._org.admin.picklists_by_type.items():
            name = whole.removeprefix(f"{sobject.name}.")
            for draft in drafts:
                value = str(draft.row.get(name) or "")
                if name != whole and value and value not in offered:
                    text = f"{name}: bad value for restricted picklist field: {value}"
                    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
                    draft.fail(ErrorDetail(code, text, (name,)))


class ValidationRules(Customization):
    """Refuses records that break a validation rule, with the admin's message."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail drafts that break a rule."""
        for rule in self._org.admin.validation_rules:
            if rule.sobject == sobject.name:
                for draft in drafts:
                    if _breaks(rule, draft.row):
                        code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
                        draft.fail(ErrorDetail(code, rule.message))


def _breaks(rule: ValidationRule, row: Row) -> bool:
    value = row.get(rule.field)
    if rule.pattern is None or value is None:
        return rule.pattern is None and value is None
    return re.search(rule.pattern, str(value)) is not None
