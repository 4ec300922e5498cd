"""`report.fields`: the fields are made, every sync keeps them up to date, and an org may refuse."""

import tomllib

import pytest

from tests.end_to_end import field_installs
from tests.end_to_end.field_installs import RIGHTS, all_in_setup, cut_off, made, steps, take_right
from tests.end_to_end.program import ADA_PHONE, START, Chats, Record, Result, Wasf, assert_told
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg
from wasf.salesforce.objects import LAST_MESSAGE_FIELDS, written_names

INSTALL = ("doctor", "--install-report-fields", "--yes")
NAMES = list(written_names(LAST_MESSAGE_FIELDS))
THEM, US, UNANSWERED = NAMES
STEPS = [*["field"] * 6, "permission set", "access", "assignment", "visible"]
SAM = "Sam Seller"
BEN, BEN_PHONE = "Ben Example", "+44 7700 900480"


def install(wasf: Wasf, code: int = 0) -> Result:
    return field_installs.install(wasf, INSTALL, code)


@pytest.fixture
def filled(wasf: Wasf, org: LocalOrg) -> Wasf:
    """An org that has the fields, and settings that fill them."""
    for sobject in ("Lead", "Contact"):
        for name in NAMES:
            org.add_field(sobject, name, "datetime", length=0)
    wasf.set(report_fields="true", me=SAM, timezone="Europe/Berlin")
    return wasf


def shown(record: Record) -> list[str | None]:
    """The time of day, in UTC, of the three fields."""
    return [str(record[name])[11:16] if record[name] else None for name in NAMES]


def says(chats: Chats, title: str, *who: str) -> object:
    """An export in which these write, a minute apart; it begins at nine in UTC."""
    said = [Said(START.replace(minute=at), one, f"at {at}") for at, one in enumerate(who)]
    return chats.of(title, said)


# --- The fields are made -----------------------------------------------------------------------


def test_from_an_org_without_the_fields_to_records_that_have_them(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    result = install(wasf)
    assert (steps(result), made(result)) == (STEPS, STEPS[:9])
    assert (result.json["installed"], result.json["fields"]) == (True, NAMES)
    assert result.json["report_fields"] is True
    text = (wasf.home / "settings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {"report": {"fields": True}}
    assert all_in_setup(org) == [6, 1, 6, 1]
    assert {row["TableEnumOrId"] for row in org.rows("CustomField")} == {"Lead", "Contact"}
    granted = {row["Field"] for row in org.rows("FieldPermissions")}
    assert granted == {f"{of}.{name}" for of in ("Lead", "Contact") for name in NAMES}
    wasf.set(me=SAM, timezone="Europe/Berlin")
    wasf.sync(says(chats, ADA_PHONE, ADA_PHONE))
    assert shown(wasf.the_lead()) == ["09:00", None, "09:00"]
    assert wasf.run("doctor", "--json").check("further fields")["status"] == "ok"


def test_again_it_makes_nothing(wasf: Wasf, org: LocalOrg) -> None:
    install(wasf)
    assert made(install(wasf)) == []
    assert all_in_setup(org) == [6, 1, 6, 1]


def test_cut_off_at_some_requests_the_next_run_completes_it(wasf: Wasf) -> None:
    for place, here in cut_off("reset-after", wasf, INSTALL, step=9):
        install(here)
        assert all_in_setup(here.org) == [6, 1, 6, 1], place
        (here.home / "settings.toml").unlink()
    assert place > 30


def test_a_right_that_is_missing_is_named_and_the_setting_stays(wasf: Wasf, org: LocalOrg) -> None:
    take_right(org, "AssignPermissionSets")
    result = install(wasf, 77)
    assert_told(result, "assign permission sets", "--install-report-fields")
    assert result.json["report_fields"] is False
    assert not (wasf.home / "settings.toml").exists()
    org.set(rights=RIGHTS)
    assert made(install(wasf)) == ["assignment"]


def test_a_name_that_is_taken_is_found_out_before_anything_is_made(
    wasf: Wasf, org: LocalOrg
) -> None:
    org.add_field("Contact", US, length=50)
    result = wasf.run(*INSTALL)
    assert result.code == 78
    assert_told(result, "Contact has a field WhatsApp_Last_From_Us__c already")
    assert all_in_setup(org)[1:] == [0, 0, 0]


def test_it_asks_first_and_one_thing_at_a_time(wasf: Wasf, org: LocalOrg) -> None:
    assert_told(wasf.run(*INSTALL[:2]), "wasf doctor --install-report-fields --yes")
    assert wasf.run(*INSTALL, "--install-fields").code == 2
    assert org.requests == []


# --- A sync fills them -------------------------------------------------------------------------


def test_they_follow_the_chat_by_as_many_requests_as_needed(
    filled: Wasf, org: LocalOrg, chats: Chats
) -> None:
    ada = org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE, ADA_PHONE))
    assert shown(filled.row(ada)) == ["09:01", None, "09:00"]
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE, ADA_PHONE, SAM))
    assert shown(filled.row(ada)) == ["09:01", "09:02", None]
    before = len(org.requests)
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE, ADA_PHONE, SAM))
    assert len(org.requests) == before


def test_a_dry_run_says_it_and_writes_nothing(filled: Wasf, org: LocalOrg, chats: Chats) -> None:
    ada = org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    result = filled.sync(says(chats, ADA_PHONE, ADA_PHONE), "--dry-run")
    assert "report.fields changes the last messages of 1 record" in result.json["notes"]
    assert shown(filled.row(ada)) == [None, None, None]
    assert filled.writes() == []


def test_a_field_that_is_hidden_ends_the_sync_before_anything_is_written(
    filled: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.set(hidden_fields=[f"Contact.{US}"])
    result = filled.sync(says(chats, ADA_PHONE, ADA_PHONE), code=78)
    assert_told(result, f"Contact.{US}", "wasf doctor --install-report-fields")
    assert filled.writes() == []
    found = filled.run("doctor", "--json").check("further fields")
    assert "report.fields" in str(found)


def test_w7_a_trigger_that_takes_one_record_is_served_one_by_one(
    filled: Wasf, org: LocalOrg, chats: Chats
) -> None:
    records = [
        org.add_contact(FirstName=name, LastName="Example", Phone=phone)
        for name, phone in (("Ada", ADA_PHONE), ("Ben", BEN_PHONE))
    ]
    org.add_trigger(sobject="Contact", most_rows=1, on_update=True)
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE), says(chats, BEN_PHONE, BEN_PHONE))
    assert [shown(filled.row(one))[0] for one in records] == ["09:00", "09:00"]


def test_a_rule_against_one_record_stops_no_other(
    filled: Wasf, org: LocalOrg, chats: Chats
) -> None:
    ada, ben = (
        org.add_contact(FirstName=name, LastName="Example", Phone=phone)
        for name, phone in (("Ada", ADA_PHONE), ("Bad", BEN_PHONE))
    )
    org.add_validation_rule("Contact", "FirstName", "No bad names.", "Bad")
    result = filled.sync(says(chats, ADA_PHONE, ADA_PHONE), says(chats, BEN_PHONE, BEN_PHONE))
    assert result.messages["logged"] == 2
    assert any("No bad names." in note for note in result.json["notes"])
    assert (shown(filled.row(ada))[0], shown(filled.row(ben))[0]) == ("09:00", None)


def test_w5_undo_deletes_the_lead_whose_fields_only_wasf_changed(
    filled: Wasf, org: LocalOrg, chats: Chats
) -> None:
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE))
    [run] = [one["run"] for one in filled.run("runs", "--json").json["runs"]]
    lead = filled.the_lead()["Id"]
    early = "2026-01-05T09:00:00.000+0000"  # long enough ago that a change now counts as one
    org.edit(lead, CreatedDate=early, LastModifiedDate=early)
    filled.sync(says(chats, ADA_PHONE, ADA_PHONE, SAM))
    assert shown(filled.row(lead)) == ["09:00", "09:01", None]
    assert filled.run("undo", "--yes").code == 0
    assert filled.run("undo", run, "--yes", "--json").json["leads_deleted"] == 1
