"""Runs `wasf connect` in a process of its own, and plays the person in front of the browser."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.end_to_end.program import Wasf
from tests.end_to_end.warm_start import WarmProcess
from tests.ports import free_port
from tests.servers.salesforce import PASSWORD, ConnectedApp, LocalOrg

USER = "robin@example.com"
PORTS = (17171, 27171, 37171)
ROOT = Path(__file__).parents[2]
_SECONDS = 60


def login_host(org: LocalOrg) -> str:
    """The org's address that plays login.salesforce.com."""
    return org.base_url.replace("127.0.0.1", "localhost")


def callback(port: int) -> str:
    return f"http://localhost:{port}/callback"


class Office:
    """An org with an app for wasf, and a home for wasf."""

    def __init__(self, org: LocalOrg, home: Path) -> None:
        self.org = org
        self.home = home
        self.port = free_port()
        uris = [callback(port) for port in (self.port, *PORTS)]
        self.app: ConnectedApp = org.oauth.add_app(redirect_uris=uris)
        self.login_host = login_host(org)
        self.client_id = self.app.client_id
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("WASF_")},
            "WASF_HOME": str(home),
            "BROWSER": "true",
            "PYTHONUNBUFFERED": "",
        }
        self.ledger = Wasf.ledger_of(home) if Wasf.ledger_of else ""
        if self.ledger:
            self.environment["WASF_LEDGER"] = self.ledger
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
            self.environment.pop(name, None)

    def resolve(self, home: Path, exports: Path) -> None:
        """From now on HOME alone says where things are, and the chats are in the settings."""
        home.mkdir(exist_ok=True)
        self.environment = {
            key: value for key, value in self.environment.items()
            if not key.startswith(("WASF_", "XDG_", "DBUS_"))
        } | {"HOME": str(home)}  # fmt: skip
        self.run("config", "set", "sources", exports)
        self.run("config", "set", "timezone", "Europe/Berlin")
        if self.ledger:
            self.run("config", "set", "ledger", self.ledger)

    def connect(self, *arguments: object, **options: Any) -> "Connecting":
        """`wasf connect` at the login host, with tokens in a file."""
        given = ["--domain", self.login_host, "--client-id", self.client_id]
        if options.pop("own_port", True):
            given += ["--port", str(self.port)]
        return Connecting(self, [*given, "--token-store", "file", *map(str, arguments)], **options)

    def run(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Any command, to its end."""
        process = WarmProcess(
            [sys.executable, "-m", "wasf", *map(str, arguments)], env=self.environment, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, out + err
        return subprocess.CompletedProcess(process.args, code, out, err)

    def signed_in(self, *arguments: object) -> "Connecting":
        """A sign-in that went well."""
        with self.connect(*arguments) as connecting:
            Person().signs_in(connecting.address)
            connecting.ends(0)
        return connecting


class Connecting:
    """One run of `wasf connect`, on a terminal of its own or with its output in files."""

    def __init__(self, office: Office, arguments: list[str], *, terminal: bool = False) -> None:
        self._terminal = -1
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL}
        self._out = self._err = Path(os.devnull)
        if terminal:
            self._terminal, inner = pty.openpty()
            streams = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
        else:
            office.home.mkdir(exist_ok=True)
            self._out, self._err = office.home.parent / "out", office.home.parent / "err"
            streams |= {"stdout": self._out.open("wb"), "stderr": self._err.open("wb")}
        self.process = WarmProcess(
            [sys.executable, "-m", "wasf", "connect", *arguments],
            env=office.environment, cwd=ROOT, start_new_session=True,
            preexec_fn=own_terminal if terminal else None, **streams,
        )  # fmt: skip
        self._screen = ""
        if terminal:
            os.close(inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1

    @property
    def printed(self) -> str:
        """All it printed so far."""
        if self._terminal < 0 and self._out.name == "out":
            return self._out.read_text() + self._err.read_text()
        while self._terminal >= 0 and select.select([self._terminal], [], [], 0)[0]:
            try:
                self._screen += os.read(self._terminal, 65536).decode()
            except OSError:
                break
        return self._screen

    def waits_for(self, text: str) -> str:
        """What it printed, as soon as this is part of it."""
        deadline = time.monotonic() + _SECONDS
        while text not in (printed := self.printed):
            assert time.monotonic() < deadline, f"{text!r} did not come:\n{printed}"
            assert self.process.poll() is None or text in self.printed, self.printed
            select.select([], [], [], 0.02)
        return printed

    @property
    def address(self) -> str:
        """The address it printed, once it listens there."""
        printed = self.waits_for("Waiting for the answer")
        return next(word for word in printed.split() if "/services/oauth2/authorize?" in word)

    def types(self, text: str) -> None:
        """A line on its terminal."""
        os.write(self._terminal, f"{text}\n".encode())

    def ends(self, code: int) -> str:
        """All it printed, after it ended with this code."""
        deadline = time.monotonic() + _SECONDS
        while self.process.poll() is None:
            _ = self.printed  # a full terminal would hold it up
            assert time.monotonic() < deadline, f"it does not end:\n{self.printed}"
            select.select([], [], [], 0.02)
        assert self.process.returncode == code, self.printed
        return self.printed


class Person:
    """Somebody with a browser that has no screen."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def answer(self, address: str, action: str = "allow") -> str:
        """Signs in up to the address that leads back to wasf, and does not go there."""
        page = self._goes(self.session.get(address, timeout=30))
        form = {"un": USER, "pw": PASSWORD, "action": "log in"}
        said = self.session.post(page, data=form, timeout=30, allow_redirects=False)
        page = self._goes(said)
        if "/callback?" in page:
            return page  # approved earlier, so nobody is asked again
        said = self.session.post(page, data={"action": action}, timeout=30, allow_redirects=False)
        return said.headers["Location"]

    def _goes(self, said: requests.Response) -> str:
        """Where redirects lead, at most back to wasf."""
        while said.is_redirect:
            address = urljoin(said.url, said.headers["Location"])
            if "/callback?" in address:
                return address
            said = self.session.get(address, timeout=30, allow_redirects=False)
        return said.url

    def signs_in(self, address: str) -> requests.Response:
        """The whole way; the last page."""
        return self.session.get(self.answer(address), timeout=30)


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
