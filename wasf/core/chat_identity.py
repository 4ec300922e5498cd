"""Find the known chat that a source names, and the chats that a person names on the command line.

**The person is the number** (rule I1): the same canonical number with the same WhatsApp account of
ours is the same chat, whatever its title, file or source. An account that is not known fits any. A
chat that is known by a name only is found by its title in the same kind of source, and becomes the
number's chat as soon as its number is known (I2). Another user id of a source for the same number
is another person (I5).

A chat has an id for each title and source that it came by: the first is its own, the others are
aliases. An id is a function of the source and the title there (or the source's own id), so two
machines give it the same, and so is a message's key, which is made with the id that its chat has
by that title. So keys do not depend on which chats were joined, and when.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

from wasf.core.chats import CHAT_DETAILS, Chat, ChatDetails, ChatId, MessageKind, SourceChat
from wasf.core.phones import canonical, parse_phone
from wasf.core.text import fold_name
from wasf.values import dataclass


class ChatIds(Protocol):
    """Says which chat has an id, own ids and aliases. A mapping does."""

    def get(self, one: ChatId, /) -> ChatId | None:
        """Return the own id of the chat that has an id, None if nobody has it."""


@dataclass(frozen=True, slots=True)
class UnclearChat:
    """More than one known chat fits. A guess could put messages on the wrong person."""

    reason: str
    hint: str


# --- Which chat it is --------------------------------------------------------------------------


def identify_chat(
    found: SourceChat,
    known: Iterable[Chat],
    *,
    phone_is_given: bool = False,
    ids: ChatIds | None = None,
) -> Chat | UnclearChat:
    """Return the known chat that a source found, or a new one.

    `ids` says which chats have which ids; None: each of `known` has its own. `phone_is_given` says
    that a person named the number for this very chat: then another number means another person of
    the same name. Otherwise it means that nobody can know.
    """
    chats = list(known)
    ids = {chat.id: chat.id for chat in chats} if ids is None else ids
    if found.is_group:
        return _by_title(found, chats, ids, phone_is_given=phone_is_given)
    by_source_id = _by_source_id(found, chats, ids)
    if by_source_id and (by_source_id.phone or not found.phone):
        return updated(by_source_id, found)
    if found.phone:
        with_number = [chat for chat in chats if _has_number_of(chat, found)]
        answer = _by_number(found, with_number, ids)
        if answer:
            return answer
        if with_number:  # another person has it now
            return new_chat(found, ids, is_successor=True)
    if by_source_id:
        return updated(by_source_id, found)
    return _by_title(found, chats, ids, phone_is_given=phone_is_given)


def _by_source_id(found: SourceChat, chats: Sequence[Chat], ids: ChatIds) -> Chat | None:
    """Return the chat that has the source's own id, unless its person is another one."""
    if not found.native_id:
        return None
    own = ids.get(first_id(found))
    return next((c for c in chats if c.id == own and _may_be_person(c, found)), None)


def _by_number(
    found: SourceChat, with_number: Sequence[Chat], ids: ChatIds
) -> Chat | UnclearChat | None:
    """Return the chat of a number; None if nobody has it, or only other people."""
    fitting = [chat for chat in with_number if _may_be_person(chat, found)]
    told = [chat for chat in fitting if set(chat.user_ids) & set(_user_ids(found))]
    fitting = told or fitting
    if len(fitting) > 1 and any(chat.is_successor for chat in fitting):
        return UnclearChat(
            "two people have had this number, one after the other",
            "its messages are logged from the source that tells the two apart",
        )
    if len(fitting) > 1:
        same_account = [c for c in fitting if c.whatsapp_account == found.whatsapp_account]
        same_title = {ids.get(one) for one in ids_of(found)}
        fitting = (
            same_account
            if len(same_account) == 1
            else [c for c in fitting if c.id in same_title or _has_title_of(c, found)]
        )
        if len(fitting) != 1:
            return UnclearChat(
                "several WhatsApp accounts have a chat with this number",
                "say which one it is: wasf sync FILE --account NAME",
            )
    return updated(fitting[0], found) if fitting else None


def _by_title(
    found: SourceChat, chats: Sequence[Chat], ids: ChatIds, *, phone_is_given: bool
) -> Chat | UnclearChat:
    own = ids.get(first_id(found))
    if found.native_id:  # a name may change, and two people may have one
        same = next((c for c in chats if c.id == own and _may_be_person(c, found)), None)
        return updated(same, found) if same else new_chat(found, ids, is_successor=own is not None)
    same_title = [chat for chat in chats if chat.id == own or _has_title_of(chat, found)]
    fitting = [chat for chat in same_title if _agree(chat, found)]
    if len(fitting) == 1:
        return updated(fitting[0], found)
    if len(fitting) > 1:
        told_by = "--phone NUMBER" if found.phone is None else "--account NAME"
        return UnclearChat(
            f"{len(fitting)} chats have this name",
            f"say whose chat it is: wasf sync FILE {told_by}",
        )
    if same_title and not phone_is_given and any(same_account(c, found) for c in same_title):
        return UnclearChat(
            "this chat was known under another number",
            "say whose chat it is: wasf sync FILE --phone NUMBER",
        )
    return new_chat(found, ids)


def new_chat(found: SourceChat, ids: ChatIds, *, is_successor: bool = False) -> Chat:
    """Return a chat that a source found as one that was not known before."""
    details = replace(found, user_ids=_user_ids(found), is_successor=is_successor)
    return Chat.of(own_id(found, None, ids), details)


def also_same(chat: Chat, found: SourceChat, known: Iterable[Chat], ids: ChatIds) -> list[Chat]:
    """Return the other known chats that are this one: they are to be joined (rules I1, I2).

    Those with its number, and one that was known by the title or the source's id only.
    """
    if chat.is_group or not chat.phone:
        return []
    own = ids.get(first_id(found))
    others = [
        other
        for other in known
        if other.id != chat.id
        and (
            same_person(other, chat)
            or (
                other.phone is None
                and (other.id == own or (not found.native_id and _has_title_of(other, found)))
                and same_account(other, chat)
                and _may_be_person(other, found)
                and not other.is_group
            )
        )
    ]
    accounts = {one.whatsapp_account for one in (chat, *others)} - {""}
    if len(accounts) > 1:  # an unknown account fits any, but not two at once
        others = [one for one in others if one.whatsapp_account == chat.whatsapp_account]
    return others


def same_person(one: Chat, other: Chat) -> bool:
    """Return whether two known chats are one by their numbers, accounts and user ids."""
    return (
        not (one.is_group or other.is_group)
        and same_number(one, other)
        and same_account(one, other)
        and not _differ(one.user_ids, other.user_ids)
        and not (one.is_successor or other.is_successor)
    )


def own_id(found: SourceChat, chat: Chat | None, ids: ChatIds) -> ChatId:
    """Return the id that a chat has by this title or source; None: a new chat.

    The first of its ids that is the chat's already, or nobody's.
    """
    for one in ids_of(found):
        owner = ids.get(one)
        if owner is None or (chat is not None and owner == chat.id):
            return one
    return chat.id if chat else ids_of(found)[-1]


def _has_number_of(chat: Chat, found: SourceChat) -> bool:
    return not chat.is_group and same_number(chat, found) and same_account(chat, found)


def _may_be_person(chat: Chat, found: SourceChat) -> bool:
    return not _differ(chat.user_ids, _user_ids(found))


def _differ(some: Iterable[str], others: Iterable[str]) -> bool:
    """Return whether one source has different ids for the people of two chats."""
    known = dict(one.split(" ", 1) for one in some)
    return any(
        known.get(source, user) != user for source, user in (one.split(" ", 1) for one in others)
    )


def _user_ids(found: SourceChat) -> tuple[str, ...]:
    return (f"{found.source} {found.user_id}",) if found.user_id else found.user_ids


def may_be_renamed(chat: Chat, found: SourceChat) -> bool:
    """Return whether a known chat may be the one that a source found, under an older title.

    Where both have a number the number decides (I2).
    """
    return (
        chat.source == found.source
        and chat.is_group == found.is_group
        and not (chat.phone and found.phone)
        and _agree(chat, found)
    )


def updated(chat: Chat, found: SourceChat) -> Chat:
    """Return a known chat with what a source says of it now; what it leaves out stays known.

    The kind of source stays the first one; the address of a chat API's chat stays, too.
    """
    given = {name: value for name in CHAT_DETAILS if (value := getattr(found, name))}
    kept = {"source": chat.source, "is_successor": chat.is_successor}
    if chat.url and chat.source != found.source and found.url.startswith(_ADDRESS_OF_A_NUMBER):
        kept["url"] = chat.url
    user_ids = tuple(dict.fromkeys([*chat.user_ids, *_user_ids(found)]))
    return replace(chat, **given | kept | {"user_ids": user_ids})


def completed(chat: Chat, other: Chat) -> Chat:
    """Return a chat with what only another one of the same person tells."""
    missing = {
        n: value for n in CHAT_DETAILS if not getattr(chat, n) and (value := getattr(other, n))
    }
    user_ids = tuple(dict.fromkeys([*chat.user_ids, *other.user_ids]))
    return replace(chat, **missing | {"user_ids": user_ids, "is_successor": chat.is_successor})


_ADDRESS_OF_A_NUMBER = "https://wa.me/"


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
    return same_phone and same_account(chat, found) and _may_be_person(chat, found)


def same_number(one: ChatDetails, other: ChatDetails) -> bool:
    """Return whether two chats have one number, however it is spelled; an unknown one is none."""
    return bool(one.phone and other.phone) and canonical(one.phone) == canonical(other.phone)


def same_account(one: ChatDetails, other: ChatDetails) -> bool:
    """Return whether two chats are of one WhatsApp account of ours; an unknown one fits any."""
    ours, theirs = one.whatsapp_account, other.whatsapp_account
    return not ours or not theirs or ours == theirs


def first_id(found: SourceChat) -> ChatId:
    """Return the id of a chat: from its source's own id, else from its title in that source."""
    return _id(found.source, found.native_id or fold_name(found.title), str(found.is_group))


def ids_of(found: SourceChat) -> tuple[ChatId, ...]:
    """Return the ids that a chat can have by this title or source, in the order they are given."""
    parts = [found.source, found.native_id or fold_name(found.title), str(found.is_group)]
    parts += [canonical(found.phone) if found.phone else "", found.whatsapp_account]
    more = [_id(*parts, found.user_id)] if found.user_id else ()
    return (first_id(found), _id(*parts), *more)


@lru_cache(64)  # those of a chat are asked for a dozen times while it is read
def _id(*parts: str) -> ChatId:
    digest = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10)
    return ChatId(b32encode(digest.digest()).decode().lower())


# --- Whether an export under a name is the chat of that name -----------------------------------

_TELLING = 4  # characters
_ENOUGH = 3


def is_telling(kind: MessageKind, text: str) -> bool:
    """Return whether a message is a text that is long enough to tell whose chat it is in."""
    return kind is MessageKind.TEXT and len(text) >= _TELLING


class NameEvidence(NamedTuple):
    """What tells whether an export is the known chat of its name, where no number does (I2).

    Of the lines that equal a known message, `telling` are the texts that came in (`is_telling`),
    `came_in` all that came in, and `sent_minutes` the minutes of those that we sent. Of the time
    that both show, `strange` lines are not known, and `missing` messages are not in the export.

    `is_answered`: a known message came in. `is_whole`: the export shows all that is known.
    `is_found_by_name`: what is known is logged, and no number told its record. `adds`: the export
    has new lines, or the number that the chat lacks.
    """

    telling: int = 0
    came_in: int = 0
    sent_minutes: int = 0
    strange: int = 0
    missing: int = 0
    is_answered: bool = True
    is_whole: bool = False
    is_found_by_name: bool = False
    adds: bool = True


def is_told(evidence: NameEvidence) -> bool:
    """Return whether an export under a name is the known chat of that name (rule I2).

    Two people may have one name, and we may send many people the same in one minute. So one of
    these has to be true; what was edited or deleted is neither equal nor strange:

    * A text that came in is equal in both, or three messages that came in are. One or two short
      ones do only if nothing of the time that both show is in one of them alone.
    * What we sent is equal in three minutes, nothing of that time is in one alone, and nothing that
      is known of the chat came in.
    * The record was found by the name, and the export shows all that is known, and nothing else of
      that time.
    * The export adds nothing.
    """
    is_equal = not (evidence.strange or evidence.missing)
    if not evidence.adds or evidence.telling or evidence.came_in >= _ENOUGH:
        return True
    is_sent = not evidence.is_answered and evidence.sent_minutes >= _ENOUGH
    is_all = evidence.is_found_by_name and evidence.is_whole
    return is_equal and (bool(evidence.came_in) or is_sent or is_all)


# --- What a person names -----------------------------------------------------------------------

_SHORTEST_START = 3
_EXPORT = "export"
"""The source whose chats have ids by their titles; all of them may be joined to others."""


def chats_meant(
    word: str, chats: Iterable[Chat], region: str, ids: ChatIds | None = None
) -> list[Chat]:
    """Return the chats that a word names: by id, number or title, else by how id or title begins.

    `region` says how to read a number without a country code. `ids` are all ids of the chats: they
    tell which chat had a title before it was joined to another one.
    """
    known = list(chats)
    exact = [chat for chat in known if _is_named(word, region)(chat)]
    former = exact or [chat for chat in known if chat.id in _had_title(word, known, ids or {})]
    return former or [chat for chat in known if _begins(chat, word)]


def _had_title(title: str, chats: Iterable[Chat], ids: ChatIds) -> set[ChatId | None]:
    """Return the ids of the chats that came under a title from one of the known sources."""
    sources = {chat.source for chat in chats} | {_EXPORT}
    name, kinds = fold_name(title), (str(False), str(True))
    return {ids.get(_id(source, name, group)) for source in sources for group in kinds}


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
