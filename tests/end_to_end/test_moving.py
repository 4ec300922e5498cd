"""X1: a link that is corrected takes along what was logged, as people do it."""

from datetime import timedelta

import pytest

from tests.end_to_end.program import START, Chats, Result, Wasf
from tests.servers.salesforce import LocalOrg

WRONG, OTHER = "+447700900151", "+447700900152"
WRONG_TITLE, OTHER_TITLE = "+44 7700 900151", "+44 7700 900152"
LINE = "WhatsApp chat: https://wa.me/447700900151"


class Logged:
    """A chat of two messages on a Lead that is not the person's, and another person's chat."""

    def __init__(self, wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
        self.wasf, self.org = wasf, org
        self.lead = org.add_lead(LastName="Wrong", Phone=WRONG)
        self.right = org.add_contact(LastName="Right")
        self.other = org.add_lead(LastName="Other", Phone=OTHER)
        chats.ada("one", "two", title=WRONG_TITLE)
        chats.ada("hers", title=OTHER_TITLE)
        self.folder = chats.folder
        wasf.sync(self.folder)

    def link(self, *options: str) -> Result:
        return self.wasf.run("link", WRONG, self.right, *options)

    def touch(self, task: str) -> None:
        somebody = self.org.add_user(LastName="Else", Email="else@example.com")
        self.org.edit(task, Subject="Mine", LastModifiedById=somebody)


@pytest.fixture
def logged(wasf: Wasf, org: LocalOrg, chats: Chats) -> Logged:
    return Logged(wasf, org, chats)


def test_x1_the_tasks_move_and_everything_else_stays(logged: Logged, wasf: Wasf) -> None:
    before = {row["Id"]: row for row in wasf.rows("Task")}
    told = logged.link("--move", "--json")
    assert (told.code, told.json["moved"], told.json["left_alone"]) == (0, 2, [])
    [elsewhere] = told.json["elsewhere"]
    assert elsewhere == {"type": "Lead", "id": logged.lead, "name": "Wrong", "tasks": 2}
    assert sorted(wasf.texts(logged.right)) == ["one", "two"]
    assert wasf.texts(logged.other) == ["hers"]
    for row in wasf.rows("Task", WhoId=logged.right):
        old = before[row["Id"]]
        same = ("Subject", "Description", "OwnerId", "ActivityDate", "Status", "CallObject")
        assert [row[name] for name in same] == [old[name] for name in same]
    assert wasf.row(logged.lead)["Description"] in (None, "")
    verified = wasf.run("verify", "--json")
    assert (verified.code, verified.json["found"]["moved"]["count"]) == (0, 0)
    assert verified.json["found"]["same"]["count"] == 3
    again = logged.link("--move", "--json").json
    assert (again["moved"], again["elsewhere"], again["links_removed"]) == (0, [], 0)
    assert wasf.sync(logged.folder).messages["logged"] == 0


def test_x1_without_a_terminal_somebody_has_to_say_which(logged: Logged, wasf: Wasf) -> None:
    told = logged.link()
    assert told.code == 2
    assert "2 Tasks" in told.out
    assert "Lead Wrong" in told.out
    assert "--move" in told.err
    assert len(wasf.texts(logged.lead)) == 2
    [chat] = [one for one in wasf.run("link", "--json").json["chats"] if one["chat"] == WRONG_TITLE]
    assert chat["record"]["id"] == logged.lead
    as_json = logged.link("--json")
    assert (as_json.code, as_json.json["elsewhere"][0]["tasks"]) == (2, 2)


def test_x1_they_stay_if_somebody_says_so(logged: Logged, wasf: Wasf, chats: Chats) -> None:
    told = logged.link("--no-move")
    assert told.code == 0
    assert "2 Tasks" in told.out
    wasf.sync(chats.ada("one", "two", "three", title=WRONG_TITLE))
    assert (len(wasf.texts(logged.lead)), wasf.texts(logged.right)) == (2, ["three"])
    assert LINE in wasf.row(logged.lead)["Description"]
    assert logged.link("--move", "--json").json["moved"] == 2
    assert len(wasf.texts(logged.right)) == 3


def test_x1_a_dry_run_shows_it_and_does_nothing(logged: Logged, wasf: Wasf) -> None:
    kept = wasf.kept()
    told = logged.link("--move", "--dry-run")
    assert told.code == 0
    assert "2 Tasks would be moved" in told.out
    assert (wasf.kept(), len(wasf.texts(logged.lead))) == (kept, 2)
    assert LINE in wasf.row(logged.lead)["Description"]
    assert logged.link("--dry-run", "--json").json["moved"] == 2


def test_x1_what_somebody_changed_stays_and_is_named(
    logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    edited, moved = (row["Id"] for row in wasf.rows("Task", WhoId=logged.lead))
    logged.touch(edited)
    third = org.add_contact(LastName="Third")
    org.edit(moved, WhoId=third, LastModifiedById=org.rows("User")[-1]["Id"])
    told = logged.link("--move", "--json")
    assert (told.code, told.json["moved"]) == (0, 0)
    assert {one["id"] for one in told.json["left_alone"]} == {edited, moved}
    assert {one["id"]: one["reason"] for one in told.json["left_alone"]} == {
        edited: "somebody changed it since (Subject)",
        moved: "somebody changed it since (WhoId)",
    }
    assert {one["tasks"] for one in told.json["elsewhere"]} == {1}
    assert (wasf.row(edited)["WhoId"], wasf.row(moved)["WhoId"]) == (logged.lead, third)
    assert wasf.run("verify").code == 0


def test_x1_a_file_stays_on_its_task(wasf: Wasf, org: LocalOrg, logged: Logged) -> None:
    task = wasf.rows("Task", WhoId=logged.lead)[0]["Id"]
    file = org.add("ContentVersion", Title="x", PathOnClient="x", VersionData="eA==")
    [version] = org.rows("ContentVersion", Id=file)
    document = version["ContentDocumentId"]
    org.add("ContentDocumentLink", LinkedEntityId=task, ContentDocumentId=document)
    logged.link("--move")
    assert wasf.row(task)["WhoId"] == logged.right
    links = org.rows("ContentDocumentLink", ContentDocumentId=document)
    assert task in {one["LinkedEntityId"] for one in links}


def test_x1_a_lead_that_wasf_made_goes_if_it_is_empty(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    export = chats.ada("one", "two", title=WRONG_TITLE)
    wasf.sync(export)
    right = org.add_contact(LastName="Right")
    would = wasf.run("link", WRONG, right, "--move", "--dry-run", "--json").json
    assert (would["leads_deleted"], len(wasf.rows("Lead"))) == (1, 1)
    told = wasf.run("link", WRONG, right, "--move", "--json")
    assert (told.code, told.json["moved"], told.json["leads_deleted"]) == (0, 2, 1)
    assert wasf.rows("Lead") == []
    assert sorted(wasf.texts(right)) == ["one", "two"]
    assert wasf.sync(export).messages["already_logged"] == 2


@pytest.mark.parametrize("what", ["a change", "a Task", "another chat"])
def test_x1_a_lead_that_wasf_made_stays_if_somebody_uses_it(
    what: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one", title=WRONG_TITLE))
    lead = wasf.the_lead()["Id"]
    right = org.add_contact(LastName="Right")
    match what:
        case "a change":
            somebody = org.add_user(LastName="Else", Email="else@example.com")
            org.edit(lead, Company="Example Ltd", LastModifiedById=somebody)
        case "a Task":
            org.add("Task", WhoId=lead, Subject="Call", Status="Not Started", Priority="Normal")
        case _:
            wasf.set(lead_auto_create="off")
            wasf.sync(chats.ada("waits", title="Nora Nameless"))
            wasf.run("link", "Nora Nameless", lead)
    told = wasf.run("link", WRONG, right, "--move", "--json")
    assert (told.code, told.json["moved"], told.json["leads_deleted"]) == (0, 1, 0)
    assert [one["id"] for one in told.json["left_alone"]] == [lead]
    assert told.json["links_removed"] == 1
    assert wasf.the_lead()["Description"] in (None, "")


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ("Met at the fair\n{line}", "Met at the fair"),
        ("{line}\nCall her", "Call her"),
        ("before\r\n{line}\r\nafter", "before\r\nafter"),
        ("before\n\n{line}", "before\n"),
    ],
)
def test_x1_only_the_line_that_wasf_wrote_goes(
    kept: str, left: str, logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    org.edit(logged.lead, Description=kept.format(line=LINE))
    assert logged.link("--move", "--json").json["links_removed"] == 1
    assert wasf.row(logged.lead)["Description"].rstrip("\n") == left.rstrip("\n")


@pytest.mark.parametrize("mine", [f"See {LINE} for more", f"{LINE} is hers"])
def test_x1_a_link_that_somebody_wrote_is_said(
    mine: str, logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    org.edit(logged.lead, Description=mine)
    told = logged.link("--move", "--json").json
    assert (told["moved"], told["links_removed"]) == (2, 0)
    assert [one["id"] for one in told["left_alone"]] == [logged.lead]
    assert wasf.row(logged.lead)["Description"] == mine


def test_x1_what_salesforce_refuses_is_named_and_tried_again(
    logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    org.set(no_update=["Task"])
    told = logged.link("--move", "--json")
    assert (told.code, told.json["moved"], len(told.json["left_alone"])) == (3, 0, 2)
    org.set(no_update=[])
    told = logged.link("--move", "--json")
    assert (told.code, told.json["moved"], told.json["links_removed"]) == (0, 2, 1)


def test_x1_an_undo_after_a_move_takes_back_what_nobody_touched(
    logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    """The move is a change by wasf, not by a person, however long it is after the sync."""
    org.set(clock_shift_seconds=3_600)
    logged.link("--move")
    org.set(clock_shift_seconds=7_200)
    touched = wasf.rows("Task", WhoId=logged.right)[0]["Id"]
    logged.touch(touched)
    undone = wasf.run("undo", "--yes", "--json").json
    assert (undone["tasks_deleted"], [one["id"] for one in undone["left_alone"]]) == (2, [touched])


def test_x1_a_task_is_moved_again_to_a_third_record(
    logged: Logged, wasf: Wasf, org: LocalOrg
) -> None:
    org.set(clock_shift_seconds=3_600)
    logged.link("--move")
    org.set(clock_shift_seconds=7_200)
    told = wasf.run("link", WRONG, logged.lead, "--move", "--json").json
    assert (told["moved"], told["left_alone"]) == (2, [])
    assert len(wasf.texts(logged.lead)) == 2


def test_x1_more_tasks_than_one_call_takes(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_lead(LastName="Wrong", Phone=WRONG)
    right = org.add_contact(LastName="Right")
    texts = [f"text {number}" for number in range(450)]
    wasf.sync(chats.ada(*texts, title=WRONG_TITLE, start=START - timedelta(days=2)))
    before = len(org.requests)
    assert wasf.run("link", WRONG, right, "--move", "--json").json["moved"] == 450
    sent = [one for one in org.requests[before:] if one.method == "PATCH"]
    assert [one.path.rpartition("/")[2] for one in sent] == ["sobjects"] * 3
    assert len(wasf.texts(right)) == 450
