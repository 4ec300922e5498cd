"""What kind of message an entry is, and the text that a person should read."""

from wasf.core.chats import Attachment, Direction, Message, MessageKind
from wasf.sources.timelines.model import Entry

FILES = "timelines"
"""Stands for the API where an attachment says which archive holds it."""

_CALL = "whatsapp_call"
_NOT_WRITTEN_TO_CUSTOMERS = frozenset({"note", "summary", "email"})


def message(entry: Entry, place: str) -> Message | None:
    """The message that an entry is; None for the team's own notes, summaries and e-mails.

    `place` is where the API has single messages, to get their files from.
    """
    if entry.type in _NOT_WRITTEN_TO_CUSTOMERS:
        return None
    return Message(
        sent_at=entry.at,
        direction=Direction.OUTGOING if entry.from_me else Direction.INCOMING,
        author=entry.sender_name or entry.sender_phone,
        kind=_kind(entry),
        text=_text(entry),
        attachment=_attachment(entry, place) if entry.has_attachment else None,
        native_id=entry.uid,
    )


def _attachment(entry: Entry, place: str) -> Attachment:
    return Attachment(entry.filename or "file", FILES, f"{place}/{entry.uid}")


def _kind(entry: Entry) -> MessageKind:
    if entry.type == _CALL:
        return MessageKind.CALL
    if entry.has_attachment:
        return MessageKind.MEDIA
    return MessageKind.TEXT if entry.text else MessageKind.UNKNOWN


def _text(entry: Entry) -> str:
    lines = [_call(entry) if entry.type == _CALL else entry.text]
    lines += [f"[{emoji} by {name}]" if name else f"[{emoji}]" for name, emoji in entry.reactions]
    return "\n".join(line for line in lines if line)


def _call(entry: Entry) -> str:
    said = f"Call ({entry.status.lower()})" if entry.status else "Call"
    return f"{said}: {entry.text}" if entry.text else said
