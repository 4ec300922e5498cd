"""`wasf help TOPIC`: what belongs to no single command."""

from typing import Annotated

import typer

from wasf.errors import WrongUsage

_EXIT_CODES, _APP = "exit-codes", "app"


def help_topic(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="exit-codes, app")] = _EXIT_CODES,
) -> None:
    """Explain what belongs to no single command: exit-codes, app (what an admin sets up)."""
    from wasf.console import Console

    match topic:
        case "exit-codes":
            Console().exit_codes()
        case "app":
            from wasf.commands.app_setup import app_steps
            from wasf.salesforce.doors import PORTS, redirect_uri

            Console().say(app_steps([redirect_uri(port) for port in PORTS]))
        case _:
            raise WrongUsage("There is no such topic.", f"there are: {_EXIT_CODES}, {_APP}")
