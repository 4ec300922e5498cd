"""A Chatwoot server on this machine for tests: one account, its API, its webhooks, its files.

with LocalChatwoot.start() as chatwoot:
    inbox = chatwoot.desk.add_inbox("WA sales", "+15550100100")
    chat = chatwoot.desk.add_conversation(inbox, "Ada Example", "+447700900123")
    chatwoot.desk.add_message(chat, "Is the order ready?", at)
    ...  # talk to chatwoot.url with chatwoot.token and the account chatwoot.desk.account_id
"""

from tests.servers.chatwoot.desk import (
    DeskConversation,
    DeskFile,
    DeskInbox,
    DeskMessage,
    HelpDesk,
)
from tests.servers.chatwoot.server import LocalChatwoot

__all__ = [
    "DeskConversation",
    "DeskFile",
    "DeskInbox",
    "DeskMessage",
    "HelpDesk",
    "LocalChatwoot",
]
