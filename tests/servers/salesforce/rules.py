"""Rules of an admin that apply when records are saved: validation, duplicates, assignment."""

import re
from collections.abc import Sequence

from tests.servers.salesforce.admin_settings import ValidationRule
from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce.customization import Customization
from wasf.demo.salesforce.drafts import RecordDraft, SaveOptions
from wasf.demo.salesforce.errors import ErrorDetail, Json
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.storage import Row

_MESSAGE = "Use one of these records?"


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


class DuplicateRule(Customization):
    """Refuses new Leads with the phone number of a Lead or Contact."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail duplicates, unless the rule lets them be saved and the request asks for it."""
        rule = self._org.admin.duplicate_rule
        saves_anyway = rule == "allow" and options.allow_duplicates
        if sobject.name != "Lead" or rule == "off" or saves_anyway:
            return
        for draft in drafts:
            if draft.is_new and draft.error is None and (phone := draft.row.get("Phone")):
                draft.fail(self._same_phone(_last_digits(str(phone))))

    def _same_phone(self, digits: str) -> ErrorDetail | None:
        pattern = "%" + "%".join(digits)
        found: list[tuple[str, str]] = []
        for sobject in ("Contact", "Lead"):
            rows = self._org.storage.rows(
                f'SELECT "Id", "Phone", "MobilePhone" FROM "{sobject}" WHERE NOT "IsDeleted" '
                'AND ("Phone" LIKE ? OR "MobilePhone" LIKE ?)',
                (pattern, pattern),
            )
            for row in rows:
                numbers = (_last_digits(str(row[name] or "")) for name in ("Phone", "MobilePhone"))
                if digits in numbers:
                    found.append((sobject, str(row["Id"])))
        if not digits or not found:
            return None
        return ErrorDetail("DUPLICATES_DETECTED", _MESSAGE, details=self._details(found))

    def _details(self, found: Sequence[tuple[str, str]]) -> dict[str, Json]:
        matches: list[Json] = []
        for sobject in sorted({name for name, _ in found}):
            records: list[Json] = [_match(name, id_) for name, id_ in found if name == sobject]
            matches.append({
                "entityType": sobject, "errors": [], "matchEngine": "FuzzyMatchEngine",
                "matchRecords": records, "rule": f"Standard_{sobject}_Match_Rule_v1_1",
                "size": len(records), "success": True,
            })  # fmt: skip
        result: dict[str, Json] = {
            "allowSave": self._org.admin.duplicate_rule == "allow",
            "duplicateRule": "Standard_Lead_Duplicate_Rule",
            "duplicateRuleEntityType": "Lead",
            "errorMessage": _MESSAGE,
            "matchResults": matches,
        }
        return {"duplicateResult": result}


def _last_digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())[-9:]


def _match(sobject: str, record: str) -> Json:
    url = f"/services/data/v62.0/sobjects/{sobject}/{record}"
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": sobject, "url": url}, "Id": record},
    }
