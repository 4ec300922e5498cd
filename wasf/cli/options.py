"""Options that several commands share, what the shell completes in them, and what chat APIs add.

Every command imports this module, so what is heavy is imported when the shell asks.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer
from typer._click import Context, HelpFormatter, Parameter  # Typer's own copy of Click
from typer._click.exceptions import NoSuchOption
from typer.core import TyperCommand, TyperOption

from wasf import late_modules
from wasf.app import App
from wasf.cli.main import StopRequests
from wasf.errors import WasfError, WrongUsage
from wasf.sources import CHAT_APIS, find_chat_api

if TYPE_CHECKING:
    from wasf import console
    from wasf.cli import sign_in_request
    from wasf.commands import link, status
    from wasf.store import runs as run_log
else:  # loaded by the few commands that ask, and when the shell asks
    (console,) = late_modules("wasf", "console")
    (sign_in_request,) = late_modules("wasf.cli", "sign_in_request")
    link, status = late_modules("wasf.commands", "link", "status")
    (run_log,) = late_modules("wasf.store", "runs")

# --- What the shell completes ----------------------------------------------------------------
#
# Only files of this machine are read. What cannot be read completes to nothing, and is not told.

_SWITCH: Final = ("true", "false")

Completion = tuple[str, str]
"""A word, and what shells that can do so show beside it."""

_Found = TypeVar("_Found", str, Completion)


def _completion(find: Callable[[App], Iterable[_Found]]) -> Callable[[str], list[_Found]]:
    """Return what the shell calls: it gives what is found and begins as what was typed."""

    def complete(incomplete: str) -> list[_Found]:
        return _that_begin(incomplete, find)

    return complete


def _that_begin(incomplete: str, find: Callable[[App], Iterable[_Found]]) -> list[_Found]:
    """Return what is found and begins so, nothing if it cannot be read."""
    try:
        found = list(find(App(os.environ, StopRequests())))
    except WasfError:
        return []
    return [
        one for one in found if (one if isinstance(one, str) else one[0]).startswith(incomplete)
    ]


@_completion
def complete_run(app: App) -> Iterable[str]:
    """Return the ids of runs, newest first."""
    return status.undoable(run_log.RunLog(app.folders.run_log).runs())


@_completion
def complete_sign_in(app: App) -> Iterable[str]:
    """Return the names of sign-ins to Salesforce."""
    return [one.name for one in app.sign_ins.profiles.all()]


@_completion
def complete_chat(app: App) -> Iterable[Completion]:
    """Yield chats by their number, else by id; with their titles."""
    for org_id in org_ids(app):
        with app.ledger(org_id) as ledger:
            for known in ledger.chats():
                yield str(known.chat.phone or known.chat.id), known.chat.title


@_completion
def complete_setting(app: App) -> Iterable[Completion]:
    """Return the names of settings."""
    return [(one.name, one.help) for one in app.settings_file().known.values()]


def _zones(_: App) -> list[str]:
    # heavy: loaded when the shell asks
    from zoneinfo import available_timezones

    return sorted(available_timezones())


complete_zone = _completion(_zones)


def complete_value(ctx: Context, incomplete: str) -> list[str]:
    """Return the values that the setting of this command line can have, where they are few."""

    def values(app: App) -> Iterable[str]:
        setting = app.settings_file().known.get(str(ctx.params.get("name")))
        if setting is None:
            return ()
        return _zones(app) if setting.name == "timezone" else _choices(setting.default)

    return _that_begin(incomplete, values)


def _choices(default: object) -> tuple[str, ...]:
    """Return the values of a setting with this default, none if they are not a few words."""
    if isinstance(default, bool):
        return _SWITCH
    return tuple(type(default)) if isinstance(default, StrEnum) else ()


# --- Chat APIs -------------------------------------------------------------------------------

NAMES: Final = ", ".join(CHAT_APIS)
A_CHAT_API: Final = "the chat API" if len(CHAT_APIS) == 1 else "a chat API"
OF_CHAT_API: Final = "For a chat API"
"""The group of `wasf connect` for the options of chat APIs."""
_GIVEN: Final = "wasf.provider_options"


def given_options(ctx: Context) -> dict[str, str]:
    """Return the options of chat APIs that the command line gives, by their names."""
    found: dict[str, str] = ctx.meta.setdefault(_GIVEN, {})
    return found


class ConnectCommand(TyperCommand):
    """`wasf connect`, with the options of chat APIs.

    Their descriptions are loaded only for `--help`, and when an option is met that is not wasf's.
    """

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the command line; with the options of the chat APIs in it where it needs them."""
        try:
            return super().parse_args(ctx, list(args))
        except NoSuchOption:
            self._add_options_of(word for word in args if not word.startswith("-"))
            return super().parse_args(ctx, list(args))

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help, with the options of all chat APIs that come with wasf."""
        self.add_all_options()
        super().format_help(ctx, formatter)

    def add_all_options(self) -> None:
        """Add the options of all chat APIs that come with wasf."""
        self._add_options_of(CHAT_APIS)

    def _add_options_of(self, names: Iterable[str]) -> None:
        known = {parameter.name for parameter in self.params}
        providers = [one for name in names if (one := find_chat_api(name))]
        found = [(each, one.name) for one in providers if one.api for each in one.api.options]
        for option in {each.name: each for each, _ in reversed(found)}.values():
            whose = [name for each, name in found if each.name == option.name]
            if option.name not in known:
                self.params.append(
                    TyperOption(
                        param_decls=[f"--{option.name}"],
                        metavar=option.metavar,
                        help=f"For {', '.join(whose)}: {option.help}.",
                        callback=_take,
                        expose_value=False,
                        rich_help_panel=OF_CHAT_API,
                    )
                )


def _take(ctx: Context, parameter: Parameter, value: str | None) -> None:
    if value is not None:
        given_options(ctx)[str(parameter.name)] = value


# --- Shared options --------------------------------------------------------------------------


OF_CHATS: Final = "What the files do not say"
"""The group of `wasf sync` for what a person knows of chats in files."""
_of_chats = partial(typer.Option, rich_help_panel=OF_CHATS)

OrgName = Annotated[
    str | None,
    typer.Option(
        "--org",
        metavar="NAME",
        help="Which sign-in to use, where there are several.",
        autocompletion=complete_sign_in,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing when nothing went wrong.")
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Exported chats: .txt, .zip, .json of WhatsApp-Chat-Exporter, or folders; "
        f"-: one from standard input; {NAMES}: {A_CHAT_API}. "
        "Without any: the setting sources, the chat API, and what waits from earlier syncs.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN",
        help="Leave out older messages: 2026-03-01, '2026-03-01 14:30', 7d, 12h, yesterday.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Show what would be logged; write nothing anywhere."),
]
DryRunOnly = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would be done, and do nothing.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without a question.")]
Flush = Annotated[
    bool, typer.Option("--flush", help="Log windows that are still open, too (see frequency).")
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Log what wasf undo deleted or wasf purge --waiting dropped."),
]
PhoneOption = Annotated[
    str | None,
    _of_chats("--phone", metavar="NUMBER", help="The other party's number, for one chat."),
]
Contacts = Annotated[
    str | None, _of_chats(metavar="FILE", help="Names and numbers: vCards or a Google/Outlook CSV.")
]
Me = Annotated[
    list[str] | None,
    _of_chats("--me", metavar="NAME", help="Our side's name in the chat; may be repeated."),
]
AccountOption = Annotated[
    str | None,
    _of_chats(
        "--account",
        metavar="NAME",
        help="The WhatsApp account the chat was exported from, as in whatsapp_accounts.",
    ),
]
Owner = Annotated[
    str | None,
    _of_chats(metavar="EMAIL", help="Who is responsible for the chat: a Salesforce user."),
]
Timezone = Annotated[
    str | None,
    _of_chats(
        "--timezone",
        metavar="ZONE",
        autocompletion=complete_zone,
        help="Such as Europe/Berlin: the phone's zone.",
    ),
]
DateOrderOption = Annotated[
    str | None,
    _of_chats(
        "--date-order", metavar="ORDER", help="dmy, mdy or ymd, where a file leaves it open."
    ),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept", help="Log a chat although it does not fit what is known of it (exit code 5)."
    ),
]
TimeShift = Annotated[
    str | None,
    _of_chats(
        "--time-shift",
        metavar="SHIFT",
        help="Move all times of a chat by +1h, -90m, ...; 0h: not even by what wasf finds out.",
    ),
]


def app_for(ctx: typer.Context, org: str | None) -> App:
    """Return the app of this run, set to the sign-in that `--org` names."""
    app: App = ctx.obj
    if org is not None:
        app.sign_ins.choose(org)
    return app


def require_confirmation(command: str, *, agreed: bool, json: bool) -> bool:
    """Return whether to do now what was shown: a person at the terminal says yes to it.

    Return False where it is agreed already, and nobody is asked. End the command after a no. End
    with `WrongUsage` where nobody can be asked, such as from cron or with `--json`.
    """
    if agreed:
        return False
    if json or not sign_in_request.may_prompt():
        raise end_after_result(
            WrongUsage("nothing was done yet", f"to do what is shown: {command}")
        )
    if typer.confirm("Do it now?"):
        return True
    console.Console().say("Nothing was changed.")
    raise typer.Exit


def end_after_result(error: WasfError) -> typer.Exit:
    """Show the error of a command whose result is shown; return what ends the command.

    With `--json` the result stays the one object on standard output.
    """
    console.Console().error(error)
    return typer.Exit(error.exit_code)


@contextmanager
def candidates_shown(*, json: bool) -> Iterator["console.Console"]:
    """Give the console of a command that names one chat.

    If the name means several chats, list them there, in JSON beside the error.
    """
    shown = console.Console()
    try:
        yield shown
    except link.NoSuchChat as unclear:
        if unclear.candidates and not json:
            shown.chats(unclear.candidates)
        if not (unclear.candidates and json):
            raise
        chats = console.chats_json(unclear.candidates)
        shown.json({**chats, **console.error_json(unclear)})
        raise end_after_result(unclear) from None


def org_ids(app: App) -> Sequence[str]:
    """Return the orgs with a ledger: on this machine all, of shared ones the connected org."""
    settings = app.settings()
    if not settings.ledger:
        return app.folders.org_ids()
    try:
        return [app.known_org(settings, remember=False).org_id]
    except WasfError:  # there is no sign-in
        return []
