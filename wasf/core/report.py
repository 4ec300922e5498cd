"""What managers look at: who wrote, how fast we answered, who waits for an answer.

The figures come from the time and the side of each message, and from what is known of its chat. An
answer is the first outgoing message after a run of incoming ones; its time runs from the first of
these, as working time where there are working hours. A message counts in the period and the week in
which it was written, and an answer in those in which it was given. A new Lead counts with the first
message of its chat. Group chats are counted apart, because nobody in particular waits there. Who
waits is told as of now, whatever the period is.
"""

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from math import inf
from typing import NamedTuple

from wasf.core.chats import Chat
from wasf.core.records import Link
from wasf.core.working_time import WorkingTime
from wasf.values import dataclass

NO_GROUP = ""
"""The group of chats of which no owner, or no WhatsApp account, is known."""


class GroupedBy(StrEnum):
    """What the figures are grouped by."""

    OWNER = "owner"
    ACCOUNT = "account"
    WEEK = "week"
    CHAT = "chat"


class ReportedChat(NamedTuple):
    """A chat of the ledger. `is_skipped`: a person said that it is not to be logged (X2)."""

    chat: Chat
    link: Link | None = None
    is_skipped: bool = False
    new_leads: int = 0

    @property
    def owner(self) -> str:
        """The e-mail of the person responsible, else of the account's owner (O1, O2)."""
        return self.chat.owner_email or self.chat.account_email


MessageTimes = Iterable[tuple[int, int]]
"""The messages of a chat in order: seconds since 1970, and whether we wrote it (1 or True)."""


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """What is asked. `since` is inclusive, `until` exclusive; `sla` is the time for an answer."""

    now: datetime
    zone: tzinfo
    by: GroupedBy = GroupedBy.OWNER
    since: datetime | None = None
    until: datetime | None = None
    sla: timedelta | None = None
    hours: WorkingTime | None = None


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """How long answers took, in seconds; None where there are none, or no time to keep to.

    `p90` is the nearest-rank percentile, `within_sla` a share from 0 to 1.
    """

    count: int
    median: float | None = None
    p90: int | None = None
    within_sla: float | None = None


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The figures of an owner, an account, a week or a chat; `name` is the chat's title."""

    group: str
    name: str
    chats: int
    messages_in: int
    messages_out: int
    new_leads: int
    first_answers: AnswerTimes
    answers: AnswerTimes


class WaitingCustomer(NamedTuple):
    """A chat without an answer since its first unanswered message; `age` is in seconds."""

    chat: ReportedChat
    since: datetime
    age: int


class GroupChatFigures(NamedTuple):
    """Messages of chats with several people."""

    chats: int = 0
    messages_in: int = 0
    messages_out: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked, the figures by group, and who waits, the longest first."""

    question: ReportQuestion
    groups: tuple[GroupFigures, ...]
    waiting: tuple[WaitingCustomer, ...]
    group_chats: GroupChatFigures


def make_report(
    chats: Iterable[tuple[ReportedChat, MessageTimes]], question: ReportQuestion
) -> Report:
    """Return the report of these chats, each with its messages in the order of time."""
    tallies, of_groups = _Tallies(question), _Tallies(question, is_one=True)
    waiting = []
    for reported, times in chats:
        if reported.chat.is_group:
            _count(reported, times, of_groups)
            continue
        asked = _count(reported, times, tallies)
        if asked is not None and not reported.is_skipped:
            age = tallies.seconds(asked, max(asked, int(question.now.timestamp())))
            waiting.append(WaitingCustomer(reported, datetime.fromtimestamp(asked, UTC), age))
    waiting.sort(key=lambda one: (one.since, one.chat.chat.id))
    group_chats = [
        GroupChatFigures(one.chats, one.messages_in, one.messages_out)
        for one in of_groups.figures()
    ]
    return Report(
        question,
        tuple(tallies.figures()),
        tuple(waiting),
        group_chats[0] if group_chats else GroupChatFigures(),
    )


def _count(reported: ReportedChat, times: MessageTimes, tallies: "_Tallies") -> int | None:
    """Count the messages of a chat; return the time of the first one without an answer."""
    tally, end = tallies.none, -inf
    asked: int | None = None
    is_first_message = is_first_answer = True
    for at, outgoing in times:
        if at >= end:
            tally, end = tallies.at(reported, at)
            tally.chats += 1
            if is_first_message:
                tally.new_leads += reported.new_leads
                is_first_message = False
        tally.messages[outgoing] += 1
        if not outgoing:
            if asked is None:
                asked = at
        elif asked is not None:
            seconds = tallies.seconds(asked, at)
            tally.answers.append(seconds)
            if is_first_answer:
                tally.first_answers.append(seconds)
                is_first_answer = False
            asked = None
    return asked


class _Tally:
    """Running figures of one group."""

    __slots__ = ("answers", "chats", "first_answers", "messages", "name", "new_leads")

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.chats = self.new_leads = 0
        self.messages = [0, 0]
        self.answers, self.first_answers = array("q"), array("q")


class _Tallies:
    """Running figures of all groups, and which of them a message counts in."""

    def __init__(self, question: ReportQuestion, *, is_one: bool = False) -> None:
        self.none = _Tally()
        self.seconds = question.hours.between if question.hours else _elapsed
        self._question = question
        self._is_one = is_one
        self._since = question.since.timestamp() if question.since else -inf
        self._until = question.until.timestamp() if question.until else inf
        self._groups: dict[str, _Tally] = {}

    def at(self, reported: ReportedChat, at: int) -> tuple[_Tally, float]:
        """Return the figures in which a message counts, and until when those of its chat do."""
        if at < self._since:
            return self.none, self._since
        if at >= self._until:
            return self.none, inf
        group, end = self._group(reported, at)
        tally = self._groups.get(group)
        if tally is None:
            tally = self._groups[group] = _Tally(reported.chat.title)
        return tally, min(end, self._until)

    def _group(self, reported: ReportedChat, at: int) -> tuple[str, float]:
        if self._is_one:
            return NO_GROUP, inf
        match self._question.by:
            case GroupedBy.OWNER:
                return reported.owner, inf
            case GroupedBy.ACCOUNT:
                return reported.chat.whatsapp_account, inf
            case GroupedBy.CHAT:
                return reported.chat.id, inf
            case GroupedBy.WEEK:
                return _week(at, self._question.zone)

    def figures(self) -> list[GroupFigures]:
        """Return the figures in the order of the groups' names; without a name comes last."""
        sla = self._question.sla
        is_chat = self._question.by is GroupedBy.CHAT
        return [
            GroupFigures(
                group,
                tally.name if is_chat else "",
                tally.chats,
                tally.messages[0],
                tally.messages[1],
                tally.new_leads,
                answer_times(tally.first_answers, sla),
                answer_times(tally.answers, sla),
            )
            for group, tally in sorted(self._groups.items(), key=lambda one: (not one[0], one[0]))
        ]


def _elapsed(start: int, end: int) -> int:
    return end - start


def _week(at: int, zone: tzinfo) -> tuple[str, float]:
    """Return the ISO week of a moment by the clock of a zone, and when it ends."""
    day = datetime.fromtimestamp(at, UTC).astimezone(zone).date()
    year, week, weekday = day.isocalendar()
    monday = datetime.combine(day + timedelta(days=8 - weekday), time(), zone)
    return f"{year}-W{week:02}", monday.timestamp()


def answer_times(seconds: Sequence[int], sla: timedelta | None) -> AnswerTimes:
    """Return the figures of these answers."""
    count = len(seconds)
    if not count:
        return AnswerTimes(0)
    ordered = sorted(seconds)
    median = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    within = None
    if sla is not None:
        longest = sla.total_seconds()
        within = sum(one <= longest for one in ordered) / count
    return AnswerTimes(count, median, ordered[-(-9 * count // 10) - 1], within)
