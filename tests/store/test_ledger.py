"""The ledger's contract over its file and its scratch copy, and properties of its counting."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.builders import ADA, NOON, arrival, chat, key, place, states, task
from tests.store.contract import LedgerContract, in_doubt, logged, not_sent, refused
from wasf.core.keys import start_of
from wasf.store.ledger import Ledger, MessageState
from wasf.store.ledger.counts import count_between


class TestLedgerInAFile(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with Ledger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
            yield ledger


class TestScratchLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with Ledger.scratch(tmp_path / "ledger.sqlite3") as ledger:
            yield ledger


def test_it_is_a_ledger_to_the_type_checker(tmp_path):
    ledger: Ledger = Ledger.scratch(tmp_path / "none")
    assert ledger.last_run() is None


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Ledger.open(tmp_path_factory.mktemp("shared") / "ledger.sqlite3") as ledger:
        yield ledger


# A native id has the minute 0. In order of time, nearly so, or in any order.
places = st.builds(place, st.sampled_from([0, 1, 2, 3, 900]), st.sampled_from("ab"))
few_places = st.lists(places, max_size=12)
calls = st.one_of(
    st.lists(few_places, max_size=8),
    st.lists(few_places.map(sorted), max_size=8).map(sorted),
)


@given(calls=calls)
@settings(max_examples=100, deadline=None)
def test_counting_in_pieces_is_counting_at_once(shared, calls):
    seen: Counter[bytes] = Counter()
    with shared.transaction():
        shared.count_earlier([])
        for some in calls:
            expected = []
            for one in some:
                expected.append(seen[one])
                seen[one] += 1
            assert list(shared.count_earlier(some)) == expected
        for minute in (0, 1, 2, 900):
            start, end = start_of(minute), start_of(minute + 1)
            assert count_between(shared._db, start, end) == {
                one: times for one, times in seen.items() if start <= one < end
            }


names = st.sampled_from("abcdef")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("enqueue"), st.lists(names, max_size=4)),
        st.tuples(st.just("intend"), st.lists(names, min_size=1, max_size=3, unique=True)),
        st.tuples(st.just("drop"), st.lists(names, max_size=2)),
        st.tuples(st.sampled_from([logged, refused, not_sent, in_doubt]), st.integers(0, 5)),
    ),
    max_size=14,
)


class Model:
    """The same rules in a few sets: what states must be after any steps."""

    def __init__(self) -> None:
        self.states = dict.fromkeys("abcdef", MessageState.NEW)
        self.open: list[tuple[str, ...]] = []

    def apply(self, ledger: Ledger, what, arg) -> None:
        match what:
            case "enqueue":
                ledger.enqueue(ADA, [arrival(name) for name in arg])
                self._turn(arg, MessageState.NEW, MessageState.QUEUED)
            case "drop":
                ledger.drop([key(name) for name in arg])
                self._turn(arg, MessageState.QUEUED, MessageState.NEW)
            case "intend":
                group = tuple(n for n in arg if self.states[n] is MessageState.QUEUED)
                if group:
                    ledger.record_intent([ADA], [task(*group)], NOON)
                    self.open.append(group)
                    self._turn(group, MessageState.QUEUED, MessageState.INTENDED)
            case outcome if self.open:
                group = self.open[arg % len(self.open)]
                ledger.resolve([outcome(task(*group))])
                if outcome is not in_doubt:
                    self.open.remove(group)
                    end = MessageState.LOGGED if outcome is logged else MessageState.QUEUED
                    self._turn(group, MessageState.INTENDED, end)

    def _turn(self, group, before: MessageState, after: MessageState) -> None:
        self.states |= {name: after for name in group if self.states[name] is before}


@given(steps=steps)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_steps_leave_each_message_in_one_state_and_the_counts_add_up(tmp_path, steps):
    model = Model()
    with Ledger.scratch(tmp_path / "none") as ledger:
        ledger.save_chat(chat(ADA))
        for what, arg in steps:
            model.apply(ledger, what, arg)
        assert states(ledger, [key(n) for n in model.states]) == list(model.states.values())
        count = Counter(model.states.values())
        [known] = ledger.chats()
        assert known.queued == count[MessageState.QUEUED] + count[MessageState.INTENDED]
        assert known.logged == count[MessageState.LOGGED]
        assert len(list(ledger.queued(ADA))) == count[MessageState.QUEUED]
        assert len(ledger.intents()) == len(model.open)
