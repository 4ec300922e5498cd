"""New messages of known people are logged without asking; what contradicts that is met at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage, only_chat
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss, MemoryOrg
from tests.fakes_sources import says, written
from wasf.commands.sync import ChatState, OrgMemory
from wasf.errors import ApiLimitReached, PermissionMissing, Stopped, Unreachable

ASKS = OrgMemory("mark", is_used=False)
KNOWS = OrgMemory("mark", is_used=True)
READS = {"facts", "people", "lead_states"}


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def reads(stage: Stage, *found, memory: OrgMemory | None = KNOWS, **choices) -> list[str]:
    """Which questions a run asked."""
    before = len(stage.org.calls)
    stage.report = stage.sync(*found, memory=memory, **choices)
    return [call for call in stage.org.calls[before:] if call in READS]


def test_a_known_contact_is_not_asked_for_again(stage):
    ada = stage.ada()
    assert reads(stage, written("one"), memory=ASKS) == ["facts", "people"]
    assert reads(stage, written("one", "two")) == []
    assert reads(stage, written("one", "two", "three")) == []
    assert stage.texts(ada.id) == ["one", "two", "three"]
    assert not stage.waiting()


def test_the_same_tasks_are_written_with_and_without_asking(tmp_path):
    def descriptions(folder, memory):
        stage = Stage(folder)
        stage.org.add_contact("Grace Example", ADA)
        for number in (1, 2):
            texts = ["one", "two"][:number]
            stage.sync(written(*texts, title=ADA, name=""), memory=memory)
        stage.close()
        return [(one.subject, one.description) for one in stage.org.tasks.values()]

    known = descriptions(tmp_path / "known", KNOWS)
    assert known == descriptions(tmp_path / "asked", None)
    assert len(known) == 2


@pytest.mark.parametrize(
    ("later", "asked"),
    [
        pytest.param(timedelta(minutes=59), [], id="within the hour"),
        pytest.param(timedelta(minutes=61), ["facts", "people"], id="after it"),
    ],
)
def test_what_is_known_is_known_for_a_time(stage, later, asked):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.now += later
    assert reads(stage, written("one", "two")) == asked


@pytest.mark.parametrize(
    ("memory", "choices"),
    [
        pytest.param(None, {}, id="an ordinary sync"),
        pytest.param(ASKS, {}, id="a round that reads everything"),
        pytest.param(OrgMemory("other", is_used=True), {}, id="other settings"),
    ],
)
def test_otherwise_it_is_asked(stage, memory, choices):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    assert reads(stage, written("one", "two"), memory=memory, **choices) == ["facts", "people"]


def test_the_record_tells_of_the_last_messages(stage):
    ada = stage.ada()
    reads(stage, written("one"), memory=ASKS, report_fields=True)
    before = stage.org.last[ada.id]
    assert reads(stage, written("one", "two"), report_fields=True) == []
    assert stage.org.last[ada.id].from_them > before.from_them


def test_the_task_that_asks_for_an_answer_is_closed(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.now += timedelta(hours=25)
    stage.sync(report_task=timedelta(hours=24))
    reads(stage, written("one", says("two", 60)), memory=ASKS, report_task=timedelta(hours=24))
    answered = written("one", says("two", 60), says("ours", 120, author="Sam", outgoing=True))
    reads(stage, answered, report_task=timedelta(hours=24))
    asking = [t for t in stage.org.tasks.values() if t.subject.startswith("Answer")]
    assert [task.status for task in asking] == ["Completed"]


def test_an_ordinary_sync_remembers_nothing(stage):
    stage.ada()
    reads(stage, written("one"), memory=None)
    assert reads(stage, written("one", "two")) == ["facts", "people"]


def test_somebody_unknown_is_asked_for(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.org.add_contact("Ben Example", BEN)
    ben = written("hello", title="Ben Example", phone=BEN)
    assert reads(stage, written("one", "two"), ben) == ["facts", "people"]
    assert sorted(stage.texts()) == ["hello", "one", "two"]


def test_owners_of_several_chats_stay_known(stage):
    users = [stage.org.add_user(f"{name}@example.com") for name in ("sam", "kim")]
    stage.ada()
    stage.org.add_contact("Ben Example", BEN)

    def ada(*texts):
        return written(*texts, owner_email="sam@example.com")

    def ben(*texts):
        return written(*texts, title="Ben Example", phone=BEN, owner_email="kim@example.com")

    reads(stage, ada("one"), memory=ASKS)
    assert reads(stage, ben("one")) == ["facts", "people"]
    assert reads(stage, ada("one", "two")) == reads(stage, ben("one", "two")) == []
    assert [one.owner_id for one in stage.org.tasks.values()] == [one.id for one in users] * 2


def test_a_merged_contact_is_met_at_once(stage):
    ada, other = stage.ada(), stage.org.add_contact("Ada B Example", "+447700900999")
    reads(stage, written("one"), memory=ASKS)
    stage.org.merge(ada.id, other.id)
    assert reads(stage, written("one", "two")) == ["facts", "people"]
    assert stage.texts(other.id) == ["two"]
    assert stage.report.refused == 0
    assert only_chat(stage.report).state is ChatState.LOGGED
    assert reads(stage, written("one", "two", "three")) == []


@pytest.mark.parametrize("is_lead", [False, True], ids=["Contact", "Lead"])
def test_m10_a_deleted_record_is_searched_for_again(stage, is_lead):
    add = stage.org.add_lead if is_lead else stage.org.add_contact
    first = add("Ada Example", ADA)
    reads(stage, written("one"), memory=ASKS)
    second = add("Ada Example", ADA)
    stage.org.delete(first.id)
    assert reads(stage, written("one", "two"))[-2:] == ["facts", "people"]
    assert stage.texts(second.id) == ["two"]
    assert (stage.report.refused, stage.waiting()) == (0, {})


def test_a_deleted_record_that_nobody_follows_becomes_a_new_lead(stage):
    ada = stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.org.delete(ada.id)
    assert reads(stage, written("one", "two")) == ["facts", "people"]
    [lead] = stage.org.created_leads
    assert stage.texts(lead) == ["two"]
    assert reads(stage, written("one", "two", "three")) == ["lead_states"]
    assert stage.texts(lead) == ["two", "three"]


def test_of_several_people_only_the_contradicted_one_moves(stage):
    ada, other = stage.ada(), stage.org.add_contact("Ada B Example", "+447700900999")
    ben = stage.org.add_contact("Ben Example", BEN)

    def bens(*texts):
        return written(*texts, title="Ben Example", phone=BEN)

    reads(stage, written("one"), bens("hi"), memory=ASKS)
    stage.org.merge(ada.id, other.id)
    assert reads(stage, written("one", "two"), bens("hi", "ho")) == ["facts", "people"]
    assert stage.texts(other.id) == ["two"]
    assert stage.texts(ben.id) == ["hi", "ho"]
    assert (stage.report.refused, stage.waiting()) == (0, {})


@pytest.mark.parametrize("key_field", [UNIQUE_KEY, FALLBACK_KEY])
@pytest.mark.parametrize("loss", [Loss.LOST_BEFORE, Loss.LOST_AFTER])
def test_an_answer_that_was_lost_before_a_merge_is_logged_once(tmp_path, key_field, loss):
    stage = Stage(tmp_path, MemoryOrg(key_field))
    ada, other = stage.ada(), stage.org.add_contact("Ada B Example", "+447700900999")
    reads(stage, written("one"), memory=ASKS)
    stage.org.fail_batch(stage.org.next_batch, loss, Unreachable("No answer."))
    assert reads(stage, written("one", "two")) == []
    stage.org.merge(ada.id, other.id)
    for _ in range(3):
        stage.now += timedelta(hours=1)
        reads(stage, written("one", "two"))
    assert stage.texts() == ["one", "two"]
    assert not stage.waiting()
    stage.close()


def test_a_link_by_hand_counts_at_once(stage):
    stage.ada()
    ben = stage.org.add_contact("Ben Example", BEN)
    reads(stage, written("one"), memory=ASKS)
    [chat] = stage.ledger.chats()
    stage.link(chat.chat.id, ben.id, move=False)
    reads(stage, written("one", "two"))
    assert stage.texts(ben.id) == ["two"]


def test_an_owner_who_left_is_met_at_once(stage):
    sam = stage.org.add_user("sam@example.com")
    stage.ada()

    def ada(*texts):
        return written(*texts, owner_email="sam@example.com")

    reads(stage, ada("one"), memory=ASKS)
    stage.org.users[sam.id] = replace(sam, is_active=False)
    stage.org.refuse_next_tasks(1, "INACTIVE_OWNER_OR_USER")
    assert reads(stage, ada("one", "two")) == ["facts", "people"]
    owners = [one.owner_id for one in stage.org.tasks.values()]
    assert owners == [sam.id, stage.org.user_id]


def test_a_refusal_is_reported_as_ever_and_nothing_is_known_then(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.org.refuse_next_tasks(2, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert reads(stage, written("one", "two")) == ["facts", "people"]
    assert (stage.report.refused, stage.report.messages.waiting) == (1, 1)
    assert reads(stage, written("one", "two", "three")) == ["facts", "people"]
    assert stage.texts() == ["one", "two", "three"]


def test_an_error_that_what_is_known_may_have_caused_is_asked_about_at_once(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.org.fail_batch(stage.org.next_batch, Loss.NOT_SENT, PermissionMissing("No Tasks."))
    assert reads(stage, written("one", "two")) == ["facts", "people"]
    assert stage.report.error is None
    assert stage.texts() == ["one", "two"]


def test_an_error_that_stays_is_told_and_nothing_is_known_then(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    for later in range(2):
        number = stage.org.next_batch + later
        stage.org.fail_batch(number, Loss.NOT_SENT, PermissionMissing("No Tasks."))
    assert reads(stage, written("one", "two")) == ["facts", "people"]
    assert isinstance(stage.report.error, PermissionMissing)
    assert reads(stage, written("one", "two", "three")) == ["facts", "people"]
    assert stage.texts() == ["one", "two", "three"]


@pytest.mark.parametrize("error", [Unreachable("Gone."), ApiLimitReached("None left.")])
def test_an_error_that_passes_contradicts_nothing(stage, error):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.org.fail_batch(stage.org.next_batch, Loss.NOT_SENT, error)
    assert reads(stage, written("one", "two")) == []
    assert stage.report.error is error
    assert reads(stage, written("one", "two")) == []
    assert stage.texts() == ["one", "two"]


def test_a_stop_is_a_stop(stage):
    def stop():
        raise Stopped("Ctrl-C")

    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    assert reads(stage, written("one", "two"), check_stop=stop) == []
    assert isinstance(stage.report.error, Stopped)
    assert reads(stage, written("one", "two")) == []
    assert stage.texts() == ["one", "two"]


def test_an_open_lead_is_looked_at_first(stage):
    lead = stage.org.add_lead("Ada Example", ADA)
    reads(stage, written("one"), memory=ASKS)
    assert reads(stage, written("one", "two")) == ["lead_states"]
    assert reads(stage, written("one", "two", "three")) == ["lead_states"]
    assert stage.texts(lead.id) == ["one", "two", "three"]
    assert stage.org.leads[lead.id].status == lead.status


def test_a_lead_that_could_not_be_read_is_asked_for_at_once(stage):
    stage.org.add_lead("Ada Example", ADA)
    reads(stage, written("one"), memory=ASKS)
    stage.org.fail_reads(PermissionMissing("No Leads."))
    assert reads(stage, written("one", "two")) == ["lead_states", "facts", "people"]
    assert stage.report.error is None
    assert stage.texts() == ["one", "two"]


def test_m5_a_lead_that_was_closed_just_now_is_reopened(stage):
    lead = stage.org.add_lead("Ada Example", ADA)
    reads(stage, written("one"), memory=ASKS)
    stage.org.edit_lead(lead.id, status="Closed - Not Converted")
    assert reads(stage, written("one", "two")) == ["lead_states", "facts", "people"]
    assert stage.texts(lead.id) == ["one", "two"]
    assert stage.org.leads[lead.id].status == lead.status
    assert stage.report.leads_reopened == 1


def test_m7_a_converted_lead_is_followed(stage):
    lead = stage.org.add_lead("Ada Example", ADA)
    reads(stage, written("one"), memory=ASKS)
    contact = stage.org.convert_lead(lead.id)
    assert reads(stage, written("one", "two")) == ["lead_states", "facts", "people"]
    assert stage.texts(contact.id)[-1:] == ["two"]
    assert reads(stage, written("one", "two", "three")) == []
    assert stage.texts(contact.id)[-1:] == ["three"]


@pytest.mark.gate
@pytest.mark.parametrize("key_field", [UNIQUE_KEY, FALLBACK_KEY])
def test_a_run_that_ends_at_any_step_loses_and_doubles_nothing(tmp_path, key_field):
    for steps in range(60):
        stage = Stage(tmp_path / str(steps), MemoryOrg(key_field))
        stage.ada()
        stage.sync(written("one"), memory=ASKS)
        ended = stage.crash(steps, written("one", "two"), memory=KNOWS)
        stage.org.land()
        stage.now += timedelta(hours=1)
        stage.sync(written("one", "two"))
        assert stage.texts() == ["one", "two"], f"ended at step {steps}"
        stage.close()
        if not ended:
            assert steps > 10
            return
    pytest.fail("the sync never came to its end")


def test_what_waits_is_left_to_a_run_that_asks(stage):
    stage.ada()
    policy = {"create_leads": False}
    ben = written("hello", title="Ben Example", phone=BEN)
    reads(stage, written("one"), ben, memory=ASKS, **policy)
    assert reads(stage, written("one", "two"), **policy) == []
    waiting = [one for one in stage.report.chats if one.state is ChatState.WAITING]
    reasons = [one.reason for one in waiting] or [
        one.reason for one in stage.ledger.search.waiting()
    ]
    assert reasons == ["no Contact or Lead has its number, and new Leads are switched off"]
    assert reads(stage, memory=ASKS, **policy) == ["facts", "people"]


def test_another_key_field_is_met(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    stage.ledger.facts.save_key_field(FALLBACK_KEY)
    assert reads(stage, written("one", "two")) == ["facts", "people"]


def test_a_dry_run_asks(stage):
    stage.ada()
    reads(stage, written("one"), memory=ASKS)
    before = len(stage.org.calls)
    stage.dry_run(written("one", "two"), memory=KNOWS)
    assert [call for call in stage.org.calls[before:] if call in READS] == ["facts", "people"]
