"""Records a run in the log of runs, from before the sign-in until its end (W8)."""

import dataclasses
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from wasf import __version__, log
from wasf.app import App
from wasf.commands.sync import SyncReport
from wasf.core import runs
from wasf.errors import ExitCode, WasfError
from wasf.store import runs as run_log
from wasf.store.ledger import RunId

ABOUT_FILES = frozenset({ExitCode.USAGE, ExitCode.MISFIT, ExitCode.BAD_DATA, ExitCode.NO_INPUT})
"""Errors whose message may name a file, and so a person: only what the code means is kept."""


class RunRecorder:
    """Takes note of what a run did; `run` is its id, None if it is not recorded."""

    def __init__(self, run: RunId | None) -> None:
        self.run = run
        self.org_id = ""
        self.report: SyncReport | None = None


@contextmanager
def recorded_run(app: App, command: str, *, dry_run: bool = False) -> Iterator[RunRecorder]:
    """Record that a run begins, and how it ends, however that is (W8); a dry run is not (W4)."""
    if dry_run:
        yield RunRecorder(None)
        return
    level = log.chosen_level(app.environment)
    started_at = app.now()
    run = run_log.RunLog(app.folders.run_log).begin(command, started_at)
    recorder = RunRecorder(RunId(run))
    ended = runs.RecordedRun(run, command, started_at)
    try:
        with log.writing(app.folders.log, level, run), _logged(command, recorder):
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
        ended = dataclasses.replace(ended, ended_at=app.now(), org_id=recorder.org_id)
        with suppress(WasfError):  # what was logged is in the ledger all the same
            run_log.RunLog(app.folders.run_log).end(ended)


@contextmanager
def _logged(command: str, recorder: RunRecorder) -> Iterator[None]:
    """Log how a run begins and ends, and what it did."""
    system = f"{platform.system()}-{platform.machine()}"
    python = platform.python_version()
    log.event("run began", command=command, wasf=__version__, python=python, system=system)
    try:
        yield
    except BaseException as error:
        log.failure(error)
        raise
    if (report := recorder.report) is None:
        return
    for failed in filter(None, [*(one.error for one in report.problems), report.error]):
        log.failure(failed)
    log.event("run ended", log.Level.INFO, exit_code=int(report.exit_code), **_figures(report))


def _figures(report: SyncReport) -> dict[str, int]:
    counts = report.messages
    return {
        "chats": len(report.chats),
        "read": counts.read,
        "logged": counts.logged,
        "already_logged": counts.already_logged,
        "waiting": counts.waiting,
        "skipped": counts.skipped,
        "refused": report.refused,
        "tasks": report.tasks_created,
        "new_leads": report.leads_created,
        "files": report.files_uploaded,
        "api_calls": report.api_calls,
    }


def _failed(run: runs.RecordedRun, code: ExitCode, message: str, hint: str) -> runs.RecordedRun:
    if code in ABOUT_FILES:
        message, hint = code.meaning, ""
    return dataclasses.replace(run, exit_code=int(code), message=message, hint=hint)


def _reported(run: runs.RecordedRun, report: SyncReport) -> runs.RecordedRun:
    run = dataclasses.replace(
        run,
        exit_code=int(report.exit_code),
        logged=report.messages.logged,
        tasks=report.tasks_created,
        leads=report.leads_created,
        api_calls=report.api_calls,
    )
    if report.error is not None:
        return _failed(run, report.error.exit_code, report.error.message, report.error.hint)
    if report.exit_code is not ExitCode.DONE:
        return dataclasses.replace(run, message=report.exit_code.meaning)
    return run
