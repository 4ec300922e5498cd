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


# --- How a page looks --------------------------------------------------------------------------

LEAST_CONTRAST = 4.5
"""Of text, which WCAG 2.2 asks for (AA)."""

LOOKS = [
    pytest.param({"width": width, "scheme": scheme}, id=f"{scheme}, {width} wide")
    for scheme in ("light", "dark")
    for width in (1280, 700, 360)
]
"""For `look_at`: light and dark, on a wide screen, a tablet and a phone."""

_FAINT = """
const parts = colour => { const found = colour.match(/[\\d.]+/g).map(Number);
  return found.length < 4 ? [...found, 1] : found; };
const over = (top, below) => [0, 1, 2].map(n => top[n] * top[3] + below[n] * (1 - top[3]));
const light = colour => { const [r, g, b] = colour.map(n => n / 255)
    .map(n => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const chain = one => one ? [...chain(one.parentElement), one] : [];
const behind = one => chain(one).reduce((below, each) =>
  over(parts(getComputedStyle(each).backgroundColor), below), parts(arguments[0]).slice(0, 3));
const contrast = (one, pseudo) => {
  const back = behind(one), style = getComputedStyle(one, pseudo), front = parts(style.color);
  front[3] *= chain(one).reduce((seen, each) => seen * getComputedStyle(each).opacity, 1);
  const [low, high] = [light(back), light(over(front, back))].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05); };
const found = [];
for (const one of document.body.querySelectorAll('*')) {
  if (!one.checkVisibility() || one.closest('svg')) continue;
  const says = [...one.childNodes].some(each => each.nodeType === 3 && each.data.trim());
  for (const [pseudo, is] of [[null, says], ['::before',
      /[a-z]/i.test(getComputedStyle(one, '::before').content.replace(/^(none|normal)$/, ''))]])
    if (is && contrast(one, pseudo) < arguments[1])
      found.push([contrast(one, pseudo).toFixed(2), one.outerHTML.slice(0, 80)]);
}
return [found, [...document.body.querySelectorAll('*')].filter(one => says(one)).length];
function says(one) { return [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()); }
"""
_WIDE = """
return [...document.querySelectorAll('body *')]
  .filter(one => !one.closest('svg') || one.tagName === 'svg')
  .filter(one => { const box = one.getBoundingClientRect();
    return box.width && (box.right > innerWidth + 1 || box.left < -1); })
  .concat([...document.querySelectorAll('.card, table, td, th')].filter(one =>
    one.checkVisibility() && one.scrollWidth > one.clientWidth + 1))
  .map(one => one.outerHTML.slice(0, 80));
"""


def look_at(driver: webdriver.Chrome, *, width: int, scheme: str, media: str = "") -> None:
    """Show pages on a screen of that width, light or dark, or on paper."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def faint_texts(driver: webdriver.Chrome) -> list[list[str]]:
    """Every text with less contrast to what is behind it, and how much; there must be texts."""
    canvas = "rgb(255, 255, 255)"
    found, texts = driver.execute_script(_FAINT, canvas, LEAST_CONTRAST)
    assert texts
    return found


def wide_elements(driver: webdriver.Chrome) -> list[str]:
    """What stands out of the page to a side, or is cut off in its box."""
    return driver.execute_script(_WIDE)
