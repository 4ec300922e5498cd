"""`wasf doctor --install-key-field`: an org without a key field gets one, whatever happens."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from tests.end_to_end import field_installs
from tests.end_to_end.field_installs import RIGHTS, all_in_setup, cut_off, made, steps, take_right
from tests.end_to_end.program import (
    START,
    Chats,
    Record,
    Result,
    Wasf,
    assert_told,
    eventually,
)
from tests.servers.salesforce import KEY_FIELD, LocalOrg

INSTALL = ("doctor", "--install-key-field", "--yes")
STEPS = ["field", "permission set", "access", "assignment", "visible", "proof"]
PHONE = "+44 7700 900123"


def install(wasf: Wasf, code: int = 0) -> Result:
    return field_installs.install(wasf, INSTALL, code)


def check(wasf: Wasf, name: str, *arguments: str) -> Record:
    return wasf.run("doctor", "--json", *arguments).check(name)


def test_from_an_org_without_the_field_to_a_sync_that_uses_it(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    assert check(wasf, "key field")["status"] == "warning"
    wasf.sync(chats.ada("one", title=PHONE))
    assert "Keys of messages: CallObject, which is not unique" in wasf.run("status").out
    result = install(wasf)
    assert steps(result) == STEPS
    assert made(result) == STEPS[:4]
    assert (result.json["installed"], result.json["key_field"]) == (True, KEY_FIELD)
    assert check(wasf, "key field")["status"] == "ok"
    assert f"Keys of messages: {KEY_FIELD}, which is unique" in wasf.run("status").out
    assert wasf.rows("Task", Subject="wasf doctor: trial of the key field, may be deleted") == []
    wasf.sync(chats.ada("one", "two", title=PHONE))
    assert wasf.texts() == ["one", "two"]
    first, second = wasf.rows("Task")
    assert (first[KEY_FIELD], second["CallObject"]) == (None, None)
    assert first["CallObject"]
    assert second[KEY_FIELD]


def test_the_field_is_unique_external_and_long_enough(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    [field] = org.rows("CustomField")
    assert (field["DeveloperName"], field["TableEnumOrId"]) == ("WhatsApp_Message_Key", "Activity")
    [granted] = org.rows("FieldPermissions")
    assert (granted["SobjectType"], granted["Field"]) == ("Task", f"Task.{KEY_FIELD}")
    assert granted["PermissionsEdit"]
    [assigned] = org.rows("PermissionSetAssignment")
    assert assigned["AssigneeId"] == org.user_id


def test_again_it_makes_nothing_and_proves_it_anew(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    result = install(wasf)
    assert (made(result), result.json["installed"]) == ([], True)
    assert all_in_setup(org) == [1, 1, 1, 1]
    assert len(org.rows("Task")) == 2  # one in each run, both in the bin


def test_another_name_gets_its_access_in_the_same_permission_set(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    wasf.set(key_field="Other_Key__c")
    assert made(install(wasf)) == ["field", "access"]
    assert all_in_setup(org) == [2, 1, 2, 1]


def test_people_see_each_step(wasf: Wasf) -> None:
    lines = wasf.run(*INSTALL).out.splitlines()
    assert [line.split(":")[0].split(" ", 1)[1].strip() for line in lines[:-1]] == STEPS
    assert [line.split()[0] for line in lines[:-1]] == ["made"] * 4 + ["ok"] * 2
    assert lines[-1] == f"From now on the keys of messages stand in {KEY_FIELD}."


@pytest.mark.parametrize("missing", STEPS[:4])
def test_what_is_half_there_is_completed(wasf: Wasf, org: LocalOrg, missing: str) -> None:
    install(wasf)
    kinds = {"permission set": "PermissionSet", "access": "FieldPermissions",
             "assignment": "PermissionSetAssignment"}  # fmt: skip
    if missing == "field":
        wasf.set(key_field="Second__c")
    else:
        [row] = org.rows(kinds[missing])
        org.delete(str(row["Id"]))
    assert missing in made(install(wasf))
    assert check(wasf, "key field")["status"] == "ok"


def test_access_to_read_only_becomes_access_to_edit(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    [row] = org.rows("FieldPermissions")
    org.edit(str(row["Id"]), PermissionsEdit=False)
    org.set()  # what may be seen is worked out anew
    assert made(install(wasf)) == ["access"]


@pytest.mark.parametrize("lag", [1, 2])
def test_a_platform_that_lags_behind_is_waited_for(wasf: Wasf, org: LocalOrg, lag: int) -> None:
    org.set(access_lag=lag)
    assert check(wasf, "key field")["status"] == "warning"
    assert made(install(wasf)) == STEPS[:4]
    assert all_in_setup(org) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "kind", [pytest.param("reset-before", marks=pytest.mark.gate), "reset-after"]
)
def test_cut_off_at_any_request_the_next_run_completes_it(kind: str, wasf: Wasf) -> None:
    assert _cut_off_everywhere(kind, wasf) > 15


@pytest.mark.gate
@pytest.mark.parametrize(
    "kind",
    ["html", "html-after", "server-error", "gateway-after", "api-limit", "unauthorized",
     "truncated", "close-after", "moved", "redirect"],
)  # fmt: skip
def test_whatever_answer_is_lost_the_next_run_completes_it(kind: str, wasf: Wasf) -> None:
    print(f"install-key-field, {kind}: {_cut_off_everywhere(kind, wasf)} requests, all completed")


def _cut_off_everywhere(kind: str, wasf: Wasf) -> int:
    """Each request of the set-up goes wrong once, in an org of its own; how many there are."""
    for place, here in cut_off(kind, wasf, INSTALL):
        install(here)
        assert all_in_setup(here.org) == [1, 1, 1, 1], place
        assert here.rows("Task") == [], place
    return place


@pytest.mark.parametrize("place", [4, 6, 9, 12, 16])
def test_killed_at_a_request_that_was_executed(wasf: Wasf, org: LocalOrg, place: int) -> None:
    org.fail("hang-after", path="/v67", skip=place, seconds=60.0)
    process = wasf.start(*INSTALL)
    while len(org.requests) <= place:
        with pytest.raises(subprocess.TimeoutExpired):  # it must not have ended
            process.wait(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    org.heal()
    install(wasf)
    assert all_in_setup(org) == [1, 1, 1, 1]
    assert wasf.rows("Task") == []


@pytest.mark.parametrize(
    ("right", "done", "words"),
    [
        ("CustomizeApplication", 0, ("make custom fields", "Customize Application")),
        ("ManageProfilesPermissionsets", 1, ("make permission sets", "Manage Profiles")),
        ("ViewSetup", 1, ("make permission sets", "View Setup")),
        ("AssignPermissionSets", 3, ("assign permission sets", "Assign Permission Sets")),
    ],
)
def test_a_right_that_is_missing_is_named(
    wasf: Wasf, org: LocalOrg, right: str, done: int, words: tuple[str, ...]
) -> None:
    take_right(org, right)
    result = install(wasf, 77)
    assert_told(result, *words)
    assert steps(result) == STEPS[:done]
    assert result.json["installed"] is False
    org.set(rights=RIGHTS)
    assert made(install(wasf)) == STEPS[done:4]


def visible(_: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", KEY_FIELD, length=64)


def hidden(_: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", KEY_FIELD, length=64)
    org.set(hidden_fields=[f"Task.{KEY_FIELD}"])


def short(_: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", KEY_FIELD, length=20, unique=True)


def a_picklist(_: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", KEY_FIELD, "picklist", length=255, unique=True)


def standard(wasf: Wasf, _: LocalOrg) -> None:
    wasf.set(key_field="CallObject")


def no_room(_: Wasf, org: LocalOrg) -> None:
    org.set(custom_field_limit=0)


def strict(_: Wasf, org: LocalOrg) -> None:
    org.add_validation_rule("Task", "WhoId", "Every Task needs a Name", None)


def undeletable(_: Wasf, org: LocalOrg) -> None:
    org.set(no_delete=["Task"])


REFUSALS: dict[str, tuple[Callable[[Wasf, LocalOrg], object], int, str]] = {
    "taken by a field that is not unique": (visible, 78, "no unique text"),
    "taken by one that is hidden": (hidden, 78, "no unique text"),
    "taken by a short one": (short, 78, "no unique text"),
    "taken by another type": (a_picklist, 78, "no unique text"),
    "the name of a standard field": (standard, 78, "cannot be made"),
    "no room for a field": (no_room, 3, "as many custom fields"),
    "a rule against the trial": (strict, 3, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    "no right to delete": (undeletable, 77, "may not delete"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_in_the_way_is_told(wasf: Wasf, org: LocalOrg, case: str) -> None:
    arrange, code, words = REFUSALS[case]
    arrange(wasf, org)
    result = wasf.run(*INSTALL)
    assert result.code == code
    assert_told(result, words)


def test_a_name_that_is_taken_is_found_out_before_anything_is_made(
    wasf: Wasf, org: LocalOrg
) -> None:
    hidden(wasf, org)
    wasf.run(*INSTALL)
    assert [seen.method for seen in org.requests if "CustomField" in seen.path] == ["GET"]
    assert wasf.writes() == []


def test_it_asks_first_and_without_a_terminal_it_refuses(wasf: Wasf, org: LocalOrg) -> None:
    for arguments in (("doctor", "--install-key-field"), (*INSTALL[:2], "--json")):
        result = wasf.run(*arguments)
        assert result.code == 2
        assert_told(result, "--yes")
    assert org.requests == []


@pytest.mark.parametrize(
    ("option", "answer", "expected"),
    [
        ("--install-key-field", "n", [0, 0, 0, 0]),
        ("--install-key-field", "", [0, 0, 0, 0]),
        ("--install-key-field", "y", [1, 1, 1, 1]),
        ("--install-fields", "n", [0, 0, 0, 0]),
        ("--install-fields", "y", [5, 1, 5, 1]),
    ],
)
def test_a_person_is_asked_at_a_terminal(
    wasf: Wasf, org: LocalOrg, option: str, answer: str, expected: list[int]
) -> None:
    ours, theirs = pty.openpty()
    process = wasf.start(
        "doctor", option, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    shown = _all_of(ours)
    assert process.wait(timeout=60) == 0
    assert "In Example Ltd (production), as robin@example.com" in shown
    assert "its assignment to robin@example.com" in shown
    assert ("Nothing was changed." in shown) == (expected[0] == 0)
    assert all_in_setup(org) == expected


def _all_of(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux says that nobody holds the other end
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()


def test_yes_alone_makes_no_sense(wasf: Wasf) -> None:
    told = ("--install-key-field", "--install-fields", "--install-report-fields")
    assert_told(wasf.run("doctor", "--yes"), *told)


# The trial alone


@pytest.mark.parametrize("unique", [True, False])
def test_the_field_in_force_can_be_tried(wasf: Wasf, org: LocalOrg, unique: bool) -> None:
    if unique:
        org.add_key_field()
    assert "key proof" not in wasf.run("doctor").out
    found = check(wasf, "key proof", "--probe")
    assert found["status"] == "ok"
    assert (KEY_FIELD if unique else "CallObject") in found["result"]
    assert ("refused" in found["result"]) == unique
    assert wasf.rows("Task") == []
    assert len(org.rows("Task")) == 1


def test_a_trial_that_fails_is_a_failed_check(wasf: Wasf, org: LocalOrg) -> None:
    strict(wasf, org)
    assert check(wasf, "key proof", "--probe")["status"] == "failed"
    assert wasf.run("doctor", "--probe").code == 3
    org.set(hidden_fields=["Task.CallObject"])
    assert check(wasf, "key proof", "--probe")["status"] == "skipped"


# From one field to the other while something is in doubt


@pytest.mark.parametrize("kind", ["reset-after", "html"])
def test_a_field_that_is_made_while_a_task_is_in_doubt_doubles_nothing(
    wasf: Wasf, org: LocalOrg, chats: Chats, kind: str
) -> None:
    with time_machine.travel(START):
        org.fail(kind, path="composite/sobjects$", skip=1)
        wasf.run("sync", chats.ada("one", title=PHONE))
    install(wasf)
    with time_machine.travel(START + timedelta(minutes=1)):
        waiting = wasf.sync().messages["waiting"]
    assert waiting == (kind == "html")
    with time_machine.travel(START + timedelta(hours=1)):
        wasf.sync()
        wasf.sync()
    assert wasf.texts() == ["one"]


def test_a_task_that_arrives_after_the_field_was_made_is_found_in_the_old_one(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    with time_machine.travel(START):
        org.fail("late-commit", path="composite/sobjects$", skip=1, seconds=0.3)
        wasf.run("sync", chats.ada("one", title=PHONE))
        install(wasf)
        wasf.sync()
    eventually(lambda: bool(wasf.texts()))
    with time_machine.travel(START + timedelta(hours=1)):
        wasf.sync()
    assert wasf.texts() == ["one"]


def test_keys_in_a_field_that_was_taken_away_are_not_guessed(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    install(wasf)
    with time_machine.travel(START):
        org.fail("html", path="composite/sobjects$")  # the first message goes with the Lead
        wasf.run("sync", chats.ada("one", "two", title=PHONE))
    [row] = org.rows("PermissionSetAssignment")
    org.delete(str(row["Id"]))
    org.set()
    result = wasf.sync(code=77)
    assert_told(result, KEY_FIELD)
    install(wasf)
    with time_machine.travel(START + timedelta(days=365)):
        wasf.sync()
    assert wasf.texts() == ["one", "two"]


# Late commits, without a unique key


@pytest.mark.parametrize("syncs", [0, 1, 3], ids=lambda syncs: f"{syncs} syncs before")
@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.1, 0.4])
def test_a_request_that_is_executed_later_is_waited_for_and_found(
    wasf: Wasf, org: LocalOrg, chats: Chats, syncs: int, seconds: float
) -> None:
    """The connection is gone at once, Salesforce goes on: the quarantine is what covers that."""
    org.fail("late-commit", path="composite/sobjects$", skip=1, seconds=seconds)
    with time_machine.travel(START, tick=False):
        wasf.run("sync", chats.ada("one", "two", title=PHONE))
    with time_machine.travel(START + timedelta(minutes=14), tick=False):
        for _ in range(syncs):
            wasf.sync()
    eventually(lambda: org.count("Task") >= 2)
    with time_machine.travel(START + timedelta(minutes=16), tick=False):
        done = wasf.sync()
    assert wasf.texts() == ["one", "two"]
    assert done.messages["waiting"] == 0
