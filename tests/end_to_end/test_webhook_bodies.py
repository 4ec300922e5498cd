"""Every kind of body, posted to one `wasf listen`: what stands in Salesforce, and in status."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.listener_process import APP_SECRET, SECRET, Listener, give_secrets, listening
from tests.end_to_end.program import Wasf, eventually
from tests.sources.test_payloads import EXPECTED, FOLDER, OURS, SAYS

LOGGED = [one for one in EXPECTED if one["outcome"] == "logged"]
TASKS = sum(len(one["tasks"]) for one in LOGGED)


@pytest.fixture
def listener(wasf: Wasf) -> Iterator[Listener]:
    give_secrets(wasf)
    wasf.set(timezone="UTC")
    with listening(wasf) as running:
        yield running


def post(listener: Listener, door: str, name: str) -> None:
    value = json.loads((FOLDER / name).read_bytes())
    send = listener.meta if door == "/meta" else listener.timelines
    assert send(value) == 200


def texts(wasf: Wasf, expected: dict[str, Any]) -> list[str]:
    """Subject and Description of the Tasks of a person, in the order of the messages."""
    numbers = expected["person"]
    numbers = [numbers] if isinstance(numbers, str) else numbers
    [lead] = [one for one in wasf.rows("Lead") if one["Phone"] in numbers]
    tasks = [one for one in wasf.rows("Task") if one["WhoId"] == lead["Id"]]
    tasks.sort(key=lambda one: one["Description"])
    return [f"{one['Subject']}\n{one['Description']}" for one in tasks]


def test_every_kind_of_body_becomes_what_it_should(listener: Listener, wasf: Wasf) -> None:
    for one in EXPECTED:
        for name in one["files"]:
            post(listener, one["door"], name)
    eventually(lambda: wasf.org.count("Task") >= TASKS)
    listener.stop()
    assert wasf.org.count("Task") == TASKS
    assert wasf.org.count("Lead") == len(LOGGED)
    for one in LOGGED:
        found = texts(wasf, one)
        assert len(found) == len(one["tasks"]), one["kind"]
        for text, task in zip(found, one["tasks"], strict=True):
            side = "from" if task["direction"] == "incoming" else "to"
            assert re.match(rf"WhatsApp [0-9:]+ {side} ", text), one["kind"]
            assert all(words in text for words in task["contains"]), one["kind"]
            assert all(re.search(SAYS[said], text) for said in task.get("says", [])), one["kind"]
            assert not any(word in text for word in one.get("must_not_contain", [])), one["kind"]
    assert OURS not in {one["Phone"] for one in wasf.rows("Lead")}
    status = wasf.run("status").out
    for one in EXPECTED:
        for words in one.get("status_shows", []):
            assert words in status, one["kind"]
    shown = wasf.run("inbox", "--json").json["webhooks"]
    kinds = [kind for one in shown for kind in one["kinds"]]
    assert sorted(kinds) == [
        "a file of the history that has not come", "a file of the history that has not come",
        "account_alerts", "waiting for another webhook", "waiting for another webhook",
    ]  # fmt: skip


CASES = {
    "no time": ({"timestamp": None}, "a message without a usable time"),
    "no id": ({"id": None}, "a message without an id"),
    "no sender": ({"from": None}, "a message without a sender"),
}


def test_w1_a_message_that_lacks_a_field_is_kept_and_shown_and_the_rest_is_logged(
    listener: Listener, wasf: Wasf
) -> None:
    body = json.loads((FOLDER / "01-text.json").read_bytes())
    [message] = body["entry"][0]["changes"][0]["value"]["messages"]
    odd = [{**message, "id": f"wamid.{name}", **lacks} for name, (lacks, _) in CASES.items()]
    milliseconds = {**message, "id": "wamid.ms", "timestamp": message["timestamp"] + "000"}
    body["entry"][0]["changes"][0]["value"]["messages"] = [*odd, message, milliseconds]
    assert listener.meta(body) == 200
    eventually(lambda: wasf.org.count("Task") >= 2)
    said = listener.stop()
    reasons = sorted(reason for _, reason in CASES.values())
    [kept] = wasf.run("inbox", "--json").json["webhooks"]
    assert kept["kinds"] == reasons
    assert "1 webhook kept" in said.err
    assert wasf.org.count("Task") == 2
    assert [task["ActivityDate"] for task in wasf.rows("Task")] == ["2026-03-02"] * 2


def test_what_is_kept_is_removed_with_all_its_text(listener: Listener, wasf: Wasf) -> None:
    private = "a word that must not stay"
    body = {"entry": [{"changes": [{"field": "account_alerts", "value": {"text": private}}]}]}
    assert listener.meta(body) == 200
    eventually(lambda: wasf.run("inbox", "--json").json["webhooks"])
    listener.stop()
    assert wasf.run("purge", "--all", "--waiting").code == 2
    assert wasf.run("inbox", "--json").json["webhooks"]
    assert wasf.run("purge", "--all", "--waiting", "--yes", "--json").json["webhooks"] == 1
    assert wasf.run("inbox", "--json").json["webhooks"] == []
    for path in wasf.home.rglob("*"):
        assert not path.is_file() or private.encode() not in path.read_bytes()


def test_t7_groups_are_logged_on_those_who_are_known(wasf: Wasf, org: Any) -> None:
    pam = org.add_contact(LastName="Example", Phone="+44 7700 900534")
    lo = org.add_lead(LastName="Example", Company="x", MobilePhone="07700 900535")
    wasf.set(groups="participants", default_region="GB", timezone="UTC")
    give_secrets(wasf)
    group = {"full_name": "Site team", "chat_id": 7080, "is_group": True, "phone": ""}
    said = {
        "text": "the lift is broken", "direction": "received", "message_uid": "u-80",
        "timestamp": "2026-03-02 10:00:00 +0100",
        "sender": {"full_name": "Lo Example", "phone": "+447700900535"},
    }  # fmt: skip
    stranger = json.loads((FOLDER / "35-group.json").read_bytes())
    value = stranger["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"name": "Stranger"}, "wa_id": "447700900599"}]
    value["messages"][0] |= {"id": "wamid.stranger", "from": "447700900599", "group_id": "other"}
    with listening(wasf) as listener:
        post(listener, "/meta", "35-group.json")
        event = {"event_type": "message:received:new", "chat": group, "message": said}
        assert listener.timelines(event) == 200
        assert listener.meta(stranger) == 200
        eventually(lambda: wasf.org.count("Task") >= 2)
        listener.stop()
    assert {task["WhoId"] for task in wasf.rows("Task")} == {pam, lo}
    assert wasf.org.count("Lead") == 1
    assert "in Site team" in " ".join(task["Subject"] for task in wasf.rows("Task"))


def test_a_wrong_signature_is_read_by_nobody(listener: Listener, wasf: Wasf) -> None:
    body = (FOLDER / "01-text.json").read_bytes()
    assert listener.post("meta", body, **{"X-Hub-Signature-256": f"sha256={APP_SECRET}"}) == 401
    assert listener.post(f"timelines?secret={SECRET}x", body) == 404
    listener.stop()
    assert wasf.org.count("Task") == 0
