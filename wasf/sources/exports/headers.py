"""Splits the bytes of a file at its headers, so that texts are decoded once and the rest never.

The layout's pattern is for strings. Translated for bytes (`in_bytes`) it finds the same, or more. A
block in which it may have found more is split again with the pattern itself.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from wasf.sources.exports.layout import Layout
from wasf.sources.exports.text import ANY_MARK

LONGEST_NAME = 256

_MOST_BYTES = 4
_KNOWN_CAP = 100_000
_FEW_NAMES = 8
_FORMS = 64  # the files of a folder have few forms, and to translate one takes long
_TOKEN = re.compile(
    r"(?P<other>\\[^d])|(?P<digit>\\d)"
    r"|\[(?P<no>\^?)(?P<members>(?:\\.|[^\]\\])+)\](?P<times>[*?]|\{\d+(?:,\d+)?\}|)"
)
_MEMBER = re.compile(r"(?P<first>[^\\])-(?P<last>.)|\\.|.")
_ONLY_IN_TEXT = re.compile(r"\\W|[^\x00-\x7f]")
_ANY_DIGIT = r"(?:[0-9]|[\xc2-\xf4][\x80-\xbf]{1,3})"


class Chunks(NamedTuple):
    """The chunks of a block in order, as columns: splitting gives columns, and they are fast.

    A chunk is a header with all that follows up to the next header: the invisible marks before it,
    its date, its clock, the name up to the first `: ` of the line, and the text. The name is None
    if there is none or if it was not taken; then the text is all that follows the header.
    """

    marks: list[bytes]
    dates: list[bytes]
    clocks: list[bytes]
    names: list[bytes | None]
    texts: list[bytes]

    def start(self, at: int) -> bytes:
        """Return what stands before the first colon, "" if that is not followed by a blank."""
        name = self.names[at]
        if name is not None:
            return name
        start, _, rest = self.texts[at].partition(b"\n")[0].partition(b":")
        return start if rest.startswith(b" ") else b""


class HeaderSplitter:
    """Splits blocks of lines at the headers of one layout.

    A name is taken only if `plain`, a pattern, matches what follows it. Of a few `names` only those
    are taken, which is faster.
    """

    def __init__(self, layout: Layout, plain: str, names: Collection[str] = ()) -> None:
        marks = f"[{ANY_MARK}]*"
        header = layout.pattern.pattern.removeprefix(marks)
        name = rf"[^:\n]{{0,{LONGEST_NAME}}}+"
        self.takes_any_name = not 0 < len(names) <= _FEW_NAMES
        if not self.takes_any_name:
            name = "|".join(map(re.escape, sorted(names)))
        # A pattern that begins with a single character is searched for fastest.
        self._text_pattern = rf"\n({marks}){header}(?:({name}): {plain})?"
        pattern = in_bytes(rf"\n({marks}){header}") + b"(?:(%b): %b)?"
        self._split = re.compile(pattern % (name.encode(), in_bytes(plain))).split
        self._groups = (1, 1 + layout.date_group, 1 + layout.clock_group, 4)
        self._is_exact = is_exact(header)
        self._known: set[bytes] = set()

    def split(self, data: bytes) -> tuple[bytes, Chunks]:
        """Return what stands before the first header of a block, and the chunks.

        Raise `UnicodeDecodeError` if bytes that have to be decoded are not UTF-8.
        """
        parts = self._split(data)
        mark, date, clock, name = self._groups
        chunks = Chunks(
            parts[mark::5], parts[date::5], parts[clock::5], parts[name::5], parts[5::5]
        )
        if self._are_known(chunks) or self._learn(data, chunks):
            return parts[0], chunks
        return self.split_without((), data)

    def split_without(self, fake: Collection[int], data: bytes) -> tuple[bytes, Chunks]:
        """Return the same, with some headers (by index) taken for text. Slow."""
        text = data.decode()
        found = [match for at, match in enumerate(self._in_text.finditer(text)) if at not in fake]
        ends = [match.start() for match in found] + [len(text)]
        marks, dates, clocks = (
            [match[group].encode() for match in found] for group in self._groups[:3]
        )
        names = [None if match[4] is None else match[4].encode() for match in found]
        texts = [text[found[at].end() : end].encode() for at, end in enumerate(ends[1:])]
        return text[: ends[0]].encode(), Chunks(marks, dates, clocks, names, texts)

    @cached_property
    def _in_text(self) -> re.Pattern[str]:
        return re.compile(self._text_pattern)

    def _are_known(self, chunks: Chunks) -> bool:
        return self._is_exact or self._known.issuperset(chain(chunks.dates, chunks.clocks))

    def _learn(self, data: bytes, chunks: Chunks) -> bool:
        """Return whether the pattern for strings finds the same; if so, remember its findings."""
        if self.split_without((), data)[1] != chunks:
            return False
        if len(self._known) > _KNOWN_CAP:
            self._known.clear()
        self._known.update(chunks.dates, chunks.clocks)
        return True


@lru_cache(_FORMS)
def is_exact(pattern: str) -> bool:
    """Return whether the translated pattern finds in bytes what this one finds in strings."""
    return not any(token["digit"] or token["no"] for token in _TOKEN.finditer(pattern))


@lru_cache(_FORMS)
def in_bytes(pattern: str) -> bytes:
    r"""Translate a pattern into one for UTF-8 that finds the same, or more.

    It finds more only for `\d` and for a negated set.
    """
    return _TOKEN.sub(_token_in_bytes, pattern).encode()


def _token_in_bytes(token: re.Match[str]) -> str:
    if token["other"]:
        return token["other"]
    if token["digit"]:
        return _ANY_DIGIT
    members, times = token["members"], token["times"]
    if token["no"]:
        return f"[^{_ONLY_IN_TEXT.sub('', members)}]{_times_in_bytes(times)}"
    if members.isascii():
        return token[0]
    return _one_of(_members(members), times)


def _members(members: str) -> Iterator[str]:
    """Yield each character of a set."""
    for member in _MEMBER.finditer(members):
        if member["first"]:
            yield from map(chr, range(ord(member["first"]), ord(member["last"]) + 1))
        else:
            yield member[0].removeprefix("\\")


def _one_of(chars: Iterable[str], times: str) -> str:
    """Return a pattern for any of these characters, so many times."""
    codes = sorted(char.encode() for char in chars)
    starts = [
        rf"\x{start:02x}(?:{'|'.join(_escaped(code[1:]) for code in those)})"
        for start, those in groupby(codes, key=itemgetter(0))
    ]
    every = f"(?:{'|'.join(starts)})"
    if times != "*":
        return every + times
    # Nearly always none of them is there, which one byte then shows.
    # What follows is not tried after fewer of them. A possessive group would say so in less, but
    # takes parts of characters in Python before 3.11.5.
    return f"(?:{''.join(f'{start}{every}*(?!{every})|' for start in starts)})"


def _escaped(code: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in code)


def _times_in_bytes(times: str) -> str:
    """Return the repetition of a negated set, counted in bytes."""
    if times == "*":
        return times
    if times in ("", "?"):
        return f"{{{1 - len(times)},{_MOST_BYTES}}}"
    least, _, most = times.strip("{}").partition(",")
    return f"{{{least},{int(most or least) * _MOST_BYTES}}}"
