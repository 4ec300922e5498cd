"""The server: keys, sessions, lists and files, as strict as WAHA is."""

import hmac
import json
import secrets
from collections.abc import Iterable
from typing import Any

import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.servers.local_api import Json, LocalApi, RefusedRequest, body_of
from tests.servers.waha.model import Engine, WahaChat, WahaRow, WahaSession


class LocalWaha(LocalApi):
    """See `LocalApi`: sessions, and what was asked of their files."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.sessions: dict[str, WahaSession] = {}
        self.downloads = 0
        super().__init__()

    def add_session(
        self, name: str, number: str, engine: Engine = Engine.GOWS, **facts: Any
    ) -> WahaSession:
        """Add a session that is connected."""
        self.sessions[name] = WahaSession(name, number, engine, **facts)
        return self.sessions[name]

    def session_key(self, name: str) -> str:
        """Make a key that sees one session only."""
        key = secrets.token_hex(16)
        self.keys[key] = name
        return key

    # Webhooks

    def event(self, session: WahaSession, event: str, payload: Json, **more: Any) -> Json:
        """The body of a webhook."""
        return {
            "id": f"evt_{secrets.token_hex(13)}",
            "timestamp": 1_790_003_600_123,
            "event": event,
            "session": session.name,
            "metadata": session.metadata,
            "me": session.me,
            "payload": payload,
            "engine": session.engine.value,
            "environment": {"version": "2026.7.1", "engine": session.engine.value},
        } | more

    def deliver(self, session: WahaSession, event: str, payload: Json) -> list[int]:
        """Send an event to the session's webhooks that want it; return the statuses."""
        body = json.dumps(self.event(session, event, payload)).encode()
        wanting = [one for one in session.config.get("webhooks", ()) if event in one["events"]]
        return [
            requests.post(
                one["url"], data=body, headers=signed(body, one["hmac"]["key"]), timeout=10
            ).status_code
            for one in wanting
        ]

    # Requests

    def routes(self) -> Iterable[Route]:
        chat = "/api/{session}/chats/{chat}/messages"
        return [
            self.route("/api/sessions", self._list_sessions),
            self.route("/api/sessions/{session}", self._put_session, "PUT"),
            self.route("/api/{session}/chats/overview", self._overview),
            self.route(chat, self._messages),
            self.route(f"{chat}/{{message}}", self._message),
            self.route("/api/{session}/lids", self._lids),
            self.route("/api/files/{session}/{uid}", self._file),
        ]

    def admit(self, request: Request) -> None:
        given = request.headers.get("x-api-key", "")
        if given != self.key and given not in self.keys:
            raise RefusedRequest(401, {"message": "Unauthorized", "statusCode": 401})
        if "@" in request.scope["raw_path"].decode():
            raise RefusedRequest(400, {"message": "an @ in a path has to be escaped"})

    def _visible(self, request: Request) -> Iterable[WahaSession]:
        only = self.keys.get(request.headers["x-api-key"])
        return [one for one in self.sessions.values() if only in (None, one.name)]

    def _list_sessions(self, request: Request) -> list[Json]:
        is_all = request.query_params.get("all") == "true"
        return [one.shown for one in self._visible(request) if is_all or one.status != "STOPPED"]

    def _session(self, request: Request) -> WahaSession:
        name = request.path_params["session"]
        found = next((one for one in self._visible(request) if one.name == name), None)
        if found is None:
            raise RefusedRequest(404, {"message": "Session not found", "error": "Not Found"})
        if found.status != "WORKING":
            said = "Session status is not as expected. Try again later or restart the session"
            raise RefusedRequest(
                422,
                {"error": said, "session": name, "status": found.status, "expected": ["WORKING"]},
            )
        if not found.stores:
            raise RefusedRequest(400, {"message": "Enable NOWEB store", "statusCode": 400})
        return found

    def _put_session(self, request: Request) -> Json:
        name = request.path_params["session"]
        found = next((one for one in self._visible(request) if one.name == name), None)
        if found is None:
            raise RefusedRequest(404, {"message": "Session not found"})
        found.config = body_of(request)["config"]
        found.metadata = found.config.get("metadata", {})
        found.starts += 1
        return found.shown

    def _overview(self, request: Request) -> list[Json]:
        session = self._session(request)
        chats = sorted(
            session.chats.values(),
            key=lambda one: one.last.at.timestamp() if one.last else 0.0,
            reverse=True,
        )
        return [
            {
                "id": one.jid,
                "name": one.name,
                "picture": None,
                "lastMessage": one.shown(one.last) if one.last else None,
                "_chat": {},
            }
            for one in _page(request, chats, 20)
        ]

    def _chat(self, request: Request) -> WahaChat:
        session, jid = self._session(request), request.path_params["chat"]
        return session.chats.get(jid) or WahaChat(session, jid, None)

    def _messages(self, request: Request) -> list[Json]:
        chat, query = self._chat(request), request.query_params
        if "limit" not in query:
            raise RefusedRequest(400, {"message": "limit is required", "statusCode": 400})
        rows = chat.newest_first
        if query.get("sortOrder", "desc") == "asc":
            rows.reverse()
        page = _page(request, rows, 10)
        self.downloads += query.get("downloadMedia", "true") != "false"
        # A list has no file: it is fetched with the single message.
        return [chat.shown(row) | {"media": None} for row in page if not row.hidden]

    def _message(self, request: Request) -> Json:
        chat = self._chat(request)
        for row in chat.rows:
            if chat.full_id(row) == request.path_params["message"]:
                return chat.shown(row)
        raise RefusedRequest(404, {"message": "Message not found", "statusCode": 404})

    def _lids(self, request: Request) -> list[Json]:
        session = self._session(request)
        pairs = [
            {"lid": lid, "pn": number and f"{number}@c.us"} for lid, number in session.lids.items()
        ]
        return list(_page(request, pairs, 100))

    def _file(self, request: Request) -> Response:
        session, uid = request.path_params["session"], request.path_params["uid"]
        rows: list[WahaRow] = [
            row for chat in self.sessions[session].chats.values() for row in chat.rows
        ]
        file = next((row.attached for row in rows if row.uid == uid), None)
        if file is None:
            raise RefusedRequest(404, {"message": "File not found"})
        return Response(file.content, media_type=file.mimetype)


def _page(request: Request, rows: list[Any], usual: int) -> list[Any]:
    limit = int(request.query_params.get("limit", usual))
    offset = int(request.query_params.get("offset", 0))
    return rows[offset : offset + limit]


def signed(body: bytes, key: str) -> dict[str, str]:
    """The headers of a webhook: the HMAC-SHA512 of its raw body, in hex."""
    return {
        "Content-Type": "application/json",
        "X-Webhook-Hmac": hmac.new(key.encode(), body, "sha512").hexdigest(),
        "X-Webhook-Hmac-Algorithm": "sha512",
        "X-Webhook-Request-Id": secrets.token_hex(8),
        "X-Webhook-Timestamp": "1790003600123",
        "User-Agent": "WAHA/2026.7.1",
    }
