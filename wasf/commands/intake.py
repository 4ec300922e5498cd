"""Taking in what sources read: every message gets its key, new ones go into the queue.

One transaction a chat: from its commit on, the file is not needed any more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from wasf.core.chats import Chat, ChatId, ChatItem, Message, NotUnderstood, SystemLine
from wasf.core.identity import UnclearChat, identify_chat, keyed
from wasf.core.rules import Groups, Rules
from wasf.errors import UnreadableFile, WasfError
from wasf.interfaces import (
    Arrival,
    Ledger,
    MessageState,
    Progress,
    Reached,
    Reading,
    Unreadable,
)

_LINES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of one chat that was read: `messages` is the sum of the three that follow.

    `queued` are new ones and such that waited already. `reason` says why messages were skipped.
    `lines` are the first lines that were not understood, `unread_lines` how many there are.
    `doubt` as in `SourceChat`.
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
    remedy: str = ""
    lines: tuple[NotUnderstood, ...] = ()
    unread_lines: int = 0
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was given and could not be read; the rest went on."""

    origin: str
    error: WasfError


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What all sources brought."""

    chats: tuple[Intake, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class IntakeChoices:
    """What a person chose for this run: leave out what is older than `since` (UTC).

    `phone_is_given` says that `--phone` named the number of the chat.
    """

    since: datetime | None = None
    phone_is_given: bool = False


def take_in(
    found: Iterable[Reading | Unreadable | Reached],
    ledger: Ledger,
    rules: Rules,
    choices: IntakeChoices,
    *,
    progress: Progress,
    check_stop: Callable[[], None],
) -> TakenIn:
    """Take everything that sources find into the queue. `check_stop` raises to end the run."""
    chats: list[Intake] = []
    problems: list[Problem] = []
    known = {known.chat.id: known.chat for known in ledger.chats()}
    for one in found:
        check_stop()
        if isinstance(one, Unreadable):
            problems.append(Problem(one.origin, one.error))
            continue
        if isinstance(one, Reached):
            _remember(one.facts, ledger)
            continue
        progress.reading(one.chat.origin)
        try:
            chats.append(_take_in_chat(one, known, ledger, rules, choices, progress, check_stop))
        except UnreadableFile as error:
            problems.append(Problem(one.chat.origin, error))
    return TakenIn(tuple(chats), tuple(problems))


def _take_in_chat(
    reading: Reading,
    known: dict[ChatId, Chat],
    ledger: Ledger,
    rules: Rules,
    choices: IntakeChoices,
    progress: Progress,
    check_stop: Callable[[], None],
) -> Intake:
    sieve = _Sieve(reading.items)
    if reading.chat.left_out:
        return _left_out(reading, sieve, reading.chat.left_out, "")
    if reading.chat.is_group and rules.groups is Groups.SKIP:
        reason = "a group chat"
        return _left_out(reading, sieve, reason, "to log it: wasf config set groups participants")
    chat = identify_chat(reading.chat, known.values(), phone_is_given=choices.phone_is_given)
    if isinstance(chat, UnclearChat):
        return _left_out(reading, sieve, chat.reason, chat.remedy)
    with ledger.transaction():
        if known.get(chat.id) != chat:  # nothing to write where nothing is new
            ledger.save_chat(chat)
        intake = _queue_new(reading, chat, sieve, ledger, choices.since, progress, check_stop)
        _remember(reading.facts, ledger)
    known[chat.id] = chat
    return intake


def _remember(facts: Mapping[str, str], ledger: Ledger) -> None:
    """Keep how far a source was read, in one step with what it brought."""
    with ledger.transaction():
        for name, value in facts.items():
            ledger.remember(name, value)


def _queue_new(
    reading: Reading,
    chat: Chat,
    sieve: "_Sieve",
    ledger: Ledger,
    since: datetime | None,
    progress: Progress,
    check_stop: Callable[[], None],
) -> Intake:
    messages = already = queued = skipped = 0
    for batch in keyed(chat.id, sieve.messages(), ledger.count_earlier):
        check_stop()
        states = ledger.states([key for key, _ in batch])
        fresh = [
            Arrival(key, message)
            for (key, message), state in zip(batch, states, strict=True)
            if state is MessageState.NEW and (since is None or message.sent_at >= since)
        ]
        ledger.enqueue(chat.id, fresh)
        logged = states.count(MessageState.LOGGED)
        left_out = states.count(MessageState.NEW) - len(fresh)
        messages += len(batch)
        already += logged
        skipped += left_out
        queued += len(batch) - logged - left_out
        progress.read(len(batch))
    return Intake(
        origin=reading.chat.origin,
        title=chat.title,
        chat_id=chat.id,
        messages=messages,
        already_logged=already,
        queued=queued,
        skipped=skipped,
        system_lines=sieve.system_lines,
        reason="older than --since" if skipped else "",
        lines=tuple(sieve.lines),
        unread_lines=sieve.unread_lines,
        doubt=reading.chat.doubt,
    )


def _left_out(reading: Reading, sieve: "_Sieve", reason: str, remedy: str) -> Intake:
    messages = sum(1 for _ in sieve.messages())
    return Intake(
        origin=reading.chat.origin,
        title=reading.chat.title,
        chat_id=None,
        messages=messages,
        skipped=messages,
        system_lines=sieve.system_lines,
        reason=reason,
        remedy=remedy,
        lines=tuple(sieve.lines),
        unread_lines=sieve.unread_lines,
    )


class _Sieve:
    """Lets messages through and counts the rest, so that a chat is read once."""

    def __init__(self, items: Iterator[ChatItem]) -> None:
        self._items = items
        self.system_lines = 0
        self.unread_lines = 0
        self.lines: list[NotUnderstood] = []

    def messages(self) -> Iterator[Message]:
        for item in self._items:
            match item:
                case Message():
                    yield item
                case SystemLine():
                    self.system_lines += 1
                case NotUnderstood(first, last, _):
                    self.unread_lines += last - first + 1
                    if len(self.lines) < _LINES_KEPT:
                        self.lines.append(item)
