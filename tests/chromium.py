"""A real browser for tests, where there is one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_SECONDS = 20
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,1000",
)  # fmt: skip

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (_BROWSER and _DRIVER),
        reason="needs Chromium and its driver (Debian: chromium, chromium-driver)",
    ),
]
"""For `pytestmark`."""


@contextmanager
def chromium(folder: Path) -> Iterator[webdriver.Chrome]:
    """Chromium with a profile and a place for downloads of its own, both in the folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = _BROWSER or ""
    for flag in _FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    downloads = {"download.default_directory": str(folder / "downloads")}
    options.add_experimental_option("prefs", downloads)
    driver = webdriver.Chrome(options, Service(_DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def wait_until(driver: webdriver.Chrome, done: Callable[[webdriver.Chrome], object]) -> None:
    """Until it is done.

    While a page gives way to the next, the driver fails with whatever its inspector says, such as
    "Node with given id does not belong to the document": any of its errors means "not yet".
    """
    WebDriverWait(driver, _SECONDS, 0.05, ignored_exceptions=(WebDriverException,)).until(done)


def wait_for_text(driver: webdriver.Chrome, selector: str, text: str) -> None:
    """Until the first such element of the page says just this."""
    wait_until(driver, lambda page: page.find_element(By.CSS_SELECTOR, selector).text == text)


def press(driver: webdriver.Chrome, selector: str) -> None:
    """Click, once, as soon as it can be: who has clicked may be on the next page already."""
    wait_until(driver, lambda page: page.find_element(By.CSS_SELECTOR, selector).is_enabled())
    driver.find_element(By.CSS_SELECTOR, selector).click()


def follow(driver: webdriver.Chrome, link: WebElement, address: str) -> None:
    """Click a link of a page that is there, and wait until its page is."""
    link.click()
    wait_until(driver, lambda page: page.current_url == address)
