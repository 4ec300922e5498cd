"""Reads what Contacts are related to: open Opportunities and Cases, 200 Contacts in a call (R2).

And those that a person names (R3), and Accounts with their Contacts (M12). A Person Account is told
by its field PersonContactId, which no other org has: the query for it fails there, beside those
that every org answers.

Objects that the connected user may not read count as empty: a Task without its Opportunity is
better than none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from wasf.core.auth import UserId
from wasf.core.chats import Phone
from wasf.core.phones import canonical, phones_in
from wasf.core.policy import RelatedObject
from wasf.core.records import (
    Account,
    NamedRecord,
    OpenRecord,
    RecordId,
    RecordType,
    Relations,
    record_type_of,
)
from wasf.errors import PermissionMissing
from wasf.salesforce.api import (
    Object,
    Query,
    RestClient,
    as_object,
    by_values,
    full_id,
    moment,
    record_id,
    select,
    text,
    try_queries,
)
from wasf.salesforce.objects import ACCOUNT
from wasf.salesforce.people import NOT_BY_DIGITS, account_queries

_MOST_CONTACTS: Final = 200
_LATEST_CONTACTS: Final = f" ORDER BY LastModifiedDate DESC LIMIT {_MOST_CONTACTS}"
_OPPORTUNITY: Final = "Opportunity"
_ROLE: Final = "OpportunityContactRole"
_CASE: Final = "Case"

Found = dict[RecordId, list[OpenRecord]]


def relations_of(
    client: RestClient,
    accounts: Mapping[RecordId, RecordId | None],
    kinds: Collection[RelatedObject],
) -> dict[RecordId, Relations]:
    """Return the relations of Contacts, given with their Accounts. Raise `RequestFailed`."""
    by_role, by_account, cases = _tables(), _tables(), _tables()
    contacts = sorted(accounts)
    for start in range(0, len(contacts), _MOST_CONTACTS):
        part = contacts[start : start + _MOST_CONTACTS]
        theirs = {account for one in part if (account := accounts[one])}
        for row in _rows(client, _queries(part, theirs, kinds)):
            match text(as_object(row.get("attributes"), "a row's kind"), "type"):
                case "OpportunityContactRole":
                    _add_role(by_role, row)
                case "Opportunity":
                    _add(by_account, row, "AccountId")
                case _:
                    _add(cases, row, "ContactId")
    return {
        contact: Relations(
            account,
            tuple(by_role[contact]),
            tuple(by_account[account]) if account else (),
            tuple(cases[contact]),
        )
        for contact, account in accounts.items()
    }


def accounts_with(
    client: RestClient, phones: Collection[Phone], region: str, *, by_digits: bool
) -> dict[RecordId, str]:
    """Return the ids of the Accounts that have one of these numbers, and how it is typed there.

    `by_digits` as for people. Where Salesforce does not let Phone be searched, no Account is found.
    """
    wanted = {canonical(phone) for phone in phones}
    rows, failures = try_queries(client, account_queries(phones, by_digits=by_digits))
    if any(one.error.code in NOT_BY_DIGITS for one in failures):
        more, failures = try_queries(client, account_queries(phones, by_digits=False))
        rows += more
    for one in failures:
        if not (isinstance(one.error.error, PermissionMissing) or one.error.is_refused_content):
            raise one.error
    typed = {record_id(row, "Id"): text(row, "Phone") for row in rows}
    return {
        account: phone
        for account, phone in typed.items()
        if not wanted.isdisjoint(map(canonical, phones_in(phone, region)))
    }


def accounts_of(
    client: RestClient, ids: Collection[RecordId], by_phone: Mapping[RecordId, str]
) -> list[Account]:
    """Return these Accounts, and those with a number (`by_phone`), with their Contacts.

    There are 200 Contacts of all together. Raise `RequestFailed`.
    """
    wanted = {*ids, *by_phone}
    contacts = by_values(select(("Id", "Name", "AccountId"), "Contact"), "AccountId", wanted)
    asked = [
        *ACCOUNT.queries("Id", wanted),
        *by_values(select(("Id", "PersonContactId"), ACCOUNT.name), "Id", wanted),
        *(Query(one.head, (one.conditions[0] + _LATEST_CONTACTS,)) for one in contacts),
    ]
    found: dict[RecordId, Object] = {}
    names: defaultdict[RecordId, list[tuple[RecordId, str]]] = defaultdict(list)
    for row in _rows(client, asked):
        if of := full_id(text(row, "AccountId")):
            names[of].append((record_id(row, "Id"), text(row, "Name")))
        else:
            found.setdefault(record_id(row, "Id"), {}).update(row)
    return [
        ACCOUNT.parse({**row, "Phone": by_phone.get(account)}, contacts=tuple(names[account]))
        for account, row in found.items()
        if "Name" in row
    ]


def named_records(client: RestClient, ids: Collection[RecordId]) -> list[NamedRecord]:
    """Return Opportunities, Cases and people by id, with names. Raise `RequestFailed`."""
    tables = (
        (RecordType.OPPORTUNITY, "Name"),
        (RecordType.CASE, "CaseNumber"),
        (RecordType.CONTACT, "Name"),
        (RecordType.LEAD, "Name"),
    )
    wanted = [
        (table, name, [one for one in ids if record_type_of(one) is table])
        for table, name in tables
    ]
    asked = [
        query
        for table, name, of in wanted
        for query in by_values(select(("Id", name), table), "Id", of)
    ]
    rows = _rows(client, asked)
    return [
        NamedRecord(record_id(row, "Id"), text(row, "Name") or text(row, "CaseNumber"))
        for row in rows
    ]


def _tables() -> defaultdict[RecordId, list[OpenRecord]]:
    return defaultdict(list)


def _queries(
    contacts: Collection[RecordId],
    accounts: Collection[RecordId],
    kinds: Collection[RelatedObject],
) -> list[Query]:
    found: list[Query] = []
    record = ("Id", "OwnerId", "LastModifiedDate")
    if RelatedObject.OPPORTUNITY in kinds:
        role = ("ContactId", "OpportunityId", *(f"Opportunity.{name}" for name in record[1:]))
        found += _open(role, _ROLE, "ContactId", contacts, "Opportunity.IsClosed")
        found += _open((*record, "AccountId"), _OPPORTUNITY, "AccountId", accounts, "IsClosed")
    if RelatedObject.CASE in kinds:
        found += _open((*record, "ContactId"), _CASE, "ContactId", contacts, "IsClosed")
    return found


def _open(
    fields: Sequence[str], table: str, by: str, ids: Collection[RecordId], closed: str
) -> list[Query]:
    """Return the queries for open records that point to one of these."""
    return [
        Query(one.head, tuple(f"({each} AND {closed} = false)" for each in one.conditions))
        for one in by_values(select(fields, table), by, ids)
    ]


def _rows(client: RestClient, asked: Sequence[Query]) -> list[Object]:
    rows, failures = try_queries(client, asked)
    for one in failures:
        if not isinstance(one.error.error, PermissionMissing):
            raise one.error
    return rows


def _add(table: Found, row: Object, by: str) -> None:
    if of := full_id(text(row, by)):
        table[of].append(_open_record(row, record_id(row, "Id")))


def _add_role(table: Found, row: Object) -> None:
    opportunity = as_object(row.get(_OPPORTUNITY), "an Opportunity")
    found = _open_record(opportunity, record_id(row, "OpportunityId"))
    table[record_id(row, "ContactId")].append(found)


def _open_record(row: Object, record: RecordId) -> OpenRecord:
    return OpenRecord(record, UserId(record_id(row, "OwnerId")), moment(row, "LastModifiedDate"))
