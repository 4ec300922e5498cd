"""The program: its commands, and the one place that turns errors into words and exit codes."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from wasf import __version__
from wasf.app import App
from wasf.cli import (
    config,
    connect,
    demo,
    doctor,
    forget,
    link,
    listen,
    orgs,
    purge,
    status,
    sync,
    trial_lead,
    undo,
    verify,
)
from wasf.cli import (
    help as topics,
)
from wasf.cli import (
    orgs as disconnect,
)
from wasf.cli.signals import StopRequests
from wasf.errors import ExitCode, WasfError

program = typer.Typer(
    name="wasf",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: wasf connect, or wasf demo. Exit codes: wasf help exit-codes.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"wasf {__version__}\n")
        raise typer.Exit


@program.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Brings WhatsApp chats into Salesforce: every message a Task on the right record."""


program.command("connect")(connect.connect)
program.command("disconnect")(disconnect.disconnect)
program.command("orgs")(orgs.orgs)
program.command("sync")(sync.sync)
program.command("listen")(listen.listen)
program.add_typer(config.program, name="config")
program.command("status")(status.status)
program.command("link")(link.link)
program.command("unlink")(link.unlink)
program.command("undo")(undo.undo)
program.command("verify")(verify.verify)
program.command("forget")(forget.forget)
program.command("purge")(purge.purge)
program.command("doctor")(doctor.doctor)
program.command("test-lead")(trial_lead.trial_lead)
program.command("demo")(demo.demo)
program.command("help")(topics.help_topic)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    The only place that catches everything: a `WasfError` becomes its sentence, anything else is a
    bug and becomes a trace of places, without the values that were at work there.
    """
    os.umask(0o077)
    _let_any_text_be_printed()
    stop = StopRequests()
    stop.install()
    try:
        return _run(arguments, App(os.environ, stop))
    except WasfError as error:
        from wasf.console import Console

        Console().error(error)
        return error.exit_code
    except Exception as error:
        _show_bug(error)
        return ExitCode.FAILED


def _let_any_text_be_printed() -> None:
    """Names hold every script, and a terminal or cron's mail may know only a few letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: Sequence[str] | None, app: App) -> int:
    try:
        program(args=arguments, prog_name="wasf", obj=app)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    return ExitCode.DONE


def _show_bug(error: Exception) -> None:
    import traceback

    lines = [f"wasf: this is a bug: {type(error).__name__}. What was logged so far is saved."]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    sys.stderr.write("\n".join(lines) + "\n")
