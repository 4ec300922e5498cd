"""Runs `wasf listen` in a process of its own, and sends it webhooks as the senders do."""

import hmac
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, Result, Wasf

SECRET, APP_SECRET, TOKEN = "secret-in-the-address", "app-secret-of-meta", "verify-token-of-ours"
OUR_ID, OURS = "106540352242922", "+447700900001"


class Listener:
    """The process and its address."""

    def __init__(self, wasf: Wasf, *arguments: object, port: int = 0) -> None:
        self.wasf = wasf
        self.process = wasf.start("listen", "--port", port, *arguments)
        self.printed = b""
        self.url = self._ready()

    def _ready(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if line.startswith(b"Listening at "):
                return line.decode().split()[2]
        pytest.fail(self.wasf.finish(self.process).err)

    def post(self, path: str, body: bytes, **headers: str) -> int:
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            return urllib.request.urlopen(request, timeout=30).status
        except urllib.error.HTTPError as refused:
            return refused.code

    def timelines(self, value: object) -> int:
        return self.post(f"timelines?secret={SECRET}", json.dumps(value).encode())

    def meta(self, value: object) -> int:
        body = json.dumps(value).encode()
        signed = hmac.new(APP_SECRET.encode(), body, "sha256").hexdigest()
        return self.post("meta", body, **{"X-Hub-Signature-256": f"sha256={signed}"})

    def get(self, path: str) -> str:
        return urllib.request.urlopen(self.url + path, timeout=30).read().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Result:
        """Ask it to end; what it printed, from its start on, is looked through."""
        self.process.send_signal(number)
        result = self.wasf.finish(self.process)
        return Result(result.code, self.printed.decode() + result.out, result.err)


@contextmanager
def listening(wasf: Wasf, *arguments: object, port: int = 0) -> Iterator[Listener]:
    """Until the block ends; then it is told to end, if nobody has."""
    listener = Listener(wasf, *arguments, port=port)
    try:
        yield listener
    finally:
        if listener.process.poll() is None:
            listener.process.kill()
            listener.process.communicate()


def give_secrets(wasf: Wasf) -> None:
    wasf.set(listen_secret=SECRET, meta_app_secret=APP_SECRET, meta_verify_token=TOKEN)


def from_ada(text: str, uid: str) -> dict[str, Any]:
    """A webhook of TimelinesAI."""
    chat = {"full_name": ADA, "chat_id": 1, "phone": ADA_PHONE, "responsible_email": ""}
    said = {
        "text": text, "direction": "received", "timestamp": "2026-03-01 11:30:00 +0200",
        "message_uid": uid, "sender": {"full_name": ADA, "phone": ADA_PHONE},
    }  # fmt: skip
    ours = {"phone": OURS, "email": "owner@example.com"}
    return {"event_type": "message:new", "chat": chat, "whatsapp_account": ours, "message": said}


def from_meta(*messages: dict[str, object], **value: object) -> dict[str, object]:
    """A webhook of Meta's."""
    metadata = {"display_phone_number": OURS, "phone_number_id": OUR_ID}
    shown = {"messaging_product": "whatsapp", "metadata": metadata, "messages": messages, **value}
    change = {"field": "messages", "value": shown}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def text_of_meta(text: str, uid: str, **who: str) -> dict[str, object]:
    return {"id": uid, "timestamp": "1772357400", "type": "text", "text": {"body": text}, **who}
