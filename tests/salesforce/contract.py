"""What every `Org` promises, as one suite that runs over all of them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.salesforce.worlds import ADA, BEN, RULE, World, make_lead, make_task
from wasf.core.bulk_jobs import JobFile, JobState, JobStatus
from wasf.core.chats import NO_MESSAGES, LastMessages
from wasf.core.keys import changed_fields, content_digest, content_of
from wasf.core.records import (
    Growth,
    LeadChange,
    PeopleQuery,
    Place,
    RecordId,
    RecordType,
    Task,
    TaskKey,
    was_touched,
)
from wasf.core.refusals import RecordRefusal
from wasf.errors import UnreadableFile, UploadRefused
from wasf.interfaces import (
    FieldsChange,
    FieldsOutcome,
    FileUpload,
    KeyField,
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadTaken,
    LeadWritten,
    RowFit,
    TaskChanged,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
    WriteOutcome,
)

FALLBACK = KeyField("CallObject", is_unique=False)
UNIQUE = KeyField("WhatsApp_Message_Key__c", is_unique=True)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOBODY = RecordId("00Q5e0000000zzzEAA")


def new_job(world: World, tasks: list[Task]) -> RecordId:
    """A job that holds these Tasks, and is not closed."""
    jobs = world.org.jobs
    rows = jobs.rows(UNIQUE)
    assert [rows.add([task]) for task in tasks] == [RowFit.TAKEN] * len(tasks)
    job = jobs.create()
    assert isinstance(job, str)
    assert job.startswith("750")
    assert rows.upload(job) is None
    return job


def closed_and_over(world: World, job: RecordId) -> JobStatus:
    """What a job says in the end."""
    assert world.org.jobs.close(job) is None
    for _ in range(5):
        if (status := world.org.jobs.status(job)).state.is_over:
            return status
        assert status.state in (JobState.UPLOADED, JobState.AT_WORK)
    raise AssertionError(status)


def all_outcomes(world: World, job: RecordId, *files: JobFile) -> dict[TaskKey, TaskOutcome]:
    """What the result files of a job say of its Tasks."""
    pages = (page for file in files for page in world.org.jobs.outcomes(job, file, UNIQUE))
    return {one.key: one for page in pages for one in page}


class OrgContract:
    """Subclass it with a fixture `world`; each test is one promise."""

    # Reads

    def test_facts_tell_the_connected_user_the_key_field_and_the_statuses(self, world: World):
        facts = world.org.facts(())
        assert facts.user_id.startswith("005")
        assert facts.key_field == UNIQUE
        assert facts.users == ()
        assert [status.api_name for status in facts.lead_statuses if status.is_default] == [
            "Open - Not Contacted"
        ]
        assert [status.api_name for status in facts.task_statuses if status.is_closed] == [
            "Completed"
        ]
        assert facts.can_create_leads

    def test_facts_find_users_by_e_mail_in_any_case_active_or_not(self, world: World):
        active = world.user("kim@example.com")
        left = world.user("lou@example.com", active=False)
        world.user("someone.else@example.com")
        users = world.org.facts(["KIM@example.com", "lou@example.com"]).users
        assert {user.id: user.is_active for user in users} == {active: True, left: False}

    @pytest.mark.parametrize(
        "typed", ["+49 171 3920001", "0171/3920001", "(0049) 171 39-20-001", "+491713920001"]
    )
    def test_people_are_found_however_the_number_is_typed(self, world: World, typed):
        contact = world.contact("Ada", "Example", typed)
        lead = world.lead("Ada", "Example", typed)
        world.contact("Ben", "Example", BEN)
        found = world.org.people(PeopleQuery(phones=frozenset({ADA})))
        assert [one.id for one in found.contacts] == [contact]
        assert [one.id for one in found.leads] == [lead]
        assert found.contacts[0].phones == (typed,)

    @pytest.mark.parametrize("typed", ["+49 171 3920001", "+49 (171) 39-20-001"])
    def test_accounts_are_found_by_number_with_their_contacts(self, world: World, typed):
        account = world.business("Acme", typed, "Carl")
        world.business("Else", BEN, "Dora")
        [found] = world.org.accounts(phones={ADA})
        assert (found.id, found.name, found.phones) == (account, "Acme", (typed,))
        assert found.person_contact_id is None
        assert [name for _, name in found.contacts] == ["Carl"]

    @pytest.mark.parametrize("length", [15, 18])
    def test_accounts_are_found_by_id(self, world: World, length):
        account = world.business("Acme", BEN, "Carl")
        [found] = world.org.accounts([RecordId(account[:length])])
        assert (found.id, [name for _, name in found.contacts]) == (account, ["Carl"])
        assert world.org.accounts([NOBODY]) == []

    def test_people_are_found_by_full_name_in_any_case(self, world: World):
        contact = world.contact("Ada", "O'Example")
        lead = world.lead("Ada", "O'Example")
        world.lead("Ada", "Else")
        found = world.org.people(PeopleQuery(names=frozenset({"ada o'example"})))
        assert [one.id for one in found.contacts] == [contact]
        assert [one.id for one in found.leads] == [lead]

    def test_people_are_found_by_id(self, world: World):
        contact, lead = world.contact("Ada", "Example"), world.lead("Ben", "Example")
        world.contact("Else", "Example")
        found = world.org.people(
            PeopleQuery(contact_ids=frozenset({contact}), lead_ids=frozenset({lead}))
        )
        assert [one.id for one in found.contacts] == [contact]
        assert [one.id for one in found.leads] == [lead]
        assert found.merged == {}

    def test_a_deleted_record_is_not_among_the_people(self, world: World):
        contact, lead = world.contact("Ada", "Example", ADA), world.lead("Ada", "Example", ADA)
        world.delete(contact)
        world.delete(lead)
        found = world.org.people(
            PeopleQuery(
                frozenset({ADA}), contact_ids=frozenset({contact}), lead_ids=frozenset({lead})
            )
        )
        assert (found.contacts, found.leads, found.merged) == ((), (), {})

    def test_a_merged_record_leads_to_the_one_that_lives_on(self, world: World):
        first, second, third = (world.contact("Ada", "Example", ADA) for _ in range(3))
        world.merge(first, second)
        world.merge(second, third)
        found = world.org.people(PeopleQuery(contact_ids=frozenset({first})))
        assert found.merged == {first: third}
        assert [one.id for one in found.contacts] == [third]

    def test_a_converted_lead_brings_the_contact_it_stands_for(self, world: World):
        lead = world.lead("Ada", "Example", ADA)
        contact = world.convert(lead)
        found = world.org.people(PeopleQuery(lead_ids=frozenset({lead})))
        assert [(one.is_converted, one.converted_contact_id) for one in found.leads] == [
            (True, contact)
        ]
        assert [one.id for one in found.contacts] == [contact]

    def test_the_contact_of_a_converted_lead_can_be_gone(self, world: World):
        lead = world.lead("Ada", "Example", ADA)
        world.delete(world.convert(lead))
        found = world.org.people(PeopleQuery(phones=frozenset({ADA})))
        assert [one.id for one in found.leads] == [lead]
        assert found.contacts == ()

    def test_nobody_wanted_finds_nobody(self, world: World):
        world.contact("Ada", "Example", ADA)
        found = world.org.people(PeopleQuery())
        assert (found.contacts, found.leads) == ((), ())

    # Tasks

    def test_tasks_are_logged_and_found_again(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(5)]
        [outcomes] = world.org.log_tasks([tasks], UNIQUE)
        assert [type(outcome) for outcome in outcomes] == [TaskLogged] * 5
        assert world.tasks() == [(who, task.subject) for task in tasks]
        found = world.org.find_tasks([task.key for task in tasks] + [TaskKey("z" * 26)], UNIQUE)
        assert found == {outcome.key: outcome.task_id for outcome in outcomes}

    def test_a_key_that_is_there_counts_as_logged_and_is_not_written_over(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        first = make_task(1, who, owner, "as it was")
        [[was]] = world.org.log_tasks([[first]], UNIQUE)
        again, fresh = replace(first, subject="again"), make_task(2, who, owner, "fresh")
        [outcomes] = world.org.log_tasks([[again, fresh]], UNIQUE)
        assert outcomes[0] == was
        assert [subject for _, subject in world.tasks()] == ["as it was", "fresh"]

    def test_one_refused_task_does_not_hold_up_the_others(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(1, who, owner), make_task(2, NOBODY, owner), make_task(3, who, owner)]
        [outcomes] = world.org.log_tasks([tasks], UNIQUE)
        assert [type(outcome) for outcome in outcomes] == [TaskLogged, TaskRefused, TaskLogged]
        assert outcomes[1].refusal.code == "INVALID_CROSS_REFERENCE_KEY"
        assert len(world.tasks()) == 2

    def test_a_task_on_a_converted_lead_is_refused(self, world: World):
        lead, owner = world.lead("Ada", "Example"), world.org.facts(()).user_id
        world.convert(lead)
        [[outcome]] = world.org.log_tasks([[make_task(1, lead, owner)]], UNIQUE)
        assert isinstance(outcome, TaskRefused)
        assert outcome.refusal.code == "CANNOT_UPDATE_CONVERTED_LEAD"

    def test_every_batch_gets_its_outcomes(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        batches = [
            [make_task(10 * batch + place, who, owner) for place in range(3)] for batch in range(7)
        ]
        told = [[outcome.key for outcome in one] for one in world.org.log_tasks(batches, UNIQUE)]
        assert sorted(told) == [[task.key for task in batch] for batch in batches]
        assert len(world.tasks()) == 21

    def test_no_batch_is_no_call(self, world: World):
        before = world.org.api_calls
        assert list(world.org.log_tasks([], UNIQUE)) == []
        assert world.org.api_calls == before

    # Bulk jobs

    def test_a_job_inserts_tasks_and_tells_of_each_by_its_key(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(5)]
        [[there]] = world.org.log_tasks([[tasks[0]]], UNIQUE)
        wrong = replace(tasks[4], who_id=NOBODY)
        job = new_job(world, [*tasks[:4], wrong])
        assert world.org.jobs.status(job) == JobStatus(JobState.OPEN)
        assert world.tasks() == [(who, tasks[0].subject)], "nothing is written before it is closed"

        status = closed_and_over(world, job)
        assert status == JobStatus(JobState.COMPLETE, 5, status.refused)
        told = all_outcomes(world, job, JobFile.LOGGED, JobFile.REFUSED)
        assert told[tasks[0].key] == TaskLogged(tasks[0].key, there.task_id)
        assert [type(told[task.key]) for task in tasks[1:4]] == [TaskLogged] * 3
        assert isinstance(told[wrong.key], TaskRefused)
        assert len(world.tasks()) == 4

    def test_a_job_that_was_aborted_has_written_nothing_and_takes_nothing(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        rows = world.org.jobs.rows(UNIQUE)
        rows.add([make_task(1, who, owner)])
        job = world.org.jobs.create()
        assert world.org.jobs.abort(job) is None
        assert isinstance(rows.upload(job), RecordRefusal)
        assert isinstance(world.org.jobs.close(job), RecordRefusal)
        assert isinstance(world.org.jobs.abort(job), RecordRefusal)
        assert world.org.jobs.status(job).state is JobState.ABORTED
        assert world.tasks() == []

    def test_what_an_aborted_job_had_not_processed_is_told(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(3)]
        job = new_job(world, tasks)
        assert world.org.jobs.close(job) is None
        assert world.org.jobs.abort(job) is None
        told = all_outcomes(world, job, JobFile.NOT_PROCESSED)
        assert told == {task.key: TaskNotSent(task.key) for task in tasks}

    def test_a_job_that_is_not_there_has_no_status(self, world: World):
        assert world.org.jobs.status(RecordId("7505e0000000zzzAAA")) is None

    # Leads

    def test_a_new_lead_is_there_afterwards(self, world: World):
        owner = world.org.facts(()).user_id
        new = make_lead("Example", ADA, owner, description="WhatsApp chat: https://wa.me/1")
        [outcome] = world.org.create_leads([new])
        assert isinstance(outcome, LeadWritten)
        [lead] = world.org.people(PeopleQuery(phones=frozenset({ADA}))).leads
        assert (lead.id, lead.owner_id, lead.phones) == (outcome.id, owner, (ADA,))
        assert world.lead_fields(outcome.id) == (
            "Example",
            "Open - Not Contacted",
            "WhatsApp chat: https://wa.me/1",
        )

    def test_l4_a_lead_comes_with_its_task_and_only_once(self, world: World):
        facts = world.org.facts(())
        new = [make_lead("Example", ADA, facts.user_id), make_lead("Else", BEN, facts.user_id)]
        tasks = [(make_task(1, None, facts.user_id),), ()]
        made = world.org.create_leads_with_tasks(new, tasks, facts.key_field)
        assert [type(one) for one in made] == [LeadWritten, LeadWritten]
        assert [[it.key for it in one.tasks] for one in made] == [[tasks[0][0].key], []]
        assert world.tasks() == [(made[0].id, tasks[0][0].subject)]
        again = world.org.create_leads_with_tasks(new[:1], tasks[:1], facts.key_field)
        assert again == [LeadTaken(made[0].tasks)]
        assert (world.lead_count(), len(world.tasks())) == (2, 1)

    def test_a_duplicate_rule_names_the_record(self, world: World):
        owner = world.org.facts(()).user_id
        contact = world.contact("Ada", "Example", ADA)
        world.block_duplicates(ADA, contact)
        outcomes = world.org.create_leads(
            [make_lead("Example", ADA, owner), make_lead("Else", BEN, owner)]
        )
        named = ((RecordType.CONTACT, contact),)
        assert outcomes[0] == LeadDuplicate(RULE, named, can_be_saved=False)
        assert isinstance(outcomes[1], LeadWritten)
        assert world.lead_count() == 1

    @pytest.mark.parametrize("allowed", [True, False], ids=["M11: it alerts", "M11: it blocks"])
    def test_a_lead_is_created_all_the_same_where_the_rule_allows_it(self, world: World, allowed):
        owner = world.org.facts(()).user_id
        contact = world.contact("Ada", "Example", ADA)
        world.block_duplicates(ADA, contact, allowed=allowed)
        new = make_lead("Example", ADA, owner)
        [first] = world.org.create_leads([new])
        assert first == LeadDuplicate(RULE, ((RecordType.CONTACT, contact),), allowed)
        other = make_lead("Else", BEN, owner)
        again = world.org.create_leads([other, replace(new, allow_duplicates=True)])
        written = [isinstance(one, LeadWritten) for one in again]
        assert (written, world.lead_count()) == ([True, allowed], 1 + allowed)

    def test_a_lead_is_changed_where_asked_and_nowhere_else(self, world: World):
        lead = world.lead("Ada", "Example", ADA, "Met at the fair")
        [read] = world.org.people(PeopleQuery(lead_ids=frozenset({lead}))).leads
        changes = [
            LeadChange(lead, read.modified_at, status="Working - Contacted"),
        ]
        assert world.org.change_leads(changes) == [LeadWritten(lead)]
        assert world.lead_fields(lead) == ("Ada Example", "Working - Contacted", "Met at the fair")

    def test_a_lead_that_somebody_changed_meanwhile_is_left_alone(self, world: World):
        lead = world.lead("Ada", "Example", ADA, "Met at the fair")
        [read] = world.org.people(PeopleQuery(lead_ids=frozenset({lead}))).leads
        world.touch(lead, read.modified_at)
        change = LeadChange(lead, read.modified_at, description="written over")
        assert world.org.change_leads([change]) == [LeadChangedMeanwhile()]
        assert world.lead_fields(lead)[2] == "Met at the fair"

    def test_a_converted_lead_is_not_changed(self, world: World):
        lead = world.lead("Ada", "Example", ADA)
        world.convert(lead)
        [read] = world.org.people(PeopleQuery(lead_ids=frozenset({lead}))).leads
        [outcome] = world.org.change_leads([LeadChange(lead, read.modified_at, status="Open")])
        assert isinstance(outcome, RecordRefusal)
        assert outcome.code == "CANNOT_UPDATE_CONVERTED_LEAD"

    def test_a_lead_is_deleted_with_its_tasks_once(self, world: World):
        lead, owner = world.lead("Ada", "Example"), world.org.facts(()).user_id
        task = make_task(1, lead, owner)
        list(world.org.log_tasks([[task]], UNIQUE))
        assert world.org.delete_lead(lead)
        assert not world.org.delete_lead(lead)
        assert world.lead_count() == 0
        assert list(world.org.find_tasks([task.key], UNIQUE)) == [task.key]  # in the bin, but there

    # What stands there of what was written

    def test_tasks_are_read_by_id_with_what_became_of_them(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(3)]
        [[same, edited, gone]] = world.org.log_tasks([tasks], UNIQUE)
        world.edit_task(edited.task_id)
        world.delete(gone.task_id)
        ids = [same.task_id, edited.task_id, gone.task_id, RecordId("00T5e0000000zzzEAA")]
        found = {task.id: task for task in world.org.read_tasks(ids)}
        assert found.keys() == set(ids[:3])
        states = [
            (one.is_deleted, was_touched(one.created, one.modified))
            for one in (found[task_id] for task_id in ids[:3])
        ]
        assert states[:2] == [(False, False), (False, True)]
        assert states[2][0]
        assert found[same.task_id].who_id == who

    def test_tasks_hold_what_was_written(self, world: World):
        """As far as blanks, and what cannot be stored, do not count."""
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        texts = ["Hi\nyou", " a\r\n\tb \n", "\x00\x1b[31m", "\ud83d half", "\U0001f600 x\u200b"]
        tasks = [
            replace(make_task(number, who, owner), description=f"x\n{text}", subject=f"{text}.")
            for number, text in enumerate(texts)
        ]
        [outcomes] = world.org.log_tasks([tasks], UNIQUE)
        ids = [outcome.task_id for outcome in outcomes]
        world.edit_task(ids[-1])
        found = world.org.task_contents([*ids, RecordId("00T5e0000000zzzEAA")])
        assert list(found) == ids
        changed = [
            changed_fields(content_digest(content_of(task)), found[task_id])
            for task, task_id in zip(tasks, ids, strict=True)
        ]
        assert changed == [[], [], [], [], ["Subject"]]
        assert {one.what_id for one in found.values()} == {""}

    def test_users_of_the_orgs_own_automation_are_told_from_people(self, world: World):
        robot = world.user("robot@example.com", kind="AutomatedProcess")
        person = world.user("kim@example.com")
        me = world.org.facts(()).user_id
        assert world.org.automated_users([robot, person, me]) == {robot}

    def test_tasks_are_read_by_key_and_all_of_them(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(3)]
        tasks = [
            replace(task, key=TaskKey(f"{'a' * 25}{sign}"))
            for task, sign in zip(tasks, "abc", strict=True)
        ]
        [[first, second, gone]] = world.org.log_tasks([tasks], UNIQUE)
        world.delete(gone.task_id)
        keys = [task.key for task in tasks]
        found = world.org.keyed_tasks([*keys, TaskKey("z" * 26)], UNIQUE)
        assert {(one.key, one.id, one.is_deleted) for one in found} == {
            (keys[0], first.task_id, False),
            (keys[1], second.task_id, False),
            (keys[2], gone.task_id, True),
        }
        living = {(one.key, one.id) for one in world.org.all_keyed_tasks(UNIQUE)}
        assert living == {(keys[0], first.task_id), (keys[1], second.task_id)}

    def test_a_key_is_found_on_the_task_that_is_not_deleted(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        task = make_task(1, who, owner)
        [[first]] = world.org.log_tasks([[task]], UNIQUE)
        world.org.delete_tasks([first.task_id])
        assert world.org.find_tasks([task.key], UNIQUE) == {task.key: first.task_id}
        [[second]] = world.org.log_tasks([[task]], UNIQUE)
        assert second.task_id != first.task_id
        assert world.org.find_tasks([task.key], UNIQUE) == {task.key: second.task_id}

    def test_tasks_are_deleted_each_for_itself_and_twice_is_no_error(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [make_task(number, who, owner) for number in range(3)]
        [outcomes] = world.org.log_tasks([tasks], UNIQUE)
        ids = [outcome.task_id for outcome in outcomes]
        assert world.org.delete_tasks(ids[:2]) == [WriteOutcome(ids[0]), WriteOutcome(ids[1])]
        assert world.org.delete_tasks(ids) == [WriteOutcome(one) for one in ids]
        assert [task.is_deleted for task in world.org.read_tasks(ids)] == [True] * 3

    def test_tasks_are_moved_each_for_itself_and_nothing_else_of_them_changes(self, world: World):
        wrong, right = world.lead("Wrong", "Example"), world.contact("Right", "Example")
        owner = world.org.facts(()).user_id
        tasks = [make_task(number, wrong, owner) for number in range(3)]
        [outcomes] = world.org.log_tasks([tasks], UNIQUE)
        moved, again, gone = (outcome.task_id for outcome in outcomes)
        world.delete(gone)
        to = Place(right)
        assert world.org.move_tasks([moved, again], to) == [
            WriteOutcome(moved),
            WriteOutcome(again),
        ]
        assert world.org.move_tasks([again], to) == [WriteOutcome(again)]
        [refused] = world.org.move_tasks([gone], to)
        assert (refused.id, bool(refused.refused)) == (gone, True)
        there = {one.id: one for one in world.org.keyed_tasks([t.key for t in tasks], UNIQUE)}
        assert [there[one].who_id for one in (moved, again, gone)] == [right, right, wrong]
        assert {there[one].key for one in (moved, again)} == {tasks[0].key, tasks[1].key}

    def test_a_task_grows_and_has_another_key(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        task = make_task(1, who, owner)
        [[first]] = world.org.log_tasks([[task]], UNIQUE)
        grown = self.grown(world, first.task_id, task)
        assert list(world.org.grow_tasks([grown], UNIQUE)) == [TaskLogged(grown.key, first.task_id)]
        assert world.org.find_tasks([task.key, grown.key], UNIQUE) == {grown.key: first.task_id}
        content = world.org.task_contents([first.task_id])[first.task_id]
        assert content == content_of(replace(grown, who_id=who))
        [stored] = world.org.read_tasks([first.task_id])
        assert stored.modified.by == owner

    @pytest.mark.parametrize("by", ["an edit", "a deletion"])
    def test_a_task_that_somebody_changed_meanwhile_does_not_grow(self, world: World, by):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        task = make_task(1, who, owner)
        [[first]] = world.org.log_tasks([[task]], UNIQUE)
        grown = self.grown(world, first.task_id, task)
        if by == "an edit":
            earlier = grown.grows.read_at - timedelta(seconds=2)
            grown = replace(grown, grows=grown.grows._replace(read_at=earlier))
        else:
            world.delete(first.task_id)
        assert list(world.org.grow_tasks([grown], UNIQUE)) == [TaskChanged(grown.key)]
        assert set(world.org.find_tasks([task.key, grown.key], UNIQUE)) == {task.key}

    def grown(self, world: World, task_id: RecordId, task: Task) -> Task:
        [stored] = world.org.read_tasks([task_id])
        return replace(
            task,
            key=TaskKey("b" * 26),
            subject="WhatsApp chat with Ada Example",
            description=f"{task.description}\n\n2026-01-06 10:01 +01:00 · Ada Example\nThere?",
            activity_date=date(2026, 1, 6),
            grows=Growth(task_id, stored.modified.at, stored.created.at, b""),
        )

    def test_a_lead_is_read_with_what_hangs_on_it(self, world: World):
        quiet, busy, gone = (world.lead("Ada", "Example") for _ in range(3))
        owner = world.org.facts(()).user_id
        [[logged]] = world.org.log_tasks([[make_task(1, busy, owner)]], UNIQUE)
        world.delete(gone)
        found = {lead.id: lead for lead in world.org.read_leads([quiet, busy, gone])}
        assert found.keys() == {quiet, busy}
        assert found[quiet].tasks == frozenset()
        assert found[busy].tasks == {logged.task_id}
        assert not any(lead.is_touched or lead.others for lead in found.values())
        world.convert(quiet)
        assert [lead.is_touched for lead in world.org.read_leads([quiet])] == [True]

    def test_tasks_get_a_status_and_one_that_is_gone_is_named(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [replace(make_task(number, who, owner), status="Not Started") for number in (1, 2)]
        [[kept, gone]] = world.org.log_tasks([tasks], UNIQUE)
        world.delete(gone.task_id)
        outcomes = world.org.set_task_status([kept.task_id, gone.task_id], "Completed")
        assert [(one.id, bool(one.refused)) for one in outcomes] == [
            (kept.task_id, False),
            (gone.task_id, True),
        ]
        assert world.org.task_contents([kept.task_id])[kept.task_id].status == "Completed"

    # Fields that tell of the last messages

    def test_the_fields_of_the_last_messages_are_written_and_read(self, world: World):
        world.add_report_fields()
        ada, ben, gone = world.contact("Ada", "A"), world.lead("Ben", "B"), world.lead("C", "C")
        converted = world.lead("D", "D")
        world.delete(gone)
        world.convert(converted)
        told = LastMessages(NOON, None, NOON)
        changes = [FieldsChange(one, told) for one in (ada, ben, gone)]
        outcomes = {one.id: one for one in world.org.write_fields(changes)}
        assert outcomes[ada] == FieldsOutcome(ada)
        assert outcomes[ben] == FieldsOutcome(ben)
        assert outcomes[gone] == FieldsOutcome(gone, is_gone=True)
        answered = FieldsChange(ada, LastMessages(NOON, NOON))
        assert world.org.write_fields([answered]) == [outcomes[ada]]
        found = {one.id: one.last for one in world.org.read_fields([ada, ben, gone, converted])}
        assert found == {ada: LastMessages(NOON, NOON), ben: told}

    def test_fields_that_nobody_may_have_changed_are_written_on_that_condition(self, world: World):
        world.add_report_fields()
        lead, told = world.lead("Ada", "A"), LastMessages(NOON)
        [read] = world.org.read_fields([lead])
        change = FieldsChange(lead, told, read.modified.at)
        assert world.org.write_fields([change]) == [FieldsOutcome(lead)]
        [read] = world.org.read_fields([lead])
        world.touch(lead, read.modified.at)
        [outcome] = world.org.write_fields([FieldsChange(lead, NO_MESSAGES, read.modified.at)])
        assert outcome == FieldsOutcome(lead, is_changed=True)
        assert [one.last for one in world.org.read_fields([lead])] == [told]

    def test_the_states_of_leads_are_read(self, world: World):
        opened, gone, converted = (world.lead("Ada", "Example") for _ in range(3))
        world.delete(gone)
        world.convert(converted)
        states = {one.id: one for one in world.org.lead_states([opened, gone, converted])}
        assert states.keys() == {opened, converted}
        [default] = [one for one in world.org.facts(()).lead_statuses if one.is_default]
        assert (states[opened].status, states[opened].is_converted) == (default.api_name, False)
        assert states[converted].is_converted

    # Files

    def test_a_file_is_attached_once(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        [[logged]] = world.org.log_tasks([[make_task(1, who, owner)]], UNIQUE)
        upload = FileUpload("IMG-20260105-WA0001.jpg", b"\xff\xd8picture", logged.task_id)
        assert world.org.find_file(upload) is None
        first = world.org.attach_file(upload)
        assert world.org.attach_file(upload) == first == world.org.find_file(upload)
        assert world.org.find_file(replace_content(upload, b"another")) is None
        assert world.file_count() == 1
        world.org.attach_file(replace_content(upload, b"another"))
        assert world.file_count() == 2

    def test_a_file_for_a_task_that_is_gone_is_refused_for_good(self, world: World):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        [[logged]] = world.org.log_tasks([[make_task(1, who, owner)]], UNIQUE)
        world.delete(logged.task_id)
        with pytest.raises(UploadRefused):
            world.org.attach_file(FileUpload("1.jpg", b"picture", logged.task_id))
        assert world.file_count() == 0

    def test_a_file_that_is_too_large_is_refused_before_it_is_sent(self, world: World):
        upload = FileUpload("video.mp4", bytes(37_000_001), RecordId("00T5e0000000001EAA"))
        before = world.org.api_calls
        with pytest.raises(UnreadableFile):
            world.org.attach_file(upload)
        assert world.file_count() == 0
        assert world.org.api_calls - before <= 1

    # About itself

    def test_calls_are_counted_and_usage_is_told(self, world: World):
        world.org.facts(())
        before = world.org.api_calls
        world.org.people(PeopleQuery(phones=frozenset({ADA})))
        assert world.org.api_calls > before
        assert world.org.usage.limit == 15_000

    def test_the_address_of_a_record(self, world: World):
        address = world.org.record_url(NOBODY, RecordType.LEAD)
        assert address.endswith(f"/lightning/r/Lead/{NOBODY}/view")


class FallbackContract:
    """What an `Org` without a unique key field promises: to find what is there, and no more."""

    def test_facts_tell_the_standard_field(self, world: World):
        assert world.org.facts(()).key_field == FALLBACK

    @pytest.mark.parametrize("day", [date(2026, 1, 5), date(2019, 1, 5)], ids=["new", "archived"])
    @pytest.mark.parametrize("deleted", [False, True], ids=["there", "in the bin"])
    def test_a_task_is_found_by_its_key_wherever_it_lies(self, world: World, day, deleted):
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        tasks = [replace(make_task(number, who, owner), activity_date=day) for number in range(3)]
        [outcomes] = world.org.log_tasks([tasks], FALLBACK)
        if deleted:
            world.delete(outcomes[1].task_id)
        found = world.org.find_tasks([task.key for task in tasks] + [TaskKey("z" * 26)], FALLBACK)
        assert found == {outcome.key: outcome.task_id for outcome in outcomes}

    def test_nothing_keeps_a_second_task_away(self, world: World):
        """Why a Task in doubt is looked up, and waits out the quarantine."""
        who, owner = world.contact("Ada", "Example"), world.org.facts(()).user_id
        task = make_task(1, who, owner)
        ids = [world.org.log_tasks([[task]], FALLBACK) for _ in range(2)]
        [[first]], [[second]] = map(list, ids)
        assert (type(first), type(second)) == (TaskLogged, TaskLogged)
        assert first.task_id != second.task_id
        assert len(world.tasks()) == 2


def replace_content(upload: FileUpload, content: bytes) -> FileUpload:
    """The same file with other bytes."""
    return upload._replace(content=content)
