"""R3: a person relates a chat, or a group, to an Opportunity, a Case or a business Account."""

from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

TITLE, PHONE = "+44 7700 900141", "+447700900141"
GROUP = "Project Otter"


def _add(org: LocalOrg, kind: str) -> str:
    fields = {
        "Opportunity": {"Name": "Big deal"},
        "Case": {"Subject": "Broken", "CaseNumber": "00001026"},
        "Account": {"Name": "Acme"},
    }
    return org.add(kind, **fields[kind])


def _places(wasf: Wasf) -> list[tuple[str | None, str | None]]:
    return sorted(((row["WhoId"], row["WhatId"]) for row in wasf.rows("Task")), key=str)


def _group(chats: Chats, *texts: str) -> Path:
    created = Said(START, "", 'Ben created group "Project Otter"', notice=True)
    return chats.of(GROUP, [created, *spoken("Ben", *texts)])


@pytest.mark.parametrize("kind", ["Opportunity", "Case", "Account"])
@pytest.mark.parametrize("named", ["id", "short id", "address"])
def test_r3_the_tasks_of_a_contact_are_related(
    kind: str, named: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.add_contact(LastName="Example", Phone=PHONE)
    record = _add(org, kind)
    chats.ada("one", title=TITLE)
    wasf.sync(chats.folder)
    word = {
        "id": record,
        "short id": record[:15],
        "address": f"{org.base_url}/lightning/r/{kind}/{record}/view",
    }[named]
    told = wasf.run("link", PHONE, word, "--no-move", "--json")
    assert told.code == 0, told.err
    assert (told.json["record"]["type"], told.json["record"]["id"]) == (kind, record)
    assert told.json["beside"] == contact
    chats.ada("one", "two", title=TITLE)
    wasf.sync(chats.folder)
    assert _places(wasf) == sorted([(contact, None), (contact, record)], key=str)


@pytest.mark.parametrize("kind", ["Opportunity", "Case", "Account"])
def test_r3_x1_what_was_logged_moves_along(
    kind: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    contact = org.add_contact(LastName="Example", Phone=PHONE)
    wasf.sync(chats.ada("one", "two", title=TITLE))
    record = _add(org, kind)
    before = wasf.rows("Task")
    dry = wasf.run("link", PHONE, record, "--dry-run", "--json")
    assert (dry.code, dry.json["moved"]) == (0, 2)
    assert wasf.rows("Task") == before
    assert wasf.run("link", PHONE, record).code == 2  # nobody said whether to move them
    told = wasf.run("link", PHONE, record, "--move", "--json")
    assert (told.code, told.json["moved"], told.json["left_alone"]) == (0, 2, [])
    assert _places(wasf) == [(contact, record)] * 2
    verified = wasf.run("verify", "--json").json["found"]
    assert (verified["same"]["count"], verified["moved"]["count"]) == (2, 0)
    assert wasf.run("link", PHONE, record, "--move", "--json").json["moved"] == 0
    assert wasf.sync(chats.folder).messages["logged"] == 0


def test_r3_instead_of_a_lead_that_wasf_made(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.sync(chats.ada("one", "two", title=TITLE))
    opportunity = _add(org, "Opportunity")
    told = wasf.run("link", PHONE, opportunity, "--move", "--json")
    found = told.json
    assert (told.code, found["moved"], found["leads_deleted"], found["beside"]) == (0, 2, 1, None)
    chats.ada("one", "two", "three", title=TITLE)
    report = wasf.sync(chats.folder)
    assert report.chat(TITLE)["record"]["id"] == opportunity
    assert _places(wasf) == [(None, opportunity)] * 3
    assert wasf.rows("Lead") == []
    verified = wasf.run("verify", "--json")
    assert (verified.code, verified.json["found"]["same"]["count"]) == (0, 3)
    undone = wasf.run("undo", "--chat", PHONE, "--yes", "--json").json
    assert (undone["tasks_deleted"], undone["left_alone"]) == (3, [])


def test_r3_a_contact_that_comes_later_stands_beside(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.set(lead_auto_create="off")
    wasf.sync(chats.ada("one", title=TITLE))
    case = _add(org, "Case")
    assert wasf.run("link", PHONE, case).code == 0
    wasf.sync()
    contact = org.add_contact(LastName="Example", Phone=PHONE)
    chats.ada("one", "two", title=TITLE)
    wasf.sync(chats.folder)
    assert _places(wasf) == sorted([(None, case), (contact, case)], key=str)
    told = wasf.run("link", PHONE, contact, "--move", "--json")
    assert (told.code, told.json["moved"]) == (0, 1)
    assert _places(wasf) == [(contact, case)] * 2


def test_r3_what_a_person_chose_goes_before_the_setting(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    account = _add(org, "Account")
    contact = org.add_contact(LastName="Example", Phone=PHONE, AccountId=account)
    org.add("Opportunity", Name="Other", AccountId=account)
    assert wasf.run("config", "set", "task.related", "opportunity").code == 0
    wasf.set(chats="ask")
    wasf.sync(chats.ada("one", title=TITLE))
    case = _add(org, "Case")
    assert wasf.run("link", PHONE, case).code == 0  # which is a yes, too
    wasf.sync()
    assert _places(wasf) == [(contact, case)]


def test_r3_unlink_ends_it_and_a_link_after_it_is_instead_of_the_person(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=PHONE)
    case = _add(org, "Case")
    wasf.sync(chats.ada("one", title=TITLE))
    wasf.run("link", PHONE, case, "--no-move")
    told = wasf.run("unlink", PHONE, "--json").json
    assert told["was_related"] == {"type": "Case", "id": case}
    chats.ada("one", "two", title=TITLE)
    assert wasf.sync(chats.folder).messages["waiting"] == 1
    told = wasf.run("link", PHONE, case, "--no-move", "--json").json
    assert (told["beside"], told["waiting"]) == (None, 1)
    wasf.sync()
    assert (None, case) in _places(wasf)
    listed = wasf.run("link", "--json").json["chats"]
    assert [(one["record"], one["related"]) for one in listed] == [
        (None, {"type": "Case", "id": case})
    ]


def test_r3_a_lead_that_is_chosen_ends_it(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.set(lead_auto_create="off")
    wasf.sync(chats.ada("one", title=TITLE))
    wasf.run("link", PHONE, _add(org, "Case"))
    lead = org.add_lead(LastName="Example")
    wasf.run("link", PHONE, lead)
    wasf.sync()
    assert _places(wasf) == [(lead, None)]


@pytest.mark.parametrize("kind", ["Opportunity", "Case", "Account"])
@pytest.mark.parametrize("setting", ["skip", "participants"])
def test_r3_a_group_that_is_linked_is_logged_once(
    setting: str, kind: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    record = _add(org, kind)
    if setting == "participants":
        wasf.set(groups="participants")
    group = _group(chats, "one", "two", "three")
    assert wasf.sync(group).messages["skipped"] == 3
    refused = wasf.run("link", GROUP, org.add_contact(LastName="Dora"))
    assert refused.code == 2
    assert "a group has no record of its own" in refused.err
    told = wasf.run("link", GROUP, record)
    assert told.code == 0, told.err
    assert "each once" in told.out
    report = wasf.sync(group)
    assert report.messages["logged"] == 3
    assert _places(wasf) == [(None, record)] * 3
    assert wasf.sync(_group(chats, "one", "two", "three", "four")).messages["logged"] == 1
    assert len(org.rows("Task")) == 4
    other = _add(org, "Case")
    moved = wasf.run("link", GROUP, other, "--move", "--json")
    assert (moved.code, moved.json["moved"]) == (0, 4)
    assert _places(wasf) == [(None, other)] * 4


def test_r3_the_title_of_a_group_that_is_skipped_is_kept_and_nobody_of_it(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(_group(chats, "one"))
    [listed] = wasf.run("link", "--json").json["chats"]
    assert (listed["chat"], listed["logged"], listed["waiting"]) == (GROUP, 0, 0)
    assert not any(b"Ben" in content for content in wasf.kept().values())
    wasf.set(groups="participants", chats="ask")
    org.add_contact(LastName="Ben")
    report = wasf.sync(_group(chats, "one"))
    assert "yes" in report.chat(GROUP)["reason"]  # it is as new as it was


def test_r3_where_tasks_may_not_be_related_the_chat_waits(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_contact(LastName="Example", Phone=PHONE)
    wasf.set(chats="ask")
    wasf.sync(chats.ada("one", title=TITLE))
    assert wasf.run("link", PHONE, _add(org, "Case")).code == 0
    org.set(hidden_fields=["Task.WhatId"])
    report = wasf.sync()
    assert "you may not relate Tasks to the Case" in report.chat(TITLE)["reason"]
    assert wasf.rows("Task") == []


@pytest.mark.parametrize("kind", ["Opportunity", "Case", "Account"])
def test_r3_a_record_that_is_not_there(kind: str, wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    record = _add(org, kind)
    org.delete(record)
    org.add_contact(LastName=ADA, Phone=ADA_PHONE)
    wasf.sync(chats.ada("one", title=TITLE))
    told = wasf.run("link", PHONE, record)
    assert told.code == 2
    assert f"there is no such {kind}" in told.err


def test_r3_forget_says_what_the_tasks_are_related_to(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    wasf.sync(chats.ada("one", title=TITLE))
    case = _add(org, "Case")
    wasf.run("link", PHONE, case, "--move")
    told = wasf.run("forget", PHONE, "--yes", "--json")
    assert {"type": "Case", "id": case} in told.json["records"]
