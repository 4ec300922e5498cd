"""Starts and stops the org's HTTP server: on a thread of its own, or for the whole process."""

import secrets
import threading
from dataclasses import dataclass, field

from wasf.localorg.gate import Gate
from wasf.localorg.org import Clock, Org
from wasf.localorg.seeding import Seed, found
from wasf.localorg.serving import Background, Port
from wasf.localorg.web import application


@dataclass(frozen=True, slots=True)
class Options:
    """Where the org listens and lives. Port 0: a free one. `path`: its SQLite file."""

    port: int = 0
    path: str = ":memory:"
    seed: Seed = field(default_factory=Seed)
    clock: Clock | None = None


class Server:
    """One org behind one port of the loopback interface."""

    def __init__(self, options: Options) -> None:
        self.org = Org(options.path, options.clock)
        self.access_token = found(self.org, options.seed)
        self.control_token = secrets.token_urlsafe(32)
        self.gate = Gate(self.org)
        self.port = Port(options.port)
        self.gate.shut = self.port.shut

    @property
    def base_url(self) -> str:
        """The org's address."""
        return self.port.base_url

    async def serve(self, ready: threading.Event | None = None) -> None:
        """Serves until `stop`."""
        await self.port.serve(application(self.gate, self.control_token), ready)
        with self.org.lock:
            self.org.storage.close()

    def stop(self) -> None:
        """Ends `serve`, from any thread."""
        self.port.stop()


class ServerThread:
    """A server on a thread of its own."""

    def __init__(self, options: Options) -> None:
        self.server = Server(options)
        self._thread = Background(self.server.port, self.server.serve)

    def stop(self) -> None:
        """Ends it and waits until it has ended."""
        self._thread.stop()
