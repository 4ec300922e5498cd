"""Signing in with a real browser at the local org."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.end_to_end.signing_in import USER, Connecting, Office
from tests.localorg.test_browser import FLAGS
from wasf.localorg import PASSWORD, LocalOrg

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (BROWSER and DRIVER),
        reason="needs Chromium and its driver (Debian: chromium, chromium-driver)",
    ),
]


@pytest.fixture
def office(org: LocalOrg, tmp_path: Path) -> Office:
    return Office(org, tmp_path / "home")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    driver = webdriver.Chrome(options, Service(DRIVER))
    yield driver
    driver.quit()


class Chromium:
    """A person in front of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def waits(self, done: Callable[[webdriver.Chrome], object]) -> None:
        """Until it is done; a page that is just leaving is no failure."""
        leaving = (NoSuchElementException, StaleElementReferenceException)
        WebDriverWait(self.driver, 20, ignored_exceptions=leaving).until(done)

    def presses(self, button: str) -> None:
        def pressed(driver: webdriver.Chrome) -> bool:
            driver.find_element(By.CSS_SELECTOR, button).click()
            return True

        self.waits(pressed)

    def logs_in(self, password: str = PASSWORD) -> None:
        def filled_in(driver: webdriver.Chrome) -> bool:
            for field, text in (("#username", USER), ("#password", password)):
                box = driver.find_element(By.CSS_SELECTOR, field)
                box.clear()
                box.send_keys(text)
            return True

        self.waits(filled_in)
        self.presses("#Login")

    def sees(self, title: str) -> None:
        self.waits(lambda driver: driver.find_element(By.TAG_NAME, "h1").text == title)


@pytest.fixture
def person(chromium: webdriver.Chrome) -> Chromium:
    return Chromium(chromium)


@pytest.fixture
def connecting(office: Office) -> Iterator[Connecting]:
    with office.connect("--no-browser") as running:
        yield running


def test_through_consent_to_connected(
    person: Chromium, connecting: Connecting, office: Office
) -> None:
    person.driver.get(connecting.address)
    person.logs_in()
    person.presses("#oaapprove")
    person.sees("Connected")

    assert person.driver.current_url == f"http://localhost:{office.port}/connected"
    assert f"Connected as {USER}" in connecting.ends(0)


def test_a_wrong_password_first(person: Chromium, connecting: Connecting) -> None:
    person.driver.get(connecting.address)
    person.logs_in("not the password")
    person.waits(lambda driver: driver.find_element(By.ID, "error"))
    person.logs_in()
    person.presses("#oaapprove")
    person.sees("Connected")

    connecting.ends(0)


def test_denial(person: Chromium, connecting: Connecting) -> None:
    person.driver.get(connecting.address)
    person.logs_in()
    person.presses("#oadeny")
    person.sees("Not connected")

    assert "declined" in connecting.ends(4)


def test_a_set_up_error_stays_at_salesforce(person: Chromium, office: Office) -> None:
    office.org.oauth.change_app(office.app.client_id, redirect_uris=["http://localhost:1/other"])
    with office.connect("--no-browser", "--timeout", 5) as connecting:
        person.driver.get(connecting.address)
        assert "redirect_uri_mismatch" in person.driver.find_element(By.ID, "error").text
        assert "wasf help app" in connecting.ends(4)


def test_two_tabs(person: Chromium, connecting: Connecting) -> None:
    """The first is left at the password; the second goes all the way."""
    driver = person.driver
    driver.get(connecting.address)
    first = driver.current_window_handle
    driver.switch_to.new_window("tab")
    driver.get(connecting.address)
    person.logs_in()
    person.presses("#oaapprove")
    person.sees("Connected")
    driver.close()
    driver.switch_to.window(first)

    connecting.ends(0)


def test_a_page_of_somebody_else_cannot_end_it(
    person: Chromium, connecting: Connecting, office: Office, tmp_path: Path
) -> None:
    """It shows the callback in images, frames and by script, before the person signs in."""
    target = f"http://localhost:{office.port}/callback?error=access_denied"
    page = tmp_path / "evil.html"
    page.write_text(
        f'<h1>Evil</h1><img src="{target}"><iframe src="{target}"></iframe>'
        f'<script>fetch("{target}", {{method: "PUT"}}).catch(() => 0);'
        f'fetch("{target}", {{mode: "no-cors"}}).catch(() => 0)</script>'
    )
    address = connecting.address
    person.driver.get(page.as_uri())
    person.sees("Evil")
    person.driver.get(address)
    person.logs_in()
    person.presses("#oaapprove")
    person.sees("Connected")

    connecting.ends(0)
