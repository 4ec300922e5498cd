"""Values as the ledger stores them, and back.

Text of messages is stored as bytes, because a chat can hold what is not Unicode (half of a
surrogate pair) and nothing may be lost. Times are whole microseconds since 1970, UTC; minutes
count from 1970.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from wasf.core.alignment import OffsetChange
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
from wasf.core.coverage import ChatProfile, CoverageRange, EarlierZone, Spans
from wasf.core.diff import Fingerprint
from wasf.core.fields import DescribedField, FilledField
from wasf.core.keys import text_digest
from wasf.core.records import (
    Growth,
    LeadStatus,
    MessageKey,
    RecordId,
    RecordType,
    Task,
    TaskStatus,
    User,
)
from wasf.core.templates import Placeholder, Template
from wasf.interfaces import KeyField, OrgFacts
from wasf.store.ledger.database import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND

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


# --- Times -------------------------------------------------------------------------------------


def to_micros(at: datetime) -> int:
    """Return a moment as microseconds."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the moment (UTC) of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def minute_of(micros: int) -> int:
    """Return the minute that holds a moment."""
    return micros // _MINUTE


def second_of(micros: int) -> int:
    """Return the second, of its minute, that holds a moment."""
    return micros // _SECOND % 60


def minute_start(minute: int) -> int:
    """Return the moment at which a minute begins."""
    return minute * _MINUTE


# --- Messages ----------------------------------------------------------------------------------


def body_row(message: Message, machine: str) -> Row:
    """Return what is deleted when a message is logged: author, text, attachment, native id.

    `machine` is that which reads it.
    """
    file = message.attachment
    return (
        _to_bytes(message.author),
        _to_bytes(message.text),
        attachment_text(file.on(machine)) if file else None,
        _to_bytes(message.native_id),
    )


def header_row(message: Message) -> Row:
    """Return the rest of a message: moment, side, kind."""
    is_outgoing = message.direction is Direction.OUTGOING
    return to_micros(message.sent_at), is_outgoing, _KIND_NUMBERS[message.kind]


def message_from(row: Row) -> Message:
    """Return the message of a `header_row` followed by a `body_row`."""
    sent_at, outgoing, kind, author, text, attachment, native_id = row
    return Message(
        sent_at=from_micros(sent_at),
        direction=_DIRECTIONS[outgoing],
        author=_from_bytes(author),
        kind=_KINDS[kind],
        text=_from_bytes(text),
        attachment=attachment_from(attachment) if attachment else None,
        native_id=_from_bytes(native_id),
    )


def logged_row(sent_at: int, outgoing: int, kind: int, text: bytes) -> Row:
    """Return what stays of a queued message when it is logged: minute, side, kind, digest."""
    return minute_of(sent_at), outgoing, kind, digest_of(kind, text)


def digest_of(kind: int, text: bytes) -> bytes:
    """Return the digest of a queued message's text."""
    return text_digest(_KINDS[kind], _from_bytes(text))


def fingerprint_row(fingerprint: Fingerprint) -> Row:
    """Return a fingerprint as columns: side, kind, digest."""
    is_outgoing = fingerprint.direction is Direction.OUTGOING
    return is_outgoing, _KIND_NUMBERS[fingerprint.kind], fingerprint.digest


def fingerprint_from(outgoing: int, kind: int, digest: bytes) -> Fingerprint:
    """Return the fingerprint of a `fingerprint_row`."""
    return Fingerprint(_DIRECTIONS[outgoing], _KINDS[kind], digest)


def attachment_text(attachment: Attachment) -> str:
    return json.dumps(attachment if attachment.machine else attachment[:-1])


def attachment_from(text: str) -> Attachment:
    return Attachment(*json.loads(text))


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _from_bytes(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")


# --- Chats -------------------------------------------------------------------------------------


def chat_text(chat: Chat) -> str:
    """Return what is known of a chat, but its id, as text."""
    return json.dumps({name: getattr(chat, name) for name in CHAT_DETAILS})


def chat_from(chat_id: ChatId, text: str) -> Chat:
    details = json.loads(text)
    people = tuple(Participant(*someone) for someone in details.pop("participants"))
    user_ids = tuple(details.pop("user_ids", ()))
    return Chat(id=chat_id, participants=people, user_ids=user_ids, **details)


def profile_text(profile: ChatProfile) -> str:
    """Return a chat profile as text; "" for an empty one."""
    if profile == ChatProfile():
        return ""
    stored: dict[str, object] = {"spans": profile.spans, "sides": dict(profile.sides)}
    if profile.zone is not None:
        stored["zone"] = str(profile.zone)
    if profile.read is not None:
        stored["read"] = profile.read
    if profile.earlier:
        stored["earlier"] = [(str(zone), *rest) for zone, *rest in profile.earlier]
    if profile.offsets:
        stored["offsets"] = profile.offsets
    return json.dumps(stored)


def profile_from(text: str) -> ChatProfile:
    """Return the profile of `profile_text`. What was read in an unknown zone is left out."""
    if not text:
        return ChatProfile()
    stored = json.loads(text)
    sides = {name: Direction(side) for name, side in stored["sides"].items()}
    read = stored.get("read")
    earlier = (
        EarlierZone(zone, CoverageRange(*minutes), _spans_from(spans))
        for name, minutes, spans in stored.get("earlier", ())
        if (zone := _zone_from(name))
    )
    return ChatProfile(
        spans=_spans_from(stored["spans"]),
        sides=sides,
        zone=_zone_from(stored.get("zone", "")),
        read=CoverageRange(*read) if read else None,
        earlier=tuple(earlier),
        offsets=tuple(OffsetChange(*change) for change in stored.get("offsets", ())),
    )


def _spans_from(stored: Sequence[Sequence[int]]) -> Spans:
    return tuple(CoverageRange(*span) for span in stored)


def _zone_from(name: str) -> tzinfo | None:
    """Return a time zone by its name, None if this machine does not know it."""
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError):
        return None


# --- Tasks -------------------------------------------------------------------------------------


def task_text(task: Task) -> str:
    """Return a whole Task as text, so that exactly the same one can be sent again."""
    stored: dict[str, object] = {
        "key": task.key,
        "messages": [key.hex() for key in task.messages],
        "who_id": task.who_id,
        "owner_id": task.owner_id,
        "subject": task.subject,
        "description": task.description,
        "activity_date": task.activity_date.isoformat(),
        "status": task.status,
        "files": task.files,
        "fields": task.fields,
    }
    if task.what_id is not None:
        stored["what_id"] = task.what_id
    if task.created_at is not None:
        stored["created_at"] = task.created_at.isoformat()
    if task.grows is not None:
        stored["grows"] = _growth_values(task.grows)
    if task.asks is not None:
        stored["asks"] = task.asks.isoformat()
    return json.dumps(stored)


def _growth_values(growth: Growth) -> list[str]:
    at, since = growth.read_at.isoformat(), growth.since.isoformat()
    return [growth.task_id, at, since, growth.written.hex()]


def _growth_from(task_id: str, at: str, since: str, written: str) -> Growth:
    moments = datetime.fromisoformat(at), datetime.fromisoformat(since)
    return Growth(RecordId(task_id), *moments, bytes.fromhex(written))


def task_from(text: str) -> Task:
    stored = json.loads(text)
    created_at = stored.pop("created_at", None)
    grows = stored.pop("grows", None)
    asks = stored.pop("asks", None)
    return Task(
        messages=tuple(MessageKey(bytes.fromhex(key)) for key in stored.pop("messages")),
        activity_date=date.fromisoformat(stored.pop("activity_date")),
        files=tuple(Attachment(*file) for file in stored.pop("files")),
        fields=tuple((name, value) for name, value in stored.pop("fields", ())),
        created_at=datetime.fromisoformat(created_at) if created_at else None,
        grows=_growth_from(*grows) if grows else None,
        asks=datetime.fromisoformat(asks) if asks else None,
        **stored,
    )


# --- Facts of the org --------------------------------------------------------------------------


def org_facts_text(facts: OrgFacts) -> str:
    stored = asdict(facts)
    for name in ("task_fields", "lead_fields"):
        stored[name] = [_filled_text(one) for one in getattr(facts, name)]
    return json.dumps(stored)


def org_facts_from(text: str) -> OrgFacts:
    """Return the facts of `org_facts_text`. Raise `ValueError` for a text of another version."""
    try:
        stored = json.loads(text)
        return OrgFacts(
            key_field=KeyField(**stored.pop("key_field")),
            users=tuple(User(**one) for one in stored.pop("users")),
            lead_statuses=tuple(LeadStatus(**one) for one in stored.pop("lead_statuses")),
            task_statuses=tuple(TaskStatus(**one) for one in stored.pop("task_statuses")),
            task_fields=tuple(_filled_from(one) for one in stored.pop("task_fields")),
            lead_fields=tuple(_filled_from(one) for one in stored.pop("lead_fields")),
            private=tuple(map(RecordType, stored.pop("private"))),
            **stored,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the facts of another version") from error


def _filled_text(filled: FilledField) -> str:
    pieces = [(str(one), isinstance(one, Placeholder)) for one in filled.template.pieces]
    return json.dumps([asdict(filled.field), pieces])


def _filled_from(text: str) -> FilledField:
    described, pieces = json.loads(text)
    field = DescribedField(choices=tuple(described.pop("choices")), **described)
    template = Template(tuple(Placeholder(one) if named else one for one, named in pieces))
    return FilledField(field, template)


# Ids of Tasks take eleven bytes instead of eighteen: a team has millions of them.
_TASK_ID = re.compile(r"00T([0-9A-Za-z]{12})([A-Z0-5]{3})")
_ID_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_OF_ID = {sign: value for value, sign in enumerate(_ID_DIGITS)}
_OF_CHECK = {sign: value for value, sign in enumerate(_CHECK_DIGITS)}
_PACKED_BYTES = 11


def pack_task_id(task_id: RecordId) -> bytes | str:
    """Return a Task's id in eleven bytes; what does not look like one is returned as it is."""
    match = _TASK_ID.fullmatch(task_id)
    if match is None:
        return task_id
    digits, number = match[1], 0
    # Ids that follow each other begin alike, and there are few pairs of digits.
    for piece in (digits[:8], digits[8:10], digits[10:]):
        number = number * 62 ** len(piece) + _value_of(piece)
    return (number * 32**3 + _value_of_check(match[2])).to_bytes(_PACKED_BYTES)


@lru_cache(5_000)
def _value_of(digits: str) -> int:
    return reduce(lambda number, digit: number * 62 + _OF_ID[digit], digits, 0)


@lru_cache(1_000)
def _value_of_check(digits: str) -> int:
    return reduce(lambda number, digit: number * 32 + _OF_CHECK[digit], digits, 0)


def unpack_task_id(packed: bytes | str) -> RecordId:
    """Return the id of `pack_task_id`; PostgreSQL returns what was not packed as bytes too."""
    if len(packed) != _PACKED_BYTES or isinstance(packed, str):
        return RecordId(packed if isinstance(packed, str) else packed.decode())
    number, text = int.from_bytes(packed), ""
    for digits, count in ((_CHECK_DIGITS, 3), (_ID_DIGITS, 12)):
        for _ in range(count):
            number, digit = divmod(number, len(digits))
            text = digits[digit] + text
    return RecordId(f"00T{text}")
