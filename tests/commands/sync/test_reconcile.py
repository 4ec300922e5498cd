"""Newer exports of known chats: what is new, whatever exports come in whatever order.

The properties P1 to P15 are promises about exports of one chat: an export is a window of the true
chat, cut anywhere, also within a minute.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands.sync.export_worlds import everything
from tests.commands.world import a_context
from tests.core.message_strategies import TEXTS, spellings_of, true_chats
from tests.fakes_sources import MemorySource, Written, a_source_chat, says, written
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.importer import import_chats
from wasf.commands.sync.run import ImportedChat
from wasf.core.chats import Direction, Message, MessageKind, Phone
from wasf.errors import ExportMisfit, FileChanging
from wasf.interfaces import ChatReading
from wasf.store.ledger import Ledger

ADA = Phone("+491713920012")
OTHER = Phone("+447700900123")
QUICK = settings(max_examples=60, deadline=None)

# --- Bringing exports in -----------------------------------------------------------------------


def fresh_ledger() -> Ledger:
    return Ledger.scratch(Path("there-is-no-ledger-here"))


def run_import(ledger: Ledger, *exports: Written, **choices) -> tuple[ImportedChat, ...]:
    found = MemorySource(exports).read()
    result = import_chats(found, a_context(ledger), ImportOptions(**choices))
    assert not result.problems
    return result.chats


def queued(ledger: Ledger) -> Counter[tuple[object, ...]]:
    return Counter(
        (known.chat.title, message.sent_at, message.direction, message.kind, message.text)
        for known in ledger.chats()
        for _, message in ledger.queued(known.chat.id)
    )


def lines_of(*messages: Message, title: str = "Ada Example") -> Counter[tuple[object, ...]]:
    return Counter((title, m.sent_at, m.direction, m.kind, m.text) for m in messages)


@st.composite
def windows(draw, count: int = 1):
    chat = draw(true_chats)
    cuts = st.integers(0, len(chat))
    return chat, [chat[slice(*sorted((draw(cuts), draw(cuts))))] for _ in range(count)]


# --- Messages: what is new ---------------------------------------------------------------------


@given(lines=true_chats)
@QUICK
def test_p1_the_same_export_again_brings_nothing(lines):
    with fresh_ledger() as ledger:
        [first] = run_import(ledger, written(*lines))
        before = queued(ledger)
        [second] = run_import(ledger, written(*lines))
        assert queued(ledger) == before == lines_of(*lines)
        assert first.messages == first.queued == second.messages == second.queued == len(lines)


@given(case=windows())
@QUICK
def test_p2_p6_a_newer_export_brings_exactly_what_an_older_window_did_not_show(case):
    whole, [window] = case
    with fresh_ledger() as ledger:
        run_import(ledger, written(*window))
        assert queued(ledger) == lines_of(*window)
        run_import(ledger, written(*whole))
        assert queued(ledger) == lines_of(*whole)


@given(case=windows())
@QUICK
def test_p3_an_older_window_after_the_whole_brings_nothing(case):
    whole, [window] = case
    with fresh_ledger() as ledger:
        run_import(ledger, written(*whole))
        run_import(ledger, written(*window))
        assert queued(ledger) == lines_of(*whole)


@given(case=windows(count=3), order=st.permutations(range(3)), again=st.integers(0, 2))
@QUICK
def test_p4_windows_in_any_order_and_number_end_in_the_largest_counts(case, order, again):
    _, shown = case
    largest: Counter[tuple[object, ...]] = Counter()
    for window in shown:
        largest |= lines_of(*window)
    with fresh_ledger() as ledger:
        # Windows without a common line can be of two chats: here a person says that they are not.
        run_import(ledger, *(written(*shown[i]) for i in [*order, again]), accept=True)
        assert queued(ledger) == largest


def test_p6_a_minute_that_an_export_cuts_is_completed_by_the_next():
    """Three equal lines, of which the first export shows one and the second the last two."""
    with fresh_ledger() as ledger:
        for count, total in [(1, 1), (2, 2), (3, 3), (2, 3)]:
            run_import(ledger, written(*[says("ok")] * count))
            assert sum(queued(ledger).values()) == total


@given(lines=true_chats, data=st.data())
@QUICK
def test_p7_lines_in_another_order_bring_nothing(lines, data):
    with fresh_ledger() as ledger:
        run_import(ledger, written(*lines))
        run_import(ledger, written(*data.draw(st.permutations(lines))))
        assert queued(ledger) == lines_of(*lines)


# --- When the sender or the clock is not as it was ---------------------------------------------


def a_talk(count: int = 12) -> list[Message]:
    return [
        says(f"line {n}", n, outgoing=n % 3 == 0, author="Sam" if n % 3 == 0 else "Ada Example")
        for n in range(count)
    ]


def test_p9_a_constant_shift_and_one_that_changes_bring_nothing():
    lines = a_talk(24)
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    for shifts in ([hour] * 24, [-half] * 24, [hour] * 12 + [2 * hour] * 12):
        with fresh_ledger() as ledger:
            run_import(ledger, written(*lines))
            moved = [
                m._replace(sent_at=m.sent_at + by) for m, by in zip(lines, shifts, strict=True)
            ]
            [imported] = run_import(ledger, written(*moved))
            assert queued(ledger) == lines_of(*lines)
            assert set(imported.shifts) == {-(by // timedelta(minutes=1)) for by in shifts}


def test_p9_what_is_new_behind_another_clock_is_queued_at_its_right_time():
    lines = a_talk(24)
    with fresh_ledger() as ledger:
        run_import(ledger, written(*lines[:20]))
        run_import(
            ledger, written(*(m._replace(sent_at=m.sent_at + timedelta(hours=3)) for m in lines))
        )
        assert queued(ledger) == lines_of(*lines)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([says(f"other {n}", n) for n in range(12)], id="no line is known"),
        pytest.param([*a_talk()[:4], *(says(f"other {n}", n) for n in range(4, 12))], id="few are"),
    ],
)
def test_p14_the_guard_writes_nothing(other):
    with fresh_ledger() as ledger:
        run_import(ledger, written(*a_talk()))
        before = everything(ledger)
        found = MemorySource((written(*other, name="Ben", owner_email="x@example.com"),)).read()
        result = import_chats(found, a_context(ledger), ImportOptions())
        [problem] = result.problems
        assert isinstance(problem.error, ExportMisfit)
        assert everything(ledger) == before
        [imported] = result.chats
        assert (imported.messages, imported.skipped, imported.chat_id) == (12, 12, None)


def test_p15_keys_stay_when_it_is_learned_who_is_on_which_side():
    lines = a_talk()
    wrong = [m._replace(direction=Direction.INCOMING, author=m.author + " 🌷") for m in lines]
    new = says("one more", 30, outgoing=True, author="Sam 🌷")
    with fresh_ledger() as ledger:
        run_import(ledger, written(*lines))
        [known] = ledger.chats()
        before = [key for key, _ in ledger.queued(known.chat.id)]
        run_import(ledger, written(*wrong))
        assert [key for key, _ in ledger.queued(known.chat.id)] == before
        assert ledger.chat_profile(known.chat.id).sides == {"sam 🌷": Direction.OUTGOING}
        run_import(ledger, written(*wrong, new._replace(direction=Direction.INCOMING)))
        assert queued(ledger) == lines_of(*lines, new)
        assert [key for key, _ in ledger.queued(known.chat.id)][:-1] == before


def test_a_deleted_line_is_no_message_that_the_same_export_shows():
    gone = says("This message was deleted", 1, kind=MessageKind.DELETED)
    with fresh_ledger() as ledger:
        run_import(ledger, written(*a_talk()))
        [imported] = run_import(ledger, written(*a_talk(), gone))
        assert queued(ledger) == lines_of(*a_talk(), gone)
        assert imported.changed == 0


def test_a_side_that_a_person_named_is_not_changed():
    lines = a_talk()
    wrong = [m._replace(direction=Direction.INCOMING, author=m.author + " 🌷") for m in lines]
    with fresh_ledger() as ledger:
        run_import(ledger, written(*lines))
        new = says("one more", 30, author="Sam 🌷")
        run_import(ledger, written(*wrong, new), sides_are_given=True)
        assert queued(ledger) == lines_of(*lines, new)
        assert not ledger.chat_profile(ledger.chats()[0].chat.id).sides


def test_an_export_that_changes_while_it_is_read_is_not_imported_by_half():
    lines = a_talk(20)
    passes = iter([lines, lines[:-1]])
    with fresh_ledger() as ledger:
        run_import(ledger, written(*lines[:10]))
        before = everything(ledger)
        reading = ChatReading(a_source_chat(), iter(lines), again=lambda: iter(next(passes)[:-1]))
        result = import_chats([reading], a_context(ledger), ImportOptions())
        assert [type(problem.error) for problem in result.problems] == [FileChanging]
        assert everything(ledger) == before


# --- P10: what does not show -------------------------------------------------------------------


@given(data=st.data(), text=st.sampled_from(TEXTS))
@QUICK
def test_p10_through_the_ledger(data, text):
    with fresh_ledger() as ledger:
        run_import(ledger, written(says(text)))
        title = data.draw(spellings_of("Åsa Müller"))
        chats = [
            replace(a_source_chat(), title=name, phone=OTHER) for name in ("Åsa Müller", title)
        ]
        for chat in chats:
            run_import(ledger, Written(chat, [says(data.draw(spellings_of(text)))]))
        assert [known.queued for known in ledger.chats()] == [1, 1]


# --- P12: two chats ----------------------------------------------------------------------------


@given(lines=true_chats)
@QUICK
def test_p12_two_chats_with_equal_lines_stay_two(lines):
    with fresh_ledger() as ledger:
        run_import(
            ledger,
            written(*lines, title="Ada Example", phone=ADA),
            written(*lines, title="Ben Beispiel", phone=OTHER),
        )
        both = lines_of(*lines, title="Ada Example") + lines_of(*lines, title="Ben Beispiel")
        assert queued(ledger) == both
        keys = [key for known in ledger.chats() for key, _ in ledger.queued(known.chat.id)]
        assert len(set(keys)) == 2 * len(lines)
