"""Meta's webhooks of the WhatsApp Cloud API: messages, what was typed on the phone, history, calls.

One body may hold many entries, changes and messages; all are read. A body may be wrapped, as relays
of other companies wrap it. The status of an outgoing message is no message. What carries a message
that cannot be read is named among the `unknown`, by a reason without values, so that the body is
kept; the rest of it is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wasf.core.chats import Attachment, Direction, Message, SourceChat
from wasf.interfaces import Delivered, Delivery, Json, Recall
from wasf.sources.lenient_json import Object, as_object, inner, objects, parsed, text, unix_time
from wasf.sources.meta.customers import Customers, GroupBook, is_same_number, number_of
from wasf.sources.meta.messages import content_of, kind_of

KIND: Final = "cloud-api"
TITLE: Final = "WhatsApp Cloud API"

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

_NO_SENDER: Final = "a message without a sender"
_NO_RECIPIENT: Final = "a message of ours without a recipient"
_NO_ID: Final = "a message without an id"
_NO_TIME: Final = "a message without a usable time"
_NO_FILE: Final = "a file of the history that has not come"


def read_cloud_api(body: Json, recall: Recall) -> Delivery:
    """Return what a body brings; `recall` gives what the ledger keeps of customers."""
    customers, gathered = Customers(recall), _Findings([], [])
    changes = list(_changes(body, 0))
    for field, value in changes:
        reader = _READERS.get(field)
        if text(inner(value, "metadata"), "phone_number_id") == _SAMPLE_NUMBER:
            gathered.unknown.append("a sample of Meta")
        elif reader is not None:
            reader(_Change(value, customers, gathered))
        elif field not in _WITHOUT_MESSAGE:
            gathered.unknown.append(field or "no field")
    if not changes:
        gathered.unknown.append("no entry")
    return Delivery(tuple(gathered.messages), tuple(gathered.unknown), customers.learned)


_WRAPPERS: Final = ("body", "data", "payload")
_DEEPEST: Final = 4


def _changes(body: Json, depth: int) -> Iterator[tuple[str, Object]]:
    """Yield field and value of every change in a body, also in one that a relay has wrapped."""
    if depth > _DEEPEST:
        return
    shown = as_object(body)
    for entry in [*objects(shown, "entry"), shown]:
        for change in objects(entry, "changes"):
            yield text(change, "field"), inner(change, "value")
    is_bare = {"entry", "changes"}.isdisjoint(shown)
    if is_bare and isinstance(shown.get("messages"), list):
        yield "messages", shown
    for inside in body if isinstance(body, list) else _wrapped(shown) if is_bare else ():
        yield from _changes(inside, depth + 1)


def _wrapped(shown: Object) -> Iterator[Json]:
    """Yield what an object holds under one of the names that relays use, also as text of JSON."""
    for name in _WRAPPERS:
        value = shown.get(name)
        yield parsed(value.encode("utf-8", "replace")) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _Findings:
    """What was found in a body so far."""

    messages: list[Delivered]
    unknown: list[str]


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of one of our numbers."""

    value: Object
    customers: Customers
    gathered: _Findings

    @property
    def our_id(self) -> str:
        """Our number's id at Meta's."""
        return text(inner(self.value, "metadata"), "phone_number_id")

    @property
    def our_number(self) -> str:
        """Our number's digits."""
        shown = text(inner(self.value, "metadata"), "display_phone_number")
        return "".join(filter(str.isdecimal, shown))

    @property
    def groups(self) -> GroupBook:
        """The groups of our number."""
        return GroupBook(self.customers, self.our_id)

    def is_ours(self, number: str) -> bool:
        """Return whether a number is our own."""
        return is_same_number(number, self.our_number)

    def chat(self, number: str, user_id: str) -> SourceChat | None:
        """Return the chat with a customer; None if nothing says with whom."""
        customer = self.customers.customer(number, user_id)
        if customer is None:
            return None
        name = self.name_of(number, user_id)
        return SourceChat(
            source=KIND,
            origin=TITLE,
            title=name or customer.phone or customer.id,
            name=name,
            phone=customer.phone,
            whatsapp_account=f"+{self.our_number}" if self.our_number else "",
            native_id=f"{self.our_id} {customer.id}",
            doubt=customer.doubt,
        )

    def group_chat(self, group: str, shown: Object) -> SourceChat:
        """Return the chat of a group, with everybody who has written there or was added (T7)."""
        number, user_id = text(shown, "from"), text(shown, "from_user_id")
        groups = self.groups
        if not self.is_ours(number):
            groups.add(group, self.name_of(number, user_id), number, user_id)
        return SourceChat(
            source=KIND,
            origin=TITLE,
            title=self._subject(group) or groups.subject(group) or group,
            is_group=True,
            whatsapp_account=f"+{self.our_number}" if self.our_number else "",
            native_id=f"{self.our_id} {group}",
            participants=groups.participants(group),
        )

    def _subject(self, group: str) -> str:
        contacts = list(objects(self.value, "contacts"))
        return next((text(one, "group_subject") for one in contacts if _group_of(one) == group), "")

    def name_of(self, number: str, user_id: str) -> str:
        """Return a customer's name; contacts belong to messages by id, not by their place."""
        for contact in objects(self.value, "contacts"):
            same_number = is_same_number(text(contact, "wa_id"), number)
            if same_number or (user_id and text(contact, "user_id") == user_id):
                profile = inner(contact, "profile")
                return text(profile, "name") or text(profile, "username")
        return ""

    def add(self, chat: SourceChat | None, shown: Object, direction: Direction) -> None:
        """Add a message, or why it cannot be taken."""
        at, uid, found = unix_time(shown, "timestamp"), text(shown, "id"), content_of(shown)
        ours = direction is Direction.OUTGOING
        if found is None:
            return
        if chat is None or at is None or not uid:
            nobody = _NO_RECIPIENT if ours else _NO_SENDER
            reason = nobody if chat is None else _NO_TIME if at is None else _NO_ID
            self.gathered.unknown.append(reason)
            return
        author = f"+{self.our_number}" if ours else chat.name or chat.phone or chat.title
        if chat.is_group and not ours:
            number, user_id = text(shown, "from"), text(shown, "from_user_id")
            group = _group_of(shown) or _group_in_contacts(self)
            author = self.groups.author(group, number, user_id)
        attachment = Attachment(found.file) if found.file else None
        message = Message(at, direction, author, found.kind, found.text, attachment, uid)
        self.gathered.messages.append(Delivered(chat, message))


def _group_of(shown: Object) -> str:
    return text(shown, "group_id")


# --- Messages ----------------------------------------------------------------------------------


def _messages(change: _Change) -> None:
    """Read the messages of a change; one of our own number is outgoing, whatever it is among."""
    for status in objects(change.value, "statuses"):
        change.customers.learn_pair(text(status, "recipient_id"), text(status, "recipient_user_id"))
    for shown in objects(change.value, "messages"):
        number, user_id = text(shown, "from"), text(shown, "from_user_id")
        group = _group_of(shown) or _group_in_contacts(change)
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
            change.add(change.chat(number, user_id), shown, _side(change, shown))


def _group_in_contacts(change: _Change) -> str:
    """Return the group that a forwarder names beside the only contact, "" if none."""
    contacts = list(objects(change.value, "contacts"))
    return _group_of(contacts[0]) if len(contacts) == 1 else ""


def _side(change: _Change, shown: Object) -> Direction:
    """Return the side of a message; the history says it in the thread, before a file comes."""
    known = change.customers.fact(f"side {text(shown, 'id')}")
    return Direction(known) if known else Direction.INCOMING


def _add_outgoing(change: _Change, shown: Object) -> None:
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


def _learn_own_card(change: _Change, shown: Object, user_id: str) -> None:
    """Learn the number of somebody who sends the own card, as an answer to a request for it."""
    for card in objects(shown, "contacts"):
        for phone in objects(card, "phones"):
            if user_id and text(phone, "user_id") == user_id:
                change.customers.learn_pair(text(phone, "wa_id"), user_id)


def _echoes(change: _Change) -> None:
    for shown in objects(change.value, "message_echoes"):
        _add_outgoing(change, shown)


def _standby(change: _Change) -> None:
    """Read what another app answers, which holds the thread just now."""
    inside = {**change.value, **inner(change.value, "standby")}
    beside = _Change(inside, change.customers, change.gathered)
    _messages(beside)
    _echoes(beside)


# --- History -----------------------------------------------------------------------------------


def _history(change: _Change) -> None:
    """Read threads; the files of some of their messages come in bodies of their own."""
    for chunk in objects(change.value, "history"):
        for thread in objects(chunk, "threads"):
            context = inner(thread, "context")
            number = text(context, "wa_id") or text(thread, "id")
            user_id = text(context, "user_id")
            chat = change.chat(number, user_id)
            for shown in objects(thread, "messages"):
                side = _side_in_thread(change, shown, number, user_id)
                if kind_of(shown) == "media_placeholder":
                    change.customers.keep(f"side {text(shown, 'id')}", side.value)
                    change.gathered.unknown.append(_NO_FILE)
                else:
                    change.add(chat, shown, side)
    _messages(change)
    _echoes(change)


def _side_in_thread(change: _Change, shown: Object, number: str, user_id: str) -> Direction:
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


def _calls(change: _Change) -> None:
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


def _note_change(change: _Change, shown: Object) -> None:
    """Note a customer's new number or id: the same person, the same chat."""
    said, customers = inner(shown, "system"), change.customers
    old_number, old_id = text(shown, "from"), text(said, "previous_user_id")
    new = [text(said, name) for name in ("wa_id", "new_wa_id", "user_id")]
    known = old_number or old_id or text(shown, "from_user_id")
    names = [*new, *([old_id] if old_number else [])]
    customers.renamed(known, *filter(None, names))
    if any(number_of(one) and not is_same_number(one, old_number) for one in new[:2]):
        customers.left(old_number)


def _new_ids(change: _Change) -> None:
    for update in objects(change.value, "user_id_update"):
        ids = inner(update, "user_id")
        change.customers.renamed(text(ids, "previous"), text(ids, "current"))


def _address_book(change: _Change) -> None:
    """Learn who has which number from the address book of our phone."""
    for state in objects(change.value, "state_sync"):
        contact = inner(state, "contact")
        change.customers.learn_pair(text(contact, "phone_number"), text(contact, "user_id"))


def _group_events(change: _Change) -> None:
    """Learn subjects and participants of groups."""
    groups = change.groups
    for event in objects(change.value, "groups"):
        group = _group_of(event)
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
