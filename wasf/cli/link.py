"""`wasf link` and `wasf unlink`; and the chats from which a person can choose one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import DryRunOnly, Json, OrgName, app_for, complete_chat, end_after_result
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.link import Choose, Linked, NoSuchChat, find_chats
from wasf.commands.link import link as link_chat
from wasf.commands.link import unlink as unlink_chat
from wasf.console import (
    Console,
    chats_json,
    elsewhere_text,
    error_json,
    link_json,
    link_text,
    unlink_json,
    unlink_text,
)
from wasf.errors import WrongUsage
from wasf.interfaces import Progress
from wasf.store.settings import Settings

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
        help="Move the chat's Tasks there that are on another record, or leave them.",
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
    """Say which record a chat belongs to; without one list the chats.

    To an Opportunity, a Case or a business Account its Tasks are related, beside its Contact. With
    no Contact, and for a group, they are there alone.
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


@contextmanager
def candidates_shown(*, json: bool) -> Iterator[Console]:
    """Give the console of a command that names one chat.

    If the name means several chats, list them there, in JSON beside the error.
    """
    console = Console()
    try:
        yield console
    except NoSuchChat as unclear:
        if unclear.candidates and not json:
            console.chats(unclear.candidates)
        if not (unclear.candidates and json):
            raise
        console.json({**chats_json(unclear.candidates), **error_json(unclear)})
        raise end_after_result(unclear) from None
