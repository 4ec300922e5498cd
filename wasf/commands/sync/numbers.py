"""Asks again for the numbers of waiting chats, with what is known today (M9, W2).

A chat that came without a number waits in the queue. Its number may be found later without its
file: by the default region, if its title is a number without a country code, or in the address
book, by its name.
"""

from collections.abc import Sequence
from dataclasses import replace

from wasf.commands.sync.identify import FORGOTTEN
from wasf.commands.sync.run import Reason, SyncContext, SyncResult, skip_chat
from wasf.core.chats import CHAT_DETAILS, Chat, Direction, Phone, SourceChat
from wasf.core.phones import chat_address, find_number, parse_phone
from wasf.core.records import KnownChat

BOOK_IS_MISSING = Reason(
    "its number is looked up in the address book, which cannot be read now",
    "say where the address book is: wasf config set contacts FILE; "
    "or sync without it: wasf config unset contacts",
)


def find_numbers(context: SyncContext, result: SyncResult) -> None:
    """Give waiting chats the numbers that are known today, or note why they have none."""
    without = [one for one in context.ledger.search.waiting() if _needs_number(one)]
    if not without:
        return
    known = context.address_book()
    look_up = known.book.number_of if known.book else None
    for one in without:
        names = _names(one.chat, context)
        phone, doubt = find_number(names, context.policy.default_region, look_up)
        if phone is not None:
            _take_number(one.chat, phone, context, result)
        elif doubt:
            result.doubts[one.chat.id] = doubt
        elif known.unreadable is not None and one.link is None:
            result.waits[one.chat.id] = BOOK_IS_MISSING
    if problem := known.unreadable or known.partly:
        result.unreadable.append(problem)


def _needs_number(known: KnownChat) -> bool:
    return known.chat.phone is None and not known.chat.is_group


def _names(chat: Chat, context: SyncContext) -> Sequence[str]:
    """Return what the chat calls the other party: the first author who is not us, and its title."""
    messages = (arrival.message for arrival in context.ledger.queued(chat.id))
    authors = (one.author for one in messages if one.direction is Direction.INCOMING)
    return tuple(dict.fromkeys(filter(None, [next(authors, ""), chat.title])))


def _take_number(chat: Chat, phone: Phone, context: SyncContext, result: SyncResult) -> None:
    is_number = parse_phone(chat.title, context.policy.default_region) is not None
    found = replace(
        chat,
        phone=phone,
        name="" if is_number else chat.name,
        url=chat.url or chat_address(phone),
    )
    ledger = context.ledger
    with ledger.transaction():
        if ledger.is_forgotten(_as_found(found)):
            skip_chat(chat.id, FORGOTTEN, ledger, result)
        else:
            ledger.save_chat(found)


def _as_found(chat: Chat) -> SourceChat:
    details = {name: getattr(chat, name) for name in CHAT_DETAILS}
    return SourceChat(origin=chat.title, **details)
