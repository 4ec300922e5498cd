"""Every message in one state, nothing twice, nothing lost, seen through the program (rules W)."""

from datetime import timedelta

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Wasf, spoken
from tests.exports_builder import Said, write_android
from tests.servers.salesforce import LocalOrg

BEN_PHONE = "+447700900456"


@pytest.fixture
def mixed(wasf: Wasf, org: LocalOrg, chats: Chats) -> dict[str, int]:
    """A folder with a chat for every state; how many messages will be in which."""
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    org.add_lead(LastName="B", Phone=BEN_PHONE, Status="Closed - Not Converted")
    start = START - timedelta(days=30)
    old = spoken("+44 7700 900123", "old", "older", start=start)
    chats.of("+44 7700 900123", [*old, *spoken("+44 7700 900123", "a", "b", "c")])
    chats.ada("d", "e", title="+44 7700 900456")
    chats.ada("f", title="+44 7700 900789")
    chats.ada("g", "h", title="Nobody Known")
    chats.of("Club", [Said(START, name, "hi") for name in ("X", "Y", "Z")])
    return {"logged": 6, "already_logged": 0, "waiting": 2, "skipped": 5}


def test_w1_every_message_ends_in_exactly_one_state(
    mixed: dict[str, int], wasf: Wasf, chats: Chats
) -> None:
    result = wasf.sync(chats.folder, "--since", "2026-02-20")
    assert result.messages == {"read": 13, **mixed}
    assert result.json["leads"] == {"created": 1, "reopened": 1}
    assert len(wasf.rows("Task")) == result.json["tasks_created"] == 6
    for title in ("Nobody Known", "Club"):
        assert result.chat(title)["hint"]


def test_w2_what_waits_is_tried_again_without_its_file(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    path = chats.ada("one", "two")
    assert wasf.sync(path).messages["waiting"] == 2
    path.unlink()
    assert wasf.sync().messages["waiting"] == 2
    status = wasf.run("status", "--json").json
    [waiting] = status["waiting"]
    assert (waiting["chat"], waiting["messages"]) == (ADA, 2)
    assert waiting["reason"]
    assert "--phone" in waiting["hint"]
    contact = org.add_contact(FirstName="Ada", LastName="Example")
    assert wasf.sync().messages["logged"] == 2
    assert sorted(wasf.texts(contact)) == ["one", "two"]
    assert wasf.run("status", "--json").json["waiting"] == []


def test_w3_the_same_sync_twice_writes_nothing(
    mixed: dict[str, int], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.folder, "--since", "2026-02-20")
    tasks = wasf.rows("Task")
    org.forget_requests()
    again = wasf.sync(chats.folder, "--since", "2026-02-20")
    assert again.messages == {
        "read": 13, "logged": 0, "already_logged": 6, "waiting": 2, "skipped": 5,
    }  # fmt: skip
    assert wasf.writes() == []
    assert wasf.rows("Task") == tasks


def test_w3_a_newer_export_writes_only_what_is_new(wasf: Wasf, chats: Chats) -> None:
    texts = [f"message {number}" for number in range(30)]
    wasf.sync(chats.ada(*texts[:20]), "--phone", ADA_PHONE)
    result = wasf.sync(chats.ada(*texts))
    assert (result.messages["logged"], result.messages["already_logged"]) == (10, 20)
    assert sorted(wasf.texts()) == sorted(texts)


def test_w3_equal_messages_of_one_minute_are_told_apart(wasf: Wasf, chats: Chats) -> None:
    lines = [Said(START, ADA, "ok")] * 3
    wasf.sync(chats.of(ADA, lines[:2]), "--phone", ADA_PHONE)
    wasf.sync(chats.of(ADA, lines))
    assert wasf.texts() == ["ok", "ok", "ok"]


@pytest.mark.parametrize("runs_before", [0, 1], ids=["W4 on a new machine", "W4 later"])
def test_w4_a_dry_run_writes_nothing_and_tells_the_truth(
    runs_before: int, mixed: dict[str, int], wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    (chats.folder / "more").mkdir()
    early = write_android(chats.folder / "more", "Early Bird", spoken("Early Bird", "x"))
    for _ in range(runs_before):
        wasf.sync(early, "--phone", BEN_PHONE)
    org.forget_requests()
    kept, tasks, leads = wasf.kept(), wasf.rows("Task"), wasf.rows("Lead")

    dry = wasf.sync(chats.folder, "--since", "2026-02-20", "--dry-run").json
    assert (wasf.kept(), wasf.rows("Task"), wasf.rows("Lead")) == (kept, tasks, leads)
    assert wasf.writes() == []

    real = wasf.sync(chats.folder, "--since", "2026-02-20").json
    assert (dry["dry_run"], real["dry_run"]) == (True, False)
    for figures in ("messages", "tasks_created", "leads", "files_uploaded"):
        assert dry[figures] == real[figures]
    states = [(chat["chat"], chat["state"], chat["messages"]) for chat in real["chats"]]
    assert [(chat["chat"], chat["state"], chat["messages"]) for chat in dry["chats"]] == states
