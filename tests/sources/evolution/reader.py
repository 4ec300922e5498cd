"""A reader of the local Evolution API."""

from tests.servers.evolution import LocalEvolution
from tests.sources.timelines.reader import CountingLimiter
from tests.sources.web_reader import WebReader
from wasf.core.auth import Secret
from wasf.interfaces import ApiConnection
from wasf.sources.evolution.api import EvolutionApi


def api_of(evolution: LocalEvolution, key: str = "", **options: str) -> EvolutionApi:
    """The server, with a key."""
    secret = Secret(key or evolution.key)
    return EvolutionApi(ApiConnection(evolution.base_url, secret, CountingLimiter(), options))


def reader_of(evolution: LocalEvolution) -> WebReader:
    """A reader of all instances."""
    return WebReader(lambda: api_of(evolution))
