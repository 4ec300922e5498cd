"""Taking in what sources read: every message gets its key, new ones go into the queue.

One transaction a chat: from its commit on, the file is not needed any more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from wasf.commands.sync.identify import (
    KnownChats,
    known_by_its_lines,
    restore,
    skipped_because,
    why_unwanted,
)
from wasf.commands.sync.reconcile import (
    WAYS_ON,
    Export,
    ExportDiff,
    compare,
    misfit_of,
    remember,
    take_new,
)
from wasf.core.alignment import Alignment, constant
from wasf.core.chat_identity import UnclearChat, identify_chat
from wasf.core.chats import Chat, ChatId, Message, NotUnderstood, SystemLine
from wasf.core.coverage import CoverageRange
from wasf.core.keys import KeyedBatch, keyed
from wasf.core.policy import SyncPolicy
from wasf.core.records import KnownChat
from wasf.errors import ExportMisfit, UnreadableFile, WasfError
from wasf.interfaces import ChatReading, Progress, Reached, Unreadable
from wasf.store.ledger.model import Arrival, Ledger, MessageState

# --- sorting
# Sorts the messages out of what a source reads of a chat, and counts the rest.


_LINES_KEPT = 20


class MessageFilter:
    """Lets messages through and counts the rest; every pass counts anew.

    `lines` are the first that were not understood, `unread_lines` how many there are.
    """

    def __init__(self, reading: ChatReading) -> None:
        self._reading = reading
        self.passes = 0
        self.system_lines = 0
        self.unread_lines = 0
        self.lines: list[NotUnderstood] = []

    def messages(self) -> Iterator[Message]:
        """The messages from the beginning. Only the first pass may be the only one."""
        self.passes += 1
        self.system_lines = self.unread_lines = 0
        self.lines = []
        again = self._reading.again
        for item in self._reading.items if self.passes == 1 or again is None else again():
            match item:
                case Message():
                    yield item
                case SystemLine():
                    self.system_lines += 1
                case NotUnderstood(first, last, _):
                    self.unread_lines += last - first + 1
                    if len(self.lines) < _LINES_KEPT:
                        self.lines.append(item)


# --- intake


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """What became of one chat that was read: `messages` is the sum of the three that follow.

    `queued` are new ones and such that waited already. `reason` says why messages were skipped.
    `lines` are the first lines that were not understood, `unread_lines` how many there are.
    `changed` are known again though they have changed, and counted above as what they are; `shifts`
    are the minutes by which times were moved to know them. `misfit` says why nothing was taken of
    an export that does not fit its chat. `doubt` as in `SourceChat`.
    """

    origin: str
    title: str
    chat_id: ChatId | None
    messages: int = 0
    already_logged: int = 0
    queued: int = 0
    skipped: int = 0
    system_lines: int = 0
    reason: str = ""
    hint: str = ""
    lines: tuple[NotUnderstood, ...] = ()
    unread_lines: int = 0
    doubt: str = ""
    changed: int = 0
    shifts: tuple[int, ...] = ()
    misfit: ExportMisfit | None = None


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something that was given and could not be read; the rest went on."""

    origin: str
    error: WasfError


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What all sources brought."""

    chats: tuple[ImportedChat, ...]
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person chose for this run: leave out what is older than `since` (UTC).

    `phone_is_given` says that `--phone` named the number of the chat, `sides_are_given` that
    somebody named our side. `shift` is how far all times of the exports are to be moved, None to
    find out. `accept` takes exports that do not fit what is known of their chats, `again` messages
    that a person took back.
    """

    since: datetime | None = None
    phone_is_given: bool = False
    sides_are_given: bool = False
    shift: timedelta | None = None
    accept: bool = False
    again: bool = False


def take_in(
    found: Iterable[ChatReading | Unreadable | Reached],
    ledger: Ledger,
    rules: SyncPolicy,
    choices: ImportOptions,
    *,
    progress: Progress,
    check_stop: Callable[[], None],
) -> ImportResult:
    """Take everything that sources find into the queue. `check_stop` raises to end the run."""
    chats: list[ImportedChat] = []
    problems: list[ImportProblem] = []
    known = KnownChats(ledger.chats())
    desk = _Desk(ledger, rules, choices, progress, check_stop)
    for one in found:
        check_stop()
        if isinstance(one, Unreadable):
            problems.append(ImportProblem(one.origin, one.error))
            continue
        if isinstance(one, Reached):
            _remember(one.facts, ledger)
            continue
        progress.reading(one.chat.origin)
        try:
            intake = _take_in_chat(one, known, desk)
        except UnreadableFile as error:
            problems.append(ImportProblem(one.chat.origin, error))
            continue
        chats.append(intake)
        if intake.misfit is not None:
            problems.append(ImportProblem(one.chat.origin, intake.misfit))
    return ImportResult(tuple(chats), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every chat of a run is taken in with."""

    ledger: Ledger
    rules: SyncPolicy
    choices: ImportOptions
    progress: Progress
    check_stop: Callable[[], None]


def _take_in_chat(reading: ChatReading, known: KnownChats, desk: _Desk) -> ImportedChat:
    sorter = MessageFilter(reading)
    if unwanted := why_unwanted(reading.chat, desk.rules, desk.ledger):
        return _left_out(reading, sorter, *unwanted)
    alike = known.like(reading.chat)
    chat = identify_chat(reading.chat, alike, phone_is_given=desk.choices.phone_is_given)
    if isinstance(chat, UnclearChat):
        return _left_out(reading, sorter, chat.reason, chat.hint)
    if known.get(chat.id) is None:
        chat = known_by_its_lines(reading, known, desk.ledger, desk.check_stop) or chat
    before = known.get(chat.id)
    is_new = before is None or before.chat != chat
    with desk.ledger.transaction():
        if desk.choices.again:
            restore(chat, desk.ledger, is_known=before is not None)
        if before is not None and before.queued + before.logged and reading.again is not None:
            intake = _take_in_again(reading, chat, sorter, desk, is_new=is_new)
        else:
            if is_new:  # nothing to write where nothing is new
                desk.ledger.save_chat(chat)
            intake = _queue_all(reading, chat, sorter, desk)
        _remember(reading.facts, desk.ledger)
    if intake.misfit is None:
        known.put(KnownChat(chat, queued=intake.queued, logged=intake.already_logged))
    return intake


def _remember(facts: Mapping[str, str], ledger: Ledger) -> None:
    """Keep how far a source was read, in one step with what it brought."""
    with ledger.transaction():
        for name, value in facts.items():
            ledger.remember(name, value)


def _queue_all(
    reading: ChatReading, chat: Chat, sorter: MessageFilter, desk: _Desk
) -> ImportedChat:
    """Take in a chat of which nothing is known, or whose source knows its messages by ids."""
    ledger = desk.ledger
    lens = Alignment(constant(desk.choices.shift or timedelta(0)))
    states: Counter[MessageState] = Counter()
    queued, span = 0, None
    for some in keyed(chat.id, lens.through(sorter.messages()), ledger.count_earlier):
        here = ledger.standing(chat.id, some)
        fresh = list(_fresh(some, here, desk.choices.since))
        ledger.enqueue(chat.id, fresh)
        states.update(here)
        queued += len(fresh)
        span = _wider(span, some)
        _tell(desk, sorter, len(some))
    if span is not None:
        remember(_export(chat, sorter, desk), span, lens, ledger)
    too_old, logged = states[MessageState.NEW] - queued, states[MessageState.LOGGED]
    undone = states[MessageState.UNDONE]
    why = skipped_because(too_old, undone)
    counts = ImportedChat(
        origin=reading.chat.origin,
        title=chat.title,
        chat_id=chat.id,
        messages=states.total(),
        already_logged=logged,
        queued=states.total() - logged - too_old - undone,
        skipped=too_old + undone,
        reason=why.reason,
        hint=why.hint,
    )
    return _noted(reading, sorter, counts)


def _fresh(
    some: KeyedBatch, states: Sequence[MessageState], since: datetime | None
) -> Iterator[Arrival]:
    for (key, message), state in zip(some.rows(), states, strict=True):
        if state is MessageState.NEW and (since is None or message.sent_at >= since):
            yield Arrival(key, message)


def _wider(span: CoverageRange | None, some: KeyedBatch) -> CoverageRange | None:
    """The span with these messages in it; those that are known by an id cover no time."""
    minutes = [minute for minute in some.minutes if minute]
    if not minutes:
        return span
    ends = (*minutes, *(span or ()))
    return CoverageRange(min(ends), max(ends))


def _take_in_again(
    reading: ChatReading, chat: Chat, sorter: MessageFilter, desk: _Desk, *, is_new: bool
) -> ImportedChat:
    """Take in another export of a known chat, if it fits what is known."""
    export = _export(chat, sorter, desk)
    sighting = compare(export, desk.ledger)
    if not sighting.fits and not desk.choices.accept:
        return _noted(reading, sorter, _not_taken(reading, sighting, desk.rules.zone))
    if is_new:
        desk.ledger.save_chat(chat)
    if sighting.fresh:
        take_new(export, sighting, desk.ledger)
    remember(export, sighting.minutes, sighting.lens, desk.ledger)
    why = skipped_because(sighting.too_old, sighting.undone)
    counts = ImportedChat(
        origin=reading.chat.origin,
        title=chat.title,
        chat_id=chat.id,
        messages=sighting.overlap.lines,
        already_logged=sighting.logged,
        queued=sighting.queued + sighting.fresh,
        skipped=sighting.too_old + sighting.undone,
        reason=why.reason,
        hint=why.hint,
        changed=sighting.changed,
        shifts=() if desk.choices.shift else tuple(filter(None, sighting.lens.shifts)),
    )
    return _noted(reading, sorter, counts)


def _export(chat: Chat, sorter: MessageFilter, desk: _Desk) -> Export:
    choices = desk.choices
    return Export(
        chat_id=chat.id,
        messages=sorter.messages,
        read=lambda count: _tell(desk, sorter, count),
        since=choices.since,
        shift=choices.shift,
        sides_are_given=choices.sides_are_given,
    )


def _tell(desk: _Desk, sorter: MessageFilter, messages: int) -> None:
    """Say how far it is, and find out whether to go on; what is read again counts once."""
    desk.check_stop()
    if sorter.passes == 1:
        desk.progress.read(messages)


# --- What is left out --------------------------------------------------------------------------


def _left_out(reading: ChatReading, sorter: MessageFilter, reason: str, hint: str) -> ImportedChat:
    messages = sum(1 for _ in sorter.messages())
    counts = ImportedChat(
        origin=reading.chat.origin,
        title=reading.chat.title,
        chat_id=None,
        messages=messages,
        skipped=messages,
        reason=reason,
        hint=hint,
    )
    return _noted(reading, sorter, counts)


def _not_taken(reading: ChatReading, sighting: ExportDiff, zone: tzinfo) -> ImportedChat:
    messages = sighting.overlap.lines
    return ImportedChat(
        origin=reading.chat.origin,
        title=reading.chat.title,
        chat_id=None,
        messages=messages,
        skipped=messages,
        reason="it does not fit what is known of this chat",
        hint=WAYS_ON,
        misfit=misfit_of(sighting, zone),
    )


def _noted(reading: ChatReading, sorter: MessageFilter, intake: ImportedChat) -> ImportedChat:
    """The intake, with what was no message."""
    return replace(
        intake,
        doubt="" if intake.chat_id is None else reading.chat.doubt,
        system_lines=sorter.system_lines,
        lines=tuple(sorter.lines),
        unread_lines=sorter.unread_lines,
    )
