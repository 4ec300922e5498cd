"""`wasf review`, `wasf allow` and `wasf skip`: a person says which chats are logged (X2).

A yes or no is about single chats, or about all chats of a WhatsApp account. A number that no chat
has yet can be named too: its chat is then allowed or skipped as soon as it comes. The last word
counts, but a yes to an account lets nobody in to whose own chat or number somebody said no.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from wasf.commands.link import NoSuchChat
from wasf.core.approval import account_key, waits_for_yes
from wasf.core.chat_identity import ChatIds, chats_meant
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.phones import canonical, parse_phone
from wasf.core.policy import SyncPolicy
from wasf.core.records import Approval, KnownChat, Link
from wasf.store.ledger import Ledger
from wasf.values import dataclass


@dataclass(frozen=True, slots=True)
class ReviewedChat:
    """A chat that waits for a yes, with what the ledger knows of it.

    `messages` wait, written between `first` and `last` (UTC; None without any). `record` is the one
    that the chat is linked to, or another chat of its number. `owner` is the e-mail of the person
    responsible, or of the WhatsApp account's owner; "" if nobody is known.
    """

    chat: Chat
    messages: int
    first: datetime | None
    last: datetime | None
    record: Link | None
    owner: str


class NamedChat(NamedTuple):
    """What a person wrote to name a chat; `place` says where, for messages."""

    word: str
    place: str = "that"


@dataclass(frozen=True, slots=True)
class DecidedChat:
    """A chat that was allowed or skipped.

    `messages` are those that the next sync logs, or those that were taken out of the queue.
    `was_skipped`: messages that came before were not kept. `logged` messages are in Salesforce.
    """

    chat: Chat
    messages: int
    was_skipped: bool
    logged: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: `ALLOWED` or `SKIPPED`.

    `numbers` counts the numbers that no chat has yet, `accounts` are the WhatsApp accounts that
    were named. `left` are chats of these that stay skipped, because somebody said no to them alone.
    """

    approval: Approval
    chats: tuple[DecidedChat, ...]
    numbers: int = 0
    accounts: tuple[str, ...] = ()
    left: tuple[Chat, ...] = ()


# --- Review ------------------------------------------------------------------------------------


def chats_to_review(ledger: Ledger, policy: SyncPolicy) -> list[ReviewedChat]:
    """Return the chats that wait for a yes, in the order in which they came."""
    known = ledger.chats()
    records = {canonical(one.chat.phone): one.link for one in known if one.link and one.chat.phone}
    return [_reviewed(one, records, ledger) for one in known if waits_for_yes(one, policy)]


def _reviewed(known: KnownChat, records: dict[Phone, Link], ledger: Ledger) -> ReviewedChat:
    chat = known.chat
    first, last = ledger.queued_span(chat.id) or (None, None)
    of_number = records.get(canonical(chat.phone)) if chat.phone else None
    return ReviewedChat(
        chat=chat,
        messages=known.queued,
        first=first,
        last=last,
        record=known.link or of_number,
        owner=chat.owner_email or chat.account_email,
    )


# --- Allow and skip ----------------------------------------------------------------------------


def named_in_list(text: str) -> list[NamedChat]:
    """Return the chats that a list names, one a line; `#` begins a comment.

    Inside a line a comment needs blanks around its `#`: titles may hold one.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip()
        word = "" if word.startswith("#") else word.partition(" # ")[0].strip()
        if word:
            found.append(NamedChat(word, f"line {number} of the list"))
    return found


def decide(
    approval: Approval,
    named: Sequence[NamedChat],
    accounts: Sequence[str],
    ledger: Ledger,
    region: str,
    cancel_jobs: Callable[[Collection[ChatId]], object] = lambda _: None,
) -> Decision:
    """Allow or skip chats; what waits of skipped ones leaves the queue with its text.

    `cancel_jobs` is called, before anything is changed, with the chats that are skipped and of
    which bulk jobs hold Tasks (see `cancel_jobs_of_chats`); what it raises is passed on. Raise
    `NoSuchChat`, and change nothing, if one of the words names no chat and is no number, or names
    several chats.
    """
    before = {known.chat.id: known for known in ledger.chats()}
    chats, numbers = _resolved(named, before, region, ledger.chat_ids())
    keys = {account_key(account, region) for account in accounts}
    of_accounts = [
        chat_id
        for chat_id, known in before.items()
        if account_key(known.chat.whatsapp_account) in keys
    ]
    concerned = list(dict.fromkeys([*chats, *of_accounts]))
    if approval is Approval.SKIPPED and ledger.jobs.of_chats(concerned):
        cancel_jobs(concerned)
        before = {known.chat.id: known for known in ledger.chats()}
    with ledger.transaction():
        for phone in numbers:
            ledger.approvals.decide_number(phone, approval)
        for key in keys:
            _decide_account(key, approval, of_accounts, ledger)
        for chat_id in chats:
            ledger.approvals.decide(chat_id, approval)
        after = {known.chat.id: known.approval for known in ledger.chats()}
        decided = [
            _decided(approval, before[chat_id], ledger)
            for chat_id in concerned
            if after[chat_id] is approval
        ]
    return Decision(
        approval=approval,
        chats=tuple(decided),
        numbers=len(numbers),
        accounts=tuple(accounts),
        left=tuple(before[one].chat for one in concerned if after[one] is not approval),
    )


def _resolved(
    named: Sequence[NamedChat], known: Mapping[ChatId, KnownChat], region: str, ids: ChatIds
) -> tuple[list[ChatId], set[Phone]]:
    """Return the chats that were named, and the numbers that no chat has."""
    chats: list[ChatId] = []
    numbers: set[Phone] = set()
    all_chats = [one.chat for one in known.values()]
    for word, place in named:
        found = chats_meant(word, all_chats, region, ids)
        phone = parse_phone(word, region)
        if len(found) == 1:
            chats.append(found[0].id)
        elif not found and phone:
            numbers.add(phone)
        else:
            raise NoSuchChat([known[chat.id] for chat in found], place)
    return chats, numbers


def _decide_account(
    key: str, approval: Approval, chats: Collection[ChatId], ledger: Ledger
) -> None:
    """Say yes or no to an account. A no is also one to each chat that was allowed before."""
    ledger.approvals.decide_account(key, approval)
    if approval is not Approval.SKIPPED:
        return
    for chat_id in _allowed(chats, ledger):
        ledger.approvals.decide(chat_id, Approval.NOT_NEEDED)
    for chat_id in list(_allowed(chats, ledger)):  # by a rule for the number
        ledger.approvals.decide(chat_id, Approval.SKIPPED)


def _allowed(chats: Collection[ChatId], ledger: Ledger) -> Iterator[ChatId]:
    wanted = frozenset(chats)
    known = (one for one in ledger.chats() if one.chat.id in wanted)
    return (one.chat.id for one in known if one.approval is Approval.ALLOWED)


def _decided(approval: Approval, known: KnownChat, ledger: Ledger) -> DecidedChat:
    """Do to the queue what was decided, and return it."""
    chat_id, messages = known.chat.id, known.queued
    if approval is Approval.SKIPPED:
        keys = [arrival.key for arrival in ledger.queued(chat_id)]
        messages = len(keys)
        ledger.drop(keys)
    elif messages:
        ledger.wait(chat_id, "you allowed it, and it was not synced since", "wasf sync")
    was_skipped = known.approval is Approval.SKIPPED
    return DecidedChat(known.chat, messages, was_skipped, known.logged)
