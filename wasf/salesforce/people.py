"""Finding everybody who may be meant: by number, by name, by id, through merges and conversions."""

from collections.abc import Collection
from dataclasses import dataclass, field

from wasf.core.records import Contact, Lead, PeopleQuery, RecordId, RecordType, UserId
from wasf.interfaces import PeopleFound
from wasf.salesforce.api.client import RestClient
from wasf.salesforce.api.composite import run_queries
from wasf.salesforce.api.errors import not_understood
from wasf.salesforce.api.json import (
    Object,
    as_object,
    flag,
    full_id,
    moment,
    record_id,
    text,
    type_of,
)
from wasf.salesforce.api.soql import PHONE_FIELDS, Query, by_id, by_person
from wasf.salesforce.describe import FieldAccess

_MOST_ROUNDS = 5  # a Lead leads to its master, that to a Contact, that to its master


@dataclass
class _Found:
    """What was found so far. `masters` are records that were merged away, and into which."""

    link_field: str
    contacts: dict[RecordId, Contact] = field(default_factory=dict)
    leads: dict[RecordId, Lead] = field(default_factory=dict)
    masters: dict[RecordId, RecordId] = field(default_factory=dict)
    asked: set[RecordId] = field(default_factory=set)

    def take(self, row: Object) -> None:
        """Add a row of either object; of a deleted one only where it lives on."""
        row_id = record_id(row, "Id")
        self.asked.add(row_id)
        if flag(row, "IsDeleted"):
            if text(row, "MasterRecordId"):
                self.masters[row_id] = record_id(row, "MasterRecordId")
        elif _kind(row) is RecordType.CONTACT:
            self.contacts[row_id] = _contact(row)
        else:
            self.leads[row_id] = _lead(row, self.link_field)

    def led_to(self, kind: RecordType) -> set[RecordId]:
        """Records that others point to and that nobody has asked for yet."""
        pointed = set(self.masters.values())
        pointed |= {
            lead.converted_contact_id for lead in self.leads.values() if lead.converted_contact_id
        }
        return {one for one in pointed - self.asked if type_of(one) is kind}

    def lives_on(self, record: RecordId) -> RecordId:
        """Where a record went, through several merges if need be."""
        passed = {record}
        while record in self.masters and self.masters[record] not in passed:
            record = self.masters[record]
            passed.add(record)
        return record


def find_people(
    client: RestClient, readable: FieldAccess, link_field: str, wanted: PeopleQuery
) -> PeopleFound:
    """Everybody who may be meant. Raises `RequestFailed` if that cannot be answered in full."""
    found = _Found(link_field)
    queries = [
        *by_person(RecordType.CONTACT, readable.contact, wanted.phones, wanted.names),
        *by_person(RecordType.LEAD, readable.lead, wanted.phones, wanted.names),
        *_by_ids(readable, wanted.contact_ids, wanted.lead_ids, found),
    ]
    for _ in range(_MOST_ROUNDS):
        for row in run_queries(client, queries):
            found.take(row)
        queries = _by_ids(
            readable, found.led_to(RecordType.CONTACT), found.led_to(RecordType.LEAD), found
        )
        if not queries:
            break
    return PeopleFound(
        tuple(found.contacts.values()), tuple(found.leads.values()), _merged(wanted, found)
    )


def _by_ids(
    readable: FieldAccess,
    contacts: Collection[RecordId],
    leads: Collection[RecordId],
    found: _Found,
) -> list[Query]:
    found.asked.update(contacts, leads)
    return [
        *by_id(RecordType.CONTACT, readable.contact, contacts),
        *by_id(RecordType.LEAD, readable.lead, leads),
    ]


def _merged(wanted: PeopleQuery, found: _Found) -> dict[RecordId, RecordId]:
    """For each id that was asked for and merged away: the record that lives on, if one does."""
    moved = {
        asked: found.lives_on(asked)
        for asked in wanted.contact_ids | wanted.lead_ids
        if asked in found.masters
    }
    return {
        asked: lives
        for asked, lives in moved.items()
        if lives in found.contacts or lives in found.leads
    }


def _kind(row: Object) -> RecordType:
    kind = text(as_object(row.get("attributes"), "a row's kind"), "type")
    if kind not in (RecordType.CONTACT, RecordType.LEAD):
        raise not_understood("a row is of another kind than asked for")
    return RecordType(kind)


def _contact(row: Object) -> Contact:
    return Contact(
        id=record_id(row, "Id"),
        name=text(row, "Name"),
        phones=_phones(row, RecordType.CONTACT),
        owner_id=UserId(record_id(row, "OwnerId")),
        modified_at=moment(row, "LastModifiedDate"),
    )


def _lead(row: Object, link_field: str) -> Lead:
    return Lead(
        id=record_id(row, "Id"),
        name=text(row, "Name"),
        phones=_phones(row, RecordType.LEAD),
        owner_id=UserId(record_id(row, "OwnerId")),
        modified_at=moment(row, "LastModifiedDate"),
        status=text(row, "Status"),
        is_converted=flag(row, "IsConverted"),
        converted_contact_id=full_id(text(row, "ConvertedContactId")),
        description=text(row, "Description"),
        link=text(row, link_field) if link_field else "",
    )


def _phones(row: Object, kind: RecordType) -> tuple[str, ...]:
    return tuple(phone for name in PHONE_FIELDS[kind] if (phone := text(row, name)))
