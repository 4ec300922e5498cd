"""Reads JSON of any size piece by piece, and the chats of a file that WhatsApp-Chat-Exporter made.

`JsonReader` enters objects key by key and builds only the values in them.
"""

import codecs
import re
from collections.abc import Iterator
from json import JSONDecoder
from pathlib import Path
from typing import IO, NoReturn

from wasf.errors import UnreadableFile
from wasf.values import dataclass

EXPORT_AGAIN = "Make the JSON file again with WhatsApp-Chat-Exporter, and give that one."
MAX_VALUE = 1 << 20
"""Characters. A message of the longest text, with every letter escaped, has 800,000."""

GROUP = "@g.us"
MOST_SENDERS = 2_000
"""Of a group; WhatsApp allows 1,024 members."""

_CHUNK = 1 << 16
_ENDS = frozenset(",:]} \t\n\r")
_NO_BLANK = re.compile(r"[^ \t\n\r]")
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
_KEPT = frozenset({"name", "type", "media_base"})


@dataclass(frozen=True, slots=True)
class ChatSummary:
    """A chat as the file describes it. `key` is WhatsApp's id of it, `device` android or ios.

    `senders` are the senders of a group's messages as shown, without us.
    """

    key: str
    name: str = ""
    device: str = ""
    media_base: str = ""
    messages: int = 0
    senders: tuple[str, ...] = ()

    @property
    def is_group(self) -> bool:
        return self.key.endswith(GROUP)


def looks_like_export(path: Path) -> bool:
    """Return whether a file in a folder is meant for this source, by its first characters.

    Telegram's form counts too, although it cannot be read: then a person is told why.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED).decode("utf-8", "replace")
    except OSError:
        return False
    return bool(_ITS_START.match(start) or _LIKE_TELEGRAM.match(start))


def read_summaries(stream: IO[bytes]) -> tuple[ChatSummary, ...]:
    """Return every chat of the file, in order. Raise `UnreadableFile` for any other file."""
    reader = JsonReader(stream)
    if not reader.is_object():
        raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
    summaries = []
    for key in reader.object_keys():
        if not reader.is_object():
            raise _other_json(key)
        summaries.append(_read_summary(key, reader))
        if len(summaries) > _MOST_CHATS:
            raise UnreadableFile(f"This file holds more than {_MOST_CHATS:,} chats.", _GIVE_ANOTHER)
    reader.finish()
    return tuple(summaries)


def _other_json(key: str) -> UnreadableFile:
    if key in ("name", "messages"):
        return UnreadableFile(
            "This JSON file is in Telegram's form, which has no ids of WhatsApp.",
            "Make it again with -j and without --telegram, and give that one.",
        )
    return UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)


def _read_summary(key: str, reader: "JsonReader") -> ChatSummary:
    fields: dict[str, str] = {}
    senders: dict[str, None] = {}
    messages = -1
    for field in reader.object_keys():
        if field != "messages":
            value = reader.value()
            if field in _KEPT and isinstance(value, str):
                fields[field] = value
            continue
        if not reader.is_object():
            raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
        messages = max(messages, 0)
        for _ in reader.object_keys():
            messages += 1
            _add_sender(reader.value(), senders)
    if messages < 0:
        raise UnreadableFile(_NO_EXPORT, _GIVE_ANOTHER)
    return ChatSummary(
        key=key,
        name=fields.get("name", ""),
        device=fields.get("type", ""),
        media_base=fields.get("media_base", ""),
        messages=messages,
        senders=tuple(senders) if key.endswith(GROUP) else (),
    )


def _add_sender(message: object, senders: dict[str, None]) -> None:
    if isinstance(message, dict) and len(senders) < MOST_SENDERS:
        sender = message.get("sender")
        if isinstance(sender, str) and not message.get("from_me"):
            senders.setdefault(sender)


# --- JSON --------------------------------------------------------------------------------------


class JsonReader:
    """Reads a stream of JSON from start to end, once.

    Raise `UnreadableFile` for what is not JSON, and for a single value beyond `MAX_VALUE`. The
    standard library decodes the values, which is by far the fastest way for a whole value.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._is_over = False

    def object_keys(self) -> Iterator[str]:
        """Enter the next value, an object, and yield its keys.

        At each key take the value by `value` or `object_keys` before going on.
        """
        self._skip("{")
        if self._next() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                _fail()
            self._skip(":")
            yield key
            if self._next() != ",":
                break
            self._at += 1
        self._skip("}")

    def is_object(self) -> bool:
        """Return whether the next value is an object."""
        return self._next() == "{"

    def value(self) -> object:
        """Return the next value as a whole."""
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise UnreadableFile("This file is nested too deeply.", EXPORT_AGAIN) from None
            except ValueError:
                if self._is_over:
                    _fail()
            else:
                # A number may go on where the text that was read ends.
                if self._text[end : end + 1] in _ENDS or self._is_over:
                    self._at = end
                    return value
            self._read_on()

    def finish(self) -> None:
        """Raise `UnreadableFile` if anything follows."""
        if self._next():
            _fail()

    def _skip(self, sign: str) -> None:
        if self._next() != sign:
            _fail()
        self._at += 1

    def _next(self) -> str:
        """Return the next character that is not a blank, "" at the end."""
        while True:
            found = _NO_BLANK.search(self._text, self._at)
            if found:
                self._at = found.start()
                return found.group()
            self._at = len(self._text)
            if self._is_over:
                return ""
            self._read_on()

    def _read_on(self) -> None:
        """Read on, as much again as there is of the value, which is then decoded from its start."""
        rest = self._text[self._at :]
        if len(rest) > MAX_VALUE:
            raise UnreadableFile(
                "This file is damaged, or a value in it is larger than any message.", EXPORT_AGAIN
            )
        data = self._stream.read(max(_CHUNK, min(len(rest), MAX_VALUE - len(rest))))
        try:
            self._text = rest + self._decode(data, not data)
        except UnicodeDecodeError:
            raise UnreadableFile(
                "This file is not a text in UTF-8.",
                "Make it again without --avoid-encoding-json, and give that one.",
            ) from None
        self._at = 0
        self._is_over = not data


def _fail(constant: str = "") -> NoReturn:
    """Refuse the text; also for `NaN` and the like, which are not JSON but which Python reads."""
    del constant
    raise UnreadableFile("This file is no whole JSON text: it is cut or damaged.", EXPORT_AGAIN)


_DECODER = JSONDecoder(parse_constant=_fail)
