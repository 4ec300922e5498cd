"""Fields of the org's own: filled in new Tasks and Leads, and checked before a write (F1 to F3)."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg


@pytest.fixture
def org(org: LocalOrg) -> LocalOrg:
    """An org with fields of its own on Tasks and Leads."""
    org.add_field("Task", "Type", "picklist", custom=False, values=["Call", "WhatsApp"])
    org.add_field(
        "Task", "Direction__c", "picklist", values=["Inbound", "Outbound"], restricted=True
    )
    org.add_field("Task", "Sent__c", "datetime", length=0)
    org.add_field("Task", "Day__c", "date", length=0)
    org.add_field("Task", "Known__c", "boolean", length=0, default=False)
    org.add_field("Task", "Messages__c", "double", length=0, precision=4)
    org.add_field("Task", "Sender__c", length=20)
    org.add_field("Task", "Until__c", "datetime", length=0)
    org.add_field("Task", "Link__c", "url")
    org.add_field("Task", "Formula__c", createable=False, updateable=False)
    org.add_field("Lead", "First__c", "date", length=0)
    return org


def _config(wasf: Wasf, name: str, value: str, code: int = 0) -> str:
    result = wasf.run("config", "set", name, value)
    assert result.code == code, result.err
    return result.err


MAPPING = (
    "Type=WhatsApp, Direction__c={direction}, Sent__c={sent_at}, Day__c={sent_at}, Known__c=true,"
    " Messages__c={count}, Sender__c={sender}, Until__c={sent_until}"
)


def test_tasks_have_the_fields_of_the_setting(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    _config(wasf, "task.fields", MAPPING)
    said = [*spoken(ADA, "one"), Said(START + timedelta(minutes=1), SAM, "two")]
    wasf.sync(chats.of(ADA, said), "--phone", ADA_PHONE, "--me", SAM)
    first, second = wasf.rows("Task")
    assert (first["Type"], first["Direction__c"], second["Direction__c"]) == (
        "WhatsApp", "Inbound", "Outbound",
    )  # fmt: skip
    assert first["Sent__c"] == first["Until__c"] == "2026-03-02T09:00:00.000+0000"
    assert (first["Day__c"], first["Known__c"], first["Messages__c"]) == ("2026-03-02", True, 1)
    assert (first["Sender__c"], second["Sender__c"]) == (ADA, SAM)


def test_a_window_has_its_first_and_its_last_time(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    wasf.set(frequency="24h")
    _config(wasf, "task.fields", MAPPING)
    wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    assert task["Messages__c"] == 3
    assert task["Sent__c"] == "2026-03-02T09:00:00.000+0000"
    assert task["Until__c"] == "2026-03-02T09:02:00.000+0000"


def test_every_part_of_a_long_text_has_them(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    _config(wasf, "task.fields", "Type=WhatsApp, Sent__c={sent_at}")
    wasf.sync(chats.ada("x" * 70_000), "--phone", ADA_PHONE)
    rows = wasf.rows("Task")
    assert len(rows) == 3
    assert {(row["Type"], row["Sent__c"]) for row in rows} == {
        ("WhatsApp", "2026-03-02T09:00:00.000+0000")
    }


def test_each_participant_of_a_group_has_them(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    for number in (1, 2):
        org.add_contact(LastName=f"Member {number}", Phone=f"+44 7700 90010{number}")
    wasf.set(groups="participants")
    _config(wasf, "task.fields", "Sender__c={sender}, Direction__c={direction}")
    members = ["+44 7700 900101", "+44 7700 900102"]
    said = [Said(START, who, "hi") for who in (*members, SAM)]
    wasf.sync(chats.of("Team (group)", said), "--me", SAM)
    found = [(row["Sender__c"], row["Direction__c"]) for row in wasf.rows("Task")]
    assert sorted(found) == 2 * [(SAM, "Outbound")] or sorted(found) == sorted(
        2 * [(members[0], "Inbound"), (members[1], "Inbound"), (SAM, "Outbound")]
    )


def test_usage_08_required_fields_are_no_dead_end(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """Lead R has one number; the other one gets a new Lead. Both objects ask for a field."""
    lead = org.add_lead(LastName="R", Company="X", Phone="+44 7700 900150", Industry="Other")
    org.change_field("Task", "Type", nillable=False)
    org.change_field("Lead", "Industry", nillable=False)
    for number in (149, 150):
        chats.ada(f"hello {number}", title=f"+44 7700 900{number}")
    assert wasf.sync(chats.folder, code=3).messages["waiting"] == 2
    _config(wasf, "task.fields", "Type=Call")
    _config(wasf, "lead.fields", "Industry=Retail")
    assert wasf.sync().messages["logged"] == 2
    assert {row["Type"] for row in wasf.rows("Task")} == {"Call"}
    [new] = [row for row in wasf.rows("Lead") if row["Id"] != lead]
    assert (new["Industry"], new["Phone"]) == ("Retail", "+447700900149")
    assert wasf.row(lead)["Industry"] == "Other"


WRONG = {
    "unknown": ("task.fields", "Nonsense__c=1", "Task.Nonsense__c does not exist"),
    "unknown, with a near one": ("task.fields", "Direktion__c=Inbound", "Direction__c?"),
    "not in the picklist": ("task.fields", "Direction__c=Sideways", "restricted picklist"),
    "not to be filled": ("task.fields", "Formula__c=1", "may not be filled"),
    "of another type": ("task.fields", "Day__c=soon", "takes a day"),
    "one of T4": ("task.fields", "Subject=Hi", "filled by wasf itself"),
    "the key": ("task.fields", "CallObject=1, WhatId=1", "filled by wasf itself"),
    "shown to customers": ("task.fields", "IsVisibleInSelfService=true", "IsVisibleInSelfService"),
    "on Leads": ("lead.fields", "Nonsense__c=1", "Lead.Nonsense__c does not exist"),
    "one of L1": ("lead.fields", "Company=Hi", "filled by wasf itself"),
    "no record type": ("lead.fields", "RecordType=Retail", "RecordType"),
}


@pytest.mark.parametrize(("name", "value", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_mapping_ends_78_and_nothing_is_written(
    name: str, value: str, told: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_key_field("CallObject__c")
    wasf.set(key_field="CallObject") if "CallObject" in value else None
    assert told in _config(wasf, name, value, code=78)
    assert wasf.run("config", "get", name).out.strip() == ""
    wasf.set(**{name.replace(".", "_"): value})
    result = wasf.run("sync", chats.ada("one", title="+44 7700 900123"))
    assert result.code == 78
    assert told in result.err
    assert wasf.writes() == []
    assert wasf.rows("Lead") == wasf.rows("Task") == []


def test_without_a_sign_in_a_setting_is_checked_by_the_next_sync(wasf: Wasf, chats: Chats) -> None:
    token = wasf.environment.pop("WASF_ACCESS_TOKEN")
    address = wasf.environment.pop("WASF_INSTANCE_URL")
    _config(wasf, "task.fields", "Nonsense__c=1")
    wasf.environment |= {"WASF_ACCESS_TOKEN": token, "WASF_INSTANCE_URL": address}
    assert wasf.run("sync", chats.ada("one"), "--phone", ADA_PHONE).code == 78


def test_a_comma_of_a_value_and_the_settings_file(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    _config(wasf, "task.fields", r"Type=Call\, maybe, Sender__c={{{name}}}")
    shown = wasf.run("config", "get", "task.fields").out.strip()
    assert shown == r"Type=Call\, maybe, Sender__c={{{name}}}"
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    assert (task["Type"], task["Sender__c"]) == ("Call, maybe", "{Ada Example}")
    file = Path(wasf.run("config", "path").out.strip())
    file.write_text('[task.fields]\nType = "Call"\nKnown__c = true\nMessages__c = 3\n', "utf-8")
    wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE)
    [task] = [row for row in wasf.rows("Task") if row["Messages__c"]]
    assert (task["Type"], task["Known__c"], task["Messages__c"]) == ("Call", True, 3)


def test_a_value_that_does_not_fit_lets_that_message_wait(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    _config(wasf, "task.fields", "Sender__c={sender}")
    long = "Bartholomew Example the Third"
    said = [*spoken(SAM, "short"), Said(START + timedelta(minutes=1), long, "long")]
    result = wasf.sync(chats.of(long, said), "--phone", ADA_PHONE, "--me", SAM)
    assert (result.messages["logged"], result.messages["waiting"]) == (1, 1)
    assert "Sender__c holds 20 characters" in result.chat(long)["reason"]
    _config(wasf, "task.fields", "Type=WhatsApp")
    assert wasf.sync().messages["logged"] == 1


def test_what_a_chat_says_is_never_a_template(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    _config(wasf, "task.fields", "Sender__c={sender}")
    wasf.sync(chats.ada("one", title="{number} @{part0.id}"), "--phone", ADA_PHONE)
    [task] = wasf.rows("Task")
    assert task["Sender__c"] == "{number} @{part0.id}"


def test_a_dry_run_shows_the_values(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    _config(wasf, "task.fields", "Type=WhatsApp, Direction__c={direction}")
    _config(wasf, "lead.fields", "Industry=Retail, First__c={sent_at}")
    path = chats.ada("one")
    text = wasf.run("sync", path, "--phone", ADA_PHONE, "--dry-run").out
    assert "Type = WhatsApp, Direction__c = Inbound" in text
    assert "Industry = Retail, First__c = 2026-03-02" in text
    chat = wasf.sync(path, "--phone", ADA_PHONE, "--dry-run").chat()
    assert chat["fields"] == {"Type": "WhatsApp", "Direction__c": "Inbound"}
    assert chat["lead_fields"] == {"Industry": "Retail", "First__c": "2026-03-02"}
    assert wasf.writes() == []
    wasf.sync(path, "--phone", ADA_PHONE)
    lead = wasf.the_lead()
    assert (lead["Industry"], lead["First__c"]) == ("Retail", "2026-03-02")


def test_a_record_type_by_its_name(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    retail = org.add_record_type("Lead", "Retail Lead")
    org.add_record_type("Lead", "Secret", available=False)
    assert "not assigned" in _config(wasf, "lead.fields", "RecordType=Secret", code=78)
    _config(wasf, "lead.fields", "RecordType=Retail_Lead")
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    assert wasf.the_lead()["RecordTypeId"] == retail


def test_05_a_lead_source_that_the_org_does_not_have_is_left_out(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.change_field("Lead", "LeadSource", restricted=True, values=["Web", "Phone Inquiry"])
    result = wasf.sync(chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    assert result.messages["logged"] == 3
    assert wasf.the_lead()["LeadSource"] is None
    assert [note for note in result.json["notes"] if "LeadSource" in note]
    assert wasf.run("test-lead").code == 0
    _config(wasf, "lead.source", "Web")
    wasf.sync(chats.ada("new", title="+44 7700 900555"))
    assert {row["LeadSource"] for row in wasf.rows("Lead")} == {None, "Web"}


def test_05_the_same_where_only_the_refusal_tells(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.set(picklists_by_type={"Lead.LeadSource": ["Web"]})
    assert wasf.sync(chats.ada("one"), "--phone", ADA_PHONE).messages["logged"] == 1
    assert wasf.the_lead()["LeadSource"] is None


def test_11_leads_without_a_company_in_an_org_with_person_accounts(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    assert "without a Company" in _config(wasf, "lead.company", "", code=78)
    org.change_field("Lead", "Company", nillable=True)
    _config(wasf, "lead.company", "")
    _config(wasf, "lead.source", "")
    wasf.sync(chats.ada("one"), "--phone", ADA_PHONE)
    lead = wasf.the_lead()
    assert (lead["Company"], lead["LeadSource"]) == (None, None)


def test_the_fields_cost_no_further_call(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    plain = wasf.sync(chats.ada("one"), "--phone", ADA_PHONE).json["api_calls"]
    wasf.set(task_fields=MAPPING)
    filled = wasf.sync(chats.ada("one", "two"), "--phone", ADA_PHONE).json["api_calls"]
    assert filled <= plain


def _doctor(wasf: Wasf, name: str) -> dict[str, str]:
    return wasf.run("doctor", "--json").check(name)


def test_doctor_tells_what_the_settings_fill(wasf: Wasf, org: LocalOrg) -> None:
    assert _doctor(wasf, "further fields")["status"] == "ok"
    org.change_field("Task", "Type", nillable=False)
    required = _doctor(wasf, "Task required fields")
    assert required["status"] == "failed"
    assert 'wasf config set task.fields "Type=VALUE"' in required["fix"]
    wasf.set(task_fields="Type=Call", lead_fields="Industry=Retail")
    assert _doctor(wasf, "Task required fields")["status"] == "ok"
    assert "Task.Type, Lead.Industry" in _doctor(wasf, "further fields")["result"]
    wasf.set(task_fields="Type=Call, Direktion__c=Inbound")
    wrong = _doctor(wasf, "further fields")
    assert (wrong["status"], wrong["fix"]) == ("failed", "Did you mean Direction__c?")
    assert wasf.run("doctor").code == 3 or wasf.run("doctor").code == 78


def test_doctor_tells_of_encrypted_phone_fields_and_others(wasf: Wasf, org: LocalOrg) -> None:
    org.add_field("Contact", "WhatsApp__c", "phone", length=40)
    found = _doctor(wasf, "phone fields")
    assert found["status"] == "ok"
    assert "Contact.WhatsApp__c" in found["result"]
    org.set(encrypted=["Contact.OtherPhone"], deterministic=["Lead.Phone"])
    found = _doctor(wasf, "phone fields")
    assert found["status"] == "warning"
    assert "Contact.OtherPhone" in found["result"]
    assert "Lead.Phone" in found["result"]


def test_doctor_tells_of_a_lead_source_that_is_missing(wasf: Wasf, org: LocalOrg) -> None:
    org.change_field("Lead", "LeadSource", restricted=True, values=["Web"])
    found = _doctor(wasf, "lead source")
    assert found["status"] == "warning"
    assert "WhatsApp" in found["result"]


def test_t11_the_language_changes_and_every_task_is_known(wasf: Wasf, chats: Chats) -> None:
    title, name = "+44 7700 900480", "+447700900480"
    wasf.set(task_language="hi")
    first = wasf.sync(chats.ada("one", "two", title=title))
    wasf.set(task_language="ru")
    second = wasf.sync(chats.ada("one", "two", "three", title=title))
    assert (first.messages["logged"], second.messages["logged"]) == (2, 1)
    subjects = [row["Subject"] for row in wasf.rows("Task")]
    assert sorted(subjects) == [
        f"WhatsApp 10:00 {name} से: one",
        f"WhatsApp 10:01 {name} से: two",
        f"WhatsApp 10:02 от {name}: three",
    ]
    assert wasf.run("verify").code == 0
    wasf.set(task_language="de")
    for sync in (second, first):
        assert wasf.run("undo", sync.json["run"], "--yes").code == 0
    assert wasf.rows("Task") == []
    wasf.set(task_language="German")
    wrong = wasf.run("sync")
    assert wrong.code == 78
    assert "did you mean de?" in wrong.err
