"""Odd values in webhooks: that message is set aside by a reason, the rest goes on (W6)."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import one_in
from tests.sources.test_payloads import EXPECTED, FOLDER, Read

MESSAGES = ("messages", "message_echoes")
BODIES = {
    name: json.loads((FOLDER / name).read_bytes())
    for one in EXPECTED
    for name in one["files"]
    if one["outcome"] == "logged"
}
GOOD = {
    "meta": (FOLDER / "01-text.json").read_bytes(),
    "timelines": (FOLDER / "45-tl-sent.json").read_bytes(),
}
ODD = ["\ud800", "9999-12-31 23:59:59 +0000", "99999999999999999999", 1e308, -1, 0, None, True, [],
       {}, [None], [[{}]], {"x": "\udfff"}, "", "\x00", "a" * 5_000, 10**40, "٣٤٥"]  # fmt: skip


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where something stands in a body, the body itself excepted."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in inside:
        yield (*path, name)
        if isinstance(one, dict | list):
            yield from places(one, (*path, name))


def put(body: Any, path: tuple[str | int, ...], value: Any) -> None:
    for name in path[:-1]:
        body = body[name] if has(body, name) else {}
    if has(body, path[-1]):
        body[path[-1]] = value


def has(body: Any, name: str | int) -> bool:
    return name in body if isinstance(body, dict) else isinstance(body, list)


def door_of(name: str) -> str:
    return "timelines" if "-tl-" in name else "meta"


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(BODIES)))
    body = copy.deepcopy(BODIES[name])
    for path in draw(st.lists(st.sampled_from(list(places(body))), min_size=1, max_size=3)):
        try:
            put(body, path, draw(st.sampled_from(ODD)))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier value has taken the place away
    return door_of(name), body


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_w6_a_body_with_an_odd_value_is_read_or_kept_and_the_next_one_is_read(
    found: tuple[str, Any],
) -> None:
    door, body = found
    read = Read()
    read.post(door, json.dumps(body).encode())
    before = len(read.messages)
    read.post(door, GOOD[door])
    assert len(read.messages) in (before, before + 1)
    assert read.inbox.counts().waiting == 0
    for message in read.messages.values():
        assert 1970 <= message.sent_at.year <= 2100
        message.text.encode()
    for kind in read.kept:
        assert kind.isascii()
        assert "4477" not in kind


LACKING = [("id", "a message without an id"), ("timestamp", "a message without a usable time"),
           ("from", "a message without a sender")]  # fmt: skip


@pytest.mark.parametrize(("field", "reason"), LACKING)
def test_w6_of_one_body_the_good_message_is_read(field: str, reason: str) -> None:
    body = copy.deepcopy(BODIES["01-text.json"])
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    messages.insert(0, {**messages[0], "id": "wamid.BAD"})
    del messages[0][field]
    read = Read()
    read.post("meta", json.dumps(body).encode())
    assert len(read.messages) == 1
    assert read.kept == {reason: 1}


def test_w6_half_of_a_character_is_replaced() -> None:
    body = copy.deepcopy(BODIES["01-text.json"])
    body["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = "half \ud83d of it"
    read = Read()
    read.post("meta", json.dumps(body).encode())
    assert [one.text for one in read.messages.values()] == ["half \ufffd of it"]


@pytest.mark.parametrize("name", one_in(3, sorted(BODIES)))
def test_w6_every_single_value_may_be_missing(name: str) -> None:
    for path in places(BODIES[name]):
        body = copy.deepcopy(BODIES[name])
        put(body, path, None)
        Read().post(door_of(name), json.dumps(body).encode())
