"""Sends so many webhooks a second for so long, each until it was taken; prints what it saw.

    python -m tests.end_to_end.webhook_load PROVIDER PORT SECRET PER_SECOND SECONDS [FIRST]

Like the senders it knows nothing of the receiver: a new connection for each try, the next try one
to three seconds after one that was not taken, five seconds at most for an answer. One of ten is
sent twice. SECRET proves the bodies, by a header or in the address. PORT may be HOST:PORT,… of
several listeners: a load balancer is before them, which asks each of them before a try fails.
SECONDS 0 sends until standard input ends. FIRST is the number of the first message. The last line
is JSON: how many were taken, how many tries had no answer, how many were refused (a busy listener,
503, refuses nothing), how long the answers took, and the longest time until one was taken.
"""

import asyncio
import hmac
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

CHATS, OURS = 50, "447700900999"
Listener = tuple[str, int]  # host and port
_AGAIN_SECONDS = (1.0, 3.0)
_ANSWER_SECONDS = 5.0


def text_of(number: int) -> str:
    """What the message of that number says."""
    return f"message {number:06}"


def phone_of(number: int) -> str:
    """Who wrote the message of that number."""
    return f"+4477009{number % CHATS:05}"


def chatwoot_body(number: int) -> bytes:
    """A webhook of Chatwoot; every other one says of a message that it was changed."""
    phone = phone_of(number)
    contact = {"id": 1, "name": phone, "phone_number": phone, "identifier": None}
    shown = {
        "event": "message_updated" if number % 2 else "message_created", "id": number + 1,
        "account": {"id": 3, "name": "Example"}, "inbox": {"id": 7, "name": "WA"},
        "content": text_of(number), "content_type": "text", "content_attributes": {},
        "message_type": "incoming", "created_at": "2026-03-01T09:30:00.101Z", "private": False,
        "status": "sent", "sender": contact,
        "conversation": {
            "id": number % CHATS + 1, "inbox_id": 7, "channel": "Channel::Whatsapp",
            "contact_inbox": {"source_id": phone[1:]}, "meta": {"sender": contact},
        },
    }  # fmt: skip
    return json.dumps(shown).encode()


def timelines_body(number: int) -> bytes:
    """A webhook of TimelinesAI; every other one in the other shape."""
    phone = phone_of(number)
    shown = {
        "chat": {"full_name": phone, "chat_id": number % CHATS + 1, "phone": phone},
        "whatsapp_account": {"phone": "+447700900999", "email": "owner@example.com"},
        "message": {
            "text": text_of(number), "direction": "received", "message_uid": f"uid-{number}",
            "timestamp": "2026-03-01 11:30:00 +0200", "sender": {"phone": phone},
        },
    }  # fmt: skip
    kind = {"event_type": "message:new"}
    return json.dumps(kind | ({"data": shown} if number % 2 else shown)).encode()


def waha_body(number: int) -> bytes:
    """A webhook of WAHA; every other one under the hidden id, with the number beside it."""
    digits = phone_of(number)[1:]
    jid = f"8800{digits}@lid" if number % 2 else f"{digits}@c.us"
    info = {"Chat": jid, "Sender": jid, "SenderAlt": f"{digits}@s.whatsapp.net"}
    payload = {
        "id": f"false_{jid}_3EB0{number:08}", "timestamp": 1_772_357_400, "from": jid,
        "fromMe": False, "body": text_of(number), "hasMedia": False, "_data": {"Info": info},
    }  # fmt: skip
    me = {"id": f"{OURS}@c.us", "lid": "99001122334455@lid", "pushName": "Example"}
    shown = {"event": "message.any", "session": "shop", "me": me, "payload": payload}
    return json.dumps({"id": f"evt_{number}", "engine": "GOWS", **shown}).encode()


def evolution_body(number: int) -> bytes:
    """A webhook of Evolution API; every other one names a message that was sent by its API."""
    digits = phone_of(number)[1:]
    key = {"id": f"3EB0{number:08}", "fromMe": number % 2 == 1}
    data = {
        "key": {**key, "remoteJid": f"{digits}@s.whatsapp.net"}, "pushName": "Person",
        "message": {"conversation": text_of(number)}, "messageTimestamp": 1_772_357_400,
    }  # fmt: skip
    event = "send.message" if number % 2 else "messages.upsert"
    shown = {"event": event, "instance": "shop", "data": data, "apikey": "x"}
    return json.dumps({**shown, "sender": f"{OURS}@s.whatsapp.net"}).encode()


def meta_body(number: int) -> bytes:
    """A webhook of Meta's Cloud API."""
    digits = phone_of(number)[1:]
    message = {
        "from": digits, "id": f"wamid.{number}", "timestamp": "1772357400", "type": "text",
        "text": {"body": text_of(number)},
    }  # fmt: skip
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": OURS, "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Person"}, "wa_id": digits}], "messages": [message],
    }  # fmt: skip
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "x", "entry": [{"id": "1", "changes": [change]}]}).encode()


class HookSender(NamedTuple):
    """How a provider sends: its bodies, and the header that proves a body; "" is the address."""

    body_of: Callable[[int], bytes]
    header: str = ""
    proof_of: Callable[[str, bytes], str] = lambda *_: ""


def signed(secret: str, body: bytes, algorithm: str) -> str:
    """Return the HMAC of a body in hex."""
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


SENDERS = {
    "timelines": HookSender(timelines_body),
    "chatwoot": HookSender(chatwoot_body),
    "waha": HookSender(waha_body, "X-Webhook-Hmac", lambda *of: signed(*of, "sha512")),
    "evolution": HookSender(evolution_body, "Authorization", lambda secret, _: f"Bearer {secret}"),
    "meta": HookSender(
        meta_body, "X-Hub-Signature-256", lambda *of: f"sha256={signed(*of, 'sha256')}"
    ),
}


class Pouring:
    """One run."""

    def __init__(self, provider: str, listeners: Sequence[Listener], secret: str) -> None:
        self._listeners = listeners
        self._sender, self._secret = SENDERS[provider], secret
        self._path = f"/{provider}" + ("" if self._sender.header else f"?secret={secret}")
        self.answers: list[float] = []
        self.longest_wait = 0.0
        self.broken = self.taken = self.refused = 0

    async def send(self, number: int) -> None:
        """Until it is taken."""
        body = self._sender.body_of(number)
        for _ in range(2 if number % 10 == 0 else 1):
            begins = time.perf_counter()
            while not await self._try_all(body):
                await asyncio.sleep(random.uniform(*_AGAIN_SECONDS))
            self.longest_wait = max(self.longest_wait, time.perf_counter() - begins)
        self.taken += 1

    async def _try_all(self, body: bytes) -> bool:
        for listener in random.sample(self._listeners, len(self._listeners)):
            if await self._try(body, listener):
                return True
        return False

    async def _try(self, body: bytes, listener: Listener) -> bool:
        begins = time.perf_counter()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                status = await self._post(body, listener)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, IndexError):
            self.broken += 1
            return False
        self.answers.append(time.perf_counter() - begins)
        self.refused += status not in (b"200", b"503")
        return status == b"200"

    async def _post(self, body: bytes, listener: Listener) -> bytes:
        reader, writer = await asyncio.open_connection(*listener)
        try:
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"{self._proof(body)}\r\n"
            )
            writer.write(head.encode() + body)
            first = await reader.readline()
            return first.split(b" ")[1]
        finally:
            writer.close()

    def _proof(self, body: bytes) -> str:
        """The line of the head that proves who sends; "" if the address does."""
        if not self._sender.header:
            return ""
        return f"{self._sender.header}: {self._sender.proof_of(self._secret, body)}\r\n"


async def pour(pouring: Pouring, per_second: int, seconds: int, numbers: Iterable[int]) -> None:
    """Send at an even pace, whatever becomes of those before; 0 seconds: until stdin ends."""
    begins = time.perf_counter()
    ended = (
        asyncio.get_running_loop().run_in_executor(None, sys.stdin.read) if not seconds else None
    )
    async with asyncio.TaskGroup() as sending:
        for place, number in enumerate(numbers):
            late = begins + place / per_second - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            if ended.done() if ended else place == per_second * seconds:
                return
            sending.create_task(pouring.send(number))


def main(
    provider: str, ports: str, secret: str, per_second: str, seconds: str, first: str = "0"
) -> None:
    """See the module."""
    listeners = [
        (host or "127.0.0.1", int(port))
        for host, _, port in (one.rpartition(":") for one in ports.split(","))
    ]
    pouring = Pouring(provider, listeners, secret)
    asyncio.run(pour(pouring, int(per_second), int(seconds), count(int(first))))
    times = sorted(pouring.answers)
    print(
        json.dumps(
            {
                "taken": pouring.taken,
                "broken": pouring.broken,
                "refused": pouring.refused,
                "answers": len(times),
                "median_ms": round(times[len(times) // 2] * 1000, 1),
                "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
                "longest_ms": round(times[-1] * 1000, 1),
                "longest_wait_s": round(pouring.longest_wait, 1),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
