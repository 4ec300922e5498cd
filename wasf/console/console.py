"""Where results are shown, on a terminal or in a file: lines, tables, progress, errors, JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from wasf import late_modules
from wasf.console.screen_text import (
    UNBROKEN,
    Cell,
    Grid,
    Stream,
    broken,
    safe,
    safe_cell,
    safe_json,
    safe_sentence,
)
from wasf.core.text import counted
from wasf.errors import WasfError
from wasf.interfaces import NoProgress, Progress

if TYPE_CHECKING:
    # Types only, so that no command loads the use case of another one, nor rich without need.
    from datetime import tzinfo

    from rich import markdown as rich_markdown
    from rich import progress as rich_progress
    from rich import text as rich_text
    from rich import theme as rich_theme

    from wasf.commands.status import Status
    from wasf.commands.sync import ChatReport, SyncReport
    from wasf.core.auth import Profile
    from wasf.core.checks import Check
    from wasf.core.records import KnownChat
else:
    rich_markdown, rich_progress, rich_text, rich_theme = late_modules(
        "rich", "markdown", "progress", "text", "theme"
    )


# --- Tables ----------------------------------------------------------------------------------


def has_news(chat: ChatReport) -> bool:
    """Return whether a chat gets a row: something of it was logged, waits or was skipped."""
    counts = chat.counts
    return bool(counts.logged or counts.waiting or counts.skipped or chat.unread_lines)


def sync_grid(report: SyncReport, chats: Sequence[ChatReport]) -> Grid:
    """Return a row for each chat; counts that are 0 everywhere have no column."""
    title = "Would be logged" if report.knows_org else "Read"
    counts = {
        "Logged": [chat.counts.logged for chat in chats],
        "Waiting": [chat.counts.waiting for chat in chats],
        "Skipped": [chat.counts.skipped for chat in chats],
        "Known": [chat.counts.already_logged for chat in chats],
    }
    shown = {name: column for name, column in counts.items() if any(column)}
    rows = [
        [safe_cell(chat.title), _chat_record(chat), *(Cell(f"{n:,}" if n else "") for n in numbers)]
        for chat, *numbers in zip(chats, *shown.values(), strict=True)
    ]
    return Grid(title if report.dry_run else "", ["Chat", "Record", *shown], rows, len(shown))


def _chat_record(chat: ChatReport) -> Cell:
    record = chat.record
    if record is None:
        return Cell("–")
    text = f"{record.type} {safe(record.name)}".rstrip()
    return Cell(text, record.url) if record.url else Cell(f"{text} (new)")


def summary(report: SyncReport) -> str:
    """Return the counts of a run in one sentence."""
    counts = report.messages
    would = "would be " if report.dry_run else ""
    logged, tasks = counted(counts.logged, "message"), counted(report.tasks_created, "Task")
    read = f"{counted(counts.read, 'message')} read"
    parts = [
        f"{logged} {would}logged in {tasks}" if report.knows_org else read,
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


# --- The console -----------------------------------------------------------------------------

_CHECK_STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}
_SIGN_IN_KINDS = {
    "web": "browser",
    "jwt": "JWT key",
    "client-credentials": "client credentials",
    "sf": "Salesforce CLI",
}
_WIDTH_OF_TEXTS = 100  # columns
_WIDTH_OF_TABLES = 80  # columns; on a narrower terminal rich would cut names in tables
_MARKDOWN_STYLES = {"markdown.code": "cyan", "markdown.h2": "bold"}
"""Without rich's black backgrounds, which are stains on a light terminal."""
_HANGING = 4  # columns that a broken line of a block is moved in: more than its labels
_LINES_SHOWN = 5


class Console:
    """Prints values for a person, or as JSON for a program; `out` and `err` default to the streams.

    `say` and `remark` print text of ours, the others also names and texts from elsewhere.
    """

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = Stream(out or sys.stdout)
        self._err = Stream(err or sys.stderr)

    # Lines

    def say(self, text: str) -> None:
        """Print a line of ours on standard output."""
        self._out.line(broken(text, self._out.line_width))

    def value(self, text: str) -> None:
        """Print a value of ours as it is, to be copied or read by a program."""
        self._out.line(text)

    def tell(self, lines: Sequence[str]) -> None:
        """Print lines on standard output that may hold foreign text."""
        for line in lines:
            self.say(safe(line))

    def remark(self, text: str) -> None:
        """Print a line of ours on standard error, beside a result."""
        self._err.line(broken(text, self._err.line_width))

    def markdown(self, text: str) -> None:
        """Print Markdown of ours, with a heading first: laid out on a terminal, else as it is."""
        if not self._out.is_terminal:
            self.say(text.rstrip())
            return
        console = self._out.rich
        if console.width < _WIDTH_OF_TABLES:
            self.tell(text.rstrip().splitlines())
            return

        with console.use_theme(rich_theme.Theme(_MARKDOWN_STYLES)):
            heading, _, rest = text.removeprefix("# ").partition("\n")
            markdown = rich_markdown.Markdown(rest, code_theme="ansi_dark")
            console.print(rich_text.Text(heading, style="bold underline"), end="\n\n")
            console.print(markdown, width=min(console.width, _WIDTH_OF_TEXTS))

    def json(self, value: Mapping[str, object], *, one_line: bool = False) -> None:
        """Print a JSON object on standard output, escaped where its encoding needs it."""
        is_unicode = self._out.is_unicode
        text = safe_json(value, ensure_ascii=not is_unicode, indent=None if one_line else 2)
        self._out.file.write(f"{text}\n")
        self._out.file.flush()

    def result(self, lines: Sequence[str], value: Mapping[str, object], *, json: bool) -> None:
        """Print a result: lines for a person, or one object for a program."""
        if json:
            self.json(value)
        else:
            self.tell(lines)

    def error(self, error: WasfError) -> None:
        """Print on standard error what is wrong, and on a second line what to do about it."""
        message = broken(f"wasf: {safe_sentence(error.message)}", self._err.line_width, 6)
        self._err.line(message, "bold red", 5)
        if error.hint:
            self.remark(f"      {safe(error.hint)}")

    # Tables

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table; its cells may hold foreign text."""
        self._grid(Grid(title, columns, [list(map(safe_cell, row)) for row in rows]))

    def _grid(self, grid: Grid) -> None:
        """Print a table as wide as its words need; on a screen too narrow for that, its blocks."""
        console = self._out.rich
        table, width = grid.table(console.width), console.width
        needed = console.measure(table, options=console.options.update(width=UNBROKEN)).minimum
        if needed > width and console.is_terminal:
            for line in grid.blocks():
                indent = _HANGING if line.startswith(" ") else 0
                self._out.line(broken(line, self._out.line_width, indent))
            return
        console.width = max(width, needed)
        console.print(table)
        console.width = width

    def chats(self, chats: Sequence[KnownChat]) -> None:
        """Print chats with their records, to choose from."""
        rows = [
            (one.chat.id, one.chat.title, _record(one), f"{one.logged:,}", f"{one.queued:,}")
            for one in chats
        ]
        self.table("", ("id", "chat", "record", "logged", "waiting"), rows)

    def orgs(self, profiles: Sequence[Profile], default: str) -> None:
        """Print the sign-ins, the default marked."""
        from wasf.console.text import org_kind  # heavy: loaded where it is shown

        rows = [
            (
                f"{profile.name} (default)" if profile.name == default else profile.name,
                profile.username,
                f"{profile.org_id} ({org_kind(profile.is_sandbox)})",
                profile.instance_url,
                _SIGN_IN_KINDS[profile.kind],
                profile.token_store.value if profile.kind.keeps_tokens else "",
            )
            for profile in profiles
        ]
        columns = ("name", "user", "org", "address", "signed in by", "tokens in")
        self.table("", columns, rows)

    # Results with a layout of their own

    def status(self, status: Status, zone: tzinfo) -> None:
        """Print what is connected, when it was last synced, and what waits."""
        from wasf.console.text import status_text  # heavy: loaded where it is shown

        self.tell(status_text(status, zone))
        if status.waiting:
            rows = [(c.title, f"{c.messages:,}", c.reason, c.hint) for c in status.waiting]
            self.table("Waiting", ["chat", "messages", "why", "what to do"], rows)

    def checks(self, checks: Sequence[Check]) -> None:
        """Print a line for each check, and its fix below; skipped checks share a line."""
        for _, group in groupby(checks, key=_shared_line):
            first, *more = group
            names = ", ".join(check.name for check in (first, *more))
            said = f"{first.status:<8} {names}: {safe(first.result)}"
            line = broken(said, self._out.line_width, 9)
            self._out.line(line, _CHECK_STYLES[first.status], 8)
            if first.fix:
                self.say(f"{'':9}{safe(first.fix)}")
        failed = sum(check.status == "failed" for check in checks)
        self.say(f"{counted(failed, 'check')} failed." if failed else "A sync has all it needs.")

    def sync(self, report: SyncReport) -> None:
        """Print a table of the chats with news, why some wait or were skipped, and the counts."""
        shown = [chat for chat in report.chats if has_news(chat)]
        if shown:
            self._grid(sync_grid(report, shown))
        unchanged = len(report.chats) - len(shown)
        if unchanged:
            self.say(f"{counted(unchanged, 'chat')} with nothing new.")
        for chat in shown:
            self._chat_notes(chat, is_dry_run=report.dry_run)
        for problem in report.problems:
            self.remark(f"! {safe(problem.origin)}: {safe(problem.error.message)}")
            if problem.error.hint:
                self.remark(f"  {safe(problem.error.hint)}")
        for note in report.notes:
            self.remark(f"! {safe(note)}")
        self.say(summary(report))

    def _chat_notes(self, chat: ChatReport, *, is_dry_run: bool) -> None:
        if chat.reason and chat.state != "logged":
            self.say(f"• {safe(chat.title)}: {chat.state}, {safe_sentence(chat.reason)}")
            if chat.hint:
                self.say(f"    {safe(chat.hint)}")
        elif chat.reason:
            self.say(
                f"• {safe(chat.title)}: {chat.counts.skipped} skipped, {safe_sentence(chat.reason)}"
            )
        for what, fields in (("Tasks", chat.fields), ("new Lead", chat.lead_fields)):
            if fields and is_dry_run:
                values = ", ".join(f"{name} = {value}" for name, value in fields)
                self.say(f"• {safe(chat.title)}: {what} with {safe(values)}")
        if chat.unread_lines:
            lines = counted(chat.unread_lines, "line")
            self.remark(f"! {safe(chat.title)}: {lines} not understood")
        for line in chat.lines[:_LINES_SHOWN]:
            first, last = line.line, line.last_line
            where = f"line {first}" if first == last else f"lines {first}–{last}"
            self.remark(f"    {where}: {line.reason}")

    @contextmanager
    def progress(self, *, shown: bool, dry_run: bool = False) -> Iterator[Progress]:
        """Yield the progress of a run: bars on standard error, if that is a terminal."""
        if not (shown and self._err.is_terminal):
            yield NoProgress()
            return

        is_wide = self._err.rich.width >= _WIDTH_OF_TABLES
        bars = rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn("{task.description}"),
            *([rich_progress.BarColumn(bar_width=30)] if is_wide else []),
            rich_progress.TextColumn("{task.fields[counts]}"),
            *([rich_progress.TextColumn("{task.fields[more]}")] if is_wide else []),
            rich_progress.TimeRemainingColumn(compact=True),
            console=self._err.rich,
            transient=True,
        )
        try:
            yield _ProgressBars(bars, "Planning" if dry_run else "Logging")
        finally:
            bars.stop()


class _ProgressBars:
    """A `Progress` on the screen; names of files are not shown, as they may name people."""

    def __init__(self, bars: rich_progress.Progress, verb: str) -> None:
        self._bars = bars
        self._files = self._tasks = 0
        self._counts: dict[rich_progress.TaskID, tuple[int, int | None]] = {}
        self._read = self._add("Reading", None)
        self._wrote = self._add(verb, None)
        self._step: rich_progress.TaskID | None = None

    def reading(self, origin: str) -> None:
        del origin
        if not self._files:
            self._show(self._read)
        self._files += 1
        self._bars.update(self._read, more=counted(self._files, "file"))

    def read(self, messages: int) -> None:
        self._advance(self._read, messages)

    def writing(self, messages: int) -> None:
        self._counts[self._wrote] = (0, messages)
        self._bars.update(self._wrote, total=messages)
        self._show(self._wrote)

    def wrote(self, messages: int, tasks: int) -> None:
        self._tasks += tasks
        done = counted(self._tasks, "Task") if self._tasks else ""
        self._advance(self._wrote, messages)
        self._bars.update(self._wrote, more=done)

    def step(self, what: str, total: int | None = None) -> None:
        self._end_step()
        self._step = self._add(what, total)
        self._show(self._step)

    def done(self, count: int) -> None:
        if self._step is not None:
            self._advance(self._step, count)

    def pause(self) -> None:
        self._bars.stop()
        self._end_step()

    def _add(self, what: str, total: int | None) -> rich_progress.TaskID:
        bar = self._bars.add_task(what, total=total, counts="", more="", visible=False)
        self._counts[bar] = (0, total)
        return bar

    def _show(self, bar: rich_progress.TaskID) -> None:
        self._advance(bar, 0)
        self._bars.update(bar, visible=True)
        self._bars.start()

    def _advance(self, bar: rich_progress.TaskID, count: int) -> None:
        """Count on; numbers are written as in reports, a total only where one is known."""
        before, total = self._counts[bar]
        done = before + count
        self._counts[bar] = (done, total)
        of_all = "" if total is None else f"/{total:,}"
        self._bars.update(bar, advance=count, counts=f"{done:,}{of_all}" if done or of_all else "")

    def _end_step(self) -> None:
        if self._step is not None:
            self._bars.remove_task(self._step)
            self._step = None


def _record(known: KnownChat) -> str:
    if known.approval == "skipped":
        return "skipped"
    if links := [one for one in (known.link, known.related) if one]:
        return ", ".join(f"{one.record_type} {one.record_id}" for one in links)
    return "unlinked" if known.unlinked else ""


def _shared_line(check: Check) -> str:
    """Return what is equal for checks that share a line: those skipped for the same reason."""
    return check.result if check.status == "skipped" else check.name
