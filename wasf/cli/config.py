"""`wasf config`: show and change the settings."""

from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json
from wasf.console import Console, safe, settings_json
from wasf.core.checks import CheckStatus, check_closed_statuses
from wasf.errors import BadSetting, WasfError
from wasf.store.settings import find_setting

program = typer.Typer(
    help="Show the settings; get, set, unset one; print the file's path.",
    invoke_without_command=True,
    no_args_is_help=False,
    add_completion=False,
)

_OF_THE_ORG = ("task.fields", "lead.fields", "lead.company", "phone_fields")
"""Settings that are checked against the org when they are set, if there is a sign-in."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="A setting, such as lead.auto_create.")]


@program.callback()
def show(ctx: typer.Context, json: Json = False) -> None:
    """Show all settings, their values and where each comes from."""
    if ctx.invoked_subcommand is not None:
        return
    app: App = ctx.obj
    lines, warnings = app.settings().explain(), _status_warnings(app)
    if json:
        Console().json(settings_json(lines, warnings))
        return
    rows = [(line.name, line.value, line.origin, line.help) for line in lines]
    Console().table("", ["setting", "value", "from", "what it does"], rows)
    for warning in warnings:
        Console().remark(safe(warning))


@program.command("get")
def get(ctx: typer.Context, name: Name) -> None:
    """Print one setting's value."""
    app: App = ctx.obj
    settings = app.settings()
    Console().say(settings.shown(find_setting(name, settings.known)))


@program.command("set")
def set_value(
    ctx: typer.Context,
    name: Name,
    values: Annotated[
        list[str], typer.Argument(metavar="VALUE...", help="Lists: one argument for each value.")
    ],
) -> None:
    """Change a setting in the settings file."""
    app: App = ctx.obj
    file = app.settings_file()
    if name in _OF_THE_ORG:
        _check(app, name, values)
    file.set(name, values)
    _say_what_holds(app, name)


@program.command("unset")
def unset(ctx: typer.Context, name: Name) -> None:
    """Take a setting out of the settings file, so that its default holds."""
    app: App = ctx.obj
    app.settings_file().unset(name)
    _say_what_holds(app, name)


@program.command("path")
def path(ctx: typer.Context) -> None:
    """Print where the settings file is."""
    app: App = ctx.obj
    Console().say(str(app.folders.settings_file))


def _status_warnings(app: App) -> list[str]:
    """Warn if no status of the org's Leads counts as closed (M6), as the last sync saw them."""
    settings, synced = app.settings(), app.folders.org_ids()
    try:
        org_id = app.known_org(settings).org_id if synced else ""
        if org_id not in synced:
            return []
        with app.ledger(org_id) as ledger:
            statuses = ledger.facts.lead_statuses()
    except WasfError:  # there is no sign-in: settings are shown all the same
        return []
    check = check_closed_statuses(statuses, settings.lead_closed_statuses)
    return [f"{check.result} {check.fix}"] if check.status is CheckStatus.WARNING else []


def _check(app: App, name: str, given: str | list[str]) -> None:
    """Check a setting that names fields of the org, before it is written."""
    try:
        settings = app.settings_file().load_with(name, given, app.environment)
    except BadSetting:  # `set` says so, unless it is another setting that is wrong
        return
    app.check_fields(settings)


def _say_what_holds(app: App, name: str) -> None:
    """Show the value that counts now: the environment wins over the settings file."""
    line = next((line for line in app.settings().explain() if line.name == name), None)
    if line is not None:
        Console().say(f"{line.name} = {line.value} (from: {line.origin})")
