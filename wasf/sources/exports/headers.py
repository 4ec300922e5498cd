"""Finds a file's headers in its bytes: most of a file never becomes a string, and its texts once.

The layout's own pattern is for strings. Made one for bytes it finds the same, or more: a block
where it may have found more is cut anew with the pattern itself.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from wasf.sources.exports.layout import Layout
from wasf.sources.exports.text import ANY_MARK

LONGEST_NAME = 256

_MOST_BYTES = 4
_KNOWN_CAP = 100_000
_FEW_NAMES = 8
_TOKEN = re.compile(
    r"(?P<other>\\[^d])|(?P<digit>\\d)"
    r"|\[(?P<no>\^?)(?P<members>(?:\\.|[^\]\\])+)\](?P<times>[*?]|\{\d+(?:,\d+)?\}|)"
)
_MEMBER = re.compile(r"(?P<first>[^\\])-(?P<last>.)|\\.|.")
_ONLY_IN_TEXT = re.compile(r"\\W|[^\x00-\x7f]")
_ANY_DIGIT = r"(?:[0-9]|[\xc2-\xf4][\x80-\xbf]{1,3})"


class Pieces(NamedTuple):
    """Pieces in a row, in columns: those are what cutting gives, and quick to look over.

    A piece is a header with all up to the next one: the invisible marks before it, its date and its
    clock, the name up to the first `: ` of the line, and what follows. The name is None if there is
    none or if it was left for a closer look: then the text is all that follows the header.
    """

    marks: list[bytes]
    dates: list[bytes]
    clocks: list[bytes]
    names: list[bytes | None]
    texts: list[bytes]

    def start(self, at: int) -> bytes:
        """The name, whether it was taken as such or not; empty if no `: ` follows the first one."""
        name = self.names[at]
        if name is not None:
            return name
        start, _, rest = self.texts[at].partition(b"\n")[0].partition(b":")
        return start if rest.startswith(b" ") else b""


class Headers:
    """Cuts blocks of lines at the headers of one layout.

    `plain` is a pattern for what follows a name: where it does not match, no name is taken. Where
    `names` are few, no others are taken: those are found faster.
    """

    def __init__(self, layout: Layout, plain: str, names: Collection[str] = ()) -> None:
        marks = f"[{ANY_MARK}]*"
        header = layout.pattern.pattern.removeprefix(marks)
        name = rf"[^:\n]{{0,{LONGEST_NAME}}}+"
        self.takes_any_name = not 0 < len(names) <= _FEW_NAMES
        if not self.takes_any_name:
            name = "|".join(map(re.escape, sorted(names)))
        # A pattern that begins with a single character is searched for fastest.
        self._strict_pattern = rf"\n({marks}){header}(?:({name}): {plain})?+"
        pattern = in_bytes(rf"\n({marks}){header}") + b"(?:(%b): %b)?+"
        self._split = re.compile(pattern % (name.encode(), in_bytes(plain))).split
        self._groups = (1, 1 + layout.date_group, 1 + layout.clock_group, 4)
        self._is_exact = is_exact(header)
        self._known: set[bytes] = set()

    def cut(self, data: bytes) -> tuple[bytes, Pieces]:
        """What stands before the first header of a block, and the pieces.

        Raises `UnicodeDecodeError` if it has to read more than ASCII, and that is damaged.
        """
        parts = self._split(data)
        mark, date, clock, name = self._groups
        pieces = Pieces(
            parts[mark::5], parts[date::5], parts[clock::5], parts[name::5], parts[5::5]
        )
        if self._are_known(pieces) or self._learn(data, pieces):
            return parts[0], pieces
        return self.cut_without((), data)

    def cut_without(self, pasted: Collection[int], data: bytes) -> tuple[bytes, Pieces]:
        """The same, with some headers (by index) taken for text: slow, for a block in a while."""
        text = data.decode()
        found = [match for at, match in enumerate(self._strict.finditer(text)) if at not in pasted]
        ends = [match.start() for match in found] + [len(text)]
        marks, dates, clocks = (
            [match[group].encode() for match in found] for group in self._groups[:3]
        )
        names = [None if match[4] is None else match[4].encode() for match in found]
        texts = [text[found[at].end() : end].encode() for at, end in enumerate(ends[1:])]
        return text[: ends[0]].encode(), Pieces(marks, dates, clocks, names, texts)

    @cached_property
    def _strict(self) -> re.Pattern[str]:
        return re.compile(self._strict_pattern)

    def _are_known(self, pieces: Pieces) -> bool:
        return self._is_exact or self._known.issuperset(chain(pieces.dates, pieces.clocks))

    def _learn(self, data: bytes, pieces: Pieces) -> bool:
        """Whether the layout's own pattern finds the same; dates and clocks are known then."""
        if self.cut_without((), data)[1] != pieces:
            return False
        if len(self._known) > _KNOWN_CAP:
            self._known.clear()
        self._known.update(pieces.dates, pieces.clocks)
        return True


def is_exact(pattern: str) -> bool:
    """Whether the pattern in bytes finds just what this one finds in strings."""
    return not any(token["digit"] or token["no"] for token in _TOKEN.finditer(pattern))


def in_bytes(pattern: str) -> bytes:
    r"""A pattern for UTF-8 that finds what this one finds in strings, or more.

    More only for `\d`, and for characters that are not in a set with some beyond ASCII.
    """
    return _TOKEN.sub(_in_bytes, pattern).encode()


def _in_bytes(token: re.Match[str]) -> str:
    if token["other"]:
        return token["other"]
    if token["digit"]:
        return _ANY_DIGIT
    members, times = token["members"], token["times"]
    if token["no"]:
        return f"[^{_ONLY_IN_TEXT.sub('', members)}]{_in_more(times)}"
    if members.isascii():
        return token[0]
    return _one_of(_members(members), times)


def _members(members: str) -> Iterator[str]:
    """Each character of a set."""
    for member in _MEMBER.finditer(members):
        if member["first"]:
            yield from map(chr, range(ord(member["first"]), ord(member["last"]) + 1))
        else:
            yield member[0].removeprefix("\\")


def _one_of(chars: Iterable[str], times: str) -> str:
    """Any of some characters, so many times."""
    codes = sorted(char.encode() for char in chars)
    starts = [
        rf"\x{start:02x}(?:{'|'.join(_escaped(code[1:]) for code in those)})"
        for start, those in groupby(codes, key=itemgetter(0))
    ]
    every = f"(?:{'|'.join(starts)})"
    if times != "*":
        return every + times
    # Nearly always none of them is there: a look at one byte then says so.
    return f"(?:{''.join(f'{start}{every}*+|' for start in starts)})"


def _escaped(code: bytes) -> str:
    return "".join(rf"\x{byte:02x}" for byte in code)


def _in_more(times: str) -> str:
    """How often, counted in bytes."""
    if times == "*":
        return times
    if times in ("", "?"):
        return f"{{{1 - len(times)},{_MOST_BYTES}}}"
    least, _, most = times.strip("{}").partition(",")
    return f"{{{least},{int(most or least) * _MOST_BYTES}}}"
