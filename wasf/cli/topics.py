"""`wasf help TOPIC`: what belongs to no single command."""

from enum import StrEnum
from typing import Annotated, assert_never

import typer


class Topic(StrEnum):
    """What there is to be explained."""

    EXIT_CODES = "exit-codes"
    APP = "app"


def help_topic(
    topic: Annotated[
        Topic, typer.Argument(metavar="TOPIC", help="What to explain.")
    ] = Topic.EXIT_CODES,
) -> None:
    """Explain what belongs to no single command: exit-codes, app (what an admin sets up)."""
    from wasf.console import Console

    match topic:
        case Topic.EXIT_CODES:
            Console().exit_codes()
        case Topic.APP:
            from wasf.commands.app_setup import app_steps
            from wasf.salesforce.auth.callback import PORTS, redirect_uri

            Console().say(app_steps([redirect_uri(port) for port in PORTS]))
        case _:
            assert_never(topic)
