"""`wasf doctor`."""

from typing import Annotated

import typer

from wasf.cli.options import Json, Org, app_for
from wasf.errors import WrongUsage

Install = Annotated[
    bool,
    typer.Option(
        "--install-key-field",
        help="Make the unique field that keeps a message from being logged twice; asks first.",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="With --install-key-field: do not ask, go on.")
]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe", help="Also try the key field: write a Task with a key, find it, delete it."
    ),
]


def doctor(
    ctx: typer.Context,
    install: Install = False,
    yes: Yes = False,
    probe: Probe = False,
    org_name: Org = None,
    json: Json = False,
) -> None:
    """Check all that a sync needs, and say how to mend what is missing."""
    app = app_for(ctx, org_name)
    if install:
        from wasf.cli.installing import install_key_field

        raise typer.Exit(install_key_field(app, yes=yes, json=json))
    if yes:
        raise WrongUsage("--yes says something about --install-key-field only.", "Leave it out.")
    from wasf.cli.examining import Examination
    from wasf.commands.doctor import checks_as_json, diagnose, exit_code
    from wasf.console import Console

    look = Examination(app, proves=probe)
    checks = diagnose(look.org, look.machine())
    console = Console()
    if json:
        console.json(checks_as_json(checks))
    else:
        console.checks(checks)
    raise typer.Exit(exit_code(checks))
