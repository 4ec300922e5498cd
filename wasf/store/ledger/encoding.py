"""Values as the ledger keeps them, and back.

Text is kept as bytes, because a chat can hold what is not Unicode (half of a surrogate pair) and
nothing may be lost. Times are whole microseconds since 1970, UTC.
"""

import json
import re
from base64 import b32decode
from datetime import UTC, date, datetime, timedelta

from wasf.core.chats import (
    CHAT_DETAILS,
    Attachment,
    Chat,
    ChatId,
    Direction,
    Message,
    MessageKind,
    Participant,
)
from wasf.core.coverage import ChatProfile, CoverageRange
from wasf.core.diff import Fingerprint
from wasf.core.keys import text_digest
from wasf.core.records import MessageKey, RecordId, Task, TaskKey
from wasf.store.ledger.database import Row

# --- rows


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000

# Numbers in the file: only ever add at the end.
_KINDS = (
    MessageKind.UNKNOWN,
    MessageKind.TEXT,
    MessageKind.MEDIA,
    MessageKind.CONTACT_CARD,
    MessageKind.LOCATION,
    MessageKind.POLL,
    MessageKind.CALL,
    MessageKind.DELETED,
    MessageKind.EDITED,
    MessageKind.VIEW_ONCE,
)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_DIRECTIONS = (Direction.INCOMING, Direction.OUTGOING)


def moment(at: datetime) -> int:
    """A point in time as a number."""
    return (at - _EPOCH) // _MICROSECOND


def moment_from(number: int) -> datetime:
    """A number as a point in time, in UTC."""
    return _EPOCH + timedelta(microseconds=number)


def body_row(message: Message) -> Row:
    """What is deleted when a message is logged: author, text, attachment, native id."""
    file = message.attachment
    return (
        message.author.encode("utf-8", "surrogatepass"),
        message.text.encode("utf-8", "surrogatepass"),
        attachment_text(file) if file else None,
        message.native_id.encode("utf-8", "surrogatepass"),
    )


def facts_row(message: Message) -> Row:
    """The rest of a message: moment, side, kind."""
    is_outgoing = message.direction is Direction.OUTGOING
    return moment(message.sent_at), is_outgoing, _KIND_NUMBERS[message.kind]


def message_from(row: Row) -> Message:
    """A message from the two, facts first."""
    sent_at, outgoing, kind, author, text, attachment, native_id = row
    return Message(
        sent_at=moment_from(sent_at),
        direction=_DIRECTIONS[outgoing],
        author=author.decode("utf-8", "surrogatepass"),
        kind=_KINDS[kind],
        text=text.decode("utf-8", "surrogatepass"),
        attachment=attachment_from(attachment) if attachment else None,
        native_id=native_id.decode("utf-8", "surrogatepass"),
    )


def minute_of(sent_at: int) -> int:
    """The minute of a moment, counted from 1970."""
    return sent_at // _MINUTE


def logged_row(sent_at: int, outgoing: int, kind: int, text: bytes, native_id: bytes) -> Row:
    """What stays of a queued message when it is logged: minute, side, kind, digest.

    One with an id of its source's own is known by that alone.
    """
    if native_id:
        return 0, outgoing, kind, b""
    return minute_of(sent_at), outgoing, kind, digest_of(kind, text)


def facts_from(outgoing: int, kind: int, digest: bytes) -> Fingerprint:
    """What a logged message is compared by."""
    return Fingerprint(_DIRECTIONS[outgoing], _KINDS[kind], digest)


def facts_numbers(facts: Fingerprint) -> Row:
    """The same as columns: side, kind, digest."""
    return facts.direction is Direction.OUTGOING, _KIND_NUMBERS[facts.kind], facts.digest


def first_moment(minute: int) -> int:
    """Where a minute begins, as a moment."""
    return minute * _MINUTE


def digest_of(kind: int, text: bytes) -> bytes:
    """The digest of a queued message's text."""
    return text_digest(_KINDS[kind], text.decode("utf-8", "surrogatepass"))


def attachment_text(attachment: Attachment) -> str:
    """An attachment as text."""
    return json.dumps(attachment)


def attachment_from(text: str) -> Attachment:
    """Text as an attachment."""
    return Attachment(*json.loads(text))


def learned_text(learned: ChatProfile) -> str:
    """What was learned of a chat, as text; "" for nothing."""
    if learned == ChatProfile():
        return ""
    return json.dumps({"spans": learned.spans, "sides": dict(learned.sides)})


def learned_from(text: str) -> ChatProfile:
    """Text as what was learned of a chat."""
    if not text:
        return ChatProfile()
    kept = json.loads(text)
    sides = {name: Direction(side) for name, side in kept["sides"].items()}
    return ChatProfile(tuple(CoverageRange(*span) for span in kept["spans"]), sides)


def chat_text(chat: Chat) -> str:
    """What is known of a chat, as text."""
    return json.dumps({name: getattr(chat, name) for name in CHAT_DETAILS})


def chat_from(chat_id: ChatId, text: str) -> Chat:
    """Text as a chat."""
    facts = json.loads(text)
    people = tuple(Participant(*someone) for someone in facts.pop("participants"))
    return Chat(id=chat_id, participants=people, **facts)


def task_text(task: Task) -> str:
    """A Task as text, whole: it can be sent again exactly as it was."""
    return json.dumps(
        {
            "key": task.key,
            "messages": [key.hex() for key in task.messages],
            "who_id": task.who_id,
            "owner_id": task.owner_id,
            "subject": task.subject,
            "description": task.description,
            "activity_date": task.activity_date.isoformat(),
            "status": task.status,
            "files": task.files,
        }
    )


def task_from(text: str) -> Task:
    """Text as a Task."""
    facts = json.loads(text)
    return Task(
        messages=tuple(MessageKey(bytes.fromhex(key)) for key in facts.pop("messages")),
        activity_date=date.fromisoformat(facts.pop("activity_date")),
        files=tuple(Attachment(*file) for file in facts.pop("files")),
        **facts,
    )


def only_message(key: TaskKey) -> MessageKey | None:
    """The message whose own Task has this key, if the key can be one of a single message."""
    try:
        return MessageKey(b32decode(f"{key.upper()}======"))
    except ValueError:
        return None


# --- task_ids
# Ids of Tasks in eleven bytes instead of eighteen: a team has millions of them.


_TASK = re.compile(r"00T([0-9A-Za-z]{12})([A-Z0-5]{3})")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_LENGTH = 11


def packed_id(record_id: RecordId) -> bytes | str:
    """An id as the ledger keeps it; what does not look like a Task's stays as it is."""
    match = _TASK.fullmatch(record_id)
    if match is None:
        return record_id
    number = 0
    for digit in match[1]:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    for mark in match[2]:
        number = number * len(_MARKS) + _MARKS.index(mark)
    return number.to_bytes(_LENGTH)


def id_from(kept: bytes | str) -> RecordId:
    """The id again."""
    if isinstance(kept, str):
        return RecordId(kept)
    number, text = int.from_bytes(kept), ""
    for signs, count in ((_MARKS, 3), (_DIGITS, 12)):
        for _ in range(count):
            number, sign = divmod(number, len(signs))
            text = signs[sign] + text
    return RecordId(f"00T{text}")
