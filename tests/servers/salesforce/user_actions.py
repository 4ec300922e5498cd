"""What people do to records in the browser: edit them, convert a Lead, merge two; the archiver."""

from collections.abc import Mapping

from wasf.demo.salesforce import records, seed, validation
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.model import RecordId
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.storage import Row

_SHARED = ("FirstName", "LastName", "Phone", "MobilePhone", "Email", "Title", "LeadSource",
           "Description")  # fmt: skip


def convert(org: OrgState, lead: str, contact: str | None = None) -> RecordId:
    """Convert a Lead to a new Contact, or to a given one; its Tasks move along."""
    row = _existing(org, lead)
    target = RecordId(contact) if contact else _as_contact(org, row)
    status = org.storage.tuples('SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" LIMIT 1')
    changes: dict[str, Json] = {
        "IsConverted": True,
        "ConvertedContactId": target,
        "ConvertedDate": org.now().date().isoformat(),
        "Status": str(status[0][0]) if status else str(row["Status"]),
    }
    edit(org, lead, changes)
    _move_tasks(org, lead, target)
    return target


def _as_contact(org: OrgState, row: Row) -> RecordId:
    fields: dict[str, Json] = {"OwnerId": str(row["OwnerId"])}
    for name in _SHARED:
        value = row.get(name)
        if isinstance(value, str):
            fields[name] = value
    return seed.add(org, "Contact", [fields])[0]


def merge(org: OrgState, master: str, loser: str) -> None:
    """Merge `loser` into `master`: its Tasks move, and it goes to the recycle bin."""
    _existing(org, master)
    _existing(org, loser)
    _move_tasks(org, loser, master)
    records.remove(org, loser)
    edit(org, loser, {"MasterRecordId": master})


def _move_tasks(org: OrgState, old: str, new: str) -> None:
    org.storage.change('UPDATE "Task" SET "WhoId" = ? WHERE "WhoId" = ?', [(new, old)])


def _existing(org: OrgState, record: str) -> Row:
    row = org.row(record)
    if row is None or row.get("IsDeleted"):
        raise KeyError(record)
    return row


def archive(org: OrgState) -> int:
    """Let the nightly archiver run; return how many Tasks it took."""
    before = validation.save_context(org, ()).archive_before
    rows = org.storage.rows('SELECT * FROM "Task" WHERE NOT "IsArchived" AND NOT "IsDeleted"')
    old = [row for row in rows if validation.is_old(row, before)]
    org.storage.change(
        'UPDATE "Task" SET "IsArchived" = 1 WHERE "Id" = ?', [(row["Id"],) for row in old]
    )
    return len(old)


def edit(org: OrgState, record: str, changes: Mapping[str, Json]) -> None:
    """Change a record as a person does in the browser. Stamps are set unless they are given.

    Raise `KeyError` if there is no such record or field.
    """
    sobject = org.sobject_of(record)
    row = org.row(record)
    if sobject is None or row is None:
        raise KeyError(record)
    given: Row = {
        name: validation.stored(sobject.by_name[name.lower()], given)
        for name, given in changes.items()
    }
    stamps: Row = {"SystemModstamp": org.stamp()}
    if sobject.has("LastModifiedDate"):
        stamps["LastModifiedDate"] = org.stamp()
    whole = row | stamps | given
    people = {str(whole["WhoId"])} if whole.get("WhoId") else set()
    context = validation.save_context(org, people)
    validation.derive(sobject.name, whole, context)
    org.storage.update(sobject.name, record, whole | given)
