"""WAHA's webhooks: messages, edits, deletions, reactions, calls, failures, states of sessions.

A message has the same id here as in lists, so that what both bring counts once; so it does where
`message` and `message.any` both tell it. A call rings first; it counts when it is answered or ends,
or after a day. A message that cannot be read is named by a reason, so that its body is kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from wasf.core.chats import Message, MessageKind, SourceChat
from wasf.core.source_state import SourceReport
from wasf.interfaces import Delivered, Delivery, Json, Provisional, Recall
from wasf.sources.lenient_json import Object, as_object, inner, one_line, text
from wasf.sources.waha.client import WORKING, owner_in
from wasf.sources.waha.messages import (
    NAME,
    TITLE,
    WahaMessage,
    id_of,
    message,
    split_id,
    time_in,
)
from wasf.sources.waha.walk import author_of
from wasf.sources.whatsapp_bodies import (
    WebContent,
    WebEnvelope,
    deletion_of,
    edit_of,
    message_of,
)
from wasf.sources.whatsapp_web import WebAccount, WebChats, is_group, person_of

_FAILED: Final = "-1"
_RINGING: Final = "a call that has not ended"
_NOBODY: Final = "a message without a chat"
_WITHOUT_MESSAGE: Final = (
    "message.waiting", "message.ack", "poll.vote", "group.", "chat.", "label.", "presence.",
    "engine.", "event.", "state.",
)  # fmt: skip


def read_waha(body: Json, recall: Recall) -> Delivery:
    """Return what a body brings; `recall` gives what the ledger keeps of accounts and people."""
    event = as_object(body)
    kind, payload = text(event, "event"), inner(event, "payload")
    me, name = inner(event, "me"), text(event, "session")
    known = WebAccount.recalled(NAME, name, recall)
    number, lid = person_of(text(me, "id")), person_of(text(me, "lid"))
    account = WebAccount(name, number, lid, owner_in(inner(event, "metadata"))).completed(known)
    found = _HookFindings(WebChats(NAME, TITLE, account, recall))
    reader = _READERS.get(kind)
    if reader is not None:
        reader(found, payload)
    elif not kind.startswith(_WITHOUT_MESSAGE):
        found.unknown.append(kind or "no event")
    facts = account.facts(NAME) if account != known else {}
    return Delivery(
        messages=tuple(found.messages),
        unknown=tuple(found.unknown),
        facts={**facts, **found.chats.new_facts()},
        provisional=tuple(found.provisional),
        settles=_RINGING if found.ended else "",
        failed=found.failed,
        reports=tuple(found.reports),
    )


@dataclass(frozen=True, slots=True)
class _HookFindings:
    """What was found in a body so far; `ended` are the ids of calls that are over."""

    chats: WebChats
    messages: list[Delivered] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    provisional: list[Provisional] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    reports: list[SourceReport] = field(default_factory=list)

    @property
    def session(self) -> str:
        """The name of the session."""
        return self.chats.account.name

    def chat(self, one: WahaMessage) -> SourceChat | None:
        """Return the chat of a message; None for a story, a channel or the like."""
        if is_group(one.id.jid):
            if not one.id.from_me:
                self.chats.member(one.id.jid, one.senders, one.push_name)
            return self.chats.group(one.id.jid)
        return self.chats.direct(one.jids, one.push_name)

    def add(self, one: WahaMessage, make: Callable[[WebEnvelope], Message], uid: str = "") -> None:
        """Add a message, or what became of the message `uid`, if its chat is one with people."""
        chat = self.chat(one)
        if chat is not None:
            envelope = one.envelope(self.session, author_of(self.chats, chat, one), uid)
            self.messages.append(Delivered(chat, make(envelope)))

    def read(self, payload: Object) -> WahaMessage | None:
        """Return a payload's message; None, and why it cannot be taken, if it is none."""
        found = message(payload)
        if isinstance(found, str):
            self.unknown.append(found)
            return None
        return found


# --- Messages ----------------------------------------------------------------------------------


def _message(found: _HookFindings, payload: Object) -> None:
    one = found.read(payload)
    if one is None or one.content is None:
        return
    content = one.content
    found.add(one, lambda envelope: message_of(envelope, content))


def _edited(found: _HookFindings, payload: Object) -> None:
    one = found.read(payload)
    original = split_id(text(payload, "editedMessageId"))
    uid = original.uid if original else text(payload, "editedMessageId")
    if one is None:
        return
    if not uid or one.content is None:
        found.unknown.append("an edit without the message that it is of")
        return
    content = one.content
    found.add(one, lambda envelope: edit_of(envelope, content), uid)


def _revoked(found: _HookFindings, payload: Object) -> None:
    after, before = inner(payload, "after"), inner(payload, "before")
    shown = id_of(before) or id_of(after)
    revoked = text(payload, "revokedMessageId")
    original = split_id(revoked)
    uid = original.uid if original else revoked or (shown.uid if shown else "")
    one = found.read(after if id_of(after) else before)
    if one is not None and uid:
        found.add(one, deletion_of, uid)


def _ack(found: _HookFindings, payload: Object) -> None:
    split = split_id(text(payload, "id"))
    if split and split.from_me and text(payload, "ack") == _FAILED:
        found.failed[split.uid] = "failed"


# --- Calls and sessions ------------------------------------------------------------------------


def _ringing(found: _HookFindings, payload: Object) -> None:
    call = _call(found, payload, "")
    if call is not None and not found.chats.customers.fact(f"call {text(payload, 'id')}"):
        found.provisional.append(Provisional(_RINGING, call))


def _answered(found: _HookFindings, payload: Object) -> None:
    _end(found, payload, "answered")


def _over(found: _HookFindings, payload: Object) -> None:
    _end(found, payload, "missed or declined")


def _end(found: _HookFindings, payload: Object, how: str) -> None:
    call, name = _call(found, payload, how), f"call {text(payload, 'id')}"
    if call is None:
        return
    found.ended.append(name)
    if not found.chats.customers.fact(name):
        found.chats.customers.keep(name, how)
        found.messages.append(call)


def _call(found: _HookFindings, payload: Object, how: str) -> Delivered | None:
    """Return an incoming call of a person; None for a group's, which has no chat here."""
    uid, at, jid = text(payload, "id"), time_in(payload), text(payload, "from")
    if payload.get("isGroup") is True or is_group(jid):
        return None
    chat = found.chats.direct([jid])
    if chat is None or at is None or not uid:
        found.unknown.append(_NOBODY if chat is None else "a call without an id or a time")
        return None
    said = "Video call" if payload.get("isVideo") is True else "Call"
    content = WebContent(MessageKind.CALL, f"{said} ({how})" if how else said)
    envelope = WebEnvelope(uid, at, False, chat.name or chat.title, NAME)  # noqa: FBT003
    return Delivered(chat, message_of(envelope, content))


def _status(found: _HookFindings, payload: Object) -> None:
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
