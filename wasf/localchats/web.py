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
from wasf.localchats.webhooks import Webhooks


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
