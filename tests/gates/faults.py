"""Every fault that an org or a network can show, at every request; and late commits.

After the fault cron runs again a minute later, and a day later with nothing disturbed any more.
"""

from dataclasses import replace
from itertools import count
from typing import Any

from tests.gates.parallel import Case, Tally
from tests.gates.sync_scenarios import set_up
from tests.gates.trial_run import DAY, State, Trial, Wrong

_ROWS = {"rows": [0, 1]}
_TIMES = {"times": 0}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "S1-refused": ("refuse", {"seconds": 0.03}),
    "S1-refused-long": ("refuse", {"seconds": 0.3}),
    "S2-reset-before": ("reset-before", {}),
    "S3-reset-after": ("reset-after", {}),
    "S3-reset-after-for-ever": ("reset-after", _TIMES),
    "S4-reset-mid-answer": ("reset-mid-answer", {}),
    "S5-closed-after": ("close-after", {}),
    "S6-truncated": ("truncated", {}),
    "S7-chunks-cut": ("chunked-cut", {}),
    "S8-drop-by-drop": ("slow-answer", {"seconds": 0.5}),
    "S9-hangs-before": ("hang-before", {}),
    "S10-hangs-after": ("hang-after", {}),
    "S11-late-commit": ("late-commit", {"held": True}),
    "S12-login-page": ("html", {}),
    "S12-login-page-for-ever": ("html", _TIMES),
    "S13-login-page-after": ("html-after", {}),
    "S13-login-page-after-for-ever": ("html-after", _TIMES),
    "S14-redirect": ("redirect", {}),
    "S15-unauthorized": ("unauthorized", {}),
    "S16-unauthorized-for-ever": ("unauthorized", _TIMES),
    "S17-unauthorized-page": ("unauthorized-html", {}),
    "S18-api-limit": ("api-limit", {}),
    "S19-too-many-requests": ("too-many-requests", {}),
    "S19-too-many-requests-wait": ("too-many-requests", {"retry_after": 1}),
    "S20-server-error": ("server-error", {}),
    "S20-server-error-for-ever": ("server-error", _TIMES),
    "S21-bad-gateway-after": ("gateway-after", {}),
    "S21-gateway-timeout-after": ("gateway-after", {"status": 504}),
    "S22-maintenance": ("maintenance", {}),
    "S23-row-locked": ("row-errors", _ROWS),
    "S23-row-locked-for-ever": ("row-errors", _ROWS | _TIMES),
    "S23-validation": ("row-errors", _ROWS | {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION"}),
    "S23-too-long": ("row-errors", _ROWS | {"code": "STRING_TOO_LONG"}),
    "S23-other-duplicate": ("row-errors", _ROWS | {"code": "DUPLICATE_VALUE"}),
    "S24-fewer-results": ("fewer-results", {}),
    "S25-other-ids": ("other-ids", {}),
    "S26-multiple": ("multiple", {}),
    "S27-wrong-charset": ("wrong-charset", {}),
    "S27-byte-order-mark": ("bom", {}),
    "S27-nan": ("nan", {}),
    "S28-huge": ("huge", {"megabytes": 20}),
    "S29-gzip-bomb": ("gzip-bomb", {"megabytes": 20}),
    "S30-moved": ("moved", {}),
    "S30-misdirected": ("moved", {"status": 421}),
    "S32-version-gone": ("version-gone", {}),
}
_REFUSES_A_FILE = {"S23-validation", "S23-too-long", "S23-other-duplicate"}
DELAYS = (0.3, 5.0, 30.0, 60.0, 120.0, 300.0, 450.0, 599.0)
"""Seconds after which a request commits whose connection is gone; Salesforce ends it after 600."""

_RUNS = (10.0, 40.0, 100.0, 250.0, 400.0, 590.0, 800.0, 950.0)
"""When cron runs again, in seconds after the run that met the fault."""

_PATIENCE = 0.2
_KEYS = ("unique", "standard")
STEP = 2
"""Each of so many cases; which of them differs by the way of the keys, so that 2 leaves no request
and no delay out; 1 takes all with both."""


def at_every_request(path: str, key: str, first: int, step: int) -> Tally:
    """Every kind of fault from the one at place `first` on, leaving steps.

    Each meets every `STEP`th request.
    """
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for kind in list(KINDS)[first::step]:
            place = list(KINDS).index(kind) + _KEYS.index(key)
            for number in count(1 + place % STEP, STEP):
                try:
                    if not _meets(trial, start, kind, number):
                        break
                except Wrong as wrong:
                    tally.fail(("fault", path, key, kind, number), wrong)
                tally.counts["faults"] += 1
    return tally


def at_that_request(path: str, key: str, kind: str, number: int) -> Tally:
    """One case of `at_every_request`."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        try:
            _meets(trial, trial.save(), kind, number)
        except Wrong as wrong:
            tally.fail(("fault", path, key, kind, number), wrong)
    return tally


def _meets(trial: Trial, start: State, kind: str, number: int) -> bool:
    """Whether a sync has that many requests; raises `Wrong` if the fault did harm."""
    trial.restore(start)
    trial.org.forget_requests()
    name, options = KINDS[kind]
    trial.truth = replace(trial.truth, refused_files=int(kind in _REFUSES_A_FILE))
    trial.org.fail(name, skip=number - 1, **options)
    trial.sync(patience=_PATIENCE)
    sent = [seen for seen in trial.org.requests if seen.path != "/services/data/"]
    trial.judge(done=False)
    trial.org.heal()
    if len(sent) < number:
        return False
    trial.sync(later=60.0)
    trial.judge(done=False)
    trial.finish()
    return True


def late(path: str, key: str, number: int, step: int = 1) -> Tally:
    """The commit of that request comes late, by each of the delays; cron goes on meanwhile.

    Of the delays each `step`th is taken, from one on that differs by request and way of the keys.
    """
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        first = (number + _KEYS.index(key)) % step
        for place in range(first, len(DELAYS), step):
            try:
                _comes_late(trial, start, number, DELAYS[place])
            except Wrong as wrong:
                tally.fail(("late", path, key, number), f"{DELAYS[place]} s: {wrong}")
            tally.counts["late commits"] += 1
    return tally


def _comes_late(trial: Trial, start: State, number: int, delay: float) -> None:
    trial.restore(start)
    trial.org.fail("late-commit", held=True, skip=number - 1)
    trial.sync()
    has_landed = False
    for later in _RUNS:
        if later > delay and not has_landed:
            trial.org.land()
            has_landed = True
        trial.sync(later=later)
        trial.judge(done=False)
    trial.finish(later=DAY)


def at_once(path: str, key: str, runs: int, rounds: int, machines: int) -> Tally:
    """So many runs start at the same moment: in one home, or each on a machine of its own."""
    tally = Tally()
    where = "on machines of their own" if machines else "at once"
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for _ in range(rounds):
            try:
                _race(trial, start, runs, machines=bool(machines))
            except Wrong as wrong:
                tally.fail(("at-once", path, key, runs, rounds, machines), wrong)
            tally.counts[f"rounds of {runs} runs {where}"] += 1
    return tally


def _race(trial: Trial, start: State, runs: int, *, machines: bool) -> None:
    trial.restore(start)
    homes = [trial.home / f"machine-{place}" if machines else trial.home for place in range(runs)]
    courses = trial.syncs([trial.environment | {"WASF_HOME": str(home)} for home in homes])
    allowed = {0} if machines else {0, 75}
    if not {course.code for course in courses} <= allowed:
        raise Wrong(f"ended with {[(course.code, course.err) for course in courses]}")
    trial.judge(done=False)
    if not machines:
        trial.finish()
    else:
        trial.judge(done=True)


CASES: tuple[Case, ...] = tuple(
    (path, key, first, 4)
    for path in ("files", "new-lead", "namesake")
    for key in _KEYS
    for first in range(4)
)
