"""Which known chat a source's chat is, and whether it is wanted at all.

Chats are found by id or title (`ChatIndex`), or by their first messages where the title has changed
(`find_renamed`): people are renamed in address books, and numbers become names.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from wasf.commands.sync.reconcile import Export, compare
from wasf.commands.sync.run import Reason, SyncContext
from wasf.core.chat_identity import first_id, renamed_from, updated
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, SourceChat
from wasf.core.diff import is_alike, is_throughout
from wasf.core.keys import minute_of, text_digest
from wasf.core.policy import Groups, SyncPolicy
from wasf.core.records import KnownChat
from wasf.core.text import fold_name
from wasf.interfaces import ChatReading
from wasf.store.ledger import Ledger, TextAt

_BEGINNING = 500
_SAMPLE = 16
_TELLING = 4

_GROUP = Reason("a group chat", "to log it: wasf config set groups participants")
FORGOTTEN = Reason(
    "somebody asked wasf to forget this person", "to let them in: wasf forget NUMBER --lift"
)


def skipped(chat_id: ChatId) -> Reason:
    """Return why a chat is skipped to which a person said no (X2)."""
    return Reason("you said no to it", f"to let it in again: wasf allow {chat_id}")


def exclusion(found: SourceChat, policy: SyncPolicy, ledger: Ledger) -> Reason | None:
    """Return why a whole chat is skipped; None if it is not."""
    if found.left_out:
        return Reason(found.left_out, "")
    if found.is_group and policy.groups is Groups.SKIP:
        return _GROUP
    return FORGOTTEN if ledger.is_forgotten(found) else None


class ChatIndex:
    """The known chats by id and by title, kept up to date during an import.

    Of thousands of chats, few have to be looked at for each one that is read.
    """

    def __init__(self, chats: Iterable[KnownChat]) -> None:
        self._by_id: dict[ChatId, KnownChat] = {}
        self._by_title: dict[str, dict[ChatId, None]] = {}
        for known in chats:
            self.put(known)

    def __iter__(self) -> Iterator[Chat]:
        return (known.chat for known in self._by_id.values())

    def get(self, chat_id: ChatId) -> KnownChat | None:
        """Return the chat of that id, None if it is not known."""
        return self._by_id.get(chat_id)

    def put(self, known: KnownChat) -> None:
        """Add a chat or replace it."""
        # An old title goes on finding the chat. That finds too much; `identify_chat` sorts it out.
        self._by_id[known.chat.id] = known
        self._by_title.setdefault(fold_name(known.chat.title), {})[known.chat.id] = None

    def candidates(self, found: SourceChat) -> list[Chat]:
        """Return all chats that a source's chat may be, by its title or its id."""
        ids = {first_id(found): None} | self._by_title.get(fold_name(found.title), {})
        return [self._by_id[chat_id].chat for chat_id in ids if chat_id in self._by_id]


def find_renamed(reading: ChatReading, known: Iterable[Chat], context: SyncContext) -> Chat | None:
    """Return the one known chat that a chat under a new title is; None if there is none.

    It has most of the first lines of this export, and nearly all that the export shows of the time
    that is known: one person may write the same into two chats.
    """
    again = reading.again
    candidates = {chat.id: chat for chat in renamed_from(reading.chat, known)}
    if again is None or not candidates:
        return None

    def messages() -> Iterator[Message]:
        items: Iterator[object] = again()
        return (item for item in items if isinstance(item, Message))

    texts = _first_texts(messages())
    shares = context.ledger.count_matching_lines(list(candidates), texts)
    alike = [chat_id for chat_id, lines in shares.items() if is_alike(lines, len(texts))]
    if len(alike) != 1:
        return None
    with context.ledger.transaction():
        export = Export(alike[0], messages, lambda _: context.check_stop())
        diff = compare(export, context.ledger)
    if not is_throughout(diff.overlap):
        return None
    return updated(candidates[alike[0]], reading.chat)


def _first_texts(messages: Iterable[Message]) -> list[TextAt]:
    """Return some incoming texts from the beginning of an export; with their minutes they tell it.

    Ours are left out: the same words may have gone to many chats at once.
    """
    texts = (
        m
        for m in islice(messages, _BEGINNING)
        if m.direction is Direction.INCOMING
        and m.kind is MessageKind.TEXT
        and len(m.text) >= _TELLING
    )
    found = {TextAt(minute_of(m), text_digest(m.kind, m.text)): None for m in texts}
    return list(islice(found, 0, None, max(1, len(found) // _SAMPLE)))[:_SAMPLE]
