"""`wasf link`, `unlink`, `review`, `allow`, `skip`: which chats are logged, and on which record."""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import (
    DryRunOnly,
    Json,
    OrgName,
    app_for,
    candidates_shown,
    complete_chat,
    end_after_result,
)
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.link import Choose, Linked, find_chats
from wasf.commands.link import link as link_chat
from wasf.commands.link import unlink as unlink_chat
from wasf.commands.review import (
    Decision,
    NamedChat,
    ReviewedChat,
    chats_to_review,
    decide,
    named_in_list,
)
from wasf.commands.sync import cancel_jobs_of_chats
from wasf.console import (
    Console,
    chats_json,
    decision_json,
    decision_text,
    elsewhere_text,
    link_json,
    link_text,
    review_json,
    review_question_text,
    review_table,
    unlink_json,
    unlink_text,
)
from wasf.core.chats import ChatId
from wasf.core.records import Approval
from wasf.errors import MissingFile, UnreadableFile, WrongUsage
from wasf.interfaces import Progress
from wasf.store.settings import Settings

# --- Link ----------------------------------------------------------------------------------------

_CHAT = "A chat, by its id, its title or its number, or how one of the first two begins."
Chat = Annotated[str, typer.Argument(metavar="CHAT", help=_CHAT, autocompletion=complete_chat)]
SomeChat = Annotated[
    str | None,
    typer.Argument(metavar="[CHAT]", help=_CHAT, show_default=False, autocompletion=complete_chat),
]
Record = Annotated[
    str | None,
    typer.Argument(
        metavar="[RECORD]",
        help="A Contact, Lead, Account, Opportunity or Case, by id or address; without it chats are"
        " listed.",
        show_default=False,
    ),
]


Move = Annotated[
    bool | None,
    typer.Option(
        "--move/--no-move",
        help="Move the chat's Tasks from other records to this one, or leave them.",
        show_default=False,
    ),
]


def link(
    ctx: typer.Context,
    chat: SomeChat = None,
    record: Record = None,
    move: Move = None,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Link a chat to a record; without a record, list the chats.

    With an Opportunity, a Case or a business Account, its Tasks stay on the Contact and are related
    to that record, too. Without a Contact, and for a group, they are on that record alone.
    """
    app = app_for(ctx, org_name)
    settings = app.settings()
    if chat is None or record is None:
        _list_chats(app, settings, chat or "", json=json)
        return
    with (
        candidates_shown(json=json) as console,
        app.open_context(settings, dry_run=dry_run) as context,
        console.progress(shown=not json) as progress,
    ):
        decided = True if dry_run and move is None else move
        choose = _choose(console, progress, decided, json=json)
        with app.stop.held_back():
            done = link_chat(chat, record, replace(context, progress=progress), choose)
    console.result(link_text(done, is_shared=bool(settings.ledger)), link_json(done), json=json)
    raise typer.Exit(done.exit_code)


def _choose(console: Console, progress: Progress, move: bool | None, *, json: bool) -> Choose:
    """Return what decides whether Tasks are moved: the option, or a person at the terminal."""

    def choose(linked: Linked) -> bool:
        if move is not None or not (linked.elsewhere.movable or linked.elsewhere.in_jobs):
            return bool(move)
        progress.pause()
        if not json and may_prompt():
            console.tell(elsewhere_text(linked))
            return typer.confirm("Move them?")
        console.result(elsewhere_text(linked), link_json(linked), json=json)
        hint = "to move them: the same with --move; to leave them where they are: --no-move"
        raise end_after_result(WrongUsage("nothing was done yet", hint))

    return choose


def unlink(ctx: typer.Context, chat: Chat, org_name: OrgName = None, json: Json = False) -> None:
    """Break a chat's link; wasf never links it again by itself."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    with candidates_shown(json=json) as console, app.locked_ledger(settings) as ledger:
        done = unlink_chat(chat, ledger, settings.default_region)
    text = unlink_text(done, is_shared=bool(settings.ledger))
    console.result(text, unlink_json(done), json=json)


def _list_chats(app: App, settings: Settings, word: str, *, json: bool) -> None:
    """Show the chats that `word` may name; all of them if it is empty."""
    with app.ledger(app.known_org(settings).org_id) as ledger:
        chats = find_chats(word, ledger, settings.default_region)
    console = Console()
    if json:
        console.json(chats_json(chats))
    elif chats:
        console.chats(chats)
    else:
        console.say("There is no such chat." if word else "No chat has been read yet.")


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

        def cancel_jobs(chats: Collection[ChatId]) -> None:
            cancel_jobs_of_chats(chats, app.context_of(settings, ledger), "these chats")

        return decide(approval, named, accounts, ledger, settings.default_region, cancel_jobs)


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
