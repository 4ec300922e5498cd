"""The report of a sync: what became of every message that was read or waited (W1).

`make_report` counts from the ledger, before and after delivery, so that the figures add up also for
a run that ended in the middle.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Final

from wasf.commands.sync.run import ImportedChat, ImportResult, Reason, SyncResult
from wasf.core.chats import ChatId, NotUnderstood, Phone
from wasf.core.fields import FieldValues
from wasf.core.moments import spell_shift
from wasf.core.phones import say_number
from wasf.core.policy import SyncPolicy
from wasf.core.records import TASK_KB, KnownChat, RecordId, RecordType
from wasf.core.refusals import RecordRefusal
from wasf.core.source_state import KnownApis
from wasf.core.text import counted
from wasf.errors import ExitCode, NotConnected, WasfError
from wasf.interfaces import Org, Unreadable
from wasf.store.ledger import Ledger, RunId
from wasf.values import dataclass

_MANY_TASKS: Final = 1_000
_CALLS_OF_JOB, _TASKS_OF_JOB = 20, 100_000  # a job has as many bytes as many Tasks, about


class ChatState(StrEnum):
    """The state in which a chat ended: waiting if anything of it waits."""

    LOGGED = "logged"
    WAITING = "waiting"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Record:
    """The Contact or Lead that a chat is logged on."""

    type: RecordType
    id: RecordId
    url: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """Messages by the state in which they ended."""

    logged: int = 0
    already_logged: int = 0
    waiting: int = 0
    skipped: int = 0

    @property
    def read(self) -> int:
        """All messages that the run met, in sources and in the queue: the sum of the states."""
        return self.logged + self.already_logged + self.waiting + self.skipped

    def __add__(self, other: "MessageCounts") -> "MessageCounts":
        return MessageCounts(
            self.logged + other.logged,
            self.already_logged + other.already_logged,
            self.waiting + other.waiting,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class ChatReport:
    """One chat: its record, the states of its messages, why they wait or are skipped, what to do.

    `number` is the other party's, if it is known.
    `refusal` is what Salesforce refused last of it. `id` is None where the whole chat was left out.
    `changed` counts messages that are known although they have changed. `shifts` say by how much
    times were moved to know messages again (`+1h`). `lines` are the first lines that were not
    understood, `unread_lines` counts them all. `notices` counts lines that WhatsApp wrote about the
    chat: they are no messages (T6). `fields` and `lead_fields` are the further fields of the first
    Task and of the new Lead (F1).
    """

    title: str
    counts: MessageCounts
    id: ChatId | None = None
    record: Record | None = None
    reason: str = ""
    hint: str = ""
    tasks: int = 0
    lines: tuple[NotUnderstood, ...] = ()
    unread_lines: int = 0
    changed: int = 0
    shifts: tuple[str, ...] = ()
    notices: int = 0
    refusal: RecordRefusal | None = None
    fields: FieldValues = ()
    lead_fields: FieldValues = ()
    number: Phone | None = None

    @property
    def state(self) -> ChatState:
        """Waiting if anything waits, skipped if nothing is logged, else logged."""
        if self.counts.waiting:
            return ChatState.WAITING
        if self.counts.skipped and not (self.counts.logged or self.counts.already_logged):
            return ChatState.SKIPPED
        return ChatState.LOGGED


@dataclass(frozen=True, slots=True)
class SyncReport:
    """A whole run. `error` ended it early; the figures have what was done until then."""

    run: RunId
    dry_run: bool
    chats: tuple[ChatReport, ...]
    problems: tuple[Unreadable, ...] = ()
    tasks_created: int = 0
    leads_created: int = 0
    leads_reopened: int = 0
    files_uploaded: int = 0
    refused: int = 0
    api_calls: int = 0
    notes: tuple[str, ...] = ()
    error: WasfError | None = None

    @property
    def messages(self) -> MessageCounts:
        """The counts of all chats together."""
        return sum((chat.counts for chat in self.chats), MessageCounts())

    @property
    def notices(self) -> int:
        """The notices of all chats together."""
        return sum(chat.notices for chat in self.chats)

    @property
    def knows_org(self) -> bool:
        """Whether Salesforce was asked; not in a dry run without a sign-in (W4)."""
        return not (self.dry_run and isinstance(self.error, NotConnected))

    @property
    def exit_code(self) -> ExitCode:
        """The code of the error that ended the run, of a refusal, or of the worst failure."""
        if self.error is not None:
            return self.error.exit_code
        if self.refused:
            return ExitCode.REFUSED
        failures = [one.error.exit_code for one in self.problems if one.is_failure]
        return max(failures, key=_badness, default=ExitCode.DONE)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended. `queued` counts each chat's queue after the import, before delivery."""

    run: RunId
    dry_run: bool
    result: SyncResult
    imported: ImportResult
    queued: dict[ChatId, int]
    error: WasfError | None


# What wants a person comes after what goes away by itself, and what hides most comes last.
_FROM_BAD_TO_WORSE = (
    ExitCode.TRY_LATER,
    ExitCode.MISFIT,
    ExitCode.BAD_DATA,
    ExitCode.NO_INPUT,
)


def _badness(code: ExitCode) -> int:
    known = _FROM_BAD_TO_WORSE
    return known.index(code) if code in known else len(known)


def make_report(
    ended: EndedRun, ledger: Ledger, org: Org, apis: KnownApis = MappingProxyType({})
) -> SyncReport:
    """Report on every chat that was read or waited, and on what chat APIs said of themselves."""
    result, imported = ended.result, ended.imported
    chat_ids = {one.chat_id for one in imported.chats if one.chat_id is not None}
    ids = ledger.search.owners(chat_ids | ended.queued.keys())  # some may have been joined since
    by_chat: dict[ChatId, list[ImportedChat]] = {}
    for one in imported.chats:
        if one.chat_id is not None:
            by_chat.setdefault(ids[one.chat_id], []).append(one)
    queued: Counter[ChatId] = Counter()
    for chat_id, count in ended.queued.items():
        queued[ids[chat_id]] += count
    ended = replace(ended, queued=queued)
    chats = [
        _chat_report(known, ended, by_chat.get(known.chat.id, []), org)
        for known in ledger.search.of_ids(queued.keys() | by_chat.keys())
    ]
    lost = ledger.facts.disconnected_accounts(apis)
    left_out = [_left_out_report(one) for one in imported.chats if one.chat_id is None]
    return SyncReport(
        run=ended.run,
        dry_run=ended.dry_run,
        chats=(*chats, *left_out),
        problems=_problems(ended),
        tasks_created=result.tasks.total(),
        leads_created=result.leads_created,
        leads_reopened=result.leads_reopened,
        files_uploaded=result.files_uploaded,
        refused=result.refused,
        api_calls=org.api_calls,
        notes=tuple(dict.fromkeys([*result.notes, *_changes(imported), *map(str, lost)])),
        error=ended.error,
    )


def logged_chats(report: SyncReport) -> frozenset[ChatId]:
    """Return the chats of which everything that was read, or that waited, is logged now."""
    return frozenset(
        one.id
        for one in report.chats
        if one.id is not None and not (one.counts.waiting or one.counts.skipped)
    )


def size_notes(tasks: int, size: int, policy: SyncPolicy, *, in_jobs: bool) -> list[str]:
    """Return what a run with many Tasks costs, and how to make fewer; nothing for a small one.

    `size` is how many Tasks go into one call, if they do not go `in_jobs`.
    """
    if tasks < _MANY_TASKS:
        return []
    megabytes, calls = ceil(tasks * TASK_KB / 1024), ceil(tasks / size)
    cost = f"{calls:,} API calls"
    if in_jobs and policy.bulk_from is not None and tasks >= policy.bulk_from:
        cost = f"bulk jobs with about {_CALLS_OF_JOB * ceil(tasks / _TASKS_OF_JOB):,} API calls"
    note = (
        f"This makes {tasks:,} Tasks: about {megabytes:,} MB of the org's data storage, and {cost}"
    )
    if policy.frequency is None:
        note += "; for one Task a day of each chat: wasf config set frequency 24h"
    return [note]


def remember_reasons(ledger: Ledger, report: SyncReport) -> None:
    """Keep why chats wait, for `wasf status` (W2)."""
    with ledger.transaction():
        for chat in report.chats:
            if chat.id is not None:
                waits = chat.counts.waiting
                ledger.wait(chat.id, chat.reason if waits else "", chat.hint if waits else "")


def _problems(ended: EndedRun) -> tuple[Unreadable, ...]:
    """Return what could not be read, each once: the import may have needed the same."""
    problems = (*ended.imported.problems, *ended.result.unreadable)
    return tuple({(one.origin, one.error.message): one for one in problems}.values())


def _changes(result: ImportResult) -> Iterator[str]:
    """Yield notes on exports whose messages are not as they were."""
    for one in result.chats:
        if one.changed:
            messages = "1 message was" if one.changed == 1 else f"{one.changed} messages were"
            yield f"{one.title}: {messages} changed since an earlier export; nothing new of it"
        if one.at_old_times:
            keep = counted(one.at_old_times, "message")
            yield (
                f"{one.title}: {keep} logged in the time zone {one.old_zone} keep those times; "
                "to log them with the right ones: wasf undo, then wasf sync FILE --again"
            )
        if one.shifts:
            moved = " and ".join(map(spell_shift, one.shifts))
            yield f"{one.title}: another clock wrote {one.origin}; times moved by {moved}"


def _chat_report(
    known: KnownChat, ended: EndedRun, imported: Sequence[ImportedChat], org: Org
) -> ChatReport:
    chat_id = known.chat.id
    reason = _reason(known, ended.result, imported)
    return ChatReport(
        title=known.chat.title,
        id=chat_id,
        counts=_counts(known, ended, imported),
        record=_record(known, ended.result, org),
        reason=reason.reason,
        hint=reason.hint,
        refusal=ended.result.refusals.get(chat_id),
        tasks=ended.result.tasks[chat_id],
        changed=sum(one.changed for one in imported),
        shifts=tuple(dict.fromkeys(spell_shift(shift) for one in imported for shift in one.shifts)),
        lines=tuple(line for one in imported for line in one.lines),
        unread_lines=sum(one.unread_lines for one in imported),
        notices=sum(one.notices for one in imported),
        fields=ended.result.fields.get(chat_id, ()),
        lead_fields=ended.result.lead_fields.get(chat_id, ()),
        number=known.chat.phone,
    )


def _counts(known: KnownChat, ended: EndedRun, imported: Sequence[ImportedChat]) -> MessageCounts:
    """Return what became of a chat's messages: what left the queue was logged, or dropped.

    Or a chat that was joined to this one had it too.
    """
    chat_id, result = known.chat.id, ended.result
    gone = ended.queued.get(chat_id, 0) - known.queued - result.repeated[chat_id]
    dropped = result.dropped[chat_id]
    return MessageCounts(
        logged=gone - dropped,
        already_logged=sum(one.already_logged for one in imported) + result.known_again[chat_id],
        waiting=known.queued,
        skipped=sum(one.skipped for one in imported) + dropped,
    )


def _reason(known: KnownChat, result: SyncResult, imported: Sequence[ImportedChat]) -> Reason:
    decided = result.waits.get(known.chat.id) or result.skips.get(known.chat.id)
    if decided is not None:
        doubts = (one.doubt for one in imported if one.doubt)
        doubt = next(doubts, result.doubts.get(known.chat.id, ""))
        number = say_number(known.chat.id)
        return Reason(doubt, number) if doubt and decided.hint == number else decided
    if known.queued:
        return Reason("the run ended before it was sent")
    reasons = (Reason(one.reason, one.hint) for one in imported if one.reason)
    return next(reasons, Reason("", ""))


def _record(known: KnownChat, result: SyncResult, org: Org) -> Record | None:
    """Return the record on which the chat is logged now, else the one it is linked to."""
    if target := result.targets.get(known.chat.id):
        url = org.record_url(target.record_id, target.record_type)
        return Record(target.record_type, target.record_id, url, target.name)
    link = known.link or known.related
    if link is None:
        return None
    return Record(
        link.record_type, link.record_id, org.record_url(link.record_id, link.record_type)
    )


def _left_out_report(imported: ImportedChat) -> ChatReport:
    return ChatReport(
        title=imported.title,
        counts=MessageCounts(skipped=imported.skipped),
        reason=imported.reason,
        hint=imported.hint,
        lines=imported.lines,
        unread_lines=imported.unread_lines,
        notices=imported.notices,
    )
