"""What people do to records in the browser: convert a Lead, merge two, let the archive run."""

from wasf.localorg import deleting, rules, seeding
from wasf.localorg.errors import Json
from wasf.localorg.ids import RecordId
from wasf.localorg.org import Org
from wasf.localorg.storage import Row

_SHARED = ("FirstName", "LastName", "Phone", "MobilePhone", "Email", "Title", "LeadSource",
           "Description")  # fmt: skip


def convert(org: Org, lead: str, contact: str | None = None) -> RecordId:
    """Converts a Lead into a new Contact, or the one given; its Tasks move along."""
    row = _existing(org, lead)
    target = RecordId(contact) if contact else _as_contact(org, row)
    status = org.storage.tuples('SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" LIMIT 1')
    changes: dict[str, Json] = {
        "IsConverted": True,
        "ConvertedContactId": target,
        "ConvertedDate": org.now().date().isoformat(),
        "Status": str(status[0][0]) if status else str(row["Status"]),
    }
    seeding.edit(org, lead, changes)
    _move_tasks(org, lead, target)
    return target


def _as_contact(org: Org, row: Row) -> RecordId:
    fields: dict[str, Json] = {"OwnerId": str(row["OwnerId"])}
    for name in _SHARED:
        value = row.get(name)
        if isinstance(value, str):
            fields[name] = value
    return seeding.add(org, "Contact", [fields])[0]


def merge(org: Org, master: str, loser: str) -> None:
    """Merges `loser` into `master`: its Tasks move, it goes to the bin and names its master."""
    _existing(org, master)
    _existing(org, loser)
    _move_tasks(org, loser, master)
    deleting.move_to_bin(org, loser)
    seeding.edit(org, loser, {"MasterRecordId": master})


def _move_tasks(org: Org, old: str, new: str) -> None:
    org.storage.change('UPDATE "Task" SET "WhoId" = ? WHERE "WhoId" = ?', [(new, old)])


def _existing(org: Org, record: str) -> Row:
    row = org.row(record)
    if row is None or row.get("IsDeleted"):
        raise KeyError(record)
    return row


def archive(org: Org) -> int:
    """Lets the nightly archiver run; answers how many Tasks it took."""
    before = rules.gather(org, ()).archive_before
    rows = org.storage.rows('SELECT * FROM "Task" WHERE NOT "IsArchived" AND NOT "IsDeleted"')
    old = [row for row in rows if rules.is_old(row, before)]
    org.storage.change(
        'UPDATE "Task" SET "IsArchived" = 1 WHERE "Id" = ?', [(row["Id"],) for row in old]
    )
    return len(old)
