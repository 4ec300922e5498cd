"""A chat API like TimelinesAI's on this machine, for `wasf demo --api`, tests and benchmarks.

    with LocalChats.start() as chats:
        account = chats.workspace.add_account("+15550199", "sales@example.com")
        chat = chats.workspace.add_chat(account, "Ada Example", "+15550100")
        chats.workspace.add_message(chat, "Is the order ready?", at)
        ...  # talk to chats.base_url with chats.token

It has the limits and the oddities of the real one. Knows nothing of the rest of wasf.
"""

from wasf.demo.timelines.model import (
    ChatWorkspace,
    MessageType,
    WorkspaceChat,
    WorkspaceMessage,
    WorkspaceNumber,
)
from wasf.demo.timelines.server import LocalChatApi
from wasf.demo.timelines.webhooks import Fault, FaultKind, Shape

__all__ = [
    "ChatWorkspace",
    "Fault",
    "FaultKind",
    "LocalChatApi",
    "MessageType",
    "Shape",
    "WorkspaceChat",
    "WorkspaceMessage",
    "WorkspaceNumber",
]
