"""Taking back and looking after: undo, link, unlink, verify, forget and purge, as people do it."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.listener_process import from_meta, text_of_meta
from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg
from wasf.interfaces import Received
from wasf.store.ledger import WebhookInbox

BEN, BEN_PHONE = "Ben Beispiel", "+447700900456"


@pytest.fixture(params=["key field", "fallback"])
def any_scheme(request: pytest.FixtureRequest, org: LocalOrg) -> str:
    """Both ways to keep the key on the Task."""
    if request.param == "key field":
        org.add_key_field()
    return str(request.param)


@pytest.fixture
def ada(org: LocalOrg) -> str:
    """Ada's Contact."""
    return org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)


def in_files(home: Path, *texts: str) -> list[str]:
    """Which of these can be read in a file below the home folder."""
    found = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return [text for text in texts if any(text.encode() in content for content in found)]


# --- undo --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_scheme")
def test_w5_undo_deletes_what_the_last_run_created(wasf: Wasf, chats: Chats, ada: str) -> None:
    wasf.sync(chats.ada("before"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("before", "one", "two"), "--phone", ADA_PHONE)
    wasf.sync(chats.ada("new", title=BEN), "--phone", BEN_PHONE)
    lead = wasf.the_lead()["Id"]

    undone = wasf.run("undo", "--yes", "--json")
    assert undone.code == 0
    assert (undone.json["tasks_deleted"], undone.json["leads_deleted"]) == (1, 1)
    assert undone.json["left_alone"] == []
    assert wasf.rows("Lead", Id=lead) == []
    assert sorted(wasf.texts(ada)) == ["before", "one", "two"]


def test_usage_07_one_chat_of_a_run_is_undone_alone(wasf: Wasf, chats: Chats) -> None:
    first, second = "+44 7700 900701", "+44 7700 900702"
    files = [chats.ada("Hello, which lids?", "All of them", title=one) for one in (first, second)]
    assert wasf.sync(*files).json["tasks_created"] == 4
    assert wasf.run("undo", "--chat", first).code == 2
    assert len(wasf.texts()) == 4
    undone = wasf.run("undo", "--chat", first, "--yes", "--json")
    assert (undone.code, undone.json["tasks_deleted"]) == (0, 2)
    assert (len(wasf.texts()), len(wasf.rows("Lead"))) == (2, 1)
    assert wasf.sync(files[1]).messages["already_logged"] == 2
    assert wasf.sync(files[0]).messages["skipped"] == 2
    assert wasf.sync(files[0], "--again").messages["logged"] == 2
    assert len(wasf.texts()) == 4
    assert wasf.run("undo", "--chat", "+44 7700 900799", "--yes").code == 66


@pytest.mark.usefixtures("any_scheme")
def test_w5_what_was_taken_back_comes_again_only_if_somebody_says_so(
    wasf: Wasf, chats: Chats, ada: str
) -> None:
    export = chats.ada("one", "two")
    wasf.sync(export, "--phone", ADA_PHONE)
    wasf.run("undo", "--yes")
    assert wasf.texts() == []
    again = wasf.sync(export)
    assert again.messages == {
        "read": 2, "logged": 0, "already_logged": 0, "waiting": 0, "skipped": 2,
    }  # fmt: skip
    assert "--again" in again.chat()["hint"]
    newer = wasf.sync(chats.ada("one", "two", "three"))
    assert (newer.messages["logged"], newer.messages["skipped"]) == (1, 2)
    told = wasf.sync(export, "--again", "--dry-run")
    assert (told.messages["logged"], wasf.texts()) == (2, ["three"])
    assert wasf.sync(export, "--again").messages["logged"] == 2
    assert sorted(wasf.texts(ada)) == ["one", "three", "two"]
    assert wasf.sync(export, "--again").messages["logged"] == 0


def test_without_yes_it_only_shows_what_it_would_do(wasf: Wasf, chats: Chats, ada: str) -> None:
    run = wasf.sync(chats.ada("one"), "--phone", ADA_PHONE).json["run"]
    kept = wasf.kept()
    shown = wasf.run("undo")
    assert (shown.code, len(wasf.texts(ada))) == (2, 1)
    assert "1 Task would be deleted" in shown.out
    assert f"wasf undo {run} --yes" in shown.err
    dry = wasf.run("undo", "--dry-run", "--json")
    assert (dry.code, dry.json["dry_run"], dry.json["tasks_deleted"]) == (0, True, 1)
    assert (wasf.kept(), wasf.texts(ada)) == (kept, ["one"])


def test_w5_what_people_touched_is_left_alone_and_said(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    edited, gone, _ = (row["Id"] for row in wasf.rows("Task"))
    somebody = org.add_user(LastName="Else", Email="else@example.com")
    org.edit(edited, Subject="Mine now", LastModifiedById=somebody)
    org.delete(gone)
    undone = wasf.run("undo", "--yes", "--json").json
    assert (undone["tasks_deleted"], undone["tasks_gone"]) == (1, 1)
    [left] = undone["left_alone"]
    assert (left["type"], left["id"]) == ("Task", edited)
    assert [row["Id"] for row in wasf.rows("Task")] == [edited]
    assert "Mine now" in wasf.rows("Task")[0]["Subject"]


@pytest.mark.parametrize("created_date", ["written", "message"])
@pytest.mark.parametrize("by", ["the connected user", "AutomatedProcess", "Standard"])
def test_w5_what_only_a_flow_touched_is_deleted(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str, by: str, created_date: str
) -> None:
    """A Task of which a flow changed what wasf wrote, or that a person changed, stays.

    The same holds where Tasks have the time of their message (T9).
    """
    org.set(sets_created_date=True)
    wasf.set(task_created_date=created_date)
    user = None
    if by != "the connected user":
        user = org.add_user(LastName="Else", Email="else@example.com", UserType=by)
    org.add_task_flow(user=user, after_seconds=61, changes={"Priority": "High"})
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    org.add_task_flow(user=user, after_seconds=61, changes={"Status": "Deferred"})
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    changed = wasf.rows("Task", Status="Deferred")[0]["Id"]
    told = [
        wasf.run("undo", "--chat", ADA_PHONE, *options, "--json")
        for options in (["--dry-run"], ["--yes"])
    ]
    assert [one.code for one in told] == [0, 0]
    assert told[0].json["tasks_deleted"] == told[1].json["tasks_deleted"]
    assert told[0].json["left_alone"] == told[1].json["left_alone"]
    reasons = {one["id"]: one["reason"] for one in told[1].json["left_alone"]}
    assert reasons[changed] == "somebody changed it since (Status)"
    assert len(wasf.rows("Task")) == len(reasons) == (3 if by == "Standard" else 1)


@pytest.mark.parametrize("changes", [{}, {"Channel__c": "Call"}, {"Subject": "Mine"}])
def test_w5_tasks_with_the_time_of_their_message_and_further_fields_are_undone(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str, changes: dict[str, str]
) -> None:
    """CreatedDate does not tell when they were written; what was written does (T9, F1)."""
    org.set(sets_created_date=True)
    org.add_field("Task", "Channel__c")
    org.add_field("Task", "Sent__c", "datetime", length=0)
    wasf.set(task_created_date="message", task_fields="Channel__c=Chat, Sent__c={sent_at}")
    org.add_key_field()
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    times = [row["CreatedDate"] for row in wasf.rows("Task")]
    assert times == sorted(times)
    assert times[-1] < wasf.rows("Task")[0]["LastModifiedDate"]
    edited = wasf.rows("Task")[0]["Id"]
    if changes:
        org.edit(edited, **changes)
    undone = wasf.run("undo", "--yes", "--json").json
    assert undone["tasks_deleted"] == 2 - len(changes)
    name = "task.fields" if "Channel__c" in changes else "Subject"
    assert [one["reason"] for one in undone["left_alone"]] == [
        f"somebody changed it since ({name})"
    ] * len(changes)


@pytest.mark.parametrize("what", ["a change", "a Task", "a file"])
def test_w5_a_lead_that_people_work_on_stays(
    what: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    lead = wasf.the_lead()["Id"]
    match what:
        case "a change":
            somebody = org.add_user(LastName="Else", Email="else@example.com")
            org.edit(lead, Company="Example Ltd", LastModifiedById=somebody)
        case "a Task":
            org.add("Task", WhoId=lead, Subject="Call", Status="Not Started", Priority="Normal")
        case _:
            file = org.add("ContentVersion", Title="x", PathOnClient="x", VersionData="eA==")
            [version] = org.rows("ContentVersion", Id=file)
            org.add(
                "ContentDocumentLink",
                LinkedEntityId=lead,
                ContentDocumentId=version["ContentDocumentId"],
            )
    undone = wasf.run("undo", "--yes", "--json").json
    assert (undone["tasks_deleted"], undone["leads_deleted"]) == (1, 0)
    assert [left["id"] for left in undone["left_alone"]] == [lead]
    assert wasf.the_lead()["Id"] == lead


def test_w5_a_reopened_lead_stays_open_and_is_said(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    lead = org.add_lead(LastName="Example", Phone=ADA_PHONE, Status="Closed - Not Converted")
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    undone = wasf.run("undo", "--yes", "--json").json
    assert undone["left_alone"] == [
        {
            "type": "Lead",
            "id": lead,
            "reason": "the run reopened it, and people may be working on it",
        }
    ]
    assert wasf.row(lead)["Status"] == "Open - Not Contacted"


def test_w5_a_refused_deletion_is_said_and_tried_again(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    org.set(no_delete=["Task"])
    undone = wasf.run("undo", "--yes", "--json")
    assert (undone.code, undone.json["tasks_deleted"]) == (3, 0)
    assert len(undone.json["left_alone"]) == 2
    org.set(no_delete=[])
    assert wasf.run("undo", "--yes", "--json").json["tasks_deleted"] == 2
    assert wasf.texts() == []


def test_w5_windows_and_long_texts_go_whole(wasf: Wasf, chats: Chats, ada: str) -> None:
    wasf.set(frequency="24h")
    wasf.sync(chats.ada("x" * 70_000, "short"), "--phone", ADA_PHONE)
    tasks = len(wasf.rows("Task"))
    assert tasks > 2
    undone = wasf.run("undo", "--yes", "--json").json
    assert (undone["tasks_deleted"], undone["messages"]) == (tasks, 2)
    assert wasf.rows("Task") == []


def test_a_run_is_named_by_how_it_begins(wasf: Wasf, chats: Chats, ada: str) -> None:
    first = wasf.sync(chats.ada("one"), "--phone", ADA_PHONE).json["run"]
    wasf.sync(chats.ada("two", title=BEN), "--phone", BEN_PHONE)
    wasf.run("undo", first, "--yes")
    assert wasf.texts() == ["two"]
    again = wasf.run("undo", first, "--yes", "--json")
    assert (again.code, again.json["tasks_deleted"]) == (0, 0)
    unknown = wasf.run("undo", "1999")
    assert unknown.code == 2
    assert first in unknown.err


def test_undo_without_any_run(wasf: Wasf) -> None:
    assert wasf.run("undo", "--yes").code == 2


# --- link and unlink ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["id", "short id", "address"])
def test_m10_a_chat_is_linked_by_hand_and_logged_there(
    form: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one", "two"))
    contact = org.add_contact(LastName="Somebody")
    address = f"{org.base_url}/lightning/r/Contact/{contact}/view"
    record = {"id": contact, "short id": contact[:15], "address": address}[form]
    linked = wasf.run("link", "ada ex", record, "--json")
    assert (linked.code, linked.json["record"]["id"]) == (0, contact)
    assert wasf.run("status", "--json").json["waiting"][0]["hint"] == "wasf sync"
    assert wasf.sync().messages["logged"] == 2
    assert sorted(wasf.texts(contact)) == ["one", "two"]


def test_m10_a_converted_lead_stands_for_its_contact(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one"))
    lead = org.add_lead(LastName="Else")
    contact = org.convert_lead(lead)
    linked = wasf.run("link", ADA, lead, "--json").json
    assert linked["record"]["id"] == contact
    assert "merged or converted" in wasf.run("link", ADA, lead).out


@pytest.mark.parametrize("record", ["003000000000001AAA", "nonsense", "001000000000001AAA"])
def test_what_is_no_record_is_refused(record: str, wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one"))
    result = wasf.run("link", ADA, record)
    assert (result.code, result.out) == (2, "")


def test_m10_what_was_unlinked_is_never_linked_again_by_itself(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    unlinked = wasf.run("unlink", ADA_PHONE, "--json").json
    assert unlinked["was"]["id"] == ada
    result = wasf.sync(chats.ada("one", "two"))
    assert (result.messages["waiting"], result.messages["logged"]) == (1, 0)
    command = result.chat()["hint"].partition("wasf ")[2].split()
    assert wasf.texts(ada) == ["one"]
    other = org.add_contact(LastName="Other")
    assert wasf.run(*command[:-1], other, "--no-move").code == 0
    wasf.sync()
    assert wasf.texts(other) == ["two"]


def test_a_word_that_means_several_chats_lists_them(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one"), chats.ada("two", title="Ada Beispiel"))
    result = wasf.run("link", "ada", "003000000000001AAA")
    assert result.code == 2
    assert ADA in result.out
    listed = wasf.run("link", "--json").json["chats"]
    assert {chat["chat"] for chat in listed} == {ADA, "Ada Beispiel"}
    assert listed[0]["id"] in wasf.run("link").out
    assert wasf.run("unlink", "nobody").code == 2


# --- verify ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("any_scheme")
def test_verify_finds_no_difference_after_a_sync(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.run("test-lead")
    long = spoken(ADA, "one", "x" * 70_000, "two")
    wasf.sync(chats.of(ADA, long), "--phone", ADA_PHONE)
    org.archive()
    result = wasf.run("verify", "--json")
    assert result.code == 0, result.out
    assert (
        result.json["found"]["same"]["count"] == result.json["tasks"] == len(wasf.rows("Task")) - 1
    )


@pytest.mark.usefixtures("any_scheme")
def test_verify_tells_what_people_did_from_what_is_wrong(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    deleted, moved, _ = (row["Id"] for row in wasf.rows("Task"))
    org.delete(deleted)
    org.edit(moved, WhoId=org.add_contact(LastName="Other"))
    found = wasf.run("verify", "--json")
    counts = {name: one["count"] for name, one in found.json["found"].items() if one["count"]}
    assert (found.code, counts) == (0, {"same": 1, "deleted": 1, "moved": 1})
    assert "Nothing is lost" in wasf.run("verify").out


def test_verify_knows_keys_that_stand_in_an_earlier_field(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    org.add_key_field()
    wasf.sync(chats.ada("one", "two"))
    found = wasf.run("verify", "--json")
    assert (found.code, found.json["found"]["same"]["count"]) == (0, 2)


def test_verify_finds_doubles_and_strangers(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    same = {"WhoId": ada, "Subject": "x", "Status": "Completed", "Priority": "Normal"}
    double = org.add("Task", CallObject=task["CallObject"], **same)
    stranger = org.add("Task", CallObject="a" * 26, **same)
    org.add("Task", CallObject="Call centre 0123456789 ABCD", **same)
    result = wasf.run("verify", "--json")
    assert result.code == 6
    assert result.json["found"]["double"]["examples"] in ([double], [task["Id"]])
    assert result.json["found"]["unknown"]["examples"] == [stranger]
    assert "differ" in wasf.run("verify").out


def test_verify_finds_what_is_lost(wasf: Wasf, chats: Chats, ada: str) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    [ledger] = wasf.home.rglob("ledger.sqlite3")
    with sqlite3.connect(ledger) as db:
        row = db.execute("SELECT * FROM logged").fetchone()
        names = [one[1] for one in db.execute("PRAGMA table_info(logged)")]
        forged = [b"never sent 16byt" if n == "key" else v for n, v in zip(names, row, strict=True)]
        forged[names.index("task_id")] = "00T000000000009AAA"
        db.execute(f"INSERT INTO logged VALUES ({','.join('?' * len(row))})", forged)
    db.close()
    result = wasf.run("verify", "--json")
    assert (result.code, result.json["found"]["missing"]["count"]) == (6, 1)


# --- forget and purge --------------------------------------------------------------------------


def test_identity_09_forget_link_and_unlink_say_that_they_hold_on_this_machine(
    wasf: Wasf, chats: Chats, ada: str
) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    for command in (("link", ADA, ada), ("unlink", ADA), ("forget", ADA_PHONE, "--yes")):
        said = wasf.run(*command)
        assert (said.code, "This holds on this machine." in said.out) == (0, True)
    text = " ".join(wasf.run("help", "privacy").out.split())
    assert "runs the command on each machine" in text


def test_forget_leaves_no_trace_of_a_person_and_lets_nobody_in(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    wasf.set(frequency="24h")
    export = chats.ada("a secret", "another secret", start=START.replace(year=2026))
    wasf.sync(export, "--phone", ADA_PHONE)
    wasf.set(frequency="real-time", lead_auto_create="off")
    wasf.sync(chats.ada("waits for ever", title="Frieda Muster"), "--phone", BEN_PHONE)
    wasf.sync(chats.ada("stays here", title="Somebody Else"))
    traces = (ADA, ADA_PHONE, "Frieda Muster", BEN_PHONE, "waits for ever")
    assert in_files(wasf.home, *traces) == list(traces)

    assert wasf.run("forget", BEN_PHONE).code == 2
    assert in_files(wasf.home, *traces) == list(traces)
    for number in (ADA_PHONE, "07700 900456"):
        wasf.environment["WASF_DEFAULT_REGION"] = "GB"
        result = wasf.run("forget", number, "--yes", "--json")
        assert (result.code, result.json["chats"]) == (0, 1)
    assert in_files(wasf.home, *traces) == []
    assert in_files(wasf.home, "stays here") == ["stays here"]
    assert [chat["chat"] for chat in wasf.run("link", "--json").json["chats"]] == ["Somebody Else"]

    tasks = wasf.rows("Task")
    for flags in ((), ("--phone", ADA_PHONE)):
        again = wasf.sync(chats.ada("a secret", "another secret", "a third"), *flags)
        assert (again.messages["skipped"], again.messages["logged"]) == (3, 0)
    assert wasf.rows("Task") == tasks
    assert in_files(wasf.home, *traces) == []
    assert wasf.run("verify").code == 0


def test_who_is_lift_ban_is_not_logged_twice(wasf: Wasf, chats: Chats, ada: str) -> None:
    export = chats.ada("one", "two")
    wasf.sync(export, "--phone", ADA_PHONE)
    wasf.run("forget", ADA_PHONE, "--yes")
    assert wasf.run("forget", ADA_PHONE, "--lift", "--json").json["lifted"]
    assert not wasf.run("forget", ADA_PHONE, "--lift", "--json").json["lifted"]
    result = wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    assert (result.messages["logged"], result.messages["already_logged"]) == (1, 2)
    assert sorted(wasf.texts(ada)) == ["one", "three", "two"]


@pytest.mark.parametrize("how", ["by its name", "by hand", "by its name, not synced since"])
def test_forget_finds_a_chat_without_a_number_by_its_record(
    how: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    title = "Nickname" if how == "by hand" else ADA
    if how == "by its name":
        org.add_contact(FirstName="Ada", LastName="Example", MobilePhone="07700 900123")
    wasf.set(default_region="GB")
    wasf.sync(chats.ada("a secret", title=title), chats.ada("stays here", title=BEN))
    if how != "by its name":
        ada = org.add_contact(FirstName="Ada", LastName="Example", MobilePhone="07700 900123")
    if how == "by hand":
        wasf.run("link", title, ada)

    shown = wasf.run("forget", ADA_PHONE, "--dry-run", "--json")
    assert (shown.code, shown.json["chats"], shown.json["dry_run"]) == (0, 1, True)
    assert in_files(wasf.home, title, "stays here") == [title, "stays here"]
    done = wasf.run("forget", ADA_PHONE, "--yes", "--json")
    assert (done.code, done.json["chats"]) == (0, 1)
    assert in_files(wasf.home, title, "a secret", "stays here") == ["stays here"]
    again = wasf.sync(chats.ada("a secret", "another", title=title))
    assert again.chat(title)["skipped"] == 2
    assert len(wasf.texts()) == (1 if how == "by its name" else 0)


def test_forget_says_what_it_did_not_look_at_while_salesforce_is_away(
    wasf: Wasf, org: LocalOrg, chats: Chats, ada: str
) -> None:
    org.edit(ada, HomePhone="+49 30 23125 001")  # so nobody knows which one a name stands for
    wasf.set(whatsapp_accounts="Sales=sam@example.com, Support=kim@example.com")
    one = chats.ada("one", title="With a number")
    wasf.sync(one, "--phone", ADA_PHONE, "--account", "Sales")
    wasf.sync(chats.ada("two"), "--account", "Support")
    org.fail("maintenance", times=0)
    done = wasf.run("forget", ADA_PHONE, "--yes")
    assert done.code == 75
    assert "Not checked" in done.out
    assert "stay (1)" in done.out
    assert in_files(wasf.home, ADA, "With a number") == [ADA]
    org.heal()
    done = wasf.run("forget", ADA_PHONE, "--yes", "--json")
    assert (done.code, done.json["chats"], done.json["not_checked"]["chats"]) == (0, 1, 0)
    assert in_files(wasf.home, ADA) == []


def test_forget_takes_a_chat_that_somebody_names_and_tells_of_other_orgs(
    wasf: Wasf, chats: Chats
) -> None:
    wasf.sync(chats.ada("one"), chats.ada("two", title=BEN))
    other = wasf.home / "orgs" / "00D000000000009AAA"
    other.mkdir()
    (other / "ledger.sqlite3").touch()
    assert wasf.run("forget", ADA_PHONE, "--yes", "--chat", "nobody").code == 2
    done = wasf.run("forget", ADA_PHONE, "--yes", "--json", "--chat", ADA, "--chat", BEN).json
    assert (done["chats"], done["not_checked"]["other_orgs"]) == (2, 1)
    assert in_files(wasf.home, ADA, BEN) == []


def test_forget_removes_webhooks_about_the_person_that_wait(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    [ledger] = wasf.home.rglob("ledger.sqlite3")
    digits, others = ADA_PHONE.removeprefix("+"), BEN_PHONE.removeprefix("+")
    of_ada = text_of_meta("a secret", "wamid.1", **{"from": digits})
    of_ben = text_of_meta("stays here", "wamid.2", **{"from": others})
    unheard_of = {"entry": [{"changes": [{"field": "new", "value": {"wa_id": digits}}]}]}
    bodies = [from_meta(of_ada), from_meta(of_ben), from_meta(of_ada, of_ben), unheard_of]
    with WebhookInbox.open(ledger.with_name("inbox.sqlite3")) as inbox:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        inbox.put([Received("meta", at, json.dumps(body).encode()) for body in bodies])
    assert wasf.run("forget", ADA_PHONE, "--dry-run", "--json").json["webhooks"] == 2
    assert wasf.run("forget", ADA_PHONE, "--yes", "--json").json["webhooks"] == 2
    with WebhookInbox.open(ledger.with_name("inbox.sqlite3")) as inbox:
        assert [kept.number for kept in inbox.all_kept()] == [2, 3]


def test_forget_needs_a_number(wasf: Wasf) -> None:
    assert wasf.run("forget", "Ada", "--yes").code == 2


def test_purge_never_leads_to_doubles(wasf: Wasf, chats: Chats, ada: str) -> None:
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    shown = wasf.run("purge", "--all", "--json")
    assert (shown.code, shown.json["logged"], shown.json["dry_run"]) == (2, 2, True)
    assert wasf.run("purge", "--all", "--yes", "--json").json["logged"] == 2
    assert wasf.run("purge", "--all", "--yes", "--json").json["logged"] == 0
    again = wasf.sync(chats.ada("one", "two", "three"))
    assert (again.messages["logged"], again.messages["already_logged"]) == (1, 2)
    assert wasf.run("verify").code == 0
    assert wasf.run("undo", "--yes", "--json").json["tasks_deleted"] == 1
    assert sorted(wasf.texts(ada)) == ["one", "two"]


def test_purge_by_chat_and_by_date(wasf: Wasf, chats: Chats) -> None:
    said = [Said(START, BEN, "old"), Said(START + timedelta(days=9), BEN, "new")]
    wasf.sync(chats.of(BEN, said), "--phone", BEN_PHONE)
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    before = ("--before", "2026-03-05", "--yes", "--json")
    assert wasf.run("purge", "--chat", BEN, *before).json["logged"] == 1
    assert wasf.run("purge", *before).json["logged"] == 1
    for wrong in ([], ["--all", "--chat", BEN], ["--chat", "nobody"], ["--before", "soon"]):
        assert wasf.run("purge", *wrong, "--yes").code == 2


def test_purge_drops_waiting_messages_only_if_told(wasf: Wasf, chats: Chats) -> None:
    export = chats.ada("a waiting secret")
    wasf.sync(export)
    assert wasf.run("purge", "--all", "--yes", "--json").json["waiting"] == 0
    assert in_files(wasf.home, "a waiting secret")
    assert wasf.run("purge", "--all", "--waiting", "--yes", "--json").json["waiting"] == 1
    assert in_files(wasf.home, "a waiting secret") == []
    assert wasf.sync(export).messages["skipped"] == 1
    assert wasf.sync(export, "--again").messages["waiting"] == 1
