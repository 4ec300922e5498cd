"""A chat under a new title: people are renamed in address books, numbers become names."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from wasf.commands.comparing import Export, compare
from wasf.core.chat_identity import renamed_from, under_new_title
from wasf.core.chats import Chat, Direction, Kind, Message
from wasf.core.diff import is_alike, is_throughout
from wasf.core.keys import minute_of, text_digest
from wasf.interfaces import Reading
from wasf.store.ledger.model import Ledger, Spoken

_BEGINNING = 500
_SAMPLE = 16
_TELLING = 4


def known_by_its_lines(
    reading: Reading, known: Iterable[Chat], ledger: Ledger, check_stop: Callable[[], None]
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
    return under_new_title(candidates[found[0]], reading.chat)


def _first_texts(messages: Iterable[Message]) -> list[Spoken]:
    """Some texts of others from the beginning of an export, which tell a chat by their minutes.

    Not ours: the same words may have gone to many at once.
    """
    texts = (
        m
        for m in islice(messages, _BEGINNING)
        if m.direction is Direction.INCOMING and m.kind is Kind.TEXT and len(m.text) >= _TELLING
    )
    found = {Spoken(minute_of(m), text_digest(m.kind, m.text)): None for m in texts}
    return list(islice(found, 0, None, max(1, len(found) // _SAMPLE)))[:_SAMPLE]
