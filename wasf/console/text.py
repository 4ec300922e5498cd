"""Results of commands in lines for people, one function for each kind of result.

The lines hold names from elsewhere: `Console.tell` makes them safe. Tables are in `console`. Values
are imported for their types only, so that no command loads the use case of another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasf.core.text import counted, local_minute
from wasf.errors import ExitCode

if TYPE_CHECKING:
    from datetime import tzinfo

    from wasf.commands.link import Linked, Unlinked
    from wasf.commands.move import MoveResult
    from wasf.commands.privacy import Forgotten, PurgeOptions
    from wasf.commands.sign_in import Connected, Disconnected
    from wasf.commands.status import Status
    from wasf.commands.trial_lead import TrialLead
    from wasf.commands.undo import UndoReport
    from wasf.commands.verify import VerifyReport
    from wasf.core.auth import Identity, Profile
    from wasf.core.checks import SetupStep
    from wasf.core.source_state import ApiFacts, SeenQuota
    from wasf.interfaces import InboxCounts, KeyField, Provider, Workspace
    from wasf.store.ledger import ApiUsageReading, Purged


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
    """Return what kind of org it is."""
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
    kind = org_kind(who.is_sandbox)
    return [
        f"In {who.org_name} ({kind}), as {who.username}, wasf makes what is missing of these:",
        f"  the field {field} on Activity: Text, unique, external id; on no page layout",
        "  the permission set wasf_Message_Key: read and edit access to that field, nothing else",
        f"  its assignment to {who.username}",
        "Then it writes one Task, tries to write it a second time, and deletes it.",
    ]


def key_field_step_text(step: SetupStep) -> list[str]:
    """Say which step of `--install-key-field` is done."""
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


# --- Links -------------------------------------------------------------------------------------


def link_text(linked: Linked) -> list[str]:
    """Say which record a chat belongs to now, and what became of its Tasks on other records."""
    instead = " (the record you named was merged or converted)" if linked.became else ""
    belongs = "would belong" if linked.dry_run else "belongs"
    lines = [
        f"{linked.chat.title} {belongs} to {linked.record_type} {linked.name}{instead}.",
        f"  {linked.url}",
    ]
    if linked.done is not None:
        lines += _moved(linked, linked.done)
    elif linked.elsewhere.movable:
        lines += [*elsewhere_text(linked), "They stay there. To move them: the same with --move"]
    if linked.waiting:
        lines.append(f"{linked.waiting:,} waiting. To log them there: wasf sync")
    return lines


def elsewhere_text(linked: Linked) -> list[str]:
    """Say how many Tasks of a chat are on which other records."""
    lines = [
        f"{counted(one.tasks, 'Task')} of this chat on {one.record_type} {one.name}"
        f" ({one.record_id})."
        for one in linked.elsewhere.records
    ]
    if touched := len(linked.elsewhere.touched):
        lines.append(f"{touched:,} of them cannot be moved, because somebody changed them since.")
    return lines


def _moved(linked: Linked, done: MoveResult) -> list[str]:
    would = "would be " if linked.dry_run else ""
    lines = elsewhere_text(linked) if linked.dry_run else []
    if done.moved or linked.elsewhere.tasks:
        lines.append(f"{counted(done.moved, 'Task')} {would}moved there.")
    lines += [f"• {left.kind} {left.id} stays: {left.reason}." for left in done.left]
    if done.leads_deleted:
        lines.append(
            f"{counted(done.leads_deleted, 'Lead')} {would}deleted: wasf had made it, it is empty"
            " now and nobody has touched it."
        )
    if done.links_removed:
        lines.append(
            f"The link to the chat {'would be' if linked.dry_run else 'is'} removed from"
            f" {counted(done.links_removed, 'Lead')}."
        )
    if linked.elsewhere.in_doubt:
        lines.append(
            f"{counted(linked.elsewhere.in_doubt, 'Task')} of a run that was cut off may still"
            " arrive. To find out: wasf sync. Then the same command once more."
        )
    return lines


def unlink_text(unlinked: Unlinked) -> list[str]:
    """Say which record a chat belonged to, and what happens to new messages."""
    was = unlinked.was
    record = f"{was.record_type} {was.record_id}" if was else "any record"
    chat = unlinked.chat
    return [
        f"{chat.title} is no longer linked to {record}; what was logged there stays.",
        f"New messages wait until somebody names a record: wasf link {chat.id} RECORD",
    ]


# --- Undo, verify, forget, purge ---------------------------------------------------------------


def undo_text(report: UndoReport) -> list[str]:
    """Say what was deleted, and what stays and why."""
    would = "would be " if report.dry_run else ""
    gone = f", {counted(report.tasks_gone, 'Task')} already gone" if report.tasks_gone else ""
    tasks, leads = counted(report.tasks, "Task"), counted(report.leads, "Lead")
    chat = report.chat.title if report.chat else ""
    run = f"Run {report.run}" if report.run else ""
    what = ", ".join(filter(None, [chat, run]))
    lines = [f"{what}: {tasks} {would}deleted{gone}, {leads} {would}deleted."]
    lines += [f"• {left.kind} {left.id} stays: {left.reason}." for left in report.left]
    if report.messages:
        were = "would be" if report.dry_run else "was" if report.messages == 1 else "were"
        lines.append(
            f"{counted(report.messages, 'message')} {were} undone."
            f" To log {'it' if report.messages == 1 else 'them'} again: wasf sync FILE --again"
        )
    if report.in_doubt:
        lines.append(
            f"{counted(report.in_doubt, 'Task')} of a run that was cut off may still arrive."
            " To find out: wasf sync. Then undo once more."
        )
    return lines


def verify_text(report: VerifyReport) -> list[str]:
    """Say how the ledger compares with Salesforce."""
    lines = [f"The ledger knows {report.tasks:,} Tasks."]
    for result, tasks, examples in report.counts:
        if tasks:
            sign = "!" if result.is_difference else "•"
            shown = f" ({', '.join(examples)})" if result.value != "same" else ""
            lines.append(f"{sign} {tasks:,} {_RESULTS[result]}{shown}")
    if report.exit_code is ExitCode.DONE:
        return [*lines, "Nothing is lost and nothing is there twice."]
    return [*lines, "The ledger and Salesforce differ."]


_RESULTS = {
    "same": "in the ledger and in Salesforce",
    "deleted": "deleted in Salesforce by somebody; wasf does not log it again",
    "moved": "on another record than its chat's now; people may have moved it",
    "in_doubt": "of a run that was cut off; the next wasf sync finds out whether it is there",
    "missing": "logged, and nowhere in Salesforce, not even in the recycle bin",
    "double": "in Salesforce twice",
    "unknown": "in Salesforce with a key that this machine does not know",
    "back": "in Salesforce although it was undone: delete it there",
}


def forget_text(done: Forgotten) -> list[str]:
    """Say what was removed here, what stays in Salesforce, and what was not checked."""
    would, are = ("would be ", "would be") if done.dry_run else ("", "are")
    lines = [
        f"Chats {would}forgotten: {done.chats:,}, with {done.waiting:,} messages that wait.",
        f"Chats of this person {are} left out from now on; to end that: wasf forget NUMBER --lift",
    ]
    if done.logged:
        where = ", ".join(f"{link.record_type} {link.record_id}" for link in done.records)
        on = f" on {where}" if where else "; on which record is no longer known here"
        lines.append(f"What stays in Salesforce: the Tasks of {done.logged:,} messages{on}.")
    if done.groups:
        lines.append(f"Groups in which the number takes part are kept: {done.groups:,}.")
    if done.webhooks:
        lines.append(f"Webhooks about this person {would}removed: {done.webhooks:,}.")
    lines += _not_checked(done)
    lines.append("Exported files and address books are yours; wasf leaves them where they are.")
    return lines


def _not_checked(done: Forgotten) -> list[str]:
    """Say which chats stay that may be the person's, and what to do about them."""
    lines = [
        f"• {one.chat.title} ({one.chat.id}) stays, as it is not known whose it is: {one.reason}."
        for one in done.unsure
    ]
    if done.unsure:
        lines.append("If one of them is this person's: wasf forget NUMBER --chat CHAT")
    if done.error:
        lines.append(
            "Not checked: which Contacts and Leads have the number, because Salesforce could not"
            f" be asked: {done.error.message}"
        )
        lines.append(
            f"Chats with another number or none stay ({done.not_asked:,}): only their records"
            " tell whose they are. A chat without a number may be synced again under its name."
        )
        lines.append(
            "Run the same command again when Salesforce answers. To forget one of those chats"
            " now: wasf forget NUMBER --chat CHAT (wasf link lists them)"
        )
    if done.other_orgs:
        lines.append(
            f"Not checked: chats of other orgs that this machine has ({done.other_orgs:,})."
            " wasf orgs lists them; for each: wasf forget NUMBER --org NAME"
        )
    return lines


def lift_text(*, lifted: bool) -> list[str]:
    """Say whether the person had been forgotten."""
    if not lifted:
        return ["Nobody with this number was forgotten."]
    return ["Chats with this number are synced again; the next export of one brings what is new."]


def purge_text(options: PurgeOptions, purged: Purged) -> list[str]:
    """Say what was removed, and what that means."""
    would = "would be " if options.dry_run else ""
    lines = [
        f"Logged messages {would}purged: {purged.logged:,}.",
        "Their keys stay, so that none is logged twice; wasf undo no longer knows them.",
    ]
    if options.waiting:
        lines.append(f"Waiting messages {would}dropped with their text: {purged.waiting:,}.")
    return lines


# --- Status ------------------------------------------------------------------------------------


def status_text(status: Status, zone: tzinfo) -> list[str]:
    """Say what is connected, when it was last synced, and how much waits."""
    who = f" as {status.username}" if status.username else ""
    chats, logged = counted(status.chats, "chat"), counted(status.logged, "message")
    waiting = sum(chat.messages for chat in status.waiting)
    lines = [
        f"Connected to {status.instance_url}{who}.",
        *(f"Last synced: {source} {local_minute(at, zone)}." for source, at in status.synced),
        "" if status.last_run else "No sync has been run.",
        f"{chats}, {logged} logged, {waiting:,} waiting.",
        *_approvals(status),
        *_unfinished(status),
        *(f"{account}." for account in status.disconnected),
        *_webhooks(status.inbox),
        _key(status.key_field),
        _usage(status.usage, zone),
        *(_quota(api, seen, zone) for api, seen in status.quotas),
    ]
    return [line for line in lines if line]


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


def _unfinished(status: Status) -> list[str]:
    lines = []
    if status.in_doubt:
        tasks = counted(status.in_doubt, "Task")
        lines.append(f"{tasks} with an unknown outcome: the next sync looks them up first.")
    if status.files:
        lines.append(f"{counted(status.files, 'file')} waiting to be uploaded.")
    return lines


def _webhooks(inbox: InboxCounts | None) -> list[str]:
    if inbox is None:
        return []
    lines = []
    if inbox.waiting:
        lines.append(f"Webhooks that wait for wasf listen: {inbox.waiting:,}.")
    if inbox.not_understood:
        each = ", ".join(f"{count:,} of {kind}" for kind, count in inbox.not_understood.items())
        lines.append(f"Webhooks that are kept and were not understood: {each}.")
    return lines


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
