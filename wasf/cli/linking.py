"""Shows chats to choose from, asked for or because a word meant several."""

from collections.abc import Iterator
from contextlib import contextmanager

from wasf.app import App
from wasf.commands.link import CHAT_COLUMNS, NoSuchChat, chat_rows, chats_as_json, chats_as_rows
from wasf.console import Console
from wasf.store.settings.model import Settings


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
