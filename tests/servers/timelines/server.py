"""The chat API of tests as a server: with webhooks, faults and a record of the requests."""

from tests.servers.connections import FaultyServer
from tests.servers.timelines import webhooks
from tests.servers.timelines.delivery import Delivery
from tests.servers.timelines.faults import Fault, ScriptedLimits
from tests.servers.timelines.webhooks import Webhooks
from tests.servers.timelines.workspace import ChangingWorkspace
from wasf.demo.timelines.server import PER_SECOND, ROOT, DemoChatApi, new_token


class LocalChatApi(DemoChatApi):
    """A running chat API. Use it as a context manager, or call `stop`."""

    workspace: ChangingWorkspace

    def __init__(self, workspace: ChangingWorkspace, limits: ScriptedLimits, port: int) -> None:
        self.webhooks = Webhooks()
        self.deliver = Delivery(workspace, self.webhooks).deliver
        self._scripted = limits
        more = webhooks.routes(self.webhooks)
        super().__init__(workspace, FaultyServer(port), limits=limits, more=more)

    @classmethod
    def start(
        cls, workspace: ChangingWorkspace | None = None, port: int = 0, per_second: int = PER_SECOND
    ) -> "LocalChatApi":
        """Serve a workspace, an empty one unless given. Port 0 takes a free one.

        More than `per_second` requests in a second are refused.
        """
        space = workspace or ChangingWorkspace()
        return cls(space, ScriptedLimits(space, per_second), port)

    @property
    def requests(self) -> list[str]:
        """The paths that were asked for, in order, below the address of the API."""
        return [each.path.removeprefix(ROOT) for each in self._scripted.received]

    @property
    def request_times(self) -> list[float]:
        """When each request arrived, in seconds of a steady clock."""
        return [each.at for each in self._scripted.received]

    def fail(self, *faults: Fault) -> None:
        """Order faults; requests are counted from now on."""
        self._scripted.fail(faults)

    def refuse(self, path: str, status: int = 403, code: str = "plan_feature_unavailable") -> None:
        """Refuse every request below a path from now on; a status of 0 ends that."""
        self._scripted.refuse(path, status, code)

    def delay(self, seconds: float) -> None:
        """Delay every answer."""
        self._scripted.latency = seconds

    def renew_token(self) -> str:
        """Make a new token; the old one ends at once."""
        self._scripted.token = new_token()
        return self._scripted.token
