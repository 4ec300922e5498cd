"""Chatwoot's webhooks: messages of all inboxes, new and changed, of which WhatsApp's are taken.

A message has the same id here as in the API. What a webhook cannot tell (our number, the e-mail of
whoever is responsible) is known from the last sync of the API.
"""

from typing import Final

from wasf.interfaces import Delivered, Delivery, Json, Recall
from wasf.sources.chatwoot.messages import UnreadableMessage, entry, failure_of
from wasf.sources.chatwoot.model import (
    TWILIO,
    TWILIO_PREFIX,
    WHATSAPP,
    AccountFacts,
    ChatMaker,
    Conversation,
)
from wasf.sources.lenient_json import Object, as_object, inner, text
from wasf.sources.pagination import ApiMisanswer

_MESSAGES: Final = frozenset({"message_created", "message_updated"})
_WITHOUT_MESSAGE: Final = ("conversation_", "contact_", "inbox_", "webwidget_", "message_")
_NO_CHAT: Final = "a message without a chat"


def read_chatwoot(body: Json, recall: Recall) -> Delivery:
    """Return what a body brings; an event without a message of WhatsApp brings nothing."""
    event = as_object(body)
    kind = text(event, "event")
    if kind not in _MESSAGES:
        is_known = kind.startswith(_WITHOUT_MESSAGE)
        return Delivery() if is_known else Delivery(unknown=(kind or "no event",))
    try:
        chat = Conversation.of(event.get("conversation"))
    except ApiMisanswer:
        return Delivery(unknown=(_NO_CHAT,))
    account = AccountFacts.recalled(recall, text(inner(event, "account"), "id"))
    if not _is_whatsapp_chat(chat, account):
        return Delivery()
    return _delivery(event, chat, ChatMaker(account, recall))


def _delivery(event: Object, chat: Conversation, maker: ChatMaker) -> Delivery:
    # Why it was not delivered may come before it or after it: that is told apart from it.
    found = entry({**event, "status": ""}, in_group=chat.contact.is_group)
    if isinstance(found, UnreadableMessage):
        return Delivery(unknown=(found.reason,))
    if not found.messages:
        return Delivery()
    if not (chat.number or chat.source_id or chat.contact.identifier):
        return Delivery(unknown=(_NO_CHAT,))
    maker.wrote(chat, [found.author])
    made = maker.chat(chat)
    messages = tuple(Delivered(made, one) for one in found.messages)
    failure = failure_of(event)
    return Delivery(messages, facts=maker.facts, failed={str(found.id): failure} if failure else {})


def _is_whatsapp_chat(chat: Conversation, account: AccountFacts) -> bool:
    """Return whether a webhook's conversation is WhatsApp's, by its channel or by what is known."""
    if chat.inbox_id in account.inboxes or chat.channel == WHATSAPP:
        return True
    return chat.channel == TWILIO and chat.source_id.startswith(TWILIO_PREFIX)
