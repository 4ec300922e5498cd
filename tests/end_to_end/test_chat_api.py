"""The chat API through the whole program: connected by its token, read by `wasf sync`."""

import io
import json
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.end_to_end.program import ADA, ADA_PHONE, PRIVATE, Chats, Result, Wasf
from tests.servers.salesforce import LocalOrg
from tests.servers.timelines import (
    ChangingWorkspace,
    Fault,
    FaultKind,
    LocalChatApi,
    WorkspaceChat,
    WorkspaceFile,
    WorkspaceMessage,
)

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def api() -> Iterator[LocalChatApi]:
    with LocalChatApi.start(per_second=1_000) as running:
        yield running


@pytest.fixture
def wasf(wasf: Wasf, api: LocalChatApi) -> Wasf:
    """Connected by the environment, in a hurry."""
    wasf.set(timelines_url=api.base_url, timelines_token=api.token, timelines_per_second="30")
    return wasf


def ada(api: LocalChatApi, *texts: str, responsible: str = "", owner: str = "") -> WorkspaceChat:
    account = api.workspace.add_number("+447700900001", owner)
    chat = api.workspace.add_chat(account, ADA, ADA_PHONE, responsible)
    for minute, text in enumerate(texts or (PRIVATE,)):
        api.workspace.add_message(chat, text, NOW - timedelta(hours=1) + timedelta(minutes=minute))
    return chat


def connect(wasf: Wasf, token: str, *options: str) -> Result:
    """`wasf connect timelines` with the token on standard input."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{token}\n")
    try:
        return wasf.run("connect", "timelines", "--token-store", "file", *options)
    finally:
        sys.stdin = before


# --- Connecting --------------------------------------------------------------------------------


@pytest.fixture
def apart(wasf: Wasf) -> Wasf:
    """Not connected by the environment."""
    del wasf.environment["WASF_TIMELINES_TOKEN"]
    return wasf


def test_connected_once_a_bare_sync_reads_the_api(apart: Wasf, api: LocalChatApi) -> None:
    ada(api, owner="owner@example.com")
    shown = connect(apart, api.token)
    assert shown.code == 0
    assert "Example Workspace" in shown.out
    assert "owner@example.com" in shown.out
    assert api.token not in shown.out + shown.err
    assert apart.sync().messages["logged"] == 1
    assert apart.run("status").out.count("timelines") == 1


def test_the_token_is_kept_where_only_its_owner_can_read_it(apart: Wasf, api: LocalChatApi) -> None:
    connect(apart, api.token)
    holding = [p for p in apart.home.rglob("*") if p.is_file() and api.token in p.read_text()]
    [kept] = holding
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert apart.run("disconnect", "timelines").code == 0
    assert not kept.exists()
    assert apart.sync("timelines", code=4).json["error"]["hint"] == "wasf connect timelines"


def test_a_token_from_a_file(apart: Wasf, api: LocalChatApi, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{api.token}\n")
    file.chmod(0o600)
    shown = connect(apart, "not this one", "--token-file", str(file), "--json")
    assert shown.json["workspace"] == "Example Workspace"
    file.chmod(0o644)
    assert connect(apart, "not this one", "--token-file", str(file)).code == 4


@pytest.mark.parametrize("token", ["", "two words", "ünicode", "tla_wrong"])
def test_a_token_that_is_none_is_not_kept(apart: Wasf, api: LocalChatApi, token: str) -> None:
    assert connect(apart, token).code == (4 if token == "tla_wrong" else 2)
    assert not (apart.home / "tokens").exists()
    assert apart.run("disconnect", "timelines").code == 4


def test_a_file_of_that_name_is_a_file(
    wasf: Wasf, api: LocalChatApi, chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = chats.ada("from a file", title=f"{ADA_PHONE}")
    (chats.folder / "timelines").mkdir()
    export.rename(chats.folder / "timelines" / export.name)
    monkeypatch.chdir(chats.folder)
    assert wasf.sync("timelines").messages["logged"] == 1
    assert api.requests == []


# --- The rules ---------------------------------------------------------------------------------


def test_m_the_number_of_the_api_finds_the_contact(
    wasf: Wasf, org: LocalOrg, api: LocalChatApi
) -> None:
    found = org.add_contact(LastName="Example", MobilePhone="07700 900123 (private)")
    wasf.set(default_region="GB")
    ada(api)
    wasf.sync("timelines")
    [task] = wasf.rows("Task")
    assert task["WhoId"] == found
    assert PRIVATE in task["Description"]


OWNERS = {
    "O1 the responsible person": ("sam@example.com", "owner@example.com", "sam"),
    "O2 the account's owner": ("", "owner@example.com", "owner"),
    "O3 whoever connected": ("nobody@example.com", "owner@example.com", "connected"),
}


@pytest.mark.parametrize("rule", OWNERS)
def test_owners(wasf: Wasf, org: LocalOrg, api: LocalChatApi, rule: str) -> None:
    responsible, owner, expected = OWNERS[rule]
    ids = {
        "sam": org.add_user(LastName="Seller", Email="sam@example.com"),
        "owner": org.add_user(LastName="Owner", Email="owner@example.com"),
        "connected": org.user_id,
    }
    ada(api, responsible=responsible, owner=owner)
    wasf.sync("timelines")
    [task] = wasf.rows("Task")
    assert {task["OwnerId"], wasf.the_lead()["OwnerId"]} == {ids[expected]}


def test_l3_the_link_is_the_chats_own_address(wasf: Wasf, api: LocalChatApi) -> None:
    chat = ada(api)
    wasf.sync("timelines")
    assert f"https://app.timelines.ai/chat/{chat.id}/messages/" in wasf.the_lead()["Description"]


def test_w3_again_writes_nothing_and_a_renamed_chat_stays_the_same(
    wasf: Wasf, api: LocalChatApi
) -> None:
    chat = ada(api, "one", "two")
    assert wasf.sync("timelines").messages["logged"] == 2
    again = wasf.sync("timelines")
    assert (again.messages["logged"], again.json["api_calls"]) == (0, 0)
    api.workspace.change_chat(chat.id, name="Ada Newname")
    api.workspace.add_message(chat, "three", NOW)
    assert wasf.sync("timelines").messages["logged"] == 1
    assert len({task["WhoId"] for task in wasf.rows("Task")}) == 1


def test_w4_a_dry_run_leaves_no_cursor(wasf: Wasf, api: LocalChatApi) -> None:
    ada(api)
    assert wasf.sync("timelines", "--dry-run").messages["logged"] == 1
    assert wasf.rows("Task") == []
    assert wasf.sync("timelines").messages["logged"] == 1


def test_l2_what_waits_is_logged_later_whatever_since_says(
    wasf: Wasf, org: LocalOrg, api: LocalChatApi
) -> None:
    wasf.set(lead_auto_create="off")
    ada(api, "one", "two")
    assert wasf.sync("timelines").messages["waiting"] == 2
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    assert wasf.sync("timelines", "--since", "1m").messages["logged"] == 2


def test_two_chats_of_one_customer_are_two_chats(
    wasf: Wasf, org: LocalOrg, api: LocalChatApi
) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    ada(api, "to one number")
    ada(api, "to the other")
    assert wasf.sync("timelines").messages["logged"] == 2
    assert len(wasf.rows("Task")) == 2


def with_file(api: LocalChatApi, name: str = "offer.pdf") -> WorkspaceMessage:
    chat = ada(api, "see the offer")
    file = WorkspaceFile(name, b"%PDF the offer")
    return api.workspace.add_message(chat, "here", NOW, attached=file)


def test_t8_files_are_uploaded_once(wasf: Wasf, api: LocalChatApi) -> None:
    wasf.set(attachments="files")
    with_file(api)
    assert wasf.sync("timelines").json["files_uploaded"] == 1
    assert wasf.sync("timelines", "--since", "2d").json["files_uploaded"] == 0
    [version] = wasf.rows("ContentVersion")
    assert (version["Title"], version["FileExtension"]) == ("offer.pdf", "pdf")


def test_t8_names_only_fetch_nothing(wasf: Wasf, api: LocalChatApi) -> None:
    with_file(api)
    wasf.sync("timelines")
    assert wasf.rows("ContentVersion") == []
    assert not [path for path in api.requests if path.startswith("/messages/")]
    assert any("offer.pdf" in task["Description"] for task in wasf.rows("Task"))


def test_t8_a_file_that_is_gone_is_told_and_the_message_stays(
    wasf: Wasf, api: LocalChatApi
) -> None:
    wasf.set(attachments="files", lead_auto_create="off")
    message = with_file(api)
    wasf.sync("timelines")
    api.workspace.delete_message(message.uid)
    wasf.set(lead_auto_create="on")
    report = wasf.sync()
    assert (report.messages["logged"], report.json["files_uploaded"]) == (2, 0)
    assert "no longer has" in " ".join(report.json["notes"])


# --- Trouble -----------------------------------------------------------------------------------

ENDS = {
    FaultKind.UNAUTHORISED: 4,
    FaultKind.QUOTA_SPENT: 75,
}


@pytest.mark.parametrize("kind", ENDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("request_number", range(1, 6))
def test_what_was_read_before_the_end_is_logged_and_the_rest_later(
    wasf: Wasf, api: LocalChatApi, kind: FaultKind, request_number: int
) -> None:
    ada(api, "one")
    ada(api, "two")
    api.fail(Fault(kind, request_number, 1_000))
    first = wasf.sync("timelines", code=ENDS[kind]).messages["logged"]
    assert len(wasf.rows("Task")) == first
    api.fail()
    assert first + wasf.sync("timelines").messages["logged"] == 2
    assert len(wasf.rows("Task")) == 2


OURS, OTHER = "+447700900001", "+447700900002"


class Unsteady(ChangingWorkspace):
    """One of its numbers is disconnected right before the request of that number."""

    def __init__(self) -> None:
        self.before = -1
        super().__init__()

    @property
    def used(self) -> int:
        return self._used

    @used.setter
    def used(self, value: int) -> None:
        self._used = value
        if value == self.before:
            self.change_number(OURS, "disconnected")


@pytest.fixture
def unsteady(wasf: Wasf) -> Iterator[Unsteady]:
    workspace = Unsteady()
    with LocalChatApi.start(workspace, per_second=1_000) as running:
        wasf.set(timelines_url=running.base_url, timelines_token=running.token)
        yield workspace


def test_a_number_that_is_disconnected_at_any_request_loses_and_doubles_nothing(
    wasf: Wasf, unsteady: Unsteady
) -> None:
    """In the middle of a sync, then over several; connected again, what was missed comes late."""
    wasf.set(timezone="UTC")
    texts: list[str] = []
    accounts = [unsteady.add_number(OURS, ""), unsteady.add_number(OTHER, "")]
    chats = [
        unsteady.add_chat(account, f"{ADA} {place}", f"+44770090013{place}")
        for place, account in enumerate(accounts)
    ]

    def said(place: int, ago: timedelta) -> None:
        texts.append(f"text {len(texts)}")
        unsteady.add_message(chats[place], texts[-1], NOW - ago)

    for turn in range(1, 12):
        said(0, timedelta(hours=5, minutes=-2 * turn))
        said(1, timedelta(hours=5, minutes=-2 * turn))
        unsteady.before = unsteady.used + turn
        wasf.sync("timelines")
        unsteady.before = -1
        assert sorted(wasf.texts()) == sorted(texts)
        if was_met := unsteady.numbers[0].status == "disconnected":
            said(1, timedelta(hours=5, minutes=-2 * turn - 1))
            told = wasf.sync("timelines")
            assert [OURS in note for note in told.json["notes"]] == [True]
            assert f"{OURS} is disconnected" in wasf.run("status").out
            assert wasf.run("status", "--json").json["disconnected"] == [OURS]
        unsteady.change_number(OURS, "active")
        said(0, timedelta(hours=5, minutes=-2 * turn - 1))
        assert wasf.sync("timelines").json["notes"] == []
        assert sorted(wasf.texts()) == sorted(texts)
        assert "is disconnected" not in wasf.run("status").out
        if not was_met:
            assert turn > 4
            return
    pytest.fail("every sync had more requests")


def test_a_number_that_brings_nothing_is_told_within_a_day(wasf: Wasf, unsteady: Unsteady) -> None:
    account = unsteady.add_number(OURS, "")
    chat = unsteady.add_chat(account, ADA, ADA_PHONE)
    unsteady.add_message(chat, "one", NOW - timedelta(hours=5))
    wasf.sync("timelines")
    unsteady.change_number(OURS, "disconnected")
    assert wasf.sync("timelines").json["notes"] == []
    with time_machine.travel(NOW + timedelta(days=1, hours=1)):
        [note] = wasf.sync("timelines").json["notes"]
        assert OURS in note
        assert wasf.sync("timelines").json["notes"] == [note]
        unsteady.change_number(OURS, "active")
    with time_machine.travel(NOW + timedelta(days=2, hours=2)):
        assert wasf.sync("timelines").json["notes"] == []


def test_nothing_of_the_token_or_the_chats_is_seen(wasf: Wasf, api: LocalChatApi) -> None:
    ada(api)
    for arguments in (("sync", "timelines"), ("sync", "timelines", "--json"), ("status",)):
        shown = wasf.run(*arguments)
        assert api.token not in shown.out + shown.err
        assert PRIVATE not in shown.out


def test_doctor_asks_the_api_that_is_connected(wasf: Wasf, api: LocalChatApi) -> None:
    checks = {each["check"]: each for each in wasf.run("doctor", "--json").json["checks"]}
    assert checks["timelines"]["status"] == "ok"
    assert "Example Workspace" in checks["timelines"]["result"]
    wasf.set(timelines_token="wrong")
    broken = wasf.run("doctor", "--json")
    assert broken.code == 4
    assert broken.json["checks"][-1]["fix"] == "wasf connect timelines"
    del wasf.environment["WASF_TIMELINES_TOKEN"]
    assert "timelines" not in wasf.run("doctor").out


def test_status_forecasts_the_months_calls(wasf: Wasf, api: LocalChatApi) -> None:
    ada(api)
    api.workspace.used = 4_000
    wasf.sync("timelines")
    said = json.loads(wasf.run("status", "--json").out)["timelines"]
    assert (said["used"], said["total"]) == (4_001, 100_000)
    assert said["forecast"] >= said["used"]
    assert "TimelinesAI: 4,001 of 100,000" in wasf.run("status").out


def test_the_pace_is_kept(wasf: Wasf, api: LocalChatApi) -> None:
    """At the highest pace allowed, the API's own limit is not met."""
    with LocalChatApi.start(ChangingWorkspace()) as strict:
        wasf.set(timelines_url=strict.base_url, timelines_token=strict.token)
        account = strict.workspace.add_number("+447700900001", "")
        for number in range(60):
            chat = strict.workspace.add_chat(account, f"Ada {number}", f"+4477009{number:05}")
            strict.workspace.add_message(chat, "x", NOW)
        assert wasf.sync("timelines").messages["logged"] == 60
        times = strict.request_times
        assert min(b - a for a, b in zip(times, times[30:], strict=False)) > 0.9


# --- Parts that are refused, history that comes late -------------------------------------------


def test_w6_a_part_that_the_plan_lacks_fails_no_sync(wasf: Wasf, api: LocalChatApi) -> None:
    account = api.workspace.add_number("+447700900001", "")
    for number in range(3):
        chat = api.workspace.add_chat(account, f"Pat {number}", f"+44770090030{number}")
        for minutes in range(3):
            api.workspace.add_message(chat, f"text {minutes}", NOW - timedelta(minutes=minutes))
    api.refuse("/waba")
    first = wasf.run("sync", "timelines")
    assert first.code == 0
    assert "official numbers" in first.out + first.err
    assert wasf.org.count("Task") == 9
    again = wasf.run("sync", "timelines", "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert "official numbers" in wasf.run("status").out
    api.refuse("/chats", 403, "permission_denied")
    assert wasf.run("sync", "timelines").code == 77


def test_since_goes_back_after_an_import(wasf: Wasf, api: LocalChatApi) -> None:
    chat = api.workspace.add_chat(
        api.workspace.add_number("+447700900001", ""), "Pat", "+447700900300"
    )
    api.workspace.add_message(chat, "live", NOW - timedelta(minutes=5))
    assert wasf.sync("timelines").messages["logged"] == 1
    for days in (4, 10, 30):
        api.workspace.add_message(chat, f"{days} days old", NOW - timedelta(days=days))
    api.workspace.add_message(chat, "newer", NOW)
    assert wasf.sync("timelines").messages["logged"] == 1
    assert wasf.sync("timelines", "--since", "60d").messages["logged"] == 3
    assert wasf.sync("timelines", "--since", "60d").messages["logged"] == 0
