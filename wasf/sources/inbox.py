"""The bodies of webhooks in the inbox: as a `Source`, and what of them `wasf forget` removes.

A body leaves the inbox when all that it brings is in the ledger. A run that is killed before reads
it again; messages have ids of their own and count once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wasf.core.chats import Message, Phone, SourceChat
from wasf.interfaces import (
    ChatReading,
    Delivered,
    Delivery,
    HookReader,
    Inbox,
    Reached,
    Recall,
    StoredBody,
    Unreadable,
)
from wasf.sources.lenient_json import parsed, plain_word

KIND: Final = "webhooks"
_MOST: Final = 500  # bodies of one reading; what comes meanwhile is for the next one
_NO_JSON: Final = "no JSON"
_NO_READER: Final = "no provider of that name"
_STRANGE: Final = "something unheard of"

Readers = Mapping[str, HookReader]
"""Name of a provider -> reads its bodies. It is the first part of the path of its endpoints."""


class InboxSource:
    """See `Source`: reads the first some hundred bodies that wait, in their order."""

    kind = KIND

    def __init__(self, inbox: Inbox, readers: Readers, recall: Recall) -> None:
        self._inbox = inbox
        self._readers = readers
        self._recall = recall

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield each chat once, with what all bodies bring of it."""
        kept = self._inbox.fresh(_MOST)
        gathered = self._gathered(kept)
        for chat, messages in gathered.chats.values():
            yield ChatReading(chat, iter(messages.values()))
        if kept:
            yield Reached(gathered.facts)
        # The caller asks for the next item only after it has committed all of it.
        self._inbox.resolve(gathered.read, gathered.not_understood)

    def _gathered(self, kept: Sequence[StoredBody]) -> "_Gathered":
        gathered = _Gathered()
        for body in kept:
            delivery = _delivery(body, self._readers, gathered.recall(self._recall))
            for delivered in delivery.messages:
                gathered.add(delivered)
            gathered.facts.update(delivery.facts)
            if delivery.unknown:
                kinds = {plain_word(kind, _STRANGE) for kind in delivery.unknown}
                gathered.not_understood[body.number] = ", ".join(sorted(kinds))
            else:
                gathered.read.append(body.number)
        return gathered


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
        """Add a message: the first one of an id counts, and the last description of its chat."""
        chat, message = delivered
        name = (chat.source, chat.native_id)
        _, messages = self.chats.get(name, (chat, {}))
        messages.setdefault(message.native_id, message)
        self.chats[name] = (chat, messages)

    def recall(self, kept: Recall) -> Recall:
        """Return how to recall facts: those of the bodies before, else those that are kept."""
        return lambda name: self.facts.get(name) or kept(name)


def _delivery(kept: StoredBody, readers: Readers, recall: Recall) -> Delivery:
    """Return what a body brings; one that nobody can read is of an unknown kind."""
    reader = readers.get(kept.sender.partition("/")[0])
    if reader is None:
        return Delivery(unknown=(_NO_READER,))
    value = parsed(kept.body)
    return Delivery(unknown=(_NO_JSON,)) if value is None else reader(value, recall)


def forget_bodies(
    inbox: Inbox, readers: Readers, phone: Phone, is_forgotten: Callable[[SourceChat], bool]
) -> list[int]:
    """Remove the bodies that are about somebody who was forgotten; return their numbers.

    A body that is also about others stays whole: the next sync takes those in, leaves the person
    out, and then removes the body. One that was not understood cannot be taken apart: it is removed
    if it names the person's number.
    """
    digits = phone.removeprefix("+").encode()
    about = [
        kept.number
        for kept in inbox.all_kept()
        if _is_about(kept, _delivery(kept, readers, lambda _: ""), digits, is_forgotten)
    ]
    if about:
        inbox.resolve(about, {})
    return about


def _is_about(
    kept: StoredBody,
    delivery: Delivery,
    digits: bytes,
    is_forgotten: Callable[[SourceChat], bool],
) -> bool:
    if any(not is_forgotten(one.chat) for one in delivery.messages):
        return False
    return bool(delivery.messages) or digits in kept.body
