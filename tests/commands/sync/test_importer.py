"""What a source reads is put into the queue: whole chats, or nothing of them."""

from datetime import timedelta

import pytest

from tests.commands.world import BEN, a_context
from tests.fakes_sources import START, MemorySource, says, written
from tests.store.ledger.builders import states
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.importer import import_chats
from wasf.commands.sync.run import ImportedChat, ImportResult
from wasf.core.chats import ChatId, Message, MessageKind, NotUnderstood, SkippedMessage, SystemLine
from wasf.core.coverage import CoverageRange
from wasf.core.keys import minute_of
from wasf.errors import NotConnected, UnreadableFile
from wasf.interfaces import Unreadable
from wasf.store.ledger import Ledger, MessageState


class Watcher:
    """Progress, noted down."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def reading(self, origin: str) -> None:
        self.seen.append(origin)

    def read(self, messages: int) -> None:
        self.seen.append(messages)

    def writing(self, messages: int) -> None:
        raise AssertionError

    def wrote(self, messages: int, tasks: int) -> None:
        raise AssertionError

    def step(self, what: str, total: int | None = None) -> None:
        raise AssertionError

    def done(self, count: int) -> None:
        raise AssertionError

    def pause(self) -> None:
        raise AssertionError


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "org" / "ledger.sqlite3") as ledger:
        yield ledger


def run_import(ledger: Ledger, *found, progress=None, **choices) -> ImportResult:
    context = a_context(ledger, progress=progress or Watcher())
    return import_chats(MemorySource(found).read(), context, ImportOptions(**choices))


def test_the_figures_of_a_chat_add_up(ledger):
    run_import(ledger, written("one"))
    [known] = ledger.chats()
    odd = NotUnderstood(4, 6, "no date")
    items = [says("old", -60), SystemLine(), says("one"), says("two", 1), odd, SystemLine()]
    [imported] = run_import(ledger, written(*items), since=START).chats
    assert imported == ImportedChat(
        origin="Ada Example.txt",
        title="Ada Example",
        chat_id=known.chat.id,
        messages=3,
        queued=2,
        skipped=1,
        notices=2,
        reason="older than --since",
        lines=(odd,),
        unread_lines=3,
    )


def test_w1_what_a_file_holds_twice_is_read_and_skipped(ledger):
    twice = SkippedMessage("twice in the file")
    items = [says("one"), says("two", 1), twice, twice, says("three", 2)]
    for queued in (3, 3):
        [imported] = run_import(ledger, written(*items)).chats
        assert (imported.messages, imported.queued, imported.skipped) == (5, queued, 2)
        assert imported.reason == "twice in the file"
    [left_out] = run_import(ledger, written(*items, is_group=True)).chats
    assert (left_out.messages, left_out.skipped) == (5, 5)


def test_only_the_first_lines_that_were_not_understood_are_kept_and_all_are_counted(ledger):
    odd = [NotUnderstood(n, n + 1, "no date") for n in range(1, 101, 2)]
    [imported] = run_import(ledger, written(*odd)).chats
    assert len(imported.lines) == 20
    assert imported.unread_lines == 100


def test_what_left_out_chats_hold_is_counted_too(ledger):
    odd = NotUnderstood(2, 2, "no date")
    [imported] = run_import(ledger, written("one", SystemLine(), odd, is_group=True)).chats
    assert (imported.chat_id, imported.messages, imported.skipped) == (None, 1, 1)
    assert (imported.notices, imported.unread_lines) == (1, 1)
    assert all(known.is_only_named for known in ledger.chats())


def test_a_chat_that_nobody_can_tell_is_left_out_with_a_way_out(ledger):
    run_import(ledger, written("one"))
    [imported] = run_import(ledger, written("two", phone=BEN)).chats
    assert (imported.chat_id, imported.skipped) == (None, 1)
    assert "another number" in imported.reason
    assert "--phone" in imported.hint
    assert [known.queued for known in ledger.chats()] == [1]


def test_a_chat_that_breaks_off_is_not_imported_by_half(ledger):
    lines = [says(f"line {n}", n) for n in range(700)]
    result = run_import(
        ledger, written(*lines, UnreadableFile("It is cut.")), written("one", title="B", phone=BEN)
    )
    [problem] = result.problems
    assert problem.origin == "Ada Example.txt"
    assert [known.chat.title for known in ledger.chats()] == ["B"]
    [again] = run_import(ledger, written(*lines)).chats
    assert again.queued == 700


def test_equal_lines_are_counted_anew_after_a_chat_that_broke_off(ledger):
    run_import(ledger, written(says("ok"), says("ok"), UnreadableFile("It is cut.")))
    run_import(ledger, written(says("ok")))
    run_import(ledger, written(says("ok"), says("ok")))
    assert ledger.chats()[0].queued == 2


def test_other_errors_end_the_import(ledger):
    with pytest.raises(NotConnected):
        run_import(ledger, written("one", NotConnected("Signed out.")))
    assert not ledger.chats()


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(ledger):
    error = UnreadableFile("It is a picture.")
    result = run_import(ledger, Unreadable("picture.txt", error), written("one"))
    assert [(p.origin, p.error) for p in result.problems] == [("picture.txt", error)]
    assert [imported.queued for imported in result.chats] == [1]


def test_two_files_of_one_chat_are_one_chat(ledger):
    first, second = run_import(ledger, written("one", "two"), written("one", "two", "three")).chats
    assert first.chat_id == second.chat_id
    assert [known.queued for known in ledger.chats()] == [3]


def test_progress_hears_of_every_chat_and_batch(ledger):
    watcher = Watcher()
    lines = [says(f"line {n}", n) for n in range(501)]
    run_import(ledger, written(*lines), written("one", title="B", phone=BEN), progress=watcher)
    assert watcher.seen == ["Ada Example.txt", 500, 1, "B.txt", 1]


def test_only_messages_without_ids_of_their_source_cover_time(ledger):
    """The others are known at any time, and nothing is ever missing between them."""
    [imported] = run_import(ledger, written(says("one", 1, native_id="wamid.1"))).chats
    assert ledger.chat_profile(ChatId(imported.chat_id)).spans == ()
    run_import(ledger, written(says("two", 2), title="B", phone=BEN))
    first = minute_of(says(minute=2))
    assert ledger.chat_profile(ledger.chats()[1].chat.id).spans == (CoverageRange(first, first),)


def test_imported_messages_are_queued_under_the_chats_id(ledger):
    [imported] = run_import(ledger, written("one", "two")).chats
    keys = [key for key, _ in ledger.queued(ChatId(imported.chat_id))]
    assert states(ledger, keys) == [MessageState.QUEUED] * 2


def test_w1_an_edit_that_is_too_old_of_what_still_waits_counts_once(ledger):
    first = [says("old"), says("older", 1), says("new", 60)]
    run_import(ledger, written(*first))
    edited = says("better", kind=MessageKind.EDITED)
    unseen = says("added between", 2)
    since = START + timedelta(minutes=30)
    [imported] = run_import(ledger, written(edited, first[1], unseen, first[2]), since=since).chats
    assert (imported.messages, imported.queued, imported.skipped, imported.changed) == (4, 3, 1, 1)
    [known] = ledger.chats()
    assert known.queued == 3


BEFORE = says("Hello", 1)
ASKS = says("Are you there?", 5, author="Sam Seller", outgoing=True)
LATER = says("See you", 9, author="Sam Seller", outgoing=True)
HERS = [says("ok", 5)] * 2
OURS = [says("ok", 5, author="Sam Seller", outgoing=True)] * 2
HERS_ON_OUR_SIDE = [says("ok", 5, outgoing=True)] * 2


@pytest.mark.parametrize(
    ("first", "second", "new"),
    [
        pytest.param([BEFORE, *HERS, ASKS], [ASKS, *OURS, LATER], 3, id="P6: cut at the start"),
        pytest.param([ASKS, *OURS, LATER], [BEFORE, *HERS, ASKS], 3, id="P6: cut at the end"),
        pytest.param([*HERS, ASKS], [ASKS, *OURS], 2, id="P6: nothing but that minute"),
        pytest.param(
            [BEFORE, *HERS, ASKS, LATER], [ASKS, *HERS_ON_OUR_SIDE, LATER], 0,
            id="P8: on the other side, in a minute that was covered",
        ),
        pytest.param(
            [ASKS, *HERS], [BEFORE, ASKS, *HERS_ON_OUR_SIDE, LATER], 2,
            id="P8: on the other side, in a minute that is shown to its ends",
        ),
    ],
)  # fmt: skip
def test_w3_the_other_side_is_nobody_new_only_where_one_export_shows_the_whole_minute(
    ledger, first, second, new
):
    run_import(ledger, written(*first))
    [imported] = run_import(ledger, written(*second)).chats
    [known] = ledger.chats()
    assert (imported.queued, known.queued) == (len(second), len(first) + new)


HER_TALK = [says("Good morning", 0), says("thank you", 10), says("see you then", 20)]


def our_talk(*minutes: int) -> list[Message]:
    return [says(f"ours {at}", at, author="Sam Seller", outgoing=True) for at in minutes]


@pytest.mark.parametrize(
    ("then", "chats", "queued"),
    [
        pytest.param(our_talk(12, 30, 40), 1, 6, id="renamed, and it went on"),
        pytest.param(our_talk(30), 1, 5, id="renamed, and a message was hidden"),
        pytest.param(our_talk(13), 2, 9, id="another answer"),
    ],
)
def test_w3_one_who_says_the_same_in_two_chats_is_known_by_our_answers(ledger, then, chats, queued):
    run_import(ledger, written(*HER_TALK, *our_talk(12, 30), phone=None))
    run_import(ledger, written(*HER_TALK, *then, title="Ada privat", phone=None))
    assert len(ledger.chats()) == chats
    assert sum(known.queued for known in ledger.chats()) == queued
