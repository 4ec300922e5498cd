"""Requests to a chat API: paced, repeated, bounded. Each provider says what an answer means.

Each request has a connection of its own: after about a hundred on one, the servers in front of some
APIs begin to refuse them. No redirect is followed, and no error holds anything of an answer.

A link that an API gives to a file is followed by the one policy of `addresses`. The link itself
gives access, so no token is sent, except where the provider says that it needs one.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import urljoin

import requests
from requests.auth import AuthBase

from wasf.errors import MissingFile, Unreachable, UnreadableFile, WasfError
from wasf.http import (
    LARGEST_BODY,
    BoundedSession,
    HttpError,
    NoAuth,
    NoResponse,
    PrivateAddress,
    TooLarge,
    TooSlow,
)
from wasf.interfaces import Json
from wasf.retry import RateLimiter, RetryPolicy, Timeouts
from wasf.sources.addresses import is_same_server, is_this_machine, may_follow
from wasf.sources.lenient_json import parsed
from wasf.values import dataclass

_TIMEOUTS: Final = Timeouts(connect=10.0, read=60.0)
_FILE_TIMEOUTS: Final = Timeouts(connect=10.0, read=300.0)
_FILE_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}
_RETRY: Final = RetryPolicy(attempts=8, first_pause=1.5, longest_pause=30.0, jitter=0.0)
_LONGEST_ASKED: Final = 60.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class TooMuch(Unreachable):
    """An answer of more bytes than wasf takes; who can ask for less does."""


class Gone(WasfError):
    """What was asked for is not there, or the API does not know such a cursor."""


class ApiAnswer(NamedTuple):
    """The answer to a request; `body` is None if it is no JSON."""

    status: int
    body: Json
    headers: Mapping[str, str]


class Refusal(Exception):
    """An answer that is no success: what to raise if it lasts, and whether to try again.

    `pause` is how many seconds the server asked to wait, None if it did not. `said` are the API's
    own words. It is the cause of the error that is raised; only who knows that the words hold
    nothing of a chat shows them.
    """

    def __init__(
        self, error: WasfError, *, may_pass: bool, pause: float | None = None, said: str = ""
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.may_pass = may_pass
        self.pause = pause
        self.said = said


@dataclass(frozen=True, slots=True)
class ApiClient:
    """The API at one address. `title` names it in errors; `auth` proves us in each request.

    `read` returns what an answer holds, or raises `Refusal`.
    """

    title: str
    url: str
    auth: AuthBase
    limiter: RateLimiter
    read: Callable[[ApiAnswer], Json]

    def get(self, path: str, **query: str | int) -> Json:
        """Return what is at a path. Parameters that are "" are left out.

        Raise what `read` says of an answer that lasts, and `Unreachable` if trying again did not
        help.
        """
        asked = {name: str(value) for name, value in query.items() if value != ""}
        return self._call(requests.Request("GET", self._address(path), params=asked))

    def post(self, path: str, value: Mapping[str, object], largest: int = LARGEST_BODY) -> Json:
        """Send a value that may be sent twice, and return what comes back. Raise as `get`.

        Raise `TooMuch` for an answer of more than `largest` bytes.
        """
        return self._call(requests.Request("POST", self._address(path), json=value), largest)

    def patch(self, path: str, value: Mapping[str, object]) -> Json:
        """Change what is at a path, and return what comes back. Raise as `get`."""
        return self._call(requests.Request("PATCH", self._address(path), json=value))

    def put(self, path: str, value: Mapping[str, object]) -> Json:
        """Replace what is at a path, and return what comes back. Raise as `get`."""
        return self._call(requests.Request("PUT", self._address(path), json=value))

    def download(
        self, link: str, largest: int, *, with_token: bool = False, redirects: int = 0
    ) -> bytes:
        """Return what a link of the API leads to, at most `largest` bytes.

        `with_token` proves us there too: the caller knows that the link leads to the provider. So
        many `redirects` are followed, each by the same policy and without the token.

        Raise `UnreadableFile` if the link may not be followed or the file is too large,
        `MissingFile` if it cannot be had now.
        """
        auth = self.auth if with_token else NoAuth()
        for _ in range(redirects):
            found = self._fetch(link, largest, auth)
            if isinstance(found, bytes):
                return found
            link, auth = _next_link(link, found), NoAuth()
        found = self._fetch(link, largest, auth)
        if isinstance(found, bytes):
            return found
        raise MissingFile("a message's file was not given (it is said to be elsewhere)")

    def _fetch(self, link: str, largest: int, auth: AuthBase) -> bytes | str:
        """Return what is at a link, or where it leads. Raise as `download`."""
        is_ours = is_same_server(link, self.url)
        if not may_follow(link, self.url):
            raise UnreadableFile(f"{self.title} gave no usable link to a message's file.")
        try:
            with (
                BoundedSession(
                    _FILE_TIMEOUTS, auth, trust_env=True, public_only=not is_ours
                ) as session,
                session.get(link, headers=_FILE_HEADERS) as response,
            ):
                if response.status_code in _REDIRECTS and (led := response.headers.get("Location")):
                    return led
                if response.status_code != 200:
                    how = f"HTTP {response.status_code}"
                    raise MissingFile(f"a message's file was not given ({how})")
                return session.body(response, largest)
        except PrivateAddress:
            told = f"{self.title} gave a link to a message's file in a private network."
            raise UnreadableFile(told) from None
        except TooLarge:
            raise UnreadableFile("A message's file is larger than Salesforce takes.") from None
        except TooSlow:
            raise MissingFile("a message's file comes too slowly") from None
        except (HttpError, requests.RequestException):
            raise MissingFile("a message's file cannot be reached just now") from None

    def _address(self, path: str) -> str:
        return self.url.rstrip("/") + path

    def _call(self, request: requests.Request, largest: int = LARGEST_BODY) -> Json:
        policy = replace(_RETRY, sleep=self.limiter.sleep)
        try:
            return policy.call(lambda: self._ask(request, largest), _may_pass, _pause)
        except Refusal as refusal:
            raise refusal.error from refusal

    def _ask(self, request: requests.Request, largest: int) -> Json:
        self.limiter.wait()
        try:
            trust_env = not is_this_machine(self.url)
            with BoundedSession(_TIMEOUTS, self.auth, trust_env=trust_env) as session:
                session.headers["Connection"] = "close"
                with session.send_with_environment(request) as response:
                    body = parsed(session.body(response, largest))
                    answer = ApiAnswer(response.status_code, body, response.headers)
        except NoResponse as none:
            error = none.shown(self.title)
            raise Refusal(error, may_pass=isinstance(error, Unreachable)) from None
        except TooLarge:
            error = TooMuch(f"{self.title} answers with more than wasf takes at once.")
            raise Refusal(error, may_pass=False) from None
        except (HttpError, requests.RequestException):
            how = "did not answer, or not in time"
            raise Refusal(unreachable(self.title, how), may_pass=True) from None
        return self.read(answer)


def unusable(title: str, answer: ApiAnswer) -> Refusal:
    """Return the refusal for an answer that no rule of the API explains; it may pass.

    Throttling (403, 429) and failing servers pass; so does a success that holds nothing usable.
    """
    may_pass = answer.status in (403, 429) or answer.status >= 500 or answer.status < 300
    asked = answer.headers.get("Retry-After", "")
    pause = min(float(asked), _LONGEST_ASKED) if asked.isdecimal() else None
    error = unreachable(title, f"gave no usable answer (HTTP {answer.status})")
    return Refusal(error, may_pass=may_pass, pause=pause)


def unreachable(title: str, how: str) -> Unreachable:
    """Return the error for an API that is of no use just now."""
    return Unreachable(
        f"{title} {how}.", "Check the network; the next sync goes on where this one ended."
    )


def _next_link(link: str, location: str) -> str:
    """Return where a redirect leads, "" if that is no address."""
    try:
        return urljoin(link, location)
    except ValueError:
        return ""


def _may_pass(error: Exception) -> bool:
    return isinstance(error, Refusal) and error.may_pass


def _pause(error: Exception) -> float | None:
    return error.pause if isinstance(error, Refusal) else None
