"""Which chats are logged, chosen through the program: review, allow, skip (rule X2)."""

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.listener_process import from_ada, give_secrets, listening
from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, Chats, Wasf, assert_told, eventually
from tests.end_to_end.terminal import at_terminal
from tests.servers.salesforce import LocalOrg
from tests.servers.timelines import LocalChatApi

BEN, BEN_PHONE = "Ben Beispiel", "+447700900456"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def asking(wasf: Wasf) -> Wasf:
    """The program, with new chats waiting for a yes."""
    wasf.set(chats="ask")
    return wasf


def waiting(wasf: Wasf) -> list[str]:
    return [chat["chat"] for chat in wasf.run("review", "--json").json["chats"]]


def in_files(wasf: Wasf, text: str) -> bool:
    files = (path for path in wasf.home.rglob("*") if path.is_file())
    return any(text.encode() in path.read_bytes() for path in files)


def test_x2_new_chats_wait_and_are_allowed_by_the_command_that_is_told(
    asking: Wasf, org: LocalOrg, chats: Chats
) -> None:
    export = chats.ada("one", "two")
    report = asking.sync(export, "--phone", ADA_PHONE)
    assert report.messages["waiting"] == 2
    assert report.chat()["reason"] == "waits for your yes"
    assert (asking.writes(), asking.rows("Lead")) == ([], [])
    status = asking.run("status", "--json").json
    assert status["approval"] == {"waiting": 1, "skipped": 0, "skip_rules": 0}
    [waits] = status["waiting"]
    command = waits["hint"].partition(" (")[0].split()
    assert command[:2] == ["wasf", "allow"]
    assert asking.run(*command[1:]).code == 0
    assert asking.sync().messages["logged"] == 2
    assert asking.texts(asking.the_lead()["Id"]) == ["one", "two"]


def test_x2_a_review_lists_without_a_terminal_and_ends_with_0(asking: Wasf, chats: Chats) -> None:
    assert asking.run("review").out == "No chat waits for your yes.\n"
    asking.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    told = asking.run("review")
    assert (told.code, told.err) == (0, "")
    assert ADA in told.out
    assert "wasf allow" in told.out
    [chat] = asking.run("review", "--json").json["chats"]
    assert chat.keys() >= {"chat", "name", "number", "messages", "record", "owner"}
    assert (chat["chat"], chat["number"], chat["messages"]) == (ADA, ADA_PHONE, 2)


def test_x2_a_skipped_chat_leaves_no_text_and_comes_back_with_its_file(
    asking: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    export = chats.ada(PRIVATE, "two")
    asking.sync(export, "--phone", ADA_PHONE)
    assert in_files(asking, PRIVATE)
    done = asking.run("skip", ADA, "--json").json
    assert (done["decision"], done["messages"]) == ("skipped", 2)
    assert not in_files(asking, PRIVATE)
    report = asking.sync(export)
    assert (report.messages["skipped"], report.chat()["state"]) == (2, "skipped")
    assert not in_files(asking, PRIVATE)
    assert asking.run("status", "--json").json["approval"]["skipped"] == 1
    assert "give its file again" in asking.run("allow", ADA).out
    assert asking.sync(export).messages["logged"] == 2
    assert asking.texts(contact) == [PRIVATE, "two"]


def test_x2_a_list_from_a_file_and_from_standard_input(
    wasf: Wasf, chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats.ada("one", title="+44 7700 900123")
    chats.ada("two", title="+44 7700 900456")
    names = chats.folder / "names.list"
    names.write_text(f"# family\n{BEN_PHONE}\n")
    assert wasf.run("skip", "--file", names, "--json").json["numbers"] == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("+44 7700 900123 # a friend\n"))
    assert wasf.run("skip", "--file", "-", "--json").json["numbers"] == 1
    report = wasf.sync(chats.folder, code=0)
    assert (report.messages["skipped"], report.messages["logged"]) == (2, 0)
    assert wasf.run("skip", "--file", chats.folder / "none").code == 66
    names.write_bytes(b"\xff\xfe\xff")
    assert wasf.run("skip", "--file", names).code == 65


def test_x2_an_account_is_skipped_before_anything_of_it_was_read(wasf: Wasf, chats: Chats) -> None:
    wasf.set(whatsapp_accounts="Sales=sam@example.com,Private=pat@example.com")
    wasf.run("skip", "--account", "Private")
    export = chats.ada("one", title="+44 7700 900123")
    assert wasf.sync(export, "--account", "Private").messages["skipped"] == 1
    wasf.run("allow", "--account", "Private")
    assert wasf.sync(export, "--account", "Private").messages["logged"] == 1


def test_x2_wrong_words_change_nothing(asking: Wasf, chats: Chats) -> None:
    asking.sync(chats.ada("one"), chats.ada("two", title="Ada Beispiel"))
    kept = waiting(asking)
    assert_told(asking.run("allow"), "no chat was named")
    for words, says in ((["zoe"], "no chat has that"), ([ADA, "ada"], "names 2 chats")):
        told = asking.run("allow", *words)
        assert told.code == 2
        assert says in told.err
    assert waiting(asking) == kept == [ADA, "Ada Beispiel"]


def test_x2_a_review_on_a_terminal_asks_about_each(asking: Wasf, chats: Chats) -> None:
    titles = ["+44 7700 900123", "+44 7700 900456", "Nora", "Zoe", "Last"]
    for title in titles:
        asking.sync(chats.ada("one", "two", title=title))
    shown = at_terminal(asking, ["review"], "x", "y", "n", "later", "q")
    for title in titles[:4]:
        assert title in shown
    assert "2 messages" in shown
    assert "Last" not in shown
    assert "3 still waiting" in shown
    assert waiting(asking) == ["Nora", "Zoe", "Last"]
    assert asking.sync().messages["logged"] == 2
    assert asking.run("status", "--json").json["approval"]["skipped"] == 1


def test_x2_webhooks_wait_and_are_skipped_too(asking: Wasf) -> None:
    give_secrets(asking)
    with listening(asking) as listener:
        assert listener.timelines(from_ada(PRIVATE, "one")) == 200
        eventually(lambda: waiting(asking) == [ADA])
        eventually(lambda: asking.run("skip", ADA_PHONE).code == 0)  # the round may not be over
        assert listener.timelines(from_ada("two", "two")) == 200
        eventually(lambda: not asking.run("status", "--json").json["webhooks"]["waiting"])
        assert listener.stop().code == 143
    assert (asking.rows("Task"), waiting(asking)) == ([], [])
    assert not in_files(asking, PRIVATE)
    assert asking.run("status", "--json").json["approval"]["skipped"] == 1


def test_x2_a_chat_api_waits_and_its_account_is_allowed(asking: Wasf) -> None:
    with LocalChatApi.start(per_second=1_000) as api:
        account = api.workspace.add_number("+447700900001", "")
        for title, phone in ((ADA, ADA_PHONE), (BEN, BEN_PHONE)):
            chat = api.workspace.add_chat(account, title, phone)
            api.workspace.add_message(chat, "one", NOW - timedelta(hours=1))
        asking.set(timelines_url=api.base_url, timelines_token=api.token, timelines_per_second="30")
        assert asking.sync("timelines", "--dry-run").messages["waiting"] == 2
        assert asking.sync("timelines").messages["waiting"] == 2
        assert asking.run("skip", BEN).code == 0
        assert asking.run("allow", "--account", "+44 7700 900001").code == 0
        assert asking.sync("timelines").messages["logged"] == 1
    assert [lead["Phone"] for lead in asking.rows("Lead")] == [ADA_PHONE]
