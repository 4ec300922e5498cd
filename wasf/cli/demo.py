"""`wasf demo`: the whole job with no Salesforce account."""

from typing import Annotated

import typer

from wasf.app import App


def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End by itself after the report.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Only run the local org, and say how to use it.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 takes a free one.")] = 0,
) -> None:
    """Show the whole job on this machine: a local org, sample chats, a page to look at."""
    from wasf.cli.demonstrating import run_demo, serve_org

    app: App = ctx.obj
    raise typer.Exit(serve_org(app, port) if serve else run_demo(app, port, once=once))
