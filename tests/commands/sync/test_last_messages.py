"""Leads and Contacts tell of the last messages (`report.fields`), whatever cuts a run off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes import Loss, MemoryOrg
from tests.fakes_sources import START, says, written
from wasf.core.chats import NO_MESSAGES, LastMessages
from wasf.core.policy import Groups, GroupWrite
from wasf.core.records import RecordType

ON = {"report_fields": True}
DAILY = {"frequency": timedelta(days=1)}
QUARANTINE_OVER = timedelta(hours=1)


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def minute(number):
    return START + timedelta(minutes=number)


def told(them=None, us=None, unanswered=None):
    times = (them, us, unanswered)
    return LastMessages(*(None if one is None else minute(one) for one in times))


def ours(number):
    return says("ours", number, author="Sam", outgoing=True)


def test_they_are_written_with_the_messages_and_only_where_they_change(stage):
    ada = stage.ada()
    report = stage.sync(written("one", "two"), **ON)
    assert stage.org.last == {ada.id: told(them=1, unanswered=0)}
    assert report.notes == ("report.fields changes the last messages of 1 record",)
    stage.sync(written("one", "two", ours(2)), **ON)
    assert stage.org.last == {ada.id: told(them=1, us=2)}
    stage.org.calls.clear()
    assert stage.sync(written("one", "two", ours(2)), **ON).notes == ()
    assert stage.org.calls == []


def test_without_the_setting_nothing_is_read_and_nothing_written(stage):
    stage.ada()
    stage.sync(written("one"))
    stage.sync(written("one", "two"))
    assert {"read_fields", "write_fields"}.isdisjoint(stage.org.calls)
    assert stage.ledger.reported_records.candidates() == {}


def test_a_first_sync_with_the_setting_fills_what_was_logged_before(stage):
    ada = stage.ada()
    stage.sync(written("one"))
    stage.sync(**ON)
    assert stage.org.last == {ada.id: told(them=0, unanswered=0)}
    stage.sync(written("one", ours(1)))
    stage.sync(**ON)
    assert stage.org.last == {ada.id: told(them=0, us=1)}, "it was off in between"


def test_what_the_record_tells_already_is_not_written(stage):
    ada = stage.ada()
    stage.org.last[ada.id] = told(them=0, unanswered=0)
    stage.sync(written("one"), **ON)
    assert "write_fields" not in stage.org.calls
    assert not stage.ledger.reported_records.has_due


def test_a_new_lead_gets_them(stage):
    stage.sync(written("one", phone=ADA), **ON)
    [lead] = stage.org.leads
    assert stage.org.last == {lead: told(them=0, unanswered=0)}


def test_a_message_whose_window_is_open_counts_at_once(stage):
    ada = stage.ada()
    stage.now = START + timedelta(minutes=1)
    stage.sync(written("one"), **ON, **DAILY, group_write=GroupWrite.OPEN)
    stage.sync(written("one", ours(3)), **ON, **DAILY)
    assert stage.waiting() == {"Ada Example": 1}
    assert stage.org.last == {ada.id: told(them=0, us=3)}
    stage.org.calls.clear()
    stage.sync(**ON, **DAILY)
    assert stage.org.calls == []


def test_of_two_chats_of_one_record_the_longer_wait_counts(stage):
    ada = stage.ada()
    stage.sync(written("one", phone=ADA, whatsapp_account="A"), **ON)
    stage.sync(written(says("x", 3), ours(4), phone=ADA, whatsapp_account="B"), **ON)
    assert len(stage.ledger.chats()) == 2
    assert stage.org.last == {ada.id: told(them=3, us=4, unanswered=0)}


def test_a_group_tells_nothing_of_a_person(stage):
    stage.ada()
    group = written("one", title="Project", phone=None, is_group=True)
    stage.sync(group, groups=Groups.PARTICIPANTS, **ON)
    assert stage.org.last == {}


def test_w4_a_dry_run_tells_it_and_writes_nothing(stage):
    stage.ada()
    report = stage.dry_run(written("one"), written("two", title="Ben", phone=BEN), **ON)
    assert "report.fields changes the last messages of 2 records" in report.notes
    assert (stage.org.last, stage.org.tasks) == ({}, {})
    assert not stage.ledger.reported_records.has_due


# --- Refusals, records that are gone -----------------------------------------------------------


def test_a_refusal_is_told_once_and_tried_again_with_the_next_message(stage):
    ada = stage.ada()
    stage.org.refuses_fields = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    report = stage.sync(written("one"), **ON)
    assert report.messages.logged == 1
    [note] = report.notes
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION; of 1 record" in note
    stage.org.calls.clear()
    stage.sync(**ON)
    assert stage.org.calls == []
    stage.org.refuses_fields = ""
    stage.sync(written("one", "two"), **ON)
    assert stage.org.last == {ada.id: told(them=1, unanswered=0)}


def test_a_record_under_a_lock_is_tried_again_at_the_next_sync(stage):
    ada = stage.ada()
    stage.org.refuses_fields = "UNABLE_TO_LOCK_ROW"
    stage.sync(written("one"), **ON)
    stage.org.refuses_fields = ""
    stage.sync(**ON)
    assert stage.org.last == {ada.id: told(them=0, unanswered=0)}


def test_a_deleted_record_is_forgotten(stage):
    ada = stage.ada()
    stage.sync(written("one"))
    stage.org.delete(ada.id)
    stage.sync(**ON)
    assert not stage.ledger.reported_records.has_due


def test_m7_a_converted_lead_is_not_written_to_and_its_contact_is(stage):
    stage.sync(written("one", phone=ADA), **ON)
    [lead] = stage.org.leads
    contact = stage.org.convert_lead(lead)
    stage.sync(written("one", "two", phone=ADA), **ON)
    assert stage.org.last[lead] == told(them=0, unanswered=0)
    assert stage.org.last[contact.id] == told(them=1, unanswered=0)


# --- What other commands do --------------------------------------------------------------------


def test_x1_a_chat_that_goes_to_another_record_takes_them_along(stage):
    ada, ben = stage.ada(), stage.org.add_contact("Ben Beispiel")
    stage.sync(written("one"), **ON)
    stage.link("Ada Example", ben.id)
    stage.sync(**ON)
    assert stage.org.last == {ada.id: NO_MESSAGES, ben.id: told(them=0, unanswered=0)}


def test_m10_an_unlinked_chat_leaves_nothing(stage):
    ada = stage.ada()
    stage.sync(written("one"), **ON)
    [known] = stage.ledger.chats()
    stage.ledger.unlink(known.chat.id)
    stage.sync(**ON)
    assert stage.org.last == {ada.id: NO_MESSAGES}


def test_w5_after_an_undo_they_tell_what_is_left(stage):
    ada = stage.ada()
    stage.sync(written("one"), **ON)
    stage.sync(written("one", ours(1)), **ON)
    stage.undo()
    stage.sync(**ON)
    assert stage.org.last == {ada.id: told(them=0, unanswered=0)}


@pytest.mark.parametrize("edits", [False, True], ids=["untouched", "somebody edits"])
@pytest.mark.parametrize("times", [1, 2])
def test_w5_undo_deletes_a_lead_that_nobody_but_wasf_touched(stage, times, edits):
    stage.sync(written("one", phone=ADA), **ON)
    [run] = stage.ledger.runs()
    [lead] = stage.org.leads
    stage.sync(written(*["one", "two", "three"][: times + 1], phone=ADA), **ON)
    later = stage.ledger.runs()[-1]
    if edits:
        stage.org.edit_lead(lead, description="A person's")
    stage.undo(later)
    report = stage.undo(run)
    assert (report.leads, lead in stage.org.leads) == ((0, True) if edits else (1, False))


def test_w5_what_a_person_edited_before_wasf_wrote_the_fields_stays(stage):
    stage.sync(written("one", phone=ADA), **ON)
    [run] = stage.ledger.runs()
    [lead] = stage.org.leads
    stage.org.edit_lead(lead, description="A person's")
    stage.sync(written("one", "two", phone=ADA), **ON)
    assert stage.org.last[lead] == told(them=1, unanswered=0)
    stage.undo(stage.ledger.runs()[-1])
    assert stage.undo(run).leads == 0
    assert lead in stage.org.leads


def test_w5_an_edit_between_the_look_and_the_write_wins(stage):
    stage.sync(written("one", phone=ADA), **ON)
    [lead] = stage.org.leads
    look = stage.org.read_fields

    def and_somebody_edits(asked):
        found = look(asked)
        stage.org.edit_lead(lead, description="A person's")
        at = found[0].modified.at + timedelta(seconds=1)
        stage.org.leads[lead] = replace(stage.org.leads[lead], modified_at=at)
        return found

    stage.org.read_fields = and_somebody_edits
    stage.sync(written("one", "two", phone=ADA), **ON)
    assert stage.org.last[lead] == told(them=0, unanswered=0)
    stage.org.read_fields = look
    stage.sync(**ON)
    assert stage.org.last[lead] == told(them=1, unanswered=0)


def test_a_forgotten_persons_record_is_not_known_any_more(stage):
    ada = stage.ada()
    stage.sync(written("one", phone=ADA), **ON)
    [known] = stage.ledger.chats()
    stage.ledger.forget(ADA, [known.chat])
    assert stage.ledger.reported_records.written([ada.id]) == {}
    before = dict(stage.org.last)
    stage.sync(written("one", "two", phone=ADA), **ON)
    assert stage.org.last == before


# --- Lost answers, kills -----------------------------------------------------------------------


def end_well(stage, record):
    for _ in range(3):
        stage.now += QUARANTINE_OVER
        stage.sync(written("one", "two", ours(2)), **ON)
    assert stage.org.last[record] == told(them=1, us=2)
    assert not stage.ledger.reported_records.has_due
    stage.org.calls.clear()
    stage.sync(**ON)
    assert stage.org.calls == []


@pytest.mark.parametrize("loss", Loss)
def test_answers_are_lost(stage, loss):
    ada = stage.ada()
    stage.org.fail_fields(loss)
    report = stage.sync(written("one", "two"), **ON)
    assert (report.messages.logged, report.error is not None) == (2, True)
    stage.now += timedelta(minutes=1)
    stage.sync(written("one", "two", ours(2)), **ON)
    stage.org.land()
    end_well(stage, ada.id)


def test_a_kill_at_any_step_leaves_them_right_in_the_end(tmp_path):
    for steps in range(200):
        stage = Stage(tmp_path / str(steps), MemoryOrg())
        stage.sync(written("one", phone=ADA), **ON)
        [lead] = stage.org.leads
        was_killed = stage.crash(steps, written("one", "two", ours(2), phone=ADA), **ON)
        stage.reopen()
        stage.sync(written("one", "two", ours(2), phone=ADA), **ON)
        end_well(stage, lead)
        assert [link.record_type for link in _links(stage)] == [RecordType.LEAD]
        stage.close()
        if not was_killed:
            break
    assert steps > 20


def _links(stage):
    return [known.link for known in stage.ledger.chats() if known.link]
