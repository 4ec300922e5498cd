"""What the ledger promises, whatever holds its tables: a class with a `ledger` fixture runs it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.ledger.builders import (
    ADA,
    ADA_PHONE,
    BEN,
    NOON,
    arrival,
    chat,
    key,
    message,
    place,
    record,
    states,
    task,
)
from wasf.core.auth import UserId
from wasf.core.bulk_jobs import JobState, JobStatus, JobStep
from wasf.core.chats import Attachment, ChatId, Direction, MessageKind, Participant, Phone
from wasf.core.coverage import ChatProfile, CoverageRange
from wasf.core.fields import DescribedField, FilledField
from wasf.core.keys import content_digest, content_of, with_keys
from wasf.core.records import LeadStatus, Link, Place, RecordType, TaskKey, TaskStatus, User
from wasf.core.refusals import RecordRefusal
from wasf.core.runs import CallsMade
from wasf.core.templates import Placeholder, Template
from wasf.interfaces import (
    ApiUsage,
    KeyField,
    OrgFacts,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskRefused,
)
from wasf.store.ledger import KnownFacts, Ledger, MessageState, PendingFile

ORG_FACTS = OrgFacts(
    user_id=UserId("005000000000001AAA"),
    key_field=KeyField("Key__c", is_unique=True),
    users=(User(UserId("005000000000002AAA"), "owner@example.com", "o@example.com"),),
    lead_statuses=(LeadStatus("Open", "Offen", is_default=True), LeadStatus("Closed", "Closed")),
    task_statuses=(TaskStatus("Completed", is_closed=True),),
    can_create_leads=False,
    task_fields=(
        FilledField(
            DescribedField("Type", "picklist", choices=("Call", "direction"), is_restricted=True),
            Template(("direction", Placeholder.DIRECTION)),
        ),
    ),
    lead_fields=(FilledField(DescribedField("Rank__c", "double", scale=2), Template(("1",))),),
    lacks_lead_source=True,
    can_relate=True,
    private=(RecordType.LEAD,),
    can_date=True,
)
"""Facts with a value of each kind, and a text that reads like a placeholder."""

NEW, QUEUED, INTENDED, LOGGED, _ = MessageState


def texts(ledger: Ledger, chat_id=ADA) -> list[str]:
    return [message.text for _, message in ledger.queued(chat_id)]


def state(ledger: Ledger, name: str) -> MessageState:
    return states(ledger, [key(name)])[0]


def logged(it) -> TaskLogged:
    return TaskLogged(it.key, record("00T", it.key[:8]))


def refused(it) -> TaskRefused:
    return TaskRefused(it.key, RecordRefusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", ("Subject",)))


def not_sent(it) -> TaskNotSent:
    return TaskNotSent(it.key)


def in_doubt(it) -> TaskInDoubt:
    return TaskInDoubt(it.key)


class Failure(Exception):
    """Something that goes wrong inside a transaction."""


def undo(ledger: Ledger, *steps: Callable[[], object]) -> None:
    """Do the steps in a transaction that raises at its end."""

    def run() -> None:
        with ledger.transaction():
            for step in steps:
                step()
            raise Failure

    with pytest.raises(Failure):
        run()


class LedgerContract:
    """The promises of `Ledger`."""

    @pytest.fixture
    def with_ada(self, ledger: Ledger) -> Ledger:
        ledger.save_chat(chat(ADA))
        ledger.save_chat(chat(BEN))
        ledger.enqueue(ADA, [arrival("a", 0), arrival("b", 1), arrival("c", 2)])
        return ledger

    # Chats

    def test_a_new_ledger_is_empty(self, ledger):
        assert list(ledger.chats()) == []
        assert list(ledger.intents()) == []
        assert list(ledger.pending_files()) == []
        assert dict(ledger.lead_intents()) == {}
        assert ledger.last_run() is None

    def test_chats_come_back_whole_in_the_order_they_were_first_seen(self, ledger):
        group = chat(
            BEN,
            title="Frühling \ud83d 🌷",
            is_group=True,
            phone=ADA_PHONE,
            url="https://wa.me/491713920012",
            whatsapp_account="Sales",
            participants=(Participant("~ Cem", None), Participant("Ada", ADA_PHONE)),
        )
        ledger.save_chat(group)
        ledger.save_chat(chat(ADA))
        assert [known.chat for known in ledger.chats()] == [group, chat(ADA)]

    def test_saving_a_chat_again_replaces_facts_but_neither_link_nor_queue(self, with_ada):
        link = Link(RecordType.LEAD, record("00Q", "Ada"))
        with_ada.link(ADA, link)
        with_ada.wait(ADA, "no Lead", "create one")
        with_ada.save_chat(chat(ADA, name="Ada Example"))
        known = with_ada.chats()[0]
        assert known.chat == chat(ADA, name="Ada Example")
        assert (known.link, known.queued, known.reason) == (link, 3, "no Lead")

    @pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "by itself"])
    def test_a_link_is_remembered_until_it_is_forgotten(self, with_ada, by_hand):
        link = Link(RecordType.CONTACT, record("003", "Ada"), by_hand)
        with_ada.link(ADA, link)
        assert [known.link for known in with_ada.chats()] == [link, None]
        with_ada.link(ADA, None)
        assert [known.link for known in with_ada.chats()] == [None, None]

    def test_unlinked_is_remembered_until_a_record_is_named(self, with_ada):
        lead = Link(RecordType.LEAD, record("00Q", "Ada"))
        with_ada.link(ADA, lead)
        with_ada.unlink(ADA)
        assert [(k.link, k.unlinked) for k in with_ada.chats()] == [(None, True), (None, False)]
        with_ada.link(ADA, None)
        with_ada.save_chat(chat(ADA, title="Ada Example"))
        assert with_ada.chats()[0].unlinked
        with_ada.link(ADA, lead._replace(by_hand=True))
        assert not with_ada.chats()[0].unlinked

    def test_a_reason_stands_while_something_waits(self, with_ada):
        with_ada.wait(ADA, "nobody has this number", "create a Lead")
        waiting = with_ada.chats()[0]
        assert (waiting.reason, waiting.hint) == ("nobody has this number", "create a Lead")
        with_ada.drop([key("a"), key("b"), key("c")])
        assert (with_ada.chats()[0].reason, with_ada.chats()[0].hint) == ("", "")

    def test_a_reason_can_be_removed(self, with_ada):
        with_ada.wait(ADA, "nobody has this number", "create a Lead")
        with_ada.wait(ADA, "", "")
        assert with_ada.chats()[0].reason == ""

    def test_what_names_a_chat_never_saved_is_a_bug(self, ledger):
        with pytest.raises(LookupError):
            ledger.enqueue(ADA, [arrival("a")])

    # Messages

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(message("plain"), id="plain"),
            pytest.param(message("\ud83d half \0 of a pair \U0001f469‍\U0001f467"), id="odd text"),
            pytest.param(message("", direction=Direction.OUTGOING), id="outgoing, empty"),
            pytest.param(message("x" * 70_000), id="long"),
            pytest.param(message("x", minute=-30_000_000), id="before 1970"),
            pytest.param(message("x", minute=1 / 3e6), id="a fraction of a second"),
            pytest.param(message("x", native_id="wamid.1", author="~\u202aBen"), id="native id"),
            pytest.param(
                message("x", attachment=Attachment("IMG-1.jpg", "/a/b.zip", "IMG-1.jpg")), id="file"
            ),
            *[pytest.param(message("x", kind=kind), id=kind) for kind in MessageKind],
        ],
    )
    def test_a_queued_message_comes_back_to_the_letter(self, ledger, given):
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("a")._replace(message=given)])
        [(_, found)] = ledger.queued(ADA)
        file = given.attachment and given.attachment.on(ledger.machine)
        assert found == given._replace(attachment=file)
        assert found.sent_at.utcoffset() == timedelta(0)

    def test_the_queue_is_by_time_then_as_messages_arrived(self, ledger):
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("late", 9), arrival("z", 5), arrival("y", 5)])
        ledger.enqueue(ADA, [arrival("a", 5), arrival("early", 1)])
        order = ["early", "z", "y", "a", "late"]
        assert texts(ledger) == [f"text of {name}" for name in order]

    def test_queues_of_chats_are_apart(self, with_ada):
        with_ada.enqueue(BEN, [arrival("d")])
        assert texts(with_ada, BEN) == ["text of d"]
        assert [known.queued for known in with_ada.chats()] == [3, 1]

    def test_known_messages_are_left_as_they_are(self, with_ada):
        first = task("a")
        with_ada.record_intent([ADA], [first], NOON)
        with_ada.resolve([logged(first)])
        with_ada.record_intent([ADA], [task("b")], NOON)
        again = [arrival(name, at, text="other") for at, name in enumerate("abcd")]
        again.append(arrival("d", 3, text="the same key once more"))
        with_ada.enqueue(ADA, again)
        assert texts(with_ada, ADA) == ["text of c", "other"]
        expected = [LOGGED, INTENDED, QUEUED, QUEUED, QUEUED]
        assert states(with_ada, [k for k, _ in again]) == expected
        assert with_ada.message_states(ADA, with_keys(again)) == expected

    def test_messages_with_ids_of_their_source_are_known_at_any_time(self, ledger):
        ledger.save_chat(chat(ADA))
        ledger.enqueue(ADA, [arrival("a", native_id="wamid.1"), arrival("b")])
        ledger.record_intent([ADA] * 2, [task("a"), task("b")], NOON)
        ledger.resolve([logged(task("a")), logged(task("b"))])
        later = [arrival("a", 90, native_id="wamid.1"), arrival("b", 90)]
        assert ledger.message_states(ADA, with_keys(later)) == [LOGGED, NEW]

    def test_states_are_told_for_any_number_of_messages(self, ledger):
        ledger.save_chat(chat(ADA))
        ledger.save_chat(chat(BEN))
        some = [arrival(f"m{at}", at) for at in range(1203)]
        ledger.enqueue(ADA, some[:900])
        ledger.record_intent([ADA] * 600, [task(f"m{at}") for at in range(600)], NOON)
        ledger.resolve([logged(task(f"m{at}")) for at in range(600)])
        assert (
            ledger.message_states(ADA, with_keys(some))
            == [LOGGED] * 600 + [QUEUED] * 300 + [NEW] * 303
        )
        assert ledger.message_states(BEN, with_keys(some))[:600] == [NEW] * 600
        assert ledger.message_states(ADA, with_keys([])) == []

    @pytest.mark.parametrize("native_id", ["", "wamid.1"])
    def test_states_are_told_of_a_few_among_many(self, ledger, native_id):
        """Whatever lies between them in time, and in whatever order they are asked for."""
        ledger.save_chat(chat(ADA))
        facts = {"native_id": native_id}
        some = [arrival(f"m{at}", at, **facts) for at in range(60)]
        ledger.enqueue(ADA, some)
        ledger.record_intent([ADA] * 30, [task(f"m{at}") for at in range(30)], NOON)
        ledger.resolve([logged(task(f"m{at}")) for at in range(29)])
        few = [some[59], some[0], arrival("new", 30, **facts), some[29], some[28], some[0]]
        expected = [QUEUED, LOGGED, NEW, INTENDED, LOGGED, LOGGED]
        assert ledger.message_states(ADA, with_keys(few)) == expected

    # What exports teach

    def test_what_exports_teach_is_kept(self, with_ada):
        profile = ChatProfile(
            (CoverageRange(1, 5), CoverageRange(5, 9)), {"sam": Direction.OUTGOING}
        )
        assert (
            with_ada.chat_profile(ADA) == with_ada.chat_profile(ChatId("nobody")) == ChatProfile()
        )
        with_ada.save_chat_profile(ADA, profile)
        with_ada.save_chat(chat(ADA, name="Ada"))
        assert (with_ada.chat_profile(ADA), with_ada.chat_profile(BEN)) == (profile, ChatProfile())
        with_ada.save_chat_profile(ADA, ChatProfile())
        assert with_ada.chat_profile(ADA) == ChatProfile()

    def test_what_is_dropped_is_not_covered_any_more(self, with_ada):
        sides = {"sam": Direction.OUTGOING}
        with_ada.save_chat_profile(ADA, ChatProfile((CoverageRange(1, 5),), sides))
        with_ada.drop([key("never seen")])
        assert with_ada.chat_profile(ADA).spans
        with_ada.drop([key("a")])
        assert with_ada.chat_profile(ADA) == ChatProfile((), sides)

    def test_the_queue_can_be_changed_behind_the_reader(self, ledger):
        ledger.save_chat(chat(ADA))
        names = [f"m{number}" for number in range(2500)]
        ledger.enqueue(ADA, [arrival(name, at) for at, name in enumerate(names)])
        seen = []
        for number, (message_key, found) in enumerate(ledger.queued(ADA)):
            seen.append(found.text)
            if number % 3 == 0:
                ledger.drop([message_key])
            elif number % 3 == 1:
                ledger.record_intent([ADA], [task(names[number])], NOON)
        assert seen == [f"text of {name}" for name in names]
        assert len(texts(ledger)) == 833

    def test_states_are_in_order_for_any_number_of_keys(self, with_ada):
        some = [arrival(f"unknown {number}", number) for number in range(2000)]
        some[1500] = some[7] = arrival("b", 1)
        found = with_ada.message_states(ADA, with_keys(some))
        assert [at for at, state in enumerate(found) if state is QUEUED] == [7, 1500]
        assert set(found) == {NEW, QUEUED}

    def test_a_dropped_message_leaves_no_trace(self, with_ada):
        with_ada.drop([key("b"), key("never seen")])
        assert state(with_ada, "b") is NEW
        assert texts(with_ada) == ["text of a", "text of c"]
        assert with_ada.chats()[0].queued == 2

    def test_a_message_that_may_be_on_its_way_is_not_dropped(self, with_ada):
        with_ada.record_intent([ADA], [task("b")], NOON)
        with_ada.drop([key("b")])
        assert state(with_ada, "b") is INTENDED

    # Counting

    def test_equal_places_are_counted_within_a_transaction(self, ledger):
        a, b = place(1, "a"), place(1, "b")
        with ledger.transaction():
            assert list(ledger.count_earlier([a, a, b])) == [0, 1, 0]
            assert list(ledger.count_earlier([a])) == [2]
            assert list(ledger.count_earlier([])) == []
            assert list(ledger.count_earlier([b, a, b])) == [1, 3, 2]

    @pytest.mark.parametrize("how", ["committed", "undone", "none"])
    def test_counts_are_forgotten_with_the_transaction(self, ledger, how):
        a = place(1, "a")
        if how == "none":
            assert list(ledger.count_earlier([a, a])) == [0, 1]
        elif how == "undone":
            undo(ledger, lambda: ledger.count_earlier([a]))
        else:
            with ledger.transaction():
                ledger.count_earlier([a])
        with ledger.transaction():
            assert list(ledger.count_earlier([a])) == [0]

    # Transactions

    def test_a_transaction_that_raises_leaves_nothing(self, with_ada):
        before = with_ada.chats()
        undo(
            with_ada,
            lambda: with_ada.enqueue(ADA, [arrival("d")]),
            lambda: with_ada.record_intent([ADA], [task("a")], NOON),
            lambda: with_ada.facts.save_source_facts({"cursor": "17"}),
        )
        assert with_ada.chats() == before
        assert state(with_ada, "a") is QUEUED
        assert with_ada.facts.source_fact("cursor") == ""

    def test_an_inner_transaction_that_raises_is_undone_alone(self, ledger):
        with ledger.transaction():
            ledger.facts.save_source_facts({"outer": "1"})
            undo(ledger, lambda: ledger.facts.save_source_facts({"inner": "1"}))
        assert (ledger.facts.source_fact("outer"), ledger.facts.source_fact("inner")) == ("1", "")

    # Writing

    def test_a_logged_message_is_counted_and_its_text_is_gone(self, with_ada):
        both, alone = task("a", "b"), task("c")
        with_ada.record_intent([ADA, ADA], [both, alone], NOON)
        assert [state(with_ada, name) for name in "abc"] == [INTENDED] * 3
        assert texts(with_ada) == []
        assert with_ada.chats()[0].queued == 3
        with_ada.resolve([logged(both), logged(alone)])
        assert [state(with_ada, name) for name in "abc"] == [LOGGED] * 3
        assert (with_ada.chats()[0].queued, with_ada.chats()[0].logged) == (0, 3)
        assert list(with_ada.intents()) == []

    @pytest.mark.parametrize("outcome", [refused, not_sent])
    def test_what_was_not_written_goes_back_to_the_queue(self, with_ada, outcome):
        with_ada.record_intent([ADA], [task("a", "b")], NOON)
        with_ada.resolve([outcome(task("a", "b"))])
        assert texts(with_ada) == ["text of a", "text of b", "text of c"]
        assert list(with_ada.intents()) == []

    def test_an_intent_in_doubt_stays_exactly_the_same_task(self, with_ada):
        file = Attachment("IMG-1.jpg", "/a/b.zip", "IMG-1.jpg")
        sent = task("a", "b", part=2, about="+491713920012", files=(file,))
        with_ada.record_intent([ADA], [sent], NOON)
        with_ada.resolve([in_doubt(sent)])
        [intent] = with_ada.intents()
        assert (intent.task, intent.chat_id, intent.at) == (sent, ADA, NOON)
        assert state(with_ada, "a") is INTENDED

    def test_intents_are_oldest_first_and_sending_again_counts_as_new(self, with_ada):
        later = NOON + timedelta(minutes=1)
        with_ada.record_intent([ADA], [task("b")], NOON)
        with_ada.record_intent([ADA], [task("a")], later)
        assert [i.task for i in with_ada.intents()] == [task("b"), task("a")]
        with_ada.record_intent([ADA], [task("b")], later + timedelta(minutes=1))
        assert [i.task for i in with_ada.intents()] == [task("a"), task("b")]
        with_ada.resolve([logged(task("b"))])
        assert state(with_ada, "b") is LOGGED

    def test_outcomes_of_unknown_and_of_resolved_tasks_change_nothing(self, with_ada):
        with_ada.resolve([logged(task("a"))])
        assert state(with_ada, "a") is QUEUED
        with_ada.record_intent([ADA], [task("a")], NOON)
        with_ada.resolve([logged(task("a"))])
        with_ada.resolve([refused(task("a")), not_sent(task("a"))])
        assert state(with_ada, "a") is LOGGED
        assert with_ada.chats()[0].logged == 1

    @pytest.mark.parametrize(
        ("outcomes", "expected"),
        [
            ([[logged, logged]], LOGGED),
            ([[logged, None], [None, logged]], LOGGED),
            ([[logged, None]], INTENDED),
            ([[logged, in_doubt]], INTENDED),
            ([[refused, None]], INTENDED),
            ([[refused, in_doubt]], INTENDED),
            ([[refused, logged]], QUEUED),
            ([[logged, not_sent]], QUEUED),
            ([[refused, None], [None, logged]], QUEUED),
            ([[logged, in_doubt], [None, refused]], QUEUED),
            ([[in_doubt, in_doubt], [logged, logged]], LOGGED),
            ([[not_sent, not_sent]], QUEUED),
        ],
    )
    def test_a_message_of_two_parts(self, with_ada, outcomes, expected):
        parts = [task("a"), task("a", part=2)]
        with_ada.record_intent([ADA, ADA], parts, NOON)
        there = set()
        for round_of in outcomes:
            pairs = [(part, how) for part, how in zip(parts, round_of, strict=True) if how]
            with_ada.resolve([how(part) for part, how in pairs])
            there |= {part.key for part, how in pairs if how is logged}
        assert state(with_ada, "a") is expected
        assert with_ada.logged_parts([part.key for part in parts]) == there

    def test_a_part_that_failed_can_follow_later_alone(self, with_ada):
        first, second = task("a"), task("a", part=2)
        with_ada.record_intent([ADA, ADA], [first, second], NOON)
        with_ada.resolve([logged(first), refused(second)])
        assert texts(with_ada)[0] == "text of a"
        assert with_ada.logged_parts([first.key, second.key]) == {first.key}
        with_ada.record_intent([ADA], [second], NOON)
        with_ada.resolve([logged(second)])
        assert state(with_ada, "a") is LOGGED
        assert with_ada.logged_parts([first.key, second.key]) == {first.key, second.key}

    def test_logged_parts_knows_every_kind_of_task_and_no_other(self, with_ada):
        alone, group = task("a"), task("b", "c")
        with_ada.record_intent([ADA, ADA], [alone, group], NOON)
        assert with_ada.logged_parts([alone.key, group.key]) == frozenset()
        with_ada.resolve([logged(alone), logged(group)])
        others = [task("b", part=2).key, task("z").key, TaskKey("not base 32!"), TaskKey("")]
        assert with_ada.logged_parts([alone.key, group.key, *others]) == {alone.key, group.key}
        assert with_ada.logged_parts([]) == frozenset()

    def test_lead_intents_stand_until_they_are_resolved(self, ledger):
        ben = Phone("+447700900001")
        ledger.record_lead_intent(ADA_PHONE, NOON)
        ledger.record_lead_intent(ben, NOON)
        ledger.record_lead_intent(ADA_PHONE, NOON + timedelta(hours=1))
        assert dict(ledger.lead_intents()) == {ben: NOON, ADA_PHONE: NOON + timedelta(hours=1)}
        ledger.resolve_lead(ADA_PHONE)
        ledger.resolve_lead(ADA_PHONE)
        assert dict(ledger.lead_intents()) == {ben: NOON}

    def test_what_was_logged_lately_tells_the_rate(self, with_ada):
        facts = with_ada.facts
        assert facts.growth(NOON - timedelta(days=30), NOON) is None
        with_ada.begin_run(NOON)
        sent = [task("a"), task("b")]
        with_ada.record_intent([ADA, ADA], sent, NOON)
        with_ada.resolve([logged(one) for one in sent])
        now = NOON + timedelta(days=2)
        found = facts.growth(NOON - timedelta(days=1), now)
        assert found is not None
        assert (found.messages, found.tasks, found.chat_days) == (2, 2, 1)
        assert 1.9 < found.days < 2.1
        assert facts.growth(NOON + timedelta(days=1), now) is None

    # Bulk jobs

    def test_a_job_holds_its_tasks_until_each_has_an_outcome(self, with_ada):
        jobs, sent = with_ada.jobs, [task("a"), task("b")]
        assert (jobs.open(), jobs.held(), jobs.keys()) == ([], {}, set())
        number = jobs.plan("Key__c", NOON)
        jobs.record_intent(number, [ADA, ADA], sent, NOON)
        assert [state(with_ada, name) for name in "abc"] == [INTENDED, INTENDED, QUEUED]
        assert list(with_ada.intents()) == [], "they are looked up another way"
        [job] = jobs.open()
        assert (job.number, job.id, job.step) == (number, "", JobStep.PLANNED)
        assert (job.key_field, job.tasks, job.begun_at) == ("Key__c", 2, NOON)
        assert (job.asked_at, job.status) == (None, JobStatus(JobState.OPEN))
        assert jobs.chats(number) == [ADA]
        assert jobs.keys() == {one.key for one in sent}
        assert jobs.held() == jobs.of_chats([ADA, BEN]) == {number: 2}
        assert jobs.of_chats([BEN]) == {}

        with_ada.resolve([logged(sent[0])])
        assert [one.task for one in jobs.next_intents(number)] == [sent[1]]
        jobs.end(number)
        assert len(jobs.open()) == 1, "a Task of it is open"
        with_ada.resolve([not_sent(sent[1])])
        jobs.end(number)
        assert (jobs.open(), jobs.next_intents(number), jobs.chats(number)) == ([], [], [])
        assert [state(with_ada, name) for name in "abc"] == [LOGGED, QUEUED, QUEUED]

    def test_each_step_of_a_job_is_kept(self, with_ada):
        jobs = with_ada.jobs
        number = jobs.plan("Key__c", NOON)
        jobs.record_intent(number, [ADA], [task("a")], NOON)
        jobs.created(number, record("750", "a"))
        assert (jobs.open()[0].id, jobs.open()[0].step) == (record("750", "a"), JobStep.CREATED)
        jobs.uploaded(number)
        assert jobs.open()[0].step is JobStep.UPLOADED
        status = JobStatus(JobState.FAILED, 7, 2, "InvalidBatch : why")
        jobs.asked(number, status, NOON + timedelta(minutes=1))
        [job] = jobs.open()
        assert (job.status, job.asked_at) == (status, NOON + timedelta(minutes=1))

    def test_results_are_matched_with_the_open_tasks_of_their_own_job(self, with_ada):
        jobs = with_ada.jobs
        first, second = jobs.plan("Key__c", NOON), jobs.plan("Key__c", NOON)
        assert first < second
        jobs.record_intent(first, [ADA], [task("a")], NOON)
        jobs.record_intent(second, [ADA], [task("b")], NOON)
        with_ada.record_intent([ADA], [task("c")], NOON)
        keys = [task(name).key for name in "abc"]
        found = jobs.intents(first, keys)
        assert {one: (it.task, it.chat_id) for one, it in found.items()} == {
            keys[0]: (task("a"), ADA)
        }
        assert [job.number for job in jobs.open()] == [first, second]
        assert [one.task for one in with_ada.intents()] == [task("c")]

    def test_where_an_intended_task_stands_can_be_known_later(self, with_ada):
        first, other = replace(task("a"), who_id=None), task("b")
        with_ada.record_intent([ADA, ADA], [first, other], NOON)
        there = replace(first, who_id=record("00Q", "New"))
        with_ada.place_intents([there])
        assert [one.task for one in with_ada.intents()] == [there, other]
        with_ada.resolve([TaskLogged(first.key, record("00T", "a"))])
        written = with_ada.moves.written_digests([record("00T", "a")])
        assert list(written.values()) == [content_digest(content_of(there))]

    def test_a_job_tells_whose_tasks_it_holds_and_where_they_go(self, with_ada):
        jobs, right = with_ada.jobs, record("003", "Right")
        first, second = jobs.plan("Key__c", NOON), jobs.plan("Key__c", NOON)
        jobs.record_intent(first, [ADA, ADA], [task("a"), task("b")], NOON)
        jobs.record_intent(second, [ADA], [task("c")], NOON)
        old = Place(task("a").who_id, task("a").what_id)
        assert jobs.places(ADA) == {old: 3}
        assert jobs.of_chats([ADA]) == {first: 2, second: 1}
        with_ada.redirect_intents(ADA, Place(right))
        assert jobs.places(ADA) == {old: 3}, "they are written where their rows say"
        jobs.resolve(second, [not_sent(task("c"))])
        assert jobs.places(ADA) == {old: 2}

    def test_the_tasks_of_a_job_count_to_the_run_that_made_it(self, with_ada):
        run = with_ada.begin_run(NOON)
        job = with_ada.jobs.plan("Key__c", NOON + timedelta(minutes=1))
        with_ada.jobs.record_intent(job, [ADA, ADA], [task("a"), task("b", part=1)], NOON)
        later = with_ada.begin_run(NOON + timedelta(hours=1))
        assert (with_ada.jobs.of_run(run), with_ada.jobs.of_run(later)) == ({job: 2}, {})
        with_ada.jobs.resolve(job, [logged(task("a")), logged(task("b", part=1))])
        assert (len(with_ada.logged_by(run)), with_ada.logged_by(later)) == (2, [])
        assert with_ada.last_writing_run() == run

    def test_many_tasks_of_a_job_are_read_a_thousand_at_a_time(self, with_ada):
        number = with_ada.jobs.plan("Key__c", NOON)
        tasks = [task("a", part=part) for part in range(1_002)]
        with_ada.jobs.record_intent(number, [ADA] * len(tasks), tasks, NOON)
        page = with_ada.jobs.next_intents(number)
        assert [one.task for one in page] == tasks[:1_000]
        assert len(with_ada.jobs.intents(number, [one.key for one in tasks])) == 1_002

    def test_a_forgotten_chat_leaves_nothing_in_a_job(self, with_ada):
        number = with_ada.jobs.plan("Key__c", NOON)
        with_ada.jobs.record_intent(number, [ADA], [task("a")], NOON)
        with_ada.forget(ADA_PHONE, [chat(ADA)])
        assert (with_ada.jobs.held(), with_ada.jobs.chats(number)) == ({}, [])
        with_ada.jobs.end(number)
        assert with_ada.jobs.open() == []

    # Files

    def test_files_of_a_logged_task_are_pending_each_with_its_message(self, ledger):
        ledger.save_chat(chat(ADA))
        files = [Attachment(name, "/x.zip", name) for name in ("1.jpg", "2.jpg")]
        one, two = (file.on(ledger.machine) for file in files)
        arrivals = [arrival("a", attachment=files[0]), arrival("b", attachment=files[1])]
        ledger.enqueue(ADA, arrivals)
        it = task("a", "b", files=(two, one))
        ledger.record_intent([ADA], [it], NOON)
        assert list(ledger.pending_files()) == []
        ledger.resolve([logged(it)])
        task_id = logged(it).task_id
        pending = [PendingFile(key("b"), task_id, two), PendingFile(key("a"), task_id, one)]
        assert list(ledger.pending_files()) == pending
        ledger.file_done(pending[0])
        ledger.file_done(pending[0])
        assert list(ledger.pending_files()) == pending[1:]

    @pytest.mark.parametrize("outcome", [refused, not_sent, in_doubt])
    def test_files_of_a_task_that_is_not_logged_are_not_pending(self, with_ada, outcome):
        it = task("a", files=(Attachment("1.jpg", "/x.zip", "1.jpg"),))
        with_ada.record_intent([ADA], [it], NOON)
        with_ada.resolve([outcome(it)])
        assert list(with_ada.pending_files()) == []

    # Runs and facts

    def test_run_ids_are_unique_and_sort_by_time(self, ledger):
        times = [NOON, NOON, NOON + timedelta(seconds=1), NOON + timedelta(days=40)]
        runs = [ledger.begin_run(at) for at in times]
        assert runs[:2] == ["20261122T120000Z-1", "20261122T120000Z-2"]
        assert sorted(set(runs)) == runs

    def test_a_run_takes_an_id_that_no_other_machine_has_taken(self, ledger):
        others = ledger.begin_run(NOON, "20261122T120000Z-2")
        runs = [ledger.begin_run(NOON, others), ledger.begin_run(NOON)]
        assert len({others, *runs}) == 3

    def test_the_last_run_is_the_latest_that_ended(self, ledger):
        first, second = ledger.begin_run(NOON), ledger.begin_run(NOON + timedelta(hours=1))
        assert ledger.last_run() is None
        ledger.finish_run(first, NOON + timedelta(minutes=1), 17)
        last = ledger.last_run()
        assert (last.id, last.started_at, last.logged) == (first, NOON, 17)
        assert last.finished_at == NOON + timedelta(minutes=1)
        ledger.finish_run(second, NOON + timedelta(hours=2), 0)
        assert ledger.last_run().id == second

    def test_the_key_field_is_kept(self, ledger):
        assert ledger.facts.key_field() is None
        for field in (KeyField("Key__c", is_unique=True), KeyField("CallObject", is_unique=False)):
            ledger.facts.save_key_field(field)
            assert ledger.facts.key_field() == field

    def test_key_fields_stay_in_use_while_an_intent_is_open(self, with_ada):
        old, new = KeyField("CallObject", is_unique=False), KeyField("Key__c", is_unique=True)
        with_ada.record_intent([ADA], [task("a")], NOON)
        assert with_ada.facts.use_key_field(old) == ("CallObject",)
        assert with_ada.facts.use_key_field(new) == ("Key__c", "CallObject")
        with_ada.resolve([logged(task("a"))])
        assert with_ada.facts.use_key_field(new) == ("Key__c",)

    def test_the_calls_of_all_syncs_are_added_up_by_day(self, ledger):
        assert ledger.facts.calls_made() is None
        for hours, calls in [(0, 5), (2, 7), (24, 100)]:
            ledger.facts.add_calls(calls, NOON + timedelta(hours=hours))
        first, next_day = NOON.date(), NOON.date() + timedelta(days=1)
        assert ledger.facts.calls_made() == CallsMade(NOON, {first: 12, next_day: 100})

    def test_calls_of_long_ago_are_left_out(self, ledger):
        ledger.facts.add_calls(5, NOON)
        ledger.facts.add_calls(6, NOON + timedelta(days=40))
        made = ledger.facts.calls_made()
        assert sum(made.by_day.values()) == 6
        assert made.since == NOON + timedelta(days=10)

    def test_the_api_usage_is_kept_with_its_time(self, ledger):
        assert ledger.facts.api_usage() is None
        ledger.facts.save_api_usage(ApiUsage(11, 15_000), NOON)
        ledger.facts.save_api_usage(ApiUsage(12, 15_000), NOON)
        assert ledger.facts.api_usage() == (ApiUsage(12, 15_000), NOON)

    def test_each_kind_of_source_has_its_last_sync(self, ledger):
        assert dict(ledger.facts.last_synced()) == {}
        for kind, hours in [("webhooks", 1), ("export", 2), ("export", 3)]:
            ledger.facts.save_last_synced(kind, NOON + timedelta(hours=hours))
        assert list(ledger.facts.last_synced().items()) == [
            ("export", NOON + timedelta(hours=3)),
            ("webhooks", NOON + timedelta(hours=1)),
        ]

    def test_what_was_begun_is_kept_until_it_ends(self, ledger):
        run, lead = ledger.begin_run(NOON), record("00Q", "Lead")
        assert (ledger.facts.begun_undo(), ledger.facts.trial_lead()) == (None, None)
        ledger.facts.save_begun_undo(run)
        ledger.facts.save_trial_lead(lead)
        assert (ledger.facts.begun_undo(), ledger.facts.trial_lead()) == (run, lead)
        ledger.facts.save_begun_undo(None)
        ledger.facts.save_trial_lead(None)
        assert (ledger.facts.begun_undo(), ledger.facts.trial_lead()) == (None, None)

    def test_facts_of_the_org_are_kept_for_a_time_under_their_mark(self, ledger):
        known = KnownFacts(ORG_FACTS, frozenset({"owner@example.com"}))
        assert ledger.facts.org_facts("mark", NOON) is None
        ledger.facts.save_org_facts("mark", known, NOON)
        assert ledger.facts.org_facts("mark", NOON) == known
        assert ledger.facts.org_facts("other", NOON) is None
        assert ledger.facts.org_facts("mark", NOON + timedelta(seconds=1)) is None
        ledger.facts.forget_org()
        assert ledger.facts.org_facts("mark", NOON) is None

    def test_facts_of_the_org_of_another_version_are_none(self, ledger):
        stored = json.dumps([NOON.isoformat(), "mark", [], json.dumps({"user_id": "005"})])
        ledger.facts.save_source_facts({"org-facts": stored})
        assert ledger.facts.org_facts("mark", NOON) is None

    def test_people_are_known_for_a_time(self, ledger):
        ada, ben, later = record("003", "Ada"), record("00Q", "Ben"), NOON + timedelta(hours=1)
        ledger.facts.save_known_people({ada: "", ben: "Ben Example Smith"}, NOON)
        ledger.facts.save_known_people({ben: "Ben Example Smith"}, later)
        people = {ada: "", ben: "Ben Example Smith"}
        assert ledger.facts.known_people([ada, ben, record("003", "Eve")], NOON) == people
        assert ledger.facts.known_people([ada, ben], later) == {ben: "Ben Example Smith"}
        assert ledger.facts.known_people([ada], NOON) == {ada: ""}
        ledger.facts.save_known_people({}, later + timedelta(days=1))
        assert ledger.facts.known_people([ada, ben], NOON) == {ben: "Ben Example Smith"}
        ledger.facts.forget_org()
        assert ledger.facts.known_people([ada, ben], NOON) == {}

    def test_facts_of_sources_are_kept_replaced_and_forgotten(self, ledger):
        ledger.facts.save_source_facts({"cursor": "17", "other": "x"})
        ledger.facts.save_source_facts({"cursor": "18"})
        assert (ledger.facts.source_fact("cursor"), ledger.facts.source_fact("none")) == ("18", "")
        ledger.facts.save_source_facts({"cursor": ""})
        assert (ledger.facts.source_fact("cursor"), ledger.facts.source_fact("other")) == ("", "x")

    def test_an_upload_is_intended_until_its_outcome_is_known(self, ledger):
        files = [
            PendingFile(key("a"), record("00T", "a"), Attachment(name, "/x.zip", name))
            for name in ("1.jpg", "2.jpg")
        ]
        for file in files:
            ledger.record_upload(file, NOON)
        ledger.record_upload(files[0], NOON + timedelta(hours=1))
        assert ledger.upload_intent(files[0]) == NOON + timedelta(hours=1)
        ledger.resolve_upload(files[0])
        ledger.file_done(files[1])
        assert [ledger.upload_intent(file) for file in files] == [None, None]
