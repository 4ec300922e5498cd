"""The errors that a person can act on, as types: each has a message, a hint and an exit code.

A `WasfError` is raised where the facts are known and shown in one place. Any other exception that
reaches the top is a bug. The texts never hold chat text, phone numbers or tokens, because they end
up in terminals, mails of cron and bug reports.
"""

import traceback
from enum import IntEnum
from pathlib import Path
from typing import ClassVar, Self

_PACKAGE = Path(__file__).parent


class ExitCode(IntEnum):
    """How a run ended, for scripts and cron. The numbers do not change."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    NOT_CONNECTED = 4
    MISFIT = 5
    DIFFERENT = 6
    BAD_DATA = 65
    NO_INPUT = 66
    TRY_LATER = 75
    NO_PERMISSION = 77
    BAD_SETTINGS = 78
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """The line for the table of exit codes."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done; chats that wait for something are no failure",
    ExitCode.FAILED: "a bug in wasf, or something nobody expected",
    ExitCode.USAGE: "wrong usage: an unknown command, option or value",
    ExitCode.REFUSED: "finished, but Salesforce refused some records",
    ExitCode.NOT_CONNECTED: "not connected to Salesforce, or the sign-in is no longer valid",
    ExitCode.MISFIT: "an export does not fit what is known of its chat; nothing of it was taken",
    ExitCode.DIFFERENT: "verify: Salesforce and this machine do not agree",
    ExitCode.BAD_DATA: "a file is no exported chat, or cannot be read safely",
    ExitCode.NO_INPUT: "a file, a folder or a chat that was named is not there",
    ExitCode.TRY_LATER: "try again later: API limit, network, locked keyring, another run at work",
    ExitCode.NO_PERMISSION: "a Salesforce permission is missing",
    ExitCode.BAD_SETTINGS: "a setting, proxy or certificate is wrong, or an extra is missing",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C, between records, everything saved",
    ExitCode.OUTPUT_CLOSED: "what read the output, such as head, ended before all was printed",
    ExitCode.TERMINATED: "stopped by a signal to end, between records, everything saved",
}


class WasfError(Exception):
    """Something that a person can act on.

    `message` says what is wrong, `hint` what to do about it.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def with_hint(self, hint: str) -> Self:
        """Return the same error with another hint."""
        return type(self)(self.message, hint)


class UnexpectedError(WasfError):
    """A bug that one chat, file or source brought to light; the others go on (W6)."""

    @classmethod
    def of(cls, bug: Exception) -> "UnexpectedError":
        """Return the error that names the kind of exception and its place in wasf's code.

        The exception's own text is left out: it may hold what was read.
        """
        places = failing_places(bug)
        place = " in {}, line {}".format(*places[0].split(":")) if places else ""
        return cls(
            f"A bug in wasf: {type(bug).__name__}{place}. Nothing of this was taken.",
            "The rest was read. Please report this message: it holds nothing that was read.",
        )


def failing_places(error: BaseException) -> list[str]:
    """Return where in wasf's code an error was raised (`http.py:120`), the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [
        f"{Path(one.filename).relative_to(_PACKAGE).as_posix()}:{one.lineno}"
        for one in reversed(frames)
        if Path(one.filename).is_relative_to(_PACKAGE)
    ]


def named_error(error: Exception) -> WasfError:
    """Return a `WasfError` itself, and any other exception as `UnexpectedError`."""
    return error if isinstance(error, WasfError) else UnexpectedError.of(error)


class WrongUsage(WasfError):
    """A wrong argument or option, found after the command line was parsed."""

    exit_code = ExitCode.USAGE


class NotConnected(WasfError):
    """There is no sign-in, or Salesforce no longer accepts it."""

    exit_code = ExitCode.NOT_CONNECTED


class TokensUnusable(NotConnected):
    """Tokens cannot be kept or read here: no safe keyring, or a file that others can read."""


class UnreadableFile(WasfError):
    """A file is no export, or cannot be read safely."""

    exit_code = ExitCode.BAD_DATA


class ExportMisfit(WasfError):
    """The lines of an export do not match the known ones: another chat, or another clock."""

    exit_code = ExitCode.MISFIT


class UploadRefused(WasfError):
    """Salesforce does not accept a file: its Task is gone, or a rule forbids it."""


class MissingFile(WasfError):
    """A file or folder does not exist."""

    exit_code = ExitCode.NO_INPUT


class FileHeldBack(UnreadableFile):
    """This machine does not let a file be read now: no right, no handle, a failing disk."""


class TryLater(WasfError):
    """The same command can succeed later."""

    exit_code = ExitCode.TRY_LATER


class FileChanging(TryLater):
    """Something still writes a file, so that nothing of it is taken (I4)."""


class ApiLimitReached(TryLater):
    """The org's API calls for the day are used up, or what is left is reserved for others."""


class TooManyAtOnce(TryLater):
    """Too many requests were at work in the org at once, for longer than wasf waits."""


class QuotaSpent(TryLater):
    """The calls to the chat API are used up for this month."""


class AnotherRun(TryLater):
    """Another run of wasf holds the lock."""


class Unreachable(TryLater):
    """Salesforce did not answer, or the answer is not one of Salesforce's."""


class LedgerUnreachable(TryLater):
    """The database of a shared ledger does not answer, or has ended the connection."""


class KeyringLocked(TryLater):
    """The operating system's keyring is locked, or does not answer.

    It is a `TryLater`: its owner unlocks it by signing in to the desktop, and changes nothing else.
    """


class PermissionMissing(WasfError):
    """The connected user lacks a permission that a sync needs."""

    exit_code = ExitCode.NO_PERMISSION


class BadSetting(WasfError):
    """A setting has an unknown name or a value that cannot be used."""

    exit_code = ExitCode.BAD_SETTINGS


class SetupRefused(WasfError):
    """Salesforce does not allow the set-up that wasf needs."""

    exit_code = ExitCode.REFUSED


class StoreUnusable(WasfError):
    """A file that wasf keeps on this machine cannot be read or written."""


class MissingExtra(WasfError):
    """An optional part of wasf is not installed."""

    exit_code = ExitCode.BAD_SETTINGS


class CertificateRejected(WasfError):
    """A server's certificate is not trusted here. That stays so until a person changes something.

    So it is no `TryLater`: a service that takes 75 for a success would hide it.
    """

    exit_code = ExitCode.BAD_SETTINGS


class Stopped(WasfError):
    """A person or the system asked the run to end. It ended between records."""

    exit_code = ExitCode.INTERRUPTED


class Terminated(Stopped):
    """SIGTERM or SIGHUP asked the run to end."""

    exit_code = ExitCode.TERMINATED
