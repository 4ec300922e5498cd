"""`wasf listen` as a process: webhooks become Tasks, once, whatever happens meanwhile."""

import contextlib
import io
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.listener_process import (
    APP_SECRET,
    SECRET,
    TOKEN,
    Listener,
    from_ada,
    from_meta,
    give_secrets,
    listening,
    text_of_meta,
)
from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, Wasf, assert_told, eventually
from tests.ports import free_port
from tests.servers.salesforce import LocalOrg
from tests.servers.timelines import LocalChatApi, MessageType, Shape

NOW = datetime.now(UTC).replace(microsecond=0)
DIGITS = ADA_PHONE.removeprefix("+")
SCOPED = "GB.13491208655302"


@pytest.fixture
def listener(wasf: Wasf) -> Iterator[Listener]:
    give_secrets(wasf)
    with listening(wasf) as running:
        yield running


def logged(wasf: Wasf, count: int) -> None:
    eventually(lambda: wasf.org.count("Task") >= count)


# --- What becomes of a webhook -----------------------------------------------------------------


def test_a_webhook_becomes_a_task_on_the_right_record(
    listener: Listener, wasf: Wasf, org: LocalOrg
) -> None:
    contact = org.add_contact(LastName="Example", MobilePhone=ADA_PHONE)
    assert listener.timelines(from_ada(PRIVATE, "one")) == 200
    logged(wasf, 1)
    [task] = wasf.rows("Task")
    assert task["WhoId"] == contact
    assert PRIVATE in task["Description"]
    assert task["ActivityDate"] == "2026-03-01"


def test_meta_is_heard_too_also_about_whoever_hides_the_number(
    listener: Listener, wasf: Wasf
) -> None:
    both = text_of_meta("one", "wamid.1", **{"from": DIGITS, "from_user_id": SCOPED})
    contact = {"profile": {"name": ADA}, "wa_id": DIGITS, "user_id": SCOPED}
    assert listener.meta(from_meta(both, contacts=[contact])) == 200
    logged(wasf, 1)
    assert listener.meta(from_meta(text_of_meta("two", "wamid.2", from_user_id=SCOPED))) == 200
    logged(wasf, 2)
    assert wasf.texts(wasf.the_lead()["Id"]) == ["one", "two"]
    assert wasf.the_lead()["Phone"] == ADA_PHONE


def test_a_known_contact_takes_one_call(listener: Listener, wasf: Wasf, org: LocalOrg) -> None:
    org.add_contact(LastName="Example", MobilePhone=ADA_PHONE)
    assert listener.timelines(from_ada("one", "one")) == 200
    logged(wasf, 1)
    for number, text in enumerate(("two", "three"), start=2):
        org.forget_requests()
        assert listener.timelines(from_ada(text, text)) == 200
        logged(wasf, number)
        eventually(lambda: not wasf.run("status", "--json").json["webhooks"]["waiting"])
        assert [one.path.rpartition("/")[2] for one in org.requests] == ["sobjects"]
    assert wasf.texts() == ["one", "two", "three"]


def test_metas_handshake(listener: Listener) -> None:
    query = f"hub.mode=subscribe&hub.challenge=42&hub.verify_token={TOKEN}"
    assert listener.get(f"meta?{query}") == "42"


def test_what_is_sent_again_is_logged_once(listener: Listener, wasf: Wasf) -> None:
    for _ in range(5):
        assert listener.timelines(from_ada("one", "one")) == 200
    logged(wasf, 1)
    assert listener.timelines(from_ada("one", "one")) == 200
    assert listener.timelines(from_ada("two", "two")) == 200
    logged(wasf, 2)
    assert sorted(wasf.texts()) == ["one", "two"]


def test_a_batch_is_logged_whole(listener: Listener, wasf: Wasf) -> None:
    texts = [f"message {number}" for number in range(300)]
    many = [text_of_meta(text, f"wamid.{text}", **{"from": DIGITS}) for text in texts]
    assert listener.meta(from_meta(*many)) == 200
    logged(wasf, 300)
    assert sorted(wasf.texts()) == sorted(texts)


def test_what_is_not_understood_is_kept_and_told(listener: Listener, wasf: Wasf) -> None:
    listener.timelines({"event_type": "message:whispered", "text": PRIVATE})
    listener.timelines(from_ada("one", "one"))
    logged(wasf, 1)
    listener.stop()
    said = wasf.run("status", "--json").json["webhooks"]
    assert said == {"waiting": 0, "not_understood": {"message:whispered": 1}}
    assert "1 of message:whispered" in wasf.run("status").out


# --- Beside the poll ---------------------------------------------------------------------------


@pytest.fixture
def api(wasf: Wasf) -> Iterator[LocalChatApi]:
    with LocalChatApi.start(per_second=1_000) as running:
        wasf.set(timelines_url=running.base_url, timelines_token=running.token)
        wasf.set(timelines_per_second="30")
        yield running


def test_webhooks_and_the_poll_bring_each_message_once(wasf: Wasf, api: LocalChatApi) -> None:
    give_secrets(wasf)
    workspace, port = api.workspace, free_port()
    chats = [
        workspace.add_chat(workspace.add_number("+447700900001", ""), ADA, ADA_PHONE),
        workspace.add_chat(
            workspace.add_number("+447700900002", "", official=True), ADA, ADA_PHONE
        ),
    ]
    for chat in chats:
        workspace.add_message(chat, f"before {chat.id}", NOW - timedelta(hours=2))
    with listening(wasf, "--register", f"http://127.0.0.1:{port}", port=port) as listener:
        logged(wasf, 2)
        for number, shape in enumerate(Shape):
            for chat in chats:
                text = f"{shape.name} {chat.id}"
                at = NOW - timedelta(minutes=10 - number)
                assert api.deliver(workspace.add_message(chat, text, at), shape, times=2)
        call = workspace.add_message(
            chats[0], "", NOW, type=MessageType.CALL, status="Missed"
        )  # fmt: skip
        assert api.deliver(call)
        logged(wasf, 7)
        assert listener.stop().code == 143
    assert wasf.sync("timelines", "--since", "1d").messages["logged"] == 0
    assert wasf.org.count("Task") == 7
    assert not any(webhook.errors for webhook in api.webhooks.all())


def test_the_poll_fills_the_gap_that_a_webhook_leaves(wasf: Wasf, api: LocalChatApi) -> None:
    give_secrets(wasf)
    wasf.set(listen_poll="1s")
    workspace = api.workspace
    chat = workspace.add_chat(workspace.add_number("+447700900001", ""), ADA, ADA_PHONE)
    with listening(wasf):
        workspace.add_message(chat, "nobody was told", NOW)
        logged(wasf, 1)


def test_registering_twice_registers_once_with_a_secret_that_stays(
    wasf: Wasf, api: LocalChatApi
) -> None:
    before, sys.stdin = sys.stdin, io.StringIO(f"{api.token}\n")
    try:
        assert wasf.run("connect", "timelines", "--token-store", "file").code == 0
    finally:
        sys.stdin = before
    url = f"http://127.0.0.1:{free_port()}/"
    printed = ""
    for _ in range(2):
        with listening(wasf, "--register", url) as listener:
            printed += listener.stop().out
    made = api.webhooks.all()
    assert len(made) == 7
    [address] = {webhook.url for webhook in made}
    secret = address.partition("?secret=")[2]
    assert address.startswith(f"{url}timelines?")
    assert len(secret) > 40
    assert secret not in printed


REFUSED = {
    "no TLS": ("http://hooks.example.com", 2),
    "no address": ("hooks", 2),
    "a query": ("https://hooks.example.com/?a=b", 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_address_that_cannot_be_is_not_registered(
    wasf: Wasf, api: LocalChatApi, name: str
) -> None:
    give_secrets(wasf)
    url, code = REFUSED[name]
    result = wasf.run("listen", "--port", "0", "--register", url)
    assert result.code == code
    assert_told(result, "TimelinesAI")
    assert api.webhooks.all() == []


# --- Trouble -----------------------------------------------------------------------------------


def test_salesforce_may_be_down_meanwhile(wasf: Wasf, org: LocalOrg) -> None:
    give_secrets(wasf)
    with listening(wasf) as listener:
        listener.timelines(from_ada("one", "one"))
        logged(wasf, 1)
        org.fail("maintenance", times=10_000)
        for number in range(20):
            assert listener.timelines(from_ada(f"down {number}", f"down {number}")) == 200
        assert listener.get("healthz") == '{"receiving":true}'
        assert org.count("Task") == 1
        org.heal()
        logged(wasf, 21)
        assert len(set(wasf.texts())) == org.count("Task") == 21


def test_another_sync_may_be_at_work(wasf: Wasf, org: LocalOrg, home) -> None:
    give_secrets(wasf)
    with listening(wasf) as listener:
        listener.timelines(from_ada("one", "one"))
        logged(wasf, 1)
        org.latency(300)
        busy = wasf.start("sync", "--json")
        for number in range(5):
            assert listener.timelines(from_ada(f"more {number}", f"more {number}")) == 200
        wasf.finish(busy)
        org.latency(0)
        logged(wasf, 6)
    assert len(set(wasf.texts())) == org.count("Task") == 6


def test_what_was_kept_before_a_kill_is_logged_after_it(wasf: Wasf, org: LocalOrg) -> None:
    give_secrets(wasf)
    org.latency(2_000)
    with listening(wasf) as listener:
        for number in range(10):
            assert listener.timelines(from_ada(f"text {number}", f"text {number}")) == 200
        listener.process.kill()
        listener.process.communicate()
    org.latency(0)
    with listening(wasf):
        logged(wasf, 10)
    assert len(set(wasf.texts())) == org.count("Task") == 10


def test_a_disk_that_is_full_is_told_to_the_sender(wasf: Wasf, listener: Listener) -> None:
    """The file refuses every body, as on a full disk, whoever opens it meanwhile."""
    [path] = wasf.home.rglob("inbox.sqlite3")
    refuse = "BEGIN SELECT RAISE(FAIL, 'no room'); END"
    _change(path, f"CREATE TRIGGER full BEFORE INSERT ON received {refuse}")
    assert listener.timelines(from_ada("one", "one")) == 503
    _change(path, "DROP TRIGGER full")
    assert listener.timelines(from_ada("one", "one")) == 200
    logged(wasf, 1)


def _change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(statement)


ENDS = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 143}


@pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
def test_it_ends_as_it_is_asked(listener: Listener, wasf: Wasf, number: signal.Signals) -> None:
    listener.timelines(from_ada("one", "one"))
    result = listener.stop(number)
    assert result.code == ENDS[number]
    assert_told(result, "stopped")
    with listening(wasf):
        logged(wasf, 1)
    assert wasf.texts() == ["one"]


def test_nobody_is_seen(listener: Listener, wasf: Wasf, org: LocalOrg) -> None:
    """No secret, text, name or number in what is printed, nor in the figures."""
    listener.timelines(from_ada(PRIVATE, "one"))
    logged(wasf, 1)
    org.fail("maintenance", times=10)
    listener.timelines(from_ada(PRIVATE, "two"))
    listener.post("timelines?secret=a-guess-of-somebody", b"x")
    listener.meta(from_meta(text_of_meta(PRIVATE, "wamid.1", **{"from": DIGITS})))
    eventually(lambda: "wasf_messages_logged_total 1.0" in listener.get("metrics"))
    figures = listener.get("metrics")
    result = listener.stop()
    for told in (result.out, result.err, figures):
        for secret in (SECRET, APP_SECRET, TOKEN, PRIVATE, ADA, DIGITS, "a-guess"):
            assert secret not in told


def test_nonsense_leaves_no_trace_and_harms_nobody(listener: Listener, wasf: Wasf) -> None:
    """Not even with so much of it that a log which nobody reads would be full."""
    address = urlsplit(listener.url)
    for _ in range(3_000):
        with socket.create_connection((address.hostname, address.port)) as sock:
            sock.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 400")
    assert listener.timelines(from_ada("one", "one")) == 200
    logged(wasf, 1)
    assert len(listener.stop().err.splitlines()) == 2


def test_that_nobody_reads_what_it_prints_ends_nothing(wasf: Wasf) -> None:
    give_secrets(wasf)
    with listening(wasf) as listener:
        assert listener.process.stdout is not None
        listener.process.stdout.close()
        for number in range(3):
            listener.timelines(from_ada(f"text {number}", f"uid {number}"))
            logged(wasf, number + 1)
        listener.process.stdout = None


USAGE = {
    "a secret that is none": ({"listen_secret": "short"}, (), 78),
    "half of what Meta needs": ({"meta_app_secret": "x"}, (), 78),
    "no such address": ({}, ("--host", "203.0.113.1"), 2),
    "no such port": ({}, ("--port", "99999"), 2),
    "no chat API": ({}, ("--register", "https://hooks.example.com"), 4),
}


@pytest.mark.parametrize("name", USAGE)
def test_what_cannot_be_is_said(wasf: Wasf, name: str) -> None:
    settings, arguments, code = USAGE[name]
    wasf.set(listen_secret=SECRET)
    wasf.set(**settings)
    result = wasf.run("listen", "--port", "0", *arguments)
    assert result.code == code
    assert_told(result)
