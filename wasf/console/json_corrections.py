"""The JSON of the commands on single chats and runs: review, link, undo, verify, forget, purge.

`json_output` describes what holds for all JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wasf.console.json_output import SCHEMA, JsonObject, link_object

if TYPE_CHECKING:
    from wasf.commands.link import Linked, Unlinked
    from wasf.commands.privacy import Forgotten, PurgeOptions
    from wasf.commands.review import Decision, ReviewedChat
    from wasf.commands.sync import LeftAlone
    from wasf.commands.undo import UndoReport
    from wasf.commands.verify import VerifyReport
    from wasf.core.records import KnownChat
    from wasf.store.ledger import Purged


def review_json(chats: Sequence[ReviewedChat]) -> JsonObject:
    """Return the chats that wait for a yes.

    `chats`: `{chat, id, name, number, messages, first, last, record, owner}`. `name` is "" where
    the title is a number; `number`, the times, `record` (`{type, id}`) and `owner` (an e-mail) are
    null where they are not known.
    """
    return {
        "schema": SCHEMA,
        "chats": [
            {
                "chat": one.chat.title,
                "id": one.chat.id,
                "name": one.chat.name,
                "number": one.chat.phone,
                "messages": one.messages,
                "first": one.first and one.first.isoformat(),
                "last": one.last and one.last.isoformat(),
                "record": link_object(one.record),
                "owner": one.owner or None,
            }
            for one in chats
        ],
    }


def decision_json(decision: Decision) -> JsonObject:
    """Return the result of `wasf allow` and `wasf skip`.

    * `decision`: `allowed` or `skipped`
    * `chats`: `{chat, id, messages}`; `messages` wait for the next sync, or were removed
    * `numbers`: how many numbers were named that no chat has yet; `accounts` that were named
    * `left`: chats of these that stay skipped, `{chat, id}`
    """
    return {
        "schema": SCHEMA,
        "decision": decision.approval.value,
        "chats": [
            {"chat": one.chat.title, "id": one.chat.id, "messages": one.messages}
            for one in decision.chats
        ],
        "messages": sum(one.messages for one in decision.chats),
        "numbers": decision.numbers,
        "accounts": list(decision.accounts),
        "left": [{"chat": chat.title, "id": chat.id} for chat in decision.left],
    }


def link_json(linked: Linked) -> JsonObject:
    """Return the result of `wasf link CHAT RECORD`: `waiting` messages are logged there next.

    * `beside`: the id of the Contact that the Tasks have, too, where `record` is what they are
      related to; null if they have none, or `record` is a person
    * `elsewhere`: the chat's Tasks that were on other records, `{type, id, name, tasks}` for each
    * `moved`: Tasks that were moved; `leads_deleted`, `links_removed`: what wasf had left on Leads
    * `left_alone`: records that stay, `{type, id, reason}`; `in_doubt`: Tasks that may still arrive
    """
    done = linked.done
    record = {
        "type": linked.record_type,
        "id": linked.record_id,
        "url": linked.url,
        "name": linked.name,
    }
    return {
        "schema": SCHEMA,
        "dry_run": linked.dry_run,
        "exit_code": int(linked.exit_code),
        "chat": linked.chat.title,
        "id": linked.chat.id,
        "record": record,
        "beside": linked.beside,
        "waiting": linked.waiting,
        "elsewhere": [
            {"type": one.record_type, "id": one.record_id, "name": one.name, "tasks": one.tasks}
            for one in linked.elsewhere.records
        ],
        "moved": done.moved if done else 0,
        "leads_deleted": done.leads_deleted if done else 0,
        "links_removed": done.links_removed if done else 0,
        "left_alone": [_left_alone(left) for left in done.left] if done else [],
        "in_doubt": linked.elsewhere.in_doubt + linked.elsewhere.in_jobs,
    }


def _left_alone(left: LeftAlone) -> JsonObject:
    """Return a record that stays, and why."""
    return {"type": left.kind, "id": left.id, "reason": left.reason}


def unlink_json(unlinked: Unlinked) -> JsonObject:
    """Return the result of `wasf unlink`: `was` is the record of before, or null.

    `was_related` is what the chat's Tasks were related to by hand, or null.
    """
    return {
        "schema": SCHEMA,
        "chat": unlinked.chat.title,
        "id": unlinked.chat.id,
        "was": link_object(unlinked.was),
        "was_related": link_object(unlinked.was_related),
        "waiting": unlinked.waiting,
    }


def chats_json(chats: Iterable[KnownChat]) -> JsonObject:
    """Return the chats that `wasf link` lists, also where a word meant several.

    `chats`: `{chat, id, record, related, unlinked, skipped, logged, waiting}`; `related` is what
    its Tasks are related to by hand; `unlinked` chats get no record by themselves, `skipped` ones
    are not logged.
    """
    return {
        "schema": SCHEMA,
        "chats": [
            {
                "chat": one.chat.title,
                "id": one.chat.id,
                "record": link_object(one.link),
                "related": link_object(one.related),
                "unlinked": one.unlinked,
                "skipped": one.approval == "skipped",
                "logged": one.logged,
                "waiting": one.queued,
            }
            for one in chats
        ],
    }


def undo_json(report: UndoReport) -> JsonObject:
    """Return the result of `wasf undo`.

    * `run`, null for all runs of a chat; `chat` and `id`: the only one that it is about, else null
    * `put_back`: messages of an open bulk job that were not written, and wait
    * `dry_run`, `exit_code`; `tasks_deleted`, `tasks_gone` (somebody else deleted them),
      `leads_deleted`; `messages`: those that were undone
    * `in_doubt`: Tasks that may still arrive; `left_alone`: records that stay, `{type, id, reason}`
    """
    return {
        "schema": SCHEMA,
        "run": report.run,
        "chat": report.chat and report.chat.title,
        "id": report.chat and report.chat.id,
        "dry_run": report.dry_run,
        "exit_code": int(report.exit_code),
        "tasks_deleted": report.tasks,
        "tasks_gone": report.tasks_gone,
        "messages": report.messages,
        "leads_deleted": report.leads,
        "in_doubt": report.in_doubt + report.in_jobs,
        "put_back": report.put_back,
        "left_alone": [_left_alone(left) for left in report.left],
    }


def verify_json(report: VerifyReport) -> JsonObject:
    """Return the result of `wasf verify`.

    `tasks` is how many the ledger knows. `found` has `{count, examples}` for each of `same`,
    `deleted`, `moved`, `not_visible` (logged for another user, and not visible), `in_doubt`,
    `missing`, `double`, `unknown` and `back` (undone, but there); `examples` are ids of a few
    Tasks.

    * `doubles`: `{tasks, record, removable}`, pairs of Tasks on one record that hold one message of
      two chats, the elder first; their younger ones count in `found.double`, too
    * `removed`: the Tasks that `--remove-doubles` deleted, or would delete in a `dry_run`; null
      without it; `left_alone`: those that stay, `{type, id, reason}`
    """
    removed = report.removed
    return {
        "schema": SCHEMA,
        "exit_code": int(report.exit_code),
        "key_field": report.key_field.name,
        "key_field_is_unique": report.key_field.is_unique,
        "tasks": report.tasks,
        "found": {
            one.result.value: {"count": one.tasks, "examples": list(one.examples)}
            for one in report.counts
        },
        "doubles": [
            {
                "tasks": [one.elder, one.younger.task_id],
                "record": one.record_id,
                "removable": one.are_same,
            }
            for one in report.doubles
        ],
        "dry_run": report.dry_run,
        "removed": None if removed is None else list(removed.tasks),
        "left_alone": [] if removed is None else [_left_alone(one) for one in removed.left],
    }


def forget_json(done: Forgotten) -> JsonObject:
    """Return the result of `wasf forget`.

    * `chats`, `waiting` messages and `webhooks` that were removed; `groups` that are kept;
      `in_doubt`: Tasks that may still arrive, in a dry run
    * `logged_in_salesforce`: messages whose Tasks stay, and `records` that they are on
    * `unsure`: chats that stay and may be the person's, `{chat, id, reason}`
    * `not_checked`: `chats` that Salesforce could not be asked about, for that `reason`, and
      `other_orgs` that have a ledger on this machine
    """
    return {
        "schema": SCHEMA,
        "dry_run": done.dry_run,
        "chats": done.chats,
        "waiting": done.waiting,
        "logged_in_salesforce": done.logged,
        "records": [link_object(link) for link in done.records],
        "groups": done.groups,
        "in_doubt": done.in_jobs,
        "webhooks": done.webhooks,
        "unsure": [
            {"chat": one.chat.title, "id": one.chat.id, "reason": one.reason} for one in done.unsure
        ],
        "not_checked": {
            "chats": done.not_asked,
            "reason": done.error.message if done.error else "",
            "other_orgs": done.other_orgs,
        },
        "exit_code": int(done.exit_code),
    }


def lift_json(*, lifted: bool) -> JsonObject:
    """Return the result of `wasf forget --lift`: `lifted` is false where there was nothing to."""
    return {"schema": SCHEMA, "lifted": lifted}


def purge_json(options: PurgeOptions, purged: Purged, webhooks: int = 0) -> JsonObject:
    """Return the result of `wasf purge`: how many `logged` and `waiting` messages were removed.

    `webhooks` counts those that were kept because they were not understood.
    """
    return {
        "schema": SCHEMA,
        "dry_run": options.dry_run,
        "logged": purged.logged,
        "waiting": purged.waiting,
        "webhooks": webhooks,
    }
