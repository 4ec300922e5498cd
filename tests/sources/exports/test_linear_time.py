"""Patterns and normalising take linear time, whatever a file holds: n against 2n, up to 4 MB.

A plain run takes texts of 100,000 characters, the gates also some of four million.
"""

import time
from collections.abc import Callable

import pytest

from tests.samples import one_in
from wasf.core.text import comparable, composed, ends_like_edited, fold_name
from wasf.sources.chat_exporter.messages import links_in
from wasf.sources.exports.bodies import BodyReader
from wasf.sources.exports.chunks import HeaderSplitter
from wasf.sources.exports.first_pass import KnownSenderScan
from wasf.sources.exports.layout import layout_of, learn_layout, may_be_header
from wasf.sources.exports.names import (
    is_translated_title,
    is_unnamed,
    shown_name,
    title_of,
    titles_of,
)
from wasf.sources.exports.notices import (
    begins_group_notice,
    has_group_words,
    is_encryption_notice,
    is_group_notice,
    is_notice,
    is_unmarked_notice,
    speaks_of_a_group,
)
from wasf.sources.exports.participants import Participants
from wasf.sources.exports.text import fold_phrase, tidy_name, without_marks

SIZES = [50_000, pytest.param(2_000_000, marks=pytest.mark.gate)]
"""Characters of the smaller text; in UTF-8 the largest has 4 MB and more."""

MOST_TIMES = 3.5
"""So many times as long may twice the text take. Quadratic time would take four times as long."""

FAST = 0.3
"""Seconds that need no comparison: 100,000 characters in quadratic time take longer."""

_ANDROID, _IOS = "17/02/2024, 10:00 - Ada: x", "[17.02.24, 10:00:05] Ada: x"

Function = Callable[[str], object]


def _splitter(line: str) -> Function:
    splitter = HeaderSplitter(learn_layout([line]), "(?!<)")
    return lambda text: splitter.split(f"\n{line}\n{text}".encode())


def _scan(line: str) -> Function:
    layout = learn_layout([line])
    clock = layout.pattern.match(line)[layout.clock_group].encode()
    scan = KnownSenderScan(layout, [b"Ada"], [clock])
    return lambda text: scan.headers(f"\n{line}\n{text}".encode())


def _body(*, is_ios: bool) -> Function:
    reader = BodyReader(is_ios, members={"a.pdf": "a.pdf"}, has_no_marks=True, is_group=True)
    return lambda text: [
        reader.read(start + text, "Ada", is_marked=False) for start in ("", "\u200e", "x", "a.b <")
    ]


def _not_plain(*, is_ios: bool) -> Function:
    reader = BodyReader(is_ios, has_no_marks=True, opening="x")
    return lambda text: reader.not_plain([text.encode()], [text])


_PEOPLE = Participants("Ada", is_group=False, authors={}, direct={})

FUNCTIONS: dict[str, Function] = {
    "comparable": comparable,
    "composed": composed,
    "fold_name": fold_name,
    "fold_phrase": fold_phrase.__wrapped__,
    "tidy_name": tidy_name,
    "shown_name": shown_name,
    "without_marks": without_marks,
    "ends_like_edited": ends_like_edited,
    "title_of": title_of,
    "titles_of": titles_of,
    "is_unnamed": is_unnamed,
    "is_translated_title": is_translated_title,
    "links of a contact card": lambda text: list(links_in(text)),
    "layout_of": layout_of,
    "may_be_header": may_be_header,
    "is_notice": lambda text: is_notice(text, "Ada", is_group=True),
    "is_unmarked_notice": is_unmarked_notice,
    "is_group_notice": is_group_notice,
    "begins_group_notice": begins_group_notice,
    "has_group_words": has_group_words,
    "speaks_of_a_group": lambda text: speaks_of_a_group(text, ["Ada", "a"]),
    "is_encryption_notice": is_encryption_notice,
    "an Android body": _body(is_ios=False),
    "an iPhone's body": _body(is_ios=True),
    "not_plain, Android": _not_plain(is_ios=False),
    "not_plain, iPhone": _not_plain(is_ios=True),
    "split, Android": _splitter(_ANDROID),
    "split, iPhone": _splitter(_IOS),
    "scan, Android": _scan(_ANDROID),
    "scan, iPhone": _scan(_IOS),
    "split at the name": _PEOPLE.split,
}

TEXTS: dict[str, Callable[[int], str]] = {
    "one letter": lambda n: "a" * n,
    "blanks": lambda n: " " * n + ">",
    "digits": lambda n: "1" * n + " (x",
    "dates": lambda n: "17/02/2024, " * (n // 12),
    "dates and marks": lambda n: "17/02/2024," + "\u200e" * n,
    "brackets and marks": lambda n: "[" + "\u200e" * n + "17/02/2024",
    "line ends": lambda n: "\n" * n,
    "returns": lambda n: "\r\n" * (n // 2) + "\r",
    "lines of dates": lambda n: "17/02/2024, 10:0\n" * (n // 17),
    "lines of digits": lambda n: "1-1\n" * (n // 4),
    "names of an iPhone's files": lambda n: "00000000-" * (n // 9),
    "names and dots": lambda n: "00000000-a." * (n // 11) + "<",
    "endings": lambda n: "a.bc" * (n // 4) + " (x)",
    "angles": lambda n: "<a" * (n // 2) + ">",
    "marks and angles": lambda n: "\u200e<a" * (n // 3) + ">",
    "round brackets": lambda n: "a. (" * (n // 4),
    "marks": lambda n: "\u200e" * n + "x",
    "colons": lambda n: "a: " * (n // 3),
    "combining marks": lambda n: "a" + "\u0315\u0300" * (n // 2),
    "combining marks of one kind": lambda n: "\u0300" * n,
    "letters with marks": lambda n: "e\u0301" * (n // 2),
    "Hindi": lambda n: "नमस्ते" * (n // 6),
    "Korean in parts": lambda n: "\u1112\u1161\u11ab" * (n // 3),
    "poll": lambda n: "POLL:\nq\n" + "o: a (1 v)\n" * (n // 11) + "x",
    "poll of blanks": lambda n: "POLL:\no: (1 v)" + "\n" * n + "x",
    "map": lambda n: "https://maps.google.com/?q=1" * (n // 28),
    "place": lambda n: ("x" * 300 + "\n") * (n // 301) + "https://foursquare.com/v/",
    "documents": lambda n: "a.pdf • " * (n // 8),
    "underscores": lambda n: "WhatsApp Chat with" + "_" * n + "x",
    "file name": lambda n: "a_ile_WhatsApp" * (n // 14),
    "copies": lambda n: "WhatsApp Chat with a" + " - Copy (1)" * (n // 11),
    "links that never end": lambda n: '<a href="x">' * (n // 12),
    "addresses that never end": lambda n: '<a href="' * (n // 9),
    "quotes": lambda n: 'Ada changed the subject from "' * (n // 30),
}


def _seconds(function: Function, text: str) -> float:
    start = time.process_time()
    function(text)
    return time.process_time() - start


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", one_in(3, FUNCTIONS))
def test_twice_the_text_takes_twice_the_time(name: str, size: int) -> None:
    function = FUNCTIONS[name]
    for kind, make in TEXTS.items():
        # A small text shows quadratic time before a large one would take hours.
        assert _seconds(function, make(min(size, 20_000))) < 1, kind
        assert any(_is_linear(function, make, size) for _ in range(3)), kind


def _is_linear(function: Function, make: Callable[[int], str], size: int) -> bool:
    takes = _seconds(function, make(2 * size))
    return takes < FAST or takes < MOST_TIMES * _seconds(function, make(size))
