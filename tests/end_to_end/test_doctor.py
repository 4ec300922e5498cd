"""`wasf doctor`: each thing that can be missing is found, and only that."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.program import Chats, Result, Wasf
from tests.servers.salesforce import LocalOrg

ORG_CHECKS = [
    "address", "clock", "sign-in", "API access", "Task", "Lead", "Contact", "User", "LeadStatus",
    "TaskStatus", "key field", "link field", "Task required fields", "Lead required fields",
    "further fields", "phone fields", "lead source", "created date", "duplicate rules",
    "closed Leads", "sharing", "data storage", "API budget",
]  # fmt: skip
CHECKS = [*ORG_CHECKS, "folders", "disk", "token store"]


@pytest.fixture
def org(org_without_rules: LocalOrg) -> LocalOrg:
    """A duplicate rule would be warned of."""
    org_without_rules.add_key_field()
    return org_without_rules


def found(result: Result) -> dict[str, str]:
    """The checks that are not fine, with their verdicts; the rest of the form is checked here."""
    assert set(result.json) == {"schema", "ready", "checks"}
    assert result.json["ready"] == (result.code == 0)
    for check in result.json["checks"]:
        assert set(check) == {"check", "status", "result", "fix"}
        assert check["result"].endswith(".")
        assert bool(check["fix"]) == (check["status"] in ("warning", "failed")), check
    return {c["check"]: c["status"] for c in result.json["checks"] if c["status"] != "ok"}


OUTSIDE = {"token store": "skipped"}
"""The token of these tests comes from the environment."""


def test_a_sound_org_is_fine(wasf: Wasf) -> None:
    result = wasf.run("doctor", "--json")
    assert [check["check"] for check in result.json["checks"]] == CHECKS
    assert (result.code, found(result)) == (0, OUTSIDE)
    assert result.check("sign-in")["result"] == "robin@example.com in Example Ltd (production)."


def test_it_writes_nothing_and_asks_little(wasf: Wasf, org: LocalOrg) -> None:
    wasf.run("config", "set", "lead.company", "Example")
    before, calls = wasf.kept(), org.api_calls
    wasf.run("doctor")
    assert wasf.kept() == before
    assert wasf.writes() == []
    assert org.api_calls - calls == 4


Arrange = Callable[[Wasf, LocalOrg], object]


def setting(**values: str) -> Arrange:
    return lambda wasf, _: wasf.set(**values)


def switch(**values: object) -> Arrange:
    return lambda _, org: org.set(**values)  # type: ignore[arg-type]


def no_closed_task_status(_: Wasf, org: LocalOrg) -> None:
    org.task_statuses([{"ApiName": "Open", "IsDefault": True, "IsClosed": False}])


def rule(_: Wasf, org: LocalOrg) -> None:
    for label, active in (("Same phone", True), ("Old", False)):
        org.add("DuplicateRule", SobjectType="Lead", DeveloperName=label, MasterLabel=label,
                IsActive=active)  # fmt: skip
    org.add("DuplicateRule", SobjectType="Contact", MasterLabel="Other", IsActive=True)


def ordinary_key_field(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Plain__c", length=64)
    wasf.set(key_field="Plain__c")


def key_field_of_another_type(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Task", "Choice__c", "picklist", length=255, unique=True)
    wasf.set(key_field="Choice__c")


GUIDED = [
    {"ApiName": "New", "IsDefault": True},
    {"ApiName": "Contacted"},
    {"ApiName": "Unqualified"},
    {"ApiName": "Qualified", "IsConverted": True},
]


def private_leads(_: Wasf, org: LocalOrg) -> None:
    org.edit(org.org_id, DefaultLeadAccess="None")


def others_tasks(_: Wasf, org: LocalOrg) -> None:
    other = org.add_user(LastName="Yo", Email="yo@example.com")
    org.add("Task", Subject="Call", OwnerId=other, Status="Not Started", Priority="Normal")
    org.set(private_tasks=True)


NOT_LOOKED_AT = {
    "no LeadStatus": ["closed Leads"],
    "no Task": ["key field", "Task required fields"],
    "no Lead": ["link field", "Lead required fields"],
}
HIDDEN_KEYS = ["Task.WhatsApp_Message_Key__c", "Task.CallObject"]
PERMISSION, REFUSED, LATER = 77, 3, 75

FAILING: dict[str, tuple[Arrange, str, str, int, str]] = {
    "clock ahead": (switch(clock_shift_seconds=-500), "clock", "warning", 0, "seconds ahead of"),
    "clock behind": (switch(clock_shift_seconds=500), "clock", "warning", 0, "seconds behind"),
    "no Task": (switch(hidden_sobjects=["Task"]), "Task", "failed", PERMISSION,
                "may not read Task"),
    "no new Task": (switch(no_create=["Task"]), "Task", "failed", PERMISSION, "may not create"),
    "no text": (switch(read_only_fields=["Task.Description"]), "Task", "failed", PERMISSION,
                "Description"),
    "no Lead": (switch(hidden_sobjects=["Lead"]), "Lead", "failed", PERMISSION,
                "may not read Lead"),
    "no new Lead": (switch(no_create=["Lead"]), "Lead", "warning", 0, "may not create Lead"),
    "no change": (switch(no_update=["Lead"]), "Lead", "warning", 0, "may not change Lead"),
    "no company": (switch(read_only_fields=["Lead.Company"]), "Lead", "warning", 0, "Company"),
    "no mobile": (switch(hidden_fields=["Lead.MobilePhone"]), "Lead", "warning", 0, "MobilePhone"),
    "link field": (setting(lead_link_field="Chat__c"), "link field", "failed", 78, "Chat__c"),
    "no Contact": (switch(hidden_sobjects=["Contact"]), "Contact", "failed", PERMISSION, "may not"),
    "no numbers": (switch(hidden_fields=[f"Contact.{name}Phone" for name in
                   ("", "Mobile", "Home", "Other")]), "Contact", "warning", 0, "HomePhone"),
    "no User": (switch(hidden_sobjects=["User"]), "User", "failed", PERMISSION,
                "may not read User"),
    "no e-mail": (switch(hidden_fields=["User.Email"]), "User", "failed", PERMISSION, "Email"),
    "no LeadStatus": (switch(hidden_sobjects=["LeadStatus"]), "LeadStatus", "failed", PERMISSION,
                      "may not read LeadStatus"),
    "unknown Status": (setting(lead_reopen_status="Nope"), "LeadStatus", "warning", 0, "Nope"),
    "no closed Status": (no_closed_task_status, "TaskStatus", "failed", PERMISSION, "no value"),
    "no key": (switch(hidden_fields=HIDDEN_KEYS[:1]), "key field", "warning", 0, "CallObject"),
    "no key at all": (switch(hidden_fields=HIDDEN_KEYS), "key field", "failed", PERMISSION,
                      "No field of Task"),
    "key of another type": (key_field_of_another_type, "key field", "warning", 0, "CallObject"),
    "key not unique": (ordinary_key_field, "key field", "warning", 0, "Plain__c"),
    "Task field": (lambda _, org: org.require_field("Task", "Why__c"), "Task required fields",
                   "failed", REFUSED, "Why__c"),
    "Lead field": (lambda _, org: org.require_field("Lead", "Why__c"), "Lead required fields",
                   "warning", 0, "Why__c"),
    "rules": (rule, "duplicate rules", "warning", 0, "Active for Leads: Same phone."),
    "rules hidden": (switch(hidden_sobjects=["DuplicateRule"]), "duplicate rules", "skipped", 0,
                     "may not see"),
    "no closed Lead": (lambda _, org: org.lead_statuses(GUIDED), "closed Leads", "warning", 0,
                       "The org has New, Contacted, Unqualified."),
    "private Leads": (private_leads, "sharing", "warning", 0, "Lead records are private"),
    "no audit fields": (setting(task_created_date="message"), "created date", "warning", 0,
                        "may not set another"),
    "private Tasks": (others_tasks, "sharing", "warning", 0, "no Task of another user"),
    "little storage": (lambda _, org: org.fill_storage(1_900), "data storage", "warning", 0,
                       "room for about 1,500 more Tasks"),
    "no storage": (lambda _, org: org.fill_storage(0), "data storage", "failed", REFUSED,
                   "0 of 5 MB are left"),
    "few calls": (lambda _, org: org.use_api_calls(12_500), "API budget", "warning", 0,
                  "12,504 of 15,000"),
    "no calls": (lambda _, org: org.use_api_calls(13_500), "API budget", "failed", LATER,
                 "1,500 are kept for others"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILING)
def test_what_is_missing_is_found_and_nothing_else(wasf: Wasf, org: LocalOrg, case: str) -> None:
    arrange, name, verdict, code, words = FAILING[case]
    arrange(wasf, org)
    result = wasf.run("doctor", "--json")
    unseen = dict.fromkeys(NOT_LOOKED_AT.get(case, ()), "skipped")
    assert found(result) == {name: verdict} | unseen | OUTSIDE
    assert words in result.check(name)["result"]
    assert result.code == code


def test_tasks_that_ask_for_an_answer_need_the_right_to_close_them(
    wasf: Wasf, org: LocalOrg
) -> None:
    org.set(no_update=["Task"])
    assert wasf.run("doctor", "--json").check("Task")["status"] == "ok"
    wasf.set(report_task="24h")
    result = wasf.run("doctor", "--json")
    assert found(result) == {"Task": "warning"} | OUTSIDE
    check = result.check("Task")
    assert check["result"] == "The connected user may not change Task records."
    assert check["fix"].startswith("Tasks that ask for an answer (report.task) stay open.")
    assert result.code == 0


SYNC_FAILS = [case for case, expected in FAILING.items() if expected[2] == "failed"]


@pytest.mark.parametrize("case", SYNC_FAILS)
def test_a_sync_fails_in_the_way_that_doctor_foretells(
    wasf: Wasf, org: LocalOrg, chats: Chats, case: str
) -> None:
    arrange, _, _, code, _ = FAILING[case]
    arrange(wasf, org)
    chat = chats.ada("Hello", title="+44 7700 900123")
    assert wasf.run("sync", chat, "--owner", "robin@example.com").code == code


def test_fields_that_new_leads_need_do_not_matter_without_new_leads(
    wasf: Wasf, org: LocalOrg
) -> None:
    org.require_field("Lead", "Why__c")
    org.set(no_create=["Lead"])
    wasf.set(lead_auto_create="false")
    assert found(wasf.run("doctor", "--json")) == OUTSIDE


def test_a_token_that_is_no_longer_accepted(wasf: Wasf, org: LocalOrg) -> None:
    org.expire_tokens()
    result = wasf.run("doctor", "--json")
    assert result.code == 4
    assert result.check("sign-in")["status"] == "failed"
    assert [result.check(name)["status"] for name in ORG_CHECKS[:3]] == ["ok", "ok", "failed"]
    assert {result.check(name)["status"] for name in ORG_CHECKS[3:]} == {"skipped"}


@pytest.mark.parametrize(
    ("fault", "code"), [("api-limit", LATER), ("maintenance", LATER), ("html", LATER)]
)
def test_an_api_that_does_not_answer(wasf: Wasf, org: LocalOrg, fault: str, code: int) -> None:
    org.fail(fault, path=r"/v67\.0/", times=0)
    result = wasf.run("doctor", "--json")
    assert result.code == code
    assert result.check("address")["status"] == "ok"
    assert result.check("API access")["status"] == "failed"
    assert {result.check(name)["status"] for name in ORG_CHECKS[4:]} == {"skipped"}


def test_an_address_where_nobody_is(wasf: Wasf) -> None:
    with socket.socket() as taken:  # bound, but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        wasf.environment["WASF_INSTANCE_URL"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = wasf.run("doctor", "--json")
    assert result.code == LATER
    assert result.check("address")["status"] == "failed"
    assert result.check("clock")["status"] == "skipped"
    assert len(result.json["checks"]) == len(CHECKS)


def test_an_org_that_no_longer_has_our_version(wasf: Wasf, org: LocalOrg) -> None:
    org.fail("version-gone", times=0)
    result = wasf.run("doctor", "--json")
    assert (result.code, result.check("address")["status"]) == (1, "failed")


def test_without_a_sign_in_the_machine_is_still_looked_at(wasf: Wasf) -> None:
    del wasf.environment["WASF_INSTANCE_URL"], wasf.environment["WASF_ACCESS_TOKEN"]
    result = wasf.run("doctor", "--json")
    assert result.code == 4
    assert "wasf connect" in result.check("sign-in")["fix"]
    assert {result.check(name)["status"] for name in ORG_CHECKS if name != "sign-in"} == {"skipped"}
    assert result.check("disk")["status"] == "ok"


def test_a_wrong_setting(wasf: Wasf) -> None:
    wasf.set(frequency="25m")
    result = wasf.run("doctor", "--json")
    assert result.code == 78
    assert found(result) == dict.fromkeys(ORG_CHECKS, "skipped") | {"settings": "failed"} | OUTSIDE


def test_a_home_that_others_can_read(wasf: Wasf) -> None:
    wasf.run("config", "set", "lead.company", "Example")
    wasf.home.chmod(0o755)
    result = wasf.run("doctor", "--json")
    assert found(result) == {"folders": "warning"} | OUTSIDE
    assert result.check("folders")["fix"] == f"chmod go= {wasf.home}"


def test_a_home_that_cannot_be_made(wasf: Wasf, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wasf.environment["WASF_HOME"] = str(tmp_path / "file" / "home")
    result = wasf.run("doctor", "--json")
    assert result.code != 0
    assert result.check("folders")["status"] == "failed"


def test_people_see_a_line_for_each_check_and_what_fixes_it(wasf: Wasf, org: LocalOrg) -> None:
    org.set(hidden_sobjects=["Contact", "DuplicateRule"], clock_shift_seconds=500)
    org.edit(org.org_id, Name="Ex\u202eample Ltd")
    result = wasf.run("doctor")
    lines = result.out.splitlines()
    assert result.err == ""
    place = next(n for n, line in enumerate(lines) if line.startswith("failed   Contact:"))
    assert "Object Settings, Contact, Read" in lines[place + 1]
    assert any(line.startswith("warning  clock:") for line in lines)
    assert any(line.startswith("skipped  duplicate rules:") for line in lines)
    for name in ("User", "LeadStatus", "TaskStatus"):
        assert f"ok       {name}: All rights and fields that wasf uses are there." in lines
    assert lines[-1] == "1 check failed."


def test_what_was_not_looked_at_shares_a_line(wasf: Wasf, org: LocalOrg) -> None:
    org.expire_tokens()
    out = wasf.run("doctor").out
    assert "skipped  API access, Task, Lead, Contact" in out
    assert out.count("skipped") == 2


def test_who_sees_all_records_is_told_no_more(wasf: Wasf, org: LocalOrg) -> None:
    private_leads(wasf, org)
    rights = org.add("PermissionSet", Name="Integration", Label="Integration")
    org.add("PermissionSetAssignment", PermissionSetId=rights, AssigneeId=org.user_id)
    org.add("ObjectPermissions", ParentId=rights, SobjectType="Lead",
            PermissionsViewAllRecords=True)  # fmt: skip
    check = wasf.run("doctor", "--json").check("sharing")
    assert (check["status"], check["fix"]) == ("ok", "")
    org.set(rights=[])
    assert wasf.run("doctor", "--json").check("sharing")["status"] == "warning"


def test_who_sees_all_data_sees_the_tasks_of_others(wasf: Wasf, org: LocalOrg) -> None:
    org.add_user(LastName="Yo", Email="yo@example.com")
    assert wasf.run("doctor", "--json").check("sharing")["status"] == "warning"
    rights = org.add("PermissionSet", Name="All", Label="All", PermissionsViewAllData=True)
    org.add("PermissionSetAssignment", PermissionSetId=rights, AssigneeId=org.user_id)
    assert wasf.run("doctor", "--json").check("sharing")["status"] == "ok"


def test_rights_on_objects_that_are_hidden_are_not_known(wasf: Wasf, org: LocalOrg) -> None:
    private_leads(wasf, org)
    rights = org.add("PermissionSet", Name="Integration", Label="Integration")
    org.add("PermissionSetAssignment", PermissionSetId=rights, AssigneeId=org.user_id)
    org.set(rights=["AssignPermissionSets"])  # sees who has a set, but not what is in it
    assert wasf.run("doctor", "--json").check("sharing")["status"] == "warning"


def test_the_command_that_doctor_gives_lets_leads_be_reopened(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.lead_statuses(GUIDED)
    lead = org.add_lead(LastName="Old", Status="Unqualified", Phone="+447700900123")
    command = wasf.run("doctor", "--json").check("closed Leads")["fix"].partition("wasf ")[2]
    assert wasf.run(*command.replace('"', "").split()).code == 0
    wasf.sync(chats.ada("Hello", title="+44 7700 900123"))
    assert wasf.row(lead)["Status"] == "New"


@pytest.mark.parametrize("closed", ["Unqualified", "Geschlossen", "Fermé"])
def test_m6_config_warns_that_no_status_counts_as_closed(
    wasf: Wasf, org: LocalOrg, chats: Chats, closed: str
) -> None:
    """As the last sync saw them: no request is made."""
    org.lead_statuses([*GUIDED[:2], {"ApiName": closed}, GUIDED[3]])
    assert wasf.run("config").err == ""
    wasf.sync(chats.ada("Hello"), "--phone", "+447700900123")
    calls = org.api_calls
    told = wasf.run("config")
    assert (told.code, org.api_calls) == (0, calls)
    assert f'wasf config set lead.closed_statuses "{closed}"' in told.err
    in_json = wasf.run("config", "--json")
    assert in_json.err == ""
    assert in_json.json["warnings"] == [" ".join(told.err.split())]
    wasf.run("config", "set", "lead.closed_statuses", closed)
    assert wasf.run("config").err == ""
    assert wasf.run("config", "--json").json["warnings"] == []


def test_m5_a_status_that_reopens_no_lead_is_named_when_it_is_set(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.lead_statuses(GUIDED)
    wasf.sync(chats.ada("Hello"), "--phone", "+447700900123")
    wasf.run("config", "set", "lead.closed_statuses", "Unqualified")
    told = wasf.run("config", "set", "lead.reopen_status", "Open")
    assert (told.code, "The org has no Lead status Open." in told.err) == (0, True)
    told = wasf.run("config", "set", "lead.reopen_status", "Unqualified")
    assert "Unqualified counts as closed" in told.err
    assert wasf.run("config", "set", "lead.reopen_status", "New").err == ""


@pytest.mark.parametrize("private", [True, False])
def test_m2_the_first_sync_says_that_leads_are_private(
    wasf: Wasf, org: LocalOrg, chats: Chats, private: bool
) -> None:
    org.set(private_records=[org.add_lead(LastName="Hidden", Phone="+447700900123")])
    if private:
        private_leads(wasf, org)
    synced = [
        wasf.sync(chats.ada(*texts), "--phone", "+447700900123")
        for texts in (["one"], ["one", "two"])
    ]
    said = ["Lead records are private" in " ".join(one.json["notes"]) for one in synced]
    assert said == [private, False]
    assert org.count("Lead") == 2


def test_m2_without_new_leads_there_is_nothing_to_say(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    private_leads(wasf, org)
    wasf.set(lead_auto_create="off")
    assert wasf.sync(chats.ada("one"), "--phone", "+447700900123").json["notes"] == []


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("message", "the time of their message."),
        ("written", "config set task.created_date message"),
    ],
)
def test_t9_doctor_says_that_the_org_lets_created_date_be_set(
    wasf: Wasf, org: LocalOrg, chosen: str, words: str
) -> None:
    org.set(sets_created_date=True)
    wasf.set(task_created_date=chosen)
    check = wasf.run("doctor", "--json").check("created date")
    assert check["status"] == "ok"
    assert check["result"].endswith(words)
