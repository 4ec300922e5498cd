"""`wasf allow` and `wasf skip`: which chats are logged, for scripts."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.completion import complete_chat
from wasf.cli.link import candidates_shown
from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.review import Decision, NamedChat, decide, named_in_list
from wasf.console import decision_json, decision_text
from wasf.core.records import Approval
from wasf.errors import MissingFile, UnreadableFile, WrongUsage

_STANDARD_INPUT = "-"

Chats = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHAT]...",
        autocompletion=complete_chat,
        help="Chats and groups by id, title or number; a number also before its chat was read.",
        show_default=False,
    ),
]
ListFile = Annotated[
    str | None,
    typer.Option(
        "--file",
        metavar="LIST",
        help="A list of chats, one a line, with # comments; - is standard input.",
    ),
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="All chats of a WhatsApp account, also those to come; may be repeated.",
    ),
]


def allow(
    ctx: typer.Context,
    chats: Chats = None,
    file: ListFile = None,
    accounts: Accounts = None,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Say yes to chats that wait for it, or let skipped ones in again."""
    app = app_for(ctx, org_name)
    _decide(app, Approval.ALLOWED, _named(chats, file, accounts), accounts or (), json=json)


def skip(
    ctx: typer.Context,
    chats: Chats = None,
    file: ListFile = None,
    accounts: Accounts = None,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Say no to chats: nothing more of them is logged or kept.

    What waits of them goes, with its text. What is in Salesforce stays.
    """
    app = app_for(ctx, org_name)
    _decide(app, Approval.SKIPPED, _named(chats, file, accounts), accounts or (), json=json)


def _named(
    chats: Sequence[str] | None, file: str | None, accounts: Sequence[str] | None
) -> list[NamedChat]:
    """Return the chats of the command line and of the list. Raise `WrongUsage` for nothing."""
    if not chats and file is None and not accounts:
        raise WrongUsage(
            "no chat was named", "name chats, or --file LIST, or --account NAME; see wasf review"
        )
    words = [NamedChat(word) for word in chats or ()]
    return words if file is None else [*words, *_listed(file)]


def _listed(file: str) -> list[NamedChat]:
    if file == _STANDARD_INPUT:
        return named_in_list(sys.stdin.read(), "the list")
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MissingFile("The list of chats cannot be read.", error.strerror or "") from error
    except UnicodeError as error:
        raise UnreadableFile("The list of chats is no text.", "save it as UTF-8") from error
    return named_in_list(text, "the list")


def _decide(
    app: App, approval: Approval, named: list[NamedChat], accounts: Sequence[str], *, json: bool
) -> None:
    with candidates_shown(json=json) as console:
        decision = decided(app, approval, named, accounts)
    console.result(decision_text(decision), decision_json(decision), json=json)


def decided(
    app: App, approval: Approval, named: Sequence[NamedChat], accounts: Sequence[str] = ()
) -> Decision:
    """Allow or skip chats, with the ledger to oneself. Raise `AnotherRun` if a run has it."""
    settings = app.settings()
    with app.locked_ledger(settings) as ledger:
        return decide(approval, named, accounts, ledger, settings.default_region)
