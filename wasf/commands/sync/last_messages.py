"""Leads and Contacts tell when their chats' last messages were written (`report.fields`).

1. Before anything is sent, the records whose fields have to change are committed as due.
2. After the messages are logged, the fields of due records are read, and those that differ are
   written in collections. What they tell is committed then.

A run that is cut off between the two leaves them due. To write the same again is safe, so that an
unknown outcome needs no look-up. But an older write may still arrive after a newer one: until the
quarantine is over, due records stay due, and each sync compares them again. What a person typed
into these fields is overwritten by the next change.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from wasf.commands.sync.run import SyncContext, SyncResult
from wasf.commands.sync.task_batches import batches
from wasf.core.approval import may_be_logged
from wasf.core.chats import LastMessages, joined_last
from wasf.core.records import KnownChat, RecordId, Trace, was_touched
from wasf.core.refusals import LOCKED, RecordRefusal
from wasf.core.text import counted
from wasf.interfaces import FieldsChange, FieldsOutcome, OrgFacts, StoredFields
from wasf.store.ledger import WrittenFields


def due_records(context: SyncContext) -> dict[RecordId, LastMessages]:
    """Return what the fields of records are to tell that do not, and commit that they are due."""
    if not context.policy.report_fields:
        return {}
    records = context.ledger.reported_records
    known = records.candidates()
    wanted = _wanted(known, context)
    is_in_doubt = records.in_doubt_since() is not None
    due = {
        one: last
        for one, last in wanted.items()
        if last != known[one].last or (is_in_doubt and known[one].is_due)
    }
    new = [one for one in due if not known[one].is_due]
    settled = [one for one in known if one not in due and known[one].is_due]
    if new or settled:
        with context.ledger.transaction():
            records.mark_due(new)
            records.settle(settled)
    return due


def _wanted(
    known: Mapping[RecordId, WrittenFields], context: SyncContext
) -> dict[RecordId, LastMessages]:
    """Return what the chats of each record come to; a group tells nothing of one person."""
    of_record: defaultdict[RecordId, list[KnownChat]] = defaultdict(list)
    for chat in context.ledger.search.on_records(known):
        if chat.link and not chat.chat.is_group:
            of_record[chat.link.record_id].append(chat)
    return {one: joined_last(_last(chat, context) for chat in of_record[one]) for one in known}


def _last(known: KnownChat, context: SyncContext) -> LastMessages:
    return context.ledger.reported_records.last_messages(
        known.chat.id, with_queued=may_be_logged(known, context.policy)
    )


def write_last_messages(context: SyncContext, facts: OrgFacts, result: SyncResult) -> None:
    """Write the fields of due records, if they do not tell it already."""
    due = due_records(context)
    written = _write(due, context, facts, result) if due else 0
    if context.dry_run and context.policy.report_fields:
        written += result.leads_created  # they have no id to be read by
    if written:
        note = f"report.fields changes the last messages of {counted(written, 'record')}"
        result.notes.append(note)


def _write(
    due: Mapping[RecordId, LastMessages], context: SyncContext, facts: OrgFacts, result: SyncResult
) -> int:
    """Write what differs; return of how many records."""
    context.check_stop()
    records = context.ledger.reported_records
    stored = {one.id: one for one in context.org.read_fields(due)}
    records.forget_records(due.keys() - stored.keys())
    same = {one: last for one, last in due.items() if one in stored and stored[one].last == last}
    records.save_written({one: WrittenFields(last) for one, last in same.items()})
    changes = _changes({one: due[one] for one in stored if one not in same}, stored, context)
    written = 0
    since, now = records.in_doubt_since(), context.clock()
    for some in batches(changes):
        context.check_stop()
        records.save_in_doubt(now)
        written += _resolve(some, context.org.write_fields(some), context, facts, result)
    if since is not None and now - since < context.quarantine:
        records.mark_due(stored)
        records.save_in_doubt(since)
    elif since is not None or changes:
        records.save_in_doubt(None)
    return written


def _changes(
    due: Mapping[RecordId, LastMessages],
    stored: Mapping[RecordId, StoredFields],
    context: SyncContext,
) -> list[FieldsChange]:
    """Return the changes; of Leads that wasf created, and nobody touched, only if it stays so."""
    created = context.ledger.created_leads(due)
    written = context.ledger.reported_records.written(created)
    read_at = {
        one: stored[one].modified.at
        for one in created
        if not was_touched(stored[one].created, stored[one].modified)
        or (one in written and written[one].left == stored[one].modified)
    }
    return [FieldsChange(one, last, read_at.get(one)) for one, last in due.items()]


def _resolve(
    changes: Sequence[FieldsChange],
    outcomes: Sequence[FieldsOutcome],
    context: SyncContext,
    facts: OrgFacts,
    result: SyncResult,
) -> int:
    """Commit the outcomes; return how many were written.

    What was refused is tried again when a further message comes.
    """
    records = context.ledger.reported_records
    sent = {one.id: one for one in changes}
    done = {one.id: sent[one.id].last for one in outcomes if _is_written(one)}
    guarded = [one for one in done if sent[one].read_at is not None]
    left = _left(guarded, done, context, facts)
    records.save_written({one: WrittenFields(last, left.get(one)) for one, last in done.items()})
    records.forget_records(one.id for one in outcomes if one.is_gone)
    refused = {one.id: one.refusal for one in outcomes if one.refusal}
    records.settle(one for one, refusal in refused.items() if refusal.code != LOCKED)
    for refusal in dict.fromkeys(refused.values()):
        result.notes.append(_note(refusal, list(refused.values()).count(refusal)))
    return len(done)


def _left(
    guarded: Collection[RecordId],
    done: Mapping[RecordId, LastMessages],
    context: SyncContext,
    facts: OrgFacts,
) -> dict[RecordId, Trace]:
    """Return how Leads were left that wasf created, unless somebody has changed them since."""
    stored = context.org.read_fields(guarded) if guarded else ()
    return {
        one.id: one.modified
        for one in stored
        if one.last == done[one.id] and one.modified.by == facts.user_id
    }


def _is_written(outcome: FieldsOutcome) -> bool:
    return not (outcome.refusal or outcome.is_changed or outcome.is_gone)


def _note(refusal: RecordRefusal, count: int) -> str:
    return f"{refusal.of('the fields of report.fields')}; of {counted(count, 'record')}"
