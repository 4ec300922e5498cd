"""The commands on single chats and runs, for people: review, link, undo, verify, forget, purge.

`text` describes what holds for all lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wasf.core.text import counted, local_minute
from wasf.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from wasf.commands.link import Linked, Unlinked
    from wasf.commands.privacy import Forgotten, PurgeOptions
    from wasf.commands.review import DecidedChat, Decision, ReviewedChat
    from wasf.commands.sync import MoveResult
    from wasf.commands.undo import UndoReport
    from wasf.commands.verify import VerifyReport
    from wasf.core.chats import Chat
    from wasf.store.ledger import Purged


# --- Review ------------------------------------------------------------------------------------

_ALWAYS_SHOWN = 5  # columns
_CHATS_SHOWN = 10


def review_table(
    chats: Sequence[ReviewedChat], zone: tzinfo
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return a table of the chats that wait for a yes: its columns and its rows.

    Records and owners have a column only if one is known.
    """
    columns = ["id", "chat", "messages", "first", "last", "record", "owner"]
    rows = [
        (
            one.chat.id,
            _who(one.chat),
            f"{one.messages:,}",
            _local(one.first, zone),
            _local(one.last, zone),
            _record(one),
            one.owner,
        )
        for one in chats
    ]
    shown = [at for at in range(len(columns)) if at < _ALWAYS_SHOWN or any(row[at] for row in rows)]
    return [columns[at] for at in shown], [tuple(row[at] for at in shown) for row in rows]


def review_question_text(reviewed: ReviewedChat, zone: tzinfo) -> list[str]:
    """Say what is known of one chat, for a person to decide about it."""
    lines = [f"{_who(reviewed.chat)}: {counted(reviewed.messages, 'message')}"]
    if reviewed.first and reviewed.last:
        lines.append(f"  Written  {_local(reviewed.first, zone)} to {_local(reviewed.last, zone)}")
    if reviewed.record:
        lines.append(f"  Record   {_record(reviewed)}")
    if reviewed.owner:
        lines.append(f"  Owner    {reviewed.owner}")
    return lines


def _who(chat: Chat) -> str:
    """Return what people call a chat, and whether it is a group."""
    return f"{'The group ' if chat.is_group else ''}{chat.title_and_number}"


def _record(reviewed: ReviewedChat) -> str:
    record = reviewed.record
    return f"{record.record_type} {record.record_id}" if record else ""


def _local(at: datetime | None, zone: tzinfo) -> str:
    return local_minute(at, zone) if at else ""


# --- Decisions ---------------------------------------------------------------------------------


def decision_text(decision: Decision) -> list[str]:
    """Say which chats were allowed or skipped, and what that means for their messages."""
    word = decision.approval.value
    shown = len(decision.chats) <= _CHATS_SHOWN
    lines = [f"{one.chat.title} is {word}." for one in decision.chats if shown]
    if not shown:
        lines.append(f"{counted(len(decision.chats), 'chat')} {word}.")
    if decision.numbers:
        numbers = counted(decision.numbers, "number")
        lines.append(f"{numbers} without a chat yet: {word} as soon as one comes.")
    lines += [
        f"All chats of the WhatsApp account {account} are {word}, also those to come."
        for account in decision.accounts
    ]
    lines += [_left(chat) for chat in decision.left]
    lines += _skipped(decision.chats) if word == "skipped" else _allowed(decision.chats)
    return lines or ["Nothing was named, so that nothing was changed."]


def _left(chat: Chat) -> str:
    return (
        f"• {chat.title} stays skipped, because you said no to this chat alone."
        f" To let it in: wasf allow {chat.id}"
    )


def _allowed(chats: Sequence[DecidedChat]) -> list[str]:
    waiting = sum(one.messages for one in chats)
    lines = [f"{waiting:,} waiting. To log them: wasf sync"] if waiting else []
    if any(one.was_skipped for one in chats):
        lines.append(
            "What was skipped was not kept: give its file again, and its messages are new."
            " A chat API or webhooks bring what is written from now on."
        )
    return lines


def _skipped(chats: Sequence[DecidedChat]) -> list[str]:
    removed = counted(sum(one.messages for one in chats), "message")
    lines = [] if removed.startswith("0 ") else [f"Removed from what waits: {removed}."]
    if any(one.logged for one in chats):
        lines.append("What was logged before stays in Salesforce.")
    return lines


# --- Links -------------------------------------------------------------------------------------


_HOLDS_HERE = "This holds on this machine. Do the same on each machine that syncs these chats."
_IN_A_JOB = "in a bulk job: it is cancelled first, or its result is awaited."
_KEPT_BY_FILE = (
    "So does the file that the ledger was moved from, with all that it held then: {}. Delete it"
    " when you are sure of the shared ledger."
)
_KEPT_BY_SERVER = (
    "The log of the database, its standbys and its backups keep what was removed here until they"
    " are replaced."
)


def link_text(linked: Linked, *, is_shared: bool = False) -> list[str]:
    """Say which record a chat belongs to now, and what became of its Tasks on other records.

    `is_shared`: the ledger is shared, so that it holds on all machines. The same holds for the
    functions below.
    """
    instead = " (the record you named was merged or converted)" if linked.became else ""
    belongs = "would belong" if linked.dry_run else "belongs"
    lines = [
        f"{linked.chat.title} {belongs} to {linked.record_type} {linked.name}{instead}.",
        f"  {linked.url}",
        *_related(linked),
    ]
    if linked.done is not None:
        lines += _moved(linked, linked.done)
    elif linked.elsewhere.movable or linked.elsewhere.in_jobs:
        lines += [*elsewhere_text(linked), "They stay there. To move them: the same with --move"]
    if linked.waiting:
        lines.append(f"{linked.waiting:,} waiting. To log them there: wasf sync")
    return lines if is_shared else [*lines, _HOLDS_HERE]


def _related(linked: Linked) -> list[str]:
    """Say on which person the Tasks are that are related to a record (R3)."""
    if linked.record_type.is_person:
        return []
    beside = f"on Contact {linked.beside} and" if linked.beside else "on no person, only"
    if linked.chat.is_group:
        beside = "each once, on no person, only"
    lines = [f"Its messages are logged {beside} related to this {linked.record_type}."]
    return [*lines, f"To log them on a person too: {linked.contacts}"] if linked.contacts else lines


def elsewhere_text(linked: Linked) -> list[str]:
    """Say how many Tasks of a chat are on which other records."""
    lines = [
        f"{counted(one.tasks, 'Task')} of this chat on {one.record_type} {one.name}"
        f" ({one.record_id})."
        for one in linked.elsewhere.records
    ]
    on_people = sum(one.tasks for one in linked.elsewhere.records)
    if alone := linked.elsewhere.tasks - on_people:
        lines.append(f"{counted(alone, 'Task')} of this chat on no Contact or Lead.")
    if touched := len(linked.elsewhere.touched):
        lines.append(f"{touched:,} of them cannot be moved, because somebody changed them since.")
    if in_jobs := linked.elsewhere.in_jobs:
        lines.append(f"{counted(in_jobs, 'Task')} of this chat in a bulk job, on the way there.")
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
    if in_jobs := linked.elsewhere.in_jobs:
        lines.append(
            f"{counted(in_jobs, 'Task')} of this chat in a bulk job: the sync that takes its"
            " results moves them there."
        )
    if linked.elsewhere.in_doubt:
        lines.append(
            f"{counted(linked.elsewhere.in_doubt, 'Task')} of a run that was cut off may still"
            " arrive. To find out: wasf sync. Then the same command once more."
        )
    return lines


def unlink_text(unlinked: Unlinked, *, is_shared: bool = False) -> list[str]:
    """Say which record a chat belonged to, and what happens to new messages."""
    chat, links = unlinked.chat, filter(None, (unlinked.was, unlinked.was_related))
    record = " and ".join(f"{one.record_type} {one.record_id}" for one in links) or "any record"
    lines = [
        f"{chat.title} is no longer linked to {record}; what was logged there stays.",
        f"New messages wait until somebody names a record: wasf link {chat.id} RECORD",
    ]
    return lines if is_shared else [*lines, _HOLDS_HERE]


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
    if report.in_jobs:
        lines.append(f"{counted(report.in_jobs, 'Task')} {_IN_A_JOB}")
    if report.put_back:
        held = counted(report.put_back, "message")
        lines.append(f"{held} of its bulk job not written: wasf sync logs what waits.")
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
    lines += [
        f"    {one.elder} and {one.younger.task_id} on {one.record_id}: one message, of two chats"
        for one in report.doubles
    ]
    lines += _removed(report)
    if report.exit_code is ExitCode.DONE:
        return [*lines, "Nothing is lost and nothing is there twice."]
    return [*lines, "The ledger and Salesforce differ."]


def _removed(report: VerifyReport) -> list[str]:
    """Say which doubles were removed, or how they can be."""
    removed = report.removed
    if removed is None:
        if not report.doubles:
            return []
        return ["To delete the younger Task of each pair: wasf verify --remove-doubles --yes"]
    would = "would be " if report.dry_run else ""
    lines = [f"{counted(len(removed.tasks), 'Task')} {would}deleted: the younger of each pair."]
    return lines + [f"• {one.kind} {one.id} stays: {one.reason}." for one in removed.left]


_RESULTS = {
    "same": "in the ledger and in Salesforce",
    "deleted": "deleted in Salesforce by somebody; wasf does not log it again",
    "moved": "on another record than its chat's now; people may have moved it",
    "not_visible": "logged for another user, and not visible to you, or gone",
    "in_doubt": "of a run that was cut off; the next wasf sync finds out whether it is there",
    "missing": "logged, and gone or not visible to you, in the recycle bin too",
    "double": "in Salesforce twice",
    "unknown": "in Salesforce with a key that this machine does not know",
    "back": "in Salesforce although it was undone: delete it there",
}


def forget_text(
    done: Forgotten, *, is_shared: bool = False, old_file: Path | None = None
) -> list[str]:
    """Say what was removed here, what stays in Salesforce, and what was not checked.

    `old_file`: the file that a shared ledger was moved from, which is as it was then.
    """
    would, are = ("would be ", "would be") if done.dry_run else ("", "are")
    lines = [
        f"Chats {would}forgotten: {done.chats:,}, with {done.waiting:,} messages that wait.",
        f"Chats of this person {are} left out from now on; to end that: wasf forget NUMBER --lift",
        *(_kept_elsewhere(old_file) if is_shared else [_HOLDS_HERE]),
    ]
    if done.logged:
        where = ", ".join(f"{link.record_type} {link.record_id}" for link in done.records)
        on = f" on {where}" if where else "; on which record is no longer known here"
        lines.append(f"What stays in Salesforce: the Tasks of {done.logged:,} messages{on}.")
    if done.in_jobs:
        lines.append(f"{counted(done.in_jobs, 'Task')} of this person {_IN_A_JOB}")
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


def _kept_elsewhere(old_file: Path | None) -> list[str]:
    """Say what keeps what was removed from a shared ledger."""
    return [_KEPT_BY_SERVER, *([_KEPT_BY_FILE.format(old_file)] if old_file else [])]


def purge_text(
    options: PurgeOptions,
    purged: Purged,
    webhooks: int = 0,
    *,
    is_shared: bool = False,
    old_file: Path | None = None,
) -> list[str]:
    """Say what was removed, and what that means; `webhooks` counts those that were kept."""
    would = "would be " if options.dry_run else ""
    lines = [
        f"Logged messages {would}purged: {purged.logged:,}.",
        "Their keys stay, so that none is logged twice; wasf undo no longer knows them.",
    ]
    if options.waiting:
        lines.append(f"Waiting messages {would}dropped with their text: {purged.waiting:,}.")
    if webhooks:
        lines.append(f"Webhooks that were not understood {would}removed: {webhooks:,}.")
    return [*lines, *_kept_elsewhere(old_file)] if is_shared else lines
