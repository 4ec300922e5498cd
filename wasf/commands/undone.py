"""What an undo took back and what it left alone, as a value, in words and for programs."""

from dataclasses import dataclass
from typing import NamedTuple

from wasf.core.records import RecordId
from wasf.core.text import counted
from wasf.errors import ExitCode
from wasf.store.ledger.model import RunId


class LeftAlone(NamedTuple):
    """A record that stays: a Task or a Lead, and why."""

    kind: str
    id: RecordId
    reason: str


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back, or would be. `tasks_gone` had been deleted by somebody before.

    `messages` are those that no sync logs again by itself. `in_doubt` counts Tasks of a run that
    was cut off, of which nobody knows; the next sync settles them.
    """

    run: RunId
    dry_run: bool
    tasks: int
    tasks_gone: int
    messages: int
    leads: int
    left: tuple[LeftAlone, ...]
    in_doubt: int
    refused: int

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to take back."""
        return not (self.tasks or self.tasks_gone or self.leads)

    @property
    def exit_code(self) -> ExitCode:
        """Whether Salesforce refused to delete something."""
        return ExitCode.REFUSED if self.refused else ExitCode.DONE


def undone_lines(report: UndoReport) -> list[str]:
    """The report in words."""
    would = "would be " if report.dry_run else ""
    gone = f", {counted(report.tasks_gone, 'Task')} gone already" if report.tasks_gone else ""
    tasks, leads = counted(report.tasks, "Task"), counted(report.leads, "Lead")
    lines = [f"Run {report.run}: {tasks} {would}deleted{gone}, {leads} {would}deleted."]
    lines += [f"• {left.kind} {left.id} stays: {left.reason}." for left in report.left]
    if report.messages:
        lines.append(
            f"{counted(report.messages, 'message')} will not be logged again by itself."
            " To log them after all: wasf sync FILE --again"
        )
    if report.in_doubt:
        lines.append(
            f"{counted(report.in_doubt, 'Task')} of a run that was cut off may still arrive;"
            " wasf sync settles that, then undo once more."
        )
    return lines


def undo_as_json(report: UndoReport) -> dict[str, object]:
    """The report for programs."""
    return {
        "schema": 1,
        "run": report.run,
        "dry_run": report.dry_run,
        "exit_code": int(report.exit_code),
        "tasks_deleted": report.tasks,
        "tasks_gone": report.tasks_gone,
        "messages": report.messages,
        "leads_deleted": report.leads,
        "in_doubt": report.in_doubt,
        "left_alone": [
            {"type": left.kind, "id": left.id, "reason": left.reason} for left in report.left
        ],
    }
