"""I1, I2, I3, I5: whose chat it is, where a name, a number, an id or a text could each tell."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes_sources import Written, a_source_chat, says
from wasf.commands.privacy import PurgeOptions, purge
from wasf.commands.sync import ImportOptions, SyncReport, sync
from wasf.core.chats import Direction, Message, MessageKind, Phone
from wasf.interfaces import ChatReading

NAME = "Ada Example"


def export(texts: dict[int, str], phone: Phone | None = None, title: str = NAME) -> Written:
    """An export with a text a minute."""
    return Written(a_source_chat(title, phone=phone), lines(texts))


def lines(texts: dict[int, str], **ids: bool) -> list[Message]:
    return [
        says(text, minute, native_id=f"id {minute} {text}" if ids else "")
        for minute, text in texts.items()
    ]


def from_api(texts: dict[int, str], phone: Phone = ADA, user_id: str = "") -> Written:
    """The same from a chat API, twenty seconds later by its clock."""
    chat = a_source_chat(NAME, phone=phone, native_id=phone[1:], user_id=user_id)
    said = lines(texts, ids=True)
    later = [one._replace(sent_at=one.sent_at.replace(second=20)) for one in said]
    return Written(replace(chat, source="api"), later)


class Api(NamedTuple):
    """A chat API: its messages can be read once."""

    found: Written
    kind: str = "api"

    def read(self) -> Iterator[ChatReading]:
        """See `Source`."""
        yield ChatReading(self.found.chat, iter(self.found.items))


def ask(stage: Stage, *said: object, **more: str) -> SyncReport:
    """Sync what the API has."""
    return sync([Api(from_api(*said, **more))], stage.context(), ImportOptions())


HERS = {0: "hers 0", 5: "hers 5", 6: "hers 6", 9: "to everybody", 12: "hers 12"}
OTHERS = {2: "other 2", 7: "other 7", 8: "other 8", 9: "to everybody"}


@pytest.mark.parametrize("hers", [HERS, {20: "hers 20"}], ids=["told the same", "another time"])
def test_i2_of_two_people_with_one_name_neither_gets_the_others_messages(stage, hers):
    ada, ben = stage.org.add_contact(NAME, ADA), stage.org.add_contact(NAME, BEN)
    assert stage.sync(export(OTHERS)).messages.waiting == len(OTHERS)
    report = stage.sync(export(hers, ADA), phone_is_given=True)
    assert (report.messages.logged, report.messages.waiting) == (len(hers), len(OTHERS))
    assert sorted(stage.texts(ada.id)) == sorted(hers.values())
    assert stage.sync(export(OTHERS, BEN), phone_is_given=True).messages.waiting == 0
    assert sorted(stage.texts(ada.id)) == sorted(hers.values())
    assert sorted(stage.texts(ben.id)) == sorted(OTHERS.values())


@pytest.mark.parametrize("again", [False, True], ids=["as it is", "again"])
def test_i2_an_undone_chat_does_not_get_what_came_under_the_name_of_two_people(stage, again):
    stage.org.add_contact(NAME, ADA)
    stage.org.add_contact(NAME, BEN)
    stage.sync(export(OTHERS, BEN), phone_is_given=True)
    stage.undo()
    report = stage.sync(export(HERS), again=again)
    [chat] = report.chats
    assert (report.messages.logged, report.messages.waiting) == (0, len(HERS))
    assert chat.reason.startswith("2 Contacts or Leads have this name: https://")
    assert "--phone NUMBER" in chat.hint
    assert not stage.texts()


def test_i2_an_undone_chat_is_known_by_its_name_and_what_was_undone(stage):
    stage.org.add_contact(NAME, ADA)
    ben = stage.org.add_contact(NAME, BEN)
    stage.sync(export(OTHERS, BEN), phone_is_given=True)
    stage.undo()
    assert stage.sync(export(OTHERS)).messages.skipped == len(OTHERS)
    assert stage.sync(export(OTHERS | {15: "new"}), again=True).messages.logged == 5
    assert len(stage.texts(ben.id)) == 5


def test_i2_an_undone_chat_gets_what_the_only_record_of_its_name_tells(stage):
    ben = stage.org.add_contact(NAME, BEN)
    stage.sync(export(OTHERS, BEN), phone_is_given=True)
    stage.undo()
    assert stage.sync(export({20: "new"})).messages.logged == 1
    assert stage.texts(ben.id) == ["new"]
    assert len(stage.ledger.chats()) == 1


def test_i2_one_message_to_everybody_does_not_make_one_chat_of_two_short_ones(stage):
    stage.org.add_contact(NAME, ADA)
    ben = stage.org.add_contact(NAME, BEN)
    stage.sync(export({0: "hers 0", 3: "hers 3", 30: "to everybody"}))
    his = {15: "his 15", 20: "his 20", 30: "to everybody"}
    report = stage.sync(export(his, BEN), phone_is_given=True)
    assert (report.messages.logged, report.messages.waiting) == (3, 3)
    assert sorted(stage.texts()) == sorted(stage.texts(ben.id)) == sorted(his.values())


class InZone(NamedTuple):
    """An export whose wall clock is read in a zone."""

    found: Written
    zone: ZoneInfo
    kind: str = "export"

    def read(self) -> Iterator[ChatReading]:
        """See `Source`."""
        wall = [(one, one.sent_at.replace(tzinfo=self.zone)) for one in self.found.items]
        items = [one._replace(sent_at=at.astimezone(UTC)) for one, at in wall]
        yield ChatReading(self.found.chat, iter(items), again=lambda: iter(items), zone=self.zone)


def read_in(stage: Stage, found: Written, zone: str) -> SyncReport:
    """Sync an export, read in the zone that a person gave."""
    stage.policy = replace(stage.policy, zone=ZoneInfo(zone))
    options = ImportOptions(zone_is_given=True)
    return sync([InZone(found, ZoneInfo(zone))], stage.context(), options)


def test_i2_messages_to_everybody_alone_do_not_make_one_chat_of_two(stage):
    """All that he shows is in her chat, too; but most of her chat of that time is not in his."""
    stage.org.add_contact(NAME, ADA)
    ben = stage.org.add_contact(NAME, BEN)
    to_everybody = {0: "a happy new year", 30: "we are closed today"}
    stage.sync(export({n: f"hers {n}" for n in range(3, 30, 3)} | to_everybody))
    report = stage.sync(export(to_everybody, BEN), phone_is_given=True)
    assert (report.messages.logged, report.messages.waiting) == (2, 11)
    assert sorted(stage.texts()) == sorted(stage.texts(ben.id)) == sorted(to_everybody.values())


def test_i6_which_of_two_numbers_a_chat_read_in_a_wrong_zone_is(stage):
    ada = stage.org.add_contact(NAME, ADA)
    stage.org.contacts[ada.id] = replace(ada, phones=(ADA, BEN))
    read_in(stage, export(FEW), "UTC")
    by_number = export(FEW | {9: "new"}, ADA, title="+49 1713 920012")
    report = read_in(stage, by_number, "Asia/Tokyo")
    assert (report.messages.logged, report.messages.already_logged) == (1, 2)
    assert read_in(stage, by_number, "Asia/Tokyo").messages.logged == 0
    assert len(stage.texts()) == 3


def test_i6_a_webhook_knows_what_was_exported_by_name_in_a_wrong_zone(stage):
    stage.ada()
    read_in(stage, export(FEW), "Asia/Tokyo")
    stage.policy = replace(stage.policy, zone=ZoneInfo("UTC"))
    said = from_api(FEW | {9: "new"})
    report = sync([Api(said)], stage.context(), ImportOptions(zone_is_given=True))
    assert (report.messages.logged, report.messages.already_logged) == (1, 2)
    assert len(stage.texts()) == 3


FEW = {0: "hers 0", 5: "hers 5"}


def test_i2_what_was_undone_under_the_name_is_logged_again_under_one_of_two_numbers(stage):
    ada = stage.org.add_contact(NAME, ADA)
    stage.org.contacts[ada.id] = replace(ada, phones=(ADA, BEN))
    stage.sync(export(FEW))
    stage.undo()
    report = stage.sync(export(FEW, ADA, title="+49 1713 920012"), again=True)
    assert (report.messages.logged, report.messages.already_logged) == (len(FEW), 0)
    assert sorted(stage.texts(ada.id)) == sorted(FEW.values())
    assert stage.sync(export(FEW, ADA, title="+49 1713 920012")).messages.logged == 0
    assert len(stage.texts()) == len(FEW)


def test_i2_an_undone_chat_of_a_name_alone_does_not_get_what_came_from_another_number(stage):
    two_numbers(stage)
    stage.sync(export(FEW))
    stage.undo()
    other = {1000: "other 0", 1005: "other 5"}
    report = stage.sync(export(other))
    assert (report.messages.logged, report.messages.skipped) == (0, len(other))
    assert "--phone NUMBER" in report.chats[0].hint
    stage.sync(export(FEW, ADA, title="+49 1713 920012"), again=True)
    stage.sync(export(other, BEN, title="+49 1713 920013"))
    assert sorted(stage.texts()) == sorted((FEW | other).values())


@pytest.mark.parametrize("again", [False, True], ids=["as it is", "again"])
def test_i3_what_was_undone_is_known_in_an_export_of_another_clock(stage, again):
    """Nothing of the chat is logged; what was undone tells by how much the clock is on."""
    ada = stage.ada()
    stage.sync(export(LONG, ADA))
    stage.undo()
    report = stage.sync(an_hour_on(LONG, ADA))
    assert (report.messages.logged, report.messages.skipped) == (0, len(LONG))
    assert stage.sync(export(LONG, ADA), again=again).messages.logged == len(LONG) * again
    assert len(stage.texts(ada.id)) == len(LONG) * again


def two_numbers(stage: Stage) -> None:
    """One person whose Contact has two numbers."""
    ada = stage.org.add_contact(NAME, ADA)
    stage.org.contacts[ada.id] = replace(ada, phones=(ADA, BEN))


def ours(texts: dict[int, str]) -> list[Message]:
    """Lines of which we sent those to everybody."""
    return [
        one._replace(direction=Direction.OUTGOING) if "everybody" in one.text else one
        for one in lines(texts)
    ]


@pytest.mark.parametrize("piece", [{9: "ok"}, {9.5: "yes"}, {9: "ok", 9.5: "yes"}])
def test_i2_a_piece_that_is_cut_within_a_minute_tells_which_of_two_numbers_it_is(stage, piece):
    two_numbers(stage)
    stage.sync(export({0: "hers", 9: "ok", 9.2: "well", 9.5: "yes", 9.7: "go on"}, ADA, "+49 1"))
    stage.sync(export({9: "another", 30: "one more"}, BEN, "+49 2"))
    before = stage.texts()
    assert stage.sync(export(piece)).messages.logged == 0
    assert stage.texts() == before


def test_i2_what_we_told_everybody_does_not_tell_which_of_two_numbers_a_chat_is(stage):
    two_numbers(stage)
    second = {25: "from the second", 30: "to everybody"}
    first = {0: "from the first", 30: "to everybody"}
    ask(stage, {0: "from the first"})
    stage.sync(Written(a_source_chat(NAME, phone=None), ours(second)))
    stage.sync(Written(a_source_chat(NAME, phone=ADA), ours(first)), phone_is_given=True)
    report = stage.sync(Written(a_source_chat("+49 1713 920012", phone=BEN), ours(second)))
    assert (report.messages.logged, report.messages.already_logged) == (0, 2)
    assert sorted(stage.texts()) == sorted([*first.values(), *second.values()])


@pytest.mark.parametrize("kind", [MessageKind.DELETED, MessageKind.EDITED])
def test_i2_a_changed_message_tells_which_of_two_numbers_a_chat_is(stage, kind):
    two_numbers(stage)
    stage.sync(export({0: "as it was"}))
    stage.sync(export({20: "another"}, BEN, title="+49 1713 920099"))
    changed = [says("changed", kind=kind)]
    report = stage.sync(Written(a_source_chat("+49 1713 920012", phone=ADA), changed))
    assert (report.messages.logged, report.messages.already_logged) == (0, 1)
    assert sorted(stage.texts()) == ["another", "as it was"]


def test_i2_an_export_under_a_name_alone_is_that_number_of_which_it_shows_more(stage):
    """Both numbers of one person are saved under one name; in one minute both wrote something."""
    two_numbers(stage)
    stage.sync(export({40: "second 40", 45: "second 45"}))
    ask(stage, {40: "second 40", 45: "second 45"}, phone=BEN)
    first = [
        says("first 0", 0, outgoing=True),
        says("first 40 changed", 40, kind=MessageKind.EDITED),
        says("first 40", 40, outgoing=True),
    ]
    with_ids = [one._replace(native_id=f"id {one.text}") for one in first]
    api = replace(from_api({}).chat, phone=ADA, native_id=ADA[1:])
    sync([Api(Written(api, with_ids))], stage.context(), ImportOptions())
    report = stage.sync(Written(a_source_chat(NAME, phone=None), first))
    assert (report.messages.logged, report.messages.already_logged) == (0, 3)
    assert stage.sync(export({40: "second 40", 45: "second 45"})).messages.logged == 0
    assert len(stage.texts()) == 5


def test_i2_what_we_told_everybody_does_not_tell_whose_an_export_of_that_name_is(stage):
    """Two people have one name; of both the chats came under the name, and of one by an API."""
    ada, ben = stage.org.add_contact(NAME, ADA), stage.org.add_contact(NAME, BEN)
    stage.sync(export({100: "hers 100", 105: "hers 105"}))
    api = replace(from_api({}).chat, phone=BEN, native_id=BEN[1:])
    told = [says("his", 97, native_id="1"), says("to all", 110, outgoing=True, native_id="2")]
    sync([Api(Written(api, told))], stage.context(), ImportOptions())
    hers = [says("hers 0"), says("hers 9", 9), says("to all", 110, outgoing=True)]
    stage.sync(Written(a_source_chat(NAME, phone=None), hers))
    assert (sorted(stage.texts(ben.id)), stage.texts(ada.id)) == (["his", "to all"], [])


def test_i2_an_export_of_a_name_is_not_that_number_of_which_it_shows_only_what_we_told_all(stage):
    """It shows one known message of its own chat, and three of the other one of that name."""
    two_people = stage.org.add_contact(NAME, ADA), stage.org.add_contact(NAME, BEN)
    stage.sync(export({100: "hers 100"}))
    to_all = [says(f"to all {n}", n, outgoing=True) for n in range(110, 113)]
    with_ids = [one._replace(native_id=one.text) for one in [says("his", 97), *to_all]]
    api = replace(from_api({}).chat, phone=BEN, native_id=BEN[1:])
    sync([Api(Written(api, with_ids))], stage.context(), ImportOptions())
    hers = [says(f"hers {n}", n) for n in range(100, 107)]
    report = stage.sync(Written(a_source_chat(NAME, phone=None), [*hers, *to_all]))
    assert (report.messages.waiting, report.messages.skipped) == (10, 0)
    assert [len(stage.texts(one.id)) for one in two_people] == [0, 4]


def test_i6_what_is_new_under_the_number_has_its_right_time(stage):
    """The same chat came under a name alone before, and was read in a wrong zone."""
    two_numbers(stage)
    read_in(stage, export(HERS), "UTC")
    read_in(stage, export({700: "another"}, BEN, title="+49 1713 920099"), "Asia/Tokyo")
    by_number = export(HERS | {800: "new"}, ADA, title="+49 1713 920012")
    report = read_in(stage, by_number, "Asia/Tokyo")
    assert (report.messages.logged, report.messages.already_logged) == (1, len(HERS))
    [new] = [task for task in stage.org.tasks.values() if "new" in task.description]
    assert "22:20 +09:00" in new.description


def test_i2_what_was_purged_is_known_by_its_key_under_another_title(stage):
    ada = stage.org.add_contact(NAME, ADA)
    stage.sync(export(HERS, ADA, title="+49 1713 920012"))
    purge(PurgeOptions(chat=ADA), stage.ledger, "DE")
    report = stage.sync(export(HERS | {15: "new"}, ADA), phone_is_given=True)
    assert (report.messages.already_logged, report.messages.logged) == (5, 1)
    assert len(stage.texts(ada.id)) == 6


def test_i3_a_servers_clock_may_be_a_minute_beside_that_of_the_phone(stage):
    stage.ada()
    stage.sync(export({0: "one", 5: "two", 10: "two", 15: "three"}, ADA))
    report = ask(stage, {1: "one", 4: "two", 10: "two", 15: "three", 18: "four"})
    assert (report.messages.already_logged, report.messages.logged) == (4, 1)
    again = stage.sync(export({0: "one", 5: "two", 10: "two", 15: "three", 19: "four"}, ADA))
    assert again.messages.logged == 0
    assert len(stage.texts()) == 5


LONG = {0: "one", 5: "two", 10: "ok", 10.5: "ok", 15: "three", 2000: "four", 4000: "five"}


def test_i3_i6_an_api_knows_what_was_exported_in_a_wrong_time_zone(stage):
    stage.ada()
    early = [one._replace(sent_at=one.sent_at + timedelta(hours=1)) for one in lines(LONG)]
    stage.sync(Written(a_source_chat(NAME, phone=ADA), early))
    report = ask(stage, LONG | {5000: "new"})
    assert (report.messages.already_logged, report.messages.logged) == (7, 1)
    assert len(stage.texts()) == 8


def an_hour_on(texts: dict[int, str], phone: Phone | None = None, title: str = NAME) -> Written:
    """An export of a phone whose clock is an hour on; under the name alone if `phone` is None."""
    return export({minute + 60: text for minute, text in texts.items()}, phone, title)


LATER = {5000: "new", 5010: "newer"}


@pytest.mark.parametrize("phone", [ADA, None])
@pytest.mark.parametrize("shown", [LONG | LATER, LATER, {5010: "newer"}])
def test_i3_i6_what_only_an_api_told_is_known_in_a_wrong_zone_that_it_told_before(
    stage, shown, phone
):
    stage.ada()
    stage.sync(an_hour_on(LONG, ADA))
    assert ask(stage, LONG | LATER).messages.logged == len(LATER)
    assert stage.sync(an_hour_on(shown, phone)).messages.logged == 0
    assert sorted(stage.texts()) == sorted((LONG | LATER).values())


NEXT = {4500: "six", 4505: "ok", 4510: "seven", 4600: "eight"}


@pytest.mark.parametrize("shown", [LONG | NEXT, NEXT | {4000: "five", 2000: "four", 15: "three"}])
def test_i3_i6_an_export_in_a_wrong_zone_knows_what_an_api_told_after_earlier_ones(stage, shown):
    stage.ada()
    stage.sync(an_hour_on(LONG, ADA))
    assert ask(stage, NEXT).messages.logged == len(NEXT)
    report = stage.sync(an_hour_on(dict(sorted(shown.items())) | {6000: "last"}, ADA))
    assert report.messages.logged == 1
    assert ask(stage, NEXT | {6000: "last"}).messages.logged == 0
    assert sorted(stage.texts()) == sorted([*(LONG | NEXT).values(), "last"])


@pytest.mark.parametrize("equal", [{}, {5000: "yes", 5060: "yes"}], ids=["none", "one"])
def test_i3_the_first_export_is_moved_by_what_an_api_told_though_a_line_is_equal(stage, equal):
    stage.ada()
    ask(stage, LONG | equal)
    report = stage.sync(an_hour_on(LONG | equal | {6000: "last"}, ADA))
    assert report.messages.logged == 1
    assert ask(stage, {6000: "last"}).messages.logged == 0
    assert len(stage.texts()) == len(LONG | equal) + 1


def test_i3_what_an_api_told_does_not_tell_the_clock_of_another_phone(stage):
    """Its export is moved as a whole, so that what is new has its right time."""
    stage.ada()
    stage.sync(export(LONG, ADA))
    ask(stage, NEXT)
    assert stage.sync(an_hour_on(LONG | NEXT | {6000: "last"}, ADA)).messages.logged == 1
    assert ask(stage, {6000: "last"}).messages.logged == 0
    assert stage.sync(export(LONG | NEXT | {6000: "last"}, ADA)).messages.logged == 0


HOURLY = {5000: "yes", 5060: "yes", 5120: "yes"}


@pytest.mark.parametrize("exported", [{}, {5000: "yes"}, HOURLY])
def test_i3_i6_what_is_said_every_hour_is_known_in_a_zone_that_is_an_hour_off(stage, exported):
    stage.ada()
    stage.sync(an_hour_on(LONG | exported, ADA))
    assert ask(stage, LONG | HOURLY).messages.logged == len(HOURLY) - len(exported)
    assert stage.sync(an_hour_on(LONG | HOURLY, ADA)).messages.logged == 0
    assert stage.sync(an_hour_on(LONG | HOURLY | {5180: "yes"}, ADA)).messages.logged == 1
    assert ask(stage, LONG | HOURLY | {5180: "yes"}).messages.logged == 0
    assert stage.texts().count("yes") == len(HOURLY) + 1


SUMMER = {60_000: "six", 60_010: "ok", 60_020: "seven"}
"""What was said after the clock had been changed: two texts that were not said before."""


def in_a_zone_with_summer_time(texts: dict[int, str]) -> Written:
    """An export that is read in a wrong zone: an hour on in winter, two in summer."""
    minutes = {at + (60 if at < min(SUMMER) else 120): text for at, text in texts.items()}
    return export(minutes, ADA)


@pytest.mark.parametrize("newest", [LONG | SUMMER, SUMMER, {60_020: "seven"}])
def test_i3_i6_few_texts_tell_an_api_that_the_clock_was_changed(stage, newest):
    stage.ada()
    stage.sync(in_a_zone_with_summer_time(LONG))
    ask(stage, LONG)
    assert stage.sync(in_a_zone_with_summer_time(LONG | SUMMER)).messages.logged == len(SUMMER)
    assert ask(stage, newest | {70_000: "new"}).messages.logged == 1
    assert ask(stage, LONG | SUMMER | {70_000: "new"}).messages.logged == 0
    assert stage.sync(in_a_zone_with_summer_time(LONG | SUMMER)).messages.logged == 0
    assert sorted(stage.texts()) == sorted([*(LONG | SUMMER).values(), "new"])


@pytest.mark.parametrize("shown", [LONG | SUMMER, SUMMER, {4000: "five", 60_020: "seven"}])
def test_i3_i6_few_texts_tell_an_export_that_the_clock_was_changed(stage, shown):
    stage.ada()
    stage.sync(in_a_zone_with_summer_time(LONG))
    ask(stage, LONG | SUMMER)
    more = in_a_zone_with_summer_time(shown | {70_000: "new"})
    assert stage.sync(more).messages.logged == 1
    assert ask(stage, {70_000: "new"}).messages.logged == 0
    assert sorted(stage.texts()) == sorted([*(LONG | SUMMER).values(), "new"])


def test_i3_i6_an_export_of_summer_alone_is_asked_for_its_clock_where_texts_are_too_few(stage):
    stage.ada()
    stage.sync(in_a_zone_with_summer_time(LONG))
    ask(stage, LONG | SUMMER)
    newer = in_a_zone_with_summer_time({60_020: "seven", 70_000: "new"})
    report = stage.sync(newer)
    assert (report.messages.logged, report.messages.skipped) == (0, 2)
    assert "--time-shift" in report.problems[0].error.hint
    assert stage.sync(newer, shift=timedelta(hours=-2)).messages.logged == 1


def test_i3_what_an_api_told_of_time_that_no_export_shows_is_new_though_one_is_said_later(stage):
    """No export shows the time at which it has to be by the known clock."""
    stage.ada()
    stage.sync(an_hour_on(LONG, ADA))
    ask(stage, LONG)
    stage.sync(an_hour_on({5060: "good morning to you", 5100: "six"}, ADA))
    assert ask(stage, {5000: "good morning to you"}).messages.logged == 1


def test_i3_i6_what_only_an_api_told_is_known_in_a_wrong_zone_though_it_was_changed(stage):
    stage.ada()
    stage.sync(an_hour_on(LONG, ADA))
    ask(stage, LONG | LATER)
    found = an_hour_on(LONG | LATER, ADA)
    *others, last = found.items
    changed = last._replace(kind=MessageKind.EDITED, text="changed")
    assert stage.sync(Written(found.chat, [*others, changed])).messages.logged == 0


def test_i3_i6_an_api_knows_a_single_message_in_a_wrong_zone_that_it_told_before(stage):
    stage.ada()
    stage.sync(an_hour_on(LONG, ADA))
    ask(stage, LONG)
    assert stage.sync(an_hour_on(LONG | LATER, ADA)).messages.logged == len(LATER)
    assert ask(stage, LATER | {5020: "newest"}).messages.logged == 1
    assert sorted(stage.texts()) == sorted([*(LONG | LATER).values(), "newest"])


@pytest.mark.parametrize("shown", [LATER, {5010: "newer"}])
def test_i3_i6_what_waits_by_name_is_known_by_what_an_api_told_of_the_zone(stage, shown):
    stage.policy = replace(stage.policy, create_leads=False)
    stage.org.add_contact("Somebody", ADA)
    stage.sync(an_hour_on(LONG, ADA, "+49 171 3920012"))
    ask(stage, LONG | LATER)
    assert stage.sync(an_hour_on(shown, title="A. E.")).messages.waiting == len(shown)
    report = stage.sync(an_hour_on(shown, ADA, "A. E."), phone_is_given=True)
    assert (report.messages.logged, report.messages.waiting) == (0, 0)
    assert sorted(stage.texts()) == sorted((LONG | LATER).values())


@pytest.mark.parametrize("has_two_numbers", [False, True])
def test_i3_i6_an_api_with_the_number_knows_what_came_by_name_in_a_wrong_zone(
    stage, has_two_numbers
):
    """Nobody names the right zone; the two chats are known to be one after both were read."""
    newer = LONG | {5000: "new", 5010: "newer", 5020: "newest"}
    two_numbers(stage) if has_two_numbers else stage.ada()
    stage.sync(an_hour_on(LONG))
    report = ask(stage, newer)
    assert (report.messages.already_logged, report.messages.logged) == (7, 3)
    assert sorted(stage.texts()) == sorted(newer.values())
    assert ask(stage, newer).messages.logged == 0
    assert stage.sync(an_hour_on(newer)).messages.logged == 0


def test_i3_i6_an_export_by_name_in_a_wrong_zone_is_known_by_what_the_api_told(stage):
    stage.ada()
    ask(stage, LONG)
    report = stage.sync(an_hour_on(LONG | {5000: "new"}))
    assert (report.messages.already_logged, report.messages.logged) == (7, 1)
    assert ask(stage, LONG | {5000: "new"}).messages.logged == 0
    assert len(stage.texts()) == 8


@pytest.mark.parametrize("is_name_first", [True, False])
def test_i3_i6_what_waits_twice_by_two_clocks_is_logged_once_at_the_servers_time(
    stage, is_name_first
):
    by_name, by_api = partial(stage.sync, an_hour_on(LONG)), partial(ask, stage, LONG)
    stage.policy = replace(stage.policy, create_leads=False)
    for read in (by_name, by_api) if is_name_first else (by_api, by_name):
        read()
    ada = stage.ada()
    assert stage.sync().messages.logged == 7
    assert sorted(stage.texts(ada.id)) == sorted(LONG.values())
    [first] = [one for one in stage.org.tasks.values() if one.description.endswith("\none")]
    assert "10:00:20 +01:00" in first.description
    assert stage.sync(an_hour_on(LONG)).messages.logged == 0
    assert ask(stage, LONG).messages.logged == 0


def test_i3_i6_what_waits_with_ids_and_without_is_neither_lost_nor_double(stage):
    """The chat of the number waits; that of the name is logged on a Contact without a number."""
    stage.policy = replace(stage.policy, create_leads=False)
    ada = stage.org.add_contact(NAME)
    stage.sync(an_hour_on(LONG))
    assert len(stage.texts(ada.id)) == 7
    by_number = export(LONG | {5000: "new"}, ADA, title="+49 1713 920012")
    assert stage.sync(by_number).messages.waiting == 8
    assert ask(stage, {20: "between", 6000: "six", 6010: "seven"}).messages.waiting == 11
    stage.org.contacts[ada.id] = replace(ada, phones=(ADA,))
    assert stage.sync().messages.logged == 4
    assert sorted(stage.texts(ada.id)) == sorted([*LONG.values(), "between", "new", "six", "seven"])
    assert ask(stage, {20: "between", 6000: "six", 6010: "seven"}).messages.logged == 0


@pytest.mark.parametrize("has_two_numbers", [False, True])
def test_i2_an_export_by_number_knows_what_came_by_name_from_a_phone_with_another_clock(
    stage, has_two_numbers
):
    two_numbers(stage) if has_two_numbers else stage.ada()
    stage.sync(an_hour_on(LONG))
    by_number = export(LONG | {5000: "new"}, ADA, title="+49 1713 920012")
    report = stage.sync(by_number)
    assert (report.messages.already_logged, report.messages.logged) == (7, 1)
    assert stage.sync(by_number).messages.logged == 0
    assert stage.sync(an_hour_on(LONG | {5000: "new"})).messages.logged == 0
    assert len(stage.texts()) == 8


def test_i2_what_waits_in_two_exports_of_two_clocks_is_logged_once(stage):
    stage.policy = replace(stage.policy, create_leads=False)
    stage.sync(an_hour_on(LONG))
    stage.sync(export(LONG | {5000: "new"}, ADA, title="+49 1713 920012"))
    ada = stage.ada()
    assert stage.sync().messages.logged == 8
    assert sorted(stage.texts(ada.id)) == sorted([*LONG.values(), "new"])
    assert stage.sync(an_hour_on(LONG)).messages.logged == 0


def test_i3_i6_what_waits_by_name_in_another_clock_is_not_logged_beside_the_export_with_the_number(
    stage,
):
    stage.org.add_contact("Somebody", ADA)
    ask(stage, LONG)
    newer = LONG | {4010: "new"}
    assert stage.sync(an_hour_on(newer)).messages.waiting == 8
    assert stage.sync(export(newer, ADA), phone_is_given=True).messages.logged == 1
    assert sorted(stage.texts()) == sorted(newer.values())


def test_i3_i6_three_messages_with_ids_are_known_in_a_long_chat_that_came_by_name(stage):
    stage.ada()
    said = {7 * number: f"line {number}" for number in range(20)}
    stage.sync(an_hour_on(said))
    report = ask(stage, {at: said[at] for at in (0, 70, 133)})
    assert (report.messages.already_logged, report.messages.logged) == (3, 0)


DAILY = {0: "good morning", 180: "lunch is ready", 480: "we close now", 500: "bye"}


def test_i3_what_is_said_every_day_is_logged_every_day(stage):
    stage.ada()
    stage.sync(export(DAILY))
    tomorrow = {minute + 24 * 60: text for minute, text in DAILY.items()}
    by_number = export(tomorrow, ADA, title="+49 1713 920012")
    assert stage.sync(by_number).messages.logged == 4
    last = {minute + 48 * 60: text for minute, text in DAILY.items()}
    assert ask(stage, last).messages.logged == 4


def test_i3_an_export_of_nothing_but_what_was_said_the_day_before_is_not_moved_by_a_day(stage):
    """It may be one of which days were read as months: a person has to say so."""
    stage.ada()
    stage.sync(export(DAILY, ADA))
    tomorrow = export({minute + 24 * 60: text for minute, text in DAILY.items()}, ADA)
    assert stage.sync(tomorrow).messages.skipped == 4
    assert stage.sync(tomorrow, accept=True).messages.logged == 4


def test_i3_few_equal_texts_by_name_at_another_hour_are_other_messages(stage):
    stage.ada()
    stage.sync(export({0: "good morning", 70: "thanks"}))
    assert ask(stage, {60: "good morning", 130: "thanks"}).messages.logged == 2


def test_i3_few_equal_texts_at_another_hour_are_other_messages(stage):
    stage.ada()
    stage.sync(export({0: "good morning", 70: "thanks"}, ADA))
    assert ask(stage, {60: "good morning", 130: "thanks"}).messages.logged == 2


def test_i5_a_number_that_another_person_has_now_waits(stage):
    ada = stage.ada()
    assert ask(stage, {0: "hers"}, user_id="ada").messages.logged == 1
    assert ask(stage, {1: "hers too"}, user_id="ada").messages.logged == 1
    report = ask(stage, {9: "not hers"}, user_id="somebody else")
    assert (report.messages.logged, report.messages.waiting) == (0, 1)
    assert sorted(stage.texts(ada.id)) == ["hers", "hers too"]
    other = stage.org.add_contact("Bea New")
    [waits] = [one.chat.id for one in stage.ledger.chats() if one.queued]
    stage.link(waits, other.id)
    stage.sync()
    assert stage.texts(other.id) == ["not hers"]
    assert ask(stage, {20: "hers still"}, user_id="ada").messages.logged == 1
    assert len(stage.texts(ada.id)) == 3


NUMBER = "+49 1713 920012"


def made_later(stage: Stage) -> str:
    """The number's chat is on the Lead that wasf made; then somebody makes the person's Contact."""
    assert stage.sync(export(FEW, ADA, title=NUMBER)).messages.logged == len(FEW)
    return stage.org.add_contact(NAME, ADA).id


def test_i2_a_contact_that_is_made_later_tells_the_number_of_what_comes_by_name(stage):
    contact = made_later(stage)
    report = stage.sync(export(FEW | {30: "new"}))
    assert (report.messages.logged, report.messages.already_logged) == (1, len(FEW))
    assert len(stage.texts()) == len(FEW) + 1
    assert not stage.texts(contact)
    assert len(stage.ledger.chats()) == 1


@pytest.mark.parametrize("is_same", [True, False])
def test_i2_what_we_told_the_number_of_a_contact_that_is_made_later_waits_under_the_name(
    stage, is_same
):
    """It may be the same chat, or that of another person who has the number and was told so."""
    told = {0: "to everybody", 9: "and to everybody"}
    stage.sync(Written(a_source_chat(NUMBER, phone=ADA), ours(told)))
    contact = stage.org.add_contact(NAME, ADA).id
    report = stage.sync(Written(a_source_chat(NAME, phone=None), ours(told)))
    [chat] = report.chats
    assert (report.messages.waiting, report.tasks_created) == (2, 0)
    assert (ADA in chat.reason, ADA in chat.hint, contact in chat.hint) == (True, True, True)
    if is_same:
        named = Written(a_source_chat(NAME, phone=ADA), ours(told))
        report = stage.sync(named, phone_is_given=True)
        assert (report.messages.logged, report.messages.waiting) == (0, 0)
    else:
        stage.link(chat.id, contact)
        assert stage.sync().messages.logged == 2
    assert stage.texts(contact) == ([] if is_same else list(told.values()))
    assert len(stage.texts()) == (2 if is_same else 4)


def test_i2_what_waits_under_the_name_and_was_changed_is_settled_by_the_number(stage):
    stage.sync(export({0: "as it was", 9: "later"}, ADA, NUMBER))
    stage.org.add_contact(NAME, ADA)
    changed = [says("changed", kind=MessageKind.EDITED)]
    assert stage.sync(Written(a_source_chat(NAME, phone=None), changed)).messages.waiting == 1
    named = Written(a_source_chat(NAME, phone=ADA), changed)
    report = stage.sync(named, phone_is_given=True)
    assert (report.messages.logged, report.messages.waiting) == (0, 0)
    assert stage.texts() == ["as it was", "later"]


def test_i2_what_two_numbers_of_one_person_said_in_one_minute_waits_under_the_name(stage):
    two_numbers(stage)
    for number, title in ((ADA, NUMBER), (BEN, "+49 1713 920013")):
        stage.sync(export({0: f"from {number}", 5: "hello"}, number, title))
    assert stage.sync(export({5: "hello"})).messages.waiting == 1
    assert stage.sync(export({5: "hello"}, BEN), phone_is_given=True).messages.waiting == 0
    assert stage.texts().count("hello") == 2


@pytest.mark.parametrize("texts", [OTHERS, {30: "later"}], ids=["one time", "another time"])
def test_i2_a_number_that_two_people_share_does_not_make_their_chats_one(stage, texts):
    contact = made_later(stage)
    assert stage.sync(export(texts)).messages.logged == len(texts)
    assert sorted(stage.texts(contact)) == sorted(texts.values())
    assert len(stage.ledger.chats()) == 2


def test_i2_the_record_that_a_person_said_for_the_number_is_that_of_the_name(stage):
    contact = made_later(stage)
    [by_number] = stage.ledger.chats()
    other = stage.org.add_contact("Somebody Else", BEN)
    stage.link(by_number.chat.id, other.id)
    assert stage.sync(export(FEW | {30: "new"})).messages.logged == 1
    assert sorted(stage.texts(other.id)) == sorted(["new", *FEW.values()])
    assert not stage.texts(contact)
