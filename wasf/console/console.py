"""Where results are shown, on a terminal or in a file: lines, tables, progress, errors, JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from rich.console import Console as RichConsole
from rich.text import Text

from wasf.console.progress import bar
from wasf.console.safe_text import safe, safe_json, safe_sentence
from wasf.console.tables import has_news, plain_table, summary, sync_table
from wasf.console.text import org_kind, status_text
from wasf.core.auth import Profile, SignInKind
from wasf.core.checks import Check, CheckStatus
from wasf.core.records import KnownChat
from wasf.core.text import counted
from wasf.errors import ExitCode, WasfError
from wasf.interfaces import NoProgress, Progress

if TYPE_CHECKING:
    from wasf.commands.status import Status
    from wasf.commands.sync import ChatReport, SyncReport

_STYLES = {
    CheckStatus.OK: "green",
    CheckStatus.WARNING: "yellow",
    CheckStatus.FAILED: "bold red",
    CheckStatus.SKIPPED: "dim",
}
_WAYS = {
    SignInKind.WEB: "browser",
    SignInKind.JWT: "JWT key",
    SignInKind.CLIENT_CREDENTIALS: "client credentials",
    SignInKind.SF_CLI: "Salesforce CLI",
}
_PLAIN_WIDTH = 160
_MOST_LINES = 5


class Console:
    """Shows values to a person, or as JSON to a program. Decides nothing."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = _console(out or sys.stdout)
        self._err = _console(err or sys.stderr)

    # Words

    def say(self, text: str) -> None:
        """A line of ours on standard output."""
        self._out.print(Text(text), soft_wrap=True)

    def tell(self, lines: Sequence[str]) -> None:
        """Lines on standard output that hold names from elsewhere."""
        for line in lines:
            self.say(safe(line))

    def remark(self, text: str) -> None:
        """A line of ours on standard error, for what accompanies a result."""
        self._err.print(Text(text), soft_wrap=True)

    def json(self, value: Mapping[str, object], *, one_line: bool = False) -> None:
        """One JSON object on standard output, and nothing else there but others on their lines."""
        takes_all = self._out.encoding.startswith("utf")
        text = safe_json(value, ensure_ascii=not takes_all, indent=None if one_line else 2)
        self._out.file.write(f"{text}\n")
        self._out.file.flush()

    def result(self, lines: Sequence[str], value: Mapping[str, object], *, json: bool) -> None:
        """What a command came to: lines for a person, or one object for a program."""
        if json:
            self.json(value)
        else:
            self.tell(lines)

    def error(self, error: WasfError) -> None:
        """One sentence that says what is wrong, and what to do about it."""
        line = Text("wasf: ", style="bold red") + Text(
            safe_sentence(error.message), style="default"
        )
        self._err.print(line, soft_wrap=True)
        if error.hint:
            self._err.print(Text("      " + safe(error.hint)), soft_wrap=True)

    # Tables

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A plain table of foreign or own text."""
        table = plain_table(title, columns)
        for row in rows:
            table.add_row(*(Text(safe(cell)) for cell in row))
        self._out.print(table)

    def exit_codes(self) -> None:
        """The table of exit codes."""
        rows = [(str(int(code)), code.meaning) for code in ExitCode]
        self.table("Exit codes", ["code", "meaning"], rows)

    def chats(self, chats: Sequence[KnownChat]) -> None:
        """Chats to choose from, with their records."""
        rows = [
            (one.chat.id, one.chat.title, _record(one), f"{one.logged:,}", f"{one.queued:,}")
            for one in chats
        ]
        self.table("", ("id", "chat", "record", "logged", "waiting"), rows)

    def orgs(self, profiles: Sequence[Profile], default: str) -> None:
        """The sign-ins, the default marked."""
        rows = [
            (
                f"{profile.name} (default)" if profile.name == default else profile.name,
                profile.username,
                f"{profile.org_id} ({org_kind(profile.is_sandbox)})",
                profile.instance_url,
                _WAYS[profile.kind],
                profile.token_store.value if profile.kind.keeps_tokens else "",
            )
            for profile in profiles
        ]
        columns = ("name", "user", "org", "address", "signed in by", "tokens in")
        self.table("", columns, rows)

    # Status

    def status(self, status: Status, zone: tzinfo) -> None:
        """What is connected, when it last synced, and what waits."""
        self.tell(status_text(status, zone))
        if status.waiting:
            rows = [(c.title, f"{c.messages:,}", c.reason, c.hint) for c in status.waiting]
            self.table("Waiting", ["chat", "messages", "why", "what to do"], rows)

    def checks(self, checks: Sequence[Check]) -> None:
        """A line for each check, and one below it for what mends it; skipped ones share a line."""
        for _, together in groupby(checks, key=_alike):
            first, *more = together
            status = Text(f"{first.status:<8}", style=_STYLES[first.status])
            names = ", ".join(check.name for check in (first, *more))
            line = Text(f" {names}: {safe(first.result)}", style="default")
            self._out.print(status + line, soft_wrap=True)
            if first.fix:
                self._out.print(Text(f"{'':9}{safe(first.fix)}"), soft_wrap=True)
        bad = sum(check.status is CheckStatus.FAILED for check in checks)
        self.say(f"{counted(bad, 'check')} failed." if bad else "A sync has all it needs.")

    # Sync

    def sync(self, report: SyncReport) -> None:
        """A whole run: a table of its chats, what needs somebody, and the figures."""
        shown = [chat for chat in report.chats if has_news(chat)]
        if shown:
            self._out.print(sync_table(report, shown))
        unchanged = len(report.chats) - len(shown)
        if unchanged:
            self.say(f"{counted(unchanged, 'chat')} with nothing new.")
        for chat in shown:
            self._needs(chat)
        for problem in report.problems:
            self.remark(f"! {safe(problem.origin)}: {safe(problem.error.message)}")
            if problem.error.hint:
                self.remark(f"  {safe(problem.error.hint)}")
        for note in report.notes:
            self.remark(f"! {safe(note)}")
        self.say(summary(report))

    def _needs(self, chat: ChatReport) -> None:
        if chat.reason and chat.state != "logged":
            self.say(f"• {safe(chat.title)}: {chat.state}, {safe(chat.reason)}.")
            if chat.hint:
                self.say(f"    {safe(chat.hint)}")
        elif chat.reason:
            self.say(f"• {safe(chat.title)}: {chat.counts.skipped} skipped, {safe(chat.reason)}.")
        if chat.unread_lines:
            self.remark(
                f"! {safe(chat.title)}: {counted(chat.unread_lines, 'line')} not understood"
            )
            for line in chat.lines[:_MOST_LINES]:
                where = (
                    f"line {line.line}"
                    if line.line == line.last_line
                    else (f"lines {line.line}–{line.last_line}")
                )
                self.remark(f"    {where}: {line.reason}")

    @contextmanager
    def progress(self, *, shown: bool) -> Iterator[Progress]:
        """Progress on standard error while a run is at work, if that is a terminal."""
        if not (shown and self._err.is_terminal):
            yield NoProgress()
            return
        with bar(self._err) as progress:
            yield progress


def _record(known: KnownChat) -> str:
    if known.link:
        return f"{known.link.record_type} {known.link.record_id}"
    return "unlinked" if known.unlinked else ""


def _console(file: TextIO) -> RichConsole:
    probe = RichConsole(file=file, highlight=False, emoji=False, markup=False)
    if probe.is_terminal:
        return probe
    return RichConsole(
        file=file, highlight=False, emoji=False, markup=False, width=_PLAIN_WIDTH, no_color=True
    )


def _alike(check: Check) -> str:
    """What checks share that are shown in one line: only skipped ones do."""
    return check.result if check.status is CheckStatus.SKIPPED else check.name
