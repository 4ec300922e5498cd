"""The program `wasf`: options before a command, and errors turned into messages and exit codes."""

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from wasf import __version__
from wasf.cli.command_table import CommandGroup, register_commands
from wasf.cli.signals import StopRequests
from wasf.errors import ExitCode, WasfError

program = typer.Typer(
    name="wasf",
    cls=CommandGroup,
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


register_commands(program)


@program.callback()
def about(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback answers it
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Brings WhatsApp chats into Salesforce: every message a Task on the right record."""
    # heavy: loaded when a command is called, so that --help does without
    from wasf.app import App

    ctx.obj = App(os.environ, ctx.obj)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Only this function catches everything: a `WasfError` is shown as its message and hint. Anything
    else is a bug, shown as a list of places in the code, without any value.
    """
    os.umask(0o077)
    _let_any_text_be_printed()
    stop = StopRequests()
    stop.install()
    try:
        return _run(arguments, stop)
    except WasfError as error:
        # heavy: loaded when there is something to show
        from wasf.console import Console

        Console().error(error)
        return error.exit_code
    except Exception as error:
        _show_bug(error)
        return ExitCode.FAILED


def _let_any_text_be_printed() -> None:
    """Print what the output's encoding lacks as an escape: names can be in any script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: Sequence[str] | None, stop: StopRequests) -> int:
    try:
        program(args=arguments, prog_name="wasf", obj=stop)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    return ExitCode.DONE


def _show_bug(error: Exception) -> None:
    lines = [f"wasf: this is a bug: {type(error).__name__}. What was logged so far is saved."]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    sys.stderr.write("\n".join(lines) + "\n")
