"""Syncs and what a person does to chats, in any order, with people at work in between.

A person undoes, links, unlinks, allows, skips, purges and forgets. A model says of every message
whether it has to be in the org, and the org is counted after every step: nothing that was undone or
skipped comes by itself, nothing is there twice.
"""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.commands.world import ADA, BEN, Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, MemoryOrg
from tests.fakes_sources import Written, a_source_chat, says
from tests.folders import MEMORY
from wasf.commands.link import unlink
from wasf.commands.privacy import PurgeOptions, forget, purge
from wasf.commands.review import NamedChat, decide
from wasf.commands.verify import TaskResult, verify
from wasf.core.records import Approval
from wasf.errors import WrongUsage

PHONES = {"Ada Example": ADA, "Ben Beispiel": BEN}
titles = st.sampled_from(sorted(PHONES))


class CommandsMachine(RuleBasedStateMachine):
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="commands-", dir=MEMORY))
        self.minutes = 0
        self.true: dict[str, list[str]] = {title: [] for title in PHONES}
        self.at: dict[str, int] = {}
        self.seen: set[str] = set()
        """Texts that were taken in once, whatever became of them."""
        self.waiting: set[str] = set()
        self.logged: dict[str, str] = {}
        """Which run logged a text that is in the org."""
        self.purged: set[str] = set()
        self.edited: set[str] = set()
        self.banned: set[str] = set()
        self.unlinked: set[str] = set()
        self.skipped: set[str] = set()

    @initialize(key_field=st.sampled_from([UNIQUE_KEY, FALLBACK_KEY]))
    def start(self, key_field):
        self.stage = Stage(self.folder, MemoryOrg(key_field))

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.close()
        shutil.rmtree(self.folder)

    # What wasf does

    @rule(title=titles, count=st.integers(0, 3), again=st.booleans())
    def sync(self, title, count, again):
        self.stage.now += timedelta(minutes=1)
        for _ in range(count):
            self.minutes += 1
            text = f"{title} {self.minutes}"
            self.true[title].append(text)
            self.at[text] = self.minutes
        if title not in self.banned | self.skipped:
            texts = set(self.true[title])
            self.waiting |= texts - self.logged.keys() if again else texts - self.seen
            self.seen |= texts
        report = self.stage.sync(self.export(title), again=again, accept=True)
        for text in sorted(self.waiting):
            if text.rpartition(" ")[0] not in self.unlinked:
                self.waiting.discard(text)
                self.logged[text] = report.run
        assert report.messages.waiting == len(self.waiting)

    @rule(data=st.data(), cut_off=st.none() | st.integers(0, 12))
    def undo(self, data, cut_off):
        runs = sorted(set(self.logged.values()))
        if not runs:
            return
        run = data.draw(st.sampled_from(runs), label="run")
        if cut_off is not None:
            self.stage.crash_undo(cut_off, run)
        self.stage.undo(run)
        for text, of in list(self.logged.items()):
            if of == run and text not in self.edited | self.purged:
                del self.logged[text]

    @rule(title=titles)
    def somebody_edits_a_task(self, title):
        for task_id, task in self.stage.org.tasks.items():
            text = task.description.partition("\n")[2]
            if text.startswith(title):
                self.stage.org.edit_task(task_id, subject="Mine")
                self.edited.add(text)
                return

    @rule(title=titles, is_linked=st.booleans())
    def link_or_unlink(self, title, is_linked):
        known = [one.chat.title for one in self.stage.ledger.chats()]
        if title not in known:
            with pytest.raises(WrongUsage):
                unlink(title, self.stage.ledger, "DE")
            return
        if is_linked:
            contact = self.stage.org.add_contact("Somebody")
            self.stage.link(title, contact.id, move=False)
            self.unlinked.discard(title)
            self.skipped.discard(title)
        else:
            unlink(title, self.stage.ledger, "DE")
            self.unlinked.add(title)

    @rule(title=titles, is_allowed=st.booleans())
    def allow_or_skip(self, title, is_allowed):
        approval = Approval.ALLOWED if is_allowed else Approval.SKIPPED
        decide(approval, [NamedChat(PHONES[title])], [], self.stage.ledger, "DE")
        if is_allowed:
            self.skipped.discard(title)
            return
        self.skipped.add(title)
        dropped = {text for text in self.waiting if text.startswith(title)}
        self.waiting -= dropped
        self.seen -= dropped

    @rule(title=titles, waiting=st.booleans())
    def purge(self, title, waiting):
        if title not in [one.chat.title for one in self.stage.ledger.chats()]:
            return
        choices = PurgeOptions(chat=title, waiting=waiting)
        purge(choices, self.stage.ledger, "DE")
        self.purged |= {text for text in self.logged if text.startswith(title)}
        if waiting:
            self.waiting = {text for text in self.waiting if not text.startswith(title)}

    @rule(title=titles, lifted=st.booleans())
    def forget(self, title, lifted):
        if lifted:
            assert self.stage.ledger.lift_ban(PHONES[title]) is (title in self.banned)
            self.banned.discard(title)
            return
        was_there = title in [one.chat.title for one in self.stage.ledger.chats()]
        forget(PHONES[title], self.stage.context())
        self.banned.add(title)
        self.skipped.discard(title)
        if was_there:
            self.purged |= {text for text in self.logged if text.startswith(title)}
            self.waiting = {text for text in self.waiting if not text.startswith(title)}
            self.unlinked.discard(title)

    # What must hold

    @invariant()
    def count(self):
        CommandsMachine.steps += 1

    @invariant()
    def the_org_has_what_it_has_to_have(self):
        if hasattr(self, "stage"):
            assert sorted(self.stage.texts()) == sorted(self.logged)
            waiting = sum(one.queued for one in self.stage.ledger.chats())
            assert waiting == len(self.waiting)

    @invariant()
    def ledger_and_org_agree(self):
        if hasattr(self, "stage"):
            counts = verify(self.stage.context()).counts
            results = {one.result for one in counts if one.tasks}
            assert results <= {TaskResult.SAME, TaskResult.MOVED, TaskResult.DELETED}

    def export(self, title: str) -> Written:
        lines = [says(text, self.at[text], author=title) for text in self.true[title]]
        return Written(a_source_chat(title, phone=PHONES[title]), lines)


SMALL = settings(
    max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
LIVES = 75
"""Raise it by hand for a longer look."""
LARGE = settings(SMALL, max_examples=LIVES, stateful_step_count=40, print_blob=True)


def test_whatever_a_person_takes_back_or_forgets_nothing_is_lost_or_doubled():
    run_state_machine_as_test(CommandsMachine, settings=SMALL)


@pytest.mark.gate
def test_whatever_a_person_takes_back_or_forgets_many_times():
    CommandsMachine.steps = 0
    run_state_machine_as_test(CommandsMachine, settings=LARGE)
    print(f"commands: {LIVES} runs, {CommandsMachine.steps:,} steps, 0 lost, 0 double")
