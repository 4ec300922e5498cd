"""Import: every message that a source reads gets its key, and new ones go into the queue.

One transaction for each chat. From its commit on, the source is not needed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from wasf.commands.sync.identify import ChatIndex, exclusion, find_renamed, skipped
from wasf.commands.sync.reconcile import Export, ExportDiff, compare, queue_new, save_profile
from wasf.commands.sync.run import ImportOptions, Reason, SyncContext
from wasf.core.alignment import Alignment, constant
from wasf.core.approval import first_approval
from wasf.core.chat_identity import UnclearChat, identify_chat
from wasf.core.chats import Chat, ChatId, Message, NotUnderstood, RepeatedMessage, SystemLine
from wasf.core.coverage import CoverageRange
from wasf.core.diff import has_nothing_known, is_displaced
from wasf.core.keys import KeyedBatch, keyed, moment_of
from wasf.core.records import Approval, KnownChat
from wasf.core.text import local_minute
from wasf.errors import ExportMisfit, FileChanging, MissingFile, UnreadableFile, WasfError
from wasf.interfaces import ChatReading, Reached, Unreadable
from wasf.store.ledger import Arrival, MessageState

_LINES_KEPT = 20
_MINUTES_SHOWN = 3

_WAYS_ON = (
    "if it is another person's chat: wasf sync FILE --phone NUMBER; "
    "if another clock wrote it: --time-shift +1h, say; to log it as it is: --accept"
)


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """What became of one chat that was read.

    `messages` is the sum of `already_logged`, `queued` (those that waited already included) and
    `skipped`; `reason` and `hint` say why messages were skipped. `lines` are the first lines that
    were not understood, `unread_lines` counts them all. `changed` counts messages that are known
    although they have changed, `shifts` are the minutes by which times were moved to know messages
    again. `misfit` says why nothing was taken of an export that does not fit its chat. `doubt` is
    the one of `SourceChat`. `chat_id` is None where the whole chat was left out.
    """

    origin: str
    title: str
    chat_id: ChatId | None
    messages: int = 0
    already_logged: int = 0
    queued: int = 0
    skipped: int = 0
    notices: int = 0
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
    """Something that could not be read; the rest went on. `is_failure`: see `Unreadable`."""

    origin: str
    error: WasfError
    is_failure: bool = True


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What all sources brought."""

    chats: tuple[ImportedChat, ...] = ()
    problems: tuple[ImportProblem, ...] = ()


def import_chats(
    readings: Iterable[ChatReading | Unreadable | Reached],
    context: SyncContext,
    options: ImportOptions,
) -> ImportResult:
    """Put all new messages into the ledger's queue."""
    chats: list[ImportedChat] = []
    problems: list[ImportProblem] = []
    index = ChatIndex(context.ledger.chats())
    for reading in readings:
        context.check_stop()
        if isinstance(reading, Unreadable):
            problems.append(ImportProblem(reading.origin, reading.error, reading.is_failure))
            continue
        if isinstance(reading, Reached):
            context.ledger.facts.save_source_facts(reading.facts)
            continue
        origin = reading.chat.origin
        context.progress.reading(origin)
        try:
            imported = _import_chat(_MessageReader(reading, context), index, context, options)
        except (UnreadableFile, MissingFile, FileChanging) as error:
            problems.append(ImportProblem(origin, error))
            continue
        chats.append(imported)
        if imported.misfit is not None:
            problems.append(ImportProblem(origin, imported.misfit))
    return ImportResult(tuple(chats), tuple(problems))


def _import_chat(
    reader: "_MessageReader", index: ChatIndex, context: SyncContext, options: ImportOptions
) -> ImportedChat:
    reading, ledger = reader.reading, context.ledger
    chat = _identify(reading, index, context, options)
    if isinstance(chat, Reason):
        return _left_out(reader, chat)
    before, approval = index.get(chat.id), ledger.approvals.of(chat)
    if approval is Approval.SKIPPED:
        return _skipped(chat, before, reader, index, context)
    with ledger.transaction():
        if before is None:
            _save_new(chat, approval, context)
        if options.again:
            ledger.restore_undone(chat.id)
        if before is not None and before.queued + before.logged and reading.again is not None:
            imported = _import_export(chat, before, reader, context, options)
        else:
            if before is not None and before.chat != chat:
                ledger.save_chat(chat)
            imported = _import_all(chat, reader, context, options)
        ledger.facts.save_source_facts(reading.facts)
    if imported.misfit is None:
        index.put(KnownChat(chat, queued=imported.queued, logged=imported.already_logged))
    return imported


def _save_new(chat: Chat, approval: Approval, context: SyncContext) -> None:
    """Add a chat; under the setting `chats = ask` it waits for a yes if nobody gave one (X2)."""
    context.ledger.save_chat(chat)
    if first_approval(approval, context.policy) is Approval.PENDING:
        context.ledger.approvals.decide(chat.id, Approval.PENDING)


def _skipped(
    chat: Chat,
    before: KnownChat | None,
    reader: "_MessageReader",
    index: ChatIndex,
    context: SyncContext,
) -> ImportedChat:
    """Keep of a skipped chat who it is and how far it was read, and none of its messages (X2)."""
    imported = replace(_left_out(reader, skipped(chat.id)), title=chat.title, chat_id=chat.id)
    with context.ledger.transaction():
        if before is None or before.chat != chat:
            context.ledger.save_chat(chat)
        context.ledger.facts.save_source_facts(reader.reading.facts)
    index.put(replace(before or KnownChat(chat), chat=chat))
    return imported


def _identify(
    reading: ChatReading, index: ChatIndex, context: SyncContext, options: ImportOptions
) -> Chat | Reason:
    """Return the chat that was read, or why it is left out."""
    if reason := exclusion(reading.chat, context.policy, context.ledger):
        return reason
    candidates = index.candidates(reading.chat)
    chat = identify_chat(reading.chat, candidates, phone_is_given=options.phone_is_given)
    if isinstance(chat, UnclearChat):
        return Reason(chat.reason, chat.hint)
    if index.get(chat.id) is None:
        return find_renamed(reading, index, context) or chat
    return chat


def _import_all(
    chat: Chat, reader: "_MessageReader", context: SyncContext, options: ImportOptions
) -> ImportedChat:
    """Import a chat of which nothing is known, or whose source knows its messages by ids."""
    ledger = context.ledger
    alignment = Alignment(constant(options.shift or timedelta(0)))
    states: Counter[MessageState] = Counter()
    new, span = 0, None
    for batch in keyed(chat.id, alignment.through(reader.messages()), ledger.count_earlier):
        batch_states = ledger.message_states(chat.id, batch)
        arrivals = list(_new(batch, batch_states, options.since))
        ledger.enqueue(chat.id, arrivals)
        states.update(batch_states)
        new += len(arrivals)
        span = _widened(span, batch)
        reader.report(len(batch))
    if span is not None:
        save_profile(_export(chat, reader, options), span, alignment, ledger)
    counts = _Counts(
        messages=states.total(),
        logged=states[MessageState.LOGGED],
        too_old=states[MessageState.NEW] - new,
        undone=states[MessageState.UNDONE],
    )
    return _imported(chat, reader, counts)


def _new(
    batch: KeyedBatch, states: Sequence[MessageState], since: datetime | None
) -> Iterator[Arrival]:
    for (key, message), state in zip(batch.rows(), states, strict=True):
        if state is MessageState.NEW and (since is None or message.sent_at >= since):
            yield Arrival(key, message)


def _widened(span: CoverageRange | None, batch: KeyedBatch) -> CoverageRange | None:
    """Return the span with this batch in it; messages that are known by an id cover no time."""
    minutes = [minute for minute in batch.minutes if minute]
    if not minutes:
        return span
    ends = (*minutes, *(span or ()))
    return CoverageRange(min(ends), max(ends))


def _import_export(
    chat: Chat,
    before: KnownChat,
    reader: "_MessageReader",
    context: SyncContext,
    options: ImportOptions,
) -> ImportedChat:
    """Import another export of a known chat, if it fits what is known."""
    ledger = context.ledger
    export = _export(chat, reader, options)
    diff = compare(export, ledger)
    if not diff.fits and not options.accept:
        reason = Reason("it does not fit what is known of this chat", _WAYS_ON)
        error = _misfit(diff, context.policy.zone)
        return _rejected(reader, diff.overlap.lines, reason, error)
    if chat != before.chat:
        ledger.save_chat(chat)
    if diff.new:
        queue_new(export, diff, ledger)
    save_profile(export, diff.minutes, diff.alignment, ledger)
    counts = _Counts(diff.overlap.lines, diff.logged, diff.too_old, diff.undone)
    shifts = () if options.shift else tuple(filter(None, diff.alignment.shifts))
    return replace(_imported(chat, reader, counts), changed=diff.changed, shifts=shifts)


def _export(chat: Chat, reader: "_MessageReader", options: ImportOptions) -> Export:
    return Export(chat.id, reader.messages, reader.report, options)


# --- Results -----------------------------------------------------------------------------------


class _Counts(NamedTuple):
    """How many messages were read (each once), and how many of them were not queued."""

    messages: int
    logged: int
    too_old: int
    undone: int


def _imported(chat: Chat, reader: "_MessageReader", counts: _Counts) -> ImportedChat:
    skipped = counts.too_old + counts.undone + reader.repeated
    reasons = [
        *(["twice in the file"] if reader.repeated else []),
        *(["undone by wasf undo or wasf purge"] if counts.undone else []),
        *(["older than --since"] if counts.too_old else []),
    ]
    return ImportedChat(
        origin=reader.reading.chat.origin,
        title=chat.title,
        chat_id=chat.id,
        messages=counts.messages + reader.repeated,
        already_logged=counts.logged,
        queued=counts.messages - counts.logged - counts.too_old - counts.undone,
        skipped=skipped,
        notices=reader.notices,
        reason=" or ".join(reasons),
        hint="to log them again: wasf sync FILE --again" if counts.undone else "",
        lines=tuple(reader.lines),
        unread_lines=reader.unread_lines,
        doubt=reader.reading.chat.doubt,
    )


def _left_out(reader: "_MessageReader", reason: Reason) -> ImportedChat:
    return _rejected(reader, sum(1 for _ in reader.messages()), reason)


def _rejected(
    reader: "_MessageReader", messages: int, reason: Reason, error: ExportMisfit | None = None
) -> ImportedChat:
    """Return a chat of which nothing was taken."""
    messages += reader.repeated
    return ImportedChat(
        origin=reader.reading.chat.origin,
        title=reader.reading.chat.title,
        chat_id=None,
        messages=messages,
        skipped=messages,
        notices=reader.notices,
        reason=reason.reason,
        hint=reason.hint,
        lines=tuple(reader.lines),
        unread_lines=reader.unread_lines,
        misfit=error,
    )


def _misfit(diff: ExportDiff, zone: tzinfo) -> ExportMisfit:
    """Return an error that says why an export does not fit, without any of its words."""
    hint = f"{_WAYS_ON[0].upper()}{_WAYS_ON[1:]}."
    return ExportMisfit(f"{_difference(diff, zone)}: nothing was taken.", hint)


def _difference(diff: ExportDiff, zone: tzinfo) -> str:
    overlap = diff.overlap
    if has_nothing_known(overlap):
        return "None of its messages is known, though a chat of this name is"
    if is_displaced(overlap):
        return (
            f"{overlap.displaced:,} of its {overlap.fresh:,} new messages are known at another "
            "time, as if days were read as months"
        )
    minutes = diff.comparison.unmatched_minutes(_MINUTES_SHOWN)
    shown = ", ".join(local_minute(moment_of(minute), zone) for minute in minutes)
    return (
        f"{overlap.strange:,} of its {overlap.covered:,} messages from the time that earlier "
        f"exports show are not in those (the first at {shown})"
    )


class _MessageReader:
    """Reads the messages of a chat and counts what is no message; every pass counts anew.

    `lines` are the first lines that were not understood, `unread_lines` counts them all.
    """

    def __init__(self, reading: ChatReading, context: SyncContext) -> None:
        self.reading = reading
        self.notices = 0
        self.repeated = 0
        self.unread_lines = 0
        self.lines: list[NotUnderstood] = []
        self._context = context
        self._passes = 0

    def messages(self) -> Iterator[Message]:
        """Yield the messages from the beginning; only once if the source cannot read again."""
        self._passes += 1
        self.notices = self.repeated = self.unread_lines = 0
        self.lines = []
        again = self.reading.again
        for item in self.reading.items if self._passes == 1 or again is None else again():
            match item:
                case Message():
                    yield item
                case SystemLine():
                    self.notices += 1
                case RepeatedMessage():
                    self.repeated += 1
                case NotUnderstood(first, last, _):
                    self.unread_lines += last - first + 1
                    if len(self.lines) < _LINES_KEPT:
                        self.lines.append(item)

    def report(self, count: int) -> None:
        """Report that so many more were read; only the first pass counts. May end the run."""
        self._context.check_stop()
        if self._passes == 1:
            self._context.progress.read(count)
