"""Find the known chat that a source names, and the chats that a person names on the command line.

The id of a chat is a function of its source and its title there, so two machines give it the same.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from wasf.core.chats import CHAT_DETAILS, Chat, ChatId, SourceChat
from wasf.core.phones import canonical, parse_phone
from wasf.core.text import fold_name


@dataclass(frozen=True, slots=True)
class UnclearChat:
    """More than one known chat fits. A guess could put messages on the wrong person."""

    reason: str
    hint: str


def identify_chat(
    found: SourceChat, known: Iterable[Chat], *, phone_is_given: bool = False
) -> Chat | UnclearChat:
    """Return the known chat that a source found, or a new one.

    Chats are told by their title, by phone and WhatsApp account where both are known.
    `phone_is_given` says that a person named the number for this very chat: then another number
    means another person of the same name. Otherwise it means that nobody can know. A source's own
    id settles all of that.
    """
    if found.native_id:  # a name may change, and two people may have one
        new = Chat.of(first_id(found), found)
        return updated(next((chat for chat in known if chat.id == new.id), new), found)
    same_title = [chat for chat in known if _has_title_of(chat, found)]
    fitting = [chat for chat in same_title if _agree(chat, found)]
    if len(fitting) == 1:
        return updated(fitting[0], found)
    if len(fitting) > 1:
        told_by = "--phone NUMBER" if found.phone is None else "--account NAME"
        return UnclearChat(
            f"{len(fitting)} chats have this name",
            f"say whose chat it is: wasf sync FILE {told_by}",
        )
    if same_title and not phone_is_given and _same_whatsapp_account(same_title, found):
        return UnclearChat(
            "this chat was known under another number",
            "say whose chat it is: wasf sync FILE --phone NUMBER",
        )
    return Chat.of(_further_id(found) if same_title else first_id(found), found)


def renamed_from(found: SourceChat, known: Iterable[Chat]) -> list[Chat]:
    """Return the known chats that may be this one under an older title."""
    return [
        chat
        for chat in known
        if chat.source == found.source and chat.is_group == found.is_group and _agree(chat, found)
    ]


def updated(chat: Chat, found: SourceChat) -> Chat:
    """Return a known chat with what a source says of it now; what it leaves out stays known."""
    given = {name: value for name in CHAT_DETAILS if (value := getattr(found, name))}
    return replace(chat, **given)


def _has_title_of(chat: Chat, found: SourceChat) -> bool:
    return (
        chat.source == found.source
        and chat.is_group == found.is_group
        and fold_name(chat.title) == fold_name(found.title)
    )


def _agree(chat: Chat, found: SourceChat) -> bool:
    same_phone = (
        chat.phone is None or found.phone is None or canonical(chat.phone) == canonical(found.phone)
    )
    return same_phone and _same_whatsapp_account([chat], found)


def _same_whatsapp_account(chats: Sequence[Chat], found: SourceChat) -> bool:
    ours = found.whatsapp_account
    return any(not ours or not c.whatsapp_account or c.whatsapp_account == ours for c in chats)


def first_id(found: SourceChat) -> ChatId:
    """Return the id of a chat: from its source's own id, else from its title in that source."""
    return _id([found.source, found.native_id or fold_name(found.title), str(found.is_group)])


def _further_id(found: SourceChat) -> ChatId:
    parts = [found.source, fold_name(found.title), str(found.is_group)]
    return _id([*parts, canonical(found.phone) if found.phone else "", found.whatsapp_account])


def _id(parts: Iterable[str]) -> ChatId:
    digest = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10)
    return ChatId(b32encode(digest.digest()).decode().lower())


_SHORTEST_START = 3


def chats_meant(word: str, chats: Iterable[Chat], region: str) -> list[Chat]:
    """Return the chats that a word names: by id, number or title, else by how id or title begins.

    `region` says how to read a number without a country code.
    """
    known = list(chats)
    exact = [chat for chat in known if _is_named(word, region)(chat)]
    return exact or [chat for chat in known if _begins(chat, word)]


def _is_named(word: str, region: str) -> Callable[[Chat], bool]:
    phone = parse_phone(word, region)
    title = fold_name(word)

    def is_meant(chat: Chat) -> bool:
        has_number = bool(phone and chat.phone and canonical(chat.phone) == canonical(phone))
        return chat.id == word.strip().lower() or has_number or fold_name(chat.title) == title

    return is_meant


def _begins(chat: Chat, word: str) -> bool:
    start = fold_name(word)
    if len(start) < _SHORTEST_START:
        return False
    return chat.id.startswith(start) or fold_name(chat.title).startswith(start)
