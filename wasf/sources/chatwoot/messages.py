"""Messages of Chatwoot, the same in its API and in its webhooks, and the text of each for people.

Left out are private notes, which never reach WhatsApp, and activities ("Bo resolved this"). An id
stays when a message is changed: one that is deleted says so if it was not read before. Where the
server keeps what a message said before it was edited, that stays the message, and each edit is one
of its own, so that both are read, once, whenever that is (T3, T6).

Webhooks bring messages of all inboxes, new and changed, of which WhatsApp's are taken. What a
webhook cannot tell (our number, the e-mail of whoever is responsible) is known from the last sync
of the API.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from wasf.core.chats import Attachment, Direction, Message, MessageKind
from wasf.interfaces import Json, Recall, WebhookContent, WebhookMessage
from wasf.sources.addresses import path_below
from wasf.sources.api_errors import UnexpectedResponse
from wasf.sources.chatwoot.model import (
    NAME,
    TWILIO,
    TWILIO_PREFIX,
    WHATSAPP,
    AccountFacts,
    ChatMaker,
    Conversation,
)
from wasf.sources.lenient_json import (
    Object,
    as_object,
    inner,
    objects,
    one_line,
    text,
    unix_time,
    written_time,
)
from wasf.sources.whatsapp_bodies import file_name, joined, place_lines
from wasf.values import dataclass

STORED: Final = "/rails/active_storage/"
"""Where a server has its files: such a link leads to it by whatever name."""

_DIRECTIONS: Final = {
    "0": Direction.INCOMING,
    "1": Direction.OUTGOING,
    "3": Direction.OUTGOING,
    "incoming": Direction.INCOMING,
    "outgoing": Direction.OUTGOING,
    "template": Direction.OUTGOING,
}
_ACTIVITIES: Final = frozenset({"2", "activity"})
_FAILED: Final = "failed"
_CALL: Final = "voice_call"
_LATEST: Final = timedelta(minutes=5)
_EARLIEST_YEAR: Final = 2009  # WhatsApp began
_LONGEST_ID: Final = 60
_WRITER: Final = re.compile(r"\*\*([^*\n]{1,200}?):?\*\*:?[ \t]*\n+")


class UnreadableMessage(NamedTuple):
    """A message that is not as the API promises: its id, 0 if it has none, and what is wrong."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """One message of a conversation; `author` is "" where nobody is named.

    `messages` are what it says: itself, and what it was edited to; none for what is left out.
    `failure` says why it was not delivered, "" if it was.
    """

    id: int
    author: str
    messages: tuple[Message, ...] = ()
    failure: str = ""


def entry(value: Json, *, in_group: bool = False) -> ConversationEntry | UnreadableMessage:
    """Return a message of the API or of a webhook; one without an id or a time cannot be read.

    In a group of a bridge each text begins with who wrote it.
    """
    shown = as_object(value)
    number = shown.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        return UnreadableMessage(0, "a message without an id")
    kind = text(shown, "message_type")
    if shown.get("private") is True or kind in _ACTIVITIES:
        return ConversationEntry(number, "")
    direction, at = _DIRECTIONS.get(kind), _sent_at(shown)
    if direction is None or at is None:
        missing = "time" if at is None else "type"
        return UnreadableMessage(number, f"a message without a usable {missing}")
    said, author = text(shown, "content"), one_line(text(inner(shown, "sender"), "name"))
    if in_group and direction is Direction.INCOMING and (found := _WRITER.match(said)):
        said, author = said[found.end() :], one_line(found[1])
    failure = failure_of(shown) if direction is Direction.OUTGOING else ""
    content = _content(shown, said)
    lines = [content.text, f"[not delivered: {failure}]" if failure else ""]
    message = Message(
        sent_at=at,
        direction=direction,
        author=author or _writer(shown, direction),
        kind=content.kind,
        text=joined(lines),
        attachment=content.file,
        native_id=str(number),
    )
    return ConversationEntry(number, author, tuple(_versions(shown, message, said)), failure)


def failure_of(shown: Object) -> str:
    """Return why a message was not delivered, in the server's words; "" if it was, or may be."""
    if text(shown, "status") != _FAILED:
        return ""
    return one_line(text(inner(shown, "content_attributes"), "external_error")) or _FAILED


def _versions(shown: Object, message: Message, said: str) -> Iterator[Message]:
    """Yield a message; if it was edited, as it was before, and then as it is."""
    facts = inner(shown, "content_attributes")
    before = text(facts, "previous_content")
    if facts.get("is_edited") is not True or message.kind is MessageKind.DELETED:
        yield message
    elif not before or before == said:
        yield message._replace(kind=MessageKind.EDITED)
    else:
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        yield message._replace(text=before)
        yield message._replace(
            kind=MessageKind.EDITED,
            text=f"[edit of an earlier message] {said}",
            attachment=None,
            native_id=f"{message.native_id} {digest}",
        )


def _sent_at(shown: Object) -> datetime | None:
    """Return when a message was sent (UTC, whole seconds), None if nothing tells.

    Chatwoot tells when it took the message in; some senders tell it when that was.
    """
    at = unix_time(shown, "created_at") or written_time(text(shown, "created_at"))
    if at is None:
        return None
    own = unix_time(inner(shown, "content_attributes"), "external_created_at")
    is_likely = own is not None and own.year >= _EARLIEST_YEAR and own <= at + _LATEST
    return (own if own is not None and is_likely else at).replace(microsecond=0)


def _writer(shown: Object, direction: Direction) -> str:
    """Return who wrote a message that names nobody."""
    if direction is Direction.INCOMING:
        return ""
    is_echo = inner(shown, "content_attributes").get("external_echo") is True
    return "phone" if is_echo else "automatic message"


# --- What a message says -------------------------------------------------------------------------


class _Said(NamedTuple):
    kind: MessageKind
    text: str
    file: Attachment | None = None


def _content(shown: Object, said: str) -> _Said:
    facts = inner(shown, "content_attributes")
    if facts.get("deleted") is True:
        return _Said(MessageKind.DELETED, "This message was deleted.")
    if facts.get("is_unsupported") is True:
        return _Said(
            MessageKind.UNKNOWN, joined([said, "[WhatsApp does not pass this message on]"])
        )
    if facts.get("is_reaction") is True:
        return _Said(MessageKind.TEXT, f"[{said} to an earlier message]" if said else "")
    if text(shown, "content_type") == _CALL:
        return _Said(MessageKind.CALL, _call(shown, said))
    attached = list(objects(shown, "attachments"))
    if attached:
        return _with_attachments(said, attached)
    lines = joined([said, *_choices(facts)])
    if not lines:
        return _Said(MessageKind.UNKNOWN, "[a message without content]")
    return _Said(MessageKind.TEXT, lines)


def _with_attachments(said: str, attached: list[Object]) -> _Said:
    """Return the content of a message with files, places or cards; its first file is fetched."""
    files, lines, kinds = [], [said], []
    for one in attached:
        kind = text(one, "file_type")
        if kind == "location":
            kinds.append(MessageKind.LOCATION)
            place = (one.get("coordinates_lat"), one.get("coordinates_long"))
            lines += place_lines(text(one, "fallback_title"), "", *place)
        elif kind == "contact":
            kinds.append(MessageKind.CONTACT_CARD)
            lines.append(_card(one))
        else:
            files.append(_file(one, kind))
            lines.append(text(one, "transcribed_text"))
    lines += [f"[another file: {one.name}]" for one in files[1:]]
    kind_of_all = MessageKind.MEDIA if files else kinds[0]
    return _Said(kind_of_all, joined(lines), files[0] if files else None)


def _file(shown: Object, kind: str) -> Attachment:
    """Return a file; `member` is its path on the server, or the link where it is elsewhere."""
    link = text(shown, "data_url")
    try:
        path = urlsplit(link).path
    except ValueError:
        path = ""
    name = one_line(unquote(path.rpartition("/")[2]))
    noun = kind if kind in ("image", "video", "audio") else "file"
    ending = text(shown, "extension")
    place = path_below(link, STORED) or link
    return Attachment(name or file_name("", noun, f"x/{ending}"), NAME if link else "", place)


def _card(shown: Object) -> str:
    meta = inner(shown, "meta")
    parts = [text(meta, "firstName"), text(meta, "lastName")]
    name = " ".join(filter(None, parts))
    return ", ".join(filter(None, [name, text(shown, "fallback_title")]))


def _call(shown: Object, said: str) -> str:
    told = inner(shown, "call") or inner(inner(shown, "content_attributes"), "data")
    status, seconds = text(told, "status").lower(), text(told, "duration")
    head = f"Call ({status})" if status else "Call"
    head = f"{head}: {seconds} s" if seconds else head
    return joined([head, said])


def _choices(facts: Object) -> Iterator[str]:
    """Yield what a question offers, and what was answered to it."""
    for item in objects(facts, "items"):
        if title := text(item, "title"):
            yield f"- {one_line(title)}"
    answered = inner(inner(facts, "submitted_values"), "csat_survey_response")
    if rating := text(answered, "rating"):
        yield f"[rated {rating}] {text(answered, 'feedback_message')}".rstrip()


# --- Webhooks ------------------------------------------------------------------------------------

_MESSAGES: Final = frozenset({"message_created", "message_updated"})
_WITHOUT_MESSAGE: Final = ("conversation_", "contact_", "inbox_", "webwidget_", "message_")
_NO_CHAT: Final = "a message without a chat"


def read_chatwoot(body: Json, recall: Recall) -> WebhookContent:
    """Return what a body brings; an event without a message of WhatsApp brings nothing."""
    event = as_object(body)
    kind = text(event, "event")
    if kind not in _MESSAGES:
        is_known = kind.startswith(_WITHOUT_MESSAGE)
        return WebhookContent() if is_known else WebhookContent(unknown=(kind or "no event",))
    try:
        chat = Conversation.of(event.get("conversation"))
    except UnexpectedResponse:
        return WebhookContent(unknown=(_NO_CHAT,))
    account = AccountFacts.recalled(recall, text(inner(event, "account"), "id"))
    if not _is_whatsapp_chat(chat, account):
        return WebhookContent()
    return _content_of(event, chat, ChatMaker(account, recall))


def _content_of(event: Object, chat: Conversation, maker: ChatMaker) -> WebhookContent:
    # Why it was not delivered may come before it or after it: that is told apart from it.
    found = entry({**event, "status": ""}, in_group=chat.contact.is_group)
    if isinstance(found, UnreadableMessage):
        return WebhookContent(unknown=(found.reason,))
    if not found.messages:
        return WebhookContent()
    if not (chat.number or chat.source_id or chat.contact.identifier):
        return WebhookContent(unknown=(_NO_CHAT,))
    maker.wrote(chat, [found.author])
    made = maker.chat(chat)
    messages = tuple(WebhookMessage(made, one) for one in found.messages)
    failure = failure_of(event)
    return WebhookContent(
        messages, facts=maker.facts, failed={str(found.id): failure} if failure else {}
    )


def _is_whatsapp_chat(chat: Conversation, account: AccountFacts) -> bool:
    """Return whether a webhook's conversation is WhatsApp's, by its channel or by what is known."""
    if chat.inbox_id in account.inboxes or chat.channel == WHATSAPP:
        return True
    return chat.channel == TWILIO and chat.source_id.startswith(TWILIO_PREFIX)
