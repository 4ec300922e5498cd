"""The chats that a ledger knows, found by title: of thousands, few have to be looked at."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from wasf.commands.sync.reconcile import Export, compare
from wasf.commands.sync.run import Reason
from wasf.core.chat_identity import first_id, renamed_from, updated
from wasf.core.chats import Chat, ChatId, Direction, Message, MessageKind, SourceChat
from wasf.core.diff import is_alike, is_throughout
from wasf.core.keys import minute_of, text_digest
from wasf.core.policy import Groups, SyncPolicy
from wasf.core.records import KnownChat
from wasf.core.text import fold_name
from wasf.interfaces import ChatReading
from wasf.store.ledger.model import Ledger, TextAt

# --- known_chats


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


# --- renaming
# A chat under a new title: people are renamed in address books, numbers become names.


_BEGINNING = 500
_SAMPLE = 16
_TELLING = 4


def known_by_its_lines(
    reading: ChatReading, known: Iterable[Chat], ledger: Ledger, check_stop: Callable[[], None]
) -> Chat | None:
    """The one chat, now under a new title, that has most of the first lines of this export.

    And all that the export shows of its time, or nearly: one person may say the same in two chats.
    """
    again = reading.again
    candidates = {chat.id: chat for chat in renamed_from(reading.chat, known)}
    if again is None or not candidates:
        return None

    def messages() -> Iterator[Message]:
        items: Iterator[object] = again()
        return (item for item in items if isinstance(item, Message))

    texts = _first_texts(messages())
    shares = ledger.alike(list(candidates), texts)
    found = [chat for chat, lines in shares.items() if is_alike(lines, len(texts))]
    if len(found) != 1:
        return None
    with ledger.transaction():
        sighting = compare(Export(found[0], messages, lambda _: check_stop()), ledger)
    if not is_throughout(sighting.overlap):
        return None
    return updated(candidates[found[0]], reading.chat)


def _first_texts(messages: Iterable[Message]) -> list[TextAt]:
    """Some texts of others from the beginning of an export, which tell a chat by their minutes.

    Not ours: the same words may have gone to many at once.
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


# --- unwanted
# Why an export, or some of its messages, is left out though it can be read.


_GROUP = Reason("a group chat", "to log it: wasf config set groups participants")
_FORGOTTEN = Reason(
    "somebody asked wasf to forget this person", "to let them in: wasf forget NUMBER --lift"
)
_TOO_OLD = "older than --since"
_TAKEN_BACK = "taken back by wasf undo or wasf purge"
_AGAIN = "to log them after all: wasf sync FILE --again"


def why_unwanted(found: SourceChat, rules: SyncPolicy, ledger: Ledger) -> Reason | None:
    """Why a whole chat is left out; None if it is not."""
    if found.left_out:
        return Reason(found.left_out, "")
    if found.is_group and rules.groups is Groups.SKIP:
        return _GROUP
    return _FORGOTTEN if ledger.is_forgotten(found) else None


def skipped_because(too_old: int, undone: int) -> Reason:
    """The reason for so many skipped messages; "" for none."""
    reasons = [_TAKEN_BACK] * bool(undone) + [_TOO_OLD] * bool(too_old)
    return Reason(" or ".join(reasons), _AGAIN if undone else "")


def restore(chat: Chat, ledger: Ledger, *, is_known: bool) -> None:
    """Let messages that were taken back be new again, also of one who was forgotten and let in."""
    if not is_known:
        ledger.save_chat(chat)
    ledger.restore(chat.id)
