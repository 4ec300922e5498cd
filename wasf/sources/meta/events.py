"""Meta's webhooks of the WhatsApp Cloud API: messages, what was typed on the phone, history, calls.

One body may hold many entries, changes and messages; all are read. A body may be wrapped, as relays
of other companies wrap it. The status of an outgoing message is no message. What carries a message
that cannot be read is named among the `unknown`, by a reason without values, so that the body is
kept; the rest of it is read.
"""

from typing import Final

from wasf.core.chats import Direction
from wasf.interfaces import Json, Recall, WebhookContent
from wasf.sources.customers import Customers, is_same_number, number_of
from wasf.sources.lenient_json import Object, inner, objects, one_line, text
from wasf.sources.meta.changes import (
    KIND,
    CloudChange,
    CloudFindings,
    changes_in,
    group_of,
    reports_in,
)
from wasf.sources.meta.messages import error_text, kind_of

_WITHOUT_MESSAGE: Final = frozenset(
    {"account_update", "user_preferences", "business_username_updates", "automatic_events"}
    | {"message_template_status_update", "message_template_quality_update"}
    | {"phone_number_quality_update", "messaging_handovers", "group_status_update"}
)
_CHANGES: Final = frozenset(
    {"user_changed_number", "customer_changed_number", "user_changed_user_id"}
    | {"customer_identity_changed", "user_identity_changed"}
)
_CALL_EVENTS: Final = frozenset({"connect", "terminate"})
_SAMPLE_NUMBER: Final = "123456123"  # of the button by which Meta tries an address

_NO_FILE: Final = "a file of the history that has not come"
_NO_SIDE: Final = "a file of the history of which nobody knows who sent it"


def read_cloud_api(body: Json, recall: Recall) -> WebhookContent:
    """Return what a body brings; `recall` gives what the ledger keeps of customers."""
    customers, gathered = Customers(KIND, recall), CloudFindings()
    changes = list(changes_in(body))
    for kind, value, entry in changes:
        reader = _READERS.get(kind)
        if text(inner(value, "metadata"), "phone_number_id") == _SAMPLE_NUMBER:
            gathered.unknown.append("a sample of Meta")
        elif reader is not None:
            reader(CloudChange(value, customers, gathered))
        elif kind not in _WITHOUT_MESSAGE:
            gathered.unknown.append(kind or "no field")
        gathered.reports.extend(reports_in(kind, value, entry))
    if not changes:
        gathered.unknown.append("no entry")
    return WebhookContent(
        messages=tuple(gathered.messages),
        unknown=tuple(gathered.unknown),
        facts=customers.learned,
        provisional=tuple(gathered.provisional),
        resolves=_NO_SIDE if gathered.placeholders else "",
        failed=gathered.failed,
        reports=tuple(gathered.reports),
    )


# --- Messages ----------------------------------------------------------------------------------


def _messages(change: CloudChange) -> None:
    """Read the messages of a change; one of our own number is outgoing, whatever it is among."""
    for status in objects(change.value, "statuses"):
        change.customers.learn_pair(text(status, "recipient_id"), text(status, "recipient_user_id"))
        if text(status, "status") == "failed":
            reasons = [reason for one in objects(status, "errors") if (reason := error_text(one))]
            change.gathered.failed[text(status, "id")] = one_line(", ".join(reasons)) or "failed"
    for shown in objects(change.value, "messages"):
        number, user_id = text(shown, "from"), text(shown, "from_user_id")
        group = change.group_with(shown)
        system = text(inner(shown, "system"), "type")
        if kind_of(shown) == "system" and system in _CHANGES:
            _note_change(change, shown)
        elif group:
            ours = change.is_ours(number)
            side = Direction.OUTGOING if ours else Direction.INCOMING
            known = bool(number or user_id)
            change.add(change.group_chat(group, shown) if known else None, shown, side)
        elif change.is_ours(number):
            _add_outgoing(change, shown)
        else:
            _learn_own_card(change, shown, user_id)
            change.add(change.chat(number, user_id), shown, Direction.INCOMING)


def _add_outgoing(change: CloudChange, shown: Object) -> None:
    """Add a message of ours: the other party is its recipient, else the only contact."""
    number, user_id = text(shown, "to"), text(shown, "to_user_id")
    if not (number or user_id):
        contacts = [
            one
            for one in objects(change.value, "contacts")
            if not change.is_ours(text(one, "wa_id"))
        ]
        if len(contacts) == 1:
            number, user_id = text(contacts[0], "wa_id"), text(contacts[0], "user_id")
    change.add(change.chat(number, user_id), shown, Direction.OUTGOING)


def _learn_own_card(change: CloudChange, shown: Object, user_id: str) -> None:
    """Learn the number of somebody who sends the own card, as an answer to a request for it."""
    for card in objects(shown, "contacts"):
        for phone in objects(card, "phones"):
            if user_id and text(phone, "user_id") == user_id:
                change.customers.learn_pair(text(phone, "wa_id"), user_id)


def _echoes(change: CloudChange) -> None:
    for shown in objects(change.value, "message_echoes"):
        _add_outgoing(change, shown)


def _standby(change: CloudChange) -> None:
    """Read what another app answers, which holds the thread just now."""
    inside = {**change.value, **inner(change.value, "standby")}
    beside = CloudChange(inside, change.customers, change.gathered)
    _messages(beside)
    _echoes(beside)


# --- History -----------------------------------------------------------------------------------


def _history(change: CloudChange) -> None:
    """Read threads, and files of their messages, which come in bodies of their own."""
    for chunk in objects(change.value, "history"):
        for thread in objects(chunk, "threads"):
            _thread(change, thread)
    for shown in objects(change.value, "messages"):
        if change.is_ours(text(shown, "from")):
            _add_outgoing(change, shown)
        else:
            _late_file(change, shown)
    _echoes(change)


def _thread(change: CloudChange, thread: Object) -> None:
    """Read the messages of a thread; for a placeholder a file may come, of the last 14 days."""
    context = inner(thread, "context")
    number, user_id = text(context, "wa_id") or text(thread, "id"), text(context, "user_id")
    chat = change.chat(number, user_id)
    for shown in objects(thread, "messages"):
        side = _side_in_thread(change, shown, number, user_id)
        if kind_of(shown) == "media_placeholder":
            change.customers.keep(f"side {text(shown, 'id')}", side.value)
            change.gathered.placeholders.append(text(shown, "id"))
            change.add(chat, shown, side, waits_as=_NO_FILE)
        else:
            change.add(chat, _with_failure(shown), side)


def _with_failure(shown: Object) -> Object:
    """Return a message of the history; one that was not delivered says so."""
    failed = text(inner(shown, "history_context"), "status").upper() == "ERROR"
    return {**shown, "not_delivered": True} if failed else shown


def _late_file(change: CloudChange, shown: Object) -> None:
    """Read a file of the history. It names the customer whoever sent it: its thread says who did.

    Until the thread comes the message is provisional.
    """
    side = change.customers.fact(f"side {text(shown, 'id')}")
    chat = change.chat(text(shown, "from"), text(shown, "from_user_id"))
    known = Direction(side) if side else Direction.INCOMING
    change.add(chat, shown, known, waits_as="" if side else _NO_SIDE)


def _side_in_thread(change: CloudChange, shown: Object, number: str, user_id: str) -> Direction:
    """Return who wrote a message of a thread: our side, or the customer that the thread is with."""
    sender, sender_id = text(shown, "from"), text(shown, "from_user_id")
    if inner(shown, "history_context").get("from_me") is True or change.is_ours(sender):
        return Direction.OUTGOING
    is_customer = is_same_number(sender, number) or bool(user_id and sender_id == user_id)
    to_us = change.is_ours(text(shown, "to"))
    if is_customer or to_us or (change.our_number and number_of(sender)):
        return Direction.INCOMING
    to_customer = is_same_number(text(shown, "to"), number)
    return Direction.OUTGOING if to_customer or number_of(sender) else Direction.INCOMING


# --- Calls, changes, names ---------------------------------------------------------------------


def _calls(change: CloudChange) -> None:
    """Read the calls that ended."""
    for call in objects(change.value, "calls"):
        event = text(call, "event")
        if event not in _CALL_EVENTS:
            change.gathered.unknown.append("a call without a known event")
        if event != "terminate":
            continue
        is_ours = text(call, "direction") == "BUSINESS_INITIATED"
        side = "to" if is_ours else "from"
        chat = change.chat(text(call, side), text(call, f"{side}_user_id"))
        direction = Direction.OUTGOING if is_ours else Direction.INCOMING
        change.add(chat, {**call, "type": "call"}, direction)


def _note_change(change: CloudChange, shown: Object) -> None:
    """Note a customer's new number or id: the same person, the same chat."""
    said, customers = inner(shown, "system"), change.customers
    old_number, old_id = text(shown, "from"), text(said, "previous_user_id")
    new = [text(said, name) for name in ("wa_id", "new_wa_id", "user_id")]
    known = old_number or old_id or text(shown, "from_user_id")
    names = [*new, *([old_id] if old_number else [])]
    customers.renamed(known, *filter(None, names))
    if any(number_of(one) and not is_same_number(one, old_number) for one in new[:2]):
        customers.left(old_number)


def _new_ids(change: CloudChange) -> None:
    for update in objects(change.value, "user_id_update"):
        ids = inner(update, "user_id")
        change.customers.renamed(text(ids, "previous"), text(ids, "current"))


def _address_book(change: CloudChange) -> None:
    """Learn who has which number from the address book of our phone."""
    for state in objects(change.value, "state_sync"):
        contact = inner(state, "contact")
        change.customers.learn_pair(text(contact, "phone_number"), text(contact, "user_id"))


def _group_events(change: CloudChange) -> None:
    """Learn subjects and participants of groups."""
    groups = change.groups
    for event in objects(change.value, "groups"):
        group = group_of(event)
        groups.name(group, text(event, "subject") or text(inner(event, "group_subject"), "text"))
        for one in objects(event, "added_participants"):
            groups.add(group, "", text(one, "wa_id"), text(one, "user_id"))
        for one in objects(event, "removed_participants"):
            groups.remove(group, text(one, "wa_id"), text(one, "user_id"))


_READERS: Final = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "standby": _standby,
    "history": _history,
    "calls": _calls,
    "user_id_update": _new_ids,
    "smb_app_state_sync": _address_book,
    "group_lifecycle_update": _group_events,
    "group_participants_update": _group_events,
    "group_settings_update": _group_events,
}
"""Field of a change -> reads its value."""
