"""`wasf runs`: the runs that are remembered, with what of each is undone (W8).

Runs come from the log of runs, and from the ledgers: those know what is undone, what a run that was
killed had logged, and the runs of before there was a log.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wasf.core.runs import RecordedRun
from wasf.store.ledger import Ledger, RunCounts, RunId, RunRecord

_COMMAND_OF_OLD = "sync"
_NOTHING = RunCounts(0, 0, 0)


def all_runs(
    logged: Iterable[RecordedRun], ledgers: Mapping[str, Ledger], *, with_counts: bool = True
) -> list[RecordedRun]:
    """Return all runs, newest first. `ledgers` are those of the orgs, by the org's id.

    `with_counts`: also how much of runs that were killed is in Salesforce; that takes about a
    second for a few million messages.
    """
    runs = {run.id: run for run in logged}
    for org_id, ledger in ledgers.items():
        records = ledger.run_records()
        is_known = all((run := runs.get(one.id)) and run.ended_at for one in records)
        counts = ledger.written_counts() if with_counts and not is_known else {}
        undone = ledger.undone_counts()
        for record in records:
            run = _with_record(runs.get(record.id), record, counts)
            runs[record.id] = replace(run, org_id=org_id, tasks_undone=undone.get(record.id, 0))
    return sorted(runs.values(), key=lambda run: (run.started_at, _number(run.id)), reverse=True)


def _with_record(
    known: RecordedRun | None, record: RunRecord, counts: Mapping[RunId, RunCounts]
) -> RecordedRun:
    """Return what the log knows of a run, else what the ledger does."""
    if known is not None and known.ended_at is not None:
        return known
    run = known or RecordedRun(
        record.id, _COMMAND_OF_OLD, record.started_at, ended_at=record.finished_at
    )
    messages, tasks, leads = counts.get(record.id, _NOTHING)
    return replace(run, logged=record.logged or messages, tasks=tasks, leads=leads)


def _number(run_id: str) -> int:
    """Return the number of a run within its second."""
    number = run_id.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def undoable(runs: Sequence[RecordedRun]) -> Iterator[RunId]:
    """Yield the ids of the runs that may have written something."""
    return (RunId(run.id) for run in runs if run.tasks or run.ended_at is None)
