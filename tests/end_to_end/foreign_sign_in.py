"""A sign-in host that others wrote, in a process of its own, and somebody in front of its pages."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import requests

from tests.end_to_end.sign_in_process import callback, free_port
from tests.servers.salesforce import LocalOrg

USER, PASSWORD = "robin", "a password of the toolkit's"
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ForeignHost:
    """Where it listens, which app it knows and at which port that is called back, its database."""

    address: str
    client_id: str
    port: int
    database: Path

    def expire_access(self) -> None:
        """An hour goes by: no access token is good any more."""
        long_ago = "UPDATE oauth2_provider_accesstoken SET expires = '2026-01-01 00:00:00'"
        with closing(sqlite3.connect(self.database)) as database, database:
            assert database.execute(long_ago).rowcount > 0

    def slow_down(self, seconds: float) -> None:
        """A refresh takes so much longer, so that those who ask at once do meet there."""
        (self.database.parent / "slowness").write_text(str(seconds))

    def refresh_tokens(self) -> int:
        """How many it has given so far."""
        with closing(sqlite3.connect(self.database)) as database:
            [(count,)] = database.execute("SELECT count(*) FROM oauth2_provider_refreshtoken")
        return count


@contextmanager
def foreign_host(org: LocalOrg, folder: Path) -> Iterator[ForeignHost]:
    """The host in front of an org, with an app that may be called back at one port."""
    port = free_port()
    arguments = [folder, org.base_url, org.access_token, callback(port), USER, PASSWORD]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.foreign_server", *map(str, arguments)],
        cwd=_ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield ForeignHost(said["address"], said["client_id"], port, folder / "toolkit.db")
        finally:
            process.kill()


class Visitor:
    """Somebody who signs in, reads what is asked and answers; nothing is known of the pages."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def answer(self, address: str, *, allow: bool = True) -> str:
        """The address that leads back to the app, which is not gone to."""
        login = self.session.get(address, timeout=10)
        page = self._sends(login, {"username": USER, "password": PASSWORD})
        consent = self.session.get(urljoin(page.url, page.headers["Location"]), timeout=10)
        assert "Authorize wasf?" in consent.text
        return self._sends(consent, {"allow": "Authorize"} if allow else {}).headers["Location"]

    def _sends(self, page: requests.Response, filled: dict[str, str]) -> requests.Response:
        fields = _Hidden(page.text).fields | filled
        answer = self.session.post(page.url, data=fields, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer


class _Hidden(HTMLParser):
    """What a page's form holds without being asked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"] or ""] = found.get("value") or ""
