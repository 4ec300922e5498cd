"""Finds the participants of an export: the other party, our side, the members of a group.

A file does not say which side is ours. That follows from the option `me`, from the chat's name in
the file's name, or from a sender who is shown as a number, which the exporting person never is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wasf.core.chats import Direction, Phone
from wasf.core.phones import canonical, parse_phone
from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.sources.exports.export_facts import MANY_LINES, ExportFacts, SenderCounts
from wasf.sources.exports.files import titles_of, whole_title_of
from wasf.sources.exports.headers import LONGEST_NAME
from wasf.sources.exports.notices import is_group_notice
from wasf.sources.exports.text import MARKS, tidy_name

UNSAVED = "~"
"""What WhatsApp puts before a name that is not in the phone's address book."""

_TWO = 2
_QUOTES = '"“”„«»「」'
_SURE_OF_MARKED = 3
_MOST_FAKE, _FAKE_SHARE, _FEWEST_BESIDE_FAKE = 3, 50, 10
_NAMES_IN_HINT = 6

Author = tuple[str, Direction]
"""A sender as messages show it: the name or number, and the side."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What is known of the people in a chat besides the text of the file.

    `stem` is the name of the file and `title` the chat's name in it. `me` are names of our side.
    `phone` is the other party's number if a person gave it.
    """

    title: str
    stem: str
    me: frozenset[str]
    phone: Phone | None
    region: str

    def may_go_on(self, name: str) -> bool:
        """Return whether a name that is looked for begins with this one and has more."""
        shown = shown_name(name)
        start = fold_name(shown)
        if any(me.startswith(start) and me != start for me in self.folded_me):
            return True
        titles, letters = map(_letters, (self.title, whole_title_of(self.stem))), _letters(shown)
        return any(title.startswith(letters) and title != letters for title in titles)

    @property
    def folded_me(self) -> frozenset[str]:
        """Return the names of our side for comparison."""
        return frozenset(map(fold_name, self.me))


@dataclass(frozen=True, slots=True)
class Participants:
    """Who is who.

    `authors` finds an author by the whole name as the file spells it; `direct` by what stands
    before the first `: `, where that is enough. `fake_names` stand in fake headers only. `members`
    are all authors but us.
    """

    title: str
    is_group: bool
    authors: Mapping[str, Author]
    direct: Mapping[str, Author]
    fake_names: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()

    def split(self, rest: str) -> tuple[Author, int] | None:
        """Return the author of what follows a header, and where the body begins."""
        author = None
        colon, start = -1, 0
        end = rest.find("\n")
        end = len(rest) if end < 0 else end
        while (colon := rest.find(":", colon + 1, min(end, LONGEST_NAME + 1))) >= 0:
            known = self.authors.get(rest[:colon])
            is_separated = rest.startswith(": ", colon) or colon + 1 == end
            if known is not None and (is_separated or author is None):
                author, start = known, colon + 1 + rest.startswith(" ", colon + 1)
        return None if author is None else (author, start)


@dataclass(frozen=True, slots=True)
class Sender:
    """One name in all its spellings. `said` counts lines that a person wrote for certain."""

    shown: str
    spellings: Sequence[str]
    lines: int
    said: int
    is_unsaved: bool


def find_participants(facts: ExportFacts, known: KnownNames) -> Participants:
    """Decide who is who. Raise `UnreadableFile` if our side cannot be told."""
    known = _with_whole_title(facts, known)
    senders = list(_senders_of(facts, known))
    speakers = [sender for sender in senders if sender.said]
    fakes = [] if facts.has_group_notice else _fake_senders(speakers, known, facts.headers)
    speakers = [sender for sender in speakers if sender not in fakes]
    me = known.folded_me
    ours = [sender for sender in speakers if fold_name(sender.shown) in me]
    is_group = facts.has_group_notice or len(speakers) > _TWO
    if not is_group:
        ours = _our_side(facts, known, speakers, ours)
    others = [sender for sender in senders if sender not in ours and sender not in fakes]
    members = tuple(sender.shown for sender in others if sender.said)
    authors = _authors(ours, others)
    unclear = {_start_of(name) for name in authors if ": " in name}
    return Participants(
        title=known.title or _title(facts, known, members, is_group=is_group),
        is_group=is_group,
        authors=authors,
        direct={name: who for name, who in authors.items() if _start_of(name) not in unclear},
        fake_names=frozenset(spelling for sender in fakes for spelling in sender.spellings),
        members=members,
    )


def _with_whole_title(facts: ExportFacts, known: KnownNames) -> KnownNames:
    """Keep a number or a word at the end of the title (Ada 2) if a sender has that name."""
    names = [shown_name(name) for name in (*facts.senders, *facts.unspaced)]
    titles = titles_of(known.stem)
    title = next((t for t in titles if any(_is_same_name(name, t) for name in names)), "")
    return replace(known, title=title) if title else known


def _authors(ours: Sequence[Sender], others: Sequence[Sender]) -> dict[str, Author]:
    return {
        spelling: (sender.shown, direction)
        for direction, side in ((Direction.OUTGOING, ours), (Direction.INCOMING, others))
        for sender in side
        for spelling in sender.spellings
    }


def _title(facts: ExportFacts, known: KnownNames, members: Sequence[str], *, is_group: bool) -> str:
    """Return the title of a chat whose file's name has none."""
    member = "" if is_group else next(iter(members), "")
    return member or shown_name(facts.announced) or tidy_name(known.stem)


def _fake_senders(speakers: Sequence[Sender], known: KnownNames, lines: int) -> list[Sender]:
    """Return third names in a chat of two that stand on a few lines: pasted ones.

    No group is called by a member's name, so the file's name shows that it is a chat of two.
    """
    them = next((s for s in speakers if _is_same_name(s.shown, known.title)), None)
    if them is None or len(speakers) <= _TWO:
        return []
    me = known.folded_me
    ours = [s for s in speakers if s is not them and fold_name(s.shown) in me]
    rest = sorted((s for s in speakers if s is not them), key=lambda s: -s.lines)
    main, *others = ours or rest
    fakes = [s for s in rest if s is not main and s not in others] if ours else others
    count = sum(s.lines for s in fakes)
    total = lines - count
    is_sure = bool(ours) or min(total, main.lines * 5) >= _FEWEST_BESIDE_FAKE
    is_few = count <= min(max(_MOST_FAKE, total // _FAKE_SHARE), total, MANY_LINES)
    return fakes if is_sure and is_few else []


# --- Our side ----------------------------------------------------------------------------------


def _our_side(
    facts: ExportFacts, known: KnownNames, speakers: Sequence[Sender], mine: Sequence[Sender]
) -> list[Sender]:
    """Return our side of a chat of two; `mine` are senders with one of our names."""
    named = [s for s in speakers if _is_same_name(s.shown, known.title)]
    if not speakers or (mine and len(mine) < len(speakers)):
        return list(mine)
    if len(named) == 1:
        return _all_but(speakers, named[0])
    if not mine:
        them = _by_number(known, speakers) or _announced(facts, speakers)
        if them is not None:
            return _all_but(speakers, them)
        if known.me and not known.title and len(speakers) == 1:
            return []
    # The chat is named for somebody else than its only sender: only our side wrote.
    if len(speakers) == 1 and (mine or known.title or facts.announced):
        return list(speakers)
    raise _unclear(speakers)


def _all_but(speakers: Sequence[Sender], them: Sender) -> list[Sender]:
    return [sender for sender in speakers if sender is not them]


def _by_number(known: KnownNames, speakers: Sequence[Sender]) -> Sender | None:
    """Return who has the given number, or else the only one without a saved name."""
    numbers = [(s, parse_phone(s.shown, known.region)) for s in speakers]
    if known.phone is not None:
        for sender, phone in numbers:
            if phone is not None and canonical(phone) == canonical(known.phone):
                return sender
    unnamed = [sender for sender, phone in numbers if phone is not None or sender.is_unsaved]
    return unnamed[0] if len(unnamed) == 1 else None


def _announced(facts: ExportFacts, speakers: Sequence[Sender]) -> Sender | None:
    """Return who sent the encryption notice: on an iPhone it has the other party's name."""
    name = fold_name(shown_name(facts.announced))
    return next((s for s in speakers if name and fold_name(s.shown) == name), None)


def _unclear(speakers: Sequence[Sender]) -> UnreadableFile:
    names = " or ".join(f'--me "{s.shown}"' for s in speakers[:_NAMES_IN_HINT])
    return UnreadableFile(
        "This file does not show which side of the chat is ours.",
        f"Say who wrote for you: {names}.",
    )


# --- Senders -----------------------------------------------------------------------------------


def _senders_of(facts: ExportFacts, known: KnownNames) -> Iterator[Sender]:
    """Yield the names that people wrote under, each once."""
    spellings: dict[str, dict[str, SenderCounts]] = {}
    for name, counts in _names(facts, known):
        spellings.setdefault(fold_name(shown_name(name)), {})[name] = counts
    for spelled in spellings.values():
        yield Sender(
            shown=shown_name(next(iter(spelled))),
            spellings=tuple(spelled),
            lines=sum(counts.lines for counts in spelled.values()),
            said=sum(counts.lines - counts.notices for counts in spelled.values()),
            is_unsaved=any(tidy_name(name).startswith(UNSAVED) for name in spelled),
        )


def _names(facts: ExportFacts, known: KnownNames) -> Iterator[tuple[str, SenderCounts]]:
    """Yield names as spelled. The lines of a name with a colon do not count for its start."""
    mine = known.folded_me
    with_colon = {
        name: count
        for name, count in facts.longer_names.items()
        if fold_name(shown_name(name)) in mine
        or _is_whole_title(name, known.title)
        or _is_on_all_lines(facts, name)
    }
    by_start: dict[str, dict[str, int]] = {}
    for whole, count in with_colon.items():
        by_start.setdefault(_start_of(whole), {})[whole] = count
    unspaced = _unspaced_names(facts, known)
    yield from unspaced.items()
    for name, counts in facts.senders.items():
        if name.partition(":")[0] in unspaced and ":" in name:
            continue
        longer = by_start.get(name, {})
        for whole, count in longer.items():
            yield whole, SenderCounts(count)
        left = counts.lines - sum(longer.values())
        if left > 0 and not _is_notice(name, counts):
            yield name, SenderCounts(left, min(counts.notices, left))


def _unspaced_names(facts: ExportFacts, known: KnownNames) -> dict[str, SenderCounts]:
    """Return names with lines that have no blank behind the colon.

    On Android a notice may have such a colon, so one line is not enough for a new name.
    """
    spaced = {fold_name(shown_name(name)) for name in facts.senders}
    mine = known.folded_me
    return {
        name: counts
        for name, count in facts.unspaced.items()
        if (counts := SenderCounts(count))
        and not _is_notice(name, counts)
        and (
            facts.layout.platform.is_ios
            or count >= _TWO
            or (folded := fold_name(shown_name(name))) in spaced
            or folded in mine
            or _is_same_name(shown_name(name), known.title)
        )
    }


def _is_whole_title(name: str, title: str) -> bool:
    """Return whether a name with a colon is the chat's, and not only its start (`Ada: 🙂: yes`)."""
    start = shown_name(_start_of(name))
    return _is_same_name(shown_name(name), title) and not _is_same_name(start, title)


def _is_on_all_lines(facts: ExportFacts, name: str) -> bool:
    """Return whether all lines with its start have this name, and one is no text for certain."""
    first = facts.senders.get(_start_of(name))
    return (
        name in facts.certain_names
        and first is not None
        and first.lines == facts.longer_names[name]
    )


def _is_notice(name: str, counts: SenderCounts) -> bool:
    """Return whether it is part of a notice: `Ada changed the subject to "A: b"`."""
    if sum(name.count(quote) for quote in _QUOTES) % 2:
        return True
    if name.startswith(MARKS) and counts.lines < _SURE_OF_MARKED:
        return True
    return not name.strip() or (counts.lines == 1 and is_group_notice(name))


def _start_of(name: str) -> str:
    """Return a name up to the first colon in it."""
    return name.partition(": ")[0]


def shown_name(name: str) -> str:
    """Return a sender's name or number as people read it, without `UNSAVED`."""
    return tidy_name(name).removeprefix(UNSAVED).strip()


def _is_same_name(shown: str, title: str) -> bool:
    """Return whether a sender is the one in a file's name, where some characters are replaced."""
    if not title:
        return False
    if fold_name(shown) == fold_name(title):
        return True
    letters = _letters(shown)
    return bool(letters) and letters == _letters(title)


def _letters(name: str) -> str:
    return "".join(char for char in fold_name(name) if char.isalnum())
