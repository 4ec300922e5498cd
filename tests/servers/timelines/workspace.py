"""A workspace of the chat API that changes while it is read, as real ones do."""

from dataclasses import replace

from wasf.demo.timelines.model import ChatWorkspace, WorkspaceChat, WorkspaceNumber, WorkspaceUser


class ChangingWorkspace(ChatWorkspace):
    """A workspace whose numbers, chats and messages can be changed. Any thread may do it."""

    def add_teammate(self, email: str, name: str) -> WorkspaceUser:
        """Add a user."""
        teammate = WorkspaceUser(email, name)
        with self.lock:
            self.teammates.append(teammate)
        return teammate

    def change_number(self, phone: str, status: str) -> None:
        """Change the status of a number, also in its chats: active, disconnected ..."""
        with self.lock:
            self.numbers[:] = [_with(one, phone, status) for one in self.numbers]
            for chat in list(self.chats.values()):
                self.change_chat(chat.id, number=_with(chat.number, phone, status))

    def change_chat(self, chat_id: int, **changes: object) -> WorkspaceChat:
        """Change attributes of a chat: its name, who is responsible ..."""
        with self.lock:
            changed = replace(self.chats[chat_id], **changes)  # type: ignore[arg-type]  # by name
            self.chats[chat_id] = changed
        return changed

    def delete_message(self, uid: str) -> None:
        """Remove a message: the API does not know it any more."""
        with self.lock:
            for messages in self.messages.values():
                messages[:] = [message for message in messages if message.uid != uid]


def _with(number: WorkspaceNumber, phone: str, status: str) -> WorkspaceNumber:
    return replace(number, status=status) if number.phone == phone else number
