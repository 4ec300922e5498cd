"""The report: a table of small chats, and generated workspaces beside a plain statement of it."""

import random
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil
from zoneinfo import ZoneInfo

import pytest

from wasf.core.chats import Chat, ChatId
from wasf.core.moments import WorkingTime, parse_hours
from wasf.core.records import Link, RecordId, RecordType
from wasf.core.report import (
    AnswerTimes,
    GroupedBy,
    MessageTask,
    OtherChats,
    Report,
    ReportedChat,
    ReportQuestion,
    answer_times,
    make_report,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=BERLIN)
MONDAY = datetime(2026, 3, 2, tzinfo=BERLIN)
"""Of the week before: all times of the table are minutes from then."""


def chat(name: str = "ada", **details) -> Chat:
    return Chat(**{"id": ChatId(name), "source": "export", "title": f"Chat of {name}"} | details)


def times(*words: str) -> list[tuple[int, int]]:
    """Messages such as `in 5`: a side, and the minutes since Monday."""
    pairs = (word.split() for word in words)
    return [(int(MONDAY.timestamp()) + int(m) * 60, int(side == "out")) for side, m in pairs]


def report(*chats: tuple[ReportedChat, list[tuple[int, int]]], **question) -> Report:
    return make_report(chats, ReportQuestion(**{"now": NOW, "zone": BERLIN} | question))


def one(*words: str, **question) -> Report:
    return report((ReportedChat(chat()), times(*words)), **question)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["in 0", "out 5"], [300], id="an answer"),
        pytest.param(["in 0", "in 3", "out 5"], [300], id="from the first of a run"),
        pytest.param(["in 0", "out 5", "out 9"], [300], id="the first outgoing one"),
        pytest.param(["out 0", "in 3", "out 5"], [120], id="we wrote first"),
        pytest.param(["in 0", "out 1", "in 2", "out 9"], [60, 420], id="two answers"),
        pytest.param(["in 0", "in 9"], [], id="no answer"),
        pytest.param(["out 0"], [], id="no question"),
        pytest.param(["in 4", "out 4"], [0], id="in the same minute"),
    ],
)
def test_an_answer_is_the_first_outgoing_message_after_incoming_ones(words, expected) -> None:
    [group] = one(*words).groups

    assert group.answers == answer_times(expected, None)
    assert group.first_answers == answer_times(expected[:1], None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param([], AnswerTimes(0), id="none"),
        pytest.param([7], AnswerTimes(1, 7, 7, 1), id="one"),
        pytest.param([1, 61], AnswerTimes(2, 31, 61, 0.5), id="two: the mean of both"),
        pytest.param(range(1, 11), AnswerTimes(10, 5.5, 9, 1), id="ten: the ninth"),
        pytest.param(range(1, 12), AnswerTimes(11, 6, 10, 1), id="eleven: the tenth"),
        pytest.param([60, 61], AnswerTimes(2, 60.5, 61, 0.5), id="just in time"),
    ],
)
def test_median_percentile_and_share(seconds, expected) -> None:
    assert answer_times(seconds, timedelta(minutes=1)) == expected


def test_without_a_time_to_keep_there_is_no_share() -> None:
    assert answer_times([5], None).within_sla is None


def test_the_period_counts_messages_written_and_answers_given_in_it() -> None:
    since, until = MONDAY + timedelta(minutes=5), MONDAY + timedelta(minutes=9)
    [group] = one("in 0", "out 5", "in 6", "out 9", since=since, until=until).groups

    assert (group.chats, group.messages_in, group.messages_out) == (1, 1, 1)
    assert group.answers == group.first_answers == answer_times([300], None)


def test_a_first_answer_is_the_first_in_the_life_of_the_chat() -> None:
    [group] = one("in 0", "out 5", "in 6", "out 9", since=MONDAY + timedelta(minutes=6)).groups

    assert (group.answers.count, group.first_answers.count) == (1, 0)


def test_a_week_begins_on_monday_by_the_clock_of_the_zone() -> None:
    week = 7 * 24 * 60
    found = one("in -1", "out 0", f"in {week - 1}", f"out {week}", by=GroupedBy.WEEK).groups

    assert [(each.group, each.messages_in, each.messages_out) for each in found] == [
        ("2026-W09", 1, 0), ("2026-W10", 1, 1), ("2026-W11", 0, 1),
    ]  # fmt: skip
    assert [each.answers.count for each in found] == [0, 1, 1]


def test_groups_by_owner_account_and_chat() -> None:
    ada = chat("ada", owner_email="ada@example.com", account_email="x@example.com")
    ben = chat("ben", account_email="ben@example.com", whatsapp_account="Sales")
    chats = [(ReportedChat(each), times("in 0")) for each in (ada, ben, chat("cleo"))]

    def names(by: GroupedBy) -> list[str]:
        return [each.group for each in report(*chats, by=by).groups]

    assert names(GroupedBy.OWNER) == ["ada@example.com", "ben@example.com", ""]
    assert names(GroupedBy.ACCOUNT) == ["Sales", ""]
    assert names(GroupedBy.CHAT) == ["ada", "ben", "cleo"]
    assert report(*chats, by=GroupedBy.CHAT).groups[0].name == "Chat of ada"


def test_a_new_lead_counts_with_the_first_message_of_its_chat() -> None:
    new = ReportedChat(chat(), new_leads=1)

    def count(**question) -> list[int]:
        found = report((new, times("in 0", "out 9")), **question).groups
        return [each.new_leads for each in found]

    assert count() == [1]
    assert count(since=MONDAY + timedelta(minutes=1)) == [0]


def test_who_waits_is_told_as_of_now_the_longest_first() -> None:
    skipped = ReportedChat(chat("skipped"), is_skipped=True)
    found = report(
        (ReportedChat(chat("ada")), times("in 0", "out 1", "in 5", "in 6")),
        (ReportedChat(chat("ben")), times("in 2")),
        (ReportedChat(chat("cleo")), times("in 0", "out 9")),
        (skipped, times("in 1")),
        until=MONDAY,
    )

    week = 7 * 86_400 + 12 * 3600
    assert [(each.chat.chat.id, each.age) for each in found.waiting] == [
        ("ben", week - 120), ("ada", week - 300),
    ]  # fmt: skip
    assert found.groups == ()


def test_group_chats_are_apart_and_nobody_waits_there() -> None:
    team = ReportedChat(chat("team", is_group=True))
    found = report((team, times("in 0", "out 1", "in 2")))

    assert found.group_chats == (1, 2, 1)
    assert (found.groups, found.waiting) == ((), ())


# --- What other machines logged ----------------------------------------------------------------

ADA, BEN = RecordId("0030000000000000AA"), RecordId("00Q0000000000000AB")


def task(number: int, minute: int | None, side: int | None, **details) -> MessageTask:
    at = None if minute is None else int(MONDAY.timestamp()) + minute * 60
    usual = {"record": BEN, "chat": "Ben", "owner": "ben@example.com"}
    return MessageTask(number.to_bytes(16), at, side, **usual | details)


def minutes(*pairs: tuple[int, int]) -> list[tuple[int, int]]:
    return [(int(MONDAY.timestamp()) + minute * 60, side) for minute, side in pairs]


def known(title: str, record: RecordId | None = None) -> ReportedChat:
    link = Link(RecordType.CONTACT, record) if record else None
    chat = Chat(id=ChatId(title), source="export", title=title, owner_email="ada@example.com")
    return ReportedChat(chat, link)


def joined(tasks: list[MessageTask], *chats, own: Sequence[int] = (), **asked) -> Report:
    usual = {"now": MONDAY + timedelta(days=1), "zone": BERLIN, "by": GroupedBy.CHAT}
    question = ReportQuestion(**usual | asked)
    others = OtherChats(tasks, (number.to_bytes(16) for number in own), question)
    return make_report(others.joined(chats), question, others.tasks)


def test_own_tasks_are_left_out_by_their_keys() -> None:
    found = joined([task(1, 0, 0), task(2, 5, 1), task(3, 9, 0)], own=[2, 3, 4])
    assert [(one.group, one.messages_in, one.messages_out) for one in found.groups] == [
        (f"{BEN} Ben", 1, 0)
    ]
    assert found.others.tasks == 1


@pytest.mark.parametrize("title", ["Ada", ""], ids=["by title and record", "by the record alone"])
def test_a_chat_that_both_machines_know_is_one(title: str) -> None:
    answer = task(1, 7, 1, record=ADA, chat=title)
    found = joined([answer], (known("Ada", ADA), minutes((0, 0), (9, 0))))
    [group] = found.groups
    assert (group.group, group.messages_in, group.messages_out) == ("Ada", 2, 1)
    assert group.answers.median == 420
    assert [one.since.minute for one in found.waiting] == [9]


def test_another_chat_of_the_same_record_is_another() -> None:
    found = joined([task(1, 7, 1, record=ADA)], (known("Ada", ADA), minutes((0, 0))))
    assert [one.chats for one in found.groups] == [1, 1]
    assert len(found.waiting) == 1


def test_after_a_task_of_several_messages_nothing_is_open() -> None:
    tasks = [
        task(1, 0, 0),
        task(2, 9, 0, is_several=True, untold=2),
        task(3, 20, 1),
        task(4, 30, 0),
    ]
    found = joined(tasks)
    [group] = found.groups
    assert (group.messages_in, group.messages_out, group.answers.count) == (3, 1, 0)
    assert found.others == (4, 1, 2, 0)
    assert [one.since.minute for one in found.waiting] == [30]


def test_a_task_of_several_messages_may_begin_with_the_answer() -> None:
    [group] = joined(
        [task(1, 0, 0), task(2, 9, 1, is_several=True, untold=2), task(3, 12, 0)]
    ).groups
    assert (group.answers.median, group.first_answers.count) == (540, 1)


def test_further_parts_of_a_text_are_no_messages() -> None:
    [group] = joined([task(1, 0, 0), task(2, 0, 0, is_rest=True)]).groups
    assert group.messages_in == 1


def test_a_task_without_time_or_side_is_counted_apart() -> None:
    found = joined([task(1, None, 0), task(2, 3, None)])
    assert (found.groups, found.others.without_fields) == ((), 2)


def test_owner_and_account_are_those_of_the_last_task() -> None:
    tasks = [task(1, 5, 0, owner="new@example.com", account="B"), task(2, 0, 0, account="A")]
    assert [one.group for one in joined(tasks, by=GroupedBy.OWNER).groups] == ["new@example.com"]
    assert [one.group for one in joined(tasks, by=GroupedBy.ACCOUNT).groups] == ["B"]


def test_a_chat_on_no_record_that_wasf_knows_has_no_address() -> None:
    found = joined([task(1, 0, 0, record=None, chat=""), task(2, 0, 0, record=RecordId("a01" * 6))])
    assert [one.chat.link for one in found.waiting] == [None, None]


# --- Generated workspaces ----------------------------------------------------------------------

WORKSPACES = 100
"""Raise it by hand to look at more."""

_HOURS = {
    "": lambda local: True,
    "Mon-Fri 09:00-18:00": lambda local: local.weekday() < 5 and 9 <= local.hour < 18,
    "Mon-Fri 22:00-06:00": lambda local: (
        (local.weekday() < 5 and local.hour >= 22)
        or ((local - timedelta(days=1)).weekday() < 5 and local.hour < 6)
    ),
    "Sat-Sun 00:00-24:00": lambda local: local.weekday() >= 5,
}
"""Working hours as they are written, and whether a local time is in them: full hours only."""

_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


def _seconds(start: int, end: int, zone: ZoneInfo, hours: str) -> int:
    """Count working time in steps of half an hour, which is when clocks and shifts change."""
    if not hours:
        return end - start
    found, step = 0, 1800
    for slot in range(start - start % step, end, step):
        if _HOURS[hours](datetime.fromtimestamp(slot, zone)):
            found += min(end, slot + step) - max(start, slot)
    return found


def _share(values: list[int], sla: timedelta | None) -> AnswerTimes:
    if not values:
        return AnswerTimes(0)
    values = sorted(values)
    within = sla and len([one for one in values if timedelta(seconds=one) <= sla]) / len(values)
    return AnswerTimes(
        len(values), statistics.median(values), values[ceil(0.9 * len(values)) - 1], within
    )


def _answers(messages: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """When each answer was asked for, and when it was given: neighbouring runs of one side."""
    runs = [next(run) for _, run in groupby(messages, key=lambda message: message[1])]
    return [(runs[n - 1][0], at) for n, (at, side) in enumerate(runs) if side and n]


def _events(chats, question: ReportQuestion, hours: str):
    """Everything that can count: chat, time, what it is, and its value."""
    for reported, messages in chats:
        yield reported, messages[0][0], "leads", reported.new_leads
        for at, side in messages:
            yield reported, at, "out" if side else "in", 1
        for number, (asked, told) in enumerate(_answers(messages)):
            seconds = _seconds(asked, told, question.zone, hours)
            yield reported, told, "answers", seconds
            if number == 0:
                yield reported, told, "first", seconds


def _group(chat: Chat, moment: datetime, by: GroupedBy) -> str:
    return {
        GroupedBy.OWNER: chat.owner_email,
        GroupedBy.ACCOUNT: chat.whatsapp_account,
        GroupedBy.CHAT: chat.id,
        GroupedBy.WEEK: moment.strftime("%G-W%V"),
    }[by]


def _said(chats, question: ReportQuestion, hours: str) -> dict[str, tuple]:
    """The figures, said anew: all events first, then those that count, then sums."""
    found = defaultdict(lambda: defaultdict(list))
    for reported, at, what, value in _events(chats, question, hours):
        moment = datetime.fromtimestamp(at, question.zone)
        is_late = question.until and moment >= question.until
        if not is_late and moment >= (question.since or moment):
            values = found[_group(reported.chat, moment, question.by)]
            values[what].append(value)
            values["chats"].append(reported.chat.id)
    return {
        group: (len(set(values["chats"])), *(sum(values[what]) for what in ("in", "out", "leads")),
                *(_share(values[what], question.sla) for what in ("first", "answers")))
        for group, values in found.items()
    }  # fmt: skip


def _workspace(chance: random.Random, start: datetime) -> list:
    chats = []
    for number in range(chance.randint(1, 4)):
        at, messages = int(start.timestamp()), []
        for _ in range(chance.randint(1, 12)):
            at += chance.choice([0, chance.randint(0, 5_000), chance.randint(0, 200_000)])
            messages.append((at, chance.randint(0, 1)))
        known = chat(
            f"chat-{number}",
            owner_email=chance.choice(["ada@example.com", "ben@example.com", ""]),
            whatsapp_account=chance.choice(["Sales", "Help"]),
        )
        chats.append((ReportedChat(known, new_leads=chance.randint(0, 1)), messages))
    return chats


def _moment(chance: random.Random, start: datetime) -> datetime | None:
    return chance.choice([None, start + timedelta(hours=chance.randint(1, 300))])


@pytest.mark.parametrize("seed", range(2))
def test_generated_workspaces_beside_a_plain_statement(seed: int) -> None:
    for number in range(WORKSPACES // 2):
        chance = random.Random(f"{seed}-{number}")
        zone = ZoneInfo(chance.choice(_ZONES))
        start = datetime(2026, chance.choice([3, 7, 10]), chance.randint(1, 28), tzinfo=zone)
        hours = chance.choice(list(_HOURS))
        question = ReportQuestion(
            now=start + timedelta(days=60),
            zone=zone,
            by=chance.choice(list(GroupedBy)),
            since=_moment(chance, start),
            until=_moment(chance, start),
            sla=chance.choice([None, timedelta(hours=1)]),
            hours=WorkingTime(parse_hours(hours), zone) if hours else None,
        )
        chats = _workspace(chance, start)

        found = make_report(chats, question)

        told = {
            each.group: (each.chats, each.messages_in, each.messages_out, each.new_leads,
                         each.first_answers, each.answers)
            for each in found.groups
        }  # fmt: skip
        assert told == _said(chats, question, hours), f"{seed}-{number}"
        for each in found.waiting:
            asked = int(each.since.timestamp())
            age = _seconds(asked, int(question.now.timestamp()), zone, hours)
            assert each.age == age, f"{seed}-{number}"


def _shared(chance: random.Random, start: datetime) -> Iterator[tuple]:
    """Chats on records, each with all of its messages, this machine's, and the others' Tasks."""
    for number, (reported, messages) in enumerate(_workspace(chance, start)):
        everything = sorted(dict(messages).items())
        own = [one for place, one in enumerate(everything) if not place or chance.random() < 0.5]
        record = RecordId(f"003{number:012}AAA")
        on_record = reported._replace(link=Link(RecordType.CONTACT, record))
        tasks = [
            MessageTask(f"{number} {at}".encode(), at, side, record, reported.chat.title)
            for at, side in everything
            if (at, side) not in own
        ]
        yield on_record, everything, own, tasks


def test_it_does_not_matter_which_machine_logged_a_message() -> None:
    for number in range(WORKSPACES):
        chance = random.Random(f"machines-{number}")
        zone = ZoneInfo(chance.choice(_ZONES))
        start = datetime(2026, 3, chance.randint(1, 28), tzinfo=zone)
        question = ReportQuestion(
            start + timedelta(days=60), zone, chance.choice(list(GroupedBy)),
            until=_moment(chance, start), sla=timedelta(hours=1),
        )  # fmt: skip
        chats = list(_shared(chance, start))
        tasks = [task for _, _, _, told in chats for task in told]

        others = OtherChats(chance.sample(tasks, len(tasks)), (), question)
        joined = make_report(others.joined((one, own) for one, _, own, _ in chats), question)

        assert joined == make_report([(one, all_) for one, all_, _, _ in chats], question)
