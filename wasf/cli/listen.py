"""`wasf listen`."""

from typing import Annotated

import typer

from wasf.cli.options import Org, app_for


def listen(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(help="The address to listen at; others than this machine's own are open.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 8787,
    register: Annotated[
        str | None,
        typer.Option(
            "--register",
            metavar="URL",
            help="Where this is reached from the internet: has TimelinesAI send webhooks there.",
        ),
    ] = None,
    org_name: Org = None,
) -> None:
    """Receive webhooks and log messages as they come, until it is stopped."""
    from wasf.cli.listening import ListenRequest, run_listen

    request = ListenRequest(host, port, register or "", org_name or "")
    raise typer.Exit(run_listen(app_for(ctx, org_name), request))
