"""Made-up chats, what phones show of them, and a judge that knows what was really written.

Every line carries the number of the event it shows in the name of a file, which is no part of a
message's identity: so the judge needs none of the rules it judges. It counts, for each group of
events that nobody can tell apart, how many an accepted export showed and how many the ledger holds.

What no program can know is left out by `undecidable`, from the truth alone: whether a line that was
changed is the one in its minute that another export hides, whether two equal lines in a minute,
each hidden in another export, are two, and on which side somebody is who wrote less than two lines
that the other side did not write in the same minute too.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.commands.world import a_context
from tests.fakes_sources import MemorySource, Written, a_source_chat
from wasf.commands.sync import ImportOptions
from wasf.commands.sync.importer import import_chats
from wasf.core.chats import Attachment, Direction, Message, MessageKind
from wasf.store.ledger import Ledger

IN, OUT = Direction.INCOMING, Direction.OUTGOING
USUAL = ("ok", "yes", "👍", "ha ha", "Grüße")
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Asia/Tokyo")
HOME = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Event:
    """Something that was really written; `at` is in UTC, to the second."""

    number: int
    at: datetime
    side: Direction
    text: str
    kind: MessageKind = MessageKind.TEXT

    @property
    def cell(self) -> tuple[object, ...]:
        """Events of one side in one minute."""
        return self.at.replace(second=0), self.side

    @property
    def group(self) -> tuple[object, ...]:
        """Events that nobody can tell apart."""
        return *self.cell, self.text, self.kind


@dataclass(frozen=True)
class Export:
    """What one phone showed: events, the message each looked like, and which looked changed.

    `flipped` are the true sides of those who are shown on the other.
    """

    lines: tuple[tuple[Event, Message], ...]
    changed: frozenset[int] = frozenset()
    is_foreign: bool = False
    flipped: frozenset[Direction] = frozenset()


@dataclass
class Verdict:
    """What became of one chat."""

    exports: int = 0
    stops: int = 0
    lost: int = 0
    double: int = 0
    undecidable: int = 0
    wrote: int = 0
    needless_stops: int = 0
    why: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether all that can be known is known."""
        return not (self.lost or self.double or self.wrote or self.needless_stops)


# --- Making chats ------------------------------------------------------------------------------


def a_chat(chance: random.Random, size: int | None = None) -> list[Event]:
    """Mostly equal texts, many in one minute: far harsher than life."""
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(500_000))
    gaps = chance.choice(([0, 0, 1, 1, 2], [0, 1, 5, 30], [0, 1, 60, 600], [0, 3, 1440, 2880]))
    share = chance.choice((0.3, 0.6, 0.8))
    events = []
    for number in range(size or chance.randrange(5, 60)):
        at += timedelta(minutes=chance.choice(gaps), seconds=chance.randrange(20))
        text = chance.choice(USUAL) if chance.random() < share else f"word {chance.randrange(999)}"
        kind = MessageKind.MEDIA if chance.random() < 0.1 else MessageKind.TEXT
        side = chance.choice((IN, OUT))
        events.append(Event(number, at, side, "" if kind is MessageKind.MEDIA else text, kind))
    return events


Look = Callable[[Event], Message]


def plain(event: Event) -> Message:
    """An event as the first phone shows it."""
    author = "Ada Example" if event.side is IN else "Sam Seller"
    text = "<Media omitted>" if event.kind is MessageKind.MEDIA else event.text
    file = Attachment(f"event {event.number}")
    return Message(event.at.replace(second=0), event.side, author, event.kind, text, file)


def shown(events: Iterable[Event], look: Look = plain, changed: Iterable[int] = ()) -> Export:
    """An export of these events."""
    return Export(tuple((event, look(event)) for event in events), frozenset(changed))


def window(chance: random.Random, events: Sequence[Event]) -> Sequence[Event]:
    """Some of a chat in a row, cut anywhere."""
    start, end = sorted(chance.sample(range(len(events) + 1), 2))
    return events[start:end]


def edited(event: Event) -> Message:
    """As the phone shows it after an edit."""
    return plain(event)._replace(kind=MessageKind.EDITED, text=event.text + " (better)")


def deleted(event: Event) -> Message:
    """As the phone shows it after it was deleted."""
    return plain(event)._replace(kind=MessageKind.DELETED, text="This message was deleted")


def changed_later(chance: random.Random, events: Sequence[Event], *how: Look) -> Export:
    """The whole chat after a tenth of it was changed."""
    looks = {
        e.number: chance.choice(how)
        for e in events
        if chance.random() < 0.1 and not (e.kind is MessageKind.MEDIA and how == (edited,))
    }
    return shown(events, lambda e: looks.get(e.number, plain)(e), looks)


# --- Families ----------------------------------------------------------------------------------


def superset(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    return [shown(chat[: chance.randrange(1, len(chat))]), shown(chat)]


def then_older(chance: random.Random) -> list[Export]:
    return superset(chance)[::-1]


def start_cut(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    middle = chance.randrange(1, len(chat))
    return [shown(chat[:middle]), shown(chat[chance.randrange(len(chat)) :])]


def windows(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    return [shown(window(chance, chat)) for _ in range(3)]


def cut_minutes(chance: random.Random) -> list[Export]:
    """Windows cut within minutes in which both sides say the same short things, often twice."""
    at, side, chat = datetime(2025, 1, 1, tzinfo=UTC), IN, list[Event]()
    for number in range(chance.randrange(5, 25)):
        at += timedelta(minutes=chance.choice((0, 0, 0, 0, 1)))
        side = side if chance.random() < 0.75 else chance.choice((IN, OUT))
        chat.append(Event(number, at, side, chance.choice(("ok", "ok", "yes", f"word {number}"))))
    return [shown(window(chance, chat)) for _ in range(3)]


def hidden(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    share = chance.choice((0.02, 0.1))
    return [shown([e for e in chat if chance.random() > share]) for _ in range(3)]


def reordered(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    other = chance.sample(chat, len(chat))
    return [shown(chat[: chance.randrange(1, len(chat))]), shown(other), shown(chat)]


def _changed(chance: random.Random, *how: Look) -> list[Export]:
    chat = a_chat(chance)
    first = shown(chat[: chance.randrange(1, len(chat))] if chance.random() < 0.7 else chat)
    exports = [first, changed_later(chance, chat, *how)]
    return exports if chance.random() < 0.8 else exports[::-1]


def edits(chance: random.Random) -> list[Export]:
    return _changed(chance, edited)


def deletions(chance: random.Random) -> list[Export]:
    return _changed(chance, deleted)


def renamed(chance: random.Random) -> list[Export]:
    """Other names; and sometimes nobody can be told to be our side any more."""
    chat = a_chat(chance)
    side = chance.choice((None, IN, OUT))

    def look(event: Event) -> Message:
        message = plain(event)
        name = "Ada 🌷" if event.side is IN else "Samuel S."
        return message._replace(author=name, direction=side or message.direction)

    first = shown(chat[: chance.randrange(len(chat) // 2, len(chat))])
    wrong = {IN, OUT} - {side} if side else set()
    other = replace(shown(chat, look), flipped=frozenset(wrong))
    return [first, other, other]


def media(chance: random.Random) -> list[Export]:
    """With files and without, and cards that are shown as any file."""
    chat = [
        replace(e, kind=MessageKind.MEDIA, text="") if chance.random() < 0.3 else e
        for e in a_chat(chance)
    ]
    cards = {e.number for e in chat if e.kind is MessageKind.MEDIA and chance.random() < 0.2}

    def look(event: Event) -> Message:
        if event.kind is not MessageKind.MEDIA:
            return plain(event)
        kind = MessageKind.CONTACT_CARD if event.number in cards else MessageKind.MEDIA
        return plain(event)._replace(kind=kind, text="a caption")

    exports = [shown(chat[: chance.randrange(1, len(chat))]), shown(chat, look, cards)]
    return exports if chance.random() < 0.5 else exports[::-1]


def _seen_from(zone: ZoneInfo, event: Event) -> Message:
    local = event.at.astimezone(zone).replace(tzinfo=None, second=0)
    return plain(event)._replace(sent_at=local.replace(tzinfo=HOME).astimezone(UTC))


def at_home(event: Event) -> Message:
    """With the times that a phone in the configured zone shows."""
    return _seen_from(HOME, event)


QUARTERS_OF_A_DAY = 96


def shifted(chance: random.Random) -> list[Export]:
    chat = a_chat(chance)
    quarters = chance.randrange(-104, 105)
    # A whole day is taken for no clock: the same may be said every day, and must not be lost.
    move = timedelta(minutes=15 * (quarters + (abs(quarters) == QUARTERS_OF_A_DAY)))
    first = shown(chat[: chance.randrange(len(chat) // 2, len(chat))])
    other = shown(chat, lambda e: plain(e)._replace(sent_at=plain(e).sent_at + move))
    return [first, other, other]


def other_zone(chance: random.Random) -> list[Export]:
    """A phone abroad, over a year: its clock is changed on other days than ours."""
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=chance.randrange(200))
    step = timedelta(days=chance.choice((1, 2, 3)))
    chat = [
        replace(e, at=start + e.number * step + timedelta(minutes=chance.randrange(840)))
        for e in a_chat(chance, chance.randrange(80, 160))
    ]
    chat.sort(key=lambda e: e.at)
    zone = ZoneInfo(chance.choice(ZONES))
    first = shown(chat[: chance.randrange(len(chat) // 2, len(chat))], at_home)
    other = shown(chat, lambda e: _seen_from(zone, e))
    return [first, other, other]


def other_phone(chance: random.Random) -> list[Export]:
    """The other party's export: sides are swapped, names are theirs, perhaps in another zone."""
    chat = a_chat(chance)
    move = timedelta(minutes=chance.choice((0, 0, 60, -330)))

    def look(event: Event) -> Message:
        name, side = ("Ada", OUT) if event.side is IN else ("My Seller", IN)
        message = plain(event)
        return message._replace(author=name, direction=side, sent_at=message.sent_at + move)

    first = shown(chat[: chance.randrange(len(chat) // 2, len(chat))])
    other = replace(shown(chat, look), flipped=frozenset({IN, OUT}))
    return [first, other, other]


def with_seconds(chance: random.Random) -> list[Export]:
    """An iPhone and an Android phone."""
    chat = a_chat(chance)
    first = shown(chat[: chance.randrange(1, len(chat))])
    return [first, shown(chat, lambda e: plain(e)._replace(sent_at=e.at)), shown(chat)]


def foreign(chance: random.Random) -> list[Export]:
    """Another chat that has the same name."""
    ours = a_chat(chance)
    theirs = [replace(e, number=e.number + 1000) for e in a_chat(chance)]
    theirs = [replace(e, at=e.at - theirs[0].at + ours[0].at) for e in theirs]
    return [shown(ours), replace(shown(theirs), is_foreign=True)]


def mixed(chance: random.Random) -> list[Export]:
    """Windows, lines that are hidden, edited, deleted as time goes on; brought in any order."""
    chat = a_chat(chance)
    changes = {
        e.number: (chance.randrange(3), chance.choice((edited, deleted)))
        for e in chat
        if chance.random() < 0.2 and e.kind is MessageKind.TEXT
    }
    exports = []
    for age in range(3):
        looks = {number: how for number, (since, how) in changes.items() if since <= age}
        part = window(chance, chat) if chance.random() < 0.5 else chat
        kept = [e for e in part if chance.random() > 0.03]
        exports.append(shown(kept, lambda e, looks=looks: looks.get(e.number, plain)(e), looks))
    return chance.sample(exports, 3)


FAMILIES: dict[str, Callable[[random.Random], list[Export]]] = {
    "superset": superset,
    "then older": then_older,
    "start cut": start_cut,
    "windows": windows,
    "cut minutes": cut_minutes,
    "hidden": hidden,
    "reordered": reordered,
    "edited": edits,
    "deleted": deletions,
    "renamed": renamed,
    "media": media,
    "shifted": shifted,
    "other zone": other_zone,
    "other phone": other_phone,
    "seconds": with_seconds,
    "foreign": foreign,
    "mixed": mixed,
}

MAY_STOP = frozenset(
    {
        "start cut", "windows", "cut minutes", "hidden", "mixed", "foreign",
        "shifted", "other zone", "other phone",
    }
)  # fmt: skip
"""Families of which some have too little in common, or too much hidden, to be sure."""


# --- Judging -----------------------------------------------------------------------------------


def everything(ledger: Ledger) -> list[object]:
    """All that the ledger keeps."""
    tables = ("chat", "queue", "body", "logged", "intent", "fact")
    return [ledger._db.rows(f"SELECT * FROM {table}") for table in tables]


def judge(exports: Sequence[Export], family: str = "") -> Verdict:
    """Bring the exports in, one after the other, and compare with what was really written."""
    verdict = Verdict(exports=len(exports))
    accepted: list[Export] = []
    with Ledger.scratch(Path("there-is-no-ledger-here")) as ledger:
        for export in exports:
            before = everything(ledger)
            if run_import(ledger, export):
                accepted.append(export)
                continue
            verdict.stops += 1
            verdict.wrote += everything(ledger) != before
            verdict.needless_stops += family not in MAY_STOP and shares_a_line(accepted, export)
        events = {e.number: e for export in exports for e, _ in export.lines}
        held = [
            events[int(message.attachment.name.split()[1])]
            for known in ledger.chats()
            for _, message in ledger.queued(known.chat.id)
        ]
    _compare(accepted, held, verdict)
    return verdict


def run_import(ledger: Ledger, export: Export) -> bool:
    """Whether the export was result."""
    written = Written(a_source_chat(), [message for _, message in export.lines])
    found = MemorySource((written,)).read()
    result = import_chats(found, a_context(ledger), ImportOptions())
    [imported] = result.chats
    assert imported.messages == len(export.lines)
    assert imported.messages == imported.already_logged + imported.queued + imported.skipped
    return imported.misfit is None


def shares_a_line(accepted: Iterable[Export], export: Export) -> bool:
    """Whether an earlier export showed an event that neither of the two shows changed."""
    ours = {e.number for e, _ in export.lines} - export.changed
    return any(ours & {e.number for e, _ in one.lines} - one.changed for one in accepted)


def _compare(accepted: Sequence[Export], held: Iterable[Event], verdict: Verdict) -> None:
    seen = {e.number: e for export in accepted for e, _ in export.lines}
    expected = Counter(e.group for e in seen.values())
    found = Counter(e.group for e in held)
    open_cells = undecidable(accepted)
    for group in expected.keys() | found.keys():
        difference = found[group] - expected[group]
        if difference and group[:2] in open_cells:
            verdict.undecidable += abs(difference)
        elif difference:
            verdict.lost += max(0, -difference)
            verdict.double += max(0, difference)
            verdict.why.append(f"{group}: {expected[group]} written, {found[group]} known")
    for export in accepted:
        if export.is_foreign and len(accepted) > 1 and not _could_be_ours(accepted[0], export):
            verdict.double += len(export.lines)
            verdict.why.append("a foreign chat was taken")


def undecidable(accepted: Sequence[Export]) -> set[tuple[object, ...]]:
    """Cells in which the exports leave open which line is which; see the module."""
    open_cells = _with_changes(accepted)
    groups: dict[tuple[object, ...], list[set[int]]] = defaultdict(list)
    for export in accepted:
        for group, numbers in _numbers(export, lambda event: event.group).items():
            groups[group].append(numbers)
    for group, views in groups.items():
        if max(map(len, views)) < len(set().union(*views)):
            open_cells.add(group[:2])
    for export in accepted[1:]:
        if any(_clean_lines(accepted[0], export, side) < 2 for side in export.flipped):
            open_cells |= {event.cell for event, _ in export.lines}
    return open_cells


def _with_changes(accepted: Sequence[Export]) -> set[tuple[object, ...]]:
    """Cells in which a line was changed, and of which not all exports show the same events."""
    cells: dict[tuple[object, ...], list[tuple[frozenset[int], bool]]] = defaultdict(list)
    for export in accepted:
        for cell, numbers in _numbers(export, lambda event: event.cell).items():
            cells[cell].append((frozenset(numbers), bool(numbers & export.changed)))
    return {
        cell
        for cell, views in cells.items()
        if any(is_changed for _, is_changed in views) and len({shown for shown, _ in views}) > 1
    }


def _numbers(
    export: Export, of: Callable[[Event], tuple[object, ...]]
) -> dict[tuple[object, ...], set[int]]:
    """The events of an export by something that they have in common."""
    found: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for event, _ in export.lines:
        found[of(event)].add(event.number)
    return found


def _clean_lines(first: Export, other: Export, side: Direction) -> int:
    """How many lines of a side prove by themselves on which side it is: nobody else wrote them."""
    written = {(e.at.replace(second=0), e.kind, e.text, e.side) for e, _ in other.lines}
    both = {(at, kind, text) for at, kind, text, one in written if one is not side}
    shared = {e.number for e, _ in other.lines}
    return sum(
        e.side is side
        and e.number in shared
        and (e.at.replace(second=0), e.kind, e.text) not in both
        for e, _ in first.lines
    )


def _could_be_ours(ours: Export, theirs: Export) -> bool:
    """Whether the two share a line by accident."""
    known = {(m.sent_at, m.direction, m.kind, m.text) for _, m in ours.lines}
    return any((m.sent_at, m.direction, m.kind, m.text) in known for _, m in theirs.lines)
