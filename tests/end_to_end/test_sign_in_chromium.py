"""Signing in with a real browser at the local org."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import NEEDS_CHROMIUM, chromium, press, wait_for_text, wait_until
from tests.end_to_end.sign_in_process import USER, Connecting, Office
from tests.servers.salesforce import PASSWORD

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


class Chromium:
    """A person in front of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def presses(self, button: str) -> None:
        press(self.driver, button)

    def logs_in(self, password: str = PASSWORD) -> None:
        def filled_in(driver: webdriver.Chrome) -> bool:
            for field, text in (("#username", USER), ("#password", password)):
                box = driver.find_element(By.CSS_SELECTOR, field)
                box.clear()
                box.send_keys(text)
            return True

        wait_until(self.driver, filled_in)
        self.presses("#Login")

    def sees(self, title: str) -> None:
        wait_for_text(self.driver, "h1", title)


@pytest.fixture
def person(browser: webdriver.Chrome) -> Chromium:
    return Chromium(browser)


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
    wait_until(person.driver, lambda driver: driver.find_element(By.ID, "error"))
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
    with office.connect("--no-browser", "--timeout", 1) as connecting:
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
