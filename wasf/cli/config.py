"""`wasf config`: show and change the settings."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, complete_setting, complete_value, org_ids
from wasf.console import Console, safe, settings_json
from wasf.core.auth import without_secrets
from wasf.core.checks import CheckStatus, check_closed_statuses, reopen_status_problem
from wasf.errors import BadSetting, WasfError, WrongUsage
from wasf.store.settings import Origin, SettingLine

program = typer.Typer(
    help="Show the settings; get, set, unset one; edit them all.",
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
)

_OF_STATUSES = ("lead.closed_statuses", "lead.reopen_status")
_OF_THE_ORG = ("task.fields", "lead.fields", "lead.company", "phone_fields")
"""Settings that are checked against the org when they are set, if there is a sign-in."""

_EDITOR = "notepad" if os.name == "nt" else "vi"
_NEW_FILE = "# Settings of wasf. What each does: wasf help settings\n"

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A setting, such as lead.auto_create.",
        autocompletion=complete_setting,
    ),
]


@program.callback()
def show(
    ctx: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="All settings, also unchanged ones, with what each does.")
    ] = False,
    json: Json = False,
) -> None:
    """Show the settings that are changed and where each comes from, then the defaults."""
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    console, lines = Console(), app.explain_settings()
    warnings = _status_warnings(app)
    if json:
        console.json(settings_json(lines, warnings))
        return
    if every:
        rows = [(line.name, line.value, line.origin, line.help) for line in lines]
        console.table("", ["setting", "value", "from", "what it does"], rows)
    else:
        _show_changed(lines, console)
    for warning in warnings:
        console.remark(safe(warning))


def _show_changed(lines: Sequence[SettingLine], console: Console) -> None:
    """Show the changed settings as a table, and the others with their values in a paragraph."""
    changed = [line for line in lines if line.origin is not Origin.DEFAULT]
    if changed:
        rows = [(line.name, line.value, line.origin) for line in changed]
        console.table("", ["setting", "value", "from"], rows)
    others = [line for line in lines if line.origin is Origin.DEFAULT]
    values = [f"{line.name} ({line.value})" if line.value else line.name for line in others]
    console.tell([f"As they are by default: {', '.join(values)}."])
    console.say("What each does: wasf config --all")


@program.command("get")
def get(ctx: typer.Context, name: Name) -> None:
    """Print one setting's value."""
    app: App = ctx.obj
    settings = app.settings()
    Console().value(settings.shown(app.settings_file().find(name)))


@program.command("set")
def set_value(
    ctx: typer.Context,
    name: Name,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="VALUE...",
            help="Lists: one argument for each value.",
            autocompletion=complete_value,
        ),
    ],
) -> None:
    """Change a setting in the settings file."""
    app: App = ctx.obj
    file = app.settings_file()
    if name in _OF_THE_ORG:
        _check(app, name, values)
    file.set(name, values)
    _say_what_holds(app, name)
    _warn_of_missing(app, name)
    for warning in _status_warnings(app) if name in _OF_STATUSES else ():
        Console().remark(safe(warning))


@program.command("unset")
def unset(ctx: typer.Context, name: Name) -> None:
    """Take a setting out of the settings file, so that its default holds."""
    app: App = ctx.obj
    app.settings_file().unset(name)
    _say_what_holds(app, name)


@program.command("edit")
def edit(ctx: typer.Context) -> None:
    """Open the settings file in your editor; it is replaced only if it is right."""
    # heavy: loaded by the few commands that ask
    from wasf.cli.sign_in_request import may_prompt

    app: App = ctx.obj
    console, file = Console(), app.settings_file()
    before = file.text()
    with TemporaryDirectory(prefix="wasf-") as folder:
        draft = Path(folder, file.path.name)
        draft.write_text(before or _NEW_FILE, encoding="utf-8")
        while (text := _edited(app, draft)) not in (before, _NEW_FILE):
            try:
                app.check_fields(file.load_draft(text, app.environment))
            except BadSetting as error:
                if not may_prompt():
                    raise
                console.error(error)
                if typer.confirm("Edit it again? Otherwise nothing is changed.", default=True):
                    continue
                raise typer.Exit(error.exit_code) from error
            file.replace(text)
            _show_changed(app.explain_settings(), console)
            return
    console.say("Nothing was changed.")


def _edited(app: App, draft: Path) -> str:
    """Return the text after the person's editor. Raise `WrongUsage` if it cannot be run, or fails.

    The text is read as UTF-8; what is none of it becomes a sign that TOML refuses.
    """
    chosen = app.environment.get("VISUAL") or app.environment.get("EDITOR") or _EDITOR
    hint = "Name one: EDITOR=nano wasf config edit"
    try:
        words = shlex.split(chosen, posix=os.name != "nt")
        done = subprocess.run(  # noqa: S603 - the person's own editor, and no shell
            [*words, str(draft)], env=without_secrets(app.environment), check=False
        )
    except (OSError, ValueError):
        raise WrongUsage(f"The editor {chosen} cannot be started.", hint) from None
    if done.returncode:
        raise WrongUsage(
            f"The editor {chosen} ended with {done.returncode}, so nothing was changed.", hint
        )
    return draft.read_bytes().decode("utf-8-sig", "replace")


@program.command("path")
def path(
    ctx: typer.Context,
    log: Annotated[bool, typer.Option("--log", help="Where the log of runs is instead.")] = False,
) -> None:
    """Print where the settings file is."""
    app: App = ctx.obj
    Console().value(str(app.folders.log if log else app.folders.settings_file))


def _warn_of_missing(app: App, name: str) -> None:
    """Warn of paths that a setting names and that are not there yet, such as a disk to mount."""
    value = getattr(app.settings(), name, None)
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, Path) and not one.exists():
            Console().remark(f"! There is no {safe(str(one))} now.")


def _status_warnings(app: App) -> list[str]:
    """Warn of statuses of Leads that the settings get wrong (M5, M6), as the last sync saw them."""
    settings, synced = app.settings(), org_ids(app)
    try:
        org_id = app.known_org(settings).org_id if synced else ""
        if org_id not in synced:
            return []
        with app.ledger(org_id) as ledger:
            statuses = ledger.facts.lead_statuses()
    except WasfError:  # there is no sign-in: settings are shown all the same
        return []
    check = check_closed_statuses(statuses, settings.lead_closed_statuses)
    told = [f"{check.result} {check.fix}"] if check.status is CheckStatus.WARNING else []
    reopened, closed = settings.lead_reopen_status, settings.lead_closed_statuses
    problem = reopen_status_problem(reopened, statuses, closed)
    return [*told, f"{problem} See lead.reopen_status."] if problem else told


def _check(app: App, name: str, given: str | list[str]) -> None:
    """Check a setting that names fields of the org, before it is written."""
    try:
        settings = app.settings_file().load_with(name, given, app.environment)
    except BadSetting:  # `set` says so, unless it is another setting that is wrong
        return
    app.check_fields(settings)


def _say_what_holds(app: App, name: str) -> None:
    """Show the value that counts now: the environment wins over the settings file."""
    line = next((line for line in app.explain_settings() if line.name == name), None)
    if line is not None:
        Console().value(f"{line.name} = {line.value} (from: {line.origin})")
