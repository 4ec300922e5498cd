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
from wasf.core.phones import digits, parse_phone
from wasf.core.records import KnownChat
from wasf.interfaces import NumberBook

BOOK_IS_MISSING = Reason(
    "its number is looked up in the address book, which cannot be read now",
    "say where the address book is: wasf config set contacts FILE; "
    "or sync without it: wasf config unset contacts",
)


def find_numbers(context: SyncContext, result: SyncResult) -> None:
    """Give waiting chats the numbers that are known today, or note why they have none."""
    without = [one for one in context.ledger.chats() if _needs_number(one)]
    if not without:
        return
    known = context.address_book()
    for one in without:
        phone, doubt = _number_of(one.chat, context, known.book)
        if phone is not None:
            _take_number(one.chat, phone, context, result)
        elif doubt:
            result.doubts[one.chat.id] = doubt
        elif known.unreadable is not None and one.link is None:
            result.waits[one.chat.id] = BOOK_IS_MISSING
    if known.unreadable is not None:
        result.unreadable.append(known.unreadable)


def _needs_number(known: KnownChat) -> bool:
    return bool(known.queued) and known.chat.phone is None and not known.chat.is_group


def _number_of(
    chat: Chat, context: SyncContext, book: NumberBook | None
) -> tuple[Phone | None, str]:
    """Return the number of a chat, or None and why it is in doubt."""
    doubt = ""
    for name in _names(chat, context):
        if phone := parse_phone(name, context.policy.default_region):
            return phone, ""
        found, why = book.number_of(name) if book else (None, "")
        if found is not None:
            return found, ""
        doubt = doubt or why
    return None, doubt


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
        url=chat.url or f"https://wa.me/{digits(phone)}",
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
