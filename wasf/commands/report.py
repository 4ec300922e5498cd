"""What a sync did, as a value that adds up to what was read (W1)."""

from dataclasses import dataclass
from enum import StrEnum

from wasf.commands.intake import Problem
from wasf.core.chats import ChatId, NotUnderstood
from wasf.core.records import RecordId, RecordType
from wasf.errors import ExitCode, WasfError
from wasf.store.ledger.model import RunId


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
    remedy: str = ""
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
    problems: tuple[Problem, ...] = ()
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


def report_as_json(report: SyncReport) -> dict[str, object]:
    """The report for programs. Fields may be added, never removed or renamed."""
    tally = report.messages
    value: dict[str, object] = {
        "schema": 1,
        "run": report.run,
        "dry_run": report.dry_run,
        "exit_code": int(report.exit_code),
        "messages": {"read": tally.read, **_tally_as_json(tally)},
        "tasks_created": report.tasks_created,
        "leads": {"created": report.leads_created, "reopened": report.leads_reopened},
        "files_uploaded": report.files_uploaded,
        "api_calls": report.api_calls,
        "chats": [_chat_as_json(chat) for chat in report.chats],
        "problems": [
            {"origin": p.origin, "sentence": p.error.sentence, "hint": p.error.hint}
            for p in report.problems
        ],
        "notes": list(report.notes),
    }
    if report.error is not None:
        value["error"] = error_as_json(report.error)
    return value


def error_as_json(error: WasfError) -> dict[str, object]:
    """An error for programs."""
    return {
        "exit_code": int(error.exit_code),
        "sentence": error.sentence,
        "hint": error.hint,
    }


def _tally_as_json(tally: Tally) -> dict[str, int]:
    return {
        "logged": tally.logged,
        "already_logged": tally.already_logged,
        "waiting": tally.waiting,
        "skipped": tally.skipped,
    }


def _chat_as_json(chat: ChatReport) -> dict[str, object]:
    record = chat.record
    return {
        "chat": chat.title,
        "id": chat.id,
        "record": None
        if record is None
        else {"type": record.type, "id": record.id, "url": record.url, "name": record.name},
        "state": chat.state,
        "reason": chat.reason or None,
        "remedy": chat.remedy or None,
        "messages": chat.tally.read,
        **_tally_as_json(chat.tally),
        "tasks": chat.tasks,
        "changed": chat.changed,
        "time_shifts": list(chat.shifts),
        "lines_not_understood": [
            {"first": line.line, "last": line.last_line, "reason": line.reason}
            for line in chat.lines
        ],
    }
