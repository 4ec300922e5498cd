"""The chat API behind a port of the loopback interface, on a thread of its own."""

from types import TracebackType
from typing import Self

from wasf.localchats.delivering import Delivering
from wasf.localchats.faults import Fault
from wasf.localchats.gate import PER_SECOND, ROOT, Gate
from wasf.localchats.model import Workspace
from wasf.localchats.web import application
from wasf.localchats.webhooks import Webhooks
from wasf.localorg.serving import Background, Port


class LocalChats:
    """A running chat API. Use it in a `with`, or `stop` it."""

    def __init__(self, gate: Gate, port: Port) -> None:
        self._gate = gate
        self._port = port
        self.webhooks = Webhooks()
        self.deliver = Delivering(gate.workspace, self.webhooks).deliver
        app = application(gate, port.base_url, self.webhooks)
        self._thread = Background(port, lambda ready: port.serve(app, ready))

    @classmethod
    def start(
        cls, workspace: Workspace | None = None, port: int = 0, per_second: int = PER_SECOND
    ) -> Self:
        """Serve a workspace, an empty one unless given. Port 0: a free one.

        More than `per_second` requests in a second are refused.
        """
        return cls(Gate(workspace or Workspace(), per_second), Port(port))

    @property
    def base_url(self) -> str:
        """The API's address."""
        return f"{self._port.base_url}{ROOT}"

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
        self._thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()
