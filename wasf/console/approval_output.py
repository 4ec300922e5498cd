"""What people and programs see of chats that wait for a yes, and of what was decided (X2).

Values are imported for their types only, so that no command loads the use case of another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wasf.console.json_output import SCHEMA, JsonObject, link_object
from wasf.core.text import counted, local_minute

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from wasf.commands.review import DecidedChat, Decision, ReviewedChat
    from wasf.core.chats import Chat

_CHATS_SHOWN = 10


# --- Review ------------------------------------------------------------------------------------

_ALWAYS_SHOWN = 5  # columns


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
