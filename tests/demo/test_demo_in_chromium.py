"""What `wasf demo` shows in a real browser: light and dark, on a wide screen and on a phone."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import (
    LOOKS,
    NEEDS_CHROMIUM,
    chromium,
    faint_texts,
    look_at,
    press,
    wait_until,
    wide_elements,
)
from tests.demo.running_demo import running_demo

pytestmark = NEEDS_CHROMIUM


class Shown(NamedTuple):
    """The demo's home page and its records, by name, in a browser."""

    browser: webdriver.Chrome
    home: str
    records: dict[str, str]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder / "home") as home, chromium(folder) as browser:
        browser.get(home)
        links = browser.find_elements(By.CSS_SELECTOR, "td.name a")
        records = {link.text: str(link.get_attribute("href")) for link in links}
        yield Shown(browser, home, records)


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    return [found.text for found in browser.find_elements(By.CSS_SELECTOR, selector)]


@pytest.mark.parametrize("look", LOOKS)
def test_all_can_be_read_and_nothing_sticks_out(shown: Shown, look: dict) -> None:
    look_at(shown.browser, **look)
    for address in (shown.home, f"{shown.home}report", *shown.records.values()):
        shown.browser.get(address)
        assert (wide_elements(shown.browser), faint_texts(shown.browser)) == ([], []), address


def test_what_is_new_reopened_or_waits_stands_beside_the_name(shown: Shown) -> None:
    look_at(shown.browser, width=1280, scheme="light")
    shown.browser.get(shown.home)
    assert texts(shown.browser, "td.name:has(.mark)") == [
        "Bia Fictícia Waits", "+33639980012 New", "Jonas Beispiel Reopened",
    ]  # fmt: skip
    marks = shown.browser.find_elements(By.CSS_SELECTOR, ".mark")
    assert len({one.value_of_css_property("color") for one in marks}) == 2, "who waits stands out"


@pytest.mark.parametrize("name", ["+33639980012", "Jonas Beispiel", "Layla Muster", "Ada Example"])
def test_no_company_number_or_status_stands_there_twice(shown: Shown, name: str) -> None:
    shown.browser.get(shown.records[name])
    facts = texts(shown.browser, "h1, .top > .badge, main dd:not(.fields dd)")
    assert len(facts) == len(set(facts))
    assert not set(facts) & set(texts(shown.browser, ".fields dd"))


def test_the_sides_of_a_chat_from_right_to_left_stay_where_they_are(shown: Shown) -> None:
    shown.browser.get(shown.records["Layla Muster"])
    for side, border in (("in", "left"), ("out", "right")):
        box = shown.browser.find_element(By.CSS_SELECTOR, f".{side} .text")
        assert box.value_of_css_property(f"border-{border}-width") == "4px"


def test_the_report_opens_from_the_page(shown: Shown) -> None:
    shown.browser.get(shown.home)
    press(shown.browser, ".button")
    wait_until(shown.browser, lambda page: page.title == "WhatsApp report")
    assert "Bia Fictícia" in texts(shown.browser, "tbody th")


def test_the_measures_see_what_is_faint_and_what_is_wide(shown: Shown) -> None:
    shown.browser.get("data:text/html,<p style='color:%23888'>faint<p style='width:3000px'>wide")
    assert [one[1][:2] for one in faint_texts(shown.browser)] == ["<p"]
    assert len(wide_elements(shown.browser)) == 1
