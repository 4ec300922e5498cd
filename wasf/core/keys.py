"""Idempotency keys of messages and Tasks, and digests of what stands in them.

An export has no message ids. A message is identified by what is equal in all exports of its chat:
minute, side, kind and text. Equal messages in one minute are counted: the k-th equal line of a file
is the k-th equal line of every other file, so the ledger holds the largest count that any export
showed. A maximum is commutative, associative and idempotent, so exports may come in any order and
more than once.

Keys depend on the chat and the message only, not on shown names or settings, so two machines give
the same message the same key.
"""

import re
from base64 import b32decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, repeat
from operator import add
from typing import Final

from wasf.core.auth import UserId
from wasf.core.chats import ChatId, Message, MessageKind, Phone
from wasf.core.phones import canonical
from wasf.core.records import MessageKey, Task, TaskContent, TaskKey
from wasf.core.text import comparable
from wasf.values import dataclass

CountEarlier = Callable[[Sequence[bytes]], Sequence[int]]
"""Return how often each occurrence key was counted before, in order (`Ledger.count_earlier`)."""

_BATCH = 500  # more at a time fit worse into the processor's cache

OCCURRENCE_KEY_BYTES = 21
"""Size of an occurrence key: the minute, then the key of the first such message."""

_KEY_BYTES = 16
_MINUTE_BYTES = OCCURRENCE_KEY_BYTES - _KEY_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 60
_YEAR_1 = 1_035_593_280  # minutes until 1970, so that no date is below zero

TASK_CONTENT_FIELDS: Final = (
    "Subject", "Description", "OwnerId", "WhoId", "WhatId", "Status", "ActivityDate",
)  # fmt: skip
"""The API names of the fields of a `TaskContent`, in order, without `further`."""

_SIGNS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(one + two for one in _SIGNS for two in _SIGNS)
_SHIFTS: Final = range(120, -1, -10)  # to each ten of the 130 bits of 26 signs
_TASK_KEY: Final = re.compile("[a-z2-7]{26}")
_AS_DIGITS: Final = str.maketrans(_SIGNS, "0123456789abcdefghijklmnopqrstuv")

_VALUE_BYTES = 3
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_EMPTY_VALUE = bytes(_VALUE_BYTES)
_NOT_STORED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2400-\u243f\ufffd\ud800-\udfff]+")  # nor blanks

# Text counts only where a person wrote it. WhatsApp's own bodies change with the phone's language,
# media with the choice to export it, polls with every vote.
KINDS_WITH_TEXT = frozenset({MessageKind.TEXT, MessageKind.EDITED, MessageKind.UNKNOWN})


# --- Messages ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyedBatch:
    """Messages of a chat with their keys and minutes, as columns in one order.

    Columns, because a million rows would take a second to make. `counts` say how many equal
    messages came before each; () where that is not known.
    """

    keys: Sequence[MessageKey]
    minutes: Sequence[int]
    messages: Sequence[Message]
    counts: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self) -> Iterator[tuple[MessageKey, Message]]:
        """Return the keys with their messages."""
        return zip(self.keys, self.messages, strict=True)


def keyed(
    chat_id: ChatId, messages: Iterable[Message], count_earlier: CountEarlier
) -> Iterator[KeyedBatch]:
    """Give each message its key. Yield up to 500 at a time, in order.

    `chat_id` is the id that the chat has by this title or source (`own_id`), so that keys do not
    depend on which chats were joined before. All messages of the export must pass, also those that
    will be left out: equal ones are counted.
    """
    rest = iter(messages)
    while some := list(islice(rest, _BATCH)):
        minutes = list(map(minute_of, some))
        firsts = list(map(_first_key, repeat(chat_id), minutes, some))
        counts = count_earlier(list(map(add, map(start_of, minutes), firsts)))
        yield KeyedBatch(list(map(_key, firsts, counts)), minutes, some, counts)


def under(chat_id: ChatId, batch: KeyedBatch, indexes: Sequence[int]) -> KeyedBatch:
    """Return some messages of a batch with the keys that they have under another id of the chat."""
    minutes = [batch.minutes[at] for at in indexes]
    messages = [batch.messages[at] for at in indexes]
    counts = [batch.counts[at] for at in indexes]
    firsts = map(_first_key, repeat(chat_id), minutes, messages)
    return KeyedBatch(list(map(_key, firsts, counts)), minutes, messages, counts)


def with_keys(rows: Iterable[tuple[MessageKey, Message]]) -> KeyedBatch:
    """Return a batch of messages that have their keys already."""
    known = list(rows)
    messages = [message for _, message in known]
    return KeyedBatch([key for key, _ in known], list(map(minute_of, messages)), messages)


def _first_key(chat_id: ChatId, minute: int, message: Message) -> MessageKey:
    """Return the key of a message if no equal one comes before it."""
    _, direction, _, kind, text, _, native_id = message  # by name they cost twice as much
    parts: tuple[str, ...] = (chat_id, native_id)
    if not native_id:
        said = comparable(text) if kind in KINDS_WITH_TEXT else ""
        parts = (chat_id, str(minute), direction, kind, said)
    material = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return MessageKey(blake2b(material, digest_size=_KEY_BYTES).digest())


def _key(first: MessageKey, count: int) -> MessageKey:
    """Return the key of a message after `count` equal ones."""
    if not count:
        return first
    return MessageKey(blake2b(first + count.to_bytes(8), digest_size=_KEY_BYTES).digest())


def start_of(minute: int) -> bytes:
    """Return the prefix of the occurrence keys of a minute; prefixes sort by time."""
    return (minute + _YEAR_1).to_bytes(_MINUTE_BYTES)


def keys_at(occurrence_key: bytes, times: int) -> list[MessageKey]:
    """Return the keys of so many equal messages."""
    first = MessageKey(occurrence_key[_MINUTE_BYTES:])
    return [_key(first, count) for count in range(times)]


def minute_of(message: Message) -> int:
    """Return the minute in which a message was sent, counted from 1970 (UTC)."""
    return minute_at(message.sent_at)


def minute_at(moment: datetime) -> int:
    """Return the minute that holds a moment, counted from 1970 (UTC)."""
    since = moment - _EPOCH
    return since.days * _DAY + since.seconds // 60


def moment_of(minute: int) -> datetime:
    """Return when a minute begins (UTC)."""
    return datetime.fromtimestamp(minute * 60, UTC)


def text_digest(kind: MessageKind, text: str) -> bytes:
    """Return five bytes that identify a text in its minute; empty where the text does not count.

    They are all that stays of a logged text, so that it is known again if something else changed.
    """
    if kind not in KINDS_WITH_TEXT:
        return b""
    return blake2b(comparable(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()[:5]


# --- Tasks -------------------------------------------------------------------------------------


def task_key(messages: Sequence[MessageKey], part: int = 1, about: str = "") -> TaskKey:
    """Return the key of the Task that holds these messages.

    `part` counts from 1 where a text needs several Tasks. `about` distinguishes the Tasks of one
    group message on several records.
    """
    if len(messages) == 1 and part == 1 and not about:
        return _task_key(messages[0])
    digest = blake2b(f"{part}\x1f{about}\x1f".encode(), digest_size=16)
    for key in messages:
        digest.update(key)
    return _task_key(digest.digest())


def _task_key(key: bytes) -> TaskKey:
    """Return sixteen bytes in base 32. The standard library takes twice as long."""
    bits = int.from_bytes(key) << 2
    return TaskKey("".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS]))


def only_message(key: TaskKey) -> MessageKey | None:
    """Return the message whose own Task has this key, None if no single message can have it."""
    if _TASK_KEY.fullmatch(key) is None:
        return None
    bits = int(key.translate(_AS_DIGITS), len(_SIGNS))
    return MessageKey((bits >> 2).to_bytes(_KEY_BYTES))


def key_bytes(key: TaskKey) -> bytes:
    """Return the 16 bytes of a Task's key: of a Task of one whole message, the message's own."""
    return b32decode(f"{key.upper()}======")


def content_of(task: Task) -> TaskContent:
    """Return what wasf writes into a Task."""
    who, what, day = task.who_id or "", task.what_id or "", task.activity_date.isoformat()
    texts = task.subject, task.description
    further = further_text(task.fields)
    return TaskContent(*texts, task.owner_id, who, what, task.status, day, further)


def further_text(values: Iterable[tuple[str, object]]) -> str:
    """Return fields with their values as one text, equal however Salesforce writes a value."""
    filled = [(name, value) for name, value in values if value is not None and value != ""]
    return "\n".join(sorted(f"{name}={_plain(value)}" for name, value in filled))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    is_moment = _MOMENT.fullmatch(text)
    return (
        f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if is_moment else text
    )


def content_digest(content: TaskContent) -> bytes:
    """Return three bytes for each field of a Task, zeros for an empty one; none if `further` is.

    They are all that the ledger keeps of it, so that a later change of a field is told (W5).
    """
    subject, description, *others, further = content
    texts = [_value_digest(subject), _value_digest(description)]
    last = [_value_digest(further)] if further else []
    return b"".join([*texts, *map(_usual_digest, others), *last])


def has_further(digest: bytes) -> bool:
    """Return whether a Task was written with fields of the setting `task.fields`."""
    return len(digest) > len(TASK_CONTENT_FIELDS) * _VALUE_BYTES


def was_written_for(digest: bytes, owner: UserId) -> bool:
    """Return whether wasf wrote a Task for this owner; `digest` is what `content_digest` made."""
    at = TASK_CONTENT_FIELDS.index("OwnerId") * _VALUE_BYTES
    return digest[at : at + _VALUE_BYTES] == _value_digest(owner)


def changed_fields(digest: bytes, content: TaskContent) -> list[str]:
    """Return the API names of the fields that do not hold what wasf wrote any more.

    `digest` is what `content_digest` made of it. A field that wasf left empty is left out.
    """
    size = _VALUE_BYTES
    written = (digest[at : at + size] for at in range(0, len(digest), size))
    names = (*TASK_CONTENT_FIELDS, "task.fields")
    fields = zip(names, written, map(_value_digest, content), strict=False)
    return [name for name, before, now in fields if before != _EMPTY_VALUE and before != now]


def _value_digest(value: str) -> bytes:
    """Return the digest of a value. Salesforce changes blanks and what cannot be stored."""
    kept = "".join(value.split())
    if _NOT_STORED.search(kept):
        kept = _NOT_STORED.sub("", kept)
    if not kept:
        return _EMPTY_VALUE
    return blake2b(kept.encode(), digest_size=_VALUE_BYTES).digest()


_usual_digest = lru_cache(1_000)(_value_digest)
"""For values that most Tasks of a run share, such as the owner and the Status."""


def phone_key(phone: Phone) -> str:
    """Return the canonical number, which distinguishes a participant's Tasks."""
    return canonical(phone)
