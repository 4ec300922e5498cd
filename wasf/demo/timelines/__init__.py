"""A chat API like TimelinesAI's on this machine, for `wasf demo --api`.

    workspace = ChatWorkspace()
    number = workspace.add_number("+15550199", "sales@example.com")
    chat = workspace.add_chat(number, "Ada Example", "+15550100")
    workspace.add_message(chat, "Is the order ready?", at)
    with DemoChatApi(workspace) as api:
        ...  # talk to api.base_url with api.token

It has the limits and the oddities of the real API: `server` checks a request and finds the chats
and messages in the workspace, and `model` gives them the API's form.
"""

from wasf.demo.timelines.model import ChatWorkspace, MessageType, WorkspaceChat
from wasf.demo.timelines.server import DemoChatApi

__all__ = ["ChatWorkspace", "DemoChatApi", "MessageType", "WorkspaceChat"]
