"""The first pass over a file: what chats it holds, and whether it is an export at all."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wasf.errors import UnreadableFile
from wasf.sources.chat_exporter.walking import Walker

MOST_SENDERS = 2_000
"""Of a group; WhatsApp allows 1,024 members."""

_MOST_CHATS = 100_000
_SNIFFED = 4 << 10
_ITS_FIELDS = "name|type|my_avatar|their_avatar|their_avatar_thumb|status|media_base|messages"
_ITS_START = re.compile(
    rf'\ufeff?\s*\{{\s*"(?:[^"\\]*@[^"\\]*|\d+|ExportedChat)"\s*:\s*\{{\s*"(?:{_ITS_FIELDS})"\s*:'
)
_LIKE_TELEGRAM = re.compile(
    r'\ufeff?\s*\{\s*"name"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null)\s*,\s*"type"\s*:'
)

_GIVE_ANOTHER = "Give an exported chat (.txt or .zip) or the .json of WhatsApp-Chat-Exporter."
_NO_EXPORT = "This JSON file was not made by WhatsApp-Chat-Exporter."


@dataclass(frozen=True, slots=True)
class Head:
    """A chat as the file describes it: `key` is WhatsApp's id of it, `device` android or ios.

    `senders` are those of a group's messages that are not ours, as they are shown.
    """

    key: str
    name: str = ""
    device: str = ""
    media_base: str = ""
    messages: int = 0
    senders: tuple[str, ...] = ()

    @property
    def is_group(self) -> bool:
        """Whether several people write there."""
        return self.key.endswith("@g.us")


def looks_like_export(path: Path) -> bool:
    """Whether a file in a folder is meant for this source, by its first characters.

    A form that it cannot read, but would be asked to, counts too: then somebody is told why.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED).decode("utf-8", "replace")
    except OSError:
        return False
    return bool(_ITS_START.match(start) or _LIKE_TELEGRAM.match(start))


def read_heads(stream: IO[bytes]) -> tuple[Head, ...]:
    """Every chat of the file, in order. Raises `UnreadableFile` for any other file, even JSON."""
    walker = Walker(stream)
    if not walker.is_object():
        raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
    heads = []
    for key in walker.entries():
        if not walker.is_object():
            raise _other_json(key)
        heads.append(_read_head(key, walker))
        if len(heads) > _MOST_CHATS:
            raise UnreadableFile(f"This file holds more than {_MOST_CHATS:,} chats.", _GIVE_ANOTHER)
    walker.finish()
    return tuple(heads)


def _other_json(key: str) -> UnreadableFile:
    if key in ("name", "messages"):
        return UnreadableFile(
            "This JSON file is in Telegram's form, which has no ids of WhatsApp.",
            "Make it again with -j and without --telegram, and give that one.",
        )
    return UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)


def _read_head(key: str, walker: Walker) -> Head:
    fields: dict[str, str] = {}
    senders: dict[str, None] = {}
    messages = -1
    for field in walker.entries():
        if field != "messages":
            value = walker.value()
            if field in _KEPT and isinstance(value, str):
                fields[field] = value
            continue
        if not walker.is_object():
            raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
        messages = max(messages, 0)
        for _ in walker.entries():
            messages += 1
            _note_sender(walker.value(), senders)
    if messages < 0:
        raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
    return Head(
        key=key,
        name=fields.get("name", ""),
        device=fields.get("type", ""),
        media_base=fields.get("media_base", ""),
        messages=messages,
        senders=tuple(senders) if key.endswith("@g.us") else (),
    )


_KEPT = frozenset({"name", "type", "media_base"})


def _note_sender(message: object, senders: dict[str, None]) -> None:
    if isinstance(message, dict) and len(senders) < MOST_SENDERS:
        sender = message.get("sender")
        if isinstance(sender, str) and not message.get("from_me"):
            senders.setdefault(sender)
