"""W4: a dry run shows what the next run does, and changes nothing."""

from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.core.builders import RULES
from tests.fakes import MemoryOrg
from tests.fakes_sources import a_source_chat, says, written
from wasf.commands.sync.dry_run import NOT_WRITTEN, dry_run_org
from wasf.core.chat_identity import identify_chat
from wasf.core.chats import Attachment, Participant
from wasf.core.plan.leads import new_lead
from wasf.core.policy import Attachments, Groups
from wasf.core.records import LeadChange, PeopleQuery, RecordType, TaskKey
from wasf.interfaces import FileUpload, LeadWritten, TaskLogged

PHOTO = Attachment("IMG-1.jpg", "/chats/ada.zip", "IMG-1.jpg")

CASES = {
    "a Contact": (written("one", "two"), {}),
    "a new Lead": (written("one", title="Cleo Muster", phone=BEN), {}),
    "a closed Lead": (written("one", title="Dora Beispiel", phone="+33639980001"), {}),
    "nobody": (written("one", title="Emil Nobody", phone=None), {}),
    "an open window": (written("one"), {"frequency": timedelta(days=7)}),
    "a group": (
        written("one", title="Group", is_group=True, participants=(Participant("Ada", ADA),)),
        {"groups": Groups.PARTICIPANTS},
    ),
    "a file": (written(says("", attachment=PHOTO)), {"attachments": Attachments.FILES}),
    "since": (written("one", "two"), {"since": says(minute=1).sent_at}),
}


@pytest.mark.parametrize(("export", "choices"), CASES.values(), ids=CASES.keys())
def test_w4_a_dry_run_predicts_the_next_run_and_writes_nothing(stage, export, choices):
    stage.ada()
    stage.org.add_lead("Dora Beispiel", "+33639980001", status="Closed - Not Converted")
    stage.files["IMG-1.jpg"] = b"picture"
    org, ledger = world(stage), stage.path.read_bytes()
    predicted = stage.dry_run(export, **choices)
    assert (world(stage), stage.path.read_bytes()) == (org, ledger)
    assert not stage.ledger.chats()
    report = stage.sync(export, **choices)
    assert figures(report) == figures(predicted)
    assert predicted.dry_run
    assert not report.dry_run


def world(stage: Stage) -> object:
    org = stage.org
    return dict(org.tasks), dict(org.leads), dict(org.contacts), list(org.files)


def figures(report) -> object:
    return (
        report.messages,
        report.tasks_created,
        report.leads_created,
        report.leads_reopened,
        report.files_uploaded,
        [(chat.title, chat.state, chat.counts, chat.reason, chat.hint) for chat in report.chats],
    )


def test_a_lead_that_would_be_made_has_no_address(stage):
    [chat] = stage.dry_run(written("one")).chats
    assert (chat.record.type, chat.record.id, chat.record.url) == (RecordType.LEAD, "", "")


def test_reads_are_real_and_writes_are_answered_as_if():
    org = MemoryOrg()
    contact = org.add_contact("Ada Example", ADA)
    dry = dry_run_org(org)
    assert dry.people(PeopleQuery(phones=frozenset({ADA}))).contacts == (contact,)
    assert dry.facts(()) == org.facts(())
    assert dry.find_tasks([TaskKey("a")], org.key_field) == {}
    lead = new_lead(identify_chat(a_source_chat(), []), ADA, org.user_id, RULES)
    assert dry.create_leads([lead]) == [LeadWritten(NOT_WRITTEN)]
    change = LeadChange(contact.id, org.now)
    assert dry.change_leads([change]) == [LeadWritten(contact.id)]
    assert dry.attach_file(FileUpload("a", b"", contact.id)) == NOT_WRITTEN
    assert dry.delete_lead(contact.id)
    assert list(dry.log_tasks([[]], org.key_field)) == [[]]
    assert TaskLogged(TaskKey("a"), NOT_WRITTEN).task_id == ""
    assert (org.leads, org.tasks, org.files) == ({}, {}, [])
    assert dry.record_url(contact.id, RecordType.CONTACT).endswith("/view")
    assert (dry.api_calls, dry.usage) == (org.api_calls, org.usage)
