"""The pages in a real browser, as a person sees them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import (
    LOOKS,
    NEEDS_CHROMIUM,
    chromium,
    faint_texts,
    follow,
    look_at,
    wide_elements,
)
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.rest_client import Api

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


class Town:
    """An org with a Lead that has a chat, in two scripts and with a file."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.lead = org.add_lead(
            FirstName="Anna", LastName="Beispiel", Phone="+49 171 3920001",
            Description="Met at the fair.\nhttps://wa.me/491713920001",
        )  # fmt: skip
        org.add_contact(LastName="Contact")
        api = Api(org)
        long = "\n".join(f"[10:{n:02} +01:00] Anna: line {n}" for n in range(40))
        for day, subject, text in (
            ("2026-10-28", "WhatsApp chat with Anna Beispiel (40 messages)", long),
            ("2026-11-03", "WhatsApp from Anna Beispiel", "[14:02 +01:00] Anna: Hallo <b>!</b>"),
            ("2026-11-04", "WhatsApp 14:05 to Anna Beispiel: שלום", "שלום, מה שלומך?"),
        ):
            task = api.create("Task", WhoId=self.lead, Subject=subject, Description=text,
                              ActivityDate=day, Status="Completed")  # fmt: skip
        api.create("ContentVersion", PathOnClient="photo.jpg", VersionData="eA==",
                   FirstPublishLocationId=task)  # fmt: skip
        api.session.close()

    @property
    def address(self) -> str:
        return f"{self.org.base_url}/lightning/r/Lead/{self.lead}/view"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with LocalOrg.start() as org:
        yield Town(org)


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    return [found.text for found in browser.find_elements(By.CSS_SELECTOR, selector)]


def test_from_home_to_a_record_and_back(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.org.base_url)
    assert texts(browser, ".card h2") == ["Contacts", "Leads"]
    row = browser.find_element(By.CSS_SELECTOR, "#leads tbody tr")
    assert row.text.startswith("Anna Beispiel")
    assert row.text.endswith("3")
    follow(browser, row.find_element(By.TAG_NAME, "a"), town.address)
    assert texts(browser, "h1") == ["Anna Beispiel"]
    follow(browser, browser.find_element(By.CSS_SELECTOR, ".bar .org"), f"{town.org.base_url}/")


def test_the_timeline(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.address)
    assert texts(browser, ".entry h3") == [
        "WhatsApp 14:05 to Anna Beispiel: שלום",
        "WhatsApp from Anna Beispiel",
        "WhatsApp chat with Anna Beispiel (40 messages)",
    ]
    assert texts(browser, ".entry time") == ["14:05 4 Nov 2026", "3 Nov 2026", "28 Oct 2026"]
    assert texts(browser, ".entry .text")[1] == "[14:02 +01:00] Anna: Hallo <b>!</b>"
    assert texts(browser, ".month") == ["November\n2026", "October\n2026"]


def test_incoming_and_outgoing_are_told_apart_by_words_place_and_colour(
    town: Town, browser: webdriver.Chrome
) -> None:
    browser.set_window_size(1280, 1000)
    browser.get(town.address)
    assert texts(browser, ".side") == ["Outgoing", "Incoming"]
    out, into, several = browser.find_elements(By.CSS_SELECTOR, ".timeline > li")
    assert out.get_attribute("class") == "out"
    boxes = [one.find_element(By.CSS_SELECTOR, ".text") for one in (out, into)]
    assert boxes[0].rect["x"] > boxes[1].rect["x"]
    colours = [box.value_of_css_property("background-color") for box in boxes]
    assert colours[0] != colours[1]
    assert several.find_elements(By.CSS_SELECTOR, ".side") == []


@pytest.mark.parametrize(("width", "is_first"), [(1280, False), (420, True)])
def test_a_narrow_screen_shows_the_chat_before_the_details(
    town: Town, browser: webdriver.Chrome, width: int, is_first: bool
) -> None:
    browser.set_window_size(width, 1000)
    browser.get(town.address)
    details, chat = browser.find_elements(By.CSS_SELECTOR, ".columns .card")
    assert (chat.rect["y"] < details.rect["y"]) == is_first


def test_nothing_of_a_record_stands_there_twice(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.address)
    assert texts(browser, "main dd").count("+49 171 3920001") == 1


def test_right_to_left_text_stands_right(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.address)
    hebrew = browser.find_element(By.CSS_SELECTOR, ".entry .text")
    assert hebrew.value_of_css_property("direction") == "rtl"
    other = browser.find_elements(By.CSS_SELECTOR, ".entry .text")[1]
    assert other.value_of_css_property("direction") == "ltr"


def test_a_long_chat_opens_without_scripts(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.address)
    summary = browser.find_element(By.TAG_NAME, "summary")
    whole = browser.find_element(By.CSS_SELECTOR, "details .text")
    preview = browser.find_element(By.CSS_SELECTOR, ".preview")
    assert (whole.is_displayed(), preview.is_displayed()) == (False, True)
    summary.click()
    assert (whole.is_displayed(), preview.is_displayed()) == (True, False)
    assert "line 39" in whole.text


def test_links_and_files(town: Town, browser: webdriver.Chrome) -> None:
    browser.get(town.address)
    link = browser.find_element(By.LINK_TEXT, "https://wa.me/491713920001")
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    (file,) = browser.find_elements(By.CSS_SELECTOR, ".files a")
    assert file.text.startswith("photo.jpg")
    assert "/file/068" in str(file.get_attribute("href"))


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_read_and_nothing_sticks_out(
    town: Town, browser: webdriver.Chrome, look: dict
) -> None:
    look_at(browser, **look)
    for address in (town.org.base_url, town.address, f"{town.org.base_url}/nothing"):
        browser.get(address)
        assert (wide_elements(browser), faint_texts(browser)) == ([], []), address
    look_at(browser, width=1280, scheme="light")
    browser.get_log("browser")  # of the page that is not there


def test_the_browser_complains_of_nothing(town: Town, browser: webdriver.Chrome) -> None:
    for address in (town.org.base_url, town.address):
        browser.get(address)
    assert browser.get_log("browser") == []


def test_a_page_that_is_not_there(town: Town, browser: webdriver.Chrome, tmp_path: Path) -> None:
    browser.get(f"{town.org.base_url}/lightning/r/Lead/nonsense/view")
    assert texts(browser, "h1") == ["Page not found"]
    home = browser.find_element(By.LINK_TEXT, "Go to the home page")
    follow(browser, home, f"{town.org.base_url}/")
