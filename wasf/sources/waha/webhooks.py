"""WAHA's webhooks: messages, edits, deletions, reactions, calls, failures, states of sessions.

A message has the same id here as in lists, so that what both bring counts once; so it does where
`message` and `message.any` both tell it. A call rings first; it counts when it is answered or ends,
or after a day. A message that cannot be read is named by a reason, so that its body is kept.
"""

from collections.abc import Callable
from typing import Final

from wasf.core.chats import Message, SourceChat
from wasf.core.source_state import SourceReport
from wasf.interfaces import Json, Recall, WebhookContent
from wasf.sources.lenient_json import Object, as_object, inner, one_line, text
from wasf.sources.waha.client import WORKING, owner_in
from wasf.sources.waha.messages import (
    NAME,
    TITLE,
    WahaMessage,
    author_of,
    id_of,
    message,
    split_id,
    time_in,
)
from wasf.sources.whatsapp_bodies import WebEnvelope, deletion_of, edit_of, message_of
from wasf.sources.whatsapp_web import HookFindings, WebAccount, WebChats, is_group, person_of

_FAILED: Final = "-1"
_WITHOUT_MESSAGE: Final = (
    "message.waiting", "message.ack", "poll.vote", "group.", "chat.", "label.", "presence.",
    "engine.", "event.", "state.",
)  # fmt: skip


def read_waha(body: Json, recall: Recall) -> WebhookContent:
    """Return what a body brings; `recall` gives what the ledger keeps of accounts and people."""
    event = as_object(body)
    kind, payload = text(event, "event"), inner(event, "payload")
    me, name = inner(event, "me"), text(event, "session")
    known = WebAccount.recalled(NAME, name, recall)
    number, lid = person_of(text(me, "id")), person_of(text(me, "lid"))
    account = WebAccount(name, number, lid, owner_in(inner(event, "metadata"))).completed(known)
    found = HookFindings(WebChats(NAME, TITLE, account, recall))
    reader = _READERS.get(kind)
    if reader is not None:
        reader(found, payload)
    elif not kind.startswith(_WITHOUT_MESSAGE):
        found.unknown.append(kind or "no event")
    return found.content(account.facts(NAME) if account != known else {})


def _chat(found: HookFindings, one: WahaMessage) -> SourceChat | None:
    """Return the chat of a message; None for a story, a channel or the like."""
    if is_group(one.id.jid):
        if not one.id.from_me:
            found.chats.member(one.id.jid, one.senders, one.push_name)
        return found.chats.group(one.id.jid)
    return found.chats.direct(one.jids, one.push_name)


def _add(
    found: HookFindings,
    one: WahaMessage,
    make: Callable[[WebEnvelope], Message],
    uid: str = "",
) -> None:
    """Add a message, or what became of the message `uid`, if its chat is one with people."""
    chat = _chat(found, one)
    if chat is not None:
        author = author_of(found.chats, chat, one)
        found.add(chat, make(one.envelope(found.chats.account.name, author, uid)))


def _read(found: HookFindings, payload: Object) -> WahaMessage | None:
    """Return a payload's message; None, and why it cannot be taken, if it is none."""
    one = message(payload)
    if isinstance(one, str):
        found.unknown.append(one)
        return None
    return one


# --- Messages ----------------------------------------------------------------------------------


def _message(found: HookFindings, payload: Object) -> None:
    one = _read(found, payload)
    if one is None or one.content is None:
        return
    content = one.content
    _add(found, one, lambda envelope: message_of(envelope, content))


def _edited(found: HookFindings, payload: Object) -> None:
    one = _read(found, payload)
    original = split_id(text(payload, "editedMessageId"))
    uid = original.uid if original else text(payload, "editedMessageId")
    if one is None:
        return
    if not uid or one.content is None:
        found.unknown.append("an edit without the message that it is of")
        return
    content = one.content
    _add(found, one, lambda envelope: edit_of(envelope, content), uid)


def _revoked(found: HookFindings, payload: Object) -> None:
    after, before = inner(payload, "after"), inner(payload, "before")
    shown = id_of(before) or id_of(after)
    revoked = text(payload, "revokedMessageId")
    original = split_id(revoked)
    uid = original.uid if original else revoked or (shown.uid if shown else "")
    one = _read(found, after if id_of(after) else before)
    if one is not None and uid:
        _add(found, one, deletion_of, uid)


def _ack(found: HookFindings, payload: Object) -> None:
    split = split_id(text(payload, "id"))
    if split and split.from_me and text(payload, "ack") == _FAILED:
        found.failed[split.uid] = "failed"


# --- Calls and sessions ------------------------------------------------------------------------


def _ringing(found: HookFindings, payload: Object) -> None:
    call = _call(found, payload)
    if call is not None:
        found.ring(*call, is_video=payload.get("isVideo") is True)


def _answered(found: HookFindings, payload: Object) -> None:
    _end(found, payload, "answered")


def _over(found: HookFindings, payload: Object) -> None:
    _end(found, payload, "missed or declined")


def _end(found: HookFindings, payload: Object, how: str) -> None:
    call = _call(found, payload)
    if call is not None:
        found.end(*call, how, is_video=payload.get("isVideo") is True)


def _call(found: HookFindings, payload: Object) -> tuple[SourceChat, WebEnvelope] | None:
    """Return an incoming call of a person; None for a group's, which has no chat here."""
    uid, at, jid = text(payload, "id"), time_in(payload), text(payload, "from")
    if payload.get("isGroup") is True or is_group(jid):
        return None
    chat = found.chats.direct([jid])
    if chat is None or at is None or not uid:
        found.unknown.append("a call without a chat or a time")
        return None
    author = chat.name or chat.title
    return chat, WebEnvelope(uid, at, from_me=False, author=author, provider=NAME)


def _status(found: HookFindings, payload: Object) -> None:
    """Report a session that is not connected; a connected one ends the report."""
    status = one_line(text(payload, "status"))
    said = "" if status == WORKING else f"the session is {status.lower().replace('_', ' ')}"
    if status in _PASSING:
        return
    found.reports.append(SourceReport(TITLE, found.chats.account.shown, "session", said))


_PASSING: Final = frozenset({"", "STARTING"})

_READERS: Final = {
    "message": _message,
    "message.any": _message,
    "message.edited": _edited,
    "message.revoked": _revoked,
    "message.reaction": _message,
    "message.ack": _ack,
    "call.received": _ringing,
    "call.accepted": _answered,
    "call.rejected": _over,
    "session.status": _status,
}
"""Event -> reads its payload."""
