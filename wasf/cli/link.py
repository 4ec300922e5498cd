"""`wasf link` and `wasf unlink`; and the chats from which a person can choose one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.link import (
    NoSuchChat,
    find_chats,
)
from wasf.commands.link import link as link_chat
from wasf.commands.link import unlink as unlink_chat
from wasf.console import Console, chats_json, link_json, link_text, unlink_json, unlink_text
from wasf.store.settings import Settings

_CHAT = "A chat, by its id, its title or its number, or how one of the first two begins."
Chat = Annotated[str, typer.Argument(metavar="CHAT", help=_CHAT)]
SomeChat = Annotated[str | None, typer.Argument(metavar="[CHAT]", help=_CHAT, show_default=False)]
Record = Annotated[
    str | None,
    typer.Argument(
        metavar="[RECORD]",
        help="A Contact or Lead, by its id or its address; without it chats are listed.",
        show_default=False,
    ),
]


def link(
    ctx: typer.Context,
    chat: SomeChat = None,
    record: Record = None,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Say which Contact or Lead a chat belongs to; without a record list the chats."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    if chat is None or record is None:
        _list_chats(app, settings, chat or "", json=json)
        return
    with candidates_shown(json=json) as console, app.open_context(settings) as context:
        done = link_chat(chat, record, context)
    console.result(link_text(done), link_json(done), json=json)


def unlink(ctx: typer.Context, chat: Chat, org_name: OrgName = None, json: Json = False) -> None:
    """Break a chat's link to its record; wasf never links it again by itself."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    with candidates_shown(json=json) as console, app.locked_ledger(settings) as ledger:
        done = unlink_chat(chat, ledger, settings.default_region)
    console.result(unlink_text(done), unlink_json(done), json=json)


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

    If the name means several chats, list them there and let `NoSuchChat` go on.
    """
    console = Console()
    try:
        yield console
    except NoSuchChat as unclear:
        if unclear.candidates and not json:
            console.chats(unclear.candidates)
        elif unclear.candidates:
            console.json(chats_json(unclear.candidates))
        raise
