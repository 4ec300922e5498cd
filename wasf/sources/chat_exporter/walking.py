"""Walks through a JSON text of any size: objects are entered, only what lies in them is built."""

import codecs
import re
from collections.abc import Iterator
from json import JSONDecoder
from typing import IO, NoReturn

from wasf.errors import UnreadableFile

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
