"""`wasf doctor --install-fields`: fields that tell of a message are made, and filled."""

import tomllib
from collections.abc import Callable

import pytest

from tests.end_to_end import field_installs
from tests.end_to_end.field_installs import RIGHTS, all_in_setup, cut_off, made, steps, take_right
from tests.end_to_end.program import Chats, Record, Result, Wasf, assert_told
from tests.samples import one_in
from tests.servers.salesforce import LocalOrg
from wasf.salesforce import MESSAGE_FIELDS

INSTALL = ("doctor", "--install-fields", "--yes")
NAMES = list(MESSAGE_FIELDS)
STEPS = [*["field"] * 5, "permission set", "access", "assignment", "visible"]
PHONE = "+44 7700 900123"


def install(wasf: Wasf, code: int = 0) -> Result:
    return field_installs.install(wasf, INSTALL, code)


def setting(wasf: Wasf) -> Record:
    text = (wasf.home / "settings.toml").read_text(encoding="utf-8")
    fields: Record = tomllib.loads(text)["task"]["fields"]
    return fields


def write_setting(wasf: Wasf, *lines: str) -> None:
    wasf.home.mkdir(exist_ok=True)
    text = "\n".join(("# ours", "[task.fields]", *lines, ""))
    (wasf.home / "settings.toml").write_text(text, encoding="utf-8")


def test_from_an_org_without_the_fields_to_tasks_that_have_them(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    result = install(wasf)
    assert steps(result) == STEPS
    assert made(result) == STEPS[:8]
    assert (result.json["installed"], result.json["fields"]) == (True, NAMES)
    assert result.json["task_fields"] == setting(wasf) == dict(MESSAGE_FIELDS)
    wasf.sync(chats.ada("one", title=PHONE))
    [task] = wasf.rows("Task")
    assert task["WhatsApp_Direction__c"] == "Inbound"
    assert task["WhatsApp_Sent_At__c"] == "2026-03-02T09:00:00.000+0000"
    assert task["WhatsApp_Sender__c"]
    assert task["WhatsApp_Chat__c"]
    assert wasf.run("doctor", "--json").check("further fields")["status"] == "ok"


def test_the_fields_are_text_and_one_moment_and_not_unique(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    assert {row["TableEnumOrId"] for row in org.rows("CustomField")} == {"Activity"}
    granted = org.rows("FieldPermissions")
    assert {row["Field"] for row in granted} == {f"Task.{name}" for name in NAMES}
    assert {row["PermissionsEdit"] for row in granted} == {True}
    shown = {one["name"]: one for one in described(org)}
    assert [shown[name]["type"] for name in NAMES] == [
        "string", "datetime", "string", "string", "string",
    ]  # fmt: skip
    assert {shown[name]["length"] for name in NAMES} == {255, 0}
    assert not any(shown[name]["unique"] or shown[name]["externalId"] for name in NAMES)


def described(org: LocalOrg) -> list[Record]:
    from tests.servers.salesforce.rest_client import Api

    fields: list[Record] = Api(org).get("sobjects/Task/describe").json()["fields"]
    return fields


def test_again_it_makes_nothing_and_leaves_the_setting(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    write_setting(wasf, 'WhatsApp_Chat__c = "mine"', 'CallDisposition = "x"')
    result = install(wasf)
    assert made(result) == []
    assert all_in_setup(org) == [5, 1, 5, 1]
    rest = {name: text for name, text in MESSAGE_FIELDS.items() if name != "WhatsApp_Chat__c"}
    assert setting(wasf) == {"WhatsApp_Chat__c": "mine", "CallDisposition": "x", **rest}


def test_what_the_setting_says_already_stays(wasf: Wasf) -> None:
    write_setting(wasf, 'CallDisposition = "one, two"', 'whatsapp_sender__c = "x"')
    install(wasf)
    fields = setting(wasf)
    assert list(fields.items())[:2] == [
        ("CallDisposition", "one, two"),
        ("whatsapp_sender__c", "x"),
    ]
    assert "WhatsApp_Sender__c" not in fields
    assert len(fields) == 6


def test_the_permission_set_is_that_of_the_key_field(wasf: Wasf, org: LocalOrg) -> None:
    assert wasf.run("doctor", "--install-key-field", "--yes").code == 0
    result = install(wasf)
    assert made(result) == [*["field"] * 5, "access"]
    assert all_in_setup(org) == [6, 1, 6, 1]


def test_people_see_each_step(wasf: Wasf) -> None:
    lines = wasf.run(*INSTALL).out.splitlines()
    assert [line.split(":")[0].split(" ", 1)[1].strip() for line in lines[:9]] == STEPS
    assert " ".join(lines[9:]).startswith("task.fields = WhatsApp_Direction__c={direction}, ")


@pytest.mark.parametrize("lag", one_in(2, [2, 1]))
def test_a_platform_that_lags_behind_is_waited_for(wasf: Wasf, org: LocalOrg, lag: int) -> None:
    org.set(access_lag=lag)
    assert made(install(wasf)) == STEPS[:8]
    assert all_in_setup(org) == [5, 1, 5, 1]


@pytest.mark.parametrize("kind", ["reset-after", pytest.param("moved", marks=pytest.mark.gate)])
def test_cut_off_at_any_third_request_the_next_run_completes_it(kind: str, wasf: Wasf) -> None:
    for place, here in cut_off(kind, wasf, INSTALL, step=3):
        install(here)
        assert all_in_setup(here.org) == [5, 1, 5, 1], place
        assert setting(here) == dict(MESSAGE_FIELDS)
        (here.home / "settings.toml").unlink()
    assert place > 30


@pytest.mark.parametrize(
    ("right", "done", "words"),
    [
        ("CustomizeApplication", 0, ("make custom fields", "--install-fields")),
        ("ManageProfilesPermissionsets", 5, ("make permission sets", "Manage Profiles")),
        ("ViewSetup", 5, ("make permission sets", "View Setup")),
        ("AssignPermissionSets", 7, ("assign permission sets", "Assign Permission Sets")),
    ],
)
def test_a_right_that_is_missing_is_named(
    wasf: Wasf, org: LocalOrg, right: str, done: int, words: tuple[str, ...]
) -> None:
    """The setting is not written, so that the next sync does not stop at it."""
    take_right(org, right)
    result = install(wasf, 77)
    assert_told(result, *words)
    assert steps(result) == STEPS[:done]
    assert (result.json["installed"], result.json["task_fields"]) == (False, {})
    assert not (wasf.home / "settings.toml").exists()
    org.set(rights=RIGHTS)
    assert made(install(wasf)) == STEPS[done:8]


def a_checkbox(org: LocalOrg) -> None:
    org.add_field("Task", "WhatsApp_Sent_At__c", "boolean")


def a_hidden_text(org: LocalOrg) -> None:
    org.add_field("Task", "WhatsApp_Sent_At__c", length=50)
    org.set(hidden_fields=["Task.WhatsApp_Sent_At__c"])


def no_room(org: LocalOrg) -> None:
    org.set(custom_field_limit=3)


REFUSALS: dict[str, tuple[Callable[[LocalOrg], object], int, str]] = {
    "taken by another type": (a_checkbox, 78, "does not take {sent_at}"),
    "no room for all": (no_room, 3, "as many custom fields"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_in_the_way_is_told(wasf: Wasf, org: LocalOrg, case: str) -> None:
    arrange, code, words = REFUSALS[case]
    arrange(org)
    result = wasf.run(*INSTALL)
    assert result.code == code
    assert_told(result, words)
    assert not (wasf.home / "settings.toml").exists()


def test_a_name_that_is_taken_is_found_out_before_anything_is_made(
    wasf: Wasf, org: LocalOrg
) -> None:
    a_checkbox(org)
    before = all_in_setup(org)
    assert wasf.run(*INSTALL).code == 78
    assert all_in_setup(org) == before


def test_a_text_field_takes_the_moment_too(wasf: Wasf, org: LocalOrg) -> None:
    a_hidden_text(org)
    org.set(hidden_fields=[])
    assert made(install(wasf)).count("field") == 4


def test_the_environment_that_wins_is_told_before_anything_is_made(
    wasf: Wasf, org: LocalOrg
) -> None:
    wasf.set(task_fields="Type=WhatsApp")
    result = wasf.run(*INSTALL)
    assert result.code == 78
    assert_told(result, "WASF_TASK_FIELDS")
    assert org.requests == []


def test_it_asks_first_and_without_a_terminal_it_refuses(wasf: Wasf, org: LocalOrg) -> None:
    for arguments in (INSTALL[:2], (*INSTALL[:2], "--json")):
        result = wasf.run(*arguments)
        assert result.code == 2
        assert_told(result, "wasf doctor --install-fields --yes")
    assert org.requests == []


def test_one_thing_at_a_time(wasf: Wasf, org: LocalOrg) -> None:
    assert wasf.run(*INSTALL, "--install-key-field").code == 2
    assert org.requests == []
