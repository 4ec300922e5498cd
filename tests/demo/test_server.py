"""The server under both demo servers, and that they ship without what only tests need."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from wasf.demo.server import HOST, LoopbackServer


async def hello(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


def test_it_serves_until_it_is_stopped() -> None:
    server = LoopbackServer()
    server.start(APP)
    assert requests.get(server.base_url, timeout=10).text == "hello"
    server.stop()
    with pytest.raises(ConnectionRefusedError), socket.create_connection((HOST, server.port)):
        pass


def test_open_connections_do_not_hold_it_up() -> None:
    server = LoopbackServer()
    server.start(APP)
    with socket.create_connection((HOST, server.port), 10) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(15) == b"HTTP/1.1 200 OK"
        server.stop()
        assert has_ended(idle)


def has_ended(connection: socket.socket) -> bool:
    try:
        while connection.recv(1024):
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_port_that_is_taken() -> None:
    taken = LoopbackServer()
    with pytest.raises(OSError, match="in use"):
        LoopbackServer(taken.port)
    taken.stop()
    LoopbackServer(taken.port).stop()


def test_the_demo_needs_nothing_of_the_tests() -> None:
    script = (
        "import sys, json, wasf.demo.seeds, wasf.demo.salesforce, wasf.demo.timelines; "
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert {"wasf", "starlette", "uvicorn"} <= loaded
    assert loaded.isdisjoint({"tests", "pytest", "jwt", "cryptography", "requests", "selenium"})
