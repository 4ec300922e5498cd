"""Links that a chat API gives to files: which of them are followed, and how.

A link is followed if it is encrypted, or if it leads to the address of the API itself, which the
person named at `wasf connect`. It gets no token: it is its own key. No redirect is followed.
"""

from typing import Final
from urllib.parse import urlsplit

import requests

from wasf.errors import MissingFile, UnreadableFile
from wasf.http import BoundedSession, HttpError, NoAuth, TooLarge, TooSlow
from wasf.retry import Timeouts
from wasf.sources.api_client import ApiClient

_TIMEOUTS: Final = Timeouts(connect=10.0, read=300.0)
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}


def download(link: str, client: ApiClient, largest: int) -> bytes:
    """Return what a link of an API leads to, at most `largest` bytes.

    Raise `UnreadableFile` if the link is not to be followed or the file is too large, `MissingFile`
    if it cannot be had now.
    """
    if not is_allowed(link, client.url):
        raise UnreadableFile(f"{client.title} gave no usable link to a message's file.")
    try:
        with (
            BoundedSession(_TIMEOUTS, NoAuth(), trust_env=True) as session,
            session.get(link, headers=_HEADERS) as response,
        ):
            if response.status_code != 200:
                raise MissingFile(f"a message's file was not given (HTTP {response.status_code})")
            return session.body(response, largest)
    except TooLarge:
        raise UnreadableFile("A message's file is larger than Salesforce takes.") from None
    except TooSlow:
        raise MissingFile("a message's file comes too slowly") from None
    except (HttpError, requests.RequestException):
        raise MissingFile("a message's file cannot be reached just now") from None


def is_allowed(link: str, api_url: str) -> bool:
    """Return whether a link may be followed; `api_url` is the address of the API that gave it."""
    try:
        parts, api = urlsplit(link), urlsplit(api_url)
        same_server = (parts.scheme, parts.hostname, parts.port) == (
            api.scheme, api.hostname, api.port,
        )  # fmt: skip
        return bool(parts.hostname) and (parts.scheme == "https" or same_server)
    except ValueError:
        return False
