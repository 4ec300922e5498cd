"""The server: keys, instances, the table of messages in pages, files, one webhook an instance."""

import json
import random
import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import requests
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.evolution.model import EvolutionInstance, EvolutionRow, Json
from wasf.demo.server import LoopbackServer

USUAL_PAGE = 50


class _Refused(Exception):
    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status": status, "error": error, "response": {"message": [message]}}


class LocalEvolution:
    """A running server. `before` is called with each path that is asked for, before the answer.

    `answers` replaces answers: a path's part and the status and body in its place. `shuffles`:
    messages of one second change places between any two requests, as they do there.
    """

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.instances: dict[str, EvolutionInstance] = {}
        self.requests: list[str] = []
        self.before: Callable[[str], None] = lambda _: None
        self.answers: dict[str, tuple[int, Any]] = {}
        self.shuffles = True
        self._random = random.Random(1)
        self._server = LoopbackServer()
        self._server.start(self._application())

    @classmethod
    def start(cls) -> Self:
        """Start it on a free port."""
        return cls()

    @property
    def base_url(self) -> str:
        """Its address."""
        return self._server.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._server.stop()

    def add_instance(self, name: str, number: str, **facts: Any) -> EvolutionInstance:
        """Add an instance that is connected."""
        made = EvolutionInstance(name, number, secrets.token_hex(16), **facts)
        self.instances[name] = made
        return made

    # Webhooks

    def event(self, instance: EvolutionInstance, event: str, data: Any, **more: Any) -> Json:
        """The body of a webhook."""
        return {
            "event": event,
            "instance": instance.name,
            "data": data,
            "destination": "https://hooks.example/wasf",
            "date_time": "2026-03-10T05:15:01.123Z",
            "sender": f"{instance.number}@s.whatsapp.net",
            "server_url": self.base_url,
            "apikey": instance.token,
        } | more

    def deliver(self, instance: EvolutionInstance, event: str, data: Any) -> int:
        """Send an event to the instance's webhook; return the status."""
        assert instance.webhook is not None
        body = json.dumps(self.event(instance, event, data)).encode()
        headers = {"Content-Type": "application/json"} | instance.webhook["headers"]
        url = instance.webhook["url"]
        return requests.post(url, data=body, headers=headers, timeout=10).status_code

    # Requests

    def _application(self) -> Starlette:
        def get(path: str, answer: Callable[[Request], Any]) -> Route:
            async def endpoint(request: Request) -> Response:
                return JSONResponse(answer(request))

            return Route(path, endpoint)

        def post(path: str, answer: Callable[[Request, Any], Any], status: int = 200) -> Route:
            async def endpoint(request: Request) -> Response:
                return JSONResponse(answer(request, await request.json()), status)

            return Route(path, endpoint, methods=["POST"])

        routes = [
            get("/instance/fetchInstances", self._list),
            post("/chat/findMessages/{instance}", self._messages),
            post("/chat/getBase64FromMediaMessage/{instance}", self._file, 201),
            get("/group/findGroupInfos/{instance}", self._group),
            get("/webhook/find/{instance}", lambda r: self._instance(r).webhook),
            post("/webhook/set/{instance}", self._set_webhook, 201),
        ]
        application = Starlette(routes=routes, exception_handlers={_Refused: _refused})
        application.add_middleware(BaseHTTPMiddleware, dispatch=self._admit)
        return application

    async def _admit(self, request: Request, go_on: RequestResponseEndpoint) -> Response:
        path = request.url.path
        self.before(path)
        self.requests.append(path)
        for part, (status, body) in self.answers.items():
            if part in path:
                return JSONResponse(body, status)
        given = request.headers.get("apikey", "")
        if given != self.key and not any(given == one.token for one in self.instances.values()):
            return _unauthorized()
        return await go_on(request)

    def _list(self, request: Request) -> list[Json]:
        key = request.headers["apikey"]
        return [one.shown for one in self.instances.values() if key in (self.key, one.token)]

    def _instance(self, request: Request) -> EvolutionInstance:
        name, key = request.path_params["instance"], request.headers["apikey"]
        found = self.instances.get(name)
        if found is None:
            raise _Refused(404, "Not Found", f'The "{name}" instance does not exist')
        if key not in (self.key, found.token):
            raise _Refused(401, "Unauthorized", "Unauthorized")
        return found

    def _messages(self, request: Request, body: Json) -> Json:
        instance = self._instance(request)
        where = body.get("where", {})
        if not set(where) <= {"messageTimestamp"}:
            raise _Refused(400, "Bad Request", "a filter that matches everything")
        limits = where.get("messageTimestamp", {})
        size, page = int(body.get("offset", USUAL_PAGE)), int(body.get("page", 1))
        assert size <= 200, "a careless query"
        found = list(instance.rows)
        if "gte" in limits and "lte" in limits:  # one alone has no effect
            first, last = (_seconds(limits[name]) for name in ("gte", "lte"))
            found = [one for one in found if first <= int(one.at.timestamp()) <= last]
        if self.shuffles:
            self._random.shuffle(found)
        found.sort(key=lambda one: int(one.at.timestamp()), reverse=True)
        records = [one.shown for one in found[(page - 1) * size : page * size]]
        return {
            "messages": {
                "total": len(found),
                "pages": -(-len(found) // size),
                "currentPage": page,
                "records": records,
            }
        }

    def _file(self, request: Request, body: Json) -> Json:
        uid = body["message"]["key"]["id"]
        rows: list[EvolutionRow] = self._instance(request).rows
        found = next((one for one in rows if one.uid == uid and one.content), None)
        if found is None:
            raise _Refused(400, "Bad Request", "Message not found")
        return {"mediaType": "documentMessage", "base64": b64encode(found.content).decode()}

    def _group(self, request: Request) -> Json:
        subject = self._instance(request).subjects.get(request.query_params["groupJid"])
        if subject is None:
            raise _Refused(404, "Not Found", "group not found")
        return {"id": request.query_params["groupJid"], "subject": subject, "participants": []}

    def _set_webhook(self, request: Request, body: Json) -> Json:
        instance = self._instance(request)
        assert set(body) == {"webhook"}
        instance.webhook = body["webhook"]
        return instance.webhook


def _seconds(written: str) -> int:
    return int(datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _unauthorized() -> Response:
    body = {"status": 401, "error": "Unauthorized", "response": {"message": "Unauthorized"}}
    return JSONResponse(body, 401)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, _Refused)
    return JSONResponse(error.body, error.status)
