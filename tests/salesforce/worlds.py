"""An org to test with and the hands of the people who work in it, once in memory, once local."""

from dataclasses import fields
from datetime import date, datetime
from typing import Protocol

from tests.fakes import MemoryOrg
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import Secret, UserId
from wasf.core.chats import Phone
from wasf.core.records import MessageKey, NewLead, RecordId, RecordType, Task, TaskKey
from wasf.interfaces import LeadDuplicate, Org
from wasf.retry import RetryPolicy, Timeouts
from wasf.salesforce.connection import Connection
from wasf.salesforce.describe import WantedFields
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, written_names
from wasf.salesforce.org import OrgIdentity, OrgOptions, SalesforceOrg

RULE = "Same_phone"
FIELD_OPTIONS = tuple(field.name for field in fields(WantedFields))
ADA = Phone("+491713920001")
BEN = Phone("+447700900123")

QUICK = RetryPolicy(first_pause=0.0, sleep=lambda seconds: None)
"""No pauses between attempts."""
CALM = Timeouts(connect=20.0, read=20.0)
"""Time for an answer where the machine has other things to do."""
HASTY = Timeouts(connect=20.0, read=0.5)
"""For an org that does not answer, on purpose."""


def timeouts_with(fault: str) -> Timeouts:
    """What a test with that fault needs."""
    return HASTY if fault.startswith("hang") or fault == "slow-answer" else CALM


class World(Protocol):
    """What a test can do to an org besides using it."""

    org: Org

    def contact(self, first: str, last: str, phone: str = "") -> RecordId: ...
    def lead(self, first: str, last: str, phone: str = "", description: str = "") -> RecordId: ...
    def business(self, name: str, phone: str, contact: str) -> RecordId:
        """An Account with one Contact, who has no number."""

    def user(self, email: str, *, active: bool = True, kind: str = "Standard") -> UserId: ...
    def convert(self, lead: RecordId) -> RecordId: ...
    def delete(self, record: RecordId) -> None: ...
    def merge(self, loser: RecordId, winner: RecordId) -> None: ...
    def touch(self, lead: RecordId, read_at: datetime) -> None:
        """Somebody changes the Lead a minute after it was read."""

    def edit_task(self, task: RecordId) -> None:
        """Somebody else changes a Task."""

    def block_duplicates(self, phone: Phone, existing: RecordId, *, allowed: bool = False) -> None:
        """A duplicate rule from now on names that Contact for that number; it may allow it."""

    def tasks(self) -> list[tuple[str, str]]:
        """WhoId and Subject of all Tasks, in the order they were written."""

    def lead_fields(self, lead: RecordId) -> tuple[str, str, str]:
        """Name, Status and Description of a Lead."""

    def add_report_fields(self) -> None:
        """Leads and Contacts get the fields of `report.fields`."""

    def lead_count(self) -> int: ...
    def file_count(self) -> int: ...


class MemoryWorld:
    def __init__(self) -> None:
        self.org = MemoryOrg()

    def contact(self, first: str, last: str, phone: str = "") -> RecordId:
        return self.org.add_contact(f"{first} {last}", *filter(None, [phone])).id

    def lead(self, first: str, last: str, phone: str = "", description: str = "") -> RecordId:
        name = f"{first} {last}"
        return self.org.add_lead(name, *filter(None, [phone]), description=description).id

    def business(self, name: str, phone: str, contact: str) -> RecordId:
        person = self.org.add_contact(contact)
        return self.org.add_business(name, phone, contacts=((person.id, contact),)).id

    def user(self, email: str, *, active: bool = True, kind: str = "Standard") -> UserId:
        return self.org.add_user(email, is_active=active, user_type=kind).id

    def convert(self, lead: RecordId) -> RecordId:
        return self.org.convert_lead(lead).id

    def delete(self, record: RecordId) -> None:
        self.org.delete(record)

    def merge(self, loser: RecordId, winner: RecordId) -> None:
        self.org.merge(loser, winner)

    def touch(self, lead: RecordId, read_at: datetime) -> None:
        self.org.edit_lead(lead, status="Working - Contacted")

    def edit_task(self, task: RecordId) -> None:
        self.org.edit_task(task, subject="Changed")

    def block_duplicates(self, phone: Phone, existing: RecordId, *, allowed: bool = False) -> None:
        named = ((RecordType.CONTACT, existing),)
        self.org.duplicates[phone] = LeadDuplicate(RULE, named, can_be_saved=allowed)

    def tasks(self) -> list[tuple[str, str]]:
        return [(task.who_id, task.subject) for task in self.org.tasks.values()]

    def lead_fields(self, lead: RecordId) -> tuple[str, str, str]:
        row = self.org.leads[lead]
        return row.name, row.status, row.description

    def add_report_fields(self) -> None:
        pass

    def lead_count(self) -> int:
        return len(self.org.leads)

    def file_count(self) -> int:
        return len(self.org.files)


class LocalWorld:
    def __init__(self, local: LocalOrg) -> None:
        self.local = local
        local.add_key_field()
        self.org = adapter(local)

    def contact(self, first: str, last: str, phone: str = "") -> RecordId:
        fields = {"FirstName": first, "LastName": last, "MobilePhone": phone or None}
        return RecordId(self.local.add_contact(**fields))

    def lead(self, first: str, last: str, phone: str = "", description: str = "") -> RecordId:
        fields = {"FirstName": first, "LastName": last, "Phone": phone or None}
        return RecordId(self.local.add_lead(Description=description or None, **fields))

    def business(self, name: str, phone: str, contact: str) -> RecordId:
        account = self.local.add("Account", Name=name, Phone=phone)
        self.local.add_contact(LastName=contact, AccountId=account)
        return RecordId(account)

    def user(self, email: str, *, active: bool = True, kind: str = "Standard") -> UserId:
        fields = {"Email": email, "IsActive": active, "UserType": kind}
        return UserId(self.local.add_user(LastName="Example", **fields))

    def convert(self, lead: RecordId) -> RecordId:
        return RecordId(self.local.convert_lead(lead))

    def delete(self, record: RecordId) -> None:
        self.local.delete(record)

    def add_report_fields(self) -> None:
        for sobject in ("Lead", "Contact"):
            for name in written_names(LAST_MESSAGE_FIELDS):
                self.local.add_field(sobject, name, "datetime", length=0)

    def merge(self, loser: RecordId, winner: RecordId) -> None:
        self.local.merge(winner, loser)

    def touch(self, lead: RecordId, read_at: datetime) -> None:
        later = read_at.replace(year=read_at.year + 1).isoformat(timespec="milliseconds")
        self.local.edit(
            lead, Status="Working - Contacted", LastModifiedDate=later.replace("+00:00", "+0000")
        )

    def edit_task(self, task: RecordId) -> None:
        self.local.edit(task, Subject="Changed", LastModifiedById=self.user("else@example.com"))

    def block_duplicates(self, phone: Phone, existing: RecordId, *, allowed: bool = False) -> None:
        action = "alert" if allowed else "block"
        self.local.add_duplicate_rule(name=RULE, matching="phone", action=action)

    def tasks(self) -> list[tuple[str, str]]:
        return [(str(row["WhoId"]), str(row["Subject"])) for row in self.local.rows("Task")]

    def lead_fields(self, lead: RecordId) -> tuple[str, str, str]:
        [row] = self.local.rows("Lead", Id=lead)
        return str(row["Name"]), str(row["Status"]), str(row["Description"] or "")

    def lead_count(self) -> int:
        return self.local.count("Lead")

    def file_count(self) -> int:
        return self.local.count("ContentVersion")


def connection(local: LocalOrg) -> Connection:
    """The way to a local org."""
    return Connection(local.base_url, Secret(local.access_token))


def adapter(local: LocalOrg, **options: object) -> SalesforceOrg:
    """The adapter on a local org, with short waits."""
    known = OrgIdentity(RecordId(local.org_id), UserId(local.user_id))
    names = {name: options.pop(name) for name in FIELD_OPTIONS if name in options}
    chosen = {"retry": QUICK, "timeouts": CALM, "fields": WantedFields(**names), **options}
    return SalesforceOrg(connection(local), OrgOptions(**chosen), known)


def make_task(number: int, who: RecordId, owner: UserId, subject: str = "") -> Task:
    """A Task with a key of its own."""
    return Task(
        key=TaskKey(f"{number:026d}"),
        messages=(MessageKey(number.to_bytes(16, "big")),),
        who_id=who,
        owner_id=owner,
        subject=subject or f"WhatsApp from Ada Example {number}",
        description="2026-01-05 10:00 +01:00 · Ada Example\nHello",
        activity_date=date(2026, 1, 5),
        status="Completed",
    )


def make_lead(last: str, phone: Phone, owner: UserId, **rest: str) -> NewLead:
    """A Lead to be created."""
    chosen = {"company": "[not provided]", "description": "WhatsApp chat", "first_name": "", **rest}
    return NewLead(phone=phone, last_name=last, owner_id=owner, **chosen)
