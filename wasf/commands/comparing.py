"""A newer export of a known chat: looked at until it fits what is known, or not taken at all.

Looking changes nothing. An export that fits is read once more, and what is new of it is queued; of
one that was already known there is nothing left to read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from wasf.commands.sighting import Sighting, Tally
from wasf.core.alignment import Lens, constant, steps_from, with_sides
from wasf.core.chats import ChatId, Message
from wasf.core.coverage import Learned, Span, with_span
from wasf.core.diff import may_be_shifted, shift_fits
from wasf.core.keys import keyed, minute_of, text_digest
from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.store.ledger.model import Arrival, Ledger, Spoken

_BATCH = 500
_MOST_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Export:
    """An export of a known chat. `messages` reads it from the beginning, any number of times.

    `read` hears how many messages were read; it may raise to end the run. `shift` is how far a
    person said that times are to be moved, None if nobody did. `sides_are_given` says that a person
    named our side, so that nothing else decides who wrote what.
    """

    chat_id: ChatId
    messages: Callable[[], Iterator[Message]]
    read: Callable[[int], None]
    since: datetime | None = None
    shift: timedelta | None = None
    sides_are_given: bool = False


def compare(export: Export, ledger: Ledger) -> Sighting:
    """Find the lens through which an export fits, if there is one; inside a transaction."""
    learned = ledger.learned(export.chat_id)
    sides = {} if export.sides_are_given else learned.sides
    sighting = _look(export, Lens(constant(export.shift or timedelta(0)), sides), learned, ledger)
    if export.shift is None and may_be_shifted(sighting.overlap):
        sighting = _moved(export, sighting, learned, ledger)
    # Who is on the right side by accident shows only when the others are.
    for _ in range(0 if export.sides_are_given else _MOST_LOOKS):
        new = {fold_name(author): side for author, side in sighting.sides.items()}
        if not new or not sighting.fits:
            break
        sighting = _look(export, with_sides(sighting.lens, new), learned, ledger)
    return sighting


def take_new(export: Export, sighting: Sighting, ledger: Ledger) -> None:
    """Queue what is new. Raises `UnreadableFile` if the export is not what it was."""
    held = sighting.comparison.held()
    wanted = next(held, None)
    number = 0
    messages = sighting.lens.through(export.messages())
    while batch := list(islice(messages, _BATCH)):
        arrivals = []
        for message in batch:
            if wanted is not None and wanted[0] == number:
                arrivals.append(Arrival(wanted[1], message))
                wanted = next(held, None)
            number += 1
        ledger.enqueue(export.chat_id, arrivals)
    if number != sighting.overlap.lines:
        raise UnreadableFile(
            "The file was changed while it was read.", "Sync it again when nothing writes to it."
        )


def remember(export: Export, minutes: Span, lens: Lens, ledger: Ledger) -> None:
    """Keep what an export that was taken has taught, if it is anything new."""
    before = ledger.learned(export.chat_id)
    sides = before.sides if export.sides_are_given else lens.sides
    after = Learned(with_span(before.spans, _taken(minutes, export.since)), sides)
    if after != before:
        ledger.learn(export.chat_id, after)


def _taken(minutes: Span, since: datetime | None) -> Span:
    """The time that was taken: what is older than `since` was left out."""
    if since is None:
        return minutes
    first = int(since.timestamp()) // 60
    return Span(max(minutes.first, first), max(minutes.last, first))


# --- Looking -----------------------------------------------------------------------------------


def _look(export: Export, lens: Lens, learned: Learned, ledger: Ledger) -> Sighting:
    comparison = ledger.compare(export.chat_id)
    tally = Tally(comparison, learned.spans, export.since, is_moved=bool(lens.steps))
    seen = lens.through(export.messages())
    for some in keyed(export.chat_id, seen, ledger.count_earlier):
        tally.take(some, ledger.standing(export.chat_id, some))
        export.read(len(some))
    return tally.sighting(lens)


def _moved(export: Export, first: Sighting, learned: Learned, ledger: Ledger) -> Sighting:
    """The export with its times moved, if it fits then; else as it was."""
    texts = _spoken(export.messages(), export.read)
    steps = steps_from(first.comparison.votes(texts))
    if steps:
        sighting = _look(export, replace(first.lens, steps=steps), learned, ledger)
        if shift_fits(sighting.overlap):
            return sighting
        return _look(export, first.lens, learned, ledger)
    return first


def _spoken(messages: Iterable[Message], read: Callable[[int], None]) -> Iterator[Spoken]:
    for number, message in enumerate(messages):
        if number % _BATCH == 0:
            read(0)
        yield Spoken(minute_of(message), text_digest(message.kind, message.text))
