"""Turns a message of the file into a `Message`, and finds the files that messages name.

Whoever made the JSON file chose those names. So a file is opened only in a folder that holds
nothing but media, never through `..`, and never through a link that leads out of it.
"""

import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeGuard

from wasf.core.chats import (
    Attachment,
    ChatItem,
    Direction,
    Message,
    MessageKind,
    NotUnderstood,
    SystemLine,
)
from wasf.errors import MissingFile, UnreadableFile
from wasf.sources.exports import open_regular
from wasf.sources.lenient_json import whole_characters
from wasf.values import dataclass

_IPHONE = "ios"
_FIRST_DAY = datetime(2009, 1, 1, tzinfo=UTC).timestamp()
_MILLISECONDS = 9_999_999_999
_NEVER = 10**15
_LONGEST_ID = 200

_DELETED = "Message deleted"
_LOCATION = "Location shared: ("
_BINARY = "The message is binary data"
_CALLS = frozenset({"A video call was missed", "A voice call was missed"})
_CARD_TYPE = "text/x-vcard"
_NOT_ESCAPED = re.compile(r"&(?!(?:amp|lt|gt|#\d+);)|[<>]")
_CARD_START, _CARD_END = re.compile(r'<a href="([^"]*)">'), "</a>"
_MISSING_TYPE = "media"

# Kinds of messages as the phones' databases number them.
# (Tuples, not sets: a file may have anything there, also what cannot be hashed.)
_MEDIA_TYPES = {_IPHONE: (1, 2, 3, 8, 11, 15), "": (1, 2, 3, 9, 13, 20)}
_NOTICE_TYPES = {_IPHONE: (6, 10), "": (7,)}
_IPHONE_LOCATION = 5


_MEDIA_FOLDERS = frozenset({"Media", "separated", "vCards"})
_OUTPUT = "result"
# What the exporter itself writes beside its output.
_OF_WHATSAPP = re.compile(r"(?:WhatsApp(?: Business)?|AppDomainGroup-group\.net\.whatsapp\.[^/]+)/")
_GIVE_AGAIN = "Keep the media folder beside the JSON file."

NOT_SHOWN = "a message whose text the export does not hold"
NO_MESSAGE = "something that is no message"
WRONG_DATE = "a message with a date that cannot be"
BROKEN_TEXT = "half characters, replaced in the message"

Fields = Mapping[str, object]


class _JsonBody(NamedTuple):
    kind: MessageKind
    text: str
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class MessageReader:
    """Reads the messages of one chat.

    `device` is `android` or `ios`. `latest` is the latest time that a message can be of. `attach`
    finds the file at a path of the export.
    """

    device: str
    is_group: bool
    latest: datetime
    attach: Callable[[str], Attachment]

    def read(self, raw: object, place: int) -> Sequence[ChatItem]:
        """Return the message at a place (counted from 1), a notice, or what was not understood."""
        if not _is_fields(raw):
            return (_not_understood(place, NO_MESSAGE),)
        body = self._body(raw)
        if body is None:
            return (SystemLine(),)
        if isinstance(body, str):
            return (_not_understood(place, body),)
        sent_at = self._sent_at(raw.get("timestamp"))
        is_ours = raw.get("from_me")
        if sent_at is None:
            return (_not_understood(place, WRONG_DATE),)
        if is_ours not in (True, False):
            return (_not_understood(place, NO_MESSAGE),)
        message = Message(
            sent_at=sent_at,
            direction=Direction.OUTGOING if is_ours else Direction.INCOMING,
            author=self._author(raw, is_ours=bool(is_ours)),
            kind=body.kind,
            text=whole_characters(body.text),
            attachment=body.attachment,
            native_id=_native_id(raw.get("key_id"), is_ours=bool(is_ours)),
        )
        if message.text != body.text:
            return message, _not_understood(place, BROKEN_TEXT)
        return (message,)

    def _author(self, raw: Fields, *, is_ours: bool) -> str:
        return whole_characters(_text(raw.get("sender"))) if self.is_group and not is_ours else ""

    def _body(self, raw: Fields) -> _JsonBody | str | None:
        """Return the body, or why there is none, or None for a notice (T6)."""
        if raw.get("mime") == _CARD_TYPE:
            return self._card(_text(raw.get("data")))
        if raw.get("media") is True:
            return self._file(raw)
        if raw.get("meta") is True:
            return _by_whatsapp(_text(raw.get("data")))
        return self._written(raw)

    def _card(self, data: str) -> _JsonBody:
        cards = [(unescape(path), unescape(name)) for path, name in links_in(data)]
        file = self.attach(cards[0][0]) if len(cards) == 1 else None
        return _JsonBody(MessageKind.CONTACT_CARD, ", ".join(name for _, name in cards), file)

    def _file(self, raw: Fields) -> _JsonBody:
        """Return a file; its path stands in place of a text."""
        is_missing = raw.get("mime") == _MISSING_TYPE and raw.get("meta") is True
        path = "" if is_missing else _text(raw.get("data"))
        return _JsonBody(
            MessageKind.MEDIA, _text(raw.get("caption")), self.attach(path) if path else None
        )

    def _written(self, raw: Fields) -> _JsonBody | str | None:
        data, type_ = raw.get("data"), raw.get("message_type")
        platform = self.device if self.device == _IPHONE else ""
        is_media = raw.get("sticker") is True or type_ in _MEDIA_TYPES[platform]
        if isinstance(data, str):
            text = self._lines(data, is_html=raw.get("safe") is True)
            return _JsonBody(MessageKind.MEDIA if is_media else MessageKind.TEXT, text)
        caption = _text(raw.get("caption"))
        if is_media or caption:
            return _JsonBody(MessageKind.MEDIA, caption)
        if platform == _IPHONE and type_ == _IPHONE_LOCATION:
            return _JsonBody(MessageKind.LOCATION, "")
        is_notice = data is None and type_ in _NOTICE_TYPES[platform]
        return None if is_notice else NOT_SHOWN

    def _lines(self, data: str, *, is_html: bool) -> str:
        """Return a text with its line ends, which the exporter replaces by HTML.

        Version 0.13.1 also escapes the letters of a text that is marked as HTML, when it merges
        files or reads its own; 0.13.0 does not.
        """
        text = data.replace("<br>" if self.device == _IPHONE else " <br>", "\n")
        return unescape(text) if is_html and not _NOT_ESCAPED.search(text) else text

    def _sent_at(self, timestamp: object) -> datetime | None:
        if not isinstance(timestamp, int | float) or timestamp > _NEVER:
            return None
        seconds = timestamp / 1000 if timestamp > _MILLISECONDS else timestamp
        if not _FIRST_DAY <= seconds <= self.latest.timestamp():
            return None
        return datetime.fromtimestamp(int(seconds), UTC)


def links_in(data: str) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of each HTML link. One that never ends is none."""
    at = 0
    while (start := _CARD_START.search(data, at)) and (
        end := data.find(_CARD_END, start.end())
    ) >= 0:
        yield start[1], data[start.end() : end]
        at = end + len(_CARD_END)


def _by_whatsapp(data: str) -> _JsonBody | str | None:
    """Return what the exporter's own words mean."""
    if data == _DELETED:
        return _JsonBody(MessageKind.DELETED, data)
    if data.startswith(_LOCATION):
        return _JsonBody(MessageKind.LOCATION, data)
    if data in _CALLS:
        return _JsonBody(MessageKind.CALL, data)
    return NOT_SHOWN if data.startswith(_BINARY) else None


def _native_id(key: object, *, is_ours: bool) -> str:
    """Return WhatsApp's id, which is unique for each side, "" if there is none."""
    is_number = isinstance(key, int) and not isinstance(key, bool)
    name = str(key) if is_number else whole_characters(_text(key))
    return f"{'out' if is_ours else 'in'}:{name}" if 0 < len(name) <= _LONGEST_ID else ""


def _is_fields(raw: object) -> TypeGuard[Fields]:
    return isinstance(raw, dict)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _not_understood(place: int, reason: str) -> NotUnderstood:
    return NotUnderstood(place, place, reason)


# --- Files of messages -------------------------------------------------------------------------


def attachment_of(export: Path, media_base: str, shown: str) -> Attachment:
    """Return the file at a path of the export (absolute), or only its name if it is not there.

    On iPhones the chat's paths start at `media_base`.
    """
    name = PurePosixPath(shown.replace("\\", "/")).name or shown
    for member in dict.fromkeys((shown, media_base + shown)):
        inside = _member(member)
        if inside and _find(export, inside):
            return Attachment(name, str(export), inside)
    return Attachment(name)


def read_media(export: str, member: str, limit: int) -> bytes:
    """Return the bytes of a file, at most `limit`. Raise `MissingFile` or `UnreadableFile`."""
    path = _find(Path(export), _member(member))
    if path is None:
        name = Path(export).name
        raise MissingFile(f"An attached file is not beside {name} any more.", _GIVE_AGAIN)
    try:
        with open_regular(path, follows_links=False) as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise UnreadableFile(f"An attached file cannot be read: {why}.", _GIVE_AGAIN) from None
    if len(content) > limit:
        raise UnreadableFile(
            f"An attached file of {Path(export).name} is larger than {limit >> 20} MiB.",
            "It cannot be uploaded; its message is logged with the file's name.",
        )
    return content


def _member(shown: str) -> str:
    """Return a safe path below the folder that contains the media folder, "" for any other."""
    pieces = [piece for piece in shown.replace("\\", "/").split("/") if piece not in ("", ".")]
    is_safe = ".." not in pieces and not any(":" in piece or "\0" in piece for piece in pieces)
    is_below = not shown.startswith(("/", "\\")) and not _MEDIA_FOLDERS.isdisjoint(pieces[1:-1])
    return "/".join(pieces) if is_safe and is_below else ""


def _find(export: Path, member: str) -> Path | None:
    if not member:
        return None
    for folder in _folders(export, member):
        try:
            path = (folder / member).resolve(strict=True)
            is_inside = path.is_relative_to(folder.resolve())
            if is_inside and stat.S_ISREG(path.stat().st_mode):
                return path
        except (OSError, RuntimeError, ValueError):  # not there, links in a circle, an odd name
            continue
    return None


def _folders(export: Path, member: str) -> Iterator[Path]:
    """Yield where the media folder may be: here, in the exporter's output, above these chats.

    Above them only WhatsApp's own folders are the exporter's; the others are the user's.
    """
    yield export.parent
    yield export.parent / _OUTPUT
    if _OF_WHATSAPP.match(member):
        yield export.parent.parent
