"""Each character that there is, and each half of one: shown, asked for and logged without harm."""

import json
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tests.core.builders import BERLIN, a_chat, a_message
from tests.samples import one_in
from wasf.console import safe
from wasf.core.records import RecordType
from wasf.core.task_text import DESCRIPTION_LIMIT, task_texts
from wasf.salesforce import people
from wasf.salesforce.api import of_whole_characters, storable
from wasf.salesforce.objects import PeopleFields

EVERY = 0x110000
HALVES = range(0xD800, 0xE000)
AT_ONCE = 0x2000


def blocks() -> Iterator[str]:
    """All characters, the halves of pairs included, in order."""
    for start in range(0, EVERY, AT_ONCE):
        yield "".join(map(chr, range(start, start + AT_ONCE)))


def test_there_are_as_many_as_unicode_says() -> None:
    assert sum(map(len, blocks())) == EVERY == 1_112_064 + len(HALVES)


HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def test_a_terminal_gets_none_that_does_harm_and_all_others_as_they_are() -> None:
    for block in blocks():
        shown = safe(block)
        assert not HARMFUL.search(shown)
        shown.encode()
        plain = "".join(c for c in block if unicodedata.category(c) not in _NOT_SHOWN)
        assert safe(plain) == plain


_NOT_SHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

_MEANT = {"'": "'", '"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def literals(text: str) -> list[str]:
    """The string literals of a SOQL query as they are meant; written from its grammar alone."""
    found: list[str] = []
    signs = iter(text)
    for sign in signs:
        if sign != "'":
            continue
        inside: list[str] = []
        while (sign := next(signs)) != "'":
            inside.append(_MEANT[next(signs)] if sign == "\\" else sign)
        found.append("".join(inside))
    return found


@pytest.mark.parametrize("pattern", one_in(2, ["{}", "'{}\\"]))
def test_a_query_gets_each_as_a_part_of_its_value(pattern: str) -> None:
    for block in blocks():
        name = "".join(pattern.format(c) for c in block)
        values: list[str] = []
        for query in people.people_queries(
            RecordType.LEAD, PeopleFields(("Id", "Name")), (), {name}
        ):
            asked = query.path.partition("q=")[2]
            assert re.fullmatch(r"[\w.~%-]*", asked, re.ASCII)
            values += literals(unquote(asked, errors="strict"))
        whole = of_whole_characters(name)
        assert set(values) == {whole, unicodedata.normalize("NFC", whole)}


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def test_a_task_gets_each_and_its_parts_are_the_whole() -> None:
    for block in blocks():
        text = f"{block} {block}\n{block}."
        parts = task_texts([a_message(text)], a_chat(), BERLIN)
        stored = []
        for part in parts:
            body = json.loads(json.dumps(storable(part.description), ensure_ascii=False).encode())
            assert not _NOT_XML.search(body)
            assert _units(body) == _units(part.description) <= DESCRIPTION_LIMIT
            stored.append(part.description.partition("\n")[2])
        assert "".join(stored) == text
        assert len(parts) > (len(text) > DESCRIPTION_LIMIT)


def _units(text: str) -> int:
    """The length of a text as Salesforce counts it, not by the function that is tested."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
