"""The ledger's contract over its file and its scratch copy, and states after any steps."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.ledger.builders import ADA, NOON, arrival, chat, key, record, states, task
from tests.store.ledger.contract import LedgerContract, in_doubt, logged, not_sent, refused
from wasf.store.ledger import Ledger, MessageState


class TestLedgerInAFile(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with Ledger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
            yield ledger


@pytest.mark.postgres
@pytest.mark.gate
class TestSharedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, place):
        with place.open() as ledger:
            yield ledger


class TestScratchLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        with Ledger.scratch(tmp_path / "ledger.sqlite3") as ledger:
            yield ledger


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


def test_an_intended_task_is_sent_again_exactly_as_it_was(tmp_path: Path) -> None:
    whole = replace(
        task("a"),
        what_id=record("006", "Deal"),
        fields=(("Channel__c", "WhatsApp"), ("Known__c", True)),
        created_at=NOON,
    )
    with Ledger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
        ledger.save_chat(chat())
        ledger.enqueue(ADA, [arrival("a")])
        ledger.record_intent([ADA], [whole], NOON)
        assert [intent.task for intent in ledger.intents()] == [whole]
