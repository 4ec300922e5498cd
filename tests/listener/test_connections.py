"""What clients may cost before they have proved anything: over real sockets, by a clock of ours."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from uvicorn.server import ServerState

from tests.fakes_inbox import FakeHookSecrets
from wasf.listener.app import LARGEST_BODY, InboxBuffer, ListenerMetrics, WebhookApp
from wasf.listener.connections import ClientConfig, ClientConnection, ClientLimits, Clients
from wasf.listener.server import bound_socket, serve
from wasf.sources import known_providers

LIMITS = ClientLimits()
SECRET = "s3cret-of-the-address"
BODY = b'{"text":"Hi"}'
HALF_HEAD = b"POST /timelines HTTP/1.1\r\nHost: x\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def posted(size: int = len(BODY), secret: str = SECRET, path: str = "timelines") -> bytes:
    """The head of a webhook with a body of so many bytes."""
    first = f"POST /{path}?secret={secret} HTTP/1.1\r\nHost: x\r\n"
    return f"{first}Content-Length: {size}\r\n\r\n".encode()


SIGNED = posted() + BODY


class Client:
    """One connection from outside."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, *pieces: bytes) -> None:
        """Send; each piece is on its way before the next. Who is cut off may not know it yet."""
        with suppress(ConnectionError):
            for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
                await settled()

    async def status(self) -> int:
        """The status of the next answer, read with its body; 0 if the connection was closed."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
            await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        assert b"x-content-type-options: nosniff" in head.lower() or b" 431 " in head
        assert b"location:" not in head.lower()
        return int(head.split(b" ")[1])

    async def asks(self, request: bytes) -> int:
        """Send a request and give the status of its answer."""
        await self.send(request)
        return await self.status()

    async def is_closed(self) -> bool:
        """Whether it was closed; nothing more is to come either way."""
        await settled()
        return self._reader._eof or self._reader.exception() is not None

    def close(self) -> None:
        self._writer.close()


async def settled() -> None:
    """Let the loop do what there is to do."""
    for _ in range(20):
        await asyncio.sleep(0)


class Server:
    """The listener's own connections behind a socket, in the loop of the test."""

    def __init__(self, limits: ClientLimits) -> None:
        self.now = 1_000.0
        self.kept = 0
        self.clients = Clients(limits, lambda: self.now)
        self.opened: list[Client] = []
        self.address = ("", 0)

    def put(self, bodies: object) -> None:
        self.kept += len(bodies)  # type: ignore[arg-type]

    async def listen(self) -> asyncio.Server:
        buffer = InboxBuffer(self.put, lambda: None)
        hooks = [one.webhooks for one in known_providers() if one.webhooks]
        secrets = FakeHookSecrets(SECRET, WASF_META_APP_SECRET="a", WASF_META_VERIFY_TOKEN="t")
        endpoints = [endpoint for one in hooks for endpoint in one.endpoints(secrets)]
        at = datetime(2026, 3, 1, tzinfo=UTC)
        app = WebhookApp(endpoints, buffer, ListenerMetrics(), lambda: at).application()
        config = ClientConfig(app, self.clients)
        config.load()
        state = ServerState()
        state.default_headers = config.encoded_headers
        server = await asyncio.get_running_loop().create_server(
            lambda: ClientConnection(config, state, {}), "127.0.0.1", 0, backlog=2_000
        )
        server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.address = server.sockets[0].getsockname()
        return server

    async def client(self, *sent: bytes) -> Client:
        """A new connection that has sent this."""
        client = Client(*await asyncio.open_connection(*self.address))
        self.opened.append(client)
        await settled()
        await client.send(*sent)
        return client

    async def after(self, seconds: float) -> None:
        """So much later the server looks at the clock."""
        self.now += seconds
        self.clients.close_overdue()
        await settled()


def run(test: Callable[[Server], Awaitable[None]], limits: ClientLimits = LIMITS) -> None:
    """Run a test with a server of its own."""

    async def main() -> None:
        server = Server(limits)
        async with await server.listen():
            async with asyncio.timeout(30):
                await test(server)
            for client in server.opened:
                client.close()

    asyncio.run(main())


# --- Time --------------------------------------------------------------------------------------

DEADLINES = {
    "silent": ([], 10),
    "half a head": ([HALF_HEAD], 10),
    "blank lines": ([b"\r\n" * 50], 10),
    "half a body": ([posted(), BODY[:3]], 30),
    "half a body of somebody who knows nothing": ([posted(secret="no"), BODY[:3]], 30),
    "chunks without an end": ([HALF_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc"], 30),
    "silent after an answer": ([HEALTH], 10),
    "half a head after an answer": ([HEALTH, HALF_HEAD], 10),
    "silent after a webhook": ([SIGNED], 75),
    "half a head after a webhook": ([SIGNED, HALF_HEAD], 10),
}


@pytest.mark.parametrize(("sent", "seconds"), DEADLINES.values(), ids=DEADLINES)
def test_each_phase_has_a_deadline(sent: list[bytes], seconds: float) -> None:
    async def test(server: Server) -> None:
        client = await server.client()
        for one in sent:
            await (client.asks(one) if one in (HEALTH, SIGNED) else client.send(one))
        await server.after(seconds - 0.1)
        await client.send(b"")
        assert not await client.is_closed()
        await server.after(0.1)
        assert await client.is_closed()

    run(test)


def test_what_drips_gains_no_time() -> None:
    async def test(server: Server) -> None:
        head, body = await server.client(), await server.client(posted(1_000))
        for number in range(9):
            await head.send(HALF_HEAD if number == 4 else b"X-More: 1\r\n" if number > 4 else b"")
            await body.send(b"x")
            await server.after(1)
        assert not await head.is_closed()
        await server.after(1)
        assert await head.is_closed()
        assert not await body.is_closed()
        await server.after(20)
        assert await body.is_closed()

    run(test)


def test_a_slow_and_steady_body_is_taken() -> None:
    async def test(server: Server) -> None:
        client = await server.client(posted(1 << 20))
        for _ in range(16):
            await server.after(1)
            await client.send(bytes(1 << 16))
        assert await client.status() == 200
        assert server.kept == 1

    run(test)


def test_whoever_reads_no_answer_is_cut_off() -> None:
    async def test(server: Server) -> None:
        metrics = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        with closing(socket.socket()) as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            greedy.connect(server.address)
            greedy.send(metrics * 9)
            await settled()
            await server.after(LIMITS.head_seconds)
            assert len(server.clients) == 1, "it cannot be closed as long as nobody reads"
            await server.after(LIMITS.flush_seconds)
            assert len(server.clients) == 0

    run(test)


# --- Heads and bytes ---------------------------------------------------------------------------

LARGE_HEADS = {
    "short lines": [HALF_HEAD, *[b"X-A: b\r\n" * 50] * 3],
    "one long line": [HALF_HEAD + b"X-A: ", *[b"b" * 8_000] * 9],
    "a long address": [b"GET /", *[b"a" * 8_000] * 9],
    "at once": [HALF_HEAD + b"X-A: " + b"b" * 70_000 + b"\r\n\r\n"],
    "at once, in many lines": [HALF_HEAD + b"X-A: b\r\n" * 101 + b"\r\n"],
    "blank lines": [b"\r\n" * 8_000] * 6,
    "behind a body": [HALF_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-A: b\r\n" * 101],
}


@pytest.mark.parametrize("sent", LARGE_HEADS.values(), ids=LARGE_HEADS)
def test_a_head_has_a_limit(sent: list[bytes]) -> None:
    async def test(server: Server) -> None:
        client = await server.client(*sent)
        assert await client.is_closed()
        assert await client.status() in (0, 404, 431)
        assert await (await server.client()).asks(SIGNED) == 200

    run(test)


def test_heads_within_the_limits_are_read() -> None:
    async def test(server: Server) -> None:
        head = posted()[:-2] + b"X-A: b\r\n" * 90 + b"X-B: " + b"b" * 30_000 + b"\r\n\r\n"
        client = await server.client()
        assert [await client.asks(head + BODY) for _ in range(3)] == [200] * 3
        assert await client.asks(SIGNED * 2) == await client.status() == 200
        assert await client.asks(b"nonsense\r\n\r\n") == 400

    run(test)


def test_few_requests_wait_for_the_answer_of_the_first() -> None:
    async def test(server: Server) -> None:
        client = await server.client(HEALTH * 9)
        assert [await client.status() for _ in range(9)] == [200] * 9
        greedy = await server.client(HEALTH * 10)
        assert await greedy.status() == 400
        assert await greedy.status() == 0

    run(test)


def test_what_is_held_of_all_requests_has_one_budget() -> None:
    async def test(server: Server) -> None:
        for _ in range(12):
            server.now += 0.1
            await server.client(posted(LARGEST_BODY, secret="no"), *[bytes(1 << 16)] * 47)
        held = [one for one in server.opened if not await one.is_closed()]
        assert len(held) <= 4
        server.now += 0.1
        whole = await server.client(posted(LARGEST_BODY), *[bytes(1 << 16)] * 48)
        assert await whole.status() == 200
        assert [await (await server.client()).asks(SIGNED) for _ in range(20)] == [200] * 20

    run(test, replace(LIMITS, held_bytes=12 << 20))


def test_a_request_that_never_ends_is_refused() -> None:
    async def test(server: Server) -> None:
        start = posted(secret="no").replace(b"Content-Length: 13", b"Transfer-Encoding: chunked")
        client = await server.client(start)
        assert await client.status() == 404
        for _ in range(110):
            await client.send(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
        assert await client.is_closed()
        assert await client.status() in (0, 413)

    run(test)


# --- Connections -------------------------------------------------------------------------------


def test_whoever_proves_nothing_makes_room_for_others() -> None:
    async def test(server: Server) -> None:
        known = await server.client()
        assert await known.asks(SIGNED) == 200
        silent = []
        for _ in range(30):
            server.now += 0.01
            silent.append(await server.client(HALF_HEAD))
        assert [await one.is_closed() for one in silent] == [True] * 20 + [False] * 10
        assert await known.asks(SIGNED) == 200
        assert await (await server.client()).asks(SIGNED) == 200

    run(test, replace(LIMITS, strangers=10))


def test_a_health_check_proves_nothing() -> None:
    async def test(server: Server) -> None:
        asking = await server.client()
        assert await asking.asks(HEALTH) == 200
        assert await asking.asks(posted(secret="no") + BODY) == 404
        for _ in range(2):
            server.now += 0.01
            await server.client()
        assert await asking.is_closed()

    run(test, replace(LIMITS, strangers=2))


def test_the_server_watches_the_deadlines() -> None:
    """The whole server, with heads that have no time at all."""
    clients = Clients(replace(LIMITS, head_seconds=0.0))
    is_over, is_ready = threading.Event(), threading.Event()

    async def app(*_: object) -> None: ...

    sock = bound_socket("127.0.0.1", 0)
    thread = threading.Thread(
        target=serve, args=(app, sock, is_ready.set, is_over.is_set, clients), daemon=True
    )
    thread.start()
    try:
        assert is_ready.wait(30)
        with closing(socket.create_connection(sock.getsockname(), timeout=10)) as silent:
            assert silent.recv(1) == b""
    finally:
        is_over.set()
        thread.join(30)
