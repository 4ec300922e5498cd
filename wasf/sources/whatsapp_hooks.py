"""What a webhook of a server on linked devices brings, gathered; and its calls.

A call rings first. It counts when it is answered or ends, or after a day, so that it is one message
with how it ended.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from wasf.core.chats import Message, MessageKind, SourceChat
from wasf.core.source_state import SourceReport
from wasf.interfaces import Delivered, Delivery, Provisional
from wasf.sources.whatsapp_bodies import WebContent, WebEnvelope, message_of
from wasf.sources.whatsapp_web import WebChats
from wasf.values import dataclass

_RINGING: Final = "a call that has not ended"


@dataclass(frozen=True, slots=True)
class HookFindings:
    """What was found in a body so far; `ended` are the ids of calls that are over."""

    chats: WebChats
    messages: list[Delivered] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    provisional: list[Provisional] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    reports: list[SourceReport] = field(default_factory=list)

    def add(self, chat: SourceChat, message: Message) -> None:
        """Add a message."""
        self.messages.append(Delivered(chat, message))

    def ring(self, chat: SourceChat, envelope: WebEnvelope, *, is_video: bool) -> None:
        """Add a call that rings, unless it is known how it ended."""
        if not self.chats.customers.fact(f"call {envelope.uid}"):
            delivered = Delivered(chat, _call(envelope, "", is_video=is_video))
            self.provisional.append(Provisional(_RINGING, delivered))

    def end(self, chat: SourceChat, envelope: WebEnvelope, how: str, *, is_video: bool) -> None:
        """Add a call that was answered or ended, unless that is known already."""
        name = f"call {envelope.uid}"
        self.ended.append(name)
        if not self.chats.customers.fact(name):
            self.chats.customers.keep(name, how)
            self.add(chat, _call(envelope, how, is_video=is_video))

    def delivery(self, facts: Mapping[str, str]) -> Delivery:
        """Return all of it, with further `facts`."""
        return Delivery(
            messages=tuple(self.messages),
            unknown=tuple(self.unknown),
            facts={**facts, **self.chats.new_facts()},
            provisional=tuple(self.provisional),
            settles=_RINGING if self.ended else "",
            failed=self.failed,
            reports=tuple(self.reports),
        )


def _call(envelope: WebEnvelope, how: str, *, is_video: bool) -> Message:
    said = "Video call" if is_video else "Call"
    return message_of(envelope, WebContent(MessageKind.CALL, f"{said} ({how})" if how else said))
