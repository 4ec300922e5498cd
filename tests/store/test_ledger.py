"""The ledger's contract over its file and its scratch copy, and properties of its counting."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.builders import ADA, NOON, arrival, chat, key, task
from tests.store.contract import LedgerContract, in_doubt, logged, not_sent, refused
from wasf.interfaces import Ledger, MessageState
from wasf.store.ledger import SqliteLedger


class TestLedgerInAFile(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with SqliteLedger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
            yield ledger


class TestScratchLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with SqliteLedger.scratch(tmp_path / "ledger.sqlite3") as ledger:
            yield ledger


def test_it_is_a_ledger_to_the_type_checker(tmp_path):
    ledger: Ledger = SqliteLedger.scratch(tmp_path / "none")
    assert ledger.last_run() is None


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with SqliteLedger.open(tmp_path_factory.mktemp("shared") / "ledger.sqlite3") as ledger:
        yield ledger


few_bases = st.lists(st.sampled_from([bytes([n]) * 16 for n in range(5)]), max_size=12)


@given(calls=st.lists(few_bases, max_size=6))
@settings(max_examples=60, deadline=None)
def test_counting_in_pieces_is_counting_at_once(shared, calls):
    seen: Counter[bytes] = Counter()
    with shared.transaction():
        for bases in calls:
            expected = []
            for base in bases:
                expected.append(seen[base])
                seen[base] += 1
            assert list(shared.count_earlier(bases)) == expected


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
                    ledger.intend([ADA], [task(*group)], NOON)
                    self.open.append(group)
                    self._turn(group, MessageState.QUEUED, MessageState.INTENDED)
            case outcome if self.open:
                group = self.open[arg % len(self.open)]
                ledger.settle([outcome(task(*group))])
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
    with SqliteLedger.scratch(tmp_path / "none") as ledger:
        ledger.save_chat(chat(ADA))
        for what, arg in steps:
            model.apply(ledger, what, arg)
        assert ledger.states([key(n) for n in model.states]) == list(model.states.values())
        count = Counter(model.states.values())
        [known] = ledger.chats()
        assert known.queued == count[MessageState.QUEUED] + count[MessageState.INTENDED]
        assert known.logged == count[MessageState.LOGGED]
        assert len(list(ledger.queued(ADA))) == count[MessageState.QUEUED]
        assert len(ledger.intents()) == len(model.open)
