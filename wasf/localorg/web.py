"""The org's addresses: the API, the control door for other processes, the pages for people."""

import json
import secrets

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wasf.localorg import oauth, pages
from wasf.localorg.control import Control
from wasf.localorg.gate import Gate

CONTROL_HEADER = "X-Control-Token"
_HOSTS = ["127.0.0.1", "localhost"]
_METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]


def application(gate: Gate, control_token: str) -> Starlette:
    """The ASGI app of one org."""
    control = Control(gate)

    async def operate(request: Request) -> Response:
        given = request.headers.get(CONTROL_HEADER, "")
        if not secrets.compare_digest(given.encode(), control_token.encode()):
            return JSONResponse({"error": "wrong control token"}, 403)
        try:
            arguments = json.loads(await request.body() or b"{}")
            result = control.run(request.path_params["operation"], arguments)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"result": result})

    return Starlette(
        routes=[
            Route("/services/data", gate.versions),
            Route("/services/data/", gate.versions),
            Route("/services/data/{rest:path}", gate.data, methods=_METHODS),
            Route("/services/oauth2/userinfo", gate.identity, methods=["GET", "POST"]),
            *oauth.routes(gate),
            Route("/id/{org}/{user}", gate.identity),
            Route("/__control/{operation}", operate, methods=["POST"]),
            *pages.routes(gate.org),
        ],
        # A page of the internet whose name points here must not read what is in the org.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
    )
