"""A running chat API: one workspace behind a port of this machine, its token and its limits.

The reading endpoints answer with lists in pages of fifty.
"""

import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from wasf.demo.server import LoopbackServer, Stoppable
from wasf.demo.timelines.model import (
    ChatWorkspace,
    Json,
    WorkspaceChat,
    WorkspaceMessage,
    chat_json,
    message_json,
    number_json,
    teammate_json,
    waba_account_json,
    workspace_json,
)

ROOT = "/integrations/api"
PER_SECOND = 40
_PER_CONNECTION = 100
_SCRIPTS = ("Python-urllib", "python-requests")
PAGE = 50
QueryParameters = Mapping[str, str]
_Item = TypeVar("_Item")
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_CHAT_FILTERS = {"group", "responsible", "phone", "whatsapp_account_id", "waba_account_id"}
_CHAT_QUERY = _CHAT_FILTERS | {"page", "with_msg"}
_MESSAGE_QUERY = {"from_me", "after", "before", "after_message", "before_message"}
_MESSAGE_QUERY |= {"sorting_order", "page", "size"}


class ChatApiRefused(Exception):
    """A request that cannot be answered: HTTP status, `error_code` and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Response:
        """Return the error in the form that the API's description has."""
        body = {"status": "error", "message": self.message, "error_code": self.code}
        return JSONResponse(body, self.status)


def page(status: int, title: str) -> Response:
    """Return a page for people, as servers in front of the API send it."""
    html = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return Response(html, status, media_type="text/html")


def too_many(retry_after: int | None = None) -> Response:
    """Return the 429 of the server in front; its body is not the API's. The wait is in seconds."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"error": "Too Many Requests", "message": "Rate limit exceeded."}
    return JSONResponse(body, 429, headers)


class ApiLimits:
    """Counts the requests to one workspace and refuses those that break a limit."""

    def __init__(self, workspace: ChatWorkspace, per_second: int = PER_SECOND) -> None:
        self.workspace = workspace
        self.token = new_token()
        self._per_second = per_second
        self._lately: deque[float] = deque()
        self._per_connection: Counter[object] = Counter()
        self._lock = threading.Lock()

    async def admit(self, scope: Scope) -> Response | None:
        """Return the refusal of a request; None lets it through."""
        return self.refusal(scope, self.excess(scope))

    def excess(self, scope: Scope) -> Response | None:
        """Count a request; return the refusal of one too many in a second or by a connection."""
        now = time.monotonic()
        with self._lock:
            self._lately.append(now)
            while self._lately[0] < now - 1:
                self._lately.popleft()
            self._per_connection[scope["client"]] += 1
            if len(self._lately) > self._per_second:
                return too_many()
            is_old = self._per_connection[scope["client"]] > _PER_CONNECTION
        return page(403, "Forbidden") if is_old else None

    def refusal(self, scope: Scope, excess: Response | None) -> Response | None:
        """Return the first reason to refuse: the program, the limits, the token, the quota."""
        headers = Headers(scope=scope)
        if headers.get("user-agent", "").startswith(_SCRIPTS):
            return page(403, "Attention Required! | Cloudflare")
        if excess is not None:
            return excess
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return PlainTextResponse("Unauthorized", 401)
        if scope["path"].endswith("/"):
            return page(404, "Page not found")
        return self._spend()

    def _spend(self) -> Response | None:
        """Count a call of the month; return the refusal if none is left."""
        with self.workspace.lock:
            if self.workspace.used >= self.workspace.quota:
                return ChatApiRefused(403, "quota_exceeded", "API calls quota exceeded").answer()
            self.workspace.used += 1
        return None


def new_token() -> str:
    """Return a token as the API gives it to a workspace."""
    return f"tla_{secrets.token_hex(16)}"


class LimitsMiddleware:
    """The limits as an ASGI layer around the API."""

    def __init__(self, app: ASGIApp, limits: ApiLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request to the API, or let it through."""
        refusal = None
        if scope["type"] == "http" and scope["path"].startswith(ROOT):
            refusal = await self._limits.admit(scope)
        await (refusal or self._app)(scope, receive, send)


class WorkspaceReader:
    """Answers from one workspace. Links to files begin with `base_url`."""

    def __init__(self, workspace: ChatWorkspace, base_url: str) -> None:
        self._workspace = workspace
        self._base_url = base_url

    def workspace(self) -> Json:
        """`GET /workspace`."""
        return workspace_json(self._workspace)

    def teammates(self) -> Json:
        """`GET /workspace/teammates`."""
        found = enumerate(self._workspace.teammates, 1)
        return {"teams": [], "teammates": [teammate_json(*one) for one in found]}

    def numbers(self, *, official: bool) -> Json:
        """`GET /whatsapp_accounts`, `GET /waba/accounts`."""
        shape = waba_account_json if official else number_json
        found = [one for one in self._workspace.numbers if bool(one.waba_id) is official]
        name = "waba_accounts" if official else "whatsapp_accounts"
        return {name: [shape(one, self._workspace) for one in found]}

    def chats(self, query: QueryParameters, *, official: bool) -> Json:
        """`GET /chats`, `GET /waba/chats`: the chat with the latest message comes first."""
        _known(query, _CHAT_QUERY)
        found = sorted(
            (chat for chat in self._chats(official) if _fits(chat, query)),
            key=self._by_activity,
        )
        page, more = _page(found, _number(query, "page", 1))
        with_message = _flag(query, "with_msg") or False
        shown = [chat_json(one, self._workspace, with_message=with_message) for one in page]
        return {"has_more_pages": more, "chats": shown}

    def chat(self, chat_id: int, *, official: bool) -> Json:
        """`GET /chats/{chat_id}`."""
        return chat_json(self._chat(chat_id, official), self._workspace, with_message=False)

    def messages(self, chat_id: int, query: QueryParameters, *, official: bool) -> Json:
        """`GET /chats/{chat_id}/messages`: the latest comes first unless asked otherwise."""
        _known(query, _MESSAGE_QUERY)
        self._chat(chat_id, official)
        found = self._between(chat_id, query)
        order = query.get("sorting_order", "desc")
        if order not in ("asc", "desc"):
            raise ChatApiRefused(400, "validation_error", "sorting_order must be asc or desc")
        page, more = _page(found if order == "asc" else found[::-1], _number(query, "page", 1))
        return {"has_more_pages": more, "messages": [self._message(one) for one in page]}

    def message(self, uid: str) -> Json:
        """`GET /messages/{message_uid}`, with a new link to its file."""
        return self._message(self._found(uid))

    def file(self, uid: str, ends: str) -> bytes:
        """Return the content of a file by a link. `ends` is when the link ends, in seconds."""
        attached = self._found(uid).attached
        is_fresh = ends.isdigit() and self._workspace.clock().timestamp() <= int(ends)
        if attached is None or not is_fresh:
            raise ChatApiRefused(403, "", "Request has expired")
        return attached.content

    def _chats(self, official: bool) -> Iterable[WorkspaceChat]:  # noqa: FBT001 - a fact, no option
        return (c for c in self._workspace.chats.values() if bool(c.number.waba_id) is official)

    def _chat(self, chat_id: int, official: bool) -> WorkspaceChat:  # noqa: FBT001 - a fact, no option
        found = self._workspace.chats.get(chat_id)
        if found is None or bool(found.number.waba_id) is not official:
            raise ChatApiRefused(404, "not_found", "WorkspaceChat not found")
        return found

    def _by_activity(self, chat: WorkspaceChat) -> tuple[float, str]:
        last = self._workspace.last_message(chat)
        return (-last.at.timestamp() if last else 0.0, chat.name)

    def _between(self, chat_id: int, query: QueryParameters) -> list[WorkspaceMessage]:
        """Return the messages of a chat by time, within the limits that the query asks for."""
        found = sorted(self._workspace.messages[chat_id], key=lambda message: message.at)
        sides = _flag(query, "from_me")
        after, before = _moment(query, "after"), _moment(query, "before")
        start = self._place(found, query.get("after_message", ""), 0, 1)
        end = self._place(found, query.get("before_message", ""), len(found), 0)
        return [
            message
            for message in found[start:end]
            if (sides is None or message.from_me is sides)
            and (after is None or message.at >= after)
            and (before is None or message.at <= before)
        ]

    def _place(
        self, found: Sequence[WorkspaceMessage], uid: str, otherwise: int, beyond: int
    ) -> int:
        uids = [message.uid for message in found]
        if uid and uid not in uids:
            raise ChatApiRefused(404, "not_found", "WorkspaceMessage not found")
        return uids.index(uid) + beyond if uid else otherwise

    def _found(self, uid: str) -> WorkspaceMessage:
        found = (one for chat in self._workspace.messages.values() for one in chat)
        if (message := next((one for one in found if one.uid == uid), None)) is not None:
            return message
        raise ChatApiRefused(404, "not_found", "WorkspaceMessage not found")

    def _message(self, message: WorkspaceMessage) -> Json:
        ends = int(self._workspace.link_ends().timestamp())
        link = f"{self._base_url}/temporary/{message.uid}?ends={ends}"
        return message_json(message, self._workspace, link)


def _page(found: Sequence[_Item], number: int) -> tuple[Sequence[_Item], bool]:
    start = (number - 1) * PAGE
    return found[start : start + PAGE], len(found) > start + PAGE


def _fits(chat: WorkspaceChat, query: QueryParameters) -> bool:
    group = _flag(query, "group")
    number_ids = query.get("whatsapp_account_id", "")
    responsible = query.get("responsible", chat.responsible_email).split(",")
    return (
        (group is None or chat.is_group is group)
        and (not number_ids or chat.number.wid in number_ids.split(","))
        and chat.responsible_email in responsible
        and query.get("phone", chat.phone) == chat.phone
    )


def _known(query: QueryParameters, names: Iterable[str]) -> None:
    """Refuse empty values and `None`: mistakes of the asking program. Unknown names are ignored."""
    for name in names:
        if query.get(name, "x") in ("", "None"):
            raise ChatApiRefused(400, "validation_error", f"{name} is not valid")


def _flag(query: QueryParameters, name: str) -> bool | None:
    if name not in query:
        return None
    if query[name].lower() not in _FLAGS:
        raise ChatApiRefused(400, "validation_error", f"{name} is not a boolean")
    return _FLAGS[query[name].lower()]


def _number(query: QueryParameters, name: str, otherwise: int) -> int:
    text = query.get(name, str(otherwise))
    if not text.isdecimal() or int(text) < 1:
        raise ChatApiRefused(400, "validation_error", f"{name} is not a positive number")
    return int(text)


def _moment(query: QueryParameters, name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        raise ChatApiRefused(400, "validation_error", f"{name} is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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

    def messages(request: Request) -> Json:
        query = dict(request.query_params)
        return reader.messages(request.path_params["id"], query, official=official)

    return [
        get(numbers, lambda _: reader.numbers(official=official)),
        get(f"{start}/chats", lambda r: reader.chats(dict(r.query_params), official=official)),
        get(
            f"{start}/chats/{{id:int}}",
            lambda r: reader.chat(r.path_params["id"], official=official),
        ),
        get(f"{start}/chats/{{id:int}}/messages", messages),
        get(f"{start}/messages/{{uid}}", lambda r: reader.message(r.path_params["uid"])),
    ]


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ChatApiRefused)  # noqa: S101 - it is registered for nothing else
    return error.answer()


async def _not_found(_: Request, __: Exception) -> Response:
    return page(404, "Page not found")
