"""The page of a report: it says what the report says, needs nothing from outside, runs nothing."""

from html.parser import HTMLParser

import pytest

from tests.console.report_pages import NAMES, ORG, a_page, a_report
from wasf.console import report_page
from wasf.core.report import GroupedBy
from wasf.store.ledger import UnknownTimes

_VOID = {"meta", "rect", "path"}
_ELEMENTS = (
    {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "div", "dt", "dd"}
    | {"table", "thead", "tbody", "tr", "th", "td", "bdi", "a"}
    | {"svg", "rect", "path"}
)


class Page(HTMLParser):
    """What a parser finds: elements, addresses, texts, and whether each element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style" and data.strip():
            self.texts.append(data)


@pytest.mark.parametrize("by", GroupedBy)
def test_what_comes_from_outside_makes_no_elements(by: GroupedBy) -> None:
    page = Page(a_page(*NAMES, by=by))

    assert page.elements <= _ELEMENTS
    assert page.attributes & {"style", "onerror", "onload"} == set()


def test_names_are_texts() -> None:
    texts = Page(a_page(*NAMES)).texts

    assert set(NAMES[:-1]) <= set(texts)
    assert "evil\N{SYMBOL FOR BELL} name" in texts, "harmless, as on a terminal"


def test_nothing_comes_from_outside() -> None:
    page = a_page(*NAMES)

    assert set(Page(page).addresses) == {
        f"{ORG}/lightning/r/Lead/00Q{number:012}AAA/view" for number in range(0, len(NAMES), 2)
    }
    assert "default-src 'none'" in page
    for word in ("url(", "@import", "<script", "<link", "<img"):
        assert word not in page


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    page = report_page(a_report("Ada"), UnknownTimes(), "javascript:alert(1)//")

    assert Page(page).addresses == []


def test_the_page_says_what_the_report_says() -> None:
    texts = Page(a_page("Ada", "Ben")).texts

    assert "All messages, by chat. Made on 2026-03-09 13:00 (Europe/Berlin)." in texts
    assert [texts[texts.index(name) + 1] for name in ("messages in", "waiting now")] == ["4", "1"]
    assert "2 in, 1 out" in texts
    assert "1m, 1m, 100%" in texts
    assert "7 messages of an earlier wasf without a time: not counted." in texts


def test_an_empty_report_is_a_page() -> None:
    texts = Page(a_page()).texts

    assert "No messages in this time." in texts
    assert "Nobody waits for an answer." in texts


def test_very_many_rows_are_cut_and_that_is_said() -> None:
    texts = Page(a_page(*(f"name {number}" for number in range(1_003)))).texts

    assert "And 503 groups more. All: wasf report --csv FILE" in texts
    assert "And 2 customers more. All: wasf report --json" in texts
