"""`wasf sync`: read, take in, match, plan, write, report. One way, no step looks back.

    source ─► intake ─► ledger ─► match ─► plan ─► deliver ─► ledger ─► report

Everything that was read is in the ledger before anything is sent; what cannot be logged now waits
there with its reason, and the next sync takes it up again without the file.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from wasf.commands.status import remember_synced, remember_usage
from wasf.commands.sync.importer import ImportOptions, ImportResult, take_in
from wasf.commands.sync.leads import Blocked, change_leads, create_leads
from wasf.commands.sync.outbox import log_messages, recover, waits_for_window
from wasf.commands.sync.report import Ended, SyncReport, make_report, remember_reasons
from wasf.commands.sync.run import Reason, SyncContext, SyncResult
from wasf.commands.sync.uploads import ReadFile, upload_files
from wasf.core.chats import ChatId, Phone
from wasf.core.matching import Directory
from wasf.core.plan import Circumstances, Logs, Plan
from wasf.core.planner import make_plan, search_for
from wasf.core.policy import SyncPolicy
from wasf.core.records import KnownChat, Link
from wasf.core.tasks import closed_task_status, open_until
from wasf.errors import WasfError
from wasf.interfaces import ChatReading, Org, OrgFacts, Progress, Reached, Source, Unreadable
from wasf.store.ledger.facts import remember_key_field
from wasf.store.ledger.model import Ledger


@dataclass(frozen=True, slots=True)
class SyncTools:
    """The adapters that a sync works with."""

    org: Org
    ledger: Ledger
    read_file: ReadFile
    clock: Callable[[], datetime]
    progress: Progress
    check_stop: Callable[[], None]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What was chosen for a run, besides the rules.

    `quarantine` is how long an outcome that nobody knows is left alone where keys are not unique.
    """

    rules: SyncPolicy
    intake: ImportOptions
    quarantine: timedelta
    dry_run: bool = False


def sync(sources: Sequence[Source], tools: SyncTools, choices: SyncOptions) -> SyncReport:
    """Log what is new. Running it twice writes nothing twice (W3).

    An error that ends the run early is in the report, with everything that was done before it.
    Raises what a source raises before it reads anything: a path that is not there.
    """
    found = chain.from_iterable([source.read() for source in sources])
    ended = _run(found, tools, choices)
    if ended.error is None:
        for source in sources:
            remember_synced(tools.ledger, source.kind, tools.clock())
    report = make_report(ended, tools.ledger, tools.org)
    remember_reasons(tools.ledger, report)
    remember_usage(tools.ledger, tools.org.usage, tools.clock())
    tools.ledger.finish_run(ended.run, tools.clock(), report.messages.logged)
    return report


def _run(
    found: Iterable[ChatReading | Unreadable | Reached], tools: SyncTools, choices: SyncOptions
) -> Ended:
    """Take in and deliver, to the end or to the error that ends it."""
    run = tools.ledger.begin_run(tools.clock())
    course = SyncResult()
    taken = ImportResult((), ())
    sizes: dict[ChatId, int] | None = None
    error: WasfError | None = None
    try:
        taken = take_in(
            found,
            tools.ledger,
            choices.rules,
            choices.intake,
            progress=tools.progress,
            check_stop=tools.check_stop,
        )
        sizes = _queued(tools.ledger)
        _deliver(tools, choices, course)
    except WasfError as end:
        error = end
    if sizes is None:
        sizes = _queued(tools.ledger)
    return Ended(run, choices.dry_run, course, taken, sizes, error)


def _queued(ledger: Ledger) -> dict[ChatId, int]:
    return {known.chat.id: known.queued for known in ledger.chats()}


# --- Match and deliver -------------------------------------------------------------------------


def _deliver(tools: SyncTools, choices: SyncOptions, course: SyncResult) -> None:
    waiting = [known for known in tools.ledger.chats() if known.queued]
    due = _due(waiting, tools, choices.rules, course)
    if not (due or tools.ledger.intents() or tools.ledger.pending_files()):
        return
    post = _post(tools, choices, tools.org.facts(_emails(waiting)))
    remember_key_field(tools.ledger, post.facts.key_field)
    for chat_id, until in recover(post, course).items():
        course.why[chat_id] = _in_doubt_until(until, choices.rules)
    still_waiting = [known for known in tools.ledger.chats() if known.queued]
    due = _due(still_waiting, tools, choices.rules, course)
    tools.progress.writing(sum(known.queued for known in due))
    if due:
        plan = _plan(due, choices.rules, post)
        _carry_out(plan, post, course)
    upload_files(post, tools.read_file, course)


def _due(
    waiting: Sequence[KnownChat], tools: SyncTools, rules: SyncPolicy, course: SyncResult
) -> list[KnownChat]:
    """Chats with a message that can be logged now; says of the others until when they wait."""
    due = []
    for known in waiting:
        first = next(tools.ledger.queued(known.chat.id), None)
        if first is None:  # all of it was sent by a run whose outcome is not known
            continue
        until = open_until(first.message, rules, tools.clock())
        if until is None:
            due.append(known)
        else:
            course.why[known.chat.id] = waits_for_window(until, rules)
    return due


def _post(tools: SyncTools, choices: SyncOptions, facts: OrgFacts) -> SyncContext:
    return SyncContext(
        org=tools.org,
        ledger=tools.ledger,
        facts=facts,
        task_status=closed_task_status(facts.task_statuses),
        rules=choices.rules,
        quarantine=choices.quarantine,
        clock=tools.clock,
        progress=tools.progress,
        check_stop=tools.check_stop,
    )


def _plan(pending: Sequence[KnownChat], rules: SyncPolicy, post: SyncContext) -> Plan:
    """Look everybody up, then decide."""
    people = post.org.people(search_for(pending))
    facts = post.facts
    directory = Directory.of(
        people.contacts, people.leads, people.merged, facts.lead_statuses, rules
    )
    circumstances = Circumstances(
        users=facts.users,
        connected=facts.user_id,
        can_create_leads=facts.can_create_leads,
        doubtful_leads=_doubtful_leads(post),
        rules=rules,
        now=post.clock(),
    )
    return make_plan(pending, directory, circumstances)


def _doubtful_leads(post: SyncContext) -> dict[Phone, datetime]:
    """Numbers whose Lead may still arrive, and until when; of older ones the search tells all.

    That a chat with the number has found a record does not end the doubt: it may be another one.
    """
    now, doubtful = post.clock(), {}
    for phone, at in post.ledger.lead_intents().items():
        if now - at < post.quarantine:
            doubtful[phone] = at + post.quarantine
        else:
            post.ledger.resolve_lead(phone)
    return doubtful


def _carry_out(plan: Plan, post: SyncContext, course: SyncResult) -> None:
    _take_note(plan, post, course)
    created, blocked = create_leads(plan.creates, post, course)
    held = change_leads(plan.changes, post, course)
    ready = [logs for logs in plan.logs if logs.chat.id not in held]
    _remember_links(ready, post.ledger)
    log_messages([*ready, *created], post, course)
    if blocked:
        _carry_out(_plan_with_existing(blocked, post), post, course)


def _take_note(plan: Plan, post: SyncContext, course: SyncResult) -> None:
    course.notes.extend(plan.notes)
    for wait in plan.waits:
        course.why.setdefault(wait.chat_id, Reason(wait.reason, wait.hint))
    for skip in plan.skips:
        course.skipped[skip.chat_id] = Reason(skip.reason, skip.hint)
        post.ledger.drop([arrival.key for arrival in post.ledger.queued(skip.chat_id)])


def _remember_links(ready: Sequence[Logs], ledger: Ledger) -> None:
    with ledger.transaction():
        for logs in ready:
            if not logs.chat.is_group:
                target = logs.targets[0]
                ledger.link(logs.chat.id, Link(target.record_type, target.record_id, logs.by_hand))


def _plan_with_existing(blocked: Sequence[Blocked], post: SyncContext) -> Plan:
    """Plan again for chats whose Lead was blocked, with the records that Salesforce named (L4)."""
    pending = [
        KnownChat(chat, Link(*one.existing[0])) for one in blocked for chat in one.plan.chats
    ]
    plan = _plan(pending, replace(post.rules, create_leads=False), post)
    # Whoever is still not found is hidden from us, not missing.
    waits = (replace(wait, reason=_HIDDEN.reason, hint=_HIDDEN.hint) for wait in plan.waits)
    return replace(plan, waits=tuple(waits))


_HIDDEN = Reason(
    "a duplicate rule of your org blocks the new Lead, and you cannot see the record it names",
    "ask an admin to share that record with you; the next sync logs what waits",
)


def _emails(known: Sequence[KnownChat]) -> frozenset[str]:
    chats = [one.chat for one in known]
    emails = {chat.owner_email for chat in chats} | {chat.account_email for chat in chats}
    return frozenset(email for email in emails if email)


def _in_doubt_until(until: datetime, rules: SyncPolicy) -> Reason:
    local = until.astimezone(rules.zone)
    return Reason(
        "nobody knows yet whether Salesforce took what was sent",
        f"looked up again by the first sync after {local:%Y-%m-%d %H:%M}",
    )
