"""`wasf sync`: parse, build, run, show. `wasf demo` runs the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import typer

from wasf.app import App, ChatHints
from wasf.cli.options import (
    CHAT_API,
    Accept,
    AccountOption,
    Again,
    Contacts,
    DateOrderOption,
    DryRun,
    Flush,
    Json,
    Me,
    OrgName,
    Owner,
    Paths,
    PhoneOption,
    Quiet,
    Since,
    TimeShift,
    Timezone,
    app_for,
)
from wasf.commands.sync import (
    ImportOptions,
    SyncReport,
)
from wasf.commands.sync import sync as sync_chats
from wasf.console import Console, error_json, sync_json
from wasf.core.alignment import parse_shift
from wasf.core.moments import parse_since
from wasf.errors import ExitCode, NotConnected, WasfError, WrongUsage
from wasf.interfaces import Source
from wasf.store.ledger import Ledger
from wasf.store.settings.model import Settings

OpenChatApi = Callable[[Ledger, datetime | None], Source]
"""Opens the chats of the chat API, with a ledger that knows some, and from what time on."""


def sync(
    ctx: typer.Context,
    paths: Paths = None,
    since: Since = None,
    dry_run: DryRun = False,
    flush: Flush = False,
    again: Again = False,
    phone: PhoneOption = None,
    contacts: Contacts = None,
    me: Me = None,
    account: AccountOption = None,
    owner: Owner = None,
    timezone: Timezone = None,
    date_order: DateOrderOption = None,
    time_shift: TimeShift = None,
    accept: Accept = False,
    org_name: OrgName = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read chats and log what is new on the right Contact or Lead."""
    request = SyncRequest(
        paths=tuple(paths or ()),
        since=since,
        dry_run=dry_run,
        flush=flush,
        again=again,
        phone=phone,
        whatsapp_account=account,
        time_shift=time_shift,
        accept=accept,
        flags={
            "contacts": contacts,
            "me": me or None,
            "owner": owner,
            "timezone": timezone,
            "date_order": date_order,
        },
    )
    raise typer.Exit(run_sync(app_for(ctx, org_name), request, json=json, quiet=quiet))


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """The command line of one sync. `flags` are settings by their dotted names."""

    paths: tuple[Path, ...] = ()
    since: str | None = None
    dry_run: bool = False
    flush: bool = False
    again: bool = False
    phone: str | None = None
    whatsapp_account: str | None = None
    time_shift: str | None = None
    accept: bool = False
    flags: dict[str, str | Sequence[str] | None] = field(default_factory=dict)


def run_sync(app: App, request: SyncRequest, *, json: bool, quiet: bool) -> ExitCode:
    """Sync, show the report, return the exit code."""
    console = Console()
    try:
        report = _sync(app, request, console, shown=not (json or quiet))
    except WasfError as error:
        if not json:
            raise
        console.json(error_json(error))
        console.error(error)
        return error.exit_code
    if json:
        console.json(sync_json(report))
    elif not quiet or report.exit_code is not ExitCode.DONE:
        console.sync(report)
    if report.error is not None:
        console.error(report.error)
    elif not (report.chats or report.problems or report.files_uploaded or quiet):
        console.remark("Nothing to read and nothing waits. Give a file or folder: wasf sync PATH")
    return report.exit_code


def _sync(app: App, request: SyncRequest, console: Console, *, shown: bool) -> SyncReport:
    settings = app.settings(request.flags)
    sources, open_chat_api = _files(app, request, settings), _chat_api(app, request, settings)
    options = _options(app, request, settings)
    opened = app.open_context(settings, dry_run=request.dry_run, flush=request.flush)
    with opened as context, app.stop.held_back(), console.progress(shown=shown) as progress:
        if open_chat_api:
            sources = (*sources, open_chat_api(context.ledger, options.since))
        return sync_chats(sources, replace(context, progress=progress), options)


def _files(app: App, request: SyncRequest, settings: Settings) -> tuple[Source, ...]:
    """Return the source of the files to read: those named, or those of the settings."""
    named = tuple(path for path in request.paths if not _is_chat_api(path))
    paths = named if request.paths else settings.sources
    hints = ChatHints(request.phone or "", request.whatsapp_account or "")
    if paths:
        return (app.exports(paths, settings, hints),)
    if hints != ChatHints() or request.accept or request.time_shift:
        raise WrongUsage(
            "--phone, --account, --accept and --time-shift say something about a file, and no file "
            "is given.",
            "wasf sync FILE --phone NUMBER",
        )
    return ()


def _chat_api(app: App, request: SyncRequest, settings: Settings) -> OpenChatApi | None:
    """Return what opens the chat API, if it is named, or is connected and nothing is named."""
    is_named = any(map(_is_chat_api, request.paths))
    if not is_named and request.paths:
        return None
    client = app.chat_api.connected(settings)
    if client is None and is_named:
        raise NotConnected("wasf is not connected to TimelinesAI.", "wasf connect timelines")
    if client is None:
        return None
    return lambda ledger, since: app.chat_api.source(client, ledger, settings, app.now(), since)


def _is_chat_api(path: Path) -> bool:
    """Return whether the path stands for the chat API. A file of that name is a file."""
    return str(path) == CHAT_API and not path.exists()


def _options(app: App, request: SyncRequest, settings: Settings) -> ImportOptions:
    return ImportOptions(
        since=parse_since(request.since, app.now(), settings.zone) if request.since else None,
        phone_is_given=request.phone is not None,
        again=request.again,
        sides_are_given=bool(settings.me),
        shift=_shift(request.time_shift),
        accept=request.accept,
    )


def _shift(text: str | None) -> timedelta | None:
    if text is None:
        return None
    shift = parse_shift(text)
    if shift is None:
        raise WrongUsage(
            f'"{text}" is no shift of the time', "write one like +1h, -90m or +5h30m; 26h at most"
        )
    return shift
