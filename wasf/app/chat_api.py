"""Builds what reads the chat API: its client, with the token that was kept or given, its source."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wasf.core.auth import Secret, StoreKind
from wasf.core.policy import Groups
from wasf.errors import MissingFile, NotConnected
from wasf.interfaces import Source, TokenStore
from wasf.store.ledger.model import Ledger
from wasf.store.profiles import API_URL, TOKEN_NAME, TOKEN_VARIABLE, URL_VARIABLE, ChatApiFile

if TYPE_CHECKING:
    from wasf.sources.timelines import Client
    from wasf.store.settings.model import Settings

_REST_STEP = 0.2  # seconds; a longer sleep could not be interrupted on Windows


@dataclass(frozen=True, slots=True)
class ChatApiAccess:
    """The way to the chat API in one environment. `check_stop` raises to end a wait."""

    environment: Mapping[str, str]
    file: ChatApiFile
    store: Callable[[StoreKind], TokenStore]
    check_stop: Callable[[], None]

    def connected(self, settings: "Settings") -> "Client | None":
        """The API that is connected or that the environment names, None if there is none."""
        url, token = (self.environment.get(name, "") for name in (URL_VARIABLE, TOKEN_VARIABLE))
        known = self.file.get()
        if token:
            url = url or (known.url if known else API_URL)
            return self.client(url, Secret(token), settings)
        if known is None:
            return None
        kept = self.store(known.token_store).read(TOKEN_NAME)
        if kept is None:
            raise NotConnected("The token of TimelinesAI is gone.", "wasf connect timelines")
        return self.client(url or known.url, kept.access_token, settings)

    def client(self, url: str, token: Secret, settings: "Settings") -> "Client":
        """A client for an address and a token; as polite as the settings say."""
        from wasf.sources.timelines import Client, Pace

        return Client(url, token, Pace(settings.timelines_per_second, self._rest))

    def source(
        self,
        client: "Client",
        ledger: Ledger,
        settings: "Settings",
        now: datetime,
        since: datetime | None,
    ) -> Source:
        """The chats of the workspace that is connected."""
        from wasf.sources.timelines.source import TimelinesOptions, TimelinesSource

        with_groups = settings.groups is not Groups.SKIP
        return TimelinesSource(client, ledger.recall, TimelinesOptions(now, since, with_groups))

    def read_file(self, path: str, settings: "Settings", largest: int) -> bytes:
        """The file of the message at that path in the API, at most `largest` bytes."""
        from wasf.sources.timelines.files import read_file

        client = self.connected(settings)
        if client is None:
            raise MissingFile("it is at TimelinesAI, and wasf is not connected to it")
        return read_file(client, path, largest)

    def _rest(self, seconds: float) -> None:
        """Wait, and end the wait if somebody wants the run to end."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self.check_stop()
            time.sleep(min(left, _REST_STEP))
