"""The API's addresses."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wasf.localchats.gate import ROOT, Gate, Guard
from wasf.localchats.reading import Reading
from wasf.localchats.refusing import Refused, page
from wasf.localchats.shapes import Json


def application(gate: Gate, base_url: str) -> Starlette:
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


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for nothing else
    return error.answer()


async def _not_found(_: Request, __: Exception) -> Response:
    return page(404, "Page not found")
