"""A reader of the local WAHA."""

from tests.servers.waha import LocalWaha
from tests.sources.timelines.reader import CountingLimiter
from tests.sources.web_reader import WebReader
from wasf.core.auth import Secret
from wasf.interfaces import ApiConnection
from wasf.sources.waha.api import WahaApi


def api_of(waha: LocalWaha, key: str = "", **options: str) -> WahaApi:
    """The server, with a key."""
    secret = Secret(key or waha.key)
    return WahaApi(ApiConnection(waha.base_url, secret, CountingLimiter(), options))


def reader_of(waha: LocalWaha) -> WebReader:
    """A reader of all sessions."""
    return WebReader(lambda: api_of(waha))
