"""`config`, `status`, `test-lead`, `demo` and the help, as a person uses them."""

import os
import signal
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, Chats, Wasf
from tests.servers.salesforce import LocalOrg

# --- files -------------------------------------------------------------------------------------


def test_all_files_are_the_persons_alone(wasf: Wasf, chats: Chats) -> None:
    """The process begins with no mask at all."""
    wasf.run("config", "set", "timezone", "Asia/Tokyo")
    wasf.sync(chats.ada("Hello"), "--phone", ADA_PHONE, "--verbose")
    wasf.run("status")
    kept = list(wasf.home.rglob("*"))
    files = {path.name for path in kept if path.is_file()}
    assert {"ledger.sqlite3", "wasf.log"} <= files
    open_to_others = [path.name for path in kept if path.stat().st_mode & 0o077]
    assert open_to_others == []


# --- config ------------------------------------------------------------------------------------


def _setting(wasf: Wasf, name: str) -> tuple[str, str]:
    shown = wasf.run("config", "--json").json[name]
    return shown["value"], shown["origin"]


def test_each_place_is_overridden_by_the_next(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    del wasf.environment["WASF_TIMEZONE"]
    hours: list[str] = []

    def log(*flags: str) -> None:
        title = f"+44 7700 900{len(hours):03}"
        wasf.sync(chats.ada("Hello", title=title), *flags)
        hours.append(wasf.rows("Task")[-1]["Description"][:23])

    wasf.run("config", "set", "timezone", "Asia/Tokyo")
    log()
    assert _setting(wasf, "timezone") == ("Asia/Tokyo", "file")
    wasf.environment["WASF_TIMEZONE"] = "America/New_York"
    log()
    assert _setting(wasf, "timezone") == ("America/New_York", "environment")
    log("--timezone", "Asia/Kolkata")
    assert hours == [f"2026-03-02 10:00 {offset}" for offset in ("+09:00", "-05:00", "+05:30")]
    assert _setting(wasf, "frequency") == ("real-time", "default")


def test_set_get_unset_path(wasf: Wasf) -> None:
    assert wasf.run("config", "set", "lead.auto_create", "no").code == 0
    assert wasf.run("config", "get", "lead.auto_create").out == "false\n"
    wasf.run("config", "set", "lead.closed_statuses", "Lost", "No interest")
    assert wasf.run("config", "get", "lead.closed_statuses").out == "Lost, No interest\n"
    wasf.run("config", "set", "me", "Doe, Jane", "Bob")
    assert tomllib.loads((wasf.home / "settings.toml").read_text())["me"] == ["Doe, Jane", "Bob"]
    wasf.run("config", "set", "me", "Doe, Jane")
    assert wasf.run("config", "get", "me").out == '"Doe, Jane"\n'
    wasf.run("config", "set", "me", "Jane,", "Bob")
    assert wasf.run("config", "get", "me").out == "Jane, Bob\n"
    assert wasf.run("config", "set", "lead.company", "Foo", "Inc").code == 78
    wasf.run("config", "set", "secret_command", "pass", "show", "sales, force")
    assert wasf.run("config", "get", "secret_command").out == "pass show 'sales, force'\n"
    wasf.run("config", "unset", "secret_command")
    wasf.run("config", "unset", "lead.auto_create")
    assert _setting(wasf, "lead.auto_create") == ("true", "default")
    path = wasf.run("config", "path").out
    assert path == f"{wasf.home / 'settings.toml'}\n"
    table = wasf.run("config", "--all").out
    for word in ("lead.closed_statuses", "file", "environment", "default"):
        assert word in table


def editor_of(tmp_path: Path, *texts: str) -> str:
    """An editor that writes these texts, one each time that it is opened."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib, os\n"
        "assert not any('TOKEN' in name for name in os.environ)\n"
        f"texts = {list(texts)!r}\n"
        "at = pathlib.Path(__file__).with_name('opened')\n"
        "number = len(at.read_text()) if at.exists() else 0\n"
        "at.write_text('x' * (number + 1))\n"
        "pathlib.Path(sys.argv[1]).write_text(texts[number])\n"
    )
    return f"{sys.executable} {script}"


def test_edited_settings_replace_the_file_if_they_are_right(wasf: Wasf, tmp_path: Path) -> None:
    file = wasf.home / "settings.toml"
    right = "# mine\nfrequency = '24h'\nme = ['Doe, Jane', 'Bob']\n"
    wasf.environment["EDITOR"] = editor_of(tmp_path, right, "frequency = '25m'\n", "no toml", right)
    done = wasf.run("config", "edit")
    assert (done.code, file.read_text()) == (0, right)
    assert '"Doe, Jane", Bob' in done.out
    for told in ("line 1: frequency cannot be", "line 1: this is no TOML"):
        refused = wasf.run("config", "edit")
        assert (refused.code, file.read_text()) == (78, right)
        assert told in refused.err
    assert wasf.run("config", "edit").out == "Nothing was changed.\n"


@pytest.mark.parametrize("editor", ["/no/such/editor", "false", '"'])
def test_an_editor_that_fails_changes_nothing(editor: str, wasf: Wasf) -> None:
    wasf.environment |= {"EDITOR": "ignored", "VISUAL": editor}
    failed = wasf.run("config", "edit")
    assert (failed.code, wasf.kept()) == (2, {})
    assert "EDITOR=nano wasf config edit" in failed.err


def test_a_file_that_is_broken_can_be_mended_in_the_editor(wasf: Wasf, tmp_path: Path) -> None:
    wasf.home.mkdir()
    (wasf.home / "settings.toml").write_text("no toml")
    wasf.environment["EDITOR"] = editor_of(tmp_path, "owner = 'ada@example.com'\n")
    assert wasf.run("config", "edit").code == 0
    assert _setting(wasf, "owner") == ("ada@example.com", "file")


def test_what_is_changed_comes_first_and_all_fits_a_screen(wasf: Wasf) -> None:
    wasf.environment |= {"COLUMNS": "80", "LINES": "25", "TERM": "dumb"}
    wasf.is_at_terminal = True
    wasf.run("config", "set", "lead.auto_create", "no")
    shown = wasf.run("config").out.splitlines()
    assert len(shown) <= 24
    assert max(map(len, shown)) <= 80
    assert any(line.split() == ["lead.auto_create", "false", "file"] for line in shown[:8])
    assert {"frequency", "secret_command."} <= {word for line in shown for word in line.split()}


def test_a_path_that_is_not_there_is_told_when_it_is_set(wasf: Wasf, tmp_path: Path) -> None:
    there, share = tmp_path, tmp_path / "share"
    said = wasf.run("config", "set", "sources", there, share)
    assert (said.code, said.err) == (0, f"! There is no {share} now.\n")
    assert wasf.run("config", "set", "contacts", share).err == f"! There is no {share} now.\n"


WRONG = {
    "a name": (["set", "lead.auto_craete", "true"], "lead.auto_create"),
    "a value": (["set", "frequency", "25m"], "20m"),
    "a zone": (["set", "timezone", "Europe/Berlim"], "Europe/Berlin"),
    "a region": (["set", "default_region", "UK"], "GB"),
    "a choice": (["set", "attachments", "file"], "files"),
    "a name to get": (["get", "frequenzy"], "frequency"),
    "a name to unset": (["unset", "group"], "groups"),
}


@pytest.mark.parametrize(("arguments", "nearest"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_with_the_nearest_right_one(
    arguments: list[str], nearest: str, wasf: Wasf
) -> None:
    result = wasf.run("config", *arguments)
    assert (result.code, result.out) == (78, "")
    assert f"did you mean {nearest}?" in result.err
    assert wasf.kept() == {}


# --- status ------------------------------------------------------------------------------------


def test_status_before_and_after_a_sync(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    new = wasf.run("status", "--json").json
    assert (new["last_sync"], new["waiting"], new["chats"]) == (None, [], 0)
    wasf.sync(chats.ada("one", "two"))
    wasf.sync(chats.ada("three", title="+44 7700 900456"))
    org.forget_requests()
    status = wasf.run("status", "--json").json
    assert org.requests == []
    assert status["connected"]["instance_url"] == org.base_url
    assert status["messages"] == {"logged": 1, "waiting": 2, "in_doubt": 0}
    [waiting] = status["waiting"]
    assert (waiting["chat"], waiting["messages"]) == (ADA, 2)
    assert (status["api"]["used"], status["api"]["limit"]) == (org.api_calls, 15_000)
    assert status["sources"].keys() == {"export"}
    words = wasf.run("status").out
    for word in (ADA, waiting["reason"][:20], "--phone", "15,000"):
        assert word in words


def test_status_without_a_sign_in(wasf: Wasf) -> None:
    del wasf.environment["WASF_INSTANCE_URL"], wasf.environment["WASF_ACCESS_TOKEN"]
    result = wasf.run("status")
    assert result.code == 4
    assert "wasf connect" in result.err


# --- test-lead ---------------------------------------------------------------------------------


def test_a_test_lead_is_made_once_and_removed_again(wasf: Wasf, org: LocalOrg) -> None:
    made = wasf.run("test-lead", "--json").json
    lead = wasf.the_lead()
    assert made == {
        "schema": 2,
        "id": lead["Id"],
        "url": f"{org.base_url}/lightning/r/Lead/{lead['Id']}/view",
        "created": True,
    }
    assert (lead["LeadSource"], len(wasf.texts(lead["Id"]))) == ("WhatsApp", 1)
    assert wasf.run("test-lead", "--json").json == made | {"created": False}
    assert made["url"] in wasf.run("test-lead").out

    assert wasf.run("test-lead", "--delete", "--json").json == {"schema": 2, "deleted": True}
    assert wasf.rows("Lead") == wasf.rows("Task") == []
    assert wasf.run("test-lead", "--delete", "--json").json == {"schema": 2, "deleted": False}
    assert wasf.run("test-lead", "--json").json["created"]


def test_a_test_lead_that_somebody_deleted_is_made_anew(wasf: Wasf, org: LocalOrg) -> None:
    org.delete(wasf.run("test-lead", "--json").json["id"])
    assert wasf.run("test-lead", "--json").json["created"]
    assert len(wasf.rows("Lead")) == 1


def test_a_test_lead_that_was_refused_is_no_bug(wasf: Wasf, org: LocalOrg) -> None:
    org.add_validation_rule("Lead", "Company", "no", "provided")
    result = wasf.run("test-lead")
    assert (result.code, "bug" in result.err) == (1, False)
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in result.err


def test_a_field_that_a_test_lead_lacks_is_named(wasf: Wasf, org: LocalOrg) -> None:
    org.require_field("Lead", "Region__c")
    result = wasf.run("test-lead")
    assert result.code == 1
    assert "REQUIRED_FIELD_MISSING (Region__c)" in result.err


# --- demo and help -----------------------------------------------------------------------------


def test_the_demo_shows_every_way_and_ends_by_itself(wasf: Wasf) -> None:
    wasf.environment |= {"WASF_FREQUENCY": "24h", "WASF_INSTANCE_URL": "https://x.example"}
    result = wasf.run("demo", "--once")
    assert (result.code, result.err) == (0, "")
    *_, ended, way_on = result.out.splitlines()
    assert "has ended" in ended
    assert way_on.endswith("wasf demo")
    assert "http" not in ended + way_on
    for word in ("Contact Ada Example", "1 new Lead", "1 Lead reopened", "waiting"):
        assert word in result.out
    assert wasf.kept() == {}


def test_the_demo_of_a_chat_api_shows_every_way(wasf: Wasf) -> None:
    result = wasf.run("demo", "--api", "--once")
    assert result.code == 0
    assert "9 messages logged in 9 Tasks, 1 new Lead, 1 Lead reopened" in result.out
    assert "Contact Ada Example" in result.out
    assert wasf.rows("Task") == []


def test_the_demo_in_a_process_of_its_own(wasf: Wasf) -> None:
    result = wasf.finish(wasf.start("demo", "--once"))
    assert (result.code, result.err) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "told to end"])
@pytest.mark.parametrize("option", [[], ["--serve"]], ids=["demo", "demo --serve"])
def test_the_demo_ends_well_when_it_is_told_to(
    option: list[str], number: signal.Signals, wasf: Wasf
) -> None:
    process = wasf.start("demo", *option)
    assert process.stdout is not None
    while b"Ctrl-C" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(number)
    result = wasf.finish(process)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(("port", "code"), [(None, 75), (65536, 2)], ids=["taken", "none"])
def test_a_port_that_the_demo_cannot_have_is_no_bug(
    port: int | None, code: int, wasf: Wasf, org: LocalOrg
) -> None:
    taken = urlsplit(org.base_url).port
    result = wasf.run("demo", "--once", "--port", taken if port is None else port)
    assert (result.code, "bug" in result.err) == (code, False)
    assert "port" in result.err


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["sync", "-h"], ["config", "--help"], ["config", "set", "-h"], ["--version"]],
    ids=" ".join,
)
def test_help_is_there(arguments: list[str], wasf: Wasf) -> None:
    result = wasf.run(*arguments)
    assert (result.code, result.err) == (0, "")
    assert result.out


def test_a_chat_is_synced_by_the_settings_alone(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    chats.ada("Hello", title="+44 7700 900123")
    wasf.run("config", "set", "sources", chats.folder)
    wasf.sync()
    assert wasf.texts(contact) == ["Hello"]
