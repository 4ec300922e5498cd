"""Which chat is which, and which message is which, in every export of it.

An export has no ids. A message is told by what stays the same between two exports of its chat: the
minute, the side that wrote, the kind and the text. Equal ones in one minute are counted: the k-th
equal line of a file is the k-th equal line of every other file, so the ledger ends up with the
largest count that any export showed. Taking a maximum is commutative, associative and idempotent;
that is why exports may come in any order and as often as they like.

Keys depend on the chat and the message only, never on names shown or on settings, so two machines
give the same key to the same message.
"""

import re
import unicodedata
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice, repeat
from operator import add

from wasf.core.chats import Chat, ChatId, Kind, Message, Phone, SourceChat
from wasf.core.phones import canonical
from wasf.core.records import MessageKey, TaskKey

CountEarlier = Callable[[Sequence[bytes]], Sequence[int]]
"""How often each place was counted before, in order: see `interfaces.Ledger.count_earlier`."""

_BATCH = 500  # more at a time fit worse into the processor's cache

PLACE_BYTES = 21
"""The size of a message's place: its minute, then its key if no equal one comes before it."""

_KEY_BYTES = 16
_MINUTE_BYTES = PLACE_BYTES - _KEY_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 60
_YEAR_1 = 1_035_593_280  # minutes until 1970, so that no date is below zero

# Text counts only where a person wrote it. WhatsApp's own bodies change with the phone's language,
# media with the choice to export it, polls with every vote.
_KINDS_WITH_TEXT = frozenset({Kind.TEXT, Kind.EDITED, Kind.UNKNOWN})

_INVISIBLE = dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, ord("\r")]
) | dict.fromkeys([0x00A0, 0x202F, 0x2009], " ")

_HAS_INVISIBLE = re.compile("[" + "".join(map(chr, _INVISIBLE)) + "]").search


# --- Chats -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnclearChat:
    """More than one chat may be meant, and a guess would put words onto the wrong person."""

    reason: str
    remedy: str


def identify_chat(
    found: SourceChat, known: Iterable[Chat], *, phone_is_given: bool = False
) -> Chat | UnclearChat:
    """Tell which known chat a source found, or make a new one.

    Chats are told by their title, by phone and WhatsApp account where both are known.
    `phone_is_given` says that a person named the number for this very chat: then another number
    means another person of the same name. Otherwise it means that nobody can know. A source's own
    id settles all of that.
    """
    if found.native_id:  # a name may change, and two people may have one
        new = _new_chat(found, is_first=True)
        return _completed(next((chat for chat in known if chat.id == new.id), new), found)
    same_title = [chat for chat in known if _has_title_of(chat, found)]
    fitting = [chat for chat in same_title if _agree(chat, found)]
    if len(fitting) == 1:
        return _completed(fitting[0], found)
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
    return _new_chat(found, is_first=not same_title)


def renamed_from(found: SourceChat, known: Iterable[Chat]) -> list[Chat]:
    """The chats that a found one with a new title may be: people are renamed in address books."""
    return [
        chat
        for chat in known
        if chat.source == found.source and chat.is_group == found.is_group and _agree(chat, found)
    ]


def under_new_title(chat: Chat, found: SourceChat) -> Chat:
    """A known chat, with what the source says of it now."""
    return _completed(chat, found)


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


def _completed(chat: Chat, found: SourceChat) -> Chat:
    """What is known of a chat, with what the source says now; it never forgets a number."""
    return replace(
        chat,
        title=found.title,
        name=found.name or chat.name,
        phone=found.phone or chat.phone,
        owner_email=found.owner_email or chat.owner_email,
        whatsapp_account=found.whatsapp_account or chat.whatsapp_account,
        account_email=found.account_email or chat.account_email,
        url=found.url or chat.url,
        participants=found.participants or chat.participants,
    )


def _new_chat(found: SourceChat, *, is_first: bool) -> Chat:
    parts = [found.source, found.native_id or fold_name(found.title), str(found.is_group)]
    if not is_first:
        parts += [canonical(found.phone) if found.phone else "", found.whatsapp_account]
    digest = blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=10)
    return Chat(
        id=ChatId(b32encode(digest.digest()).decode().lower()),
        source=found.source,
        title=found.title,
        name=found.name,
        phone=found.phone,
        is_group=found.is_group,
        owner_email=found.owner_email,
        whatsapp_account=found.whatsapp_account,
        account_email=found.account_email,
        url=found.url,
        participants=found.participants,
    )


def fold_name(name: str) -> str:
    """A name as it is compared: composed, without case, invisible marks and odd blanks."""
    visible = unicodedata.normalize("NFC", name.translate(_INVISIBLE))
    return " ".join(visible.split()).casefold()


# --- Messages ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keyed:
    """Messages of a chat with their keys and the minutes that they are known by, in one order.

    The minute is 0 for a message with an id of its source's own, which tells it at any time. These
    are columns, because rows for a million would take a second to make.
    """

    keys: Sequence[MessageKey]
    minutes: Sequence[int]
    messages: Sequence[Message]

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self) -> Iterator[tuple[MessageKey, Message]]:
        """The keys with their messages."""
        return zip(self.keys, self.messages, strict=True)


def keyed(
    chat_id: ChatId, messages: Iterable[Message], count_earlier: CountEarlier
) -> Iterator[Keyed]:
    """Give each message its key; yields up to 500 at a time, in order.

    All messages of the export have to pass, also those that will be left out, because equal ones
    are counted.
    """
    rest = iter(messages)
    while some := list(islice(rest, _BATCH)):
        minutes = _minutes(some)
        firsts = list(map(_first_key, repeat(chat_id), minutes, some))
        counts = count_earlier(list(map(add, map(start_of, minutes), firsts)))
        yield Keyed(list(map(_key, firsts, counts)), minutes, some)


def with_keys(rows: Iterable[tuple[MessageKey, Message]]) -> Keyed:
    """Messages that have their keys already."""
    known = list(rows)
    messages = [message for _, message in known]
    return Keyed([key for key, _ in known], _minutes(messages), messages)


def _minutes(messages: Iterable[Message]) -> list[int]:
    """The minutes that messages are known by: see `Keyed`."""
    return [0 if message.native_id else minute_of(message) for message in messages]


def _first_key(chat_id: ChatId, minute: int, message: Message) -> MessageKey:
    """The key that a message has if no equal one comes before it."""
    _, direction, _, kind, text, _, native_id = message  # by name they cost twice as much
    parts: tuple[str, ...] = (chat_id, native_id)
    if not native_id:
        said = comparable(text) if kind in _KINDS_WITH_TEXT else ""
        parts = (chat_id, str(minute), direction, kind, said)
    material = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return MessageKey(blake2b(material, digest_size=_KEY_BYTES).digest())


def _key(first: MessageKey, count: int) -> MessageKey:
    """The key of a message before which so many equal ones come."""
    if not count:
        return first
    return MessageKey(blake2b(first + count.to_bytes(8), digest_size=_KEY_BYTES).digest())


def start_of(minute: int) -> bytes:
    """What the places of all messages of a minute begin with; in the order of time."""
    return (minute + _YEAR_1).to_bytes(_MINUTE_BYTES)


def keys_at(place: bytes, times: int) -> list[MessageKey]:
    """The keys of so many equal messages."""
    first = MessageKey(place[_MINUTE_BYTES:])
    return [_key(first, count) for count in range(times)]


def minute_of(message: Message) -> int:
    """The minute in which a message was sent, counted from 1970 (UTC)."""
    since = message.sent_at - _EPOCH
    return since.days * _DAY + since.seconds // 60


def moment_of(minute: int) -> datetime:
    """When a minute begins (UTC)."""
    return datetime.fromtimestamp(minute * 60, UTC)


def text_digest(kind: Kind, text: str) -> bytes:
    """Five bytes that tell a text from the others of its minute, none where it does not count.

    They are what is left of a logged text, so that it is known again if the rest has changed.
    """
    if kind not in _KINDS_WITH_TEXT:
        return b""
    return blake2b(comparable(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()[:5]


def comparable(text: str) -> str:
    """Text as messages are told apart by it: composed, without invisible marks and ends."""
    if text.isascii():
        return text.replace("\r", "").rstrip()
    # Marks first: one that stands between a letter and its accent keeps them from composing.
    if _HAS_INVISIBLE(text):  # to look for them costs a tenth of taking them out
        text = text.translate(_INVISIBLE)
    return unicodedata.normalize("NFC", text).rstrip()


# --- Tasks -------------------------------------------------------------------------------------


def task_key(messages: Sequence[MessageKey], part: int = 1, about: str = "") -> TaskKey:
    """The key of the Task that holds these messages.

    `part` counts from 1 where a text needs several Tasks; `about` tells Tasks of one group message
    apart that stand on several people's records.
    """
    if len(messages) == 1 and part == 1 and not about:
        return TaskKey(b32encode(messages[0]).decode().rstrip("=").lower())
    digest = blake2b(f"{part}\x1f{about}\x1f".encode(), digest_size=16)
    for key in messages:
        digest.update(key)
    return TaskKey(b32encode(digest.digest()).decode().rstrip("=").lower())


def phone_key(phone: Phone) -> str:
    """What tells a participant's Tasks apart, however the number is spelled."""
    return canonical(phone)
