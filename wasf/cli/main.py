"""The entry point: signals, global options, and errors as messages and exit codes."""

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.exceptions import ClickException  # Typer's own copy; it has no public name

from wasf import __version__, late_modules
from wasf.cli.command_table import CommandGroup
from wasf.errors import ExitCode, Stopped, Terminated, WasfError, WrongUsage

if TYPE_CHECKING:
    from wasf import app, console
else:  # `wasf --help` needs neither
    app, console = late_modules("wasf", "app", "console")

# --- Signals -------------------------------------------------------------------------------------

_STDERR = 2
_FINISHING = b"\nFinishing the current request. Press Ctrl-C again to stop at once.\n"
_SAVED = "what was done so far is saved; run the same command again to go on"


class StopRequests:
    """Turns SIGINT, SIGTERM and SIGHUP into exceptions, at once or when it is safe.

    Inside `held_back()` a first signal is only remembered; `check()` raises it where the run can
    end cleanly. A second signal ends the run at once. Outside of `held_back()` nothing has been
    saved, so the message does not promise it.
    """

    def __init__(self) -> None:
        self._holding_back = False
        self._asked: WasfError | None = None

    def install(self) -> None:
        """Handle the signals of this process, but not a SIGHUP that `nohup` has switched off."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)

    def check(self) -> None:
        """Raise if somebody asked the run to end."""
        if self._asked is not None:
            raise self._asked

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Remember a first signal instead of raising it."""
        self._holding_back = True
        try:
            yield
        finally:
            self._holding_back = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        kind = Stopped if number == signal.SIGINT else Terminated
        error = kind("stopped", _SAVED if self._holding_back else "")
        if self._holding_back and self._asked is None:
            self._asked = error
            if number == signal.SIGINT and os.isatty(_STDERR):
                os.write(_STDERR, _FINISHING)  # safe in a handler, where a stream may be in use
            return
        raise error


# --- The program ---------------------------------------------------------------------------------

program = typer.Typer(
    name="wasf",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: wasf connect, or wasf demo. Topics, such as settings: wasf help.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"wasf {__version__}\n")
        raise typer.Exit


@program.callback()
def about(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback answers it
        bool,
        typer.Option(
            "--version", "-V", help="Print the version.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Brings WhatsApp chats into Salesforce: every message a Task on the right record."""
    ctx.obj = app.App(os.environ, ctx.obj)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code.

    Only this function catches everything: a `WasfError` is shown as its message and hint. Anything
    else is a bug, shown as a list of places in the code, without any value. With `--json` each is
    also one object on standard output. Where the output could not be written, what was done stays
    done, and a code that tells of a failure stays.
    """
    as_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    _let_any_text_be_printed()
    stop = StopRequests()
    stop.install()
    try:
        code = _run(arguments, stop, as_json=as_json)
        fault = _output_fault()
    except WasfError as error:
        _show_error(error, as_json=as_json)
        code, fault = error.exit_code, _output_fault()
    except Exception as error:
        code, fault = ExitCode.DONE, _output_fault()
        if fault is None:
            _show_bug(error, as_json=as_json)
            return ExitCode.FAILED
    return code if fault is None else _without_output(code, fault)


def _let_any_text_be_printed() -> None:
    """Print what the output's encoding lacks as an escape: names can be in any script."""
    out = sys.stdout
    if out is sys.__stdout__ and isinstance(out, TextIOWrapper):
        encoding, by_line = out.encoding, out.line_buffering
        sys.stdout = _Output(out.detach(), encoding=encoding, line_buffering=by_line)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _Output(TextIOWrapper):
    """Standard output that remembers why it could not be written, in `fault`."""

    fault: OSError | None = None

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as fault:
            self.fault = fault
            raise

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as fault:
            self.fault = fault
            raise


def _run(arguments: Sequence[str] | None, stop: StopRequests, *, as_json: bool) -> int:
    try:
        program(args=arguments, prog_name="wasf", obj=stop)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # so end rich and Typer themselves
            return ExitCode.OUTPUT_CLOSED
        if as_json and isinstance(end.__context__, ClickException):  # shown by Typer for people
            _print_json(WrongUsage(end.__context__.format_message()))
        return end.code if isinstance(end.code, int) else ExitCode.DONE
    return ExitCode.DONE


def _show_error(error: WasfError, *, as_json: bool) -> None:
    if as_json:
        _print_json(error)
    console.Console().error(error)


def _print_json(error: WasfError) -> None:
    """Print the one object of a command that failed before it had a result."""
    console.Console().json(console.error_json(error))


def _output_fault() -> OSError | None:
    """Return why the output could not be written, None if it was."""
    with suppress(OSError):
        sys.stdout.flush()
    return sys.stdout.fault if isinstance(sys.stdout, _Output) else None


def _without_output(code: int, fault: OSError) -> int:
    """Say that the output could not be written, unless its reader has gone; return the code."""
    # What could not be written would be tried again, and fail, when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(fault, BrokenPipeError):
        return code or ExitCode.OUTPUT_CLOSED
    sys.stderr.write(f"wasf: the output could not be written: {fault.strerror}.\n")
    return code or ExitCode.TRY_LATER


def _show_bug(error: Exception, *, as_json: bool) -> None:
    if as_json:
        _print_json(WasfError(f"this is a bug: {type(error).__name__}"))
    lines = [f"wasf: this is a bug: {type(error).__name__}. What was logged so far is saved."]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    sys.stderr.write("\n".join(lines) + "\n")
