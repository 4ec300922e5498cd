"""Where the listener listens: a port that is its own."""

import socket

import pytest

from tests.ports import free_port
from wasf.errors import ExitCode, WrongUsage
from wasf.listener.server import bound_socket, port_option


def test_a_port_that_is_taken_is_named() -> None:
    port = free_port()
    with bound_socket("127.0.0.1", port) as first:
        first.listen()
        with pytest.raises(WrongUsage, match=f"127.0.0.1, port {port}") as caught:
            bound_socket("127.0.0.1", port)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_port_is_free_again_at_once(platform: str) -> None:
    assert port_option(platform) == socket.SO_REUSEADDR


def test_windows_lets_nobody_else_take_the_port() -> None:
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", -5)
    assert port_option("win32") == exclusive
