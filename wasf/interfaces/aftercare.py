"""What taking back and looking after need of the ledger, besides what a sync needs."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import MessageKey, RecordId, TaskKey
from wasf.interfaces.ledger import RunId


class LoggedMessage(NamedTuple):
    """A logged message as the ledger holds it; `minute` is counted from 1970, UTC."""

    minute: int
    key: MessageKey


class LoggedUnit(NamedTuple):
    """Messages and the Tasks that hold them; they stand or go together.

    Mostly one of each; a window has several messages in one Task, a long text several Tasks.
    There are no messages where their text still waits because another part was refused.
    """

    chat_id: ChatId
    messages: tuple[LoggedMessage, ...]
    tasks: tuple[RecordId, ...]


class RunLead(NamedTuple):
    """A Lead that a run created, or else reopened."""

    id: RecordId
    is_created: bool


class LoggedTask(NamedTuple):
    """A Task whose key the ledger knows.

    `task_id` is "" where that is all it knows, because it was taken back or purged, and `chat_id`
    is "" where the chat is not known (any more).
    """

    key: TaskKey
    task_id: RecordId
    chat_id: ChatId
    is_taken_back: bool = False


class Purged(NamedTuple):
    """How many messages lost what was known of them, and how many waiting ones their text."""

    logged: int
    waiting: int


class Aftercare(Protocol):
    """The side of a ledger that a person uses: what a run did, what is known of whom.

    Every method that changes something is one durable transaction.
    """

    # Runs

    def runs(self) -> Sequence[RunId]:
        """All runs, oldest first, those that were cut off included."""
        ...

    def last_work(self) -> RunId | None:
        """The latest run that wrote anything, even if that was taken back since."""
        ...

    def work_of(self, run: RunId) -> Sequence[LoggedUnit]:
        """What this run logged and nobody took back."""
        ...

    def leads_of(self, run: RunId) -> Sequence[RunLead]:
        """Leads that this run created or reopened, without those that were taken back."""
        ...

    def take_back(self, run: RunId, units: Sequence[LoggedUnit]) -> None:
        """Remember that these Tasks are gone and their messages are not to be logged again."""
        ...

    def lead_taken_back(self, lead_id: RecordId) -> None:
        """Remember that a Lead is gone, and forget the links that wasf made to it."""
        ...

    # All that is logged

    def logged_tasks(self) -> Iterator[LoggedTask]:
        """Every Task whose key is known, each once."""
        ...

    # Links

    def unlink(self, chat_id: ChatId) -> None:
        """Forget a chat's link, and that wasf must not match the chat by itself (M10)."""
        ...

    # Privacy

    def forget(self, phone: Phone, chats: Collection[Chat], names: Collection[str] = ()) -> None:
        """Remove all that is known of these chats, and let nobody with that number in again.

        Nor with another number that one of the chats has, nor, where there is no number, under one
        of their titles or one of these names. Keys stay under no name, so that a person who is let
        in again is not logged twice.
        """
        ...

    def let_in_again(self, phone: Phone) -> bool:
        """Undo the ban of `forget`, not the forgetting; False if there was none."""
        ...

    def purge(self, chats: Collection[ChatId], before: datetime | None, *, waiting: bool) -> Purged:
        """Remove what is known of logged messages but their keys and minutes.

        Only of these chats, only what was written before that moment. With `waiting` messages
        that wait lose their text too, and are never logged. What is on its way stays.
        """
        ...

    def wipe(self) -> None:
        """Write the file anew, so that nothing that was removed can be read in it."""
        ...
