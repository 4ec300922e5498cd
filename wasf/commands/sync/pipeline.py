"""`sync()`: read the sources, import, recover, match, plan, deliver and report, in this order.

A source is foreign code to the run: whatever it raises ends that source alone, and is told (W6).

Import and delivery are loaded where there is something to import or to deliver.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from wasf import late_modules, log
from wasf.commands.sync.logged_files import LoggedFiles
from wasf.commands.sync.report import (
    EndedRun,
    SyncReport,
    logged_chats,
    make_report,
    remember_reasons,
    size_notes,
)
from wasf.commands.sync.run import (
    ImportedChat,
    ImportOptions,
    ImportResult,
    SyncContext,
    SyncResult,
)
from wasf.core.chats import ChatId
from wasf.core.policy import LARGEST_BATCH
from wasf.errors import (
    TryLater,
    UnexpectedError,
    WasfError,
)
from wasf.interfaces import ChatReading, FileState, Reached, Source, Unchanged, Unreadable
from wasf.store.ledger import Ledger

if TYPE_CHECKING:
    from wasf.commands.sync import delivery, importer, joins, known_people, org_reports
else:  # a run that has nothing to do needs none of them
    delivery, importer, joins, known_people, org_reports = late_modules(
        __package__, "delivery", "importer", "joins", "known_people", "org_reports"
    )

_DAY = timedelta(days=1)


def sync(sources: Sequence[Source], context: SyncContext, options: ImportOptions) -> SyncReport:
    """Log what is new and return a report. A second run of the same writes nothing (W3).

    An error that ends the run early is in the report, with all that was done before it. Raise what
    a source raises before it reads anything, such as `WrongUsage`.
    """
    readings = Readings(sources)
    ended = _run(readings, context, options)
    ledger, org = context.ledger, context.org
    if ended.error is None:
        for kind in {source.kind for source in sources} - readings.failed:
            ledger.facts.save_last_synced(kind, context.clock())
    if context.dry_run:
        ended.result.notes += _size_notes(ended.result.tasks.total(), context)
    report = make_report(ended, ledger, org, context.chat_apis)
    remember_reasons(ledger, report)
    if ended.error is None:
        files = LoggedFiles(ledger, context.clock())
        files.remember(ended.imported.chats, logged_chats(report), readings.rewritten)
    if org.usage is not None:
        ledger.facts.save_api_usage(org.usage, context.clock())
    if context.has_shared_ledger and org.api_calls:
        ledger.facts.add_calls(org.api_calls, context.clock())
    ledger.finish_run(ended.run, context.clock(), report.messages.logged)
    return report


def _size_notes(tasks: int, context: SyncContext) -> list[str]:
    """Return what the next run costs, by what is known of the org."""
    facts, policy = context.ledger.facts, context.policy
    limit, key_field = facts.batch_limit(), facts.key_field()
    size = limit.size if limit else policy.batch_size
    in_jobs = size == LARGEST_BATCH and key_field is not None and key_field.is_unique
    return size_notes(tasks, size, policy, in_jobs=in_jobs)


def _run(
    readings: "Readings",
    context: SyncContext,
    options: ImportOptions,
) -> EndedRun:
    """Import and deliver, to the end or to the error that ends the run."""
    run = context.ledger.begin_run(context.clock(), context.run)
    result = SyncResult()
    imported = ImportResult()
    queued: dict[ChatId, int] | None = None
    error: WasfError | None = None
    try:
        context.ledger.reported_records.turn(on=context.policy.report_fields)
        context.ledger.answers.turn(on=context.policy.report_task is not None)
        _join_by_numbers(context)
        imported = _import(readings, context, options)
        queued = _queued(context.ledger)
        is_idle = not (imported.chats or any(queued.values()) or _has_unfinished_work(context))
        imported = replace(imported, chats=(*imported.chats, *readings.unchanged))
        log.event("imported", chats=len(imported.chats), queued=sum(queued.values()))
        if options.again:
            result.again.update(one.chat_id for one in imported.chats if one.chat_id)
        if not is_idle:
            is_idle = not _deliver(imported, context, result)
        if is_idle:
            _check_sign_in(context)
    except WasfError as end:
        error = end
    if queued is None:
        queued = _queued(context.ledger)
    return EndedRun(run, context.dry_run, result, imported, queued, error)


def _deliver(imported: ImportResult, context: SyncContext, result: SyncResult) -> bool:
    """Deliver, known people first; return whether there was anything to do."""
    if context.memory is not None:
        read = filter(None, (one.chat_id for one in imported.chats))
        if known_people.deliver_known(read, context, result):
            return True
    return delivery.deliver(context, result)


def _join_by_numbers(context: SyncContext) -> None:
    """Join the chats of one number that wasf 0.1.0 kept apart."""
    if sharing := context.ledger.search.sharing_numbers():
        joins.join_by_numbers(sharing, context, SyncResult())


def _import(readings: "Readings", context: SyncContext, options: ImportOptions) -> ImportResult:
    left = iter(readings)
    first = next(left, None)
    if first is None:
        return ImportResult()
    return importer.import_chats(chain((first,), left), context, options, readings.leave)


def _has_unfinished_work(context: SyncContext) -> bool:
    """Return whether an earlier run left something on its way, or this one has no sign-in."""
    ledger = context.ledger
    is_under_way = ledger.intents() or ledger.jobs.open() or ledger.pending_files()
    is_unfinished = context.not_connected or is_under_way
    if is_unfinished or (context.policy.report_fields and ledger.reported_records.has_due):
        return True
    if context.policy.report_task is None:
        return False
    return ledger.answers.has_due or org_reports.has_answer_work(context)


def _check_sign_in(context: SyncContext) -> None:
    """Raise `NotConnected` if the sign-in has ended; ask once a day where nothing else asks (W8).

    An org that does not answer just now is no failure of a run that has nothing to write.
    """
    seen = context.ledger.facts.api_usage()
    if context.dry_run or seen is None or abs(context.clock() - seen.at) < _DAY:
        return
    with suppress(TryLater):
        context.org.facts(frozenset())


def _queued(ledger: Ledger) -> dict[ChatId, int]:
    return {known.chat.id: known.queued for known in ledger.search.waiting()}


# --- What the sources yield ----------------------------------------------------------------------

Reading = ChatReading | Unreadable | Reached


class Readings:
    """The readings of some sources, once. `failed` are the kinds of those that were not read whole.

    `unchanged` are the chats of files that were not read, as nothing of them is new. Of these
    `rewritten` are those that were written again with the same bytes.

    Raise what a source raises before it reads anything, such as `WrongUsage`.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.failed: set[str] = set()
        self.unchanged: list[ImportedChat] = []
        self.rewritten: list[FileState] = []
        self._left = [(source.kind, self._opened(source)) for source in sources]

    def _opened(self, source: Source) -> Iterator[Reading | Unchanged]:
        try:
            return iter(source.read())
        except WasfError:
            raise
        except Exception as bug:  # whatever it is, the other sources are read
            self.failed.add(source.kind)
            return iter([Unreadable(source.kind, UnexpectedError.of(bug))])

    def __iter__(self) -> Iterator[Reading]:
        while self._left:
            kind, readings = self._left[0]
            try:
                reading = next(readings, None)
            except WasfError:
                raise
            except Exception as bug:  # whatever it is, the other sources are read
                reading = Unreadable(kind, UnexpectedError.of(bug))
                self.leave()
            if reading is None:
                del self._left[0]
            elif isinstance(reading, Unchanged):
                self.unchanged.append(_as_read(reading))
                self.rewritten.extend(filter(None, [reading.file]))
            else:
                yield reading

    def leave(self) -> None:
        """Go on with the next source. This one reads again, in the next run, what it yielded last.

        A source that remembers how far it is does so when it is asked for the next reading.
        """
        kind, _ = self._left.pop(0)
        self.failed.add(kind)


def _as_read(unchanged: Unchanged) -> ImportedChat:
    chat_id, title, messages, notices, _ = unchanged
    return ImportedChat(title, title, chat_id, messages, messages, notices=notices)
