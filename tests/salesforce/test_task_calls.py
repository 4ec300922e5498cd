"""Which Tasks go into the next call, and how large calls are after good and bad ones (W7, T9)."""

from dataclasses import replace

from tests.salesforce.worlds import make_task
from wasf.core.auth import UserId
from wasf.core.records import RecordId, Task
from wasf.core.refusals import RecordRefusal
from wasf.salesforce.task_calls import BatchSize, TaskCalls

OWNER = UserId("0055e0000000001AAA")
ADA, BEN = RecordId("0035e0000000001AAA"), RecordId("0035e0000000002AAA")
TRIGGER = RecordRefusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", (), "TaskRollup")


def tasks(count: int, who: RecordId = ADA, first: int = 0) -> list[Task]:
    return [make_task(first + number, who, OWNER) for number in range(count)]


def carry_out(calls: TaskCalls, most: int, poison: frozenset[str] = frozenset()) -> list[int]:
    """Send everything to an org that takes `most` at once; return the sizes of the calls."""
    sizes = []
    while call := calls.take():
        sizes.append(len(call.tasks))
        if len(call.tasks) > most or poison & {task.key for task in call.tasks}:
            calls.failed_whole(call, call.tasks, TRIGGER)
        else:
            calls.passed(call, call.tasks)
        calls.drop_unsent()
    return sizes


class TestSize:
    def test_it_is_halved_until_both_halves_pass(self) -> None:
        calls = TaskCalls(BatchSize())
        calls.add(tasks(60))
        assert carry_out(calls, 20) == [60, 30, 15, 15, 15, 15]
        assert (calls.size.size, calls.limit) == (15, TRIGGER)

    def test_a_poison_row_leaves_the_size(self) -> None:
        calls = TaskCalls(BatchSize())
        rows = tasks(150)
        calls.add(rows)
        sizes = carry_out(calls, 200, frozenset({rows[77].key}))
        assert len(sizes) <= 16
        assert not calls.size.is_limited

    def test_it_grows_after_ten_good_calls_and_less_often_in_vain(self) -> None:
        size = BatchSize().too_many(30)
        for _ in range(19):
            size = size.worked(15)
        assert size.size == 15
        size = size.worked(15)
        assert size.size == 30
        assert size.too_many(30).needed == 40

    def test_it_never_grows_beyond_what_is_allowed(self) -> None:
        size = BatchSize.starting_at(60, 100)
        for _ in range(10):
            size = size.worked(60)
        assert (size.size, size.is_limited) == (100, False)

    def test_smaller_calls_say_nothing(self) -> None:
        size = BatchSize.starting_at(60, 100)
        for _ in range(50):
            size = size.worked(59)
        assert size.size == 60


class TestOrder:
    def test_no_call_of_a_record_that_is_at_work(self) -> None:
        calls = TaskCalls(BatchSize())
        calls.add(tasks(2))
        calls.add(tasks(2, first=2))
        calls.add(tasks(2, BEN, first=4))
        first = calls.take()
        other = calls.take()
        assert first
        assert other
        assert other.records == {BEN}
        assert calls.take() is None
        calls.passed(first, first.tasks)
        following = calls.take()
        assert following
        assert following.tasks[0].key == tasks(1, first=2)[0].key

    def test_nothing_overtakes_what_waits_for_its_record(self) -> None:
        calls = TaskCalls(BatchSize())
        calls.add(tasks(1))
        calls.add([*tasks(1, first=1), *tasks(1, BEN, first=2)])
        calls.add(tasks(1, BEN, first=3))
        assert calls.take()
        assert calls.take() is None

    def test_no_call_of_a_related_record_that_is_at_work(self) -> None:
        deal = RecordId("0065e0000000001AAA")
        calls = TaskCalls(BatchSize())
        calls.add([replace(task, what_id=deal) for task in tasks(1)])
        calls.add([replace(task, what_id=deal) for task in tasks(1, BEN, first=1)])
        assert calls.take()
        assert calls.take() is None

    def test_halves_go_before_the_rest(self) -> None:
        calls = TaskCalls(BatchSize())
        rows = tasks(6)
        calls.add(rows[:4])
        calls.add(rows[4:])
        call = calls.take()
        assert call
        calls.failed_whole(call, call.tasks, TRIGGER)
        keys = []
        while call := calls.take():
            keys += [task.key for task in call.tasks]
            calls.passed(call, call.tasks)
        assert keys == [task.key for task in rows]


class TestBounds:
    def test_a_record_of_which_every_task_is_refused(self) -> None:
        calls = TaskCalls(BatchSize())
        good, bad = tasks(50), tasks(100, BEN, first=50)
        calls.add([*good, *bad])
        sizes = carry_out(calls, 200, frozenset(task.key for task in bad))
        assert len(sizes) < 35
        assert calls.stopped is None

    def test_an_org_that_refuses_everything(self) -> None:
        calls = TaskCalls(BatchSize())
        for number in range(40):
            who = RecordId(f"0035e00000{number:05}AAA")
            calls.add(tasks(10, who, first=10 * number))
        assert len(carry_out(calls, 0)) < 60
        assert calls.stopped == TRIGGER

    def test_a_probe_is_one_task(self) -> None:
        calls = TaskCalls(BatchSize(), is_probing=True)
        calls.add(tasks(100))
        assert carry_out(calls, 0) == [1]
        assert calls.stopped == TRIGGER

    def test_after_a_good_probe_all_go(self) -> None:
        calls = TaskCalls(BatchSize(), is_probing=True)
        calls.add(tasks(100))
        assert carry_out(calls, 200) == [1, 99]
