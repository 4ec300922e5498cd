"""What managers look at: who wrote, how fast we answered, who waits for an answer.

The figures come from the time and the side of each message, and from what is known of its chat. An
answer is the first outgoing message after a run of incoming ones; its time runs from the first of
these, as working time where there are working hours. A message counts in the period and the week in
which it was written, and an answer in those in which it was given. A new Lead counts with the first
message of its chat. Group chats are counted apart, because nobody in particular waits there. Who
waits is told as of now, whatever the period is.

Tasks that another machine wrote are joined to the chats by `OtherChats`. A chat is told there by
its title and by the record that its Tasks are on. A Task of several messages tells nothing of those
after its first one, so whether and when that one was answered is not known.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from heapq import merge
from math import inf
from operator import itemgetter
from typing import NamedTuple

from wasf.core.chats import Chat, ChatId
from wasf.core.moments import WorkingTime
from wasf.core.records import Link, RecordId, record_type_of
from wasf.core.text import one_line
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


MORE_MESSAGES = 2
"""In place of a side: messages follow of which neither time nor side is known."""

MessageTimes = Iterable[tuple[int, int]]
"""The messages of a chat in order: seconds since 1970, and whether we wrote it (1 or True)."""


class OtherTasks(NamedTuple):
    """Tasks that other machines wrote, within the period of a report.

    `several` of them have more than one message; `messages_untold` are those after the first ones.
    `without_fields` do not say when or by which side a message was written, and count nowhere.
    """

    tasks: int = 0
    several: int = 0
    messages_untold: int = 0
    without_fields: int = 0


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
    """What was asked, the figures by group, and who waits, the longest first.

    `others` tells of Tasks that other machines wrote; None: only this machine's messages count.
    """

    question: ReportQuestion
    groups: tuple[GroupFigures, ...]
    waiting: tuple[WaitingCustomer, ...]
    group_chats: GroupChatFigures
    others: OtherTasks | None = None


def make_report(
    chats: Iterable[tuple[ReportedChat, MessageTimes]],
    question: ReportQuestion,
    others: OtherTasks | None = None,
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
    group_chats = GroupChatFigures()
    for one in of_groups.figures():
        group_chats = GroupChatFigures(one.chats, one.messages_in, one.messages_out)
    return Report(question, tuple(tallies.figures()), tuple(waiting), group_chats, others)


def _count(reported: ReportedChat, times: MessageTimes, tallies: "_Tallies") -> int | None:
    """Count the messages of a chat; return the time of the first one without an answer."""
    tally, end = tallies.none, -inf
    asked: int | None = None
    new_leads, is_first_answer = reported.new_leads, True
    for at, outgoing in times:
        if at >= end:
            tally, end = tallies.at(reported, at)
            tally.chats += 1
            tally.new_leads += new_leads
            new_leads = 0
        tally.messages[outgoing] += 1
        if not outgoing:
            if asked is None:
                asked = at
        elif outgoing == MORE_MESSAGES:  # nobody knows what they ask, and what they answer
            asked, is_first_answer = None, False
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
        self.messages = [0, 0, 0]  # the last is of MORE_MESSAGES, which nothing shows
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


# --- What other machines logged ----------------------------------------------------------------

_NO_RECORD = RecordId("")


class MessageTask(NamedTuple):
    """What a Task tells of its messages.

    `at` is when the first was written, in seconds since 1970, and `outgoing` whether we wrote it;
    None where a field is empty. Where `is_several`, `untold` more messages are in it; it is below 0
    in the later parts of a window, whose first part tells of all. `is_rest`: it only goes on with
    the text of a message that another Task begins.
    """

    key: bytes
    at: int | None
    outgoing: int | None
    record: RecordId | None
    chat: str = ""
    account: str = ""
    owner: str = ""
    is_several: bool = False
    untold: int = 0
    is_rest: bool = False


class OtherChats:
    """The chats of Tasks that another machine logged, within the period of a report.

    `own` are the keys of this machine's messages and Tasks, as bytes: theirs are left out.
    """

    def __init__(
        self, tasks: Iterable[MessageTask], own: Iterable[bytes], question: ReportQuestion
    ) -> None:
        self._question = question
        others = {task.key: task for task in tasks}
        for key in own:
            others.pop(key, None)
        self._chats: dict[tuple[RecordId, str], list[MessageTask]] = defaultdict(list)
        self.tasks = self._sorted(others.values())

    def _sorted(self, tasks: Iterable[MessageTask]) -> OtherTasks:
        """Sort Tasks into chats; return how many there are."""
        counted = several = untold = without = 0
        end = self._question.until.timestamp() if self._question.until else inf
        for task in tasks:
            if task.is_rest:
                continue
            if task.at is None or task.outgoing is None:
                without += 1
                continue
            self._chats[task.record or _NO_RECORD, task.chat].append(task)
            if task.at < end:
                counted += 1
                several += task.is_several
                untold += task.untold
        return OtherTasks(counted, several, untold, without)

    def joined(
        self, chats: Iterable[tuple[ReportedChat, MessageTimes]]
    ) -> Iterator[tuple[ReportedChat, MessageTimes]]:
        """Yield this machine's chats with what others logged of them, then the others' own."""
        for reported, times in chats:
            tasks = self._take(reported)
            yield reported, merge(times, _times(tasks), key=itemgetter(0)) if tasks else times
        for (record, title), tasks in self._chats.items():
            yield _reported(record, title, tasks), self._times_alone(tasks)

    def _take(self, reported: ReportedChat) -> list[MessageTask]:
        record = reported.link.record_id if reported.link else _NO_RECORD
        title = one_line(reported.chat.title)
        for conversation in ((record, title), (record, "")):
            if record and conversation in self._chats:
                return self._chats.pop(conversation)
        return []

    def _times_alone(self, tasks: list[MessageTask]) -> MessageTimes:
        """Return the messages of a chat of which nothing is known from before the period."""
        if self._question.since is not None:
            yield min(task.at or 0 for task in tasks), MORE_MESSAGES
        yield from _times(tasks)


def _times(tasks: Iterable[MessageTask]) -> Iterator[tuple[int, int]]:
    """Yield the messages of Tasks in order; what follows the first one in a Task is not told."""
    for task in sorted(tasks, key=lambda one: (one.at or 0, one.outgoing or 0)):
        at, outgoing = task.at or 0, task.outgoing or 0
        yield at, outgoing
        if task.is_several:
            yield at, MORE_MESSAGES


def _reported(record: RecordId, title: str, tasks: list[MessageTask]) -> ReportedChat:
    """Return a chat as its Tasks tell it, with the account and the owner of the last one."""
    last = max(tasks, key=lambda one: one.at or 0)
    chat_id = ChatId(f"{record} {title}".strip())
    shown, owner, account = title or record, last.owner, last.account
    chat = Chat(
        id=chat_id, source="salesforce", title=shown, owner_email=owner, whatsapp_account=account
    )
    return ReportedChat(chat, _link(record))


def _link(record: RecordId) -> Link | None:
    try:
        return Link(record_type_of(record), record)
    except KeyError:  # none, or one of an object of the org's own
        return None
