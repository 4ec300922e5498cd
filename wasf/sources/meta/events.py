"""Meta's webhooks of the WhatsApp Cloud API: messages, what was typed on the phone, history, calls.

One body may hold many entries, changes and messages; all are read. The status of an outgoing
message is no message. A message of an unknown type is kept, and says so.

A customer has a number, an id that is scoped to the business, or both. The number may be missing,
and either may change. So the ledger remembers whoever was seen with both, and a chat keeps the id
by which it was known first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from wasf.core.chats import Attachment, Direction, Message, Phone, SourceChat
from wasf.core.phones import parse_phone
from wasf.interfaces import Delivered, Delivery, Json, Recall
from wasf.sources.lenient_json import Object, as_object, inner, objects, text, unix_time
from wasf.sources.meta.messages import content_of

KIND: Final = "cloud-api"
TITLE: Final = "WhatsApp Cloud API"

_WITHOUT_MESSAGE: Final = frozenset(
    {"account_update", "smb_app_state_sync", "user_preferences", "group_participants_update"}
    | {"business_username_updates", "message_template_status_update", "phone_number_quality_update"}
)
_BUSINESS_SCOPED: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_DIGITS: Final = re.compile(r"[0-9]{7,15}")
_FACT: Final = "cloud-api "


def read_cloud_api(body: Json, recall: Recall) -> Delivery:
    """Return what a body brings; `recall` gives what the ledger keeps of customers."""
    customers = Customers(recall)
    found: list[Delivered] = []
    unknown: list[str] = []
    for entry in objects(as_object(body), "entry"):
        for change in objects(entry, "changes"):
            field, value = text(change, "field"), inner(change, "value")
            reader = _READERS.get(field)
            if reader is not None:
                found += reader(_Change(value, customers))
            elif field not in _WITHOUT_MESSAGE:
                unknown.append(field or "no field")
    if not list(objects(as_object(body), "entry")):
        unknown.append("no entry")
    return Delivery(tuple(found), tuple(unknown), customers.learned)


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of one of our numbers."""

    value: Object
    customers: "Customers"

    @property
    def our_id(self) -> str:
        """Our number's id at Meta's."""
        return text(inner(self.value, "metadata"), "phone_number_id")

    @property
    def our_number(self) -> str:
        """Our number's digits."""
        shown = text(inner(self.value, "metadata"), "display_phone_number")
        return "".join(filter(str.isdecimal, shown))

    def chat(self, number: str, user_id: str, group: str = "") -> SourceChat | None:
        """Return the chat with a customer, or of a group; None if nothing says with whom."""
        known_as = self.customers.known_as(number, user_id)
        if not known_as and not group:
            return None
        name = self._name(number, user_id)
        phone = self.customers.phone(number, known_as)
        return SourceChat(
            source=KIND,
            origin=TITLE,
            title=(group or name or phone or known_as),
            name="" if group else name,
            phone=None if group else phone,
            is_group=bool(group),
            whatsapp_account=f"+{self.our_number}" if self.our_number else "",
            native_id=f"{self.our_id} {group or known_as}",
        )

    def _name(self, number: str, user_id: str) -> str:
        """Return the customer's name; contacts belong to messages by id, not by their place."""
        for contact in objects(self.value, "contacts"):
            same_number = number and text(contact, "wa_id") == number
            if same_number or (user_id and text(contact, "user_id") == user_id):
                profile = inner(contact, "profile")
                return text(profile, "name") or text(profile, "username")
        return ""


def _incoming(change: _Change) -> Iterator[Delivered]:
    for shown in objects(change.value, "messages"):
        if text(shown, "type") == "system":
            _note_change(change, shown)
            continue
        number, user_id = text(shown, "from"), text(shown, "from_user_id")
        chat = change.chat(number, user_id, text(shown, "group_id"))
        yield from _delivered(chat, shown, Direction.INCOMING, change)


def _echoes(change: _Change) -> Iterator[Delivered]:
    for shown in objects(change.value, "message_echoes"):
        chat = change.chat(text(shown, "to"), text(shown, "to_user_id"))
        yield from _delivered(chat, shown, Direction.OUTGOING, change)


def _history(change: _Change) -> Iterator[Delivered]:
    for chunk in objects(change.value, "history"):
        for thread in objects(chunk, "threads"):
            context = inner(thread, "context")
            number = text(context, "wa_id") or text(thread, "id")
            chat = change.chat(number, text(context, "user_id"))
            for shown in objects(thread, "messages"):
                if text(shown, "type") != "media_placeholder":  # the file itself comes later
                    yield from _delivered(chat, shown, _direction(shown, change), change)
    yield from _incoming(change)
    yield from _echoes(change)


def _direction(shown: Object, change: _Change) -> Direction:
    is_ours = inner(shown, "history_context").get("from_me") is True
    if is_ours or (change.our_number and text(shown, "from") == change.our_number):
        return Direction.OUTGOING
    return Direction.INCOMING


def _calls(change: _Change) -> Iterator[Delivered]:
    for call in objects(change.value, "calls"):
        if text(call, "event") != "terminate":
            continue
        is_ours = text(call, "direction") == "BUSINESS_INITIATED"
        other = text(call, "to" if is_ours else "from")
        chat = change.chat(other, text(call, "from_user_id"))
        direction = Direction.OUTGOING if is_ours else Direction.INCOMING
        yield from _delivered(chat, {**call, "type": "call"}, direction, change)


def _delivered(
    chat: SourceChat | None, shown: Object, direction: Direction, change: _Change
) -> Iterator[Delivered]:
    at, uid = unix_time(shown, "timestamp"), text(shown, "id")
    found = content_of(shown)
    if chat is None or at is None or not uid or found is None:
        return
    ours = direction is Direction.OUTGOING
    author = f"+{change.our_number}" if ours else chat.name or chat.phone or chat.title
    if chat.is_group and not ours:
        author = change.customers.known_as(text(shown, "from"), text(shown, "from_user_id"))
    attachment = Attachment(found.file) if found.file else None
    yield Delivered(chat, Message(at, direction, author, found.kind, found.text, attachment, uid))


def _note_change(change: _Change, shown: Object) -> None:
    """Note a customer's new number or id: the same person, the same chat."""
    said = inner(shown, "system")
    old = text(shown, "from") or text(shown, "from_user_id")
    for name in ("wa_id", "new_wa_id", "user_id"):
        if new := text(said, name):
            change.customers.renamed(old, new)


def _new_ids(change: _Change) -> Iterator[Delivered]:
    for update in objects(change.value, "user_id_update"):
        ids = inner(update, "user_id")
        change.customers.renamed(text(ids, "previous"), text(ids, "current"))
    yield from ()


_READERS: Final = {
    "messages": _incoming,
    "smb_message_echoes": _echoes,
    "history": _history,
    "calls": _calls,
    "user_id_update": _new_ids,
}


# --- Customers -----------------------------------------------------------------------------------


class Customers:
    """The customers of one business; `learned` are the new facts that the ledger has to keep."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self.learned: dict[str, str] = {}

    def known_as(self, number: str, user_id: str) -> str:
        """Return the one id of the customer with this number and id; either may be ""."""
        names = [name for name in (_number(number), _scoped(user_id) or _scoped(number)) if name]
        known = next(filter(None, map(self._known, names)), "") or (names[0] if names else "")
        for name in names:
            if self._known(name) != known:
                self.learned[_FACT + name] = known
        return known

    def renamed(self, old: str, new: str) -> None:
        """Note that a customer has another number or id now."""
        known = self.known_as(old, old)
        name = _number(new) or _scoped(new)
        if known and name:
            self.learned[_FACT + name] = known

    def phone(self, number: str, known_as: str) -> Phone | None:
        """Return the customer's number, as it is given now or as the id tells."""
        digits = _number(number) or _number(known_as)
        return parse_phone(f"+{digits}", "") if digits else None

    def _known(self, name: str) -> str:
        return self.learned.get(_FACT + name) or self._recall(_FACT + name)


def _number(value: str) -> str:
    """Return the digits of a number, "" for anything else."""
    digits = value.removeprefix("+")
    return digits if _DIGITS.fullmatch(digits) else ""


def _scoped(value: str) -> str:
    return value if _BUSINESS_SCOPED.fullmatch(value) else ""
