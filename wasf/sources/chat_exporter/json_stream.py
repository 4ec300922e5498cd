"""Walks through a JSON text of any size: objects are entered, only what lies in them is built."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecoder
from pathlib import Path
from typing import IO, NoReturn

from wasf.errors import UnreadableFile

# --- walking


EXPORT_AGAIN = "Make the JSON file again with WhatsApp-Chat-Exporter, and give that one."
MAX_VALUE = 1 << 20
"""Characters. A message of the longest text, every letter of it escaped, has 800,000."""

_CHUNK = 1 << 16


class Walker:
    """Reads a stream of JSON from start to end, once.

    Raises `UnreadableFile` where it is no JSON, and for a single value beyond `MAX_VALUE`. The
    standard library reads the values: it is the quickest by far where it has each one whole.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._text = ""
        self._at = 0
        self._is_over = False

    def entries(self) -> Iterator[str]:
        """Enter the object that comes next, and yield its keys.

        At each key its value has to be taken, by `value` or `entries`, before going on.
        """
        self._pass("{")
        if self._next() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                _fail()
            self._pass(":")
            yield key
            if self._next() != ",":
                break
            self._at += 1
        self._pass("}")

    def is_object(self) -> bool:
        """Whether an object comes next."""
        return self._next() == "{"

    def value(self) -> object:
        """The value that comes next, whole."""
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
                # A number may go on where what was read ends.
                if self._text[end : end + 1] in _ENDS or self._is_over:
                    self._at = end
                    return value
            self._read_on()

    def finish(self) -> None:
        """Make sure that nothing comes after what was read."""
        if self._next():
            _fail()

    def _pass(self, sign: str) -> None:
        if self._next() != sign:
            _fail()
        self._at += 1

    def _next(self) -> str:
        """The next character that is no blank, "" at the end."""
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
        """Have twice as much of the value at hand: each time the value is begun anew."""
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


_ENDS = frozenset(",:]} \t\n\r")
_NO_BLANK = re.compile(r"[^ \t\n\r]")


def _fail(constant: str = "") -> NoReturn:
    """Also for `NaN` and the like, which JSON does not have and Python would read."""
    del constant
    raise UnreadableFile("This file is no whole JSON text: it is cut or damaged.", EXPORT_AGAIN)


_DECODER = JSONDecoder(parse_constant=_fail)


# --- heads
# The first pass over a file: what chats it holds, and whether it is an export at all.


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
