"""The page of a report in a real browser: light, dark, narrow, on paper, from right to left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import NEEDS_CHROMIUM, chromium, faint_texts, look_at, wide_elements
from tests.console.report_pages import NAMES, a_page

pytestmark = NEEDS_CHROMIUM

_LEAST_OF_SHAPES = 3.0
"""Contrast of what is no text, which WCAG 2.2 asks for (AA)."""

_COLOURS = """
const page = getComputedStyle(document.body).backgroundColor;
const shapes = [...document.querySelectorAll('rect')].map(one => getComputedStyle(one).fill)
  .concat([...document.querySelectorAll('.mark')].map(one => getComputedStyle(one).stroke));
return [page, [...new Set(shapes)]];
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    folder = tmp_path_factory.mktemp("browser")
    page = folder / "report.html"
    page.write_text(a_page(*NAMES, *(f"Customer {n}" for n in range(30))), encoding="utf-8")
    with chromium(folder) as driver:
        driver.get(page.as_uri())
        yield driver


def show(browser: webdriver.Chrome, *, width: int = 1280, scheme: str = "light", media: str = ""):
    look_at(browser, width=width, scheme=scheme, media=media)


LOOKS = [
    pytest.param({}, id="light"),
    pytest.param({"scheme": "dark"}, id="dark"),
    pytest.param({"width": 320}, id="narrow"),
    pytest.param({"width": 320, "scheme": "dark"}, id="narrow, dark"),
    pytest.param({"width": 360}, id="a phone"),
    pytest.param({"width": 700}, id="a tablet"),
    pytest.param({"width": 718, "media": "print"}, id="paper"),
    pytest.param({"width": 718, "media": "print", "scheme": "dark"}, id="paper, dark"),
]


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_stands_out_of_the_page(browser: webdriver.Chrome, look: dict) -> None:
    show(browser, **look)
    assert wide_elements(browser) == []
    root = "document.documentElement"
    assert browser.execute_script(f"return {root}.scrollWidth <= {root}.clientWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_no_word_of_ours_is_broken(browser: webdriver.Chrome, look: dict) -> None:
    """Only names and addresses may break anywhere."""
    show(browser, **look)
    heads = "[...document.querySelectorAll('thead th')].filter(one => one.offsetParent)"
    lines = browser.execute_script(f"return {heads}.map(one => one.offsetHeight / 24)")
    assert [one for one in lines if one > 3] == []


@pytest.mark.parametrize("look", LOOKS)
def test_all_can_be_told_from_the_background(browser: webdriver.Chrome, look: dict) -> None:
    show(browser, **look)
    page, shapes = browser.execute_script(_COLOURS)
    assert faint_texts(browser) == []
    assert {
        one: contrast(one, page) for one in shapes if contrast(one, page) < _LEAST_OF_SHAPES
    } == {}
    is_dark = luminance(page) < 0.5
    assert is_dark == (look.get("scheme") == "dark" and "media" not in look)


def luminance(colour: str) -> float:
    """The relative luminance of `rgb(1, 2, 3)` (WCAG 2.2)."""
    numbers = [int(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (
        n / 12.92 if n <= 0.04045 else ((n + 0.055) / 1.055) ** 2.4 for n in numbers
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_each_name_has_its_own_direction(browser: webdriver.Chrome) -> None:
    show(browser)
    found = browser.execute_script(
        "return [...document.querySelectorAll('tbody th bdi')]"
        ".map(one => [one.textContent, getComputedStyle(one).direction])"
    )
    directions = dict(found)
    assert [directions[name] for name in NAMES[:4]] == ["ltr", "rtl", "rtl", "ltr"]


def test_the_page_asks_for_nothing_and_runs_nothing(browser: webdriver.Chrome) -> None:
    assert browser.execute_script("return performance.getEntriesByType('resource')") == []
    assert browser.title == "WhatsApp report"
    assert browser.find_elements(By.CSS_SELECTOR, "script, img, link, iframe") == []


def test_the_bars_are_drawn(browser: webdriver.Chrome) -> None:
    """Each ends where its numbers say, and none has a width of zero where there is an answer."""
    show(browser)
    first = browser.find_element(By.CSS_SELECTOR, "tbody tr td[data-label=answers]")
    widths = [one.rect["width"] for one in first.find_elements(By.CSS_SELECTOR, "rect")]
    assert first.rect["width"] >= max(widths) > 0


@pytest.mark.parametrize("look", LOOKS)
def test_the_mark_is_seen_in_a_narrow_cell_too(browser: webdriver.Chrome, look: dict) -> None:
    show(browser, **look)
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('.mark')].map(one =>"
        " [getComputedStyle(one).strokeWidth, one.getBoundingClientRect().x,"
        "  one.closest('svg').getBoundingClientRect().x])"
    )
    assert boxes
    assert {width for width, *_ in boxes} == {"3px"}
    assert all(at >= start - 3 for _, at, start in boxes)


def test_it_prints(browser: webdriver.Chrome, tmp_path: Path) -> None:
    show(browser)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert len(printed["data"]) > 10_000
