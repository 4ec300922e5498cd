"""No room, no right to write, no handles: a run says so, and loses nothing."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.gates.parallel import Tally
from tests.gates.sync_scenarios import set_up
from tests.gates.trial_run import State, Trial, Wrong

_NOBODY = 65534
CODES = {0, 1, 65, 75}
"""Done, or failed, or a chat could not be read, or the org not be reached."""


def no_room(path: str, key: str, first: int, last: int, step: int) -> Tally:
    """Files may grow to so many bytes, as on a disk that is full from there on."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for largest in range(first, last, step):
            try:
                _short_of(trial, start, largest=largest)
            except Wrong as wrong:
                tally.fail(("no-room", path, key, largest, largest + 1, 1), wrong)
            tally.counts["limits of a file's size"] += 1
    return tally


def no_handles(path: str, key: str, first: int, last: int) -> Tally:
    """A run may open so many files and connections at once."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for handles in range(first, last):
            try:
                _short_of(trial, start, handles=handles)
            except Wrong as wrong:
                tally.fail(("no-handles", path, key, handles, handles + 1), wrong)
            tally.counts["limits of open files"] += 1
    return tally


def _short_of(trial: Trial, start: State, **limit: int) -> None:
    trial.restore(start)
    course = trial.sync(**limit)
    if course.code not in CODES:
        raise Wrong(f"ended with {course.code}: {course.err}")
    trial.judge(done=False)
    trial.finish()


def _everything(home: Path) -> list[Path]:
    return [home, *sorted(home.rglob("*"))]


def _ledgers(home: Path) -> list[Path]:
    return sorted(home.rglob("ledger.sqlite3"))


READ_ONLY: dict[str, Callable[[Path], list[Path]]] = {
    "everything": _everything,
    "the-home-folder": lambda home: [home],
    "the-ledger": _ledgers,
    "the-ledgers-folder": lambda home: [path.parent for path in _ledgers(home)],
    "the-ledger-and-its-folder": lambda home: [
        place for path in _ledgers(home) for place in (path, path.parent)
    ],
}


def read_only(path: str, key: str, what: str, is_new: int) -> Tally:
    """What is in the home folder may be read only; `is_new`: no run was there before."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        trial.folder.chmod(0o755)
        if not is_new:
            chat, trial.arguments = trial.arguments, []
            trial.sync()
            trial.arguments = chat
        for place in _everything(trial.home):
            os.chown(place, _NOBODY, _NOBODY) if os.getuid() == 0 else None
        modes = {place: place.stat().st_mode for place in READ_ONLY[what](trial.home)}
        for place, mode in modes.items():
            place.chmod(mode & ~0o222)
        try:
            course = trial.sync(stranger=True)
            trial.judge(done=False)
            if course.code not in CODES:
                raise Wrong(f"ended with {course.code}: {course.err}")
            for place, mode in modes.items():
                place.chmod(mode)
            trial.finish()
        except Wrong as wrong:
            tally.fail(("read-only", path, key, what, is_new), wrong)
    tally.counts["places that are read only"] += 1
    return tally
