"""The chats that a ledger knows, found by title: of thousands, few have to be looked at."""

from collections.abc import Iterable, Iterator

from wasf.core.chat_identity import first_id
from wasf.core.chats import Chat, ChatId, SourceChat
from wasf.core.text import fold_name
from wasf.store.ledger.model import KnownChat


class KnownChats:
    """Chats with what the ledger has of them, as they are now."""

    def __init__(self, known: Iterable[KnownChat]) -> None:
        self._by_id: dict[ChatId, KnownChat] = {}
        self._by_title: dict[str, dict[ChatId, None]] = {}
        for one in known:
            self.put(one)

    def __iter__(self) -> Iterator[Chat]:
        return (one.chat for one in self._by_id.values())

    def get(self, chat_id: ChatId) -> KnownChat | None:
        """The chat of that id, if it is known."""
        return self._by_id.get(chat_id)

    def put(self, known: KnownChat) -> None:
        """Know a chat, or know it otherwise than before."""
        # An old title goes on finding it: that finds too much, which `identify_chat` sorts out.
        self._by_id[known.chat.id] = known
        self._by_title.setdefault(fold_name(known.chat.title), {})[known.chat.id] = None

    def like(self, found: SourceChat) -> list[Chat]:
        """All that a source's chat may be, as its title or its id tells."""
        ids = {first_id(found): None} | self._by_title.get(fold_name(found.title), {})
        return [self._by_id[chat_id].chat for chat_id in ids if chat_id in self._by_id]
