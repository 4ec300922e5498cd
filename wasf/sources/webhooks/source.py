"""The bodies of the inbox as a `Source`: read in their order, joined by chat, then forgotten.

A body leaves the inbox when all that it brings is in the ledger. Whoever is killed in between reads
it again; messages have ids of their own and count once.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from wasf.core.chats import Message, Phone, SourceChat
from wasf.interfaces import ChatReading, Inbox, Reached, Recall, StoredBody, Unreadable
from wasf.sources.lenient_json import Json
from wasf.sources.webhooks.cloud_api import read_cloud_api
from wasf.sources.webhooks.cloud_messages import Delivered, Delivery
from wasf.sources.webhooks.timelines import read_timelines

# --- source


SOURCE: Final = "webhooks"
_MOST: Final = 500  # bodies of one reading; what comes meanwhile is for the next one
_LONGEST_KIND: Final = 60
_NO_JSON: Final = "no JSON"


class InboxSource:
    """See `Source`: reads the first some hundred bodies that wait."""

    kind = SOURCE

    def __init__(self, inbox: Inbox, recall: Recall) -> None:
        self._inbox = inbox
        self._recall = recall

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield each chat once, with what all bodies bring of it."""
        kept = self._inbox.fresh(_MOST)
        gathered = _gathered(kept, self._recall)
        for chat, messages in gathered.chats.values():
            yield ChatReading(chat, iter(messages.values()))
        if kept:
            yield Reached(gathered.facts)
        # Who asks for the next one has committed all of it.
        self._inbox.resolve(gathered.read, gathered.not_understood)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What some bodies bring together; messages by their ids."""

    chats: dict[tuple[str, str], tuple[SourceChat, dict[str, Message]]] = field(
        default_factory=dict
    )
    facts: dict[str, str] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    not_understood: dict[int, str] = field(default_factory=dict)

    def add(self, delivered: Delivered) -> None:
        """A message: the first one of an id counts, and what the last one says of its chat."""
        chat, message = delivered
        name = (chat.source, chat.native_id)
        _, messages = self.chats.get(name, (chat, {}))
        messages.setdefault(message.native_id, message)
        self.chats[name] = (chat, messages)


def _gathered(kept: Sequence[StoredBody], recall: Recall) -> _Gathered:
    gathered = _Gathered()

    def known(name: str) -> str:
        return gathered.facts.get(name) or recall(name)

    for number, sender, body in kept:
        delivery = understood(sender, body, known)
        for delivered in delivery.messages:
            gathered.add(delivered)
        gathered.facts.update(delivery.facts)
        if delivery.unknown:
            kinds = sorted({_plain(kind) for kind in delivery.unknown})
            gathered.not_understood[number] = ", ".join(kinds)
        else:
            gathered.read.append(number)
    return gathered


def understood(sender: str, body: bytes, recall: Recall) -> Delivery:
    """What a body brings; one that is no JSON is of an unknown kind."""
    try:
        value: Json = json.loads(body)
    except (ValueError, RecursionError):
        return Delivery(unknown=(_NO_JSON,))
    if sender == "timelines":
        return read_timelines(value)
    return read_cloud_api(value, recall)


def _plain(kind: str) -> str:
    """The name of a kind as it may be shown: what is no name is not repeated."""
    is_name = kind.isascii() and kind.replace(":", "").replace("_", "").replace(" ", "").isalpha()
    return kind[:_LONGEST_KIND] if is_name else "something unheard of"


# --- forgetting
# Removes from the inbox what is about somebody who was forgotten.
#
# A body that is also about others stays whole: the next sync takes those in, leaves the person out,
# and then forgets the body. One that was not understood cannot be taken apart, and it goes if it
# names the person's number.


def forget_bodies(
    inbox: Inbox, phone: Phone, is_forgotten: Callable[[SourceChat], bool]
) -> list[int]:
    """The numbers of the bodies that were removed."""
    digits = phone.removeprefix("+").encode()
    about = [kept.number for kept in inbox.all_kept() if _is_about(kept, digits, is_forgotten)]
    if about:
        inbox.resolve(about, {})
    return about


def _is_about(kept: StoredBody, digits: bytes, is_forgotten: Callable[[SourceChat], bool]) -> bool:
    delivery = understood(kept.sender, kept.body, lambda _: "")
    others = [one for one in delivery.messages if not is_forgotten(one.chat)]
    if others:
        return False
    return bool(delivery.messages) or digits in kept.body
