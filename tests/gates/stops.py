"""Runs of wasf that are stopped: another machine does their work, then they go on where they were.

Nothing may be doubled. Without the unique key field only the question whether the lock is still
held keeps the first machine from sending once more, so there a stop comes before that question:
an admin lets the field take a value twice while the machine is stopped.
"""

from collections.abc import Sequence

from tests.gates.fork import STOPPED
from tests.gates.parallel import Tally
from tests.gates.sync_scenarios import set_up
from tests.gates.trial_run import Trial, Wrong
from tests.servers.postgres import Cluster, running_cluster
from tests.servers.salesforce.client import KEY_FIELD

_NEVER = 10**9
_ASKS_LATER = ("before vouch", "before ledger COMMIT", "after ledger COMMIT")


def while_another_machine_works(path: str, key: str, first: int, step: int) -> Tally:
    """Stop a sync at each `step`th of the failpoints that count, from `first` on."""
    tally = Tally()
    names = () if key == "unique" else _ASKS_LATER
    with running_cluster() as cluster, set_up(path, unique=True) as trial:
        trial.settings["WASF_LEDGER"] = cluster.address
        start = trial.save()
        points = _that_count(trial.sync(stop=_NEVER, only=names).points, names)
        for point in [one for one in points if one >= first][::step]:
            _forget(cluster)
            trial.restore(start)
            try:
                tally.counts["stops"] += _one(trial, cluster, point, names)
            except Wrong as wrong:
                tally.fail(("stops", path, key, point, _NEVER), f"{points[point]}: {wrong}")
    return tally


def between_question_and_request(path: str, first: int, step: int) -> Tally:
    """Stop a sync at each `step`th place after that question where nothing was sent whole yet.

    There the question helps no more: what is sent late is refused by the org, or harmless.
    """
    tally = Tally()
    with running_cluster() as cluster, set_up(path, unique=True) as trial:
        trial.settings["WASF_LEDGER"] = cluster.address
        start = trial.save()
        points = trial.sync(stop=_NEVER).points
        for point in [one for one in _after_question(points) if one >= first][::step]:
            _forget(cluster)
            trial.restore(start)
            try:
                tally.counts["stops"] += _one(trial, cluster, point, ())
            except Wrong as wrong:
                tally.fail(("late-requests", path, point, _NEVER), f"{points[point - 1]}: {wrong}")
    return tally


def _after_question(points: Sequence[str]) -> list[int]:
    found, is_after = list[int](), False
    for number, name in enumerate(points, 1):
        is_after = name == "after vouch" or (is_after and "recv_into" not in name)
        if is_after:
            found.append(number)
    return found


def with_sessions_ended(path: str, first: int, step: int) -> Tally:
    """End the session of a sync at statements of the shared ledger; then it syncs again."""
    tally = Tally()
    with running_cluster() as cluster, set_up(path, unique=True) as trial:
        trial.settings["WASF_LEDGER"] = cluster.address
        start = trial.save()
        points = trial.sync(stop=_NEVER).points
        of_ledger = [number for number, name in enumerate(points, 1) if name.endswith(_SAID)]
        for point in of_ledger[first - 1 :: step]:
            _forget(cluster)
            trial.restore(start)
            try:
                if trial.sync(stop=point).code != STOPPED:
                    raise Wrong("it was not stopped")
                cluster.end_sessions()
                woken = trial.go_on()
                trial.judge(done=False)
                trial.finish()
                if woken.code not in (0, 75):
                    raise Wrong(f"it ended with {woken.code}: {woken.err}")
            except Wrong as wrong:
                tally.fail(("sessions", path, point, _NEVER), f"{points[point - 1]}: {wrong}")
            tally.counts["ended sessions"] += 1
    return tally


_SAID = ("ledger statement", "ledger COMMIT", "vouch")


def _one(trial: Trial, cluster: Cluster, point: int, names: Sequence[str]) -> bool:
    """Return whether it was judged: not if this run came to another failpoint by that number.

    With `names` the key field takes a value twice.
    """
    home = trial.home
    if trial.sync(stop=point, only=names).code != STOPPED:
        raise Wrong("it was not stopped")
    cluster.end_sessions()
    trial.home = trial.folder / "other"
    try:
        try:
            trial.finish()
            if names:
                trial.org.add_field("Task", KEY_FIELD, length=64, external_id=True, id_lookup=True)
        finally:
            woken = trial.go_on()
        if point not in _that_count(woken.points, names):
            return False
        trial.judge(done=True)
    finally:
        trial.home = home
    if woken.code not in (0, 75):
        raise Wrong(f"it ended with {woken.code}: {woken.err}")
    return True


def _that_count(points: Sequence[str], names: Sequence[str]) -> dict[int, str]:
    """Return the failpoints at which a stop must double nothing, by number; `names`: only those."""
    counted = [name for name in points if not names or name in names]
    return dict(enumerate(counted, 1))


def _forget(cluster: Cluster) -> None:
    """Drop the org's schema."""
    for (schema,) in cluster.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'wasf\\_%'"):
        cluster.ask(f'DROP SCHEMA "{schema}" CASCADE')
