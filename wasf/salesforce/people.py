"""Everybody who may be meant: found by number, by name and by id, through merges and conversions.

A Lead leads to its master record after a merge, a converted Lead to its Contact, and that to its
own master. So each answer may name records that nobody has asked for yet, and those are read next,
until no new ones are named.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from wasf.core.records import Contact, Lead, PeopleQuery, RecordId, RecordType
from wasf.interfaces import PeopleFound
from wasf.salesforce import queries
from wasf.salesforce.api import (
    Object,
    Query,
    RestClient,
    as_object,
    flag,
    not_understood,
    record_id,
    run_queries,
    text,
    type_of,
)
from wasf.salesforce.describe import FieldAccess
from wasf.salesforce.objects import CONTACT, LEAD

_MOST_ROUNDS = 5


@dataclass
class _Found:
    """What was found so far. `masters` are records that were merged away, and into which."""

    link_field: str
    contacts: dict[RecordId, Contact] = field(default_factory=dict)
    leads: dict[RecordId, Lead] = field(default_factory=dict)
    masters: dict[RecordId, RecordId] = field(default_factory=dict)
    asked: set[RecordId] = field(default_factory=set)

    def add(self, row: Object) -> None:
        """Add a row of either object; of a deleted record only its master."""
        row_id = record_id(row, "Id")
        self.asked.add(row_id)
        if flag(row, "IsDeleted"):
            if text(row, "MasterRecordId"):
                self.masters[row_id] = record_id(row, "MasterRecordId")
        elif _type(row) is RecordType.CONTACT:
            self.contacts[row_id] = CONTACT.parse(row)
        else:
            link = text(row, self.link_field) if self.link_field else ""
            self.leads[row_id] = LEAD.parse(row, link=link)

    def named(self, kind: RecordType) -> set[RecordId]:
        """Return the records that others point to and that nobody has asked for yet."""
        contacts = {lead.converted_contact_id for lead in self.leads.values()}
        named = {one for one in (*self.masters.values(), *contacts) if one is not None}
        return {one for one in named - self.asked if type_of(one) is kind}

    def survivor(self, record: RecordId) -> RecordId:
        """Return the record that this one was merged into, through several merges if need be."""
        passed = {record}
        while record in self.masters and self.masters[record] not in passed:
            record = self.masters[record]
            passed.add(record)
        return record


def find_people(
    client: RestClient, access: FieldAccess, link_field: str, wanted: PeopleQuery
) -> PeopleFound:
    """Return everybody who may be meant. Raise `RequestFailed` if an answer is missing."""
    found = _Found(link_field)
    asked = [
        *queries.people(RecordType.CONTACT, access.contact, wanted.phones, wanted.names),
        *queries.people(RecordType.LEAD, access.lead, wanted.phones, wanted.names),
        *_by_ids(access, wanted.contact_ids, wanted.lead_ids, found),
    ]
    for _ in range(_MOST_ROUNDS):
        for row in run_queries(client, asked):
            found.add(row)
        contacts, leads = found.named(RecordType.CONTACT), found.named(RecordType.LEAD)
        asked = _by_ids(access, contacts, leads, found)
        if not asked:
            break
    return PeopleFound(
        tuple(found.contacts.values()), tuple(found.leads.values()), _merged(wanted, found)
    )


def _by_ids(
    access: FieldAccess,
    contacts: Collection[RecordId],
    leads: Collection[RecordId],
    found: _Found,
) -> list[Query]:
    found.asked.update(contacts, leads)
    return [
        *queries.people_by_id(RecordType.CONTACT, access.contact, contacts),
        *queries.people_by_id(RecordType.LEAD, access.lead, leads),
    ]


def _merged(wanted: PeopleQuery, found: _Found) -> dict[RecordId, RecordId]:
    """Return the surviving record, where there is one, of each wanted id that was merged away."""
    survivors = {
        asked: found.survivor(asked)
        for asked in wanted.contact_ids | wanted.lead_ids
        if asked in found.masters
    }
    return {
        asked: survivor
        for asked, survivor in survivors.items()
        if survivor in found.contacts or survivor in found.leads
    }


def _type(row: Object) -> RecordType:
    name = text(as_object(row.get("attributes"), "a row's kind"), "type")
    if name not in (RecordType.CONTACT, RecordType.LEAD):
        raise not_understood("a row is of another kind than asked for")
    return RecordType(name)
