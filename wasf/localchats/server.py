"""The chat API behind a port of the loopback interface, on a thread of its own."""

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from wasf.localchats.faults import Fault
from wasf.localchats.gate import PER_SECOND, ROOT, Gate
from wasf.localchats.model import Workspace
from wasf.localchats.web import application
from wasf.localorg.wire import OrgProtocol

HOST = "127.0.0.1"
_STOP_SECONDS = 10.0


class LocalChats:
    """A running chat API. Use it in a `with`, or `stop` it."""

    def __init__(self, gate: Gate, server: uvicorn.Server, sock: socket.socket) -> None:
        self._gate = gate
        self._server = server
        self._port: int = sock.getsockname()[1]
        self._thread = threading.Thread(
            target=server.run, args=([sock],), name="local chats", daemon=True
        )
        self._thread.start()

    @classmethod
    def start(
        cls, workspace: Workspace | None = None, port: int = 0, per_second: int = PER_SECOND
    ) -> Self:
        """Serve a workspace, an empty one unless given. Port 0: a free one.

        More than `per_second` requests in a second are refused.
        """
        gate = Gate(workspace or Workspace(), per_second)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
        sock.listen(256)  # so that who comes before the server's first look is not refused
        address = f"http://{HOST}:{sock.getsockname()[1]}"
        config = uvicorn.Config(
            application(gate, address), log_config=None, access_log=False, lifespan="off",
            http=OrgProtocol, ws="none", server_header=False,
        )  # fmt: skip
        return cls(gate, uvicorn.Server(config), sock)

    @property
    def base_url(self) -> str:
        """The API's address."""
        return f"http://{HOST}:{self._port}{ROOT}"

    @property
    def token(self) -> str:
        """The workspace's API token."""
        return self._gate.token

    @property
    def workspace(self) -> Workspace:
        """What is in it."""
        return self._gate.workspace

    @property
    def requests(self) -> list[str]:
        """The paths that were asked for, in order, without what is before them."""
        return [seen.path.removeprefix(ROOT) for seen in self._gate.seen]

    @property
    def request_times(self) -> list[float]:
        """When each request came, in seconds of a steady clock."""
        return [seen.at for seen in self._gate.seen]

    def fail(self, *faults: Fault) -> None:
        """Let these faults come, counted from now on."""
        done = len(self._gate.seen)
        self._gate.faults = [
            Fault(one.kind, one.first + done, one.last + done, one.retry_after) for one in faults
        ]

    def delay(self, seconds: float) -> None:
        """Answer every request so much later."""
        self._gate.latency = seconds

    def renew_token(self) -> str:
        """Make a new token; the old one is dead at once."""
        self._gate.token = Gate(self._gate.workspace).token
        return self._gate.token

    def stop(self) -> None:
        """End it and wait until it has ended."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()
