"""Finds the participants of an export: the other party, our side, the members of a group.

A file does not say which side is ours. That follows from the option `me`, from the chat's name in
the file's name, or from a sender who is shown as a number, which the exporting person never is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wasf.core.chats import Direction
from wasf.core.phones import canonical, parse_phone
from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.sources.exports.chunks import LONGEST_NAME
from wasf.sources.exports.export_facts import MANY_LINES, ExportFacts, Sender, senders_of
from wasf.sources.exports.names import KnownNames, is_same_name, shown_name, start_of, titles_of
from wasf.sources.exports.notices import (
    begins_group_notice,
    is_chat_notice,
    is_group_notice,
    speaks_of_a_group,
)
from wasf.sources.exports.text import tidy_name, without_marks
from wasf.values import dataclass

NOBODY = frozenset(map(fold_name, ("Meta AI", "WhatsApp")))
"""Folded names of writers that are no person (T7)."""

_TWO = 2
_MOST_FAKE, _FAKE_SHARE, _FEWEST_BESIDE_FAKE = 3, 50, 10
_NAMES_IN_HINT = 6

Author = tuple[str, Direction]
"""A sender as messages show it: the name or number, and the side."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who is who.

    `authors` finds an author by the whole name as the file spells it; `direct` by what stands
    before the first `: `, where that is enough. `fake_names` stand in fake headers only. `members`
    are all authors but us. `assistants` are names in `NOBODY`, as the file spells them.
    """

    title: str
    is_group: bool
    authors: Mapping[str, Author]
    direct: Mapping[str, Author]
    fake_names: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()
    assistants: frozenset[str] = frozenset()

    def is_by_assistant(self, rest: str) -> bool:
        """Return whether what follows a header is by one that is no person."""
        return any(rest.startswith(f"{name}:") for name in self.assistants)

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


def find_participants(facts: ExportFacts, known: KnownNames) -> Participants:
    """Decide who is who. Raise `UnreadableFile` if our side, or a group, cannot be told."""
    known = _with_whole_title(facts, known)
    senders = list(senders_of(facts, known))
    assistants = [sender for sender in senders if _is_assistant(sender, known)]
    senders = [sender for sender in senders if sender not in assistants]
    titles = _titles(facts, known)
    is_told = _is_told(facts, senders, titles)
    senders = _without_group(senders, titles, is_told=is_told)
    speakers = [sender for sender in senders if sender.said]
    fakes = _fake_senders(speakers, known, facts.headers)
    fakes = [] if _is_announced(facts, fakes) else fakes
    speakers = [sender for sender in speakers if sender not in fakes]
    me = known.folded_me
    ours = [sender for sender in speakers if fold_name(sender.shown) in me]
    is_group = is_told or _is_group(facts, known, speakers, titles)
    if not is_group:
        ours = _our_side(facts, known, speakers, ours)
    others = [sender for sender in senders if sender not in ours and sender not in fakes]
    members = tuple(sender.shown for sender in others if sender.said)
    authors = _authors(ours, others)
    unclear = {start_of(name) for name in authors if ": " in name}
    return Participants(
        title=_title(facts, known, members, is_group=is_group),
        is_group=is_group,
        authors=authors,
        direct={name: who for name, who in authors.items() if start_of(name) not in unclear},
        fake_names=_spellings(fakes),
        members=members,
        assistants=_spellings(assistants),
    )


def _spellings(senders: Sequence[Sender]) -> frozenset[str]:
    return frozenset(spelling for sender in senders for spelling in sender.spellings)


def _is_assistant(sender: Sender, known: KnownNames) -> bool:
    """Return whether a sender is no person; in a chat with WhatsApp itself it is the other side."""
    return fold_name(sender.shown) in NOBODY and not is_same_name(sender.shown, known.title)


# --- Group or chat of two ----------------------------------------------------------------------


def _titles(facts: ExportFacts, known: KnownNames) -> tuple[str, ...]:
    """Return the chat's name in the file's name and in an iPhone's first notice."""
    return tuple(title for one in (known.title, facts.announced) if (title := shown_name(one)))


def _without_group(senders: list[Sender], titles: Sequence[str], *, is_told: bool) -> list[Sender]:
    """Leave out a group's own name: an iPhone writes notices under it, and nobody else does."""
    others = [s for s in senders if s.said and not _is_one_of(s.shown, titles)]
    if len(others) < _TWO and not is_told:
        return senders
    return [s for s in senders if s.plain or not _is_one_of(s.shown, titles)]


def _is_group(
    facts: ExportFacts, known: KnownNames, speakers: Sequence[Sender], titles: Sequence[str]
) -> bool:
    """Return whether it is a group (T7). Raise `UnreadableFile` if that cannot be told.

    It is one if several people besides us write. Otherwise a chat of two has the name or the number
    of a writer, or of the other side who never wrote, and a group has another name.
    """
    if _is_of_two(known, speakers, titles):
        others = [s for s in speakers if fold_name(s.shown) not in known.folded_me]
        return len(speakers) > _TWO and len(others) != 1
    if len(speakers) > _TWO or _is_of_members(facts, speakers, titles):
        return True
    if titles and len(speakers) == _TWO:
        if facts.announced:
            return True
        raise _no_ones_name(speakers)
    return False


def _is_of_two(known: KnownNames, speakers: Sequence[Sender], titles: Sequence[str]) -> bool:
    """Return whether a title, or the number that a person gave, is of one person."""
    if known.phone is not None and len(speakers) <= _TWO:
        return True
    return any(
        parse_phone(title, known.region) or any(is_same_name(s.shown, title) for s in speakers)
        for title in titles
    )


def _is_of_members(facts: ExportFacts, speakers: Sequence[Sender], titles: Sequence[str]) -> bool:
    """Return whether a notice in any language speaks of a group, or of a writer in one.

    In a chat of two, notices name the other side only.
    """
    names = [s.shown for s in speakers]
    texts = [text for name, text in facts.notices if not name and not is_chat_notice(text)]
    if any(speaks_of_a_group(text, (*names, *titles)) for text in texts):
        return True
    return bool(titles) and any(_has_name(text, name) for text in texts for name in names)


def _is_told(facts: ExportFacts, senders: Sequence[Sender], titles: Sequence[str]) -> bool:
    """Return whether a notice that only groups have tells that it is a group."""
    return any(map(begins_group_notice, facts.senders)) or any(
        _is_of_group(name, text, senders, titles) for name, text in facts.notices
    )


def _is_of_group(sender: str, text: str, senders: Sequence[Sender], titles: Sequence[str]) -> bool:
    """Return whether a notice is one that only groups have.

    On an iPhone a person's text may look so, unless it is about its sender or by nobody.
    """
    if not is_group_notice(text):
        return False
    name = shown_name(sender)
    if not name or fold_name(without_marks(text)).startswith(f"{fold_name(name)} "):
        return True
    return _is_one_of(name, titles) and not any(s.plain and s.shown == name for s in senders)


def _is_announced(facts: ExportFacts, fakes: Sequence[Sender]) -> bool:
    """Return whether a notice names one of these: then it is a member."""
    return any(_has_name(text, s.shown) for s in fakes for name, text in facts.notices if not name)


def _has_name(text: str, name: str) -> bool:
    """Return whether a notice names somebody, by the whole name."""
    before, found, behind = tidy_name(text).partition(name)
    return (
        bool(found)
        and not (before[-1:].isalnum() and name[:1].isascii())
        and not (behind[:1].isalnum() and name[-1:].isascii())
    )


def _is_one_of(shown: str, titles: Sequence[str]) -> bool:
    return any(is_same_name(shown, title) for title in titles)


def _no_ones_name(speakers: Sequence[Sender]) -> UnreadableFile:
    names = " or ".join(f'--me "{s.shown}"' for s in speakers[:_NAMES_IN_HINT])
    return UnreadableFile(
        "This file does not show whether it is a chat with one person or a group: nobody who "
        "writes in it has the name of the chat.",
        "If it is with one person, say who wrote for you and give the number of the other side: "
        f"{names}, and --phone NUMBER.",
    )


def _with_whole_title(facts: ExportFacts, known: KnownNames) -> KnownNames:
    """Keep a number or a word at the end of the title (Ada 2) if a sender has that name."""
    names = [shown_name(name) for name in (*facts.senders, *facts.unspaced)]
    titles = titles_of(known.stem)
    title = next((t for t in titles if any(is_same_name(name, t) for name in names)), "")
    return replace(known, title=title) if title else known


def _authors(ours: Sequence[Sender], others: Sequence[Sender]) -> dict[str, Author]:
    return {
        spelling: (sender.shown, direction)
        for direction, side in ((Direction.OUTGOING, ours), (Direction.INCOMING, others))
        for sender in side
        for spelling in sender.spellings
    }


def _title(facts: ExportFacts, known: KnownNames, members: Sequence[str], *, is_group: bool) -> str:
    """Return the title of a chat: the name in its file's name, unless that is ours or missing.

    An export of the other party's phone bears our name.
    """
    member = "" if is_group else next(iter(members), "")
    if known.title and not (member and _is_ours(known)):
        return known.title
    return member or shown_name(facts.announced) or tidy_name(known.stem)


def _is_ours(known: KnownNames) -> bool:
    return fold_name(shown_name(known.title)) in known.folded_me


def _fake_senders(speakers: Sequence[Sender], known: KnownNames, lines: int) -> list[Sender]:
    """Return third names in a chat of two that stand on a few lines: pasted ones.

    No group is called by a member's name, so the file's name shows that it is a chat of two.
    """
    them = next((s for s in speakers if is_same_name(s.shown, known.title)), None)
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
    named = [s for s in speakers if is_same_name(s.shown, known.title) and not _is_ours(known)]
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
