"""The changes that a body of the Cloud API holds: messages, and what Meta reports of our account.

A body may be wrapped, as relays of other companies wrap it. A message that cannot be taken is named
by a reason without values.

An account that left, was restricted or banned brings nothing any more, and looks healthy. Errors
beside messages say that history is not shared, or that Meta refuses to send.
"""

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from wasf.core.chats import Attachment, Direction, Message, SourceChat
from wasf.core.source_state import SourceReport
from wasf.interfaces import Json, Provisional, WebhookMessage
from wasf.sources.customers import Customers, GroupBook, is_same_number
from wasf.sources.lenient_json import (
    Object,
    as_object,
    inner,
    objects,
    one_line,
    parsed,
    text,
    unix_time,
)
from wasf.sources.meta.messages import NAME, TITLE, content_of, error_text, media_place
from wasf.values import dataclass

# --- Reports -------------------------------------------------------------------------------------

_ENDS: Final = MappingProxyType(
    {
        "ACCOUNT_RECONNECTED": ("ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"),
        "PARTNER_ADDED": ("PARTNER_REMOVED",),
        "PARTNER_APP_INSTALLED": ("PARTNER_APP_UNINSTALLED",),
        "VERIFIED_ACCOUNT": (),
    }
)
"""An event that is good news -> the reports that it ends."""

_LONGEST: Final = 300


def reports_in(field: str, value: Object, entry: Object) -> Iterator[SourceReport]:
    """Yield what a change of an entry reports; the errors of its messages are not among it."""
    digits = our_number_in(value)
    subject = f"+{digits}" if digits else f"account {one_line(text(entry, 'id'))}"
    if field == "account_update":
        yield from _account_update(subject, value, unix_time(entry, "time"))
    errors = list(objects(value, "errors"))
    for chunk in objects(value, "history"):
        errors += objects(chunk, "errors")
    for error in errors:
        code, said = text(error, "code"), _words(text(error, "title"), error_text(error))
        if code or said:
            yield SourceReport(TITLE, subject, one_line(code)[:_LONGEST], said or "an error")


def _account_update(subject: str, value: Object, at: datetime | None) -> Iterator[SourceReport]:
    event = one_line(text(value, "event"))[:_LONGEST]
    ended = _ENDS.get(event)
    if ended is not None:
        for code in ended:
            yield SourceReport(TITLE, subject, code, "")
    elif event:
        details = inner(value, "disconnection_info") or inner(value, "ban_info")
        said = _words(*(text(details, name) for name in details))
        yield SourceReport(TITLE, subject, event, said or "the account has changed", at)


def _words(*parts: str) -> str:
    """Return words as one line, each once."""
    return one_line(", ".join(dict.fromkeys(filter(None, parts))))[:_LONGEST]


def our_number_in(value: Object) -> str:
    """Return the digits of our number that a change is of, "" if it names none."""
    shown = text(inner(value, "metadata"), "display_phone_number")
    return "".join(filter(str.isdecimal, shown))


# --- Changes -------------------------------------------------------------------------------------

KIND: Final = "cloud-api"

_NO_SENDER: Final = "a message without a sender"
_NO_RECIPIENT: Final = "a message of ours without a recipient"
_NO_ID: Final = "a message without an id"
_NO_TIME: Final = "a message without a usable time"

_WRAPPERS: Final = ("body", "data", "payload")
_DEEPEST: Final = 4


def changes_in(body: Json, depth: int = 0) -> Iterator[tuple[str, Object, Object]]:
    """Yield field, value and entry of every change in a body, also if a relay has wrapped it."""
    if depth > _DEEPEST:
        return
    shown = as_object(body)
    for entry in [*objects(shown, "entry"), shown]:
        for change in objects(entry, "changes"):
            yield text(change, "field"), inner(change, "value"), entry
    is_bare = {"entry", "changes"}.isdisjoint(shown)
    if is_bare and isinstance(shown.get("messages"), list):
        yield "messages", shown, shown
    for inside in body if isinstance(body, list) else _wrapped(shown) if is_bare else ():
        yield from changes_in(inside, depth + 1)


def _wrapped(shown: Object) -> Iterator[Json]:
    """Yield what an object holds under one of the names that relays use, also as text of JSON."""
    for name in _WRAPPERS:
        value = shown.get(name)
        yield parsed(value.encode("utf-8", "replace")) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class CloudFindings:
    """What was found in a body so far; `placeholders` are ids of messages whose files follow."""

    messages: list[WebhookMessage] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    provisional: list[Provisional] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    reports: list[SourceReport] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CloudChange:
    """One change of one of our numbers."""

    value: Object
    customers: Customers
    gathered: CloudFindings

    @property
    def our_id(self) -> str:
        """Our number's id at Meta's."""
        return text(inner(self.value, "metadata"), "phone_number_id")

    @property
    def our_number(self) -> str:
        """Our number's digits."""
        return our_number_in(self.value)

    @property
    def our_account(self) -> str:
        """Our number as chats show it."""
        return f"+{self.our_number}" if self.our_number else ""

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
            whatsapp_account=self.our_account,
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
            whatsapp_account=self.our_account,
            native_id=f"{self.our_id} {group}",
            participants=groups.participants(group),
        )

    def group_with(self, shown: Object) -> str:
        """Return the group that a message is in, "" if in none.

        A forwarder names it beside the only contact.
        """
        contacts = list(objects(self.value, "contacts"))
        return group_of(shown) or (group_of(contacts[0]) if len(contacts) == 1 else "")

    def _subject(self, group: str) -> str:
        contacts = list(objects(self.value, "contacts"))
        return next((text(one, "group_subject") for one in contacts if group_of(one) == group), "")

    def name_of(self, number: str, user_id: str) -> str:
        """Return a customer's name; contacts belong to messages by id, not by their place."""
        for contact in objects(self.value, "contacts"):
            same_number = is_same_number(text(contact, "wa_id"), number)
            if same_number or (user_id and text(contact, "user_id") == user_id):
                profile = inner(contact, "profile")
                return text(profile, "name") or text(profile, "username")
        return ""

    def add(
        self, chat: SourceChat | None, shown: Object, direction: Direction, waits_as: str = ""
    ) -> None:
        """Add a message, or why it cannot be taken. `waits_as` is the kind of a provisional one."""
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
            author = self.groups.author(self.group_with(shown), number, user_id)
        attachment = Attachment(found.file) if found.file else None
        if attachment and found.file_id:
            attachment = Attachment(found.file, NAME, media_place(found.file_id, at))
        message = Message(at, direction, author, found.kind, found.text, attachment, uid)
        taken = WebhookMessage(chat, message)
        if waits_as:
            self.gathered.provisional.append(Provisional(waits_as, taken))
        else:
            self.gathered.messages.append(taken)


def group_of(shown: Object) -> str:
    """Return the id of the group that a message, contact or event is of, "" if of none."""
    return text(shown, "group_id")
