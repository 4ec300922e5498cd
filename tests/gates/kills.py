"""Runs of wasf that are killed: at each failpoint, at each two of them, and at any moment.

After each kill the next runs, undisturbed, have to log everything once.
"""

import random
from itertools import count

from tests.gates.parallel import Case, Tally
from tests.gates.sync_scenarios import BULK, set_up
from tests.gates.trial_run import DAY, State, Trial, Wrong
from tests.servers.postgres import running_cluster

KILLED = -9


def at_one_point(path: str, key: str, first: int, step: int) -> Tally:
    """Kill at every failpoint from `first` on, leaving steps."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for point in count(first, step):
            case: Case = ("one-point", path, key, point, 10**9)
            try:
                if not _one(trial, start, point):
                    break
            except Wrong as wrong:
                tally.fail(case, wrong)
            tally.counts["kills at one failpoint"] += 1
    return tally


def _one(trial: Trial, start: State, point: int) -> bool:
    trial.restore(start)
    if trial.sync(kill=point).code != KILLED:
        return False
    trial.judge(done=False)
    trial.finish()
    return True


def at_two_points(path: str, key: str, first: int, step: int) -> Tally:
    """Kill at failpoints from `first` on by steps, then at all those of the run that recovers.

    Every other one is left out: the moment after something is the moment before the next.
    """
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        for point in count(first, step):
            trial.restore(start)
            if trial.sync(kill=point).code != KILLED:
                break
            _second(trial, (path, key, point), tally, 1, 2)
    return tally


def at_that_pair(path: str, key: str, point: int, second: int) -> Tally:
    """One case of `at_two_points`."""
    tally = Tally()
    with set_up(path, unique=key == "unique") as trial:
        trial.sync(kill=point)
        _second(trial, (path, key, point), tally, second, 10**9)
    return tally


def _second(trial: Trial, names: Case, tally: Tally, first: int, step: int) -> None:
    dead = trial.save()
    for second in count(first, step):
        trial.restore(dead)
        try:
            if trial.sync(kill=second, later=DAY).code != KILLED:
                break
            trial.judge(done=False)
            trial.finish(later=2 * DAY)
        except Wrong as wrong:
            tally.fail(("pair", *names, second), wrong)
        tally.counts["kills at two failpoints"] += 1
    trial.forget(dead)


def between_machines(first: int, step: int) -> Tally:
    """Kill a machine at failpoints of a backfill in a job; another one goes on with it."""
    tally = Tally()
    with running_cluster() as cluster, set_up(BULK, unique=True) as trial:
        trial.settings["WASF_LEDGER"] = cluster.address
        start, home, other = trial.save(), trial.home, trial.folder / "other"
        schema = f"wasf_{trial.org.org_id}"
        for point in count(first, step):
            trial.restore(start)
            cluster.ask(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
            if trial.sync(kill=point).code != KILLED:
                break
            trial.home = other
            try:
                trial.judge(done=False)
                trial.finish()
                if left := cluster.ask(f'SELECT job FROM "{schema}".intent'):
                    raise Wrong(f"the ledger: left open {left}")
            except Wrong as wrong:
                tally.fail(("machines", point, 10**9), wrong)
            tally.counts["kills with another machine"] += 1
            trial.home = home
    return tally


def at_any_moment(path: str, key: str, seed: int, most: int) -> Tally:
    """Kill at moments that chance names, until so many kills have hit."""
    tally = Tally()
    chance = random.Random(f"{path} {key} {seed}")
    with set_up(path, unique=key == "unique") as trial:
        start = trial.save()
        longest = trial.sync().seconds + 0.01
        while tally.counts["kills at random moments"] < most:
            trial.restore(start)
            after = chance.uniform(0.0, longest)
            try:
                if trial.sync(after=after).code != KILLED:
                    continue
                trial.judge(done=False)
                trial.finish()
            except Wrong as wrong:
                tally.fail(("moment", path, key, seed, most), f"after {after:.6f} s: {wrong}")
            tally.counts["kills at random moments"] += 1
    return tally
