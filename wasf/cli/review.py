"""`wasf review`: go through the chats that wait for a yes, one by one."""

import sys
from collections.abc import Callable, Sequence

import typer

from wasf.app import App
from wasf.cli.allow import decided
from wasf.cli.options import Json, OrgName, app_for
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.review import NamedChat, ReviewedChat, chats_to_review
from wasf.console import (
    Console,
    decision_text,
    review_json,
    review_question_text,
    review_table,
)
from wasf.core.records import Approval
from wasf.store.settings import Settings

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
