"""Files of messages, fetched when they are needed: a link to one lives for a quarter of an hour."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import requests

from wasf.errors import MissingFile, UnreadableFile
from wasf.http import BoundedSession, HttpError, NoAuth, TooLarge, TooSlow
from wasf.retry import Timeouts
from wasf.sources.timelines import model as answers
from wasf.sources.timelines.client import Gone, TimelinesClient

_TIMEOUTS: Final = Timeouts(connect=10.0, read=300.0)


def read_file(client: TimelinesClient, path: str, largest: int) -> bytes:
    """The file of the message at `path` in the API, at most `largest` bytes.

    Raises `UnreadableFile` if it is gone for good or too large, `MissingFile` if it cannot be had
    just now, else as `TimelinesClient.get`.
    """
    try:
        link = answers.link(client.get(path))
    except Gone:
        raise UnreadableFile("TimelinesAI no longer has a message's file.") from None
    if not _is_safe(link):
        raise UnreadableFile("TimelinesAI gave no usable link to a message's file.")
    return _download(link, largest)


def _is_safe(link: str) -> bool:
    """Encrypted, or on this machine, where a test's server is."""
    try:
        parts = urlsplit(link)
        return parts.scheme == "https" or (
            parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False


def _download(link: str, largest: int) -> bytes:
    """What the link leads to. The token is not sent there: the link is its own key."""
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        with (
            BoundedSession(_TIMEOUTS, NoAuth(), trust_env=True) as session,
            session.get(link, headers=headers) as response,
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
