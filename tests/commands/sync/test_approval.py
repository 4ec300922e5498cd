"""A new chat waits for a yes, and a skipped one leaves nothing behind (rule X2)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.commands.world import ADA, BEN, Stage, only_chat
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY, Loss
from tests.fakes_sources import says, written
from wasf.commands.review import Decision, NamedChat, decide
from wasf.commands.status import read_status
from wasf.commands.sync import ChatState, ImportOptions, sync
from wasf.core.chats import Participant, SourceChat
from wasf.core.policy import Groups, NewChats
from wasf.core.records import Approval
from wasf.errors import Unreachable
from wasf.interfaces import ChatReading, KeyField, Reached, Unreadable

ASK = {"new_chats": NewChats.ASK}
OFF = Unreachable("Salesforce did not answer.")
SECRET = "a word for nobody else"


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["unique key", "fallback key"])
def key_field(request: pytest.FixtureRequest) -> KeyField:
    field: KeyField = request.param
    return field


def allow(stage: Stage, *words: str, accounts: tuple[str, ...] = ()) -> Decision:
    return _decide(Approval.ALLOWED, stage, words, accounts)


def skip(stage: Stage, *words: str, accounts: tuple[str, ...] = ()) -> Decision:
    return _decide(Approval.SKIPPED, stage, words, accounts)


def _decide(
    approval: Approval, stage: Stage, words: tuple[str, ...], accounts: tuple[str, ...]
) -> Decision:
    return decide(approval, [NamedChat(word) for word in words], accounts, stage.ledger, "DE")


def counts(stage: Stage) -> tuple[int, int, int]:
    """What `wasf status` says: chats that wait for a yes, skipped ones, rules that skip."""
    policy = replace(stage.policy, new_chats=NewChats.ASK)
    found = read_status(stage.ledger, "", "", policy)
    return found.in_review, found.skipped, found.skip_rules


def in_file(stage: Stage, text: str) -> bool:
    """Whether the text can be read in the ledger's files, after the program ended."""
    stage.reopen()
    return any(text.encode() in path.read_bytes() for path in stage.path.parent.iterdir())


# --- A new chat waits --------------------------------------------------------------------------


def test_x2_by_default_nothing_waits_for_a_yes(stage: Stage) -> None:
    assert stage.sync(written("one")).messages.logged == 1


def test_x2_with_ask_a_new_chat_waits_and_nobody_is_looked_for(stage: Stage) -> None:
    report = stage.sync(written("one", "two"), **ASK)
    chat = only_chat(report)
    assert (chat.state, chat.counts.waiting, report.messages.read) == (ChatState.WAITING, 2, 2)
    assert chat.reason == "waits for your yes"
    assert f"wasf allow {chat.id} " in chat.hint
    assert (stage.org.api_calls, len(stage.org.leads), stage.texts()) == (0, 0, [])
    assert counts(stage) == (1, 0, 0)


def test_x2_it_waits_at_every_sync_until_the_yes_and_is_logged_without_its_file(
    stage: Stage,
) -> None:
    stage.sync(written("one"), **ASK)
    assert stage.sync(written("one", "two"), **ASK).messages.waiting == 2
    assert stage.sync(**ASK).messages.waiting == 2
    assert allow(stage, "Ada Example").chats[0].messages == 2
    report = stage.sync(**ASK)
    assert (report.messages.logged, stage.texts()) == (2, ["one", "two"])
    assert counts(stage) == (0, 0, 0)


def test_x2_a_chat_that_was_read_before_the_setting_goes_on(stage: Stage) -> None:
    stage.sync(written("one"))
    stage.sync(written("two", title="Nora", phone=None))
    assert stage.sync(written("one", "more"), **ASK).messages.logged == 1
    assert "say the number" in stage.ledger.chats()[1].hint


def test_x2_the_setting_log_lets_all_in_and_they_stay_in(stage: Stage) -> None:
    stage.sync(written("one"), **ASK)
    assert stage.sync().messages.logged == 1
    assert stage.sync(written("one", "two"), **ASK).messages.logged == 1


def test_x2_a_yes_to_one_chat_lets_no_other_in(stage: Stage) -> None:
    stage.sync(
        written("one", whatsapp_account="Sales"),
        written("two", title="Ben", phone=BEN, whatsapp_account="Sales"),
        **ASK,
    )
    allow(stage, ADA)
    other = written("three", title="Ada again", phone=ADA, whatsapp_account="Service")
    report = stage.sync(other, **ASK)
    assert (report.messages.logged, stage.texts()) == (1, ["one"])
    assert stage.waiting() == {"Ben": 1, "Ada again": 1}


def test_x2_a_dry_run_shows_what_would_wait(stage: Stage) -> None:
    report = stage.dry_run(written("one"), **ASK)
    assert (report.messages.waiting, only_chat(report).reason) == (1, "waits for your yes")
    assert not stage.ledger.chats()


def test_x2_a_link_by_hand_is_a_yes(stage: Stage) -> None:
    contact = stage.org.add_contact("Somebody Else", BEN)
    stage.sync(written("one"), **ASK)
    stage.link("Ada Example", contact.id)
    assert stage.sync(**ASK).messages.logged == 1
    assert stage.texts(contact.id) == ["one"]


def test_x2_a_link_by_hand_lets_a_skipped_chat_in(stage: Stage) -> None:
    stage.sync(written("one"))
    skip(stage, "Ada Example")
    stage.link("Ada Example", stage.ada().id)
    assert stage.sync(written("one", "two")).messages.logged == 1


def test_x2_a_group_waits_too(stage: Stage) -> None:
    contact = stage.ada()
    people = (Participant("Ada Example", ADA),)
    group = written("hi", title="The team", phone=None, is_group=True, participants=people)
    choice = {"groups": Groups.PARTICIPANTS, **ASK}
    assert stage.sync(group, **choice).messages.waiting == 1
    allow(stage, "The team")
    assert stage.sync(**choice).messages.logged == 1
    assert stage.texts(contact.id) == ["hi"]


@pytest.mark.parametrize("what", ["the run", "the chat"])
def test_x2_undo_takes_an_allowed_chat_back_and_it_stays_allowed(stage: Stage, what: str) -> None:
    stage.sync(written("one"), **ASK)
    allow(stage, "Ada Example")
    stage.sync(**ASK)
    if what == "the run":
        stage.undo()
    else:
        stage.undo_chat("Ada Example")
    assert stage.texts() == []
    report = stage.sync(written("one", "two"), again=True, **ASK)
    assert (report.messages.logged, stage.texts()) == (2, ["one", "two"])


# --- A skipped chat ----------------------------------------------------------------------------


def test_x2_what_waits_of_a_skipped_chat_leaves_no_text(stage: Stage) -> None:
    stage.sync(written(SECRET, "two"), **ASK)
    assert skip(stage, "Ada Example").chats[0].messages == 2
    assert not in_file(stage, SECRET)
    assert (stage.waiting(), counts(stage)) == ({}, (0, 1, 0))


def test_x2_a_skipped_chats_messages_are_counted_and_never_kept(stage: Stage) -> None:
    stage.sync(written("one"), **ASK)
    skip(stage, "Ada Example")
    report = stage.sync(written("one", SECRET), **ASK)
    chat = only_chat(report)
    assert (chat.state, chat.counts.skipped, report.messages.read) == (ChatState.SKIPPED, 2, 2)
    assert chat.reason
    assert chat.hint == f"to let it in again: wasf allow {chat.id}"
    assert (stage.waiting(), in_file(stage, SECRET), stage.org.api_calls) == ({}, False, 0)


def test_x2_no_text_of_a_skipped_chat_is_there_after_a_kill_at_any_step(stage: Stage) -> None:
    skip(stage, ADA)
    for steps in range(40):
        ended = stage.crash(steps, written("one", SECRET))
        assert not in_file(stage, SECRET), f"ended at step {steps}"
        if not ended:
            return
    pytest.fail("the sync never came to its end")


@pytest.mark.parametrize("choice", [{}, ASK], ids=["log", "ask"])
def test_x2_a_skipped_chat_is_let_in_again_and_its_file_brings_all(
    stage: Stage, choice: dict[str, NewChats]
) -> None:
    stage.sync(written("one"), **ASK)
    skip(stage, "Ada Example")
    stage.sync(written("one", "two"), **choice)
    assert allow(stage, "Ada Example").chats[0].was_skipped
    assert stage.sync(**choice).messages.logged == 0
    assert stage.sync(written("one", "two"), **choice).messages.logged == 2
    assert stage.texts() == ["one", "two"]


def test_x2_what_was_logged_before_stays_and_is_known_again(stage: Stage) -> None:
    stage.sync(written("one"))
    skip(stage, "Ada Example")
    stage.sync(written("one", "two"))
    allow(stage, "Ada Example")
    report = stage.sync(written("one", "two"))
    assert (report.messages.already_logged, report.messages.logged) == (1, 1)
    assert stage.texts() == ["one", "two"]


def test_x2_a_skipped_chat_can_be_taken_back(stage: Stage) -> None:
    stage.sync(written("one"), written("two", title="Ben", phone=BEN))
    skip(stage, "Ada Example")
    assert stage.undo_chat("Ada Example").tasks == 1
    report = stage.sync(written("one"), again=True)
    assert (report.messages.skipped, stage.texts()) == (1, ["two"])


def test_x2_a_chat_is_skipped_before_it_was_ever_read(stage: Stage) -> None:
    assert skip(stage, "0171 3920012").numbers == 1
    assert counts(stage) == (0, 0, 1)
    report = stage.sync(written(SECRET), written("two", title="Ben", phone=BEN))
    assert (report.messages.skipped, stage.texts()) == (1, ["two"])
    assert not in_file(stage, SECRET)
    assert counts(stage) == (0, 1, 1)


def test_x2_a_chat_is_allowed_before_it_was_ever_read(stage: Stage) -> None:
    assert allow(stage, ADA).numbers == 1
    report = stage.sync(written("one"), written("two", title="Ben", phone=BEN), **ASK)
    assert (report.messages.logged, stage.waiting()) == (1, {"Ben": 1})


def test_x2_a_rule_for_a_number_counts_when_the_number_becomes_known(stage: Stage) -> None:
    stage.sync(written(SECRET, phone=None))
    skip(stage, ADA)
    report = stage.sync(written(SECRET, "two", phone=ADA))
    assert (report.messages.logged, stage.waiting(), stage.texts()) == (0, {}, [])
    assert not in_file(stage, SECRET)


def test_x2_an_account_is_skipped_and_allowed_whole(stage: Stage) -> None:
    private = {"whatsapp_account": "Private"}
    stage.sync(written("one", **private), written("two", title="Ben", phone=BEN), **ASK)
    assert [one.chat.title for one in skip(stage, accounts=("private",)).chats] == ["Ada Example"]
    new = written("three", title="Cem", phone=None, **private)
    report = stage.sync(written("one", **private), new, **ASK)
    assert (report.messages.skipped, stage.waiting()) == (2, {"Ben": 1})
    decision = allow(stage, accounts=("Private",))
    assert {one.chat.title for one in decision.chats} == {"Ada Example", "Cem"}
    assert stage.sync(written("one", **private), **ASK).messages.logged == 1


def test_x2_a_no_to_one_chat_outlasts_a_yes_to_its_account(stage: Stage) -> None:
    private = {"whatsapp_account": "Private"}
    stage.sync(written("one", **private), written("two", title="Ben", phone=BEN, **private), **ASK)
    skip(stage, "Ben")
    decision = allow(stage, accounts=("Private",))
    assert [chat.title for chat in decision.left] == ["Ben"]
    assert stage.sync(**ASK).messages.logged == 1
    assert counts(stage) == (0, 1, 0)


@pytest.mark.parametrize("by", ["title", "number"])
def test_x2_a_no_to_an_account_ends_the_yes_of_its_chats(stage: Stage, by: str) -> None:
    if by == "number":
        allow(stage, ADA)
    stage.sync(written("one", whatsapp_account="Private"), create_leads=False, **ASK)
    if by == "title":
        allow(stage, "Ada Example")
    assert len(skip(stage, accounts=("Private",)).chats) == 1
    assert (stage.waiting(), stage.sync(**ASK).messages.read) == ({}, 0)


# --- What was on its way -----------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [True, False], ids=["it arrived", "it did not"])
def test_x2_nothing_of_a_skipped_chat_is_sent_again(stage: Stage, arrived: bool) -> None:
    stage.ada()
    loss = Loss.LOST_AFTER if arrived else Loss.LOST_BEFORE
    stage.org.fail_batch(stage.org.next_batch, loss, OFF)
    stage.sync(written(SECRET))
    assert stage.ledger.intents()
    skip(stage, "Ada Example")
    stage.sync()
    assert len(stage.texts()) == arrived
    stage.now += timedelta(hours=1)
    report = stage.sync()
    assert len(stage.texts()) == arrived
    assert report.messages.skipped == (not arrived)
    assert not stage.ledger.intents()
    assert not in_file(stage, SECRET)


def test_x2_a_decision_that_is_cut_off_is_whole_or_not_there(stage: Stage) -> None:
    stage.sync(written("one"), written("two", title="Ben", phone=BEN), **ASK)
    for steps in range(20):
        if not stage.crash(steps, written("one", "more"), **ASK):
            break
    assert stage.waiting() == {"Ada Example": 2, "Ben": 1}
    assert stage.texts() == []


# --- Other sources, and forgetting -------------------------------------------------------------


class _ApiSource:
    """A chat API: its messages have ids, it cannot read again, and it stores how far it read."""

    kind = "api"

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """See `Source`."""
        chat = SourceChat(
            source="api", origin="API", title="Ada", name="Ada", phone=ADA, native_id="1"
        )
        items = [says(text, n, native_id=text) for n, text in enumerate(self._texts)]
        yield ChatReading(chat, iter(items), facts={"api chat 1": self._texts[-1]})


def test_x2_a_chat_api_waits_and_is_skipped_and_read_no_further_than_needed(stage: Stage) -> None:
    def run(*texts: str) -> tuple[int, int, int]:
        policy = replace(stage.policy, new_chats=NewChats.ASK)
        found = sync([_ApiSource(*texts)], stage.context(policy=policy), ImportOptions()).messages
        return found.logged, found.waiting, found.skipped

    assert run("one") == (0, 1, 0)
    skip(stage, "Ada")
    assert run("two", SECRET) == (0, 0, 2)
    assert stage.ledger.facts.source_fact("api chat 1") == SECRET
    allow(stage, "Ada")
    assert run("three") == (1, 0, 0)
    assert stage.texts() == ["three"]


def test_x2_a_forgotten_person_is_forgotten_here_too(stage: Stage) -> None:
    stage.sync(written("one"), **ASK)
    skip(stage, "Ada Example")
    [known] = stage.ledger.chats()
    stage.ledger.forget(ADA, [known.chat])
    assert counts(stage) == (0, 0, 0)
    assert stage.sync(written("one"), **ASK).messages.skipped == 1
    stage.ledger.lift_ban(ADA)
    assert only_chat(stage.sync(written("one"), **ASK)).reason == "waits for your yes"
