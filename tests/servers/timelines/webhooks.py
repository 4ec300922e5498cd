"""The webhooks of a workspace: an address for a type of event, made once however often asked."""

import threading
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wasf.demo.timelines.model import Json
from wasf.demo.timelines.server import ROOT, ChatApiRefused

EVENTS = frozenset(
    {"message:new", "message:received:new", "message:sent:new", "message:reaction"}
    | {"chat:new", "chat:incoming:new", "chat:outgoing:new"}
    | {"chat:responsible:assigned", "chat:responsible:unassigned"}
    | {"call:incoming:missed", "call:incoming:ended", "call:outgoing:ended"}
    | {f"whatsapp:account:{what}" for what in ("connected", "disconnected", "suspended", "resumed")}
    | {f"waba:message:{what}" for what in ("received", "delivered", "failed", "read")}
)
_LONGEST_URL = 4_096


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that gets one type of event; `errors` counts those that it did not take."""

    id: int
    event_type: str
    url: str
    enabled: bool = True
    errors: int = 0

    def as_json(self) -> Json:
        """Return the webhook as the API shows it."""
        return {
            "id": self.id,
            "event_type": self.event_type,
            "url": self.url,
            "enabled": self.enabled,
            "errors_counter": self.errors,
        }


class Webhooks:
    """The webhooks of a workspace, at most `most`. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, Webhook] = {}
        self._last = 0
        self.most = 10

    def all(self) -> list[Webhook]:
        """Return all webhooks in the order in which they were made."""
        with self._lock:
            return list(self._kept.values())

    def create(self, asked: object) -> Webhook:
        """Make a webhook, or switch the equal one on. Raise `ChatApiRefused` if it is malformed."""
        shown = asked if isinstance(asked, dict) else {}
        event_type, url = str(shown.get("event_type")), str(shown.get("url"))
        if event_type not in EVENTS or not _is_address(url):
            raise ChatApiRefused(400, "validation_error", "event_type or url is not valid")
        enabled = shown.get("enabled", True) is True
        with self._lock:
            same = [one for one in self._kept.values() if (one.event_type, one.url) ==
                    (event_type, url)]  # fmt: skip
            if not same and len(self._kept) >= self.most:
                raise ChatApiRefused(400, "validation_error", "The limit of webhooks is reached")
            if not same:
                self._last += 1
            found = same[0] if same else Webhook(self._last, event_type, url)
            self._kept[found.id] = replace(found, enabled=enabled)
            return self._kept[found.id]

    def change(self, number: int, asked: object) -> Webhook:
        """Change the given attributes. Raise `ChatApiRefused` if there is no such webhook."""
        shown = asked if isinstance(asked, dict) else {}
        given = {name: shown[name] for name in ("event_type", "url", "enabled") if name in shown}
        with self._lock:
            self._kept[number] = replace(self._known(number), **given)
            return self._kept[number]

    def delete(self, number: int) -> None:
        """Remove a webhook. Raise `ChatApiRefused` if there is none."""
        with self._lock:
            self._known(number)
            del self._kept[number]

    def failed(self, number: int) -> None:
        """Count an event that an address did not take."""
        with self._lock:
            if found := self._kept.get(number):
                self._kept[number] = replace(found, errors=found.errors + 1)

    def _known(self, number: int) -> Webhook:
        if number not in self._kept:
            raise ChatApiRefused(404, "not_found", "Webhook not found")
        return self._kept[number]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return is_web and len(url) <= _LONGEST_URL


def routes(webhooks: Webhooks) -> list[Route]:
    """Return the addresses by which a client manages its webhooks."""

    def ok(data: object, status: int = 200) -> Response:
        return JSONResponse({"status": "ok", "data": data}, status)

    async def listed(_: Request) -> Response:
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
        Route(f"{ROOT}/webhooks", listed, methods=["GET"]),
        Route(f"{ROOT}/webhooks", create, methods=["POST"]),
        Route(f"{ROOT}/webhooks/{{id:int}}", change, methods=["PUT"]),
        Route(f"{ROOT}/webhooks/{{id:int}}", delete, methods=["DELETE"]),
    ]


async def _json(request: Request) -> object:
    try:
        value: object = await request.json()
    except ValueError:
        raise ChatApiRefused(400, "validation_error", "The body is no JSON") from None
    return value
