"""Results of commands in lines for people, one function for each kind of result.

The lines hold names from elsewhere: `Console.tell` makes them safe. Functions `..._table` return
columns and rows for `Console.table`. Values are imported for their types only, so that no command
loads the use case of another one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wasf.core.bulk_jobs import BulkJob, JobState
from wasf.core.refusals import answer_task_hint, task_hint
from wasf.core.text import counted, local_minute
from wasf.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from wasf.commands.doctor import TrialLead
    from wasf.commands.sign_in import Connected, Disconnected
    from wasf.commands.status import Status
    from wasf.commands.sync import SyncReport
    from wasf.core.auth import Identity, Profile
    from wasf.core.checks import SetupStep
    from wasf.core.runs import LastFailure, RecordedRun
    from wasf.core.source_state import ApiFacts, SeenQuota, SourceReport
    from wasf.interfaces import InboxCounts, KeyField, Provider, SetAside, Workspace
    from wasf.store.ledger import ApiUsageReading, LedgerFacts, Transferred


# --- Sign-ins ----------------------------------------------------------------------------------


def connect_text(connected: Connected) -> list[str]:
    """Say who signed in, to which org, and where the tokens are."""
    who, profile = connected.who, connected.profile
    kind = org_kind(profile.is_sandbox)
    default = ", the default" if connected.is_default else f": use it with --org {profile.name}"
    lines = [
        f"Connected as {who.username} ({who.name}).",
        f"  Org     {who.org_name} ({who.org_id}, {kind}), {profile.instance_url}",
        f"  Name    {profile.name}{default}",
        f"  Tokens  {connected.place or 'not kept; each run requests new ones'}",
    ]
    old = connected.replaced
    if old is not None and _org(old) != _org(profile):
        lines.append(f"It replaces the sign-in to {old.instance_url} as {old.username}.")
        lines.append("To keep several, give each a name: wasf connect NAME.")
    return lines


def _org(profile: Profile) -> tuple[str, str]:
    return profile.org_id, profile.instance_url


def org_kind(is_sandbox: bool) -> str:  # noqa: FBT001 - the one fact it is about
    return "sandbox" if is_sandbox else "production"


def disconnect_text(done: Disconnected) -> list[str]:
    """Say which sign-in was forgotten, and whether its tokens are revoked."""
    lines = [f"Forgot the sign-in {done.profile.name} ({done.profile.username})."]
    if done.revoked:
        lines.append("Its tokens are revoked at Salesforce. What was synced stays.")
    if done.error:
        lines += [
            f"! It could not be revoked: {done.error.message}",
            "  An admin can do that: Setup, Connected Apps OAuth Usage, the app, Revoke.",
        ]
    return lines


def workspace_text(provider: Provider, workspace: Workspace, place: str) -> list[str]:
    """Say which workspace of a chat API is connected, and where its token is."""
    lines = [
        f"Connected to the {provider.title} workspace {workspace.name}.",
        f"  Token   {place}",
    ]
    if quota := workspace.quota:
        lines.append(f"  Calls   {quota.used:,} of {quota.total:,} of this month are used")
    return lines


def workspace_disconnected_text(workspace: str, revocation: str) -> list[str]:
    """Say which workspace was forgotten, and how its token is made invalid."""
    return [
        f"Forgot the API token of {workspace}. What was synced stays.",
        f"It is still valid: {revocation}.",
    ]


# --- Setup -------------------------------------------------------------------------------------


def key_field_question(field: str, who: Identity) -> list[str]:
    """Say what `--install-key-field` makes, and where, for a person to agree to."""
    made = [f"  the field {field} on Activity: Text, unique, external id; on no page layout"]
    last = "Then it writes one Task, tries to write it a second time, and deletes it."
    return _install_question(who, made, "that field, nothing else", last)


def message_fields_question(fields: Mapping[str, str], who: Identity) -> list[str]:
    """Say the same of `--install-fields`. `fields`: API names, and what each is filled with."""
    width = max(map(len, fields))
    made = [
        "  five fields on Activity, on no page layout: one Date/Time, the others Text 255",
        *(f"    {name:<{width}}  {template}" for name, template in fields.items()),
    ]
    last = "Then the setting task.fields fills them in every new Task."
    return _install_question(who, made, "them", last)


def report_fields_question(fields: Sequence[str], who: Identity) -> list[str]:
    """Say the same of `--install-report-fields`."""
    made = [
        "  three Date/Time fields on Lead, and the same on Contact; on no page layout",
        *(f"    {name}" for name in fields),
    ]
    last = "Then the setting report.fields has every sync keep them up to date."
    return _install_question(who, made, "them", last)


def _install_question(who: Identity, made: Sequence[str], access: str, last: str) -> list[str]:
    kind = org_kind(who.is_sandbox)
    return [
        f"In {who.org_name} ({kind}), as {who.username}, wasf makes what is missing of these:",
        *made,
        f"  the permission set wasf_Message_Key: read and edit access to {access}",
        f"  its assignment to {who.username}",
        last,
    ]


def setup_step_text(step: SetupStep) -> list[str]:
    """Say which step of a command of `wasf doctor` that makes fields is done."""
    return [f"{'made' if step.made else 'ok':<8} {step.name}: {step.result}."]


def trial_lead_text(trial: TrialLead) -> list[str]:
    """Say where the test Lead is, and how to remove it."""
    if trial.is_new:
        first = "A test Lead with a test message is in Salesforce:"
    else:
        first = "The test Lead from an earlier run is still there:"
    return [first, f"  {trial.url}", "To remove it: wasf test-lead --delete"]


def trial_lead_deleted_text(*, deleted: bool) -> list[str]:
    """Say whether there was a test Lead to delete."""
    return ["The test Lead and its message are deleted." if deleted else "There is no test Lead."]


# --- Failures of a sync, for a mail ------------------------------------------------------------


def failure_text(report: SyncReport) -> list[str]:
    """Count what went wrong by its kind: nothing of it is a text, a name, a number or a path."""
    failures = [one.error.exit_code.meaning for one in report.problems if one.is_failure]
    lines = [f"! {count:,} × {meaning}" for meaning, count in Counter(failures).items()]
    refused = Counter(chat.refusal.code for chat in report.chats if chat.refusal)
    lines += [f"! {counted(count, 'chat')}: {code}" for code, count in refused.items()]
    counts = report.messages
    logged, waiting = counted(counts.logged, "message"), f"{counts.waiting:,} waiting"
    return [*lines, f"{logged} logged, {waiting}."]


# --- Status ------------------------------------------------------------------------------------


def status_text(status: Status, zone: tzinfo) -> list[str]:
    """Say what is connected, when it was last synced, and how much waits."""
    chats, logged = counted(status.chats, "chat"), counted(status.logged, "message")
    waiting = sum(chat.messages for chat in status.waiting)
    lines = [
        _sign_in(status),
        *(f"Last synced: {source} {local_minute(at, zone)}." for source, at in status.synced),
        "" if status.last_run else "No sync has been run.",
        f"{chats}, {logged} logged, {waiting:,} waiting.",
        *_approvals(status),
        *_unfinished(status),
        *_writing(status),
        *(f"{account}." for account in status.disconnected),
        *(_report(one, zone) for one in status.reports),
        *_webhooks(status.inbox),
        _key(status.key_field),
        _usage(status.usage, zone),
        *(_quota(api, seen, zone) for api, seen in status.quotas),
        "The last runs (for all of them: wasf runs):" if status.runs else "",
        *(f"  {line}" for line in runs_text(status.runs, zone)),
        *_failure(status.last_failure, zone),
    ]
    return [line for line in lines if line]


def _sign_in(status: Status) -> str:
    """Say what is connected, or that a run found the sign-in ended and none has succeeded since."""
    who = f" as {status.username}" if status.username else ""
    failure = status.last_failure
    if failure and failure.run.exit_code == ExitCode.NOT_CONNECTED:
        command = failure.run.command
        return f"wasf {command} was not connected to {status.instance_url}{who} when it last ran."
    return f"Connected to {status.instance_url}{who}."


def _approvals(status: Status) -> list[str]:
    lines = []
    if status.in_review:
        lines.append(f"{counted(status.in_review, 'chat')} waiting for your yes: wasf review")
    if status.skipped:
        lines.append(f"{counted(status.skipped, 'chat')} skipped, because you said no.")
    if status.skip_rules:
        what = "number or account" if status.skip_rules == 1 else "numbers or accounts"
        lines.append(f"{status.skip_rules:,} {what} of which every chat is skipped.")
    return lines


def _writing(status: Status) -> list[str]:
    """Say what keeps the org from taking Tasks, or many at once; nothing if nothing does."""
    lines = []
    if limit := status.batch_limit:
        lines.append(f"{limit.message}.")
    if refusal := status.stopped:
        said = refusal.of("the last one that was tried")
        lines += [f"No Task can be written. {said}", f"  {task_hint(refusal)}"]
    for opens, refusal, count in status.refused_answer_tasks:
        what = f"to {'open' if opens else 'close'} {counted(count, 'Task')} of report.task"
        lines += [
            f"{refusal.of(what)}.",
            f"  {answer_task_hint(refusal)}",
        ]
    return lines


def _failure(failure: LastFailure | None, zone: tzinfo) -> list[str]:
    """Say which command fails, since when and why; nothing if none does."""
    if failure is None:
        return []
    run = failure.run
    since, last = (local_minute(at, zone) for at in (failure.since, run.started_at))
    times = f"fails since {since} ({failure.times:,} times), last at {last}"
    how = times if failure.times > 1 else f"failed at {last}"
    line = f"wasf {run.command} {how}: {_ending(run)}"
    return [line, *([f"  {run.hint}"] if run.hint else [])]


def runs_text(runs: Iterable[RecordedRun], zone: tzinfo) -> list[str]:
    """Say of each run when it began and how it ended, what it logged and what of that is undone."""
    lines = []
    for run in runs:
        at = local_minute(run.started_at, zone)
        lines.append(f"{run.id}  {run.command:<6}  {at}  {_ending(run)}")
        if run.logged or run.tasks or run.leads:
            written = f"{counted(run.logged, 'message')} in {counted(run.tasks, 'Task')}"
            leads = f", {counted(run.leads, 'new Lead')}" if run.leads else ""
            undone = f"; {counted(run.tasks_undone, 'Task')} undone" if run.tasks_undone else ""
            lines.append(f"    {written}{leads}{undone}")
    return lines


def _ending(run: RecordedRun) -> str:
    """Return how a run ended, in a few words."""
    if run.was_killed:
        return "killed"
    if run.is_running:
        return "still at work"
    if run.has_succeeded:
        return "done"
    return f"exit code {run.exit_code}: {run.message or 'failed'}"


def _unfinished(status: Status) -> list[str]:
    lines = []
    if status.in_doubt:
        tasks = counted(status.in_doubt, "Task")
        lines.append(f"{tasks} with an unknown outcome: the next sync looks them up first.")
    lines += [f"{_bulk_job(job)} The next sync goes on with it." for job in status.jobs]
    if status.files:
        lines.append(f"{counted(status.files, 'file')} waiting to be uploaded.")
    return lines


def _bulk_job(job: BulkJob) -> str:
    """Say how far a bulk job was when Salesforce was asked last."""
    tasks = counted(job.tasks, "Task")
    if not job.id:
        return f"A bulk job of {tasks} was about to be made."
    name = f"Bulk job {job.id}"
    if job.asked_at is None:
        return f"{name}: {tasks}, not asked for yet."
    if job.status.state is JobState.HIDDEN:
        return f"{name}: {tasks}, of another user; you may not read it."
    refused = f", {job.status.refused:,} of them refused" if job.status.refused else ""
    return f"{name}: {job.status.processed:,} of {tasks} processed{refused} ({job.status.state})."


def _webhooks(inbox: InboxCounts | None) -> list[str]:
    if inbox is None:
        return []
    lines = []
    if inbox.waiting:
        lines.append(f"Webhooks that wait for wasf listen: {inbox.waiting:,}.")
    if inbox.not_understood:
        each = ", ".join(f"{count:,} of {kind}" for kind, count in inbox.not_understood.items())
        lines.append(f"Webhooks that are kept and were not understood: {each}. See wasf inbox.")
    return lines


def _report(report: SourceReport, zone: tzinfo) -> str:
    return f"{report} ({local_minute(report.at, zone)})." if report.at else f"{report}."


def inbox_table(
    kept: Iterable[SetAside], zone: tzinfo
) -> tuple[list[str], list[tuple[str, str, str, str, str]]]:
    """Return the webhooks that are kept as the columns and rows of a table."""
    rows = [
        (str(one.number), local_minute(one.at, zone), one.sender, one.kinds, f"{one.size:,}")
        for one in kept
    ]
    return ["number", "came at", "from", "kept because of", "bytes"], rows


def ledger_text(facts: LedgerFacts) -> list[str]:
    """Say where the ledger is, how large it is, and who writes there now."""
    title = "PostgreSQL, shared" if facts.engine == "postgresql" else "SQLite, of this machine"
    lines = [
        f"Ledger   {title}",
        f"Place    {facts.place}",
        f"Holds    {counted(facts.messages, 'message')} of {counted(facts.chats, 'chat')}",
        f"Size     {facts.bytes / 1_000_000:,.1f} MB",
        f"Writing  {facts.holder or 'nobody now'}",
    ]
    if facts.lag_s is not None:
        lines.append(f"Standby  {facts.lag_s:,.1f} s behind")
    return lines


def ledger_to_move_text(facts: LedgerFacts) -> list[str]:
    """Say what `wasf ledger move` would move."""
    holds = f"{counted(facts.messages, 'message')} of {counted(facts.chats, 'chat')}"
    return [f"To be moved: {holds}, {facts.bytes / 1_000_000:,.1f} MB in {facts.place}"]


def ledger_move_text(done: Transferred) -> list[str]:
    """Say where the ledger is now, and what to do with the file that was put aside."""
    holds = f"{counted(done.messages, 'message')} of {counted(done.chats, 'chat')}"
    return [
        f"The ledger was moved to {done.place}: {holds}.",
        f"Its file was put aside: {done.aside}",
        "wasf forget does not reach that file: delete it as soon as you do not need it.",
        "The setting ledger is set on this machine. End and start a wasf listen that runs here.",
    ]


def inbox_drop_text(count: int, *, dry_run: bool) -> list[str]:
    """Say how many webhooks were removed, or would be."""
    return [f"Webhooks {'that would be ' if dry_run else ''}removed: {count:,}."]


def inbox_retry_text(count: int) -> list[str]:
    """Say how many webhooks are read again."""
    return [f"Webhooks that the next sync of wasf listen reads again: {count:,}."]


def _key(field: KeyField | None) -> str:
    if field is None:
        return ""
    if field.is_unique:
        return f"Keys of messages: {field.name}, which is unique: no message can be logged twice."
    return (
        f"Keys of messages: {field.name}, which is not unique: two machines that log one chat at "
        "once could log it twice. See wasf doctor."
    )


def _usage(reading: ApiUsageReading | None, zone: tzinfo) -> str:
    if reading is None:
        return ""
    usage, at = reading
    share = usage.used * 100 // usage.limit if usage.limit else 100
    return (
        f"API calls of the org in 24 hours: {usage.used:,} of {usage.limit:,} ({share} %), "
        f"as of {local_minute(at, zone)}."
    )


def _quota(api: ApiFacts, seen: SeenQuota | None, zone: tzinfo) -> str:
    if seen is None:
        return ""
    return (
        f"API calls of {api.title}: {seen.quota.used:,} of {seen.quota.total:,}, at this pace "
        f"{seen.forecast:,} until {seen.quota.end:%Y-%m-%d}, as of {local_minute(seen.at, zone)}."
    )
