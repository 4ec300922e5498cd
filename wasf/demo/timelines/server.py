"""A running chat API: the addresses of one workspace behind a port of this machine."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wasf.demo.server import LoopbackServer, Stoppable
from wasf.demo.timelines.model import ChatWorkspace, Json
from wasf.demo.timelines.reader import (
    ROOT,
    ApiLimits,
    ChatApiRefused,
    LimitsMiddleware,
    WorkspaceReader,
    page,
)


class DemoChatApi(Stoppable):
    """The chat API of one workspace. Use it as a context manager, or call `stop`."""

    def __init__(
        self,
        workspace: ChatWorkspace,
        server: LoopbackServer | None = None,
        *,
        limits: ApiLimits | None = None,
        more: Sequence[Route] = (),
    ) -> None:
        """Start the API, on a free port unless a server is given; `more` are further addresses."""
        self.workspace = workspace
        self.limits = limits or ApiLimits(workspace)
        self.server = server or LoopbackServer()
        self.server.start(application(self.limits, self.server.base_url, more))

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return f"{self.server.base_url}{ROOT}"

    @property
    def token(self) -> str:
        """The API token of the workspace."""
        return self.limits.token

    def stop(self) -> None:
        """End the API and wait until it has ended."""
        self.server.stop()


def application(limits: ApiLimits, base_url: str, more: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI application of a workspace; links to its files begin with `base_url`."""
    workspace = limits.workspace
    reader = WorkspaceReader(workspace, base_url)

    def get(path: str, answer: Callable[[Request], Json]) -> Route:
        async def endpoint(request: Request) -> Response:
            with workspace.lock:
                return JSONResponse({"status": "ok", "data": answer(request)})

        return Route(ROOT + path, endpoint)

    async def file(request: Request) -> Response:
        ends = request.query_params.get("ends", "")
        return Response(reader.file(request.path_params["uid"], ends))

    return Starlette(
        routes=[
            get("/workspace", lambda _: reader.workspace()),
            get("/workspace/teammates", lambda _: reader.teammates()),
            *_lists(get, reader, "/whatsapp_accounts", "", official=False),
            *_lists(get, reader, "/waba/accounts", "/waba", official=True),
            *more,
            Route("/temporary/{uid}", file),
        ],
        middleware=[Middleware(LimitsMiddleware, limits=limits)],
        exception_handlers={ChatApiRefused: _refused, 404: _not_found},
    )


def _lists(
    get: Callable[[str, Callable[[Request], Json]], Route],
    reader: WorkspaceReader,
    numbers: str,
    start: str,
    *,
    official: bool,
) -> list[Route]:
    """Return the endpoints that numbers of the official API have under addresses of their own."""

    def chats(request: Request) -> Json:
        return reader.chats(dict(request.query_params), official=official)

    def chat(request: Request) -> Json:
        return reader.chat(request.path_params["id"], official=official)

    def messages(request: Request) -> Json:
        query = dict(request.query_params)
        return reader.messages(request.path_params["id"], query, official=official)

    return [
        get(numbers, lambda _: reader.numbers(official=official)),
        get(f"{start}/chats", chats),
        get(f"{start}/chats/{{id:int}}", chat),
        get(f"{start}/chats/{{id:int}}/messages", messages),
        get(f"{start}/messages/{{uid}}", lambda r: reader.message(r.path_params["uid"])),
    ]


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ChatApiRefused)  # noqa: S101 - it is registered for nothing else
    return error.answer()


async def _not_found(_: Request, __: Exception) -> Response:
    return page(404, "Page not found")
