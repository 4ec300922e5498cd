"""Creates Leads together with their first Tasks, so that no Lead is made a second time.

A Lead has no unique field, but a Task has one, its key. Both go as two collections of one Composite
request that is executed as a whole or not at all. So one that arrives late, after another machine
has done its work, is refused for the keys, and its Leads with it.

What Salesforce refuses for another reason comes back: the Lead goes the usual way then (`leads`),
which tells the reason, and its Tasks go after it. So it is with texts that a Composite request
would take for a reference.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from wasf.core.records import NewLead, Task, TaskKey
from wasf.interfaces import KeyField, LeadNotSent, LeadOutcome, LeadTaken, LeadWritten, TaskLogged
from wasf.salesforce import leads
from wasf.salesforce.api import (
    MOST_RECORDS,
    CompositePart,
    Inserted,
    Object,
    Rejected,
    RequestFailed,
    RestClient,
    collection_body,
    composite_body,
    composite_parts,
    insert_results,
    not_understood,
)
from wasf.salesforce.task_calls import outcome_of_rejected, task_body, texts_of

_TRIES: Final = 3
"""So often Leads are sent that were refused only because of others in their call."""

_ROLLED_BACK: Final = "ALL_OR_NONE_OPERATION_ROLLED_BACK"

_Results = list[Inserted | Rejected]
_ByKey = dict[TaskKey, Inserted | Rejected]


class _New(NamedTuple):
    """A Lead with its Tasks, and its place among all."""

    place: int
    lead: NewLead
    tasks: Sequence[Task]


def create(
    client: RestClient,
    new: Sequence[NewLead],
    tasks: Sequence[Sequence[Task]],
    key_field: KeyField,
    writable: frozenset[str],
) -> list[LeadOutcome]:
    """Create Leads, each with its Tasks, 200 in a call; return the outcomes in order.

    No further call is made after one that was not executed.
    """
    everything = [
        _New(place, lead, some) for place, (lead, some) in enumerate(zip(new, tasks, strict=True))
    ]
    outcomes: dict[int, LeadOutcome] = {}
    unsent: LeadNotSent | None = None
    for call in _calls(one for one in everything if _fits(one, writable, key_field)):
        if unsent:
            outcomes |= dict.fromkeys((one.place for one in call), unsent)
            continue
        outcomes |= _send(client, call, writable, key_field)
        unsent = next((one for one in outcomes.values() if isinstance(one, LeadNotSent)), None)
    rest = [one for one in everything if one.place not in outcomes]
    left = [one.lead for one in rest]
    alone = [unsent] * len(rest) if unsent else leads.create(client, left, writable)
    outcomes |= zip((one.place for one in rest), alone, strict=True)
    return [outcomes[place] for place in range(len(new))]


def _fits(one: _New, writable: frozenset[str], key_field: KeyField) -> bool:
    """Whether a Lead has Tasks, and no text in either would be taken for a reference."""
    bodies = [leads.lead_body(one.lead, writable), *(task_body(it, key_field) for it in one.tasks)]
    return bool(one.tasks) and leads.REFERENCE not in json.dumps(bodies)


def _calls(new: Iterable[_New]) -> Iterator[list[_New]]:
    """Yield neighbours with the same headers, as many as two collections of a call can hold."""
    for _, group in groupby(new, key=lambda one: leads.headers_of(one.lead)):
        call: list[_New] = []
        for one in group:
            rows = sum(len(other.tasks) for other in call) + len(one.tasks)
            if call and (rows > MOST_RECORDS or len(call) == MOST_RECORDS):
                yield call
                call = []
            call.append(one)
        yield call


def _send(
    client: RestClient, call: Sequence[_New], writable: frozenset[str], key_field: KeyField
) -> dict[int, LeadOutcome]:
    """Create the Leads of a call; return the outcomes, without those that are to go alone."""
    outcomes: dict[int, LeadOutcome] = {}
    left = list(call)
    for _ in range(_TRIES):
        if not left:
            break
        try:
            told = _insert(client, left, writable, key_field)
        except RequestFailed as failed:
            if not failed.is_refused_content:
                outcomes |= dict.fromkeys((one.place for one in left), leads.lost(failed))
            break
        outcomes |= {place: outcome for place, outcome in told.items() if outcome}
        if not told:  # nobody knows which of them were refused
            break
        left = [one for one in left if one.place not in told]
    return outcomes


def _insert(
    client: RestClient, call: Sequence[_New], writable: frozenset[str], key_field: KeyField
) -> dict[int, LeadOutcome | None]:
    """Send one request; return the outcomes, None for a Lead that was refused, or its Tasks.

    Leads that were refused only because of others are not in it.
    """
    tasks = [task for one in call for task in one.tasks]
    answers = client.write("composite", _body(call, writable, key_field))
    of_leads, of_tasks = composite_parts(answers, 2)
    made = _results(of_leads, "Lead", len(call))
    logged = _results(of_tasks, "Task", len(tasks))
    if _are_there(made) and _are_there(logged):
        ids = dict(zip((task.key for task in tasks), logged, strict=True))
        return {
            one.place: LeadWritten(lead.id, _logged(one.tasks, ids))
            for one, lead in zip(call, made, strict=True)
            if isinstance(lead, Inserted)
        }
    if _are_there(made) or _are_there(logged):
        raise not_understood("only some of what goes together was written")
    refused = dict(zip((task.key for task in tasks), logged, strict=False))
    told: dict[int, LeadOutcome | None] = {}
    for number, one in enumerate(call):
        if made and _is_at_fault(made[number]):
            told[one.place] = None
        elif any(_is_at_fault(refused.get(task.key)) for task in one.tasks):
            there = _there(one.tasks, refused, key_field)
            told[one.place] = LeadTaken(there) if there else None
    return told


def _body(call: Sequence[_New], writable: frozenset[str], key_field: KeyField) -> Object:
    """Return the request: the Leads, then their Tasks, which name them by their places."""
    new = [leads.lead_body(one.lead, writable) for one in call]
    tasks = [
        task_body(task, key_field) | {"WhoId": f"@{{part0[{number}].id}}"}
        for number, one in enumerate(call)
        for task in one.tasks
    ]
    to_insert = [("Lead", new), ("Task", tasks)]
    parts: list[Object] = [
        {
            "method": "POST",
            "url": "composite/sobjects",
            "httpHeaders": {**leads.headers_of(call[0].lead)},
            "body": collection_body(kind, records),
        }
        for kind, records in to_insert
    ]
    return composite_body(parts, all_or_none=True)


def _results(part: CompositePart, kind: str, count: int) -> _Results:
    """Return what became of each record of a part; [] if the whole part was refused."""
    rows = part.body if isinstance(part.body, list) else []
    if not all(isinstance(row, dict) and "success" in row for row in rows):
        return []
    results = insert_results(rows, kind, count) if rows else []
    if part.status >= 300 and _are_there(results):
        raise not_understood("it calls what was written a failure")
    return results


def _are_there(results: _Results) -> bool:
    return bool(results) and all(isinstance(one, Inserted) for one in results)


def _is_at_fault(result: Inserted | Rejected | None) -> bool:
    """Whether a record was refused for itself, and not because of another one."""
    return isinstance(result, Rejected) and result.code != _ROLLED_BACK


def _logged(tasks: Sequence[Task], results: _ByKey) -> tuple[TaskLogged, ...]:
    return tuple(
        TaskLogged(task.key, result.id)
        for task in tasks
        if isinstance(result := results[task.key], Inserted)
    )


def _there(tasks: Sequence[Task], results: _ByKey, key_field: KeyField) -> tuple[TaskLogged, ...]:
    """Return the Tasks whose key is there already."""
    outcomes = [
        outcome_of_rejected(task.key, result, texts_of([task]), key_field)
        for task in tasks
        if isinstance(result := results.get(task.key), Rejected)
    ]
    return tuple(one for one in outcomes if isinstance(one, TaskLogged))
