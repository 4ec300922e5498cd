"""I6: whatever zones a person tries, every line is logged once, at its time by the zone then."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.commands.world import ADA, a_context
from tests.core.builders import RULES
from tests.fakes_sources import a_source_chat
from tests.samples import one_in
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.importer import import_chats
from wasf.core.chats import Direction, Message, MessageKind, Phone
from wasf.interfaces import ChatReading
from wasf.store.ledger import Ledger

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Europe/London")
TEXTS = ("ok", "yes", "good morning", "👍")


def a_talk(chance: random.Random) -> list[tuple[datetime, Direction, str]]:
    """Lines by their wall clock, many of them equal, some in one minute, over a few days."""
    wall, lines = datetime(2026, chance.choice([1, 3, 6, 10]), 20, 8), []
    for number in range(chance.randint(8, 60)):
        wall += timedelta(minutes=chance.choice([0, 0, 1, 7, 30, 60, 60, 300]))
        text = chance.choice(TEXTS) if chance.random() < 0.5 else f"line {number}"
        lines.append((wall, chance.choice(list(Direction)), text))
    return lines


def reading(lines: list[tuple[datetime, Direction, str]], zone: ZoneInfo) -> ChatReading:
    """An export with these lines, read in a zone."""
    return reading_of([a_message(wall, text, zone, side) for wall, side, text in lines], zone)


def reading_of(messages: list[Message], zone: ZoneInfo) -> ChatReading:
    """An export with these messages, read in a zone."""
    return ChatReading(a_source_chat(), iter(messages), again=lambda: iter(messages), zone=zone)


def a_message(
    wall: datetime, text: str, zone: ZoneInfo, side: Direction = Direction.INCOMING
) -> Message:
    """A line by its wall clock, read in a zone."""
    return Message(wall.replace(tzinfo=zone).astimezone(UTC), side, "Ada", MessageKind.TEXT, text)


def life(seed: int) -> tuple[int, int]:
    """Export a chat again and again while the zone is changed; how many were lost or double."""
    chance = random.Random(seed)
    talk = a_talk(chance)
    expected: Counter[tuple[datetime, str]] = Counter()
    seen = 0
    options = ImportOptions(zone_is_given=True, sides_are_given=True)
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        for _ in range(chance.randint(2, 6)):
            zone = ZoneInfo(chance.choice(ZONES))
            end = max(seen, chance.randint(4, len(talk)))
            start = chance.choice([0, 0, 0, seen // 3])
            for wall, _, text in talk[seen:end]:
                expected[wall.replace(tzinfo=zone).astimezone(UTC), text] += 1
            seen = end
            result = import_chats([reading(talk[start:end], zone)], a_context(ledger), options)
            assert not result.problems, (seed, result.problems)
        [known] = ledger.chats()
        found = Counter((m.sent_at, m.text) for _, m in ledger.queued(known.chat.id))
    return (expected - found).total(), (found - expected).total()


@pytest.mark.parametrize("seed", one_in(3, range(150)))
def test_i6_nothing_is_lost_or_double_and_every_time_is_right(seed: int) -> None:
    assert life(seed) == (0, 0)


def test_i6_what_was_deleted_before_the_zone_was_corrected_is_known_every_time() -> None:
    day = datetime(2026, 3, 2, 9)
    said = [(day + timedelta(minutes=number), f"line {number}") for number in range(4)]
    before = [a_message(wall, text, ZoneInfo("UTC")) for wall, text in said]
    after = [a_message(wall, text, ZoneInfo("Europe/Berlin")) for wall, text in said]
    after[0] = after[0]._replace(kind=MessageKind.DELETED, text="This message was deleted")
    options = ImportOptions(zone_is_given=True)
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        import_chats([reading_of(before, ZoneInfo("UTC"))], a_context(ledger), options)
        for _ in range(3):
            newer = reading_of(after, ZoneInfo("Europe/Berlin"))
            assert not import_chats([newer], a_context(ledger), options).problems
        [known] = ledger.chats()
        profile = ledger.chat_profile(known.chat.id)
    assert known.queued == len(said)
    assert (profile.read, len(profile.earlier)) == (None, 1)  # all of it was read in the other zone


def test_i6_an_export_that_ends_within_a_minute_does_not_hide_what_was_read_before() -> None:
    """What it shows of that minute is new, and what it does not show is still known."""
    wall = datetime(2026, 3, 2, 9)
    utc, berlin = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
    whole = [a_message(wall, text, berlin) for text in ("one", "two", "three")]
    options = ImportOptions(zone_is_given=True)
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        for said, zone in (
            ([a_message(wall, "three", utc)], utc),
            (whole, berlin),
            (whole[:2], berlin),
            (whole, berlin),
        ):
            assert not import_chats([reading_of(said, zone)], a_context(ledger), options).problems
        with_ids = [one._replace(native_id=f"id {one.text}") for one in whole]
        api = replace(a_source_chat(native_id="ada"), source="api")
        context = replace(a_context(ledger), policy=replace(RULES, zone=berlin))
        import_chats([ChatReading(replace(api, phone=ADA), iter(with_ids))], context, options)
        queued = [known.queued for known in ledger.chats()]
    assert sum(queued) == len(whole)


@pytest.mark.parametrize("kind", [MessageKind.EDITED, MessageKind.DELETED])
@pytest.mark.parametrize("shown", [slice(0, 2), slice(0, 3), slice(1, 3)])
def test_i6_what_was_changed_is_known_though_a_copy_waits_that_was_read_in_the_right_zone(
    kind: MessageKind, shown: slice
) -> None:
    """The copy came by name; both zones were read at the time of the changed message."""
    wall, utc, berlin = datetime(2026, 3, 2, 9), ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
    before, after = (
        [a_message(wall + timedelta(minutes=at), f"line {at}", zone) for at in (0, 30, 60)]
        for zone in (utc, berlin)
    )
    after[0] = after[0]._replace(kind=kind, text="line 0, changed")
    options = ImportOptions(zone_is_given=True)
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        context = replace(a_context(ledger), policy=replace(RULES, zone=berlin))
        for title, phone, said, zone in (
            ("+44", ADA, before, utc),
            ("Ada", None, after[shown], berlin),
            ("Ada", ADA, after, berlin),
        ):
            chat = replace(a_source_chat(title=title), phone=phone)
            found = replace(reading_of(said, zone), chat=chat)
            assert not import_chats([found], context, options).problems
        [known] = ledger.chats()
    assert known.queued == len(before)


def test_i6_what_is_said_every_hour_is_known_with_ids_after_the_zone_was_corrected() -> None:
    wall, utc, berlin = datetime(2026, 3, 2, 9), ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
    options = ImportOptions(zone_is_given=True)
    before, after = (
        [a_message(wall + timedelta(hours=hour), "yes", zone) for hour in range(4)]
        for zone in (utc, berlin)
    )
    api = replace(a_source_chat(native_id="ada"), source="api", phone=ADA)
    with_ids = [one._replace(native_id=f"id {at}") for at, one in enumerate(after)]
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        context = replace(a_context(ledger), policy=replace(RULES, zone=berlin))
        import_chats([reading_of(before, utc)], context, options)
        for said in (with_ids[2:], with_ids):
            import_chats([ChatReading(api, iter(said))], context, options)
        queued = [known.queued for known in ledger.chats()]
    assert sum(queued) == len(before)


# --- A minute that was read in several zones ------------------------------------------------------

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def lines_at(*times: str, zone: ZoneInfo) -> list[Message]:
    """Lines by their wall clock, the day before and its hour and minute, read in a zone."""
    walls = [datetime.fromisoformat(f"2026-03-{time}") for time in times]
    return [a_message(wall, f"line at {wall}", zone) for wall in walls]


def queued_after(*readings: ChatReading) -> int:
    """Import these in turn where Berlin's zone was given; return how many messages wait."""
    options = ImportOptions(zone_is_given=True)
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        context = replace(a_context(ledger), policy=replace(RULES, zone=BERLIN))
        for one in readings:
            assert not import_chats([one], context, options).problems
        return sum(known.queued for known in ledger.chats())


def of_chat(title: str, number: Phone | None, read: ChatReading) -> ChatReading:
    """The same of a chat with this title and number."""
    return replace(read, chat=replace(a_source_chat(title=title), phone=number))


def test_i6_another_clock_is_told_though_lines_of_today_stand_among_those_of_an_earlier_zone() -> (
    None
):
    """22:20 was read in both zones: what is known there may have either time."""
    first = ("02T21:40", "02T22:20", "02T23:00")
    newer = tuple(f"02T23:{minute:02}" for minute in (1, 2, 5, 6, 7, 8, 45))
    after = lines_at(*first, *newer, zone=BERLIN)
    later = [one._replace(sent_at=one.sent_at + timedelta(hours=2)) for one in after]
    assert queued_after(
        reading_of(lines_at(*first, zone=UTC_ZONE), UTC_ZONE),
        reading_of(after, BERLIN),
        reading_of(later, BERLIN),
    ) == len(after)


def test_i6_ids_are_known_by_each_zone_that_was_read_at_their_time() -> None:
    """Of what came under the number and what came under the name each was read in its own zone."""
    times = ("02T21:46", "03T09:26", "03T10:06", "03T21:46")
    after = lines_at(*times, zone=BERLIN)
    with_ids = [one._replace(native_id=f"id {at}") for at, one in enumerate(after)]
    api = replace(a_source_chat(native_id="ada"), source="api", phone=ADA)
    assert queued_after(
        of_chat("+44", ADA, reading_of(lines_at(*times[2:], zone=UTC_ZONE), UTC_ZONE)),
        of_chat("Ada", None, reading_of(after[1:], BERLIN)),
        of_chat("Ada", ADA, reading_of(after, BERLIN)),
        ChatReading(api, iter(with_ids)),
    ) == len(after)


def test_i6_chats_are_joined_by_each_zone_that_was_read_at_a_minute() -> None:
    """The line of 11:33 was read in the zone of today too, between two of the earlier one."""
    times = ("02T10:03", "02T10:46", "02T11:33", "02T23:13", "02T23:16", "02T23:20")
    sent = [
        [one._replace(direction=Direction.OUTGOING) for one in lines_at(*times[:2], zone=zone)]
        for zone in (UTC_ZONE, BERLIN)
    ]
    came = [lines_at(*times[2:], zone=zone) for zone in (UTC_ZONE, BERLIN)]
    edited = [(one, other._replace(kind=MessageKind.EDITED, text="changed")) for one, other in sent]
    assert queued_after(
        of_chat("+44", ADA, reading_of(sent[0], UTC_ZONE)),
        of_chat("Ada", None, reading_of([*edited[0], *came[0]], UTC_ZONE)),
        of_chat("Ada", ADA, reading_of([*edited[1], *came[1]], BERLIN)),
    ) == len(times)
