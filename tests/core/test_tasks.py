"""T1 to T5 and T8: from a chat's messages to Tasks, window by window."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.builders import OWNER, RULES, a_chat, a_contact, a_message
from wasf.core.chats import Attachment, Message
from wasf.core.plan.decisions import Logs, Target
from wasf.core.policy import Attachments, CreatedDate, SyncPolicy
from wasf.core.records import MessageKey, RecordType, Task, TaskStatus
from wasf.core.tasks import TaskRules, closed_task_status, tasks_of
from wasf.errors import PermissionMissing

ADA = a_contact(1)
NOW = datetime(2024, 2, 1, 18, 30, tzinfo=UTC)
HOURLY = replace(RULES, frequency=timedelta(hours=1))


def logs(*abouts: str, **chat) -> Logs:
    targets = [
        Target(RecordType.CONTACT, a_contact(number).id, "Ada Example", about)
        for number, about in enumerate(abouts or ("",), start=1)
    ]
    return Logs(a_chat(**chat), OWNER, tuple(targets))


def at(hour: int, minute: int = 0, text: str = "Hello", **facts) -> Message:
    return a_message(text, at=datetime(2024, 2, 1, hour, minute, tzinfo=UTC), **facts)


def made(messages: list[Message], policy: SyncPolicy = RULES, of: Logs | None = None, now=NOW):
    arrivals = [(MessageKey(bytes([n]) * 16), message) for n, message in enumerate(messages)]
    return list(tasks_of(of or logs(), arrivals, TaskRules(policy, "Completed"), now))


def test_t1_each_message_is_its_own_task():
    windows = made([at(14), at(14), at(15)])
    assert [len(tasks) for tasks in windows] == [1, 1, 1]
    assert len({tasks[0].key for tasks in windows}) == 3


def test_t4_what_a_task_has():
    [[task]] = made([at(14, 4, "Hello 👋")])
    assert task == Task(
        key=task.key,
        messages=(MessageKey(bytes(16)),),
        who_id=ADA.id,
        owner_id=OWNER,
        subject="WhatsApp 15:04 from Ada Example: Hello 👋",
        description="2024-02-01 15:04 +01:00 · Ada Example\nHello 👋",
        activity_date=date(2024, 2, 1),
        status="Completed",
    )


@pytest.mark.parametrize(
    ("hour", "day"),
    [(22, 1), (23, 2)],
    ids=["T4: before midnight in Berlin", "T4: after midnight in Berlin"],
)
def test_t4_the_day_is_the_one_of_the_zone(hour, day):
    [[task]] = made([at(hour)])
    assert task.activity_date == date(2024, 2, day)


def test_t2_messages_of_a_window_are_one_task():
    [first, second] = made([at(14, 1), at(14, 59), at(15)], HOURLY)
    assert [len(first[0].messages), len(second[0].messages)] == [2, 1]
    assert first[0].subject == "WhatsApp chat with Ada Example (2 messages, 15:01–15:59)"


def test_t3_an_open_window_says_when_it_ends_and_flush_writes_it():
    messages = [at(17, 59), at(18, 1), at(18, 20)]
    [[done], end] = made(messages, HOURLY)
    assert len(done.messages) == 1
    assert end == datetime(2024, 2, 1, 19, 0, tzinfo=UTC)
    [_, [flushed]] = made(messages, replace(HOURLY, flush=True))
    assert len(flushed.messages) == 2


def test_t3_later_messages_of_a_window_make_a_further_task():
    [[early]] = made([at(14, 1)], HOURLY)
    arrivals = [(MessageKey(b"later" * 3 + b"."), at(14, 30))]
    [[late]] = list(tasks_of(logs(), arrivals, TaskRules(HOURLY, "Completed"), NOW))
    assert early.key != late.key


def test_t5_a_long_text_becomes_parts_that_belong_together():
    text = "Ein langer Satz. " * 5_000
    [tasks] = made([at(14, text=text)])
    assert [task.subject.rpartition(" (")[2] for task in tasks] == [
        "part 1/3)",
        "part 2/3)",
        "part 3/3)",
    ]
    assert len({task.key for task in tasks}) == 3
    assert {task.messages for task in tasks} == {tasks[0].messages}
    assert "".join(task.description.partition("\n")[2] for task in tasks) == text


def test_t7_each_participant_gets_a_task_with_a_key_of_its_own():
    [tasks] = made([at(14)], of=logs("+491713920012", "+447700900123", is_group=True))
    assert [task.who_id for task in tasks] == [a_contact(1).id, a_contact(2).id]
    assert len({task.key for task in tasks}) == 2


FILE = Attachment("IMG-1.jpg", "/chats/ada.zip", "IMG-1.jpg")
NAME_ONLY = Attachment("IMG-2.jpg")


@pytest.mark.parametrize(
    ("setting", "files"),
    [
        pytest.param(Attachments.NAMES, (), id="T8: names only"),
        pytest.param(Attachments.FILES, (FILE,), id="T8: files, those that are there"),
    ],
)
def test_t8_files_go_with_the_first_part(setting, files):
    text = "x" * 33_000
    messages = [
        at(14, text=text)._replace(attachment=FILE),
        at(14, 1)._replace(attachment=NAME_ONLY),
    ]
    [long, [other]] = made(messages, replace(HOURLY, attachments=setting))
    assert [task.files for task in long] == [files, ()]
    assert "Attachment: IMG-2.jpg" in other.description
    assert other.files == ()


def test_t5_each_task_of_a_window_names_the_messages_that_are_in_it():
    messages = [at(14, n, text="x" * 20_000) for n in range(3)] + [at(14, 50, text="y" * 70_000)]
    units = made(messages, HOURLY)
    assert [len(unit) for unit in units] == [1, 1, 1, 3]
    assert [len(unit[0].messages) for unit in units] == [1, 1, 1, 1]
    assert [unit[0].key for unit in units] == [unit[0].key for unit in made(messages)]
    subject = "WhatsApp chat with Ada Example (4 messages, 15:00–15:50)"
    subjects = [task.subject for unit in units for task in unit]
    assert subjects == [f"{subject} (part {n}/6)" for n in range(1, 7)]


def test_torn_messages_stay_together_whatever_comes_between_them():
    """T7: one participant has them already, another has not."""
    keys = [MessageKey(bytes([n]) * 16) for n in range(5)]
    messages = [at(13), at(14, 1), at(14, 2), at(14, 3), at(18, 25)]
    partially_logged = dict.fromkeys([keys[1], keys[3]], ADA.id)
    arrivals = list(zip(keys, messages, strict=True))
    found = list(tasks_of(logs(), arrivals, TaskRules(HOURLY, "Completed"), NOW, partially_logged))
    shared = [unit if isinstance(unit, datetime) else unit[0].messages for unit in found]
    end = datetime(2024, 2, 1, 19, tzinfo=UTC)
    assert shared == [(keys[0],), (keys[2],), end, (keys[1], keys[3])]


def test_a_chat_without_a_name_is_called_by_its_records():
    [[task]] = made([at(14)], of=logs(name="", title="+49 171 3920012"))
    assert task.subject == "WhatsApp 15:00 from Ada Example: Hello"


@given(
    minutes=st.lists(st.integers(0, 60 * 24), max_size=20).map(sorted),
    frequency=st.sampled_from([None, 15, 60, 360, 1440]),
    flush=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_every_message_is_in_one_task_or_in_an_open_window(minutes, frequency, flush):
    policy = replace(
        RULES, frequency=None if frequency is None else timedelta(minutes=frequency), flush=flush
    )
    messages = [at(0)._replace(sent_at=at(0).sent_at + timedelta(minutes=m)) for m in minutes]
    windows = made(messages, policy)
    logged = [key for tasks in windows if isinstance(tasks, tuple) for key in tasks[0].messages]
    assert len(set(logged)) == len(logged)
    # Whatever is not logged is younger than all that is, and only where windows wait.
    assert logged == [MessageKey(bytes([n]) * 16) for n in range(len(logged))]
    waits = [window for window in windows if isinstance(window, datetime)]
    assert (len(logged) < len(messages)) == bool(waits)
    assert all(end > NOW for end in waits)
    if frequency is None or flush:
        assert not waits


@pytest.mark.parametrize(
    ("statuses", "chosen"),
    [
        pytest.param([("Open", False), ("Completed", True)], "Completed", id="T4: the usual one"),
        pytest.param([("Done", True), ("Completed", True)], "Completed", id="T4: before others"),
        pytest.param([("Completed", False), ("Done", True)], "Done", id="T4: only if closed"),
    ],
)
def test_t4_the_status_is_a_closed_one(statuses, chosen):
    assert closed_task_status([TaskStatus(*status) for status in statuses]) == chosen


def test_t4_an_org_without_a_closed_status_is_refused():
    with pytest.raises(PermissionMissing) as caught:
        closed_task_status([TaskStatus("Open")])
    assert caught.value.hint


@pytest.mark.parametrize(
    ("chosen", "can_date", "hour", "is_dated"),
    [
        (CreatedDate.MESSAGE, True, 14, True),
        (CreatedDate.MESSAGE, False, 14, False),
        (CreatedDate.WRITTEN, True, 14, False),
        (CreatedDate.MESSAGE, True, 19, False),
    ],
    ids=["chosen", "not allowed", "not chosen", "in the future"],
)
def test_t9_created_date_is_the_messages_where_it_is_chosen_and_allowed(
    chosen: CreatedDate, can_date: bool, hour: int, is_dated: bool
) -> None:
    rules = TaskRules(replace(RULES, created_date=chosen), "Completed", can_date=can_date)
    message = at(hour)
    [(task,)] = tasks_of(logs(), [(MessageKey(b"1" * 16), message)], rules, NOW)
    assert task.created_at == (message.sent_at if is_dated else None)


def test_t9_a_window_has_the_time_of_its_last_message() -> None:
    policy = replace(HOURLY, created_date=CreatedDate.MESSAGE)
    arrivals = [(MessageKey(bytes([n]) * 16), at(14, n)) for n in (4, 9)]
    rules = TaskRules(policy, "Completed", can_date=True)
    [(task,)] = tasks_of(logs(), arrivals, rules, NOW)
    assert task.created_at == at(14, 9).sent_at
