"""`wasf link` and `wasf unlink`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for
from wasf.commands.link import CHAT_COLUMNS, NoSuchChat, chat_rows, chats_as_json, chats_as_rows
from wasf.console import Console
from wasf.store.settings.model import Settings

# --- link


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
    from wasf.commands.link import link, linked_as_json, linked_lines

    app = app_for(ctx, org_name)
    settings = app.settings()
    if chat is None or record is None:
        list_chats(app, settings, chat or "", json=json)
        return
    with show(json=json) as console, app.locked(settings) as (org, ledger):
        done = link(chat, record, org, ledger, settings.rules())
    console.result(linked_lines(done), linked_as_json(done), json=json)


def unlink(ctx: typer.Context, chat: Chat, org_name: OrgName = None, json: Json = False) -> None:
    """Break a chat's link to its record; wasf never links it again by itself."""
    from wasf.commands.link import unlink, unlinked_as_json, unlinked_lines

    app = app_for(ctx, org_name)
    settings = app.settings()
    with show(json=json) as console, app.locked_ledger(settings) as ledger:
        done = unlink(chat, ledger, settings.default_region)
    console.result(unlinked_lines(done), unlinked_as_json(done), json=json)


# --- linking
# Shows chats to choose from, asked for or because a word meant several.


def list_chats(app: App, settings: Settings, word: str, *, json: bool) -> None:
    """All chats, or those that a word may mean."""
    with app.ledger(app.known_org(settings).org_id) as ledger:
        chats = chat_rows(word, ledger, settings.default_region)
    console = Console()
    if json:
        console.json(chats_as_json(chats))
    elif chats:
        console.table("", CHAT_COLUMNS, chats_as_rows(chats))
    else:
        console.say("There is no such chat." if word else "No chat has been read yet.")


@contextmanager
def show(*, json: bool) -> Iterator[Console]:
    """Where a command shows its result; several chats where one is needed are shown there too."""
    console = Console()
    try:
        yield console
    except NoSuchChat as unclear:
        if unclear.meant and not json:
            console.table("", CHAT_COLUMNS, chats_as_rows(unclear.meant))
        elif unclear.meant:
            console.json(chats_as_json(unclear.meant))
        raise
