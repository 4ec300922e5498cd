"""Import: every message that a source reads gets its key, and new ones go into the queue.

One transaction for each chat. From its commit on, the source is not needed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from wasf import late_modules
from wasf.commands.sync.identify import (
    ChatIndex,
    find_chat,
    has_only_its_name,
    join_same,
    other_person,
    save_new,
    skipped,
)
from wasf.commands.sync.run import (
    Export,
    ImportedChat,
    ImportOptions,
    ImportResult,
    Reason,
    SyncContext,
    first_profile,
    save_profile,
    widened,
)
from wasf.core.alignment import Alignment, constant
from wasf.core.chat_identity import completed, own_id, same_number
from wasf.core.chats import Chat, ChatId, Message, NotUnderstood, SkippedMessage, SystemLine
from wasf.core.diff import has_nothing_known
from wasf.core.keys import KeyedBatch, keyed
from wasf.core.plan import with_account_owner
from wasf.core.records import Approval, KnownChat
from wasf.errors import (
    ExportMisfit,
    FileChanging,
    MissingFile,
    UnexpectedError,
    UnreadableFile,
    WasfError,
)
from wasf.interfaces import ChatReading, Reached, Unreadable
from wasf.store.ledger import Arrival, MessageState

if TYPE_CHECKING:
    from wasf.commands.sync import reconcile
    from wasf.commands.sync.export_diff import ExportDiff
else:  # loaded where an export is compared
    (reconcile,) = late_modules(__package__, "reconcile")

_LINES_KEPT = 20
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def import_chats(
    readings: Iterable[ChatReading | Unreadable | Reached],
    context: SyncContext,
    options: ImportOptions,
    leave: Callable[[], None] = lambda: None,
) -> ImportResult:
    """Queue all new messages; `leave` a source that would not give a failed chat again."""
    chats: list[ImportedChat] = []
    problems: list[Unreadable] = []
    index = ChatIndex(context.ledger)
    for reading in readings:
        context.check_stop()
        if isinstance(reading, Unreadable):
            problems.append(reading)
            continue
        if isinstance(reading, Reached):
            context.ledger.facts.save_source_facts(reading.facts)
            continue
        chat = with_account_owner(reading.chat, context.policy.account_owners)
        reading = replace(reading, chat=chat)
        context.progress.reading(chat.origin)
        try:
            imported = _import_chat(_MessageReader(reading, context), index, context, options)
        except Exception as error:  # whatever it is, the others are imported (W6)
            problems.append(Unreadable(chat.origin, _failure_of(error)))
            (reading.hold or leave)()
            continue
        chats.append(imported)
        if imported.misfit is not None:
            problems.append(Unreadable(chat.origin, imported.misfit))
    return ImportResult(tuple(chats), tuple(problems))


def _failure_of(error: Exception) -> WasfError:
    """Return why one chat could not be imported. Raise the error if it concerns the whole run."""
    if not isinstance(error, WasfError):
        return UnexpectedError.of(error)
    if isinstance(error, UnreadableFile | MissingFile | FileChanging):
        return error
    raise error


def _import_chat(
    reader: "_MessageReader", index: ChatIndex, context: SyncContext, options: ImportOptions
) -> ImportedChat:
    chat = find_chat(reader.reading, index, context, options)
    if isinstance(chat, Reason):
        return _left_out(reader, chat)
    if context.ledger.approvals.of(chat) is Approval.SKIPPED:
        return _import_skipped(chat, reader, index, context)
    try:
        return _import_as(chat, reader, index, context, options)
    except _Rejected as rejected:
        is_apart = options.phone_is_given and rejected.is_elsewhere
        other = other_person(chat, reader.reading.chat, index, is_told_apart=is_apart)
        if other is None:
            return rejected.imported
    return _import_as(other, reader, index, context, options)


def _import_as(
    chat: Chat,
    reader: "_MessageReader",
    index: ChatIndex,
    context: SyncContext,
    options: ImportOptions,
) -> ImportedChat:
    """Import what was read as this chat. Raise `_Rejected` if it does not fit."""
    with context.ledger.transaction():
        imported, chat, joined = _import_and_join(chat, reader, index, context, options)
    for other in joined:
        index.joined(other, chat.id)
    index.ids.add(own_id(reader.reading.chat, chat, index.ids), chat.id)
    known, queued, logged = index.get(chat.id), imported.queued, imported.already_logged
    related = known.related if known else None
    index.put(KnownChat(chat, related=related, queued=queued, logged=logged))
    return imported


def _import_skipped(
    chat: Chat, reader: "_MessageReader", index: ChatIndex, context: SyncContext
) -> ImportedChat:
    """Store who a skipped chat is and how far it was read, but none of its messages (X2)."""
    before, found = index.get(chat.id), reader.reading.chat
    own = own_id(found, chat, index.ids)
    imported = replace(_left_out(reader, skipped(chat.id)), title=chat.title, chat_id=chat.id)
    with context.ledger.transaction():
        if before is None or before.chat != chat:
            context.ledger.save_chat(chat)
        if own != chat.id:
            context.ledger.add_alias(own, chat.id)
        context.ledger.facts.save_source_facts(reader.reading.facts)
    index.ids.add(own, chat.id)
    index.put(replace(before or KnownChat(chat), chat=chat))
    return imported


class _Rejected(Exception):
    """Nothing of a chat was taken, and what was done for it is undone."""

    def __init__(self, imported: ImportedChat, *, is_elsewhere: bool) -> None:
        super().__init__()
        self.imported, self.is_elsewhere = imported, is_elsewhere


def _import_and_join(
    chat: Chat,
    reader: "_MessageReader",
    index: ChatIndex,
    context: SyncContext,
    options: ImportOptions,
) -> tuple[ImportedChat, Chat, Collection[ChatId]]:
    """Import a chat and join known ones that are the same; return it as it is now, their ids."""
    ledger, reading = context.ledger, reader.reading
    before = index.get(chat.id)
    own = save_new(chat, reading.chat, index, context)
    export = _export(chat, index, own, reader, context, options)
    is_doubtful = has_only_its_name(before, reading) and ledger.has_undone(chat.id)
    if is_doubtful and not options.accept:
        _check_fit(reconcile.compare(export, ledger), export, reader, context.policy.zone)
        ledger.begin_comparison(chat.id)  # equal lines are counted from the first again
    joined = join_same(chat, reading.chat, index, context, options)
    if options.again:
        ledger.restore_undone(chat.id)
    known = list(filter(None, (index.get(one) for one in (chat.id, *joined))))
    has_messages = any(one.queued + one.logged for one in known)
    if reading.again is not None and (has_messages or ledger.has_undone(chat.id)):
        imported = _import_newer_export(export, reader, context, has_messages=has_messages)
    else:
        imported = _import_by_key(chat, export, reader, context)
    if reading.again is not None:  # what it shows may tell that more chats are this one
        later = join_same(chat, reading.chat, index, context, options, but=joined)
        joined |= later
        known_now = sum(one.known for one in later.values())
        queued, logged = imported.queued - known_now, imported.already_logged + known_now
        imported = replace(imported, queued=queued, already_logged=logged)
    if joined:
        chat = completed(chat, ledger.chat(chat.id))
    if before is not None and before.chat != chat:
        ledger.save_chat(chat)
    ledger.facts.save_source_facts(reading.facts)
    return imported, chat, joined


def _import_by_key(
    chat: Chat, export: Export, reader: "_MessageReader", context: SyncContext
) -> ImportedChat:
    """Import a chat of which nothing is known, or whose source knows its messages by ids."""
    ledger, options, source = context.ledger, export.options, reader.reading.chat.source
    alignment = Alignment(constant(options.shift or timedelta(0)))
    since = options.since or _BEGINNING
    states: Counter[MessageState] = Counter()
    new, span = 0, None
    for batch in keyed(export.own_id, alignment.through(reader.messages()), ledger.count_earlier):
        batch_states, _ = ledger.known_states(chat.id, export.other_ids, batch)
        _recognise(batch, batch_states, export, source, context)
        arrivals = [
            Arrival(key, message)
            for (key, message), state in zip(batch.rows(), batch_states, strict=True)
            if state is MessageState.NEW and message.sent_at >= since
        ]
        ledger.enqueue(chat.id, arrivals, source)
        states.update(batch_states)
        new += len(arrivals)
        span = widened(span, batch)
        reader.report(len(batch))
    if span is not None:
        save_profile(export, first_profile(export, span, ledger), span, alignment, ledger)
    logged, undone = states[MessageState.LOGGED], states[MessageState.UNDONE]
    counts = _Counts(states.total(), logged, states[MessageState.NEW] - new, undone)
    return _result_of(chat, reader, counts)


def _recognise(
    batch: KeyedBatch, states: list[MessageState], export: Export, source: str, context: SyncContext
) -> None:
    """Change the states of messages with ids that came another way before (I3)."""
    indexes = [
        at
        for at, state in enumerate(states)
        if state is MessageState.NEW and batch.messages[at].native_id
    ]
    if indexes:
        then = reconcile.minutes_then(batch, export, context)
        known = context.ledger.known_by_text(export.chat.id, source, batch, indexes, *then)
        for at, state in known.items():
            states[at] = state


def _import_newer_export(
    export: Export, reader: "_MessageReader", context: SyncContext, *, has_messages: bool
) -> ImportedChat:
    """Import another export of a known chat. Raise `_Rejected` if it does not fit what is known."""
    ledger, options = context.ledger, export.options
    diff = reconcile.compare(export, ledger)
    if has_nothing_known(diff.overlap) and not has_messages:
        ledger.begin_comparison(export.chat.id)  # equal lines are counted from the first again
        return _import_by_key(export.chat, export, reader, context)
    if not options.accept:
        _check_fit(diff, export, reader, context.policy.zone)
    if diff.new:
        reconcile.queue_new(export, diff, ledger)
    was_read_in = ledger.chat_profile(export.chat.id).zone
    save_profile(export, diff.profile, diff.minutes, diff.alignment, ledger)
    counts = _Counts(diff.overlap.lines, diff.logged, diff.too_old, diff.undone)
    shifts = () if options.shift else tuple(filter(None, diff.alignment.shifts))
    imported = _result_of(export.chat, reader, counts)
    if diff.profile.zone != was_read_in and diff.at_other_times:
        imported = replace(imported, old_zone=str(was_read_in), at_old_times=diff.at_other_times)
    return replace(imported, changed=diff.changed, shifts=shifts)


def _check_fit(diff: "ExportDiff", export: Export, reader: "_MessageReader", zone: tzinfo) -> None:
    """Raise `_Rejected` if an export does not fit what is known of its chat."""
    if not diff.fits:
        error = reconcile.misfit(diff, export, zone)
        reason, read = reconcile.reason_of(diff, export), diff.overlap.lines
        imported = _left_out(reader, reason, error, read)
        raise _Rejected(imported, is_elsewhere=reconcile.is_elsewhere(diff, export))


def _export(
    chat: Chat,
    index: ChatIndex,
    own: ChatId,
    reader: "_MessageReader",
    context: SyncContext,
    options: ImportOptions,
) -> Export:
    before, found = index.get(chat.id), reader.reading.chat
    return Export(
        chat,
        reader.messages,
        reader.report,
        own,
        [one for one in context.ledger.ids_of(chat.id) if one != own],
        options,
        is_sure=bool(found.native_id) or (before is not None and same_number(before.chat, found)),
        named=before if before is not None and before.chat.phone is None else None,
        is_of_another=index.is_of_another(chat.id, found.phone),
        zone=reader.reading.zone,
    )


# --- Results -----------------------------------------------------------------------------------


class _Counts(NamedTuple):
    """How many messages were read (each once), and how many of them were not queued."""

    messages: int
    logged: int
    too_old: int
    undone: int


def _result_of(chat: Chat, reader: "_MessageReader", counts: _Counts) -> ImportedChat:
    reasons = [
        *reader.skipped,
        *(["undone by wasf undo or wasf purge"] if counts.undone else []),
        *(["older than --since"] if counts.too_old else []),
    ]
    return ImportedChat(
        origin=reader.reading.chat.origin,
        title=chat.title,
        chat_id=chat.id,
        messages=counts.messages + reader.skipped.total(),
        already_logged=counts.logged,
        queued=counts.messages - counts.logged - counts.too_old - counts.undone,
        skipped=counts.too_old + counts.undone + reader.skipped.total(),
        notices=reader.notices,
        reason=" or ".join(reasons),
        hint="to log them again: wasf sync FILE --again" if counts.undone else "",
        lines=tuple(reader.lines),
        unread_lines=reader.unread_lines,
        doubt=reader.reading.chat.doubt,
        file=reader.reading.file,
    )


def _left_out(
    reader: "_MessageReader", reason: Reason, error: ExportMisfit | None = None, read: int = 0
) -> ImportedChat:
    """Return a chat of which nothing was taken; `read` messages of it, if it does not fit."""
    messages = read if error else sum(1 for _ in reader.messages())
    messages += reader.skipped.total()
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


class _MessageReader:
    """Reads the messages of a chat and counts what is no message; every pass counts anew.

    `skipped` counts what is not logged, by reason. `lines` are the first lines that were not
    understood, `unread_lines` counts them all.
    """

    def __init__(self, reading: ChatReading, context: SyncContext) -> None:
        self.reading = reading
        self.notices = self.unread_lines = 0
        self.skipped: Counter[str] = Counter()
        self.lines: list[NotUnderstood] = []
        self._context, self._passes = context, 0

    def messages(self) -> Iterator[Message]:
        """Yield the messages from the beginning; only once if the source cannot read again."""
        self._passes += 1
        self.notices = self.unread_lines = 0
        self.skipped = Counter()
        self.lines = []
        again = self.reading.again
        for item in self.reading.items if self._passes == 1 or again is None else again():
            match item:
                case Message():
                    yield item
                case SystemLine():
                    self.notices += 1
                case SkippedMessage(reason):
                    self.skipped[reason] += 1
                case NotUnderstood(first, last, _):
                    self.unread_lines += last - first + 1
                    if len(self.lines) < _LINES_KEPT:
                        self.lines.append(item)

    def report(self, count: int) -> None:
        """Report that so many more were read; only the first pass counts. May end the run."""
        self._context.check_stop()
        if self._passes == 1:
            self._context.progress.read(count)
