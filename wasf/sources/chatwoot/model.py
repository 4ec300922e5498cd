"""What Chatwoot's API and webhooks show, as values: inboxes, conversations and contacts.

Chatwoot serves many channels; `ChannelInbox.is_whatsapp` tells which are WhatsApp's.
What wasf cannot do without (an id) raises `UnexpectedResponse`; the rest is read leniently. An
administrator's answers hold secrets of inboxes: only what is named here is taken from them.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import Final, NamedTuple, Self

from wasf.core.chats import SourceChat
from wasf.core.phones import parse_phone
from wasf.interfaces import Json, Recall
from wasf.sources.api_errors import unexpected_response
from wasf.sources.customers import Customers, GroupBook, number_of, phone_of
from wasf.sources.lenient_json import Object, as_object, inner, objects, one_line, text
from wasf.values import dataclass

NAME: Final = "chatwoot"
"""The provider, the kind of its source, and what an attachment names as its archive."""

TITLE: Final = "Chatwoot"
WHATSAPP: Final = "Channel::Whatsapp"
API_CHANNEL: Final = "Channel::Api"
TWILIO: Final = "Channel::TwilioSms"
TWILIO_PREFIX: Final = "whatsapp:"
_GROUP: Final = "@g.us"
_GROUP_NAME: Final = re.compile(r"\s*\(GROUP\)$")
_USER_ID: Final = re.compile(r"[A-Z]{2}\.[0-9A-Za-z.]+")
_LATEST: Final = 1e11  # seconds since 1970; larger is no time
_BRIDGE: Final = "EvolutionAPI"  # the contact by which the bridge of that name shows its own state


def items_of(answer: Json, *path: str) -> list[Json]:
    """Return the list at a path in an answer. Raise `UnexpectedResponse` if there is none."""
    found = answer
    for name in path:
        found = as_object(found).get(name)
    if not isinstance(found, list):
        raise unexpected_response(TITLE, path[-1] if path else "a list")
    return found


# --- What is ours --------------------------------------------------------------------------------


class ChannelInbox(NamedTuple):
    """An inbox: its id, channel, number and name, and its owner's e-mail if it has one member."""

    id: str
    channel: str
    medium: str
    phone: str
    name: str
    owner_email: str = ""
    is_disconnected: bool = False

    @classmethod
    def of(cls, value: Json) -> Self:
        """Return an inbox that the API shows; nothing else of it is kept."""
        shown = as_object(value)
        if not text(shown, "id"):
            raise unexpected_response(TITLE, "id of an inbox")
        return cls(
            id=text(shown, "id"),
            channel=text(shown, "channel_type"),
            medium=text(shown, "medium"),
            phone=text(shown, "phone_number"),
            name=one_line(text(shown, "name")),
            is_disconnected=shown.get("reauthorization_required") is True,
        )

    def is_whatsapp(self, bridged: Collection[str]) -> bool:
        """Return whether it is WhatsApp's; `bridged` are the ids of the inboxes of bridges."""
        is_twilio = self.channel == TWILIO and self.medium == "whatsapp"
        is_bridge = self.channel == API_CHANNEL and self.id in bridged
        return self.channel == WHATSAPP or is_twilio or is_bridge

    @property
    def account(self) -> str:
        """The WhatsApp account: the inbox's number, else its name."""
        return self.phone.removeprefix(TWILIO_PREFIX) or self.name


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What webhooks need of an account, and cannot tell: kept as one fact by each sync.

    `url` is the address of the server. `inboxes` are WhatsApp's, by their ids; `agents` the
    e-mails of agents by theirs.
    """

    id: str
    url: str = ""
    inboxes: Mapping[str, ChannelInbox] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def recalled(cls, recall: Recall, account_id: str) -> Self:
        """Return what is kept of an account; nothing of it is known if it was never read."""
        kept = recall(_account_name(account_id))
        url, inboxes, agents = json.loads(kept) if kept else ("", [], {})
        known = (ChannelInbox(*one) for one in inboxes)
        return cls(account_id, url, {one.id: one for one in known}, agents)

    def fact(self) -> dict[str, str]:
        """Return it as the ledger keeps it."""
        value = [self.url, list(self.inboxes.values()), dict(self.agents)]
        return {_account_name(self.id): json.dumps(value)}

    def chat_url(self, conversation: str) -> str:
        """Return the address of a conversation (L3), "" if the server's is not known."""
        path = f"/app/accounts/{self.id}/conversations/{conversation}"
        return f"{self.url}{path}" if self.url else ""


def _account_name(account_id: str) -> str:
    return f"{NAME} account {account_id}"


# --- Conversations -------------------------------------------------------------------------------


class ContactInfo(NamedTuple):
    """The other party: a person, or a group of a bridge. `identifier` is its id at the bridge."""

    name: str
    phone: str
    identifier: str

    @classmethod
    def of(cls, shown: Object) -> Self:
        """Return a contact that the API or a webhook shows."""
        name = one_line(text(shown, "name"))
        return cls(name, text(shown, "phone_number"), text(shown, "identifier"))

    @property
    def is_group(self) -> bool:
        """Whether it is a group, which only bridges make."""
        return self.identifier.endswith(_GROUP)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation: what a person and one of our inboxes wrote until it was resolved.

    `source_id` is the contact's id in the inbox. `shown` changes with every message that is new or
    changed, as far as the answer tells. `newest_id` is the id of the last message, 0 if not known.
    `uuid` is the conversation's own, also when the server was installed anew and ids begin again.
    """

    id: str
    inbox_id: str
    channel: str
    contact: ContactInfo
    source_id: str
    assignee_id: str
    assignee_email: str
    last_activity: float
    shown: str = ""
    newest_id: int = 0
    uuid: str = ""

    @classmethod
    def of(cls, value: Json) -> Self:
        """Return a conversation of the API, or that of a webhook's message."""
        shown = as_object(value)
        if not text(shown, "id"):
            raise unexpected_response(TITLE, "id of a conversation")
        meta, last = inner(shown, "meta"), _newest(shown)
        assignee = inner(meta, "assignee")
        contact_inbox = inner(shown, "contact_inbox") or inner(
            inner(last, "conversation"), "contact_inbox"
        )
        at, newest = shown.get("last_activity_at"), last.get("id")
        return cls(
            id=text(shown, "id"),
            inbox_id=text(shown, "inbox_id"),
            channel=text(meta, "channel") or text(shown, "channel"),
            contact=ContactInfo.of(inner(meta, "sender")),
            source_id=one_line(text(contact_inbox, "source_id")),
            assignee_id=text(assignee, "id"),
            assignee_email=text(assignee, "email"),
            last_activity=float(at) if isinstance(at, int | float) and 0 < at < _LATEST else 0.0,
            shown=f"{text(last, 'id')} {shown.get('updated_at', '')}",
            newest_id=newest if isinstance(newest, int) else 0,
            uuid=text(shown, "uuid"),
        )

    @property
    def number(self) -> str:
        """The contact's number as the API or the channel has it, "" if there is none."""
        if self.contact.phone:
            return self.contact.phone
        if self.channel == API_CHANNEL:
            return number_of(self.contact.identifier)
        return number_of(self.source_id.removeprefix(TWILIO_PREFIX))

    @property
    def native_id(self) -> str:
        """The chat's id: the group, else the contact in the inbox, whatever the conversation."""
        if self.contact.is_group:
            return f"{self.inbox_id} {self.contact.identifier}"
        return f"{self.inbox_id} {self.source_id or f'conversation {self.id}'}"


def _newest(shown: Object) -> Object:
    return next(objects(shown, "messages"), {}) or inner(shown, "last_non_activity_message")


class ChatMaker:
    """Makes chats of conversations, and keeps who takes part in groups; `facts` are new."""

    def __init__(self, account: AccountFacts, recall: Recall) -> None:
        self._account = account
        self._customers = Customers(NAME, recall)

    @property
    def facts(self) -> dict[str, str]:
        """What the ledger has to keep."""
        return self._customers.learned

    def wrote(self, chat: Conversation, authors: Iterable[str]) -> None:
        """Note who wrote in a group: each named as the bridge does it, with a number or a name."""
        if chat.contact.is_group:
            for author in authors:
                named = parse_phone(author.partition(" - ")[0].strip(), "")
                if named:
                    self._groups(chat).add(chat.contact.identifier, author, named, "")

    def chat(self, chat: Conversation) -> SourceChat:
        """Return the chat that a conversation belongs to."""
        inbox = self._account.inboxes.get(chat.inbox_id)
        contact, is_group = chat.contact, chat.contact.is_group
        phone = None if is_group else phone_of(chat.number)
        name = _GROUP_NAME.sub("", contact.name) if is_group else contact.name
        title = name or phone or contact.identifier or chat.source_id or chat.id
        is_scoped = bool(_USER_ID.fullmatch(chat.source_id))
        email = chat.assignee_email or self._account.agents.get(chat.assignee_id, "")
        is_bridge = chat.channel == API_CHANNEL and contact.name == _BRIDGE
        return SourceChat(
            source=NAME,
            origin=TITLE,
            title=title,
            name="" if parse_phone(name, "") else name,
            phone=phone,
            is_group=is_group,
            owner_email=email,
            whatsapp_account=inbox.account if inbox else "",
            account_email=inbox.owner_email if inbox else "",
            account_name=inbox.name if inbox else "",
            url=self._account.chat_url(chat.id),
            native_id=chat.native_id,
            participants=self._groups(chat).participants(contact.identifier) if is_group else (),
            user_id=chat.source_id if is_scoped else "",
            left_out="messages of the bridge itself" if is_bridge and phone is None else "",
        )

    def _groups(self, chat: Conversation) -> GroupBook:
        return GroupBook(self._customers, chat.inbox_id)
