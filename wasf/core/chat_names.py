"""Which chats a person means: by id, by number, by title, or by how one of these begins."""

from collections.abc import Callable, Iterable

from wasf.core.chats import Chat
from wasf.core.phones import canonical, parse_phone
from wasf.core.spelling import fold_name

_SHORTEST_START = 3


def chats_meant(word: str, chats: Iterable[Chat], region: str) -> list[Chat]:
    """The chats that fit best: those named exactly, or else those whose id or title begins so.

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
