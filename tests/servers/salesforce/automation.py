"""An admin's automation and the org's limits, as they meet saved records: triggers, flows, locks.

A trigger that throws fails every record of its chunk with the same text (Apex guide, "Bulk DML
Exception Handling"); a lock or a full storage fails single records.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from tests.servers.salesforce.admin_settings import TaskFlow, Trigger
from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce.calls import ErrorDetail, RecordDraft, SaveOptions
from wasf.demo.salesforce.model import SObjectType
from wasf.demo.salesforce.org import STORED_KB, Customization
from wasf.demo.salesforce.storage import Row, stamp

LOCKED = "unable to obtain exclusive access to this record or 1 records"


class HiddenRequirements(Customization):
    """Refuses new records without a field that a trigger requires, though describe does not."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail drafts in which one of the fields is empty."""
        required = {
            name.partition(".")[2]
            for name in self._org.admin.required_by_trigger
            if name.startswith(f"{sobject.name}.")
        }
        for draft in drafts:
            missing = sorted(name for name in required if draft.row.get(name) is None)
            if missing:
                text = f"Required fields are missing: [{', '.join(missing)}]"
                draft.fail(ErrorDetail("REQUIRED_FIELD_MISSING", text, tuple(missing)))


class Triggers(Customization):
    """Fails all records of a request that a trigger or flow cannot take."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail every draft with the text of the first trigger that throws."""
        new = [draft for draft in drafts if draft.is_new]
        for trigger in self._org.admin.triggers:
            met = drafts if trigger.on_update else new
            text = _thrown(trigger, met) if trigger.sobject == sobject.name else ""
            if text:
                code = "CANNOT_EXECUTE_FLOW_TRIGGER" if trigger.is_flow else _WRAPPER
                for draft in met:
                    draft.fail(ErrorDetail(code, text))


_WRAPPER = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def _thrown(trigger: Trigger, drafts: Sequence[RecordDraft]) -> str:
    """Return the text of the exception that a trigger throws, "" if it takes the records."""
    if len(drafts) > trigger.most_rows:
        if trigger.is_flow:
            return (
                f"We can't save this record because the “{trigger.name}” process failed. Give your"
                f" Salesforce admin these details. {trigger.limit}"
            )
        cause = f"System.LimitException: {trigger.limit}"
        return f"{trigger.name}: execution of AfterInsert\n\ncaused by: {cause}\n\n(System Code)"
    texts = [str(draft.row.get(trigger.poison_field) or "") for draft in drafts]
    if trigger.poison is None or not any(re.search(trigger.poison, text) for text in texts):
        return ""
    if trigger.is_flow:
        return (
            f"We can't save this record because the “{trigger.name}” process failed. Give your"
            " Salesforce admin these details. An unhandled fault has occurred in this flow"
        )
    return (
        f"{trigger.name}: execution of BeforeInsert\n\ncaused by: {trigger.exception}\n\n"
        f"Trigger.{trigger.name}: line 12, column 1"
    )


class RecordLocks(Customization):
    """Fails new Tasks on a record that somebody else's transaction holds, for some calls."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org
        self._met: Counter[str] = Counter()

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail the rows of a locked record, or the whole chunk if a trigger meets the lock."""
        if sobject.name != "Task":
            return
        for lock in self._org.admin.locks:
            rows = [d for d in drafts if d.is_new and d.row.get("WhoId") == lock.record]
            if not rows or self._met[lock.record] >= lock.calls:
                continue
            self._met[lock.record] += 1
            if lock.in_trigger:
                cause = f"first error: UNABLE_TO_LOCK_ROW, {LOCKED}: {lock.record}: []"
                text = f"TaskRollup: execution of AfterInsert\n\ncaused by: {cause}"
                for draft in drafts:
                    draft.fail(ErrorDetail(_WRAPPER, text))
            for draft in rows:
                draft.fail(ErrorDetail("UNABLE_TO_LOCK_ROW", f"{LOCKED}: {lock.record}"))


class StorageLimit(Customization):
    """Refuses new records for which the data storage has no room."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail the drafts that come after the storage is full."""
        new = [draft for draft in drafts if draft.is_new]
        if sobject.name not in STORED_KB or not new:
            return
        room = max(0, self._org.free_storage_kb() // STORED_KB[sobject.name])
        for draft in new[room:]:
            draft.fail(ErrorDetail("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded"))


class TaskOwners(Customization):
    """Refuses Tasks for a user who may not own Tasks on the record."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Fail the Tasks of these owners."""
        for draft in drafts:
            if sobject.name == "Task" and draft.row.get("OwnerId") in self._org.admin.no_access:
                code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
                draft.fail(ErrorDetail(code, "insufficient access rights on cross-reference id"))


class TaskFlows(Customization):
    """Touches every new Task some time after it was saved, as a record-triggered flow does."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org
        self._new: set[object] = set()

    def check(
        self, sobject: SObjectType, drafts: Sequence[RecordDraft], options: SaveOptions
    ) -> None:
        """Note which Tasks of this save are new: CreatedDate need not tell."""
        if sobject.name == "Task":
            self._new = {draft.row["Id"] for draft in drafts if draft.is_new}

    def after_save(self, sobject: SObjectType, rows: Sequence[Row]) -> None:
        """Change the Tasks as the flow is configured."""
        flow = self._org.admin.task_flow
        if flow is None or sobject.name != "Task":
            return
        for row in rows:
            if row["Id"] in self._new:
                self._org.storage.update("Task", str(row["Id"]), self._touched(flow))

    def _touched(self, flow: TaskFlow) -> Row:
        at = stamp(self._org.now() + timedelta(seconds=flow.after_seconds))
        by = flow.user or self._org.user_id
        changes: Row = dict(flow.changes)
        return changes | {"LastModifiedDate": at, "LastModifiedById": by, "SystemModstamp": at}
