"""What a sync did, as a value that adds up to what was read (W1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wasf.commands.sync.importer import ImportedChat, ImportProblem, ImportResult
from wasf.commands.sync.run import Reason, SyncResult
from wasf.core.alignment import spell_shift
from wasf.core.chats import ChatId, NotUnderstood
from wasf.core.planner import SAY_NUMBER
from wasf.core.records import KnownChat, RecordId, RecordType
from wasf.core.source_state import silent_line, silent_numbers
from wasf.errors import ExitCode, WasfError
from wasf.interfaces import Org
from wasf.store.ledger.model import Ledger, RunId

# --- report


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
class Tally:
    """Messages by the state they ended in; `read` is their sum."""

    logged: int = 0
    already_logged: int = 0
    waiting: int = 0
    skipped: int = 0

    @property
    def read(self) -> int:
        """All messages that this run had before it: from files, and from the queue."""
        return self.logged + self.already_logged + self.waiting + self.skipped

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.logged + other.logged,
            self.already_logged + other.already_logged,
            self.waiting + other.waiting,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class ChatReport:
    """One chat: where it went, what became of its messages, why, and what settles it.

    `changed` messages were known again though they have changed since; `shifts` say by how much
    times were moved to know messages again (`+1h`).
    """

    title: str
    tally: Tally
    id: ChatId | None = None
    record: Record | None = None
    reason: str = ""
    hint: str = ""
    tasks: int = 0
    lines: tuple[NotUnderstood, ...] = ()
    unread_lines: int = 0
    changed: int = 0
    shifts: tuple[str, ...] = ()

    @property
    def state(self) -> ChatState:
        """Waiting before logged before skipped: what still needs somebody comes first."""
        if self.tally.waiting:
            return ChatState.WAITING
        if self.tally.skipped and not (self.tally.logged or self.tally.already_logged):
            return ChatState.SKIPPED
        return ChatState.LOGGED


@dataclass(frozen=True, slots=True)
class SyncReport:
    """A whole run. `error` ended it early; what was done until then is in the figures."""

    run: RunId
    dry_run: bool
    chats: tuple[ChatReport, ...]
    problems: tuple[ImportProblem, ...] = ()
    tasks_created: int = 0
    leads_created: int = 0
    leads_reopened: int = 0
    files_uploaded: int = 0
    refused: int = 0
    api_calls: int = 0
    notes: tuple[str, ...] = ()
    error: WasfError | None = None

    @property
    def messages(self) -> Tally:
        """All chats together."""
        return sum((chat.tally for chat in self.chats), Tally())

    @property
    def exit_code(self) -> ExitCode:
        """What ended the run early, else what Salesforce refused, else what was unreadable."""
        if self.error is not None:
            return self.error.exit_code
        if self.refused:
            return ExitCode.REFUSED
        if self.problems:
            return self.problems[0].error.exit_code
        return ExitCode.DONE


# --- reporting
# From what happened to the report: every message in exactly one state (W1).


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended. `sizes` are the queues after the intake, before anything was sent."""

    run: RunId
    dry_run: bool
    course: SyncResult
    taken: ImportResult
    sizes: dict[ChatId, int]
    error: WasfError | None


def make_report(ended: Ended, ledger: Ledger, org: Org) -> SyncReport:
    """Say what became of every chat that was read or waited."""
    course, taken = ended.course, ended.taken
    intakes: dict[ChatId, list[ImportedChat]] = {}
    for intake in taken.chats:
        if intake.chat_id is not None:
            intakes.setdefault(intake.chat_id, []).append(intake)
    chats = [
        _chat_report(known, ended, intakes.get(known.chat.id, []), org)
        for known in ledger.chats()
        if ended.sizes.get(known.chat.id) or known.chat.id in intakes
    ]
    left_out = [_left_out_report(intake) for intake in taken.chats if intake.chat_id is None]
    return SyncReport(
        run=ended.run,
        dry_run=ended.dry_run,
        chats=(*chats, *left_out),
        problems=taken.problems,
        tasks_created=course.tasks_created,
        leads_created=course.leads_created,
        leads_reopened=course.leads_reopened,
        files_uploaded=course.files_uploaded,
        refused=course.refused,
        api_calls=org.api_calls,
        notes=tuple(dict.fromkeys([*course.notes, *_known_again(taken), *_silent(ledger)])),
        error=ended.error,
    )


def _known_again(taken: ImportResult) -> Iterator[str]:
    """What a person may wonder about in exports whose lines are not as they were."""
    for intake in taken.chats:
        if intake.changed:
            messages = "1 message was" if intake.changed == 1 else f"{intake.changed} messages were"
            yield f"{intake.title}: {messages} changed since an earlier export; nothing new of it"
        if intake.shifts:
            moved = " and ".join(map(spell_shift, intake.shifts))
            yield f"{intake.title}: another clock wrote {intake.origin}; times moved by {moved}"


def _silent(ledger: Ledger) -> Iterator[str]:
    for number in silent_numbers(ledger.recall):
        yield silent_line(number)


def remember_reasons(ledger: Ledger, report: SyncReport) -> None:
    """Keep why chats wait, for `wasf status`."""
    with ledger.transaction():
        for chat in report.chats:
            if chat.id is not None:
                waits = chat.tally.waiting
                ledger.wait(chat.id, chat.reason if waits else "", chat.hint if waits else "")


def _chat_report(
    known: KnownChat, ended: Ended, intakes: Sequence[ImportedChat], org: Org
) -> ChatReport:
    chat_id = known.chat.id
    why = _why(known, ended.course, intakes)
    return ChatReport(
        title=known.chat.title,
        id=chat_id,
        tally=_tally(known, ended, intakes),
        record=_record(known, ended.course, org),
        reason=why.reason,
        hint=why.hint,
        tasks=ended.course.tasks.get(chat_id, 0),
        changed=sum(intake.changed for intake in intakes),
        shifts=tuple(
            dict.fromkeys(spell_shift(shift) for intake in intakes for shift in intake.shifts)
        ),
        lines=tuple(line for intake in intakes for line in intake.lines),
        unread_lines=sum(intake.unread_lines for intake in intakes),
    )


def _tally(known: KnownChat, ended: Ended, intakes: Sequence[ImportedChat]) -> Tally:
    """What left the queue was logged, or dropped together if the chat was skipped."""
    gone = ended.sizes.get(known.chat.id, 0) - known.queued
    is_skipped = known.chat.id in ended.course.skipped
    return Tally(
        logged=0 if is_skipped else gone,
        already_logged=sum(intake.already_logged for intake in intakes),
        waiting=known.queued,
        skipped=sum(intake.skipped for intake in intakes) + (gone if is_skipped else 0),
    )


def _why(known: KnownChat, course: SyncResult, intakes: Sequence[ImportedChat]) -> Reason:
    decided = course.why.get(known.chat.id) or course.skipped.get(known.chat.id)
    if decided is not None:
        doubt = next((intake.doubt for intake in intakes if intake.doubt), "")
        return Reason(doubt, SAY_NUMBER) if doubt and decided.hint == SAY_NUMBER else decided
    if known.queued:
        return Reason("the run ended before it was sent")
    reasons = (Reason(intake.reason, intake.hint) for intake in intakes if intake.reason)
    return next(reasons, Reason("", ""))


def _record(known: KnownChat, course: SyncResult, org: Org) -> Record | None:
    target = course.targets.get(known.chat.id)
    if target is not None:
        url = org.record_url(target.record_id, target.record_type)
        return Record(target.record_type, target.record_id, url, target.name)
    if known.link is None:
        return None
    url = org.record_url(known.link.record_id, known.link.record_type)
    return Record(known.link.record_type, known.link.record_id, url)


def _left_out_report(intake: ImportedChat) -> ChatReport:
    return ChatReport(
        title=intake.title,
        tally=Tally(skipped=intake.skipped),
        reason=intake.reason,
        hint=intake.hint,
        lines=intake.lines,
        unread_lines=intake.unread_lines,
    )
