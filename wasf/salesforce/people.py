"""Everybody who may be meant: found by number, by name and by id, through merges and conversions.

A number is searched by its digits (LIKE), whatever stands between them; in a field that only knows
equality, by its usual spellings (IN). An object whose search by digits Salesforce ends, because it
takes too long, is searched by spellings too. Who is not found so, and may stand in a field that was
left out, is looked for in Salesforce's search index (SOSL). What no search covered is told with the
people, so that nobody gets a second Lead.

A Lead leads to its master record after a merge, a converted Lead to its Contact, and that to its
own master. So each answer may name records that nobody has asked for yet, and those are read next,
until no new ones are named.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from urllib.parse import quote

from wasf.core.chats import Phone
from wasf.core.phones import canonical, national_digits, phones_in, usual_spellings
from wasf.core.records import (
    Contact,
    Lead,
    PeopleQuery,
    Person,
    RecordId,
    RecordType,
    SearchGap,
    SearchGaps,
)
from wasf.core.text import nearest_name
from wasf.errors import BadSetting
from wasf.interfaces import PeopleFound
from wasf.salesforce.api import (
    LONGEST_QUERY,
    Object,
    Query,
    RestClient,
    as_object,
    as_objects,
    by_values,
    condition,
    flag,
    full_id,
    not_understood,
    of_whole_characters,
    query_chunks,
    record_id,
    run_queries,
    select,
    text,
    try_queries,
    type_of,
)
from wasf.salesforce.objects import ACCOUNT, CONTACT, LEAD, FieldAccess, PeopleFields

MOST_CONDITIONS = 50
"""Numbers, and names, in one query."""

_HALF_A_QUERY = LONGEST_QUERY // 2
_TELLING_DIGITS = 8
_LONGEST_FIND = 4_000
"""Characters of a search text; in a longer one Salesforce takes OR for a word."""

_FIND = "FIND {{{}}} IN PHONE FIELDS RETURNING {} LIMIT 2000"
_MOST_ROUNDS = 5
_PHONE_TYPES = ("phone", "string", "textarea", "combobox")
NOT_BY_DIGITS = ("QUERY_TIMEOUT", "INVALID_QUERY_FILTER_OPERATOR")
"""Salesforce says this of a query by LIKE that takes too long, or that a field does not allow."""


@dataclass
class _Found:
    """What was found so far. `masters` are records that were merged away, and into which."""

    access: FieldAccess
    contacts: dict[RecordId, Contact] = field(default_factory=dict)
    leads: dict[RecordId, Lead] = field(default_factory=dict)
    masters: dict[RecordId, RecordId] = field(default_factory=dict)
    asked: set[RecordId] = field(default_factory=set)

    def add_all(self, rows: Iterable[Object]) -> None:
        """Add rows of both objects."""
        for row in rows:
            self.add(row)

    def add(self, row: Object) -> None:
        """Add a row of either object; of a deleted record only its master."""
        row_id = record_id(row, "Id")
        self.asked.add(row_id)
        if flag(row, "IsDeleted"):
            if text(row, "MasterRecordId"):
                self.masters[row_id] = record_id(row, "MasterRecordId")
        elif _type(row) is RecordType.CONTACT:
            self.contacts[row_id] = CONTACT.parse(row, self.access.contact.phones)
        else:
            name = self.access.link_field
            link = text(row, name) if name else ""
            self.leads[row_id] = LEAD.parse(row, self.access.lead.phones, link=link)

    @property
    def numbers(self) -> set[Phone]:
        """The canonical numbers of everybody, in the region of this search."""
        people: list[Person] = [*self.contacts.values(), *self.leads.values()]
        fields = [field for person in people for field in person.phones]
        return {
            canonical(phone)
            for one in fields
            for phone in phones_in(one, self.access.default_region)
        }

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


def find_people(client: RestClient, access: FieldAccess, wanted: PeopleQuery) -> PeopleFound:
    """Return everybody who may be meant. Raise `RequestFailed` if an answer is missing."""
    found, wanted = _Found(access), _with_full_ids(wanted)
    asked = [
        *_by_number_or_name(access.people, wanted),
        *_by_ids(access, wanted.contact_ids, wanted.lead_ids, found),
    ]
    slow = _search(client, asked, wanted, found)
    gaps = _gaps(client, wanted, found, slow)
    for _ in range(_MOST_ROUNDS):
        contacts, leads = found.named(RecordType.CONTACT), found.named(RecordType.LEAD)
        if not (asked := _by_ids(access, contacts, leads, found)):
            break
        found.add_all(run_queries(client, asked))
    return PeopleFound(
        tuple(found.contacts.values()), tuple(found.leads.values()), _merged(wanted, found), gaps
    )


def _with_full_ids(wanted: PeopleQuery) -> PeopleQuery:
    """Return the same with ids of 18 characters: people copy shorter ones from the browser."""
    contacts, leads = (
        frozenset(full_id(one) or one for one in ids)
        for ids in (wanted.contact_ids, wanted.lead_ids)
    )
    return replace(wanted, contact_ids=contacts, lead_ids=leads)


def _by_number_or_name(
    fields: Mapping[RecordType, PeopleFields], wanted: PeopleQuery
) -> list[Query]:
    return [
        query
        for kind, of_kind in fields.items()
        for query in people_queries(kind, of_kind, wanted.phones, wanted.names)
    ]


def _search(
    client: RestClient, asked: Sequence[Query], wanted: PeopleQuery, found: _Found
) -> frozenset[RecordType]:
    """Ask the queries; return the objects whose search by digits Salesforce did not end.

    Those are searched once more, by the usual spellings.
    """
    rows, failures = try_queries(client, asked)
    found.add_all(rows)
    for one in failures:
        if one.error.code not in NOT_BY_DIGITS:
            raise one.error
    people = found.access.people
    slow = {kind for one in failures for kind in people if f" FROM {kind} " in one.query.text}
    by_spelling = {kind: people[kind].without_like() for kind in people if kind in slow}
    found.add_all(run_queries(client, _by_number_or_name(by_spelling, wanted)))
    return frozenset(slow)


def _gaps(
    client: RestClient, wanted: PeopleQuery, found: _Found, slow: Collection[RecordType]
) -> SearchGaps:
    """Look in the search index for who may stand in a field that no query covered.

    Return what is open after that.
    """
    people = found.access.people
    closed = tuple(f"{kind}.{name}" for kind, of_kind in people.items() for name in of_kind.closed)
    unnamed = tuple(kind for kind, of_kind in people.items() if not of_kind.by_name)
    partly = {
        kind: of_kind
        for kind, of_kind in people.items()
        if kind in slow or of_kind.closed or of_kind.exact
    }
    missing = _missing(wanted.phones, found)
    if partly and missing:
        for path in index_searches(partly, missing):
            answer = as_object(client.read(path), "a search's answer")
            found.add_all(as_objects(answer.get("searchRecords"), "a found record"))
        missing = _missing(missing, found)
    why = {
        kind: SearchGap.TOO_SLOW if kind in slow else SearchGap.ENCRYPTED
        for kind, of_kind in people.items()
        if kind in slow or not (of_kind.like or of_kind.exact)
    }
    first = next(iter(why.items()), None)
    phones = dict.fromkeys(missing, (first[1], first[0])) if first else {}
    return SearchGaps(phones, unnamed, closed)


def _missing(phones: Collection[Phone], found: _Found) -> frozenset[Phone]:
    known = found.numbers
    return frozenset(phone for phone in phones if canonical(phone) not in known)


def _by_ids(
    access: FieldAccess,
    contacts: Collection[RecordId],
    leads: Collection[RecordId],
    found: _Found,
) -> list[Query]:
    found.asked.update(contacts, leads)
    return [
        *people_by_id(RecordType.CONTACT, access.contact.names, contacts),
        *people_by_id(RecordType.LEAD, access.lead.names, leads),
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


def phone_fields(
    sobject: str, fields: Mapping[str, Object], wanted: Sequence[str]
) -> tuple[str, ...]:
    """Return the further phone fields of an object.

    Raise `BadSetting` for one by which people cannot be searched (M8).
    """
    names = tuple(_of_object(wanted, sobject))
    for name in names:
        if problem := _phone_problem(fields.get(name)):
            near = "" if name in fields else nearest_name(name, fields)
            hint = f"Did you mean {sobject}.{near}?" if near else "See wasf config, phone_fields."
            raise BadSetting(f"The setting phone_fields: {sobject}.{name} {problem}.", hint)
    return names


def _phone_problem(about: Object | None) -> str:
    if about is None:
        return "does not exist, or the connected user does not see it"
    if about.get("type") not in _PHONE_TYPES:
        return "holds no text and no phone number"
    return "" if flag(about, "filterable") else "cannot be searched (encrypted, or a long text)"


def _of_object(names: Iterable[str], sobject: str) -> list[str]:
    """Return the fields of one object, without its name: `WhatsApp__c` of `Contact.WhatsApp__c`."""
    parts = (name.partition(".") for name in names)
    return [field for of, _, field in parts if of == sobject]


# --- Queries --------------------------------------------------------------------------------------


def people_queries(
    kind: RecordType, fields: PeopleFields, phones: Collection[Phone], names: Collection[str]
) -> list[Query]:
    """Return queries for Contacts or Leads with one of these numbers, or of these full names.

    A query has 50 of either: names are looked up along with numbers, without further queries.
    """
    by_number = [_has_digits(fields.like, digits) for digits in _digits(phones) if fields.like]
    by_number += [_is_spelled(fields.exact, phone) for phone in sorted(phones) if fields.exact]
    by_name = [condition("Name", "=", name) for name in _spellings(names) if fields.by_name]
    chunks = [query_chunks(some, MOST_CONDITIONS, _HALF_A_QUERY) for some in (by_number, by_name)]
    head = select(fields.names, kind)
    return [Query(head, numbers + named) for numbers, named in zip_longest(*chunks, fillvalue=())]


def account_queries(phones: Collection[Phone], *, by_digits: bool) -> list[Query]:
    """Return queries for the numbers of Accounts with one of these numbers, 50 in a query."""
    if by_digits:
        conditions = [_has_digits(ACCOUNT.phones, digits) for digits in _digits(phones)]
    else:
        conditions = [_is_spelled(ACCOUNT.phones, phone) for phone in sorted(phones)]
    head = select(("Id", *ACCOUNT.phones), ACCOUNT.name)
    return [
        Query(head, chunk) for chunk in query_chunks(conditions, MOST_CONDITIONS, _HALF_A_QUERY)
    ]


def index_searches(
    wanted: Mapping[RecordType, PeopleFields], phones: Collection[Phone]
) -> list[str]:
    """Return searches in Salesforce's index (SOSL) for these numbers, 20 in one, as paths.

    The index cuts a value into words at blanks and signs. So the digits are asked for as one word
    in their three usual forms, and the groups of the two usual formats as words in a row.
    """
    returned = ", ".join(f"{kind}({', '.join(fields.names)})" for kind, fields in wanted.items())
    chunks = query_chunks([_in_index(phone) for phone in sorted(phones)], 20, _LONGEST_FIND)
    return [
        f"search?q={quote(_FIND.format(' OR '.join(chunk), returned), safe='')}" for chunk in chunks
    ]


def people_by_id(kind: RecordType, fields: Sequence[str], ids: Collection[RecordId]) -> list[Query]:
    """Return queries for people by id, and what became of those deleted or merged away."""
    head = select((*fields, "IsDeleted", "MasterRecordId"), kind)
    return by_values(head, "Id", ids, deleted_too=True)


def telling_digits(phone: Phone) -> str:
    """Return the last eight digits of a national number, or all of a shorter one.

    They are the same however somebody types the number: with or without its country, and in either
    of the two forms that numbers of some countries have.
    """
    return national_digits(phone)[-_TELLING_DIGITS:]


def _digits(phones: Collection[Phone]) -> list[str]:
    return sorted({telling_digits(phone) for phone in phones})


def _has_digits(fields: Sequence[str], digits: str) -> str:
    """Anything may stand between the digits, because people group them in any way."""
    pattern = f"%{'%'.join(digits)}%"
    return f"({' OR '.join(condition(field, 'LIKE', pattern) for field in fields)})"


def _is_spelled(fields: Sequence[str], phone: Phone) -> str:
    spellings = list(usual_spellings(phone))
    return f"({' OR '.join(condition(field, 'IN', spellings) for field in fields)})"


def _in_index(phone: Phone) -> str:
    """Return the alternatives of a search text for one number: words of digits only."""
    found: dict[str, None] = {}
    for spelling in usual_spellings(phone):
        groups = re.findall("[0-9]+", spelling)
        found[f'"{" ".join(groups)}"' if len(groups) > 1 else groups[0]] = None
    return " OR ".join(found)


def _spellings(names: Collection[str]) -> list[str]:
    """Return the names, and the same composed: a letter can be one character or two.

    Half a character, as in the name of a file that is not UTF-8, stands in no record.
    """
    whole = {of_whole_characters(name) for name in names}
    return sorted({*whole, *(unicodedata.normalize("NFC", name) for name in whole)} - {""})
