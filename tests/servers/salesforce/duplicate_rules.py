"""Duplicate rules for new Leads: found by matching rules, refused or allowed as Salesforce does.

A rule that alerts refuses a Lead, too, unless the request says `allowSave=true`; a rule that blocks
always does. Only the answer to a single save says which records were found.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.servers.salesforce.admin_settings import DuplicateRule
from tests.servers.salesforce.configured_org import ConfiguredOrg
from tests.servers.salesforce.similarity import EQUATIONS, confidence
from wasf.demo.salesforce import describe
from wasf.demo.salesforce.calls import ErrorDetail, Json, RecordDraft, SaveOptions
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.org import Customization
from wasf.demo.salesforce.storage import Row


class _Duplicate(NamedTuple):
    """A record that a rule found."""

    sobject: str
    row: Row
    confidence: float


class DuplicateRules(Customization):
    """Refuses new Leads that are like a Lead or Contact that is there."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail duplicates. The new records of one request are not compared with each other."""
        if sobject.name != "Lead":
            return
        for rule in self._org.admin.duplicate_rules:
            if rule.action == "report" or (rule.action == "alert" and options.allow_duplicates):
                continue
            people = {name: self._compared(rule, name) for name in rule.compared}
            for draft in drafts:
                if draft.is_new and draft.error is None:
                    found = _duplicates(rule, draft.row, people)
                    if found:
                        draft.fail(self._refusal(rule, found, options))

    def _compared(self, rule: DuplicateRule, sobject: str) -> list[Row]:
        """Return the records that a rule compares with: not deleted, not converted."""
        alive = 'NOT "IsDeleted"' + (' AND NOT "IsConverted"' if sobject == "Lead" else "")
        rows = self._org.storage.rows(f'SELECT * FROM "{sobject}" WHERE {alive}')
        hidden = self._org.admin.private_records if rule.enforces_sharing else ()
        return [row for row in rows if row["Id"] not in hidden]

    def _refusal(
        self, rule: DuplicateRule, found: Sequence[_Duplicate], options: SaveOptions
    ) -> ErrorDetail:
        private = self._org.admin.private_records
        named = [one for one in found if one.row["Id"] not in private]
        matches: list[Json] = []
        for sobject in dict.fromkeys(one.sobject for one in found):
            records: list[Json] = [
                self._match(one, options) for one in named if one.sobject == sobject
            ]
            matches.append({
                "entityType": sobject, "errors": [], "matchEngine": EQUATIONS[rule.matching].engine,
                "matchRecords": records, "rule": _matching_rule(rule, sobject),
                "size": len(records), "success": True,
            })  # fmt: skip
        result: dict[str, Json] = {
            "allowSave": rule.action == "alert",
            "duplicateRule": rule.name,
            "duplicateRuleEntityType": "Lead",
            "errorMessage": rule.message,
            "matchResults": matches,
        }
        details: dict[str, Json] = {"duplicateResult": result}
        return ErrorDetail("DUPLICATES_DETECTED", rule.message, details=details)

    def _match(self, found: _Duplicate, options: SaveOptions) -> Json:
        record_id = str(found.row["Id"])
        url = f"/services/data/v62.0/sobjects/{found.sobject}/{record_id}"
        record: dict[str, Json] = {
            "attributes": {"type": found.sobject, "url": url}, "Id": record_id,
        }  # fmt: skip
        if options.duplicate_details:
            fields = self._org.sobject(found.sobject).fields
            record |= {field.name: describe.shown(field, found.row[field.name]) for field in fields}
        return {
            "additionalInformation": [], "fieldDiffs": [],
            "matchConfidence": found.confidence, "record": record,
        }  # fmt: skip


def _duplicates(
    rule: DuplicateRule, new: Row, people: Mapping[str, Sequence[Row]]
) -> list[_Duplicate]:
    equation = EQUATIONS[rule.matching]
    return [
        _Duplicate(sobject, row, alike)
        for sobject, rows in people.items()
        for row in rows
        if (alike := confidence(equation, new, row))
    ]


def _matching_rule(rule: DuplicateRule, sobject: str) -> str:
    if rule.matching == "standard":
        return f"Standard_{sobject}_Match_Rule_v1_0"
    return f"{rule.name}_{sobject}_Match"
