"""A whole sync, step by step: who gets what, what waits and why, and that it all adds up."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage, only_chat
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import START, says, written
from tests.samples import one_in
from wasf.commands.sync.report import ChatState
from wasf.core.chats import NotUnderstood, Participant, Phone, SystemLine
from wasf.core.policy import Groups, Language, SameName
from wasf.core.records import Link, RecordId, RecordType
from wasf.errors import (
    ExitCode,
    MissingFile,
    NotConnected,
    PermissionMissing,
    Stopped,
    Unreachable,
    UnreadableFile,
)
from wasf.interfaces import LeadDuplicate, Unreadable

OFF = Unreachable("Salesforce did not answer.", "try again later")
ENDED = NotConnected("Salesforce no longer accepts the sign-in.", "wasf connect")
SALES, SUPPORT = {"whatsapp_account": "Sales"}, {"whatsapp_account": "Support"}
CEM = Phone("+33639980001")


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["unique key", "fallback key"])
def key_field(request):
    return request.param


# --- W: what is logged, what waits -------------------------------------------------------------


def test_messages_are_logged_on_the_contact(stage):
    ada = stage.ada()
    report = stage.sync(written("one", "two", "three"))
    assert stage.texts(ada.id) == ["one", "two", "three"]
    chat = only_chat(report)
    assert (chat.state, chat.counts.logged, chat.tasks) == (ChatState.LOGGED, 3, 3)
    assert (chat.record.type, chat.record.id, chat.record.name) == (
        RecordType.CONTACT,
        ada.id,
        "Ada Example",
    )
    assert report.exit_code is ExitCode.DONE
    assert report.tasks_created == 3


def test_w3_the_same_again_writes_nothing_and_asks_nobody(stage):
    stage.ada()
    stage.sync(written("one", "two"))
    calls = stage.org.api_calls
    report = stage.sync(written("one", "two"))
    assert stage.org.api_calls == calls
    assert (report.messages.already_logged, report.messages.read) == (2, 2)
    assert stage.texts() == ["one", "two"]


@pytest.mark.parametrize("is_shared", [True, False])
def test_the_calls_of_a_sync_are_kept_in_a_ledger_that_machines_share(tmp_path, is_shared):
    stage = Stage(tmp_path, MemoryOrg(UNIQUE_KEY))
    stage.ada()
    stage.sync(written("one"), has_shared_ledger=is_shared)
    made = stage.ledger.facts.calls_made()
    assert (made and made.by_day) == (
        {stage.now.date(): stage.org.api_calls} if is_shared else None
    )
    stage.close()


@pytest.mark.parametrize(
    ("hours", "error", "calls", "code"),
    [
        pytest.param(23, ENDED, 0, ExitCode.DONE, id="within a day nobody is asked"),
        pytest.param(25, None, 1, ExitCode.DONE, id="after a day the org is asked once"),
        pytest.param(25, ENDED, 1, ExitCode.NOT_CONNECTED, id="a sign-in that ended is told"),
        pytest.param(25, OFF, 1, ExitCode.DONE, id="an org that does not answer is no failure"),
    ],
)
def test_w8_the_end_of_a_sign_in_is_noticed_within_a_day_though_nothing_is_new(
    stage, hours, error, calls, code
):
    stage.ada()
    stage.sync(written("one"))
    stage.org.calls.clear()
    stage.now += timedelta(hours=hours)
    if error:
        stage.org.fail_reads(error)
    assert stage.sync(written("one")).exit_code is code
    assert stage.org.api_calls == calls


def test_w8_a_day_counts_from_the_last_answer_and_a_dry_run_asks_nobody(stage):
    stage.ada()
    stage.sync(written("one"))
    stage.now += timedelta(hours=25)
    calls = stage.org.api_calls
    stage.dry_run(written("one"))
    assert stage.org.api_calls == calls
    stage.sync(written("one"))
    stage.sync(written("one"))
    assert stage.org.api_calls == calls + 1


def test_w3_a_newer_export_logs_only_what_is_new(stage):
    stage.ada()
    stage.sync(written("one", "two"))
    report = stage.sync(written("one", "two", "three"))
    assert (report.messages.logged, report.messages.already_logged) == (1, 2)
    assert stage.texts() == ["one", "two", "three"]


def test_w2_l2_what_waits_is_logged_without_the_file_whatever_since_says(stage):
    report = stage.sync(written("one", "two"), create_leads=False)
    chat = only_chat(report)
    assert (chat.state, chat.counts.waiting, chat.record) == (ChatState.WAITING, 2, None)
    assert "auto_create" in chat.hint
    assert report.exit_code is ExitCode.DONE
    ada = stage.ada()
    report = stage.sync(since=stage.now, create_leads=False)
    assert stage.texts(ada.id) == ["one", "two"]
    assert (report.messages.logged, report.messages.waiting) == (2, 0)
    assert stage.ledger.chats()[0].reason == ""


def test_since_leaves_older_messages_out_for_this_run(stage):
    stage.ada()
    report = stage.sync(written("old", "new"), since=START + timedelta(minutes=1))
    assert (report.messages.logged, report.messages.skipped) == (1, 1)
    assert only_chat(report).reason == "older than --since"
    assert stage.texts() == ["new"]
    stage.sync(written("old", "new"))
    assert sorted(stage.texts()) == ["new", "old"]


def test_since_still_counts_the_equal_lines_it_leaves_out(stage):
    """Otherwise the second "ok" would take the key of the first."""
    stage.ada()
    later = START + timedelta(seconds=30)
    lines = [says("ok", 0), says("ok", 0.75)]
    stage.sync(written(*lines), since=later)
    stage.sync(written(*lines))
    assert stage.texts() == ["ok", "ok"]


def test_l2_since_takes_nothing_away_that_waits_already(stage):
    stage.sync(written("old", "new"), create_leads=False)
    stage.sync(written("old", "new"), create_leads=False, since=START + timedelta(minutes=1))
    stage.sync()
    assert stage.texts() == ["old", "new"]


def test_t3_an_open_window_waits_and_says_until_when(stage):
    stage.ada()
    stage.now = START + timedelta(minutes=20)
    report = stage.sync(written("one", "two"), frequency=timedelta(hours=1))
    chat = only_chat(report)
    assert chat.counts.waiting == 2
    assert chat.reason == "its window is open until 2026-03-02 11:00"
    assert "--flush" in chat.hint
    stage.now = START + timedelta(minutes=61)
    report = stage.sync(frequency=timedelta(hours=1))
    assert (report.messages.logged, report.tasks_created) == (2, 1)


def test_t3_flush_writes_open_windows(stage):
    stage.ada()
    stage.now = START + timedelta(minutes=20)
    report = stage.sync(written("one", "two"), frequency=timedelta(hours=1), flush=True)
    assert (report.messages.logged, report.tasks_created) == (2, 1)


def test_m9_a_chat_without_a_number_waits_until_its_number_is_said(stage):
    report = stage.sync(written("one", phone=None))
    assert "--phone" in only_chat(report).hint
    ben = stage.org.add_contact("Somebody Else", BEN)
    report = stage.sync(written("one", phone=BEN), phone_is_given=True)
    assert report.messages.logged == 1
    assert stage.texts(ben.id) == ["one"]


# --- M10: what was matched is remembered -------------------------------------------------------


def test_m10_the_remembered_record_is_used_although_another_is_newer(stage):
    ada = stage.ada()
    stage.sync(written("one"))
    newer = stage.ada()
    stage.sync(written("one", "two"))
    assert (stage.texts(ada.id), stage.texts(newer.id)) == (["one", "two"], [])


@pytest.mark.parametrize("how", ["deleted", "merged", "converted"])
def test_m10_what_became_of_the_record_is_followed(stage, how):
    lead = stage.org.add_lead("Ada Example", ADA)
    stage.sync(written("one"))
    other = stage.org.add_lead("Ada E.", ADA)
    match how:
        case "deleted":
            stage.org.delete(lead.id)
            expected = other.id
        case "merged":
            stage.org.merge(lead.id, other.id)
            expected = other.id
        case _:
            expected = stage.org.convert_lead(lead.id).id
    stage.sync(written("one", "two"))
    assert stage.texts(expected) == ["two"]
    assert stage.ledger.chats()[0].link.record_id == expected


def test_m10_a_new_lead_is_remembered_although_the_run_ends_before_its_tasks(stage):
    stage.org.fail_batch(1, Loss.NOT_SENT, OFF)
    stage.sync(written("one"))
    [lead] = stage.org.leads.values()
    stage.ada()
    stage.sync()
    assert stage.texts(lead.id) == ["one"]


# --- L: Leads ----------------------------------------------------------------------------------


def test_l1_l4_two_chats_with_one_new_number_make_one_lead(stage):
    ours = [written("one", **SALES), written("two", title="Ada privat", **SUPPORT)]
    report = stage.sync(*ours)
    [lead] = stage.org.leads.values()
    assert sorted(stage.texts(lead.id)) == ["one", "two"]
    assert report.leads_created == 1
    assert [chat.record.id for chat in report.chats] == [lead.id, lead.id]


def test_m5_a_closed_lead_is_reopened(stage):
    lead = stage.org.add_lead("Ada Example", ADA, status="Closed - Not Converted")
    report = stage.sync(written("one"))
    assert report.leads_reopened == 1
    assert stage.org.leads[lead.id].status == "Open - Not Contacted"
    assert "wa.me/491713920012" in stage.org.leads[lead.id].description
    assert stage.texts(lead.id) == ["one"]


@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER])
def test_m5_a_chat_waits_while_nobody_knows_whether_its_lead_was_reopened(stage, loss):
    stage.org.add_lead("Ada Example", ADA, status="Closed - Not Converted")
    stage.org.fail_leads(loss, OFF)
    report = stage.sync(written("one"))
    assert only_chat(report).reason == "nobody knows yet whether the Lead was written"
    assert stage.texts() == []
    stage.sync()
    assert stage.texts() == ["one"]


def test_l3_a_link_that_is_not_written_holds_nothing_up(stage):
    stage.org.add_lead("Ada Example", ADA)
    stage.org.fail_leads(Loss.LOST_BEFORE, OFF)
    report = stage.sync(written("one"))
    assert (report.messages.logged, report.exit_code) == (1, ExitCode.DONE)
    stage.sync(written("one", "two"))
    [lead] = stage.org.leads.values()
    assert lead.description.count("wa.me") == 1


def test_a_refused_lead_waits_with_salesforces_code(stage):
    stage.org.refuse_lead("Example", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    report = stage.sync(written("one"), written("two", title="Ben Beispiel", phone=BEN))
    assert report.exit_code is ExitCode.REFUSED
    refused, logged = report.chats
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in refused.reason
    assert logged.counts.logged == 1
    stage.org.allow_all()
    assert stage.sync().messages.logged == 1


def test_a_lead_that_was_not_sent_ends_the_run_and_nothing_is_in_doubt(stage):
    stage.org.fail_leads(Loss.NOT_SENT, OFF)
    report = stage.sync(written("one"))
    assert report.exit_code is ExitCode.TRY_LATER
    assert only_chat(report).reason == "the run ended before the Lead was written"
    assert not stage.ledger.lead_intents()
    assert stage.sync().leads_created == 1


@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER, Loss.LATE])
def test_l4_a_lead_in_doubt_is_not_made_twice(stage, loss):
    stage.org.fail_leads(loss, OFF)
    report = stage.sync(written("one"))
    assert only_chat(report).reason == "nobody knows yet whether the Lead was written"
    report = stage.sync(written("one", "two"))
    if loss is Loss.LOST_AFTER:
        assert report.messages.logged == 2
    else:
        unknown = "nobody knows yet whether Salesforce took what was sent"
        in_doubt = unknown if stage.org.key_field.is_unique else "an earlier run may have created"
        assert in_doubt in only_chat(report).reason
    stage.org.land()
    stage.now += timedelta(minutes=31)
    stage.sync(written("one", "two", "three"))
    assert len(stage.org.leads) == 1
    assert sorted(stage.texts()) == ["one", "three", "two"]
    assert not stage.ledger.lead_intents()


def test_l4_a_lead_in_doubt_is_not_made_twice_because_a_chat_found_another_record(stage):
    """Ada's first chat is linked to a record without her number; her second one finds nobody."""
    ben = stage.org.add_contact("Ben Beispiel", BEN)
    stage.sync(written("one", **SALES), create_leads=False)
    first = stage.ledger.chats()[0].chat.id
    stage.ledger.link(first, Link(RecordType.CONTACT, ben.id, by_hand=True))
    both = [written("one", "two", **SALES), written("three", title="Ada privat", **SUPPORT)]
    stage.org.fail_leads(Loss.LATE, OFF)
    stage.sync(*both)
    stage.sync(written("one", "two", "four", **SALES))
    stage.sync(*both)
    stage.org.land()
    stage.now += timedelta(minutes=31)
    stage.sync()
    assert len(stage.org.leads) == 1
    assert stage.waiting() == {}


# --- M11: duplicate rules ----------------------------------------------------------------------

RULE = "Standard_Lead_Duplicate_Rule"
UNSEARCHABLE = ADA.translate({ord("0") + n: 0x0660 + n for n in range(10)})
"""Ada's number in Arabic digits: it is hers, but a search by digits does not find it."""


def block(stage, *there, can_be_saved=False, others=0):
    """Let a duplicate rule name these records for every Lead with Ada's number."""
    types = {"003": RecordType.CONTACT, "00Q": RecordType.LEAD}
    named = tuple((types[record_id[:3]], record_id) for record_id in there)
    stage.org.duplicates[ADA] = LeadDuplicate(RULE, named, can_be_saved, others)


@pytest.mark.parametrize("can_be_saved", [True, False], ids=["it alerts", "it blocks"])
@pytest.mark.parametrize("kind", [RecordType.CONTACT, RecordType.LEAD])
def test_m11_a_named_record_that_has_the_number_is_used(stage, kind, can_be_saved):
    add = stage.org.add_contact if kind is RecordType.CONTACT else stage.org.add_lead
    other, there = add("Ada Example", BEN), add("Ada E.", UNSEARCHABLE)
    block(stage, other.id, there.id, can_be_saved=can_be_saved)
    report = stage.sync(written("one"))
    assert (report.leads_created, report.exit_code) == (0, ExitCode.DONE)
    assert stage.texts(there.id) == ["one"]
    stage.sync(written("one", "two"))
    assert stage.texts(there.id) == ["one", "two"]


def test_m11_a_named_closed_lead_with_the_number_is_reopened(stage):
    there = stage.org.add_lead("Ada E.", UNSEARCHABLE, status="Closed - Not Converted")
    block(stage, there.id)
    report = stage.sync(written("one"))
    assert (report.leads_created, report.leads_reopened) == (0, 1)
    assert stage.texts(there.id) == ["one"]


@pytest.mark.parametrize("kind", [RecordType.CONTACT, RecordType.LEAD])
@pytest.mark.parametrize("phones", [(BEN,), ()], ids=["another number", "no number"])
def test_m11_a_new_lead_where_the_rule_allows_it_and_the_report_says_so(stage, kind, phones):
    add = stage.org.add_contact if kind is RecordType.CONTACT else stage.org.add_lead
    stranger = add("Ada Exampel", *phones)
    block(stage, stranger.id, can_be_saved=True)
    report = stage.sync(written("one"))
    [new] = stage.org.created_leads
    assert (report.leads_created, stage.texts(new), stage.texts(stranger.id)) == (1, ["one"], [])
    assert {**stage.org.contacts, **stage.org.leads}[stranger.id] == stranger
    [note] = report.notes
    for word in ("Ada Example: a new Lead", RULE, "Ada Exampel", stranger.id):
        assert word in note
    assert not stage.ledger.lead_intents()


@pytest.mark.parametrize("phones", [(BEN,), ()], ids=["another number", "no number"])
def test_m11_the_chat_waits_where_the_rule_blocks_and_the_reason_names_it(stage, phones):
    stranger = stage.org.add_contact("Ada Exampel", *phones)
    block(stage, stranger.id)
    chat = only_chat(stage.sync(written("one")))
    assert (chat.state, stage.org.leads, stage.texts()) == (ChatState.WAITING, {}, [])
    for word in (
        RULE,
        "Ada Exampel",
        f"https://memory.example.com/lightning/r/Contact/{stranger.id}",
    ):
        assert word in chat.reason
    assert f"wasf link {chat.id} {stranger.id}" in chat.hint
    assert stage.ledger.chats()[0].reason == chat.reason
    assert not stage.ledger.lead_intents()
    stage.org.duplicates.clear()
    assert stage.sync().leads_created == 1
    assert stage.texts() == ["one"]


def test_m11_several_strangers_are_all_named(stage):
    strangers = [stage.org.add_lead("Ada Exampel", BEN), stage.org.add_contact("Ada E", CEM)]
    block(stage, *(one.id for one in strangers))
    chat = only_chat(stage.sync(written("one")))
    assert all(one.id in chat.reason for one in strangers)
    assert f"wasf link {chat.id} RECORD" in chat.hint


@pytest.mark.parametrize("can_be_saved", [True, False], ids=["it alerts", "it blocks"])
@pytest.mark.parametrize(
    "named", [[], [RecordId("00Q000000000999AAA")]], ids=["nothing is named", "it is not found"]
)
def test_m11_a_record_that_cannot_be_seen_may_be_hers_so_the_chat_waits(stage, named, can_be_saved):
    stranger = stage.org.add_lead("Ada Exampel", BEN)
    block(stage, *named, *([stranger.id] if named else []), can_be_saved=can_be_saved)
    chat = only_chat(stage.sync(written("one")))
    assert (chat.state, stage.org.created_leads) == (ChatState.WAITING, [])
    assert RULE in chat.reason
    assert "cannot see" in chat.reason
    assert "auto_create" not in chat.hint


def test_m11_records_of_other_objects_are_no_person(stage):
    block(stage, can_be_saved=True, others=1)
    assert stage.sync(written("one")).leads_created == 1


def test_m11_an_unnamed_rule_is_told_as_such(stage):
    stranger = stage.org.add_lead("Ada Exampel", BEN)
    named = ((RecordType.LEAD, stranger.id),)
    stage.org.duplicates[ADA] = LeadDuplicate("", named, can_be_saved=False)
    assert "a duplicate rule of your org" in only_chat(stage.sync(written("one"))).reason


def test_m11_a_named_record_that_was_merged_counts_as_the_one_that_lives_on(stage):
    gone, there = stage.org.add_lead("Ada E."), stage.org.add_lead("Ada Ex.", UNSEARCHABLE)
    stage.org.merge(gone.id, there.id)
    block(stage, gone.id)
    stage.sync(written("one"))
    assert stage.texts(there.id) == ["one"]


def test_m11_l4_all_chats_of_the_number_go_one_way(stage):
    stranger = stage.org.add_lead("Ada Exampel", BEN)
    block(stage, stranger.id, can_be_saved=True)
    stage.sync(written("one"), written("two", title="Ada privat"))
    assert len(stage.org.created_leads) == 1
    assert sorted(stage.texts(stage.org.created_leads[0])) == ["one", "two"]


def test_m11_no_messages_of_others_wait_for_a_blocked_lead(stage):
    ben = stage.org.add_contact("Ben Beispiel", BEN)
    block(stage, stage.org.add_lead("Ada Exampel", CEM).id)
    stage.sync(written("one"), written("hi", title="Ben Beispiel", phone=BEN))
    assert stage.texts(ben.id) == ["hi"]
    assert stage.waiting() == {"Ada Example": 1}


@pytest.mark.parametrize("loss", [Loss.LATE, Loss.LOST_AFTER, Loss.LOST_BEFORE, Loss.NOT_SENT])
@pytest.mark.parametrize("after", [0, 1], ids=["the first creation", "the second creation"])
def test_m11_a_creation_whose_answer_is_lost_makes_one_lead(stage, loss, after):
    block(stage, stage.org.add_lead("Ada Exampel", BEN).id, can_be_saved=True)
    stage.org.fail_leads(loss, OFF, after=after)
    stage.sync(written("one"))
    stage.sync(written("one", "two"))
    stage.org.land()
    stage.now += timedelta(minutes=31)
    stage.sync()
    assert len(stage.org.created_leads) == 1
    assert sorted(stage.texts(stage.org.created_leads[0])) == ["one", "two"]


def test_m11_a_run_that_ends_anywhere_makes_one_lead(stage):
    stranger = stage.org.add_lead("Ada Exampel", BEN)
    block(stage, stranger.id, can_be_saved=True)
    steps = 0
    while stage.crash(steps, written("one")):
        steps += 1
        stage.sync()
        stage.now += timedelta(minutes=31)
    stage.now += timedelta(minutes=31)
    stage.sync()
    assert steps > 10
    assert len(stage.org.created_leads) == 1
    assert stage.texts(stranger.id) == []
    assert stage.texts() == ["one"]


# --- M13: the same name, and no number ---------------------------------------------------------


@pytest.mark.parametrize("kind", [RecordType.CONTACT, RecordType.LEAD])
def test_m13_wait_names_the_record_and_the_command(stage, kind):
    add = stage.org.add_contact if kind is RecordType.CONTACT else stage.org.add_lead
    there = add("Ada Example")
    chat = only_chat(stage.sync(written("one")))
    assert (chat.state, stage.org.created_leads) == (ChatState.WAITING, [])
    assert f"the {kind} Ada Example has this name and no number" in chat.reason
    assert f"https://memory.example.com/lightning/r/{kind}/{there.id}/view" in chat.reason
    assert f"wasf link {chat.id} {there.id}" in chat.hint


def test_m13_what_waits_is_logged_once_somebody_enters_the_number(stage):
    there = stage.org.add_lead("Ada Example")
    stage.sync(written("one"))
    stage.org.edit_lead(there.id, phones=(ADA,))
    stage.sync()
    assert stage.texts(there.id) == ["one"]


def test_m13_lead_makes_one_and_the_report_says_so(stage):
    there = stage.org.add_contact("Ada Example")
    report = stage.sync(written("one"), same_name=SameName.LEAD)
    assert (report.leads_created, stage.texts(there.id)) == (1, [])
    [note] = report.notes
    for word in ("Ada Example: a new Lead", "the Contact Ada Example", "no number", there.id):
        assert word in note


@pytest.mark.parametrize("kind", [RecordType.CONTACT, RecordType.LEAD])
def test_m13_use_logs_there_and_leaves_its_number_empty(stage, kind):
    add = stage.org.add_contact if kind is RecordType.CONTACT else stage.org.add_lead
    there = add("Ada Example")
    report = stage.sync(written("one"), same_name=SameName.USE)
    assert (report.leads_created, stage.texts(there.id)) == (0, ["one"])
    assert {**stage.org.contacts, **stage.org.leads}[there.id].phones == ()
    stage.sync(written("one", "two"))  # linked now, so the setting no longer matters
    assert stage.texts(there.id) == ["one", "two"]


def test_m13_use_never_takes_a_record_that_another_number_is_linked_to(stage):
    there = stage.org.add_contact("Ada Example")
    stage.sync(written("one"), same_name=SameName.USE)
    other = written("two", title="Ada 2", name="Ada Example", phone=CEM)
    report = stage.sync(other, same_name=SameName.USE)
    assert (report.leads_created, stage.texts(there.id)) == (1, ["one"])


# --- Tasks that are refused or lost ------------------------------------------------------------


def test_a_refused_task_waits_and_is_tried_again(stage):
    stage.ada()
    stage.org.refuse_next_tasks(1, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    report = stage.sync(written("one", "two"))
    chat = only_chat(report)
    assert (chat.counts.logged, chat.counts.waiting, report.refused) == (1, 1, 1)
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in chat.reason
    assert report.exit_code is ExitCode.REFUSED
    assert stage.sync().messages.logged == 1
    assert sorted(stage.texts()) == ["one", "two"]


def test_an_error_in_the_middle_tells_what_was_done_before_it(stage):
    stage.ada()
    stage.org.fail_batch(2, Loss.NOT_SENT, OFF)
    lines = [says(f"line {n}", n) for n in range(450)]
    report = stage.sync(written(*lines))
    assert report.exit_code is ExitCode.TRY_LATER
    assert (report.messages.logged, report.messages.waiting) == (200, 250)
    assert only_chat(report).reason == "the run ended before it was sent"
    report = stage.sync()
    assert (report.messages.logged, report.messages.read) == (250, 250)
    assert len(stage.texts()) == len(set(stage.texts())) == 450


def test_t5_parts_of_a_message_are_intended_together(stage):
    """198 short Tasks, then one of three parts: its parts must stay in one group."""
    stage.ada()
    lines = [says(f"line {n}", n) for n in range(198)] + [says("x" * 70_000, 300)]
    crashed_in = []
    steps = before = 0
    while stage.crash(steps, written(*lines)):
        counts = {
            len([i for i in stage.ledger.intents() if i.task.messages == task.messages])
            for task in [i.task for i in stage.ledger.intents()]
            if "part" in task.subject
        }
        if counts:
            crashed_in.append((before, counts))
            assert counts == {3}
        # What is intended already makes the next run shorter.
        intended = len(stage.ledger.intents())
        steps = 0 if intended > before else steps + 1
        before = intended
    assert crashed_in


def test_t5_a_part_that_is_there_is_not_sent_again(stage):
    stage.ada()
    stage.org.refuse_next_tasks(1, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    stage.sync(written("x" * 33_000))
    assert len(stage.org.tasks) == 1
    report = stage.sync()
    assert (report.messages.logged, report.tasks_created) == (1, 1)
    subjects = sorted(task.subject.rpartition(" (")[2] for task in stage.org.tasks.values())
    assert subjects == ["part 1/2)", "part 2/2)"]


# --- Windows of which some is in Salesforce and some is not -----------------------------------

HOURLY = {"frequency": timedelta(hours=1)}
WINDOW = {"first": 20_000, "second": 11_000, "third": 20_000, "fourth": 70_000, "fifth": 100}
"""What is said in one hour, by its first word, and how long that is: six Tasks."""


def a_window(*more: tuple[str, float]):
    said = [(f"{word} {'z' * size}", n) for n, (word, size) in enumerate(WINDOW.items(), start=1)]
    said = sorted([*said, *more], key=lambda one: one[1])
    return written(*(says(text, minute, author="") for text, minute in said), name="")


def said_in(stage, record: RecordId | None = None) -> Counter[str]:
    """How often each text is in the org, whole or in parts: by its first word, and its z's."""
    found: Counter[str] = Counter()
    for task in stage.org.tasks.values():
        if record in (None, task.who_id):
            blocks = task.description.split("\n\n")
            found.update(block.partition("\n")[2].split()[0].strip("z") for block in blocks)
            found["z"] += task.description.count("z")
    del found[""]
    return found


ALL = Counter(dict.fromkeys(WINDOW, 1) | {"z": sum(WINDOW.values())})
GROWTH = {"grows": ("new", 4.5), "grows in front": ("new", 0.5), "grows in between": ("new", 1.5)}


@pytest.mark.parametrize(
    "refused", one_in(2, [*({n} for n in range(6)), {0, 2, 4}, {1, 3, 5}, {2, 3}])
)
@pytest.mark.parametrize("then", [*GROWTH, "is cut anew", "is renamed"])
def test_t2_of_a_window_that_was_written_in_part_only_the_rest_is_written(stage, refused, then):
    ada = stage.ada()
    stage.org.refuse_next_tasks_at(refused, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    stage.sync(a_window(), **HOURLY)
    assert len(stage.org.tasks) == 6 - len(refused)
    kept = dict(stage.org.tasks)
    if then == "is renamed":
        stage.org.contacts[ada.id] = replace(ada, name="Ada " * 40)
    new = [GROWTH[then]] if then in GROWTH else []
    report = stage.sync(a_window(*new), **({} if then == "is cut anew" else HOURLY))
    assert report.messages.waiting == 0
    assert said_in(stage) == ALL + Counter(word for word, _ in new)
    assert kept.items() <= stage.org.tasks.items()


# --- T7: groups --------------------------------------------------------------------------------

GROUP = {
    "title": "Cargo bikes",
    "phone": None,
    "is_group": True,
    "participants": (
        Participant("Ada", ADA),
        Participant("Ben", BEN),
        Participant("Cem Deneme", None),
    ),
}
PARTICIPANTS = {"groups": Groups.PARTICIPANTS}


def test_t7_a_group_is_skipped_with_that_reason(stage):
    report = stage.sync(written("one", "two", **GROUP))
    chat = only_chat(report)
    assert (chat.state, chat.counts.skipped, chat.reason) == (ChatState.SKIPPED, 2, "a group chat")
    assert "groups participants" in chat.hint
    [known] = stage.ledger.chats()
    assert known.is_only_named


def test_t7_a_group_is_logged_for_each_participant_who_is_there(stage):
    ada, cem = stage.ada(), stage.org.add_lead("Cem Deneme", "555")
    report = stage.sync(written("one", **GROUP), **PARTICIPANTS)
    assert (stage.texts(ada.id), stage.texts(cem.id)) == (["one"], ["one"])
    assert (report.messages.logged, report.tasks_created, report.leads_created) == (1, 2, 0)


def test_t7_a_group_of_strangers_is_skipped_and_kept_nowhere(stage):
    report = stage.sync(written("one", **GROUP), **PARTICIPANTS)
    chat = only_chat(report)
    assert (chat.state, chat.counts.skipped, chat.counts.waiting) == (ChatState.SKIPPED, 1, 0)
    assert stage.waiting() == {}
    ada = stage.ada()
    stage.sync(written("one", **GROUP), **PARTICIPANTS)
    assert stage.texts(ada.id) == ["one"]


@pytest.mark.parametrize("others", [1, 2])
def test_t7_a_participant_who_is_gone_does_not_hold_up_the_others(stage, others):
    """Ada's Task is there, Ben's was refused; then Ben's Contact is deleted."""
    stage.ada()
    if others == 2:
        stage.org.add_contact("Cem Deneme", CEM)
    ben = stage.org.add_contact("Ben Beispiel", BEN)
    participants = (Participant("Ada", ADA), Participant("Cem", CEM), Participant("Ben", BEN))
    group = written("one", **GROUP | {"participants": participants})
    [refused] = [
        task.key for task in tasks_that_would_be_sent(stage, group) if task.who_id == ben.id
    ]
    stage.org.refuse_task(refused, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    stage.sync(group, **PARTICIPANTS)
    assert len(stage.org.tasks) == others
    stage.org.delete(ben.id)
    report = stage.sync(task_language=Language.GERMAN, **PARTICIPANTS)
    assert len(stage.org.tasks) == others
    assert (report.messages.logged, report.messages.waiting) == (1, 0)
    for task_id in stage.org.tasks:
        stage.org.touch_task(task_id)
    undone = stage.undo()
    assert (undone.tasks, list(undone.left)) == (others, []), "T11: they are as wasf wrote them"


@pytest.mark.parametrize("refused", [{0}, {1}, {0, 3}, {1, 2}])
@pytest.mark.parametrize("then", ["grows", "is cut anew", "one run is undone"])
def test_t7_what_one_participant_has_of_a_window_is_not_written_again(stage, refused, then):
    ada, ben = stage.ada(), stage.org.add_contact("Ben Beispiel", BEN)
    choices = PARTICIPANTS | HOURLY
    parts = [says("one", 0), says("two " + "z" * 20_000, 1), says("three " + "z" * 20_000, 2)]
    stage.org.refuse_next_tasks_at(refused, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    first = stage.sync(written(*parts, **GROUP), **choices)
    assert len(stage.org.tasks) == 4 - len(refused)
    if then == "is cut anew":
        choices = PARTICIPANTS
    if then == "one run is undone":
        stage.undo(first.run)
        parts += [says("again", 3)]
    found = written(*parts, says("four", 1.5), **GROUP)
    report = stage.sync(found, again=True, **choices)
    assert report.messages.waiting == 0
    expected = Counter({"one": 1, "two": 1, "three": 1, "four": 1, "z": 40_000})
    expected += Counter({"again": then == "one run is undone"})
    assert said_in(stage, ada.id) == said_in(stage, ben.id) == expected


def tasks_that_would_be_sent(stage, *found):
    """The Tasks of a run over a copy of the ledger and of the org."""
    from wasf.store.ledger import Ledger

    twin = MemoryOrg(stage.org.key_field)
    twin.contacts, twin.leads = dict(stage.org.contacts), dict(stage.org.leads)
    with Ledger.scratch(stage.path) as scratch:
        stage._run(twin, scratch, found, dict(PARTICIPANTS))
    return list(twin.tasks.values())


# --- What ends a run, and what does not --------------------------------------------------------


def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(stage):
    stage.ada()
    cut = written("lost", UnreadableFile("cut.txt is cut."), title="Cut", phone=BEN)
    report = stage.sync(
        Unreadable("picture.txt", UnreadableFile("It is a picture.")), cut, written("one")
    )
    assert [problem.origin for problem in report.problems] == ["picture.txt", "Cut.txt"]
    assert report.exit_code is ExitCode.BAD_DATA
    assert stage.texts() == ["one"]
    assert [known.chat.title for known in stage.ledger.chats()] == ["Ada Example"]


def test_a_missing_file_decides_the_exit_code(stage):
    report = stage.sync(Unreadable("gone.txt", MissingFile("gone.txt is not there.")))
    assert report.exit_code is ExitCode.NO_INPUT


def test_no_permission_keeps_everything_and_says_so(stage):
    stage.org.fail_reads(PermissionMissing("You may not create Tasks."))
    report = stage.sync(written("one"))
    assert report.exit_code is ExitCode.NO_PERMISSION
    assert (report.messages.waiting, report.messages.read) == (1, 1)
    assert stage.sync().messages.logged == 1


def test_a_stop_between_records_leaves_everything_saved(stage):
    stage.ada()
    lines = [says(f"line {n}", n) for n in range(450)]
    left = iter(range(4))

    def check_stop():
        if next(left, None) is None:
            raise Stopped("stopped")

    report = stage.sync(written(*lines), check_stop=check_stop)
    assert report.exit_code is ExitCode.INTERRUPTED
    assert 0 < report.messages.logged < 450
    assert report.messages.read == 450
    assert stage.sync().messages.logged == 450 - report.messages.logged
    assert len(set(stage.texts())) == len(stage.texts()) == 450


def test_a_stop_while_reading_takes_in_no_half_of_a_chat(stage):
    def check_stop():
        raise Stopped("stopped")

    report = stage.sync(written("one"), check_stop=check_stop)
    assert (report.exit_code, report.messages.read) == (ExitCode.INTERRUPTED, 0)
    assert not stage.ledger.chats()


def test_lines_that_were_not_understood_are_told_with_their_numbers(stage):
    stage.ada()
    odd = NotUnderstood(3, 5, "no date")
    report = stage.sync(written(SystemLine(), says("one"), odd, SystemLine()))
    chat = only_chat(report)
    assert (chat.lines, chat.unread_lines, chat.counts.read) == ((odd,), 3, 1)


def test_the_run_is_remembered(stage):
    stage.ada()
    report = stage.sync(written("one", "two"))
    run = stage.ledger.last_run()
    assert (run.id, run.started_at, run.finished_at, run.logged) == (
        report.run,
        stage.now,
        stage.now,
        2,
    )


def test_a_run_that_reads_no_source_does_not_say_that_it_did(stage):
    from wasf.commands.status import read_status

    stage.sync(written("one"), create_leads=False)
    read_at = stage.now
    stage.now += timedelta(days=3)
    stage.sync(create_leads=False)
    assert read_status(stage.ledger, "", "", stage.policy).synced == (("export", read_at),)


def test_a_chat_is_read_with_what_is_known_of_it(stage):
    """The second file shows no number; the first one did."""
    ada = stage.ada()
    stage.sync(written("one"))
    stage.ledger.link(stage.ledger.chats()[0].chat.id, None)
    stage.sync(written("one", "two", phone=None))
    assert stage.texts(ada.id) == ["one", "two"]


def test_a_link_by_hand_counts_without_a_number(stage):
    ben = stage.org.add_contact("Somebody Else", BEN)
    stage.sync(written("one", phone=None), create_leads=False)
    chat = stage.ledger.chats()[0].chat
    stage.ledger.link(chat.id, Link(RecordType.CONTACT, ben.id, by_hand=True))
    stage.sync()
    assert stage.texts(ben.id) == ["one"]
