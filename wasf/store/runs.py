"""The log of runs (W8): one file for all orgs, as a run that cannot sign in has no ledger.

Each line is a JSON object. A run appends one when it begins, on the disk before it does anything
else, and one when it ends; a run without the second was killed. A line that a power cut left
incomplete is passed over. No line holds the names of files or people.
"""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from wasf.core.runs import RecordedRun
from wasf.store.files import brief_lock, private_folder, unusable, write_private

_LOCK_SECONDS: Final = 10.0
_MOST_BYTES: Final = 1_000_000
_KEPT: Final = 1_000  # runs, when the file has grown too large


class RunLog:
    """The runs that are remembered, in a file.

    Every method raises `StoreUnusable` if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, command: str, at: datetime) -> str:
        """Add a run that begins now; return its id: the second, and its number within that."""
        second = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        with self._lock():
            text = self._shortened(self._text())
            run = f"{second}-{text.count(_begins_with(second)) + 1}"
            started = {"begun": run, "command": command, "at": at.isoformat(), "pid": os.getpid()}
            self._append(text, started)
        return run

    def end(self, run: RecordedRun) -> None:
        """Add how a run ended."""
        with self._lock():
            self._append(
                self._text(),
                {
                    "ended": run.id,
                    "at": run.ended_at.isoformat() if run.ended_at else "",
                    "exit_code": run.exit_code,
                    "message": run.message,
                    "hint": run.hint,
                    "org": run.org_id,
                    "logged": run.logged,
                    "tasks": run.tasks,
                    "leads": run.leads,
                    "api_calls": run.api_calls,
                },
            )

    def runs(self) -> list[RecordedRun]:
        """Return all runs, newest first."""
        begun: dict[str, dict[str, object]] = {}
        ended: dict[str, dict[str, object]] = {}
        for line in _lines(self._text()):
            if "begun" in line:
                begun[str(line["begun"])] = line
            else:
                ended[str(line.get("ended", ""))] = line
        return [_run(line, ended.get(run)) for run, line in reversed(begun.items())]

    def _lock(self) -> AbstractContextManager[None]:
        return brief_lock(
            self._path.with_suffix(".lock"), _LOCK_SECONDS, "writes to the log of runs"
        )

    def _text(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise unusable(self._path, error) from error

    def _shortened(self, text: str) -> str:
        """Return the text, written anew with the latest runs only if it has grown too large."""
        if len(text) <= _MOST_BYTES:
            return text
        text = "".join(f"{line}\n" for line in text.splitlines()[-2 * _KEPT :])
        write_private(self._path, text)
        return text

    def _append(self, text: str, line: dict[str, object]) -> None:
        """Append a line, on the disk when this returns; `text` is what the file holds."""
        start = "\n" if text and not text.endswith("\n") else ""
        private_folder(self._path.parent)
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab") as file:
                file.write(f"{start}{json.dumps(line)}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise unusable(self._path, error) from error


def _begins_with(second: str) -> str:
    return f'"begun": "{second}-'


def _lines(text: str) -> Iterator[dict[str, object]]:
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _run(begun: dict[str, object], ended: dict[str, object] | None) -> RecordedRun:
    run = RecordedRun(
        id=str(begun["begun"]),
        command=str(begun.get("command", "")),
        started_at=datetime.fromisoformat(str(begun["at"])),
    )
    if ended is None:
        return replace(run, is_running=_is_alive(begun.get("pid")))
    code, at = ended.get("exit_code"), str(ended.get("at", ""))
    return replace(
        run,
        ended_at=datetime.fromisoformat(at) if at else None,
        exit_code=code if isinstance(code, int) else None,
        message=str(ended.get("message", "")),
        hint=str(ended.get("hint", "")),
        org_id=str(ended.get("org", "")),
        logged=_number(ended, "logged"),
        tasks=_number(ended, "tasks"),
        leads=_number(ended, "leads"),
        api_calls=_number(ended, "api_calls"),
    )


def _number(line: dict[str, object], name: str) -> int:
    value = line.get(name)
    return value if isinstance(value, int) else 0


def _is_alive(pid: object) -> bool:
    """Return whether the process of a run is there; Windows has no harmless way to ask."""
    if not isinstance(pid, int) or os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
