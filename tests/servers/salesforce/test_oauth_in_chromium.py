"""Signing in at the local org in a real browser, up to the address of the app."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.chromium import press, wait_for_text
from tests.demo.salesforce.test_pages_in_chromium import browser, pytestmark
from tests.servers.salesforce import PASSWORD, LocalOrg
from tests.servers.salesforce.oauth_visitor import USER, Visitor

__all__ = ["browser", "pytestmark"]


class App(BaseHTTPRequestHandler):
    """The app's own address: answers everything with one word."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Connected")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://localhost:{server.server_port}/callback"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("button", "heard"), [("oaapprove", {"code", "state"}),
                          ("oadeny", {"error", "error_description", "state"})],
)  # fmt: skip
def test_a_person_decides(
    browser: webdriver.Chrome, org: LocalOrg, callback: str, button: str, heard: set[str]
) -> None:
    visitor = Visitor(org, org.oauth.add_app(redirect_uris=[callback]))
    asked = urlencode(visitor.asked(redirect_uri=callback, login_hint=USER))
    browser.get(f"{org.base_url}/services/oauth2/authorize?{asked}")
    assert browser.find_element(By.ID, "username").get_attribute("value") == USER
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    press(browser, "#Login")
    press(browser, f"#{button}")
    wait_for_text(browser, "body", "Connected")
    assert set(parse_qs(urlsplit(browser.current_url).query)) == heard
    assert browser.get_log("browser") == []
