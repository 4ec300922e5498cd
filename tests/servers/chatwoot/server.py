"""The account behind a port of this machine, as strict as Chatwoot: its API, webhooks and files."""

import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.servers.chatwoot.desk import DeskConversation, DeskMessage, HelpDesk
from tests.servers.chatwoot.shapes import (
    Json,
    agent_json,
    conversation_json,
    event_json,
    inbox_json,
    message_json,
)
from tests.servers.connections import FaultyServer
from wasf.demo.server import Stoppable

PAGE = 25
_STATUSES = frozenset({"open", "resolved", "pending", "snoozed", "all"})
_MOST_AFTER, _MOST_BETWEEN, _MOST = 100, 1_000, 20
_LARGEST_ID = (1 << 31) - 1
_EVENTS = frozenset(
    {"message_created", "message_updated", "conversation_created", "conversation_updated",
     "conversation_status_changed", "contact_created", "contact_updated", "webwidget_triggered"}
)  # fmt: skip
_SECONDS = 5.0


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, error: str, name: str = "error") -> None:
        super().__init__(error)
        self.answer = JSONResponse({name: error}, status)


class LocalChatwoot(Stoppable):
    """A running server. Use it as a context manager, or call `stop`.

    `asked` are the paths of all requests; `before` is called with each of them, and may change the
    desk or return an answer.
    """

    def __init__(self, desk: HelpDesk | None = None, port: int = 0) -> None:
        self.desk = desk or HelpDesk()
        self.token, self.agent_token, self.bot_token = "admin-token", "agent-token", "bot-token"
        self.agent_inboxes: set[int] = set()
        self.asked: list[str] = []
        self.before: Callable[[str], Response | None] = lambda _: None
        self.webhooks: list[Json] = []
        self.has_signatures = True
        self.largest_lists = True  # `updated_within` gives all at once
        self.server = FaultyServer(port)
        self.url = self.server.base_url
        self.public_url = self.url
        self.server.start(self._application())

    @classmethod
    def start(cls, desk: HelpDesk | None = None) -> "LocalChatwoot":
        """Serve a desk, an empty one unless given, on a free port."""
        return cls(desk)

    def stop(self) -> None:
        """End the server and wait until it has ended."""
        self.server.stop()

    # Requests

    def _application(self) -> Starlette:
        account = "/api/v1/accounts/{account:int}"
        conversation = f"{account}/conversations/{{id:int}}"
        routes = [
            self._route("/api/v1/profile", self._profile),
            self._route(f"{account}/inboxes", self._inboxes),
            self._route(f"{account}/inbox_members/{{id:int}}", self._members),
            self._route(f"{account}/agents", lambda _: [agent_json(a) for a in self.desk.agents]),
            self._route(f"{account}/conversations", self._conversations),
            self._route(conversation, lambda r: self._shown(self._conversation(r))),
            self._route(f"{conversation}/messages", self._messages),
            self._route(f"{account}/webhooks", self._webhooks, "GET", "POST"),
            self._route(f"{account}/webhooks/{{id:int}}", self._webhook, "PATCH"),
            Route("/rails/active_storage/blobs/redirect/{id}/{name}", self._redirect),
            Route("/rails/active_storage/disk/{id}/{name}", self._file),
            Route("/{path:path}", self._page),
        ]
        return Starlette(routes=routes)

    def _route(self, path: str, answer: Callable[[Request], Any], *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            self.asked.append(asked)
            if (instead := self.before(asked)) is not None:
                return instead
            request.state.body = await request.body()
            try:
                with self.desk.lock:
                    self._admit(request)
                    return JSONResponse(answer(request))
            except Refused as refused:
                return refused.answer

        return Route(path, endpoint, methods=[*(methods or ("GET",))])

    def _admit(self, request: Request) -> None:
        token = request.headers.get("api_access_token")
        if token is None:
            raise _errors(401, "You need to sign in or sign up before continuing.")
        if token == self.bot_token:
            raise Refused(401, "Access to this endpoint is not authorized for bots")
        if token not in (self.token, self.agent_token):
            raise Refused(401, "Invalid Access Token")
        account = request.path_params.get("account", self.desk.account_id)
        if account != self.desk.account_id:
            raise Refused(401, "You are not authorized to access this account")
        is_agent = token == self.agent_token
        if is_agent and "webhooks" in request.url.path:
            raise Refused(401, "You are not authorized to do this action")
        request.state.inboxes = self.agent_inboxes if is_agent else set(self.desk.inboxes)

    def _profile(self, _: Request) -> Json:
        account = {"id": self.desk.account_id, "name": self.desk.name, "role": "administrator"}
        secrets = {"access_token": self.token, "pubsub_token": "x", "hmac_identifier": "x"}
        return {"id": 1, "email": "root@example.com", "accounts": [account], **secrets}

    def _inboxes(self, request: Request) -> Json:
        seen = [one for one in self.desk.inboxes.values() if one.id in request.state.inboxes]
        return {"payload": [inbox_json(one) for one in seen]}

    def _members(self, request: Request) -> Json:
        inbox = self.desk.inboxes.get(request.path_params["id"])
        if inbox is None:
            raise Refused(404, "Resource could not be found")
        return {"payload": [agent_json(one) for one in inbox.members]}

    def _conversations(self, request: Request) -> Json:
        query = request.query_params
        found = [c for c in self.desk.conversations.values() if c.inbox.id in request.state.inboxes]
        status = query.get("status", "open")
        if status not in _STATUSES:
            raise Refused(422, "status is invalid")
        found = [c for c in found if status in ("all", c.status)]
        if "inbox_id" in query:
            found = [c for c in found if str(c.inbox.id) == query["inbox_id"]]
        by, _, order = query.get("sort_by", "last_activity_at_desc").rpartition("_")
        found.sort(key=lambda c: getattr(c, by), reverse=order == "desc")
        number = int(query.get("page", "1"))
        if "updated_within" in query and self.largest_lists:
            since = self.desk.clock() - timedelta(seconds=int(query["updated_within"]))
            shown = [c for c in found if c.updated_at >= since]
        else:
            shown = found[(number - 1) * PAGE : number * PAGE]
        meta = {"mine_count": 0, "assigned_count": 0, "all_count": len(found)}
        payload = [self._shown(c) for c in shown]
        return {"data": {"meta": meta, "payload": payload}}

    def _shown(self, chat: DeskConversation) -> Json:
        return conversation_json(chat, self.desk, self.public_url)

    def _conversation(self, request: Request) -> DeskConversation:
        chat = self.desk.conversations.get(request.path_params["id"])
        if chat is None:
            raise Refused(404, "Resource could not be found")
        if chat.inbox.id not in request.state.inboxes:
            raise Refused(401, "You are not authorized to do this action")
        return chat

    def _messages(self, request: Request) -> Json:
        chat, query = self._conversation(request), request.query_params
        after, before = query.get("after", ""), query.get("before", "")
        if any(int(one) > _LARGEST_ID for one in (after, before) if one):
            raise Refused(500, "ActiveModel::RangeError")
        rows = self.desk.messages_of(chat)
        if after and before:
            rows = [o for o in rows if int(after) <= o.id < int(before)][:_MOST_BETWEEN]
        elif after:
            rows = [o for o in rows if o.id > int(after)][:_MOST_AFTER]
        else:
            rows = [o for o in rows if not before or o.id < int(before)][-_MOST:]
        meta = {"labels": [], "additional_attributes": {}, "agent_last_seen_at": 0}
        return {"meta": meta, "payload": [message_json(o, chat, self.public_url) for o in rows]}

    # Webhooks

    def _webhooks(self, request: Request) -> Json:
        if request.method == "GET":
            return {"payload": {"webhooks": self.webhooks}}
        asked = self._asked_webhook(request)
        if any(one["url"] == asked["url"] for one in self.webhooks):
            raise Refused(422, "Url has already been taken", "message")
        number = len(self.webhooks) + 1
        made = {"id": number, "account_id": self.desk.account_id, "inbox": None, **asked}
        if self.has_signatures:
            made["secret"] = f"signing-secret-{number}"
        self.webhooks.append(made)
        return {"payload": {"webhook": made}}

    def _webhook(self, request: Request) -> Json:
        found = [one for one in self.webhooks if one["id"] == request.path_params["id"]]
        if not found:
            raise Refused(404, "Resource could not be found")
        found[0].update(self._asked_webhook(request))
        return {"payload": {"webhook": found[0]}}

    def _asked_webhook(self, request: Request) -> Json:
        asked = json.loads(request.state.body).get("webhook", {})
        if not str(asked.get("url", "")).startswith(("http://", "https://")):
            raise Refused(422, "Url is invalid", "message")
        if not asked.get("subscriptions") or set(asked["subscriptions"]) - _EVENTS:
            raise Refused(422, "Subscriptions are invalid", "message")
        return {name: asked[name] for name in ("url", "name", "subscriptions") if name in asked}

    def deliver(self, message: DeskMessage, event: str = "message_created", times: int = 1) -> bool:
        """Send an event to all who want it, once and never again; return whether all took it."""
        if message.type == 2:
            return True
        body = json.dumps(event_json(message, self.desk, self.public_url, event)).encode()
        wanting = [one for one in self.webhooks if event in one["subscriptions"]]
        return all(self._post(one, body) for one in wanting * times)

    def _post(self, webhook: Json, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", "X-Chatwoot-Delivery": "uuid"}
        if self.has_signatures:
            headers |= signed(webhook["secret"], body)
        try:
            answer = requests.post(webhook["url"], body, headers=headers, timeout=_SECONDS)
        except requests.RequestException:
            return False
        return 200 <= answer.status_code < 300

    # Files and pages

    async def _redirect(self, request: Request) -> Response:
        place = request.url.path.removeprefix("/rails/active_storage/blobs/redirect/")
        return RedirectResponse(f"{self.url}/rails/active_storage/disk/{place}", 302)

    async def _file(self, request: Request) -> Response:
        assert "api_access_token" not in request.headers
        number, _, place = request.path_params["id"].partition("-")
        message = self.desk.messages.get(int(number))
        if message is None or int(place) >= len(message.files):
            return Response(status_code=404)
        return Response(message.files[int(place)].content)

    async def _page(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return Response("<!DOCTYPE html><html></html>", media_type="text/html")


def signed(secret: str, body: bytes, at: int | None = None) -> dict[str, str]:
    """The headers that prove a body."""
    written = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"{written}.".encode() + body, "sha256").hexdigest()
    return {"X-Chatwoot-Signature": f"sha256={digest}", "X-Chatwoot-Timestamp": written}


def _errors(status: int, *errors: str) -> Refused:
    refused = Refused(status, "")
    refused.answer = JSONResponse({"errors": [*errors]}, status)
    return refused
