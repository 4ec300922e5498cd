"""Keeps a record of a run, from before it signs in until it ended, however that is (W8)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from wasf.app import App
from wasf.commands.sync import SyncReport
from wasf.core.runs import RecordedRun
from wasf.errors import ExitCode, WasfError
from wasf.store.ledger import RunId
from wasf.store.runs import RunLog

_ABOUT_FILES = frozenset({ExitCode.USAGE, ExitCode.MISFIT, ExitCode.BAD_DATA, ExitCode.NO_INPUT})
"""Errors whose message may name a file, and so a person: only what the code means is kept."""


class RunRecorder:
    """Takes note of what a run did; `run` is its id, None if it is not recorded."""

    def __init__(self, run: RunId | None) -> None:
        self.run = run
        self.org_id = ""
        self.report: SyncReport | None = None


@contextmanager
def recorded_run(app: App, command: str, *, dry_run: bool = False) -> Iterator[RunRecorder]:
    """Record that a run begins, and how it ends; a dry run is not recorded (W4)."""
    if dry_run:
        yield RunRecorder(None)
        return
    started_at = app.now()
    run = RunLog(app.folders.run_log).begin(command, started_at)
    recorder = RunRecorder(RunId(run))
    ended = RecordedRun(run, command, started_at)
    try:
        yield recorder
    except WasfError as error:
        ended = _failed(ended, error.exit_code, error.message, error.hint)
        raise
    except BaseException as bug:
        ended = _failed(ended, ExitCode.FAILED, f"a bug in wasf: {type(bug).__name__}", "")
        raise
    else:
        if recorder.report is not None:
            ended = _reported(ended, recorder.report)
    finally:
        ended = replace(ended, ended_at=app.now(), org_id=recorder.org_id)
        with suppress(WasfError):  # what was logged is in the ledger all the same
            RunLog(app.folders.run_log).end(ended)


def _failed(run: RecordedRun, code: ExitCode, message: str, hint: str) -> RecordedRun:
    if code in _ABOUT_FILES:
        message, hint = code.meaning, ""
    return replace(run, exit_code=int(code), message=message, hint=hint)


def _reported(run: RecordedRun, report: SyncReport) -> RecordedRun:
    run = replace(
        run,
        exit_code=int(report.exit_code),
        logged=report.messages.logged,
        tasks=report.tasks_created,
        leads=report.leads_created,
    )
    if report.error is not None:
        return _failed(run, report.error.exit_code, report.error.message, report.error.hint)
    if report.exit_code is not ExitCode.DONE:
        return replace(run, message=report.exit_code.meaning)
    return run
