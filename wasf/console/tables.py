"""Tables as rich prints them, and the line of counts below the table of a sync."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from wasf.console.safe_text import safe, safe_cell
from wasf.core.text import counted

if TYPE_CHECKING:
    from wasf.commands.sync import ChatReport, SyncReport


def plain_table(title: str, columns: Sequence[str]) -> Table:
    """Return a table without rows; long cells are folded, never cut."""
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def has_news(chat: ChatReport) -> bool:
    """Return whether a chat gets a row: something of it was logged, waits or was skipped."""
    counts = chat.counts
    return bool(counts.logged or counts.waiting or counts.skipped or chat.unread_lines)


def sync_table(report: SyncReport, chats: Sequence[ChatReport]) -> Table:
    """Return a table with a row for each chat; counts that are 0 everywhere have no column."""
    table = plain_table("Would be logged" if report.dry_run else "", ["Chat", "Record"])
    counts = {
        "Logged": [chat.counts.logged for chat in chats],
        "Waiting": [chat.counts.waiting for chat in chats],
        "Skipped": [chat.counts.skipped for chat in chats],
        "Known": [chat.counts.already_logged for chat in chats],
    }
    shown = {name: column for name, column in counts.items() if any(column)}
    for name in shown:
        table.add_column(name, justify="right")
    for chat, *numbers in zip(chats, *shown.values(), strict=True):
        cells = (f"{number:,}" if number else "" for number in numbers)
        table.add_row(safe_cell(chat.title), _record(chat), *cells)
    return table


def _record(chat: ChatReport) -> Text:
    record = chat.record
    if record is None:
        return Text("–")
    text = Text(f"{record.type} {safe(record.name)}".rstrip())
    if record.url:
        text.append("\n").append(record.url, style=f"dim link {record.url}")
    else:
        text.append(" (new)")
    return text


def summary(report: SyncReport) -> str:
    """Return the counts of a run in one sentence."""
    counts = report.messages
    would = "would be " if report.dry_run else ""
    logged, tasks = counted(counts.logged, "message"), counted(report.tasks_created, "Task")
    done = f"{logged} {would}logged in {tasks}"
    parts = [
        done,
        f"{counts.already_logged:,} already there" if counts.already_logged else "",
        f"{counts.waiting:,} waiting" if counts.waiting else "",
        f"{counts.skipped:,} skipped" if counts.skipped else "",
        f"{counted(report.notices, 'notice')} read" if report.notices else "",
        f"{counted(report.leads_created, 'new Lead')}" if report.leads_created else "",
        f"{counted(report.leads_reopened, 'Lead')} reopened" if report.leads_reopened else "",
        f"{counted(report.files_uploaded, 'file')} uploaded" if report.files_uploaded else "",
        counted(report.api_calls, "API call"),
    ]
    return ", ".join(part for part in parts if part) + "."
