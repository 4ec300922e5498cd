"""`wasf review`, `wasf allow` and `wasf skip`: a person says which chats are logged."""

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.link import candidates_shown
from wasf.cli.options import Json, OrgName, app_for, complete_chat
from wasf.cli.sign_in_request import may_prompt
from wasf.commands import sync
from wasf.commands.review import (
    Decision,
    NamedChat,
    ReviewedChat,
    chats_to_review,
    decide,
    named_in_list,
)
from wasf.console import (
    Console,
    decision_json,
    decision_text,
    review_json,
    review_question_text,
    review_table,
)
from wasf.core.chats import ChatId
from wasf.core.records import Approval
from wasf.errors import MissingFile, UnreadableFile, WrongUsage
from wasf.store.settings import Settings

# --- Allow and skip ------------------------------------------------------------------------------

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
        return named_in_list(sys.stdin.read())
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MissingFile("The list of chats cannot be read.", error.strerror or "") from error
    except UnicodeError as error:
        raise UnreadableFile("The list of chats is no text.", "save it as UTF-8") from error
    return named_in_list(text)


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

        def take_back(chats: Collection[ChatId]) -> None:
            sync.take_back_chats(chats, app.context_of(settings, ledger), "these chats")

        return decide(approval, named, accounts, ledger, settings.default_region, take_back)


# --- Review --------------------------------------------------------------------------------------

_QUESTION = "Log it? [y]es, [n]o, [l]ater, [q]uit: "
_ANSWERS = {"y": Approval.ALLOWED, "n": Approval.SKIPPED, "l": None}
_QUIT = "q"


def review(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Go through the chats that wait for your yes, or list them.

    It asks on a terminal. Without one it lists the chats.
    """
    app = app_for(ctx, org_name)
    settings = app.settings()
    with app.ledger(app.known_org(settings).org_id) as ledger:
        chats = chats_to_review(ledger, settings.policy())
    console = Console()
    if json:
        console.json(review_json(chats))
    elif not chats:
        console.say("No chat waits for your yes.")
    elif may_prompt():
        _go_through(app, settings, chats, console)
    else:
        console.table("", *review_table(chats, settings.zone))
        console.say("To decide: wasf allow CHAT, or wasf skip CHAT")


def _go_through(
    app: App, settings: Settings, chats: Sequence[ReviewedChat], console: Console
) -> None:
    """Ask about each chat. An answer counts at once, so that those given before a break stay."""
    left = len(chats)
    for chat in chats:
        console.tell(["", *review_question_text(chat, settings.zone)])
        answer = _answer(sys.stdin.readline, console)
        if answer == _QUIT:
            break
        approval = _ANSWERS[answer]
        if approval is not None:
            console.tell(decision_text(decided(app, approval, [NamedChat(chat.chat.id)])))
            left -= 1
    if left:
        console.tell(["", f"{left:,} still waiting for your yes: wasf review"])


def _answer(read_line: Callable[[], str], console: Console) -> str:
    """Return the letter of an answer; the end of the input is a `q`."""
    while True:
        sys.stdout.write(_QUESTION)
        sys.stdout.flush()
        line = read_line()
        letter = line.strip()[:1].lower()
        if not line or letter in {*_ANSWERS, _QUIT}:
            return letter if line else _QUIT
        console.say("Answer with y, n, l or q.")
