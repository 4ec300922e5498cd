"""Sending Tasks when something goes wrong: each outcome is the truth, and nothing hangs."""

import threading
from collections import Counter
from dataclasses import replace

import pytest

from tests.salesforce.worlds import QUICK, adapter, make_task, timeouts_with
from tests.servers.salesforce import LocalOrg
from wasf.core.auth import UserId
from wasf.core.policy import Reserve
from wasf.core.records import RecordId
from wasf.errors import (
    ApiLimitReached,
    NotConnected,
    Unreachable,
    WasfError,
)
from wasf.interfaces import KeyField, TaskInDoubt, TaskLogged, TaskNotSent, TaskRefused
from wasf.salesforce.tasks import CallsInFlight

UNIQUE = KeyField("WhatsApp_Message_Key__c", is_unique=True)
FALLBACK = KeyField("CallObject", is_unique=False)
PATH = "composite/sobjects"

# What the second of three batches meets: the fault, the outcome of its Tasks, the error in the end.
LOST = {
    "S2 reset before it was read": ("reset-before", {}, TaskInDoubt, Unreachable),
    "S3 reset after the commit": ("reset-after", {}, TaskInDoubt, Unreachable),
    "S4 reset in mid-answer": ("reset-mid-answer", {}, TaskInDoubt, Unreachable),
    "S5 closed without an answer": ("close-after", {}, TaskInDoubt, Unreachable),
    "S6 truncated JSON": ("truncated", {}, TaskInDoubt, Unreachable),
    "S7 chunked answer cut": ("chunked-cut", {}, TaskInDoubt, Unreachable),
    "S8 a byte now and then": ("slow-answer", {"seconds": 0.1}, TaskInDoubt, Unreachable),
    "S9 hangs before the commit": ("hang-before", {"seconds": 3}, TaskInDoubt, Unreachable),
    "S10 hangs after the commit": ("hang-after", {"seconds": 3}, TaskInDoubt, Unreachable),
    "S11 commits later": ("late-commit", {"seconds": 0.05}, TaskInDoubt, Unreachable),
    "S12 login page": ("html", {}, TaskInDoubt, Unreachable),
    "S13 login page after the commit": ("html-after", {}, TaskInDoubt, Unreachable),
    "S14 redirected to the login": ("redirect", {}, TaskInDoubt, Unreachable),
    "S16 signed out": ("unauthorized", {"times": 0}, TaskNotSent, NotConnected),
    "S17 signed out, as a page": ("unauthorized-html", {}, TaskNotSent, NotConnected),
    "S18 no call left": ("api-limit", {}, TaskNotSent, ApiLimitReached),
    "S19 too many requests": ("too-many-requests", {}, TaskNotSent, Unreachable),
    "S19 and when to return": ("too-many-requests", {"retry_after": 30}, TaskNotSent, Unreachable),
    "S20 server error": ("server-error", {}, TaskInDoubt, Unreachable),
    "S21 bad gateway": ("gateway-after", {}, TaskInDoubt, Unreachable),
    "S21 gateway timeout": ("gateway-after", {"status": 504}, TaskInDoubt, Unreachable),
    "S22 maintenance": ("maintenance", {}, TaskNotSent, Unreachable),
    "S24 a result is missing": ("fewer-results", {}, TaskInDoubt, Unreachable),
    "S26 several choices": ("multiple", {}, TaskInDoubt, Unreachable),
    "S27 another charset": ("wrong-charset", {}, TaskInDoubt, Unreachable),
    "S27 byte order mark": ("bom", {}, TaskInDoubt, Unreachable),
    "S27 NaN": ("nan", {}, TaskInDoubt, Unreachable),
    "S28 50 MB": ("huge", {}, TaskInDoubt, Unreachable),
    "S29 gzip bomb": ("gzip-bomb", {"megabytes": 17}, TaskInDoubt, Unreachable),
    "S30 moved (404)": ("moved", {}, TaskNotSent, WasfError),
    "S30 moved (421)": ("moved", {"status": 421}, TaskNotSent, NotConnected),
    "S32 version gone": ("version-gone", {}, TaskNotSent, WasfError),
}


@pytest.fixture
def local():
    with LocalOrg.start() as org:
        org.add_key_field()
        yield org


def batches_of(local, count, size=2, first=0, people=1):
    """Batches of Tasks; each batch is on one of so many Contacts in turn."""
    who = [RecordId(local.add_contact(LastName="Example")) for _ in range(people)]
    return [
        [
            make_task(first + size * batch + place, who[batch % people], UserId(local.user_id))
            for place in range(size)
        ]
        for batch in range(count)
    ]


def send(org, batches, key_field=UNIQUE):
    """The outcomes, and what was raised in the end."""
    outcomes = {}
    try:
        for told in org.log_tasks(batches, key_field):
            outcomes |= {outcome.key: outcome for outcome in told}
    except WasfError as error:
        return outcomes, error
    return outcomes, None


def written(local):
    return Counter(row["WhatsApp_Message_Key__c"] for row in local.rows("Task"))


@pytest.mark.parametrize(("kind", "options", "outcome", "raised"), LOST.values(), ids=LOST)
def test_a_batch_that_is_lost(local, kind, options, outcome, raised):
    local.fail(kind, path=PATH, skip=1, **options)
    batches = batches_of(local, 3)
    outcomes, error = send(adapter(local, in_flight=1, timeouts=timeouts_with(kind)), batches)

    assert type(error) is raised
    kinds = [{type(outcomes.get(task.key)) for task in batch} for batch in batches]
    assert kinds[:2] == [{TaskLogged}, {outcome}]
    # After a doubt the next batch is tried; after a clear no it is not even taken.
    assert kinds[2] == ({TaskLogged} if outcome is TaskInDoubt else {type(None)})
    in_doubt = {key for key, told in outcomes.items() if isinstance(told, TaskInDoubt)}
    logged = {key for key, told in outcomes.items() if isinstance(told, TaskLogged)}
    assert logged <= set(written(local)) <= logged | in_doubt

    local.heal()
    local.expire_tokens()
    again, error = send(adapter(local), batches)
    assert error is None
    assert {type(told) for told in again.values()} == {TaskLogged}
    assert set(written(local).values()) == {1}, "a Task was written twice"
    assert len(written(local)) == 6, "a Task was lost"


def test_s1_nobody_listens(local):
    batches = batches_of(local, 2)
    org = adapter(local, in_flight=1)
    local.refuse_connections(30.0)
    outcomes, error = send(org, batches)
    assert isinstance(error, Unreachable)
    assert [type(outcomes[task.key]) for task in batches[0]] == [TaskNotSent, TaskNotSent]
    assert org.api_calls == 0


def test_s1_somebody_listens_again(local):
    """A connection that never came about is the one thing that is simply tried again."""
    opened = threading.Event()

    def rest(seconds):
        opened.wait(0.3)

    org = adapter(local, retry=replace(QUICK, sleep=rest, attempts=6))
    local.refuse_connections(0.4)
    outcomes, error = send(org, batches_of(local, 1))
    assert error is None
    assert {type(told) for told in outcomes.values()} == {TaskLogged}


OURS = "duplicate value found: WhatsApp_Message_Key__c duplicates value on record with id: "
LIKE_OURS = OURS.replace("WhatsApp", "My_WhatsApp")
GERMAN = "Doppelter Wert: WhatsApp_Message_Key__c dupliziert Wert in Datensatz mit ID: "
IN_A_TRIGGER = "x: execution of BeforeInsert caused by: UNABLE_TO_LOCK_ROW, unable to obtain"
WRAPPED = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"

# What one of three rows meets: code, text, whether it meets it again, and the outcome.
ROWS = {
    "a lock that goes away": ("UNABLE_TO_LOCK_ROW", "", False, TaskLogged),
    "a lock that stays": ("UNABLE_TO_LOCK_ROW", "", True, TaskRefused),
    "a lock inside a trigger": (WRAPPED, IN_A_TRIGGER, False, TaskLogged),
    "a trigger": (WRAPPED, "x: execution", False, TaskRefused),
    "a validation rule": ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", False, TaskRefused),
    "too long": ("STRING_TOO_LONG", "", False, TaskRefused),
    "another unique field": ("DUPLICATE_VALUE", "", False, TaskRefused),
    "a field named nearly like ours": (
        "DUPLICATE_VALUE",
        f"{LIKE_OURS}00T5e0000000001",
        False,
        TaskRefused,
    ),
    "our key, 15 characters": ("DUPLICATE_VALUE", f"{OURS}00T5e0000000001", False, TaskLogged),
    "our key, in German": ("DUPLICATE_VALUE", f"{GERMAN}00T5e0000000001EAA", False, TaskLogged),
    "our key, and no id": ("DUPLICATE_VALUE", OURS, False, TaskLogged),
    "our key, and an unknown id": ("DUPLICATE_VALUE", f"{OURS}<unknown>", False, TaskLogged),
}


@pytest.mark.parametrize(("code", "message", "stays", "outcome"), ROWS.values(), ids=ROWS)
def test_s23_a_row_that_fails(local, code, message, stays, outcome):
    [batch] = batches_of(local, 1, size=3)
    local.fail("row-errors", path=PATH, rows=[1], code=code, message=message)
    if stays:  # only the row that failed is sent again, so there it is the first
        local.fail("row-errors", path=PATH, rows=[0], code=code, message=message, times=0)
    outcomes, error = send(adapter(local), [batch])
    assert error is None
    assert [type(outcomes[task.key]) for task in batch] == [TaskLogged, outcome, TaskLogged]
    told = outcomes[batch[1].key]
    if isinstance(told, TaskRefused):
        assert told.refusal.code == code
        assert told.refusal.fields == (("Description",) if code == "STRING_TOO_LONG" else ())
    assert set(written(local).values()) == {1}
    calls = [seen for seen in local.requests if PATH in seen.path]
    assert len(calls) == (QUICK.attempts if stays else 2 if "UNABLE" in code + message else 1)


def test_a_lost_answer_to_the_rows_of_a_lock_leaves_the_others_logged(local):
    [batch] = batches_of(local, 1, size=3)
    local.fail("row-errors", path=PATH, rows=[1], code="UNABLE_TO_LOCK_ROW")
    local.fail("reset-after", path=PATH)
    outcomes, error = send(adapter(local), [batch], FALLBACK)
    assert isinstance(error, Unreachable)
    kinds = [type(outcomes[task.key]) for task in batch]
    assert kinds == [TaskLogged, TaskInDoubt, TaskLogged]


def test_without_a_unique_field_a_duplicate_is_never_read_as_ours(local):
    [batch] = batches_of(local, 1, size=1)
    message = (
        "duplicate value found: CallObject duplicates value on record with id: 00T5e0000000001"
    )
    local.fail("row-errors", path=PATH, code="DUPLICATE_VALUE", message=message)
    outcomes, _ = send(adapter(local), [batch], FALLBACK)
    assert [type(told) for told in outcomes.values()] == [TaskRefused]


def test_after_three_doubts_in_a_row_nothing_more_is_sent(local):
    local.fail("gateway-after", path=PATH, skip=1, times=0)
    batches = batches_of(local, 9)
    outcomes, error = send(adapter(local, in_flight=1), batches)
    assert isinstance(error, Unreachable)
    kinds = Counter(type(told) for told in outcomes.values())
    assert kinds == {TaskLogged: 2, TaskInDoubt: 6}
    assert len(outcomes) == 8


def test_what_is_in_flight_is_told_before_the_error_is_raised(local):
    local.latency(100)
    local.fail("unauthorized", path=PATH, skip=2)
    taken = []

    def source():
        for batch in batches_of(local, 12, people=12):
            taken.append(batch)
            yield batch

    outcomes, error = send(adapter(local, in_flight=4), source())
    assert isinstance(error, NotConnected)
    assert set(outcomes) == {task.key for batch in taken for task in batch}
    kinds = Counter(type(told) for told in outcomes.values())
    assert kinds[TaskNotSent] == 2
    assert kinds[TaskLogged] == len(outcomes) - 2
    assert len(taken) <= 8
    assert len(written(local)) == kinds[TaskLogged]


def test_batches_are_in_flight_together_and_each_is_taken_on_the_callers_thread(local):
    local.latency(600)
    here = threading.get_ident()
    threads = set()

    def source():
        for batch in batches_of(local, 5, people=5):
            threads.add(threading.get_ident())
            yield batch

    org = adapter(local, in_flight=4)
    told = org.log_tasks(source(), UNIQUE)
    next(told)
    next(told)  # the first was alone, the other four were under way together
    begun = [seen for seen in local.requests if PATH in seen.path]
    assert len(begun) == 5
    list(told)
    assert threads == {here}


def test_a_source_that_fails_does_not_lose_what_is_in_flight(local):
    [batch] = batches_of(local, 1)

    def source():
        yield batch
        raise ZeroDivisionError

    outcomes = []
    with pytest.raises(ZeroDivisionError):
        outcomes.extend(adapter(local).log_tasks(source(), UNIQUE))
    assert len(outcomes) == 1


def test_the_reserve_stops_the_sending_before_it_is_eaten(local):
    local.use_api_calls(14_990)
    org = adapter(local, in_flight=1, reserve=Reserve(calls=7))
    outcomes, error = send(org, batches_of(local, 9))
    assert isinstance(error, ApiLimitReached)
    assert Counter(type(told) for told in outcomes.values()) == {TaskLogged: 6, TaskNotSent: 2}
    assert org.usage == (14_993, 15_000)
    assert org.api_calls == 3


def test_a_task_that_may_not_be_created_is_refused_by_row(local):
    batches = batches_of(local, 1)
    local.set(no_create=["Task"])
    outcomes, error = send(adapter(local), batches)
    assert error is None
    assert {type(told) for told in outcomes.values()} == {TaskRefused}


def test_text_is_made_storable_on_the_way(local):
    [[task]] = batches_of(local, 1, size=1)
    hostile = replace(task, subject="nul \x00 half \ud83d", description="esc \x1b\nمرحبا 😀")
    assert send(adapter(local), [[hostile]])[1] is None
    [row] = local.rows("Task")
    assert row["Subject"] == "nul ␀ half \ufffd"
    assert row["Description"] == "esc ␛\nمرحبا 😀"


@pytest.mark.parametrize("wrong", ["too many", "one key twice"])
def test_a_batch_that_must_not_be_sent_is_a_bug(local, wrong):
    [batch] = batches_of(local, 1, size=201 if wrong == "too many" else 1)
    with pytest.raises(ValueError, match="at most 200"):
        list(adapter(local).log_tasks([batch if wrong == "too many" else batch * 2], UNIQUE))
    assert local.count("Task") == 0


def in_flight(calls: CallsInFlight, *rounds: float) -> list[int]:
    """Return how many calls were under way in each round; all its answers take so many seconds."""
    found = []
    for seconds in rounds:
        found.append(calls.now)
        for _ in range(calls.now):
            calls = calls.answered(seconds)
    return [*found, calls.now]


class TestInFlight:
    def test_more_are_under_way_while_answers_come_as_fast(self) -> None:
        assert in_flight(CallsInFlight(), 0.15, 0.15, 0.16, 0.14) == [4, 6, 8, 8, 8]

    def test_fewer_again_where_more_only_take_longer(self) -> None:
        assert in_flight(CallsInFlight(), 0.15, 0.15, 0.3, 0.22, 0.2) == [4, 6, 8, 6, 6, 6]
        assert in_flight(CallsInFlight(), 0.15, 0.3, 0.3, 0.3) == [4, 6, 4, 4, 4]

    def test_never_more_than_four_where_calls_are_long(self) -> None:
        assert in_flight(CallsInFlight(), 21.0, 21.0) == [4, 4, 4]
        calls = CallsInFlight(now=8, usual=0.15)
        assert calls.answered(3.1).now == 4
        assert calls.answered(float("inf")).now == 4

    def test_never_more_than_is_allowed(self) -> None:
        assert in_flight(CallsInFlight.at_most(1), 0.1, 0.1, 9.0) == [1, 1, 1, 1]
        assert in_flight(CallsInFlight.at_most(5), 0.1, 0.1) == [4, 5, 5]
