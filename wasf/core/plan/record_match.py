"""The record that a chat belongs to (M2 to M10), and the owner of what is written (O1 to O4)."""

from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from wasf.core.auth import UserId
from wasf.core.chats import Phone, SourceChat
from wasf.core.phones import canonical, parse_phone, phones_in
from wasf.core.policy import SyncPolicy
from wasf.core.records import (
    NO_GAPS,
    Contact,
    KnownChat,
    Lead,
    LeadStatus,
    Link,
    Person,
    RecordId,
    RecordType,
    SearchGaps,
    User,
)
from wasf.core.text import fold_name
from wasf.values import dataclass

_SomePerson = TypeVar("_SomePerson", Contact, Lead)


# --- What can be found -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatchedContact:
    """Log on this Contact. `is_remembered`: it is the linked record, or what became of it."""

    contact: Contact
    is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class MatchedLead:
    """Log on this open Lead. `is_remembered`: it is the linked record, or what became of it."""

    lead: Lead
    is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class ClosedLead:
    """Reopen this Lead and log on it (M5). `is_remembered` as in `MatchedLead`."""

    lead: Lead
    is_remembered: bool = False


@dataclass(frozen=True, slots=True)
class Nobody:
    """No Contact and no Lead was found."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several people have the full name; a name alone decides only if exactly one has it (M9)."""

    people: tuple[Person, ...]


Match = MatchedContact | MatchedLead | ClosedLead | Nobody | Ambiguous


# --- Where it is looked up ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Directory:
    """Contacts and Leads, to be looked up by id, by number and by full name.

    `merged` says which record lives on for one that was merged away. `closed` are the Lead statuses
    that count as closed, None where a status says so itself (M6); `statuses` are folded, by API
    name. `gaps` is what the search for them could not cover.
    """

    contacts: Mapping[RecordId, Contact]
    leads: Mapping[RecordId, Lead]
    merged: Mapping[RecordId, RecordId]
    by_phone: Mapping[Phone, Sequence[Person]]
    by_name: Mapping[str, Sequence[Person]]
    statuses: Mapping[str, LeadStatus]
    closed: frozenset[str] | None
    gaps: SearchGaps

    @classmethod
    def of(
        cls,
        contacts: Iterable[Contact],
        leads: Iterable[Lead],
        merged: Mapping[RecordId, RecordId],
        lead_statuses: Iterable[LeadStatus],
        policy: SyncPolicy,
        gaps: SearchGaps = NO_GAPS,
    ) -> "Directory":
        """Index people. It may hold more of them than are looked for."""
        contacts_by_id = {contact.id: contact for contact in contacts}
        leads_by_id = {lead.id: lead for lead in leads}
        people: list[Person] = [*contacts_by_id.values(), *leads_by_id.values()]
        closed = policy.closed_statuses
        return cls(
            contacts=contacts_by_id,
            leads=leads_by_id,
            merged=merged,
            by_phone=_index(people, lambda person: _phones_of(person, policy.default_region)),
            by_name=_index(people, lambda person: {fold_name(person.name)}),
            statuses={status.api_name.casefold(): status for status in lead_statuses},
            closed=None if closed is None else frozenset(name.casefold() for name in closed),
            gaps=gaps,
        )


_SomeKey = TypeVar("_SomeKey", bound=Hashable)


def _index(
    people: Iterable[Person], keys_of: Callable[[Person], Iterable[_SomeKey]]
) -> Mapping[_SomeKey, Sequence[Person]]:
    index: defaultdict[_SomeKey, list[Person]] = defaultdict(list)
    for person in people:
        for key in keys_of(person):
            index[key].append(person)
    return {key: tuple(found) for key, found in index.items()}


def _phones_of(person: Person, region: str) -> set[Phone]:
    return {canonical(phone) for field in person.phones for phone in phones_in(field, region)}


# --- Looking up --------------------------------------------------------------------------------


def find_record(
    phone: Phone | None,
    name: str,
    owner: UserId,
    directory: Directory,
    link: Link | None = None,
) -> Match:
    """Find the record of a person, who is known by a number or else by a full name.

    A remembered record wins over any search as long as it, or what became of it, is there; a name
    counts only where there is no number. `owner` is the chat's owner, whose records come first.
    """
    if link and (remembered := living(link.record_id, directory)):
        return _matched(remembered, directory, is_remembered=True)
    if phone:
        return _find_by_phone(phone, owner, directory)
    return _find_by_name(name, directory)


def same_name_without_number(names: Iterable[str], directory: Directory) -> list[Person]:
    """Return the Contacts and open Leads with one of these full names and no number (M13)."""
    folded = {fold_name(name) for name in names} - {""}
    people = (person for name in folded for person in directory.by_name.get(name, ()))
    return [
        person
        for person in living_among(people, directory)
        if fold_name(person.name) in folded
        and not _has_number(person)
        and not (isinstance(person, Lead) and is_closed(person, directory))
    ]


def _has_number(person: Person) -> bool:
    """Whether a field for numbers has a digit: it may name somebody, however it is typed."""
    return any(sign.isdecimal() for field in person.phones for sign in field)


def linked_records(chats: Iterable[KnownChat], record_type: RecordType) -> frozenset[RecordId]:
    """Return the ids of the records of this type that chats are linked to."""
    links = (one.link for one in chats if one.link)
    return frozenset(link.record_id for link in links if link.record_type is record_type)


def numbers_of(record_id: RecordId, directory: Directory, region: str) -> frozenset[Phone]:
    """Return the canonical numbers of a record; `region` is that of numbers without a country."""
    person = living(record_id, directory)
    return frozenset(_phones_of(person, region)) if person else frozenset()


def is_known(known: KnownChat, people: Mapping[RecordId, str], emails: Container[str]) -> bool:
    """Whether a chat's record and owner are known, so that Salesforce need not be asked (M10).

    `people` are the records that were read a short time ago, with the names that stand in for a
    chat's; `emails` are those whose users are known.
    """
    chat, link = known.chat, known.link
    if link is None or known.unlinked or known.related or chat.is_group or not chat.phone:
        return False
    owners = filter(None, (chat.owner_email, chat.account_email))
    name = people.get(link.record_id)
    return name is not None and bool(chat.name or name) and all(one in emails for one in owners)


def is_closed(lead: Lead, directory: Directory) -> bool:
    """Whether a Lead that is not converted is closed (M6)."""
    return is_closed_status(lead.status, directory)


def is_closed_status(name: str, directory: Directory) -> bool:
    """Whether a Lead with this status, that is not converted, is closed (M6)."""
    status = directory.statuses.get(name.casefold(), LeadStatus(name, name))
    is_converted = directory.closed is None and status.is_converted
    return is_converted or status.means_closed(directory.closed)


def living(record_id: RecordId, directory: Directory) -> Person | None:
    """Return the record with this id, or the one it was merged or converted into, else None."""
    seen: set[RecordId] = set()
    while record_id not in seen:
        seen.add(record_id)
        if contact := directory.contacts.get(record_id):
            return contact
        lead = directory.leads.get(record_id)
        if lead and not lead.is_converted:
            return lead
        became = lead.converted_contact_id if lead else directory.merged.get(record_id)
        if became is None:
            return None
        record_id = became
    return None


def _find_by_phone(phone: Phone, owner: UserId, directory: Directory) -> Match:
    people = living_among(directory.by_phone.get(canonical(phone), ()), directory)
    contacts = [person for person in people if isinstance(person, Contact)]
    if contacts:
        return MatchedContact(_chosen(contacts, owner))
    leads = [person for person in people if isinstance(person, Lead)]
    open_leads = [lead for lead in leads if not is_closed(lead, directory)]
    if open_leads:
        return MatchedLead(_chosen(open_leads, owner))
    if leads:
        return ClosedLead(_chosen(leads, owner))
    return Nobody()


def _find_by_name(name: str, directory: Directory) -> Match:
    folded = fold_name(name)
    people = living_among(directory.by_name.get(folded, ()), directory) if folded else []
    if len(people) > 1:
        return Ambiguous(tuple(people))
    return _matched(people[0], directory) if people else Nobody()


def living_among(people: Iterable[Person], directory: Directory) -> list[Person]:
    """Return each person once; a converted Lead is replaced by its Contact (M7)."""
    there = (living(person.id, directory) for person in people)
    return list({person.id: person for person in there if person}.values())


def _matched(person: Person, directory: Directory, *, is_remembered: bool = False) -> Match:
    if isinstance(person, Contact):
        return MatchedContact(person, is_remembered)
    if is_closed(person, directory):
        return ClosedLead(person, is_remembered)
    return MatchedLead(person, is_remembered)


def _chosen(people: Sequence[_SomePerson], owner: UserId) -> _SomePerson:
    """Choose the owner's records, then the latest LastModifiedDate, then the lowest id (M3)."""
    pool = [person for person in people if person.owner_id == owner] or people
    newest = max(person.modified_at for person in pool)
    return min(
        (person for person in pool if person.modified_at == newest), key=lambda person: person.id
    )


_STANDARD = "Standard"


class Owner(NamedTuple):
    """The user who owns what is written; `note` explains the choice where it needs explaining."""

    user_id: UserId
    note: str = ""


def choose_owner(
    owner_email: str, account_email: str, users: Sequence[User], connected: UserId
) -> Owner:
    """Choose the user by e-mail: of the responsible person, else of the WhatsApp account's owner.

    The second e-mail counts only where the first is empty. `users` may hold any users, also
    inactive ones; `connected` is the user who connected wasf.
    """
    email = _folded(owner_email) or _folded(account_email)
    same = [user for user in users if email and _folded(user.email) == email and _can_own(user)]
    if not same:
        return Owner(connected)
    chosen = min(same, key=lambda user: (_folded(user.username) != email, user.id))
    if len(same) == 1:
        return Owner(chosen.id)
    return Owner(chosen.id, f"{len(same)} users share the owner's e-mail; {chosen.id} was taken")


def with_account_owner(chat: SourceChat, owners: Mapping[str, str]) -> SourceChat:
    """Return a chat with the e-mail of its WhatsApp account's owner, where only settings tell (O2).

    `owners` are e-mails by the account's name at the source, or by its number however it is typed.
    """
    if chat.account_email or not owners:
        return chat
    named = owners.get(chat.account_name) or owners.get(chat.whatsapp_account)
    number = parse_phone(chat.whatsapp_account, "")
    same = (mail for name, mail in owners.items() if number and parse_phone(name, "") == number)
    email = named or next(same, "")
    return replace(chat, account_email=email) if email else chat


def _can_own(user: User) -> bool:
    return user.is_active and user.user_type == _STANDARD


def _folded(email: str) -> str:
    return email.strip().casefold()
