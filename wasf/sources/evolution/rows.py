"""Messages of Evolution API, as its table and its webhooks show them.

The id that counts is WhatsApp's own (`key.id`), the same everywhere. The chat is all ids of its
person that the key has: by version they are the number, the hidden id, or both, in several fields.
"""

from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.core.chats import ChatItem, SourceChat, SystemLine
from wasf.sources.lenient_json import Object, inner, objects, text
from wasf.sources.whatsapp_bodies import (
    Protocol,
    WebContent,
    WebEnvelope,
    content_of,
    deletion_of,
    edit_of,
    message_of,
    protocol_of,
)
from wasf.sources.whatsapp_web import WebChats, is_group, web_time

NAME: Final = "evolution"
"""The provider, the kind of its source, and what an attachment names as its archive."""

TITLE: Final = "Evolution API"
_OWN_NAMES: Final = frozenset({"você", "you", "voce"})


class MessageKey(NamedTuple):
    """A message's key: its id, side, and the ids of its chat and of its sender in a group."""

    uid: str
    from_me: bool
    jid: str
    jids: tuple[str, ...]
    senders: tuple[str, ...]


class EvolutionMessage(NamedTuple):
    """A message. `states` are what became of it since, in the server's words.

    `content` is None if it holds nothing for people. `protocol` is what it does to an earlier one.
    """

    key: MessageKey
    at: datetime
    push_name: str
    content: WebContent | None
    protocol: Protocol | None
    states: frozenset[str]

    def envelope(self, instance: str, author: str) -> WebEnvelope:
        """Return what stands around its content."""
        uid, from_me = self.key.uid, self.key.from_me
        place = f"{quote(instance, safe='')}/{quote(uid, safe='')}"
        has_failed = "ERROR" in self.states
        return WebEnvelope(uid, self.at, from_me, author, NAME, place, has_failed)


def message(shown: Object) -> EvolutionMessage | str:
    """Return a message, or why it cannot be taken."""
    key, at = key_of(inner(shown, "key")), web_time(shown, "messageTimestamp")
    if not key.uid:
        return "a message without an id"
    if not key.jid:
        return "a message without a chat"
    if at is None:
        return "a message without a usable time"
    body = inner(shown, "message")
    name = text(shown, "pushName")
    return EvolutionMessage(
        key=key,
        at=at,
        push_name="" if key.from_me or name.lower() in _OWN_NAMES else name,
        content=content_of(body, inner(shown, "contextInfo")),
        protocol=protocol_of(inner(body, "protocolMessage")),
        states=frozenset(
            [text(one, "status") for one in objects(shown, "MessageUpdate")]
            + [text(shown, "status")]
        ),
    )


def key_of(key: Object) -> MessageKey:
    """Return a key; what is missing is empty."""
    jid = text(key, "remoteJid")
    others = (text(key, name) for name in ("remoteJidAlt", "senderPn", "senderLid"))
    members = ("participantAlt", "participantPn", "participant", "participantLid")
    senders = tuple(filter(None, (text(key, name) for name in members)))
    jids = (jid,) if is_group(jid) else tuple(filter(None, (jid, *others)))
    return MessageKey(text(key, "id"), key.get("fromMe") is True, jid, jids, senders)


def chat_of(chats: WebChats, one: EvolutionMessage) -> SourceChat | None:
    """Return the chat of a message, None if it is none with people."""
    if is_group(one.key.jid):
        if not one.key.from_me:
            chats.member(one.key.jid, one.key.senders, one.push_name)
        return chats.group(one.key.jid)
    return chats.direct(one.key.jids, one.push_name)


def item_of(chats: WebChats, chat: SourceChat, one: EvolutionMessage) -> ChatItem:
    """Return what a message is in its chat."""
    author = chats.account.shown if one.key.from_me else one.push_name or chat.name or chat.title
    if chat.is_group and not one.key.from_me:
        author = chats.member(one.key.jid, one.key.senders, one.push_name)
    envelope = one.envelope(chats.account.name, author)
    if one.protocol is not None:
        earlier = envelope._replace(uid=one.protocol.uid)
        changed = one.protocol.content
        return edit_of(earlier, changed) if changed else deletion_of(earlier)
    if "DELETED" in one.states:  # its text stays in the table
        return deletion_of(envelope, is_beside=False)
    if one.content is None:
        return SystemLine()
    if "EDITED" in one.states:  # the table has the time of the edit
        return edit_of(envelope, one.content)
    return message_of(envelope, one.content)
