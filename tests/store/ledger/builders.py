"""Chats, messages and Tasks for tests of the store, each readable by its id."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from wasf.core.auth import UserId
from wasf.core.chats import Attachment, Chat, ChatId, Direction, Message, MessageKind, Phone
from wasf.core.keys import start_of, task_key
from wasf.core.records import MessageKey, RecordId, Task
from wasf.store.ledger import Arrival, Ledger, MessageState

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADA = ChatId("ada")
BEN = ChatId("ben")
ADA_PHONE = Phone("+491713920012")


def key(name: str) -> MessageKey:
    return MessageKey(blake2b(name.encode(), digest_size=16).digest())


def place(minute: int, name: str) -> bytes:
    return start_of(minute) + key(name)


def record(kind: str, name: str) -> RecordId:
    return RecordId((kind + name).ljust(18, "0")[:18])


def chat(chat_id: ChatId = ADA, **facts) -> Chat:
    return Chat(**{"id": chat_id, "source": "export", "title": f"Chat of {chat_id}"} | facts)


def message(text: str = "Hello", minute: float = 0, **facts) -> Message:
    usual = {"direction": Direction.INCOMING, "author": "Ada Example", "kind": MessageKind.TEXT}
    return Message(sent_at=NOON + timedelta(minutes=minute), text=text, **(usual | facts))


def arrival(name: str, minute: float = 0, **facts) -> Arrival:
    return Arrival(key(name), message(**({"text": f"text of {name}", "minute": minute} | facts)))


def task(*names: str, part: int = 1, about: str = "", files: tuple[Attachment, ...] = ()) -> Task:
    messages = tuple(key(name) for name in names)
    return Task(
        key=task_key(messages, part, about),
        messages=messages,
        who_id=record("003", "Ada"),
        owner_id=UserId(record("005", "Owner")),
        subject=f"WhatsApp from Ada: {', '.join(names)}",
        description="12:00 Ada Example: text\n\U0001f44b é",
        activity_date=date(2026, 11, 22),
        status="Completed",
        files=files,
    )


def asks(name: str) -> Task:
    """The Task that asks for an answer to a message."""
    asked = key(name)
    return replace(task(name), key=task_key([asked], about="asks"), messages=(asked,), asks=NOON)


def states(ledger: Ledger, keys: Sequence[MessageKey]) -> list[MessageState]:
    """Return the states of messages by their keys alone, whatever their chats and times are."""
    db = ledger._db
    found = dict.fromkeys(keys, MessageState.NEW)
    for (one,) in db.rows_among("SELECT key FROM logged WHERE key IN (*)", keys):
        found[one] = MessageState.LOGGED
    for one, is_open in db.rows_among("SELECT key, open FROM queue WHERE key IN (*)", keys):
        found[one] = MessageState.INTENDED if is_open else MessageState.QUEUED
    return [found[one] for one in keys]
