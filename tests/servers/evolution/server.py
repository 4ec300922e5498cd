"""The server: keys, instances, the table of messages in pages, files, one webhook an instance."""

import json
import random
import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import requests
from starlette.requests import Request
from starlette.routing import Route

from tests.servers.evolution.model import EvolutionInstance, EvolutionRow
from tests.servers.local_api import Json, LocalApi, RefusedRequest, body_of

USUAL_PAGE = 50


class LocalEvolution(LocalApi):
    """See `LocalApi`: instances. `shuffles`: messages of one second change places between any two
    requests, as they do there.
    """

    def __init__(self) -> None:
        self.instances: dict[str, EvolutionInstance] = {}
        self.shuffles = True
        self._random = random.Random(1)
        super().__init__()

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

    def routes(self) -> Iterable[Route]:
        return [
            self.route("/instance/fetchInstances", self._list),
            self.route("/chat/findMessages/{instance}", self._messages, "POST"),
            self.route("/chat/getBase64FromMediaMessage/{instance}", self._file, "POST", 201),
            self.route("/group/findGroupInfos/{instance}", self._group),
            self.route("/webhook/find/{instance}", lambda r: self._instance(r).webhook),
            self.route("/webhook/set/{instance}", self._set_webhook, "POST", 201),
        ]

    def admit(self, request: Request) -> None:
        given = request.headers.get("apikey", "")
        if given != self.key and not any(given == one.token for one in self.instances.values()):
            raise _refused(401, "Unauthorized", "Unauthorized")

    def _list(self, request: Request) -> list[Json]:
        key = request.headers["apikey"]
        return [one.shown for one in self.instances.values() if key in (self.key, one.token)]

    def _instance(self, request: Request) -> EvolutionInstance:
        name, key = request.path_params["instance"], request.headers["apikey"]
        found = self.instances.get(name)
        if found is None:
            raise _refused(404, "Not Found", f'The "{name}" instance does not exist')
        if key not in (self.key, found.token):
            raise _refused(401, "Unauthorized", "Unauthorized")
        return found

    def _messages(self, request: Request) -> Json:
        instance, body = self._instance(request), body_of(request)
        where = body.get("where", {})
        if not set(where) <= {"messageTimestamp"}:
            raise _refused(400, "Bad Request", "a filter that matches everything")
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

    def _file(self, request: Request) -> Json:
        uid = body_of(request)["message"]["key"]["id"]
        rows: list[EvolutionRow] = self._instance(request).rows
        found = next((one for one in rows if one.uid == uid and one.content), None)
        if found is None:
            raise _refused(400, "Bad Request", "Message not found")
        return {"mediaType": "documentMessage", "base64": b64encode(found.content).decode()}

    def _group(self, request: Request) -> Json:
        subject = self._instance(request).subjects.get(request.query_params["groupJid"])
        if subject is None:
            raise _refused(404, "Not Found", "group not found")
        return {"id": request.query_params["groupJid"], "subject": subject, "participants": []}

    def _set_webhook(self, request: Request) -> Json:
        instance, body = self._instance(request), body_of(request)
        assert set(body) == {"webhook"}
        instance.webhook = body["webhook"]
        return instance.webhook


def _seconds(written: str) -> int:
    return int(datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _refused(status: int, error: str, message: str) -> RefusedRequest:
    body = {"status": status, "error": error, "response": {"message": [message]}}
    return RefusedRequest(status, body)
