"""Find the chats of a person who is named by a number (for `wasf forget`).

A chat without that number may be the person's too: it was matched by name or linked by hand (M9,
M10). Its record decides: all chats on records that have the number are the person's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wasf.core.chats import ChatId, Phone
from wasf.core.phones import canonical
from wasf.core.plan.record_match import Directory, linked_records, living, living_among
from wasf.core.records import KnownChat, PeopleQuery, RecordId, RecordType
from wasf.core.text import fold_name
from wasf.values import dataclass

GONE = "its record is gone, or the connected user may not see it"
UNLINKED = "somebody unlinked it, and a record with the number fits it"
AMBIGUOUS = "several Contacts or Leads have its name, and one of them has the number"


class Unsure(NamedTuple):
    """A chat that may be the person's, and why this cannot be decided."""

    chat_id: ChatId
    reason: str


@dataclass(frozen=True, slots=True)
class Belonging:
    """The chats of a person, chats that may be, and the names on the person's records."""

    own: tuple[ChatId, ...]
    unsure: tuple[Unsure, ...] = ()
    names: frozenset[str] = frozenset()


def has_number(pending: KnownChat, phone: Phone) -> bool:
    """Whether the chat itself is known under this number."""
    known = pending.chat.phone
    return known is not None and canonical(known) == canonical(phone)


def only_record_tells(chats: Sequence[KnownChat], phone: Phone) -> list[KnownChat]:
    """Return the chats for which only the record can decide whether they are the person's."""
    return [one for one in chats if not (one.chat.is_group or has_number(one, phone))]


def search_for_holders(chats: Sequence[KnownChat], phone: Phone) -> PeopleQuery:
    """Return the search for everybody with the number and for the records of these chats."""
    loose = [one.chat for one in only_record_tells(chats, phone) if not one.link]
    return PeopleQuery(
        phones=frozenset([phone, *(chat.phone for chat in loose if chat.phone)]),
        names=frozenset(chat.name for chat in loose if chat.name and not chat.phone),
        contact_ids=linked_records(chats, RecordType.CONTACT),
        lead_ids=linked_records(chats, RecordType.LEAD),
    )


def whose(chats: Sequence[KnownChat], phone: Phone, directory: Directory) -> Belonging:
    """Return which of these chats belong to the person with this number."""
    people = directory.by_phone.get(canonical(phone), ())
    holders = {*people, *living_among(people, directory)}
    ids = frozenset(person.id for person in holders)
    own = [one.chat.id for one in chats if not one.chat.is_group and has_number(one, phone)]
    unsure: list[Unsure] = []
    for one in only_record_tells(chats, phone):
        match _stands_on(one, ids, directory):
            case True:
                own.append(one.chat.id)
            case str(reason):
                unsure.append(Unsure(one.chat.id, reason))
    names = frozenset(person.name for person in holders)
    return Belonging(tuple(own), tuple(unsure), names)


def _stands_on(one: KnownChat, holders: frozenset[RecordId], directory: Directory) -> bool | str:
    """Return whether a chat is on one of these records, or why this cannot be decided."""
    if one.link:
        record = living(one.link.record_id, directory)
        if one.link.record_id in holders or (record and record.id in holders):
            return True
        return GONE if record is None and one.chat.phone is None else False
    found = _found(one, directory)
    if holders.isdisjoint(person_id for person_id in found):
        return False
    if one.unlinked:
        return UNLINKED
    return True if one.chat.phone or len(found) == 1 else AMBIGUOUS


def _found(one: KnownChat, directory: Directory) -> frozenset[RecordId]:
    """Return the ids of the records that a sync would find for a chat without a link."""
    chat = one.chat
    if chat.phone:
        people = directory.by_phone.get(canonical(chat.phone), ())
    else:
        people = directory.by_name.get(fold_name(chat.name), ()) if fold_name(chat.name) else ()
    return frozenset(person.id for person in living_among(people, directory))
