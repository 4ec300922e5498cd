"""A real browser for tests, where there is one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_BROWSER, _DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
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
