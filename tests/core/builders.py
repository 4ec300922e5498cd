"""Made-up chats, messages and records: name what matters, the rest has a default."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wasf.core.auth import UserId
from wasf.core.chats import Attachment, Chat, ChatId, Direction, Message, MessageKind, Phone
from wasf.core.plan.record_match import Directory
from wasf.core.policy import SyncPolicy
from wasf.core.records import Account, Contact, Lead, LeadStatus, Person, RecordId

PHONE = Phone("+491713920012")
BERLIN = ZoneInfo("Europe/Berlin")
RULES = SyncPolicy(zone=BERLIN, default_region="DE")

OWNER = UserId("005000000000001AAA")
COLLEAGUE = UserId("005000000000002AAA")

OPEN = LeadStatus("Open - Not Contacted", "Open - Not Contacted", is_default=True)
WORKING = LeadStatus("Working", "In touch")
CLOSED = LeadStatus("Closed - Not Converted", "Closed - Not Converted")
CONVERTED = LeadStatus("Won", "Won", is_converted=True)
CLOSED_BY_LABEL = LeadStatus("Dead", "Closed for good")
STATUSES = (OPEN, WORKING, CLOSED, CONVERTED, CLOSED_BY_LABEL)


def day(number: int) -> datetime:
    return datetime(2024, 2, number, 12, tzinfo=UTC)


def a_contact(
    number: int,
    *phones: str,
    name: str = "Ada Example",
    owner: UserId = COLLEAGUE,
    changed: int = 1,
) -> Contact:
    return Contact(
        id=RecordId(f"003{number:012}AAA"),
        name=name,
        phones=phones or (PHONE,),
        owner_id=owner,
        modified_at=day(changed),
    )


def a_lead(
    number: int,
    *phones: str,
    name: str = "Ada Example",
    owner: UserId = COLLEAGUE,
    changed: int = 1,
    status: LeadStatus = OPEN,
    became: RecordId | None = None,
    is_converted: bool = False,
    description: str = "",
    link: str = "",
) -> Lead:
    return Lead(
        id=RecordId(f"00Q{number:012}AAA"),
        name=name,
        phones=phones or (PHONE,),
        owner_id=owner,
        modified_at=day(changed),
        status=status.api_name,
        is_converted=is_converted or became is not None,
        converted_contact_id=became,
        description=description,
        link=link,
    )


def an_account(
    number: int,
    *contacts: str,
    phone: str = PHONE,
    owner: UserId = COLLEAGUE,
    changed: int = 1,
    person: RecordId | None = None,
) -> Account:
    return Account(
        id=RecordId(f"001{number:012}AAA"),
        name=f"Acme {number}",
        owner_id=owner,
        modified_at=day(changed),
        phones=(phone,),
        person_contact_id=person,
        contacts=tuple(
            (RecordId(f"003{place:012}AAA"), name) for place, name in enumerate(contacts, 1)
        ),
    )


def a_directory(
    *people: Person, policy: SyncPolicy = RULES, merged: Mapping[RecordId, RecordId] | None = None
) -> Directory:
    return Directory.of(
        contacts=[person for person in people if isinstance(person, Contact)],
        leads=[person for person in people if isinstance(person, Lead)],
        merged=merged or {},
        lead_statuses=STATUSES,
        policy=policy,
    )


def a_chat(
    name: str = "Ada Example",
    *,
    phone: Phone | None = PHONE,
    title: str = "",
    url: str = "",
    is_group: bool = False,
    whatsapp_account: str = "",
) -> Chat:
    return Chat(
        id=ChatId("chat"),
        source="export",
        title=title or name or phone or "",
        name=name,
        phone=phone,
        is_group=is_group,
        url=url,
        whatsapp_account=whatsapp_account,
    )


def a_message(
    text: str = "Hello",
    *,
    at: datetime = datetime(2024, 2, 1, 14, 4, tzinfo=UTC),
    author: str = "Ada Example",
    outgoing: bool = False,
    kind: MessageKind = MessageKind.TEXT,
    attachment: str = "",
) -> Message:
    return Message(
        sent_at=at,
        direction=Direction.OUTGOING if outgoing else Direction.INCOMING,
        author=author,
        kind=kind,
        text=text,
        attachment=Attachment(attachment) if attachment else None,
    )
