"""Sends so many webhooks a second for so long, each until it was taken; prints what it saw.

    python -m tests.end_to_end.webhook_load PROVIDER PORT SECRET PER_SECOND SECONDS

Like the senders it knows nothing of the receiver: a new connection for each try, the next try one
to three seconds after one that was refused or broke off, five seconds at most for an answer. One of
ten is sent twice. SECRET signs the bodies of Meta and is in the address of the others. The last
line is JSON: how many were taken, how many tries had no answer, how long the answers took.
"""

import asyncio
import hmac
import json
import random
import sys
import time

CHATS = 50
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


def meta_body(number: int) -> bytes:
    """A webhook of Meta's."""
    phone = phone_of(number).removeprefix("+")
    said = {"id": f"wamid.{number}", "timestamp": "1772357400", "type": "text", "from": phone,
            "text": {"body": text_of(number)}}  # fmt: skip
    ours = {"display_phone_number": "+447700900999", "phone_number_id": "106540352242922"}
    value = {"messaging_product": "whatsapp", "metadata": ours, "messages": [said]}
    change = {"field": "messages", "value": value}
    entry = {"id": "1", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


BODIES = {"timelines": timelines_body, "chatwoot": chatwoot_body, "meta": meta_body}


class Pouring:
    """One run."""

    def __init__(self, provider: str, port: int, secret: str) -> None:
        self._port = port
        self._is_signed = provider == "meta"
        self._path = f"/{provider}" if self._is_signed else f"/{provider}?secret={secret}"
        self._secret = secret
        self._body_of = BODIES[provider]
        self.answers: list[float] = []
        self.broken = self.taken = self.refused = 0

    async def send(self, number: int) -> None:
        """Until it is taken."""
        body = self._body_of(number)
        for _ in range(2 if number % 10 == 0 else 1):
            while not await self._try(body):
                await asyncio.sleep(random.uniform(*_AGAIN_SECONDS))
        self.taken += 1

    async def _try(self, body: bytes) -> bool:
        begins = time.perf_counter()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                status = await self._post(body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, IndexError):
            self.broken += 1
            return False
        self.answers.append(time.perf_counter() - begins)
        self.refused += status != b"200"
        return status == b"200"

    async def _post(self, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"{self._signature(body)}\r\n"
            )
            writer.write(head.encode() + body)
            first = await reader.readline()
            return first.split(b" ")[1]
        finally:
            writer.close()

    def _signature(self, body: bytes) -> str:
        """The line of the head that proves who sends; "" if the address does."""
        if not self._is_signed:
            return ""
        signed = hmac.new(self._secret.encode(), body, "sha256").hexdigest()
        return f"X-Hub-Signature-256: sha256={signed}\r\n"


async def pour(provider: str, port: int, secret: str, per_second: int, seconds: int) -> Pouring:
    """Send at an even pace, whatever becomes of those before."""
    pouring = Pouring(provider, port, secret)
    begins = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number in range(per_second * seconds):
            late = begins + number / per_second - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            sending.create_task(pouring.send(number))
    return pouring


if __name__ == "__main__":
    sender, at, key, *pace = sys.argv[1:]
    poured = asyncio.run(pour(sender, int(at), key, *map(int, pace)))
    times = sorted(poured.answers)
    print(
        json.dumps(
            {
                "taken": poured.taken,
                "broken": poured.broken,
                "refused": poured.refused,
                "answers": len(times),
                "median_ms": round(times[len(times) // 2] * 1000, 1),
                "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
                "longest_ms": round(times[-1] * 1000, 1),
            }
        )
    )
