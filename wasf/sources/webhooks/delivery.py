"""What the body of a webhook brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from wasf.core.chats import Message, SourceChat


class Delivered(NamedTuple):
    """A message and the chat that it is of."""

    chat: SourceChat
    message: Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one body brings, in its order.

    `unknown` names the kinds of what was not understood, which is to be kept; `facts` are to be
    kept in the ledger together with the messages.
    """

    messages: tuple[Delivered, ...] = ()
    unknown: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
