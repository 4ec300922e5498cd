"""Writes JSON files as WhatsApp-Chat-Exporter does, from known messages, for tests.

The fields and their order are those of version 0.13. A test compares them with the files in
`tests/sources/chat_exporter/`, which that program itself wrote from made-up databases.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Wrote:
    """A message: `sent_at` with its zone, whether it is ours, the text as it was typed.

    `fields` replace what the exporter would write for a plain text.
    """

    sent_at: datetime
    ours: bool
    text: str
    id: str
    sender: str | None = None
    fields: tuple[tuple[str, object], ...] = ()


def message(wrote: Wrote, device: str = "android") -> Fields:
    """The fields of a message, as `Message.to_json` gives them."""
    end = "<br>" if device == "ios" else " <br>"
    fields: Fields = {
        "from_me": wrote.ours,
        "timestamp": wrote.sent_at.timestamp(),
        "time": f"{wrote.sent_at:%H:%M}",
        "media": False,
        "key_id": wrote.id,
        "meta": False,
        "data": wrote.text.replace("\r\n", end).replace("\n", end),
        "sender": wrote.sender,
        "safe": False,
        "mime": None,
        "message_type": 0,
        "received_timestamp": None,
        "read_timestamp": None,
        "reply": None,
        "quoted_data": None,
        "caption": None,
        "thumb": None,
        "sticker": False,
        "reactions": {},
    }
    return fields | dict(wrote.fields)


def chat(
    name: str | None, *written: Wrote, device: str = "android", media_base: str = ""
) -> Fields:
    """A chat, as `ChatStore.to_json` gives it."""
    return {
        "name": name,
        "type": device,
        "my_avatar": None,
        "their_avatar": None,
        "their_avatar_thumb": None,
        "status": None,
        "media_base": media_base,
        "messages": {str(i): message(wrote, device) for i, wrote in enumerate(written, start=1)},
    }


def write_json(
    path: Path, chats: Mapping[str, object], *, pretty: bool = False, ascii_only: bool = True
) -> Path:
    """Write chats by WhatsApp's ids of them."""
    text = json.dumps(chats, ensure_ascii=ascii_only, indent=2 if pretty else None)
    path.write_text(text, encoding="utf-8")
    return path
