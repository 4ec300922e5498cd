"""`wasf link` and `wasf unlink`: a person says which record a chat belongs to (M10, R3).

Also finds the chat or the run that a person names on the command line, for all commands.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from wasf.commands.sync import (
    Elsewhere,
    MoveResult,
    SyncContext,
    find_elsewhere,
    living_person,
    move_chat,
    resolve_jobs,
)
from wasf.core.chat_identity import chats_meant
from wasf.core.chats import Chat
from wasf.core.plan import contact_hint
from wasf.core.records import (
    ACCOUNT_PREFIX,
    Account,
    KnownChat,
    Lead,
    Link,
    NamedRecord,
    Place,
    RecordId,
    RecordType,
    record_type_of,
)
from wasf.errors import ExitCode, WrongUsage
from wasf.store.ledger import Ledger, RunId
from wasf.values import dataclass

_RUNS_SHOWN: Final = 5
_ID: Final = re.compile(
    r"(?<![0-9A-Za-z])(003|00Q|001|006|500)[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A chat and its record.

    `became` says that the record which was named is merged or converted into this one. `beside` is
    the Contact that the chat's Tasks have besides a record that they are related to, `contacts`
    says how the chat is linked to a Contact of a business Account (R3). `waiting` counts the
    messages that the next sync logs there. `elsewhere` are the chat's Tasks that were on other
    records, `done` is what became of them; None if they were not to be moved.
    """

    chat: Chat
    record_type: RecordType
    record_id: RecordId
    name: str
    url: str
    became: bool
    waiting: int
    elsewhere: Elsewhere
    beside: RecordId | None = None
    contacts: str = ""
    done: MoveResult | None = None
    dry_run: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """Whether Salesforce refused to move or change something."""
        return ExitCode.REFUSED if self.done and self.done.refused else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A chat without a record, to which wasf gives none by itself.

    `was` is its earlier record, `was_related` what its Tasks were related to by hand.
    """

    chat: Chat
    was: Link | None
    was_related: Link | None
    waiting: int


Choose = Callable[[Linked], bool]
"""Decides whether the Tasks of a chat that are on other records are moved.

It is given the link as it will be. It may raise, and then nothing is changed.
"""


class NoSuchChat(WrongUsage):
    """A word names no chat, or several: those are the `candidates`. `place` says which word.

    The message does not name them, because titles can be phone numbers.
    """

    def __init__(self, candidates: Sequence[KnownChat], place: str = "that") -> None:
        if candidates:
            super().__init__(f"{place} names {len(candidates)} chats", "name one of them by its id")
        else:
            where = "" if place == "that" else f"{place}: "
            message = f"{where}no chat has that id, title or number"
            super().__init__(message, "to see all chats: wasf link")
        self.candidates = tuple(candidates)


class UnknownChat(NoSuchChat):
    """A word names no chat, where that is as a file that is missing."""

    exit_code = ExitCode.NO_INPUT


# --- Link and unlink ---------------------------------------------------------------------------


def link(word: str, record: str, context: SyncContext, choose: Choose) -> Linked:
    """Link a chat to a record, which is named by its id or its address (M10, R3, X1).

    A Person Account stands for its Contact (M12), a converted Lead for its Contact, a merged record
    for the one that lives on. To an Opportunity, a Case or a business Account the chat's Tasks are
    related, beside its Contact if it is linked to one. `choose` decides whether Tasks that are on
    other records are moved. Raise `WrongUsage` for a word that names no chat, for a text that names
    no such record, and for a group and a person.
    """
    known = _known_chat(word, context)
    record_id = _named_id(record)
    account = _account(record_id, context) if record_id.startswith(ACCOUNT_PREFIX) else None
    if account is not None and account.person_contact_id is not None:
        record_id = account.person_contact_id
        account = None
    if record_type_of(record_id).is_person:
        linked = _to_person(known, record_id, context)
    else:
        linked = _to_related(known, record_id, account, context)
    if not choose(linked):
        _remember(known, linked, (), context)
        # What is on the way stays where it comes to: an earlier move goes on no more.
        context.ledger.moves.end_moves(known.chat.id, linked.elsewhere.begun)
        return linked
    if linked.elsewhere.in_jobs and not context.dry_run:
        known, linked = _without_jobs(known, linked, context)
    earlier = _earlier_records(known, linked.elsewhere)
    _remember(known, linked, earlier, context)
    return replace(linked, done=move_chat(known.chat, linked.elsewhere, earlier, context))


def _without_jobs(
    known: KnownChat, linked: Linked, context: SyncContext
) -> tuple[KnownChat, Linked]:
    """Return the same after bulk jobs were cancelled that Salesforce has not begun with.

    Tasks of the others are moved by the sync that takes their results.
    """
    ledger, chat_id = context.ledger, known.chat.id
    resolve_jobs(ledger.jobs.of_chats([chat_id]), context)
    [known] = ledger.search.of_ids([chat_id])
    elsewhere = find_elsewhere(known.chat, linked.elsewhere.to, context)
    return known, replace(linked, elsewhere=elsewhere, waiting=known.queued)


def _known_chat(word: str, context: SyncContext) -> KnownChat:
    try:
        return find_chat(word, context.ledger, context.policy.default_region)
    except NoSuchChat as error:
        if error.candidates or not _ID.search(word):
            raise
        hint = f"wasf link CHAT {word}"
        raise WrongUsage("that is a record, and the chat comes first", hint) from None


def _earlier_records(known: KnownChat, elsewhere: Elsewhere) -> list[RecordId]:
    """Return the records that the chat leaves: of its Tasks, its link, and an earlier move."""
    found = [one.record_id for one in elsewhere.records]
    found += [known.link.record_id] if known.link else []
    return sorted({*found, *elsewhere.begun, *elsewhere.job_records} - {*elsewhere.to})


def _remember(
    known: KnownChat, linked: Linked, earlier: Sequence[RecordId], context: SyncContext
) -> None:
    """Store the link and what is to be moved, before anything is."""
    ledger, chat_id = context.ledger, known.chat.id
    with ledger.transaction():
        ledger.link(chat_id, Link(linked.record_type, linked.record_id, by_hand=True))
        if not linked.chat.is_group:
            ledger.redirect_intents(chat_id, linked.elsewhere.to)
        ledger.moves.begin_move(chat_id, earlier)
        if known.queued:
            ledger.wait(chat_id, "it was linked by hand and not synced since", "wasf sync")


def unlink(word: str, ledger: Ledger, region: str) -> Unlinked:
    """Remove the record of a chat; wasf does not match the chat until a person links it again."""
    known = find_chat(word, ledger, region)
    with ledger.transaction():
        ledger.unlink(known.chat.id)
        if known.queued:
            ledger.wait(
                known.chat.id,
                "somebody unlinked it from its record",
                f"name the record: wasf link {known.chat.id} RECORD",
            )
    return Unlinked(known.chat, known.link, known.related, known.queued)


def _named_id(text: str) -> RecordId:
    """Return the id of a record that is in a text. Raise `WrongUsage` if there is none."""
    match = _ID.search(text)
    if match is None:
        raise WrongUsage(
            "that is neither the id nor the address of a Contact, Lead, Account, Opportunity or"
            " Case",
            "copy the address from the browser, while the record is open",
        )
    return RecordId(match[0])


def _account(account_id: RecordId, context: SyncContext) -> Account:
    found = context.org.accounts([account_id])
    if not found:
        raise _not_there("Account")
    return found[0]


def _to_person(known: KnownChat, record_id: RecordId, context: SyncContext) -> Linked:
    """Return the link of a chat to a Contact or Lead, as it will be."""
    if known.chat.is_group:
        raise WrongUsage(
            "a group has no record of its own",
            "name an Opportunity, a Case or an Account; or wasf config set groups participants logs"
            " it for each participant",
        )
    person = living_person(Link(record_type_of(record_id), record_id, by_hand=True), context)
    if person is None:
        raise _not_there(record_type_of(record_id))
    record_type = RecordType.LEAD if isinstance(person, Lead) else RecordType.CONTACT
    stays_related = known.related is not None and record_type is RecordType.CONTACT
    to = Place(person.id, known.related.record_id if known.related and stays_related else None)
    return Linked(
        chat=known.chat,
        record_type=record_type,
        record_id=person.id,
        name=person.name,
        url=context.org.record_url(person.id, record_type),
        became=person.id[:15] != record_id[:15],
        waiting=known.queued,
        elsewhere=find_elsewhere(known.chat, to, context),
        dry_run=context.dry_run,
    )


def _to_related(
    known: KnownChat, record_id: RecordId, account: Account | None, context: SyncContext
) -> Linked:
    """Return the relation of a chat to an Opportunity, Case or business Account (R3)."""
    record_type = record_type_of(record_id)
    if account is not None:
        named = NamedRecord(account.id, account.name)
    else:
        found = context.org.related_records([record_id])
        if not found:
            raise _not_there(record_type)
        named = found[0]
    link = known.link
    beside = link.record_id if link and link.record_type is RecordType.CONTACT else None
    return Linked(
        chat=known.chat,
        record_type=record_type,
        record_id=named.id,
        name=named.name,
        url=context.org.record_url(named.id, record_type),
        became=False,
        waiting=known.queued,
        elsewhere=find_elsewhere(known.chat, Place(beside, named.id), context),
        beside=beside,
        contacts=contact_hint([account], known.chat.id) if account and not beside else "",
        dry_run=context.dry_run,
    )


def _not_there(record_type: str) -> WrongUsage:
    return WrongUsage(
        f"there is no such {record_type}, or the connected user may not see it",
        "check that it was not deleted, and which sign-in wasf uses: wasf orgs",
    )


# --- Find what a word names --------------------------------------------------------------------


def find_chats(word: str, ledger: Ledger, region: str) -> list[KnownChat]:
    """Return the chats that a word may name, by id, title or number; all of them for ""."""
    known = {one.chat.id: one for one in ledger.chats()}
    if not word:
        return list(known.values())
    chats = [one.chat for one in known.values()]
    return [known[one.id] for one in chats_meant(word, chats, region, ledger.chat_ids())]


def find_chat(
    word: str, ledger: Ledger, region: str, unknown: type[NoSuchChat] = NoSuchChat
) -> KnownChat:
    """Return the one chat that a word names. Raise `NoSuchChat` for several, `unknown` for none."""
    found = find_chats(word, ledger, region) if word else []
    if not found:
        raise unknown(())
    if len(found) > 1:
        raise NoSuchChat(found)
    return found[0]


def find_run(word: str, ledger: Ledger) -> RunId:
    """Return the one run whose id is a word, or begins with it. Raise `WrongUsage`."""
    runs = ledger.runs()
    found = [run for run in runs if run == word] or [run for run in runs if run.startswith(word)]
    if len(found) != 1:
        message = f"{len(found)} runs begin with that" if found else "there is no such run"
        shown = ", ".join((found or runs)[-_RUNS_SHOWN:]) or "none yet"
        raise WrongUsage(message, f"the last ones: {shown}")
    return found[0]
