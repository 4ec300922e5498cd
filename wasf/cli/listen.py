"""`wasf listen`."""

from importlib.util import find_spec
from typing import Annotated

import typer

from wasf.cli.options import OrgName, app_for
from wasf.errors import MissingExtra
from wasf.sources import known_providers

REGISTERING = ", ".join(one.title for one in known_providers() if one.api and one.webhooks)


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
            help=f"Where this is reached from the internet: has {REGISTERING} send webhooks there.",
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            metavar="NAME",
            help="With --register: only this one, instead of all that are connected.",
        ),
    ] = None,
    org_name: OrgName = None,
) -> None:
    """Receive webhooks and log messages as they come."""
    app = app_for(ctx, org_name)
    if not all(map(find_spec, ("httptools", "prometheus_client", "starlette", "uvicorn"))):
        raise MissingExtra(
            "wasf listen needs a small web server that is not installed.",
            "pip install 'wasf[listen]'",
        )
    # optional: needs the extra `listen`
    from wasf.cli.webhook_listener import ListenRequest, run_listener

    request = ListenRequest(host, port, register or "", provider or "", org_name or "")
    run_listener(app, request)
