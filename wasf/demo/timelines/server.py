"""The chat API behind a port of the loopback interface, on a thread of its own."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wasf.demo.salesforce.server import Background, Port
from wasf.demo.timelines.api import Reading, Refused, page
from wasf.demo.timelines.gate import PER_SECOND, ROOT, Gate, Guard
from wasf.demo.timelines.json import Json
from wasf.demo.timelines.model import ChatWorkspace
from wasf.demo.timelines.webhooks import Delivering, Fault, Webhooks

# --- web
# The API's addresses.


def application(gate: Gate, base_url: str, webhooks: Webhooks) -> Starlette:
    """The ASGI app of one workspace."""
    reading = Reading(gate.workspace, base_url)

    def get(path: str, answer: Callable[[Request], Json]) -> Route:
        async def endpoint(request: Request) -> Response:
            with gate.workspace.lock:
                return JSONResponse({"status": "ok", "data": answer(request)})

        return Route(ROOT + path, endpoint)

    async def file(request: Request) -> Response:
        ends = request.query_params.get("ends", "")
        return Response(reading.file(request.path_params["uid"], ends))

    return Starlette(
        routes=[
            get("/workspace", lambda _: reading.workspace()),
            get("/workspace/teammates", lambda _: reading.teammates()),
            *_lists(get, reading, "/whatsapp_accounts", "", official=False),
            *_lists(get, reading, "/waba/accounts", "/waba", official=True),
            *_webhooks(webhooks),
            Route("/temporary/{uid}", file),
        ],
        middleware=[Middleware(Guard, gate=gate)],
        exception_handlers={Refused: _refused, 404: _not_found},
    )


def _lists(
    get: Callable[[str, Callable[[Request], Json]], Route],
    reading: Reading,
    accounts: str,
    start: str,
    *,
    official: bool,
) -> list[Route]:
    """The endpoints that the official API's numbers have of their own."""

    def chats(request: Request) -> Json:
        return reading.chats(dict(request.query_params), official=official)

    def chat(request: Request) -> Json:
        return reading.chat(request.path_params["id"], official=official)

    def messages(request: Request) -> Json:
        query = dict(request.query_params)
        return reading.messages(request.path_params["id"], query, official=official)

    return [
        get(accounts, lambda _: reading.accounts(official=official)),
        get(f"{start}/chats", chats),
        get(f"{start}/chats/{{id:int}}", chat),
        get(f"{start}/chats/{{id:int}}/messages", messages),
        get(f"{start}/messages/{{uid}}", lambda r: reading.message(r.path_params["uid"])),
    ]


def _webhooks(webhooks: Webhooks) -> list[Route]:
    def ok(data: object, status: int = 200) -> Response:
        return JSONResponse({"status": "ok", "data": data}, status)

    async def shown(_: Request) -> Response:
        return ok([one.as_json() for one in webhooks.all()])

    async def create(request: Request) -> Response:
        return ok(webhooks.create(await _json(request)).as_json(), 201)

    async def change(request: Request) -> Response:
        number = request.path_params["id"]
        return ok(webhooks.change(number, await _json(request)).as_json())

    async def delete(request: Request) -> Response:
        webhooks.delete(request.path_params["id"])
        return ok({})

    return [
        Route(f"{ROOT}/webhooks", shown, methods=["GET"]),
        Route(f"{ROOT}/webhooks", create, methods=["POST"]),
        Route(f"{ROOT}/webhooks/{{id:int}}", change, methods=["PUT"]),
        Route(f"{ROOT}/webhooks/{{id:int}}", delete, methods=["DELETE"]),
    ]


async def _json(request: Request) -> object:
    try:
        value: object = await request.json()
    except ValueError:
        raise Refused(400, "validation_error", "The body is no JSON") from None
    return value


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for nothing else
    return error.answer()


async def _not_found(_: Request, __: Exception) -> Response:
    return page(404, "Page not found")


# --- server


class LocalChatApi:
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
        cls, workspace: ChatWorkspace | None = None, port: int = 0, per_second: int = PER_SECOND
    ) -> Self:
        """Serve a workspace, an empty one unless given. Port 0: a free one.

        More than `per_second` requests in a second are refused.
        """
        return cls(Gate(workspace or ChatWorkspace(), per_second), Port(port))

    @property
    def base_url(self) -> str:
        """The API's address."""
        return f"{self._port.base_url}{ROOT}"

    @property
    def token(self) -> str:
        """The workspace's API token."""
        return self._gate.token

    @property
    def workspace(self) -> ChatWorkspace:
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
