"""Chats as servers on linked devices show them, and as their webhooks bring them.

A person is `DIGITS@s.whatsapp.net` (`@c.us` in another form), or is hidden behind `DIGITS@lid`: a
LID, whose digits are no number. A group ends in `@g.us`. Everything else (status, channels,
broadcasts, bots, WhatsApp itself) is no chat with people. One chat may come under a LID here and
under the number there; a pair that was seen once is kept (`wasf.sources.customers`), so that both
stay one chat. Without a pair the chat waits for its number.

`LinkedDevices` is the `Source` of such a server.

A call rings first. It counts when it is answered or ends, or after a day, so that it is one message
with how it ended.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final, NamedTuple, Protocol, Self

from wasf.core.chats import Message, MessageKind, SourceChat
from wasf.core.phones import parse_phone
from wasf.core.source_state import ApiFacts, SourceReport, numbers_text
from wasf.errors import WasfError
from wasf.interfaces import (
    ChatReading,
    Provisional,
    Reached,
    Recall,
    Unreadable,
    WebhookContent,
    WebhookMessage,
)
from wasf.sources.api_errors import until_error
from wasf.sources.customers import Customers, GroupBook, number_of
from wasf.sources.lenient_json import Object, inner, one_line, unix_time
from wasf.sources.pagination import is_daily_due
from wasf.sources.whatsapp_bodies import MessageContent, WebEnvelope, message_of
from wasf.values import dataclass

_NUMBERS: Final = frozenset({"s.whatsapp.net", "c.us", "hosted"})
_LIDS: Final = frozenset({"lid", "hosted.lid"})
_META_AI: Final = "1313555"
_HIDDEN: Final = "WhatsApp shows a hidden id in the place of the number"
_OURSELVES: Final = "a chat with ourselves"
_LID: Final = "@lid"


# --- Ids ---------------------------------------------------------------------------------------


def person_of(jid: str) -> str:
    """Return a person's digits, or `DIGITS@lid` for a hidden number; "" for all that is no person.

    An id may name a device of the person, as in `447700900123:12@s.whatsapp.net`.
    """
    user, _, server = jid.partition("@")
    digits = user.partition(":")[0]
    if not digits.isascii() or not digits.isdecimal() or int(digits) == 0:
        return ""
    if server in _LIDS:
        return f"{digits}{_LID}"
    is_number = server in _NUMBERS and not digits.startswith(_META_AI)
    return number_of(digits) if is_number else ""


def is_group(jid: str) -> bool:
    """Return whether an id is a group's."""
    return jid.endswith("@g.us")


def is_hidden(person: str) -> bool:
    """Return whether what `person_of` gave is a LID."""
    return person.endswith(_LID)


def web_time(shown: Object, name: str) -> datetime | None:
    """Return a time in UTC, None if there is none. Seconds may have a fraction, or be `{low}`."""
    value = shown.get(name)
    if isinstance(value, dict):
        return unix_time(inner(shown, name), "low")
    if isinstance(value, float) and 0 < value < 1e14:
        return unix_time({name: int(value)}, name)
    return unix_time(shown, name)


# --- Accounts ----------------------------------------------------------------------------------


class WebAccount(NamedTuple):
    """A connection of the server: its name there, our number and LID, its owner's e-mail (O2).

    What is not known is "". The ledger keeps it, as not every webhook has it.
    """

    name: str
    number: str = ""
    lid: str = ""
    owner_email: str = ""

    @classmethod
    def recalled(cls, kind: str, name: str, recall: Recall) -> Self:
        """Return what is kept of a connection."""
        kept = recall(_account_name(kind, name))
        return cls(name, *json.loads(kept)) if kept else cls(name)

    def completed(self, known: Self) -> Self:
        """Return it with what only `known` says."""
        return type(self)(*(mine or theirs for mine, theirs in zip(self, known, strict=True)))

    def facts(self, kind: str) -> dict[str, str]:
        """Return the fact that keeps it."""
        return {_account_name(kind, self.name): json.dumps(self[1:])}

    @property
    def id(self) -> str:
        """What tells its chats from those of others: the number, which outlives a connection."""
        return self.number or self.name

    @property
    def shown(self) -> str:
        """Our WhatsApp account, for people."""
        return f"+{self.number}" if self.number else self.name


def _account_name(kind: str, name: str) -> str:
    return f"{kind} account {name}"


# --- The source --------------------------------------------------------------------------------

_Reading = ChatReading | Unreadable | Reached


class DeviceWalk(Protocol):
    """Reads the chats of one device."""

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of every chat."""


class LinkedDevice(NamedTuple):
    """A number of ours on a server, and how its chats are read.

    `walk` takes `looks_back`: whether to look for what came late, once a day. It is None for a
    number that is not read: `left_out` says why, unless it has only lost its connection.
    """

    account: WebAccount
    is_connected: bool
    walk: Callable[..., DeviceWalk] | None
    left_out: WasfError | None = None


class LinkedDevices:
    """See `Source`. A device that refuses (one of `refusals`) is told, and the others are read.

    Any other error of the server ends the reading; what was read before stays.
    """

    def __init__(
        self,
        api: ApiFacts,
        find: Callable[[], Sequence[LinkedDevice]],
        refusals: tuple[type[WasfError], ...],
        recall: Recall,
        now: datetime,
    ) -> None:
        self.kind = api.name
        self._api = api
        self._find = find
        self._refusals = refusals
        self._recall = recall
        self._now = now

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of every chat of each device."""
        return until_error(self._api.title, self._devices())

    def _devices(self) -> Iterator[_Reading]:
        devices = self._find()
        lost = {self._shown(one.account) for one in devices if not one.is_connected}
        yield Reached({self._api.disconnected(""): numbers_text(lost)})
        looked_back = f"{self.kind} looked back"
        kept = self._recall(looked_back)
        is_due = is_daily_due(kept, self._now)
        for device in devices:
            # The first run reads everything anyway.
            yield from self._device(device, looks_back=bool(kept) and is_due)
        if is_due:
            yield Reached({looked_back: self._now.isoformat()})

    def _device(self, device: LinkedDevice, *, looks_back: bool) -> Iterator[_Reading]:
        if device.left_out is not None:
            yield Unreadable(self._api.title, device.left_out, is_failure=False)
        if not device.account.name:
            yield Unreadable(self._api.title, _nameless(self._api.title))
        if not device.account.name or device.walk is None:
            return
        try:
            yield from device.walk(looks_back=looks_back).read()
        except self._refusals as error:
            yield Unreadable(self._api.title, error)

    def _shown(self, account: WebAccount) -> str:
        return account.completed(WebAccount.recalled(self.kind, account.name, self._recall)).shown


def _nameless(title: str) -> WasfError:
    return WasfError(f"{title} shows a number without a name.", "The next sync tries again.")


# --- Chats -------------------------------------------------------------------------------------


class WebChats:
    """The chats of one connection, as a source of that `kind` names them; `title` is for people."""

    def __init__(self, kind: str, title: str, account: WebAccount, recall: Recall) -> None:
        self.account = account
        self.customers = Customers(kind, recall)
        self._kind = kind
        self._title = title
        self._groups = GroupBook(self.customers, account.id)
        self._told: dict[str, str] = {}

    def new_facts(self) -> dict[str, str]:
        """Return what was learned since this was last asked, for the ledger to keep."""
        learned = self.customers.learned
        new = {name: value for name, value in learned.items() if self._told.get(name) != value}
        self._told |= new
        return new

    def number_behind(self, person: str) -> str:
        """Return the digits of what `person_of` gave, "" if it is hidden and not known."""
        known = self.customers.fact(person) or person
        return number_of(known) or self.customers.fact(f"number {known}")

    def direct(
        self, jids: Iterable[str], name: str = "", *, is_sure: bool = False
    ) -> SourceChat | None:
        """Return the chat with a person of whom these are the ids; None if none is a person's.

        A name that is sure replaces one that is known.
        """
        persons = [person for jid in jids if (person := person_of(jid))]
        number = next((one for one in persons if not is_hidden(one)), "")
        lid = next(filter(is_hidden, persons), "")
        customer = self.customers.customer(number or self.number_behind(lid), lid)
        if customer is None:
            return None
        if customer.phone and is_hidden(customer.id):
            self.customers.keep(f"number {customer.id}", customer.phone[1:])
        name = self._name(customer.id, name, is_sure=is_sure)
        ours = (self.account.number, self.account.lid)
        return SourceChat(
            source=self._kind,
            origin=self._title,
            title=name or customer.phone or customer.id,
            name=name,
            phone=customer.phone,
            whatsapp_account=self.account.shown,
            account_name=self.account.name,
            account_email=self.account.owner_email,
            url=f"https://wa.me/{customer.phone[1:]}" if customer.phone else "",
            native_id=f"{self.account.id} {customer.id}",
            doubt=customer.doubt or ("" if customer.phone else _HIDDEN),
            left_out=_OURSELVES if (number or lid) in ours else "",
        )

    def _name(self, customer: str, name: str, *, is_sure: bool) -> str:
        """Return how a person is called; a number in the place of a name is no name."""
        new = one_line(name)
        if not new or parse_phone(new, "") or new.isdecimal() or person_of(new):
            new = ""
        known = self.customers.fact(f"name {customer}")
        if new and (is_sure or not known):
            self.customers.keep(f"name {customer}", new)
        return new if new and is_sure else known or new

    def group(self, jid: str, subject: str = "") -> SourceChat:
        """Return the chat of a group, with everybody who has written there (T7)."""
        self._groups.name(jid, one_line(subject))
        return SourceChat(
            source=self._kind,
            origin=self._title,
            title=self._groups.subject(jid) or jid,
            is_group=True,
            whatsapp_account=self.account.shown,
            account_name=self.account.name,
            account_email=self.account.owner_email,
            native_id=f"{self.account.id} {jid}",
            participants=self._groups.participants(jid),
        )

    def member(self, group: str, jids: Iterable[str], name: str) -> str:
        """Note that a person with these ids takes part in a group; return how they are called."""
        persons = [person for jid in jids if (person := person_of(jid))]
        number = next((one for one in persons if not is_hidden(one)), "")
        lid = next(filter(is_hidden, persons), "")
        if not (number or lid) or number == self.account.number != "":
            return name
        self._groups.add(group, one_line(name), number, lid)
        return self._groups.author(group, number, lid)


# --- Webhooks ------------------------------------------------------------------------------------

_RINGING: Final = "a call that has not ended"


@dataclass(frozen=True, slots=True)
class HookFindings:
    """What was found in a body so far; `ended` are the ids of calls that are over."""

    chats: WebChats
    messages: list[WebhookMessage] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    provisional: list[Provisional] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    reports: list[SourceReport] = field(default_factory=list)

    def add(self, chat: SourceChat, message: Message) -> None:
        self.messages.append(WebhookMessage(chat, message))

    def ring(self, chat: SourceChat, envelope: WebEnvelope, *, is_video: bool) -> None:
        """Add a call that rings, unless it is known how it ended."""
        if not self.chats.customers.fact(f"call {envelope.uid}"):
            message = WebhookMessage(chat, _call(envelope, "", is_video=is_video))
            self.provisional.append(Provisional(_RINGING, message))

    def end(self, chat: SourceChat, envelope: WebEnvelope, how: str, *, is_video: bool) -> None:
        """Add a call that was answered or ended, unless that is known already."""
        name = f"call {envelope.uid}"
        self.ended.append(name)
        if not self.chats.customers.fact(name):
            self.chats.customers.keep(name, how)
            self.add(chat, _call(envelope, how, is_video=is_video))

    def content(self, facts: Mapping[str, str]) -> WebhookContent:
        """Return all of it, with further `facts`."""
        return WebhookContent(
            messages=tuple(self.messages),
            unknown=tuple(self.unknown),
            facts={**facts, **self.chats.new_facts()},
            provisional=tuple(self.provisional),
            resolves=_RINGING if self.ended else "",
            failed=self.failed,
            reports=tuple(self.reports),
        )


def _call(envelope: WebEnvelope, how: str, *, is_video: bool) -> Message:
    said = "Video call" if is_video else "Call"
    return message_of(
        envelope, MessageContent(MessageKind.CALL, f"{said} ({how})" if how else said)
    )
