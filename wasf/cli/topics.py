"""`wasf help TOPIC`: what belongs to no single command."""

from typing import Annotated

import typer

from wasf.errors import WrongUsage

_TOPICS = "exit-codes"


def help_topic(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="exit-codes")] = _TOPICS,
) -> None:
    """Explain what belongs to no single command: exit-codes."""
    from wasf.console import Console

    if topic != _TOPICS:
        raise WrongUsage("There is no such topic.", f"there is: {_TOPICS}")
    Console().exit_codes()
