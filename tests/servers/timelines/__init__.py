"""The chat API of tests and benchmarks: the demo's TimelinesAI-like API with faults and webhooks.

with LocalChatApi.start() as api:
    number = api.workspace.add_number("+15550199", "sales@example.com")
    chat = api.workspace.add_chat(number, "Ada Example", "+15550100")
    api.workspace.add_message(chat, "Is the order ready?", at)
    api.fail(Fault(FaultKind.BAD_GATEWAY, 2, 3))
    ...  # talk to api.base_url with api.token
"""

from tests.servers.timelines.delivery import Shape
from tests.servers.timelines.faults import Fault, FaultKind
from tests.servers.timelines.server import LocalChatApi
from tests.servers.timelines.workspace import ChangingWorkspace
from wasf.demo.timelines.model import (
    GroupMember,
    MessageType,
    WorkspaceChat,
    WorkspaceFile,
    WorkspaceMessage,
)

__all__ = [
    "ChangingWorkspace",
    "Fault",
    "FaultKind",
    "GroupMember",
    "LocalChatApi",
    "MessageType",
    "Shape",
    "WorkspaceChat",
    "WorkspaceFile",
    "WorkspaceMessage",
]
