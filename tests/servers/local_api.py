"""What stand-ins for chat servers share: one port, a key, a record of the requests, faults."""

import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.connections import FaultyServer
from wasf.demo.server import Stoppable

Json = dict[str, Any]


class RefusedRequest(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.answer = JSONResponse(body, status)


class LocalApi(Stoppable):
    """A running server. `before` is called with each path that is asked for, before the answer.

    `requests` are the paths with their queries. `answers` replaces answers: a part of a path, and
    the status and body in its place.
    """

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.requests: list[str] = []
        self.before: Callable[[str], None] = lambda _: None
        self.answers: dict[str, tuple[int, Any]] = {}
        self.server = FaultyServer()
        self.server.start(Starlette(routes=[*self.routes()]))

    @classmethod
    def start(cls) -> Self:
        """Start it on a free port."""
        return cls()

    @property
    def base_url(self) -> str:
        """Its address."""
        return self.server.base_url

    def stop(self) -> None:
        """End the server and wait until it has ended."""
        self.server.stop()

    def routes(self) -> Iterable[Route]:
        """Return its addresses."""
        raise NotImplementedError

    def admit(self, request: Request) -> None:
        """Raise `RefusedRequest` unless the request has a key."""
        raise NotImplementedError

    def route(
        self, path: str, answer: Callable[[Request], Any], method: str = "GET", status: int = 200
    ) -> Route:
        """Return an address; what is answered is JSON, unless it is a response."""

        async def endpoint(request: Request) -> Response:
            query = request.url.query
            asked = request.url.path + (f"?{query}" if query else "")
            self.before(asked)
            self.requests.append(asked)
            for part, (instead, body) in self.answers.items():
                if part in request.url.path:
                    return JSONResponse(body, instead)
            request.state.body = await request.body()
            try:
                self.admit(request)
                found = answer(request)
            except RefusedRequest as refused:
                return refused.answer
            return found if isinstance(found, Response) else JSONResponse(found, status)

        return Route(path, endpoint, methods=[method])


def body_of(request: Request) -> Json:
    """Return the JSON that a request brought."""
    value: Json = json.loads(request.state.body)
    return value
