"""`wasf sync`: parse, build, run, show. `wasf demo` runs the same."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import typer

from wasf import __version__, late_modules
from wasf.app import App
from wasf.cli.options import (
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
from wasf.cli.run_record import ABOUT_FILES, RunRecorder, recorded_run
from wasf.commands.sync import ImportOptions, LoggedFiles, SyncReport, reads_groups
from wasf.commands.sync import sync as sync_chats
from wasf.core.chats import Phone
from wasf.core.moments import parse_shift, parse_since
from wasf.core.phones import parse_phone
from wasf.core.text import nearest
from wasf.errors import ExitCode, MissingFile, NotConnected, WasfError, WrongUsage
from wasf.interfaces import ExportOptions, NoProgress, Progress, Provider, ReadOptions
from wasf.sources import CHAT_APIS, all_providers, find_chat_api, usable_providers
from wasf.store.settings import SETTINGS, Settings, how_to_change
from wasf.values import dataclass

if TYPE_CHECKING:
    from wasf import console
    from wasf.commands import chat_api
    from wasf.commands.chat_api import OpenedApi
    from wasf.sources import files
    from wasf.sources.files import FileSource
else:  # loaded where there are files, or chat APIs, or something to show
    (console,) = late_modules("wasf", "console")
    (files,) = late_modules("wasf.sources", "files")
    (chat_api,) = late_modules("wasf.commands", "chat_api")

_STDIN = Path("-")


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

    @property
    def reads_as_usual(self) -> bool:
        """Whether nothing asks to read or take files in another way than each run does."""
        return not (self.since or self.phone or self.time_shift or self.again or self.accept)


def run_sync(app: App, request: SyncRequest, *, json: bool, quiet: bool) -> ExitCode:
    """Sync, show the report, return the exit code."""
    bars: AbstractContextManager[Progress] = nullcontext(NoProgress())
    if not (json or quiet):
        bars = console.Console().progress(shown=True, dry_run=request.dry_run)
    with recorded_run(app, "sync", dry_run=request.dry_run) as recorder:
        with _with_stdin(request) as read:
            report = _sync(app, read, bars, recorder)
        recorder.report = report
    try:
        if json:
            console.Console().json(console.sync_json(report))
        elif quiet:
            _mail(report)
        else:
            _show(report)
        if report.error is not None and (json or not quiet):
            console.Console().error(report.error)
        found = report.chats or report.problems or report.files_uploaded or report.error
        if not (found or quiet):
            console.Console().remark(_nothing(app, request))
    except (OSError, SystemExit):  # the output cannot be written, or nobody reads it
        if report.exit_code is ExitCode.DONE:
            raise
    return report.exit_code


def _nothing(app: App, request: SyncRequest) -> str:
    """Return what to say of a run that found nothing: what it read, or what it can be given."""
    named = _named(request)
    if len(named) < len(request.paths):
        return "No chat was found there, and nothing waits. What wasf reads: wasf help exports"
    usable = named or usable_providers(app.connected_names())
    read = [one.title for one in usable if named or app.chat_apis.opened(one)]
    if not named and app.settings().sources:
        read.insert(0, "the folders of the setting sources")
    if not read:
        return "Nothing to read and nothing waits. Give a file or folder: wasf sync PATH"
    return f"Nothing new in {' and '.join(read)}, and nothing waits."


def _mail(report: SyncReport) -> None:
    """Say what went wrong, if so, for cron's mail: without texts, names, numbers and paths."""
    code, error = report.exit_code, report.error
    if code is ExitCode.DONE:
        return
    out = console.Console()
    for line in console.failure_text(report):
        out.remark(line)
    if error is None or code in ABOUT_FILES:
        error = WasfError(f"{code.meaning}.")
    out.error(error.with_hint(error.hint or "Which: wasf status, or wasf sync"))


def _show(report: SyncReport) -> None:
    """Show the report; where a run did nothing, as what it was given is missing, only that."""
    did_something = report.chats or report.files_uploaded or report.error
    are_missing = [isinstance(one.error, MissingFile) for one in report.problems]
    if did_something or not are_missing or not all(are_missing):
        console.Console().sync(report)
        return
    for problem in report.problems:
        console.Console().error(problem.error)


@contextmanager
def _with_stdin(request: SyncRequest) -> Iterator[SyncRequest]:
    """Yield the request; for the path `-` it has a file of what standard input holds.

    Raise `WrongUsage` if that is a terminal, so that wasf would wait for a person to type a chat.
    """
    if _STDIN not in request.paths:
        yield request
        return
    if sys.stdin.isatty():
        raise WrongUsage(
            "The path - is standard input, and nothing is sent to it.",
            "unzip -p chat.zip _chat.txt | wasf sync - --phone NUMBER",
        )

    with files.keep_stream(sys.stdin.buffer) as file:
        paths = tuple(file if path == _STDIN else path for path in request.paths)
        yield replace(request, paths=paths)


def _sync(
    app: App,
    request: SyncRequest,
    bars: AbstractContextManager[Progress],
    recorder: RunRecorder,
) -> SyncReport:
    settings = app.settings(request.flags)
    sources, chat_apis = _files(app, request, settings), _chat_apis(app, request)
    options = _options(app, request, settings)
    error = _not_connected(app, settings) if request.dry_run and sources else None
    opened = app.open_context(
        settings, dry_run=request.dry_run, flush=request.flush, not_connected=error
    )
    with opened as context, app.stop.held_back(), bars as progress:
        if not request.dry_run:
            recorder.org_id = app.known_org(settings).org_id
        context = replace(context, progress=progress, run=recorder.run, not_connected=error)
        reading = ReadOptions(app.now(), options.since, reads_groups(context))
        # Without the ledger of an org a chat API would be read from its beginning.
        readable = () if error else chat_apis
        chats = [one.source(context.ledger.facts.source_fact, reading) for one in readable]
        if request.reads_as_usual:
            find = LoggedFiles(context.ledger, app.now()).find_unchanged
            sources = tuple(replace(one, find_unchanged=find) for one in sources)
        report = sync_chats((*sources, *chats), context, options)
    if len(readable) < len(chat_apis):
        notes = (*report.notes, "Chat APIs were not read: that needs a sign-in to Salesforce.")
        report = replace(report, notes=notes)
    return report


def _not_connected(app: App, settings: Settings) -> NotConnected | None:
    """Return the error that says that there is no sign-in, None if there is one."""
    try:
        app.sign_ins.access(settings)
    except NotConnected as error:
        return error
    return None


def _files(app: App, request: SyncRequest, settings: Settings) -> "tuple[FileSource, ...]":
    """Return the source of the files to read: those named, or those of the settings."""
    _check_names(request.paths)
    named = tuple(path for path in request.paths if _chat_api(path) is None)
    paths = named if request.paths else settings.sources
    if paths:
        return (_exports(app, paths, request, settings),)
    if request.phone or request.whatsapp_account or request.accept or request.time_shift:
        raise WrongUsage(
            "--phone, --account, --accept and --time-shift say something about a file, and no file "
            "is given.",
            "wasf sync FILE --phone NUMBER",
        )
    return ()


def _check_names(paths: Sequence[Path]) -> None:
    """Raise `MissingFile` for a file's name without its quotes, or a misspelt chat API."""
    name = " ".join(map(str, paths))
    if len(paths) > 1 and Path(name).exists() and not all(path.exists() for path in paths):
        raise MissingFile(
            f"The name of the file has blanks: {name}", f"Put it in quotes: wasf sync {quote(name)}"
        )
    is_word = len(paths) == 1 and name.isidentifier() and not paths[0].exists()
    if is_word and (near := nearest(name, CHAT_APIS, likeness=0.8)) and near != name:
        raise MissingFile(f"There is no {name}.", f"Did you mean wasf sync {near}?")


def _exports(
    app: App, paths: Sequence[Path], request: SyncRequest, settings: Settings
) -> "FileSource":
    """Return the source of chats in files. Raise `WrongUsage` for a hint that cannot be used.

    Files that nobody named may still be being copied, so they are watched (I4).
    """
    whatsapp_account, account_email = settings.whatsapp_account(request.whatsapp_account or "")
    known = app.address_book(settings)
    options = ExportOptions(
        zone=settings.zone,
        now=app.now(),
        default_region=settings.default_region,
        me=frozenset(settings.me),
        phone=_phone(request.phone, settings.default_region),
        address_book=known.book,
        whatsapp_account=whatsapp_account,
        owner_email=settings.owner,
        account_email=account_email,
        date_order=settings.date_order,
    )
    book = known.unreadable or known.partly
    source = files.FileSource(paths, options, book, settings=all_that_counts(request, settings))
    if request.paths:
        return source
    return replace(source, sleep=app.sleep, way_out=partial(how_to_change, settings, "sources"))


def all_that_counts(request: SyncRequest, settings: Settings) -> str:
    """Return all on which it depends how a file is read, and what becomes of it."""
    book = settings.contacts
    facts = book.stat() if book and book.exists() else None
    contacts = (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns) if facts else None
    chosen = [settings.shown(one) for one in SETTINGS]
    return repr((__version__, chosen, str(settings.zone), contacts, request.whatsapp_account))


def _phone(typed: str | None, region: str) -> Phone | None:
    phone = parse_phone(typed, region) if typed else None
    if typed and phone is None:
        raise WrongUsage(
            "The number given with --phone cannot be read.",
            "Write it with its country code, such as +44 7700 900123, or set default_region.",
        )
    return phone


def _chat_apis(app: App, request: SyncRequest) -> "list[OpenedApi]":
    """Return the chat APIs to read: those named, or all that are connected if nothing is named.

    Raise `NotConnected` for a named one that is not connected.
    """
    providers = _named(request) if request.paths else [*all_providers(app.connected_names())]
    if not providers:
        return []
    for provider in _named(request):
        if app.chat_apis.opened(provider) is None:
            raise chat_api.not_connected(provider)
    return app.chat_apis.connected(providers)


def _named(request: SyncRequest) -> list[Provider]:
    return [provider for path in request.paths if (provider := _chat_api(path))]


def _chat_api(path: Path) -> Provider | None:
    """Return the chat API that a path names. A file of that name is a file."""
    name = str(path)
    return find_chat_api(name) if name.isidentifier() and not path.exists() else None


def _options(app: App, request: SyncRequest, settings: Settings) -> ImportOptions:
    return ImportOptions(
        since=parse_since(request.since, app.now(), settings.zone) if request.since else None,
        phone_is_given=request.phone is not None,
        again=request.again,
        sides_are_given=bool(settings.me),
        shift=_shift(request.time_shift),
        accept=request.accept,
        zone_is_given=settings.timezone is not None,
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
