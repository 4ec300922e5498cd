"""`wasf link` and `wasf unlink`: a person says which record a chat belongs to (M10)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wasf.core.auth import UserId
from wasf.core.chat_identity import chats_meant
from wasf.core.chats import Chat
from wasf.core.matching import ClosedLead, Directory, MatchedContact, MatchedLead, find_record
from wasf.core.policy import SyncPolicy
from wasf.core.records import KnownChat, Link, PeopleQuery, Person, RecordId, RecordType
from wasf.errors import WrongUsage
from wasf.interfaces import Org
from wasf.store.ledger import Ledger, RunId

# --- choosing
# Finds the one chat or the one run that a person named on the command line.


_RUNS_SHOWN = 5


class NoSuchChat(WrongUsage):
    """A word that names no chat, or several: then these are `meant`.

    Titles can be numbers, so they are in `meant` and not in the sentence.
    """

    def __init__(self, meant: Sequence[KnownChat]) -> None:
        if meant:
            super().__init__(f"{len(meant)} chats are meant by that", "name one of them by its id")
        else:
            super().__init__("no chat has that id, title or number", "to see all chats: wasf link")
        self.meant = tuple(meant)


def choose_chats(word: str, ledger: Ledger, region: str) -> list[KnownChat]:
    """All chats that a word may mean."""
    known = {one.chat.id: one for one in ledger.chats()}
    meant = chats_meant(word, [one.chat for one in known.values()], region)
    return [known[chat.id] for chat in meant]


def choose_chat(word: str, ledger: Ledger, region: str) -> KnownChat:
    """The one chat that a word means. Raises `NoSuchChat`."""
    meant = choose_chats(word, ledger, region)
    if len(meant) != 1:
        raise NoSuchChat(meant)
    return meant[0]


def choose_run(word: str, ledger: Ledger) -> RunId:
    """The one run whose id begins with a word. Raises `WrongUsage`."""
    runs = ledger.runs()
    meant = [run for run in runs if run == word] or [run for run in runs if run.startswith(word)]
    if len(meant) != 1:
        found = f"{len(meant)} runs begin so" if meant else "there is no such run"
        shown = ", ".join((meant or runs)[-_RUNS_SHOWN:]) or "none yet"
        raise WrongUsage(found, f"the last ones: {shown}")
    return meant[0]


# --- link


_ID = re.compile(r"(?<![0-9A-Za-z])(003|00Q)[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?(?![0-9A-Za-z])")
_TYPES = {"003": RecordType.CONTACT, "00Q": RecordType.LEAD}


@dataclass(frozen=True, slots=True)
class Linked:
    """A chat and the record that it is linked to now; `became` if another one was named.

    `waiting` are the messages that the next sync logs there.
    """

    chat: Chat
    record_type: RecordType
    record_id: RecordId
    name: str
    url: str
    became: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A chat that has no record now and gets none by itself; `was` is the one that it had."""

    chat: Chat
    was: Link | None
    waiting: int


def link(word: str, record: str, org: Org, ledger: Ledger, policy: SyncPolicy) -> Linked:
    """Link a chat to a Contact or Lead, given by its id or its address.

    A converted Lead stands for its Contact, a merged record for the one that lives on. Raises
    `WrongUsage` for what is no chat, no record, or a group.
    """
    known = choose_chat(word, ledger, policy.default_region)
    if known.chat.is_group:
        raise WrongUsage(
            "a group has no record of its own", "wasf config set groups participants logs it"
        )
    named = _named(record)
    found = _living(named, org, policy)
    target = Link(found.record_type, found.record_id, by_hand=True)
    with ledger.transaction():
        ledger.link(known.chat.id, target)
        if known.queued:
            ledger.wait(known.chat.id, "it was linked by hand and not synced since", "wasf sync")
    return Linked(
        chat=known.chat,
        record_type=found.record_type,
        record_id=found.record_id,
        name=found.name,
        url=org.record_url(found.record_id, found.record_type),
        became=found.record_id[:15] != named.record_id[:15],
        waiting=known.queued,
    )


@dataclass(frozen=True, slots=True)
class _Living:
    record_type: RecordType
    record_id: RecordId
    name: str


def _named(text: str) -> Link:
    match = _ID.search(text)
    if match is None:
        raise WrongUsage(
            "that is neither the id nor the address of a Contact or Lead",
            "copy the address from the browser, while the record is open",
        )
    return Link(_TYPES[match[1]], RecordId(match[0]), by_hand=True)


def _living(named: Link, org: Org, policy: SyncPolicy) -> _Living:
    asked = frozenset({named.record_id})
    is_lead = named.record_type is RecordType.LEAD
    people = org.people(PeopleQuery(lead_ids=asked) if is_lead else PeopleQuery(contact_ids=asked))
    there: list[Person] = [*people.contacts, *people.leads]
    ids = [*(person.id for person in there), *people.merged]
    named = named._replace(record_id=_in_full(named.record_id, ids))
    directory = Directory.of(people.contacts, people.leads, people.merged, (), policy)
    match find_record(None, "", UserId(""), directory, named):
        case MatchedContact(contact):
            return _Living(RecordType.CONTACT, contact.id, contact.name)
        case MatchedLead(lead) | ClosedLead(lead):
            return _Living(RecordType.LEAD, lead.id, lead.name)
        case _:
            raise WrongUsage(
                f"there is no such {named.record_type}, or the connected user may not see it",
                "look whether it was deleted, and with which sign-in wasf works: wasf orgs",
            )


def _in_full(record_id: RecordId, ids: Iterable[RecordId]) -> RecordId:
    """An id may be given without its last three characters."""
    return next((one for one in ids if one[:15] == record_id[:15]), record_id)


def unlink(word: str, ledger: Ledger, region: str) -> Unlinked:
    """Break a chat's link; wasf does not match the chat by itself until somebody links it."""
    known = choose_chat(word, ledger, region)
    with ledger.transaction():
        ledger.unlink(known.chat.id)
        if known.queued:
            ledger.wait(
                known.chat.id,
                "somebody unlinked it from its record",
                f"name the record: wasf link {known.chat.id} RECORD",
            )
    return Unlinked(known.chat, known.link, known.queued)


def chat_rows(word: str, ledger: Ledger, region: str) -> list[KnownChat]:
    """The chats that a word may mean, or all of them, to choose from."""
    return choose_chats(word, ledger, region) if word else list(ledger.chats())


# --- For people and programs -------------------------------------------------------------------
