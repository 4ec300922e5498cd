"""The TimelinesAI-like chat API of tests and benchmarks: the demo's with faults and webhooks."""

from wasf.demo.timelines import (
    ChatWorkspace,
    Fault,
    FaultKind,
    LocalChatApi,
    MessageType,
    Shape,
    WorkspaceChat,
    WorkspaceMessage,
)
from wasf.demo.timelines.model import GroupMember, WorkspaceFile

__all__ = [
    "ChatWorkspace",
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
