"""The senders of an export: the names that people wrote under, each with its spellings.

What stands before a colon may also be part of a name with a colon, or part of a notice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wasf.core.chats import Phone
from wasf.core.text import fold_name
from wasf.sources.exports.export_facts import ExportFacts, SenderCounts
from wasf.sources.exports.files import whole_title_of
from wasf.sources.exports.notices import begins_group_notice, has_group_words
from wasf.sources.exports.text import MARKS, tidy_name
from wasf.values import dataclass

UNSAVED = "~"
"""What WhatsApp puts before a name that is not in the phone's address book."""

_TWO = 2
_QUOTES = '"“”„«»「」'
_SURE_OF_MARKED = 3


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
class Sender:
    """One name in all its spellings.

    `said` counts lines that are no known notices, `plain` those that cannot be notices.
    """

    shown: str
    spellings: Sequence[str]
    lines: int
    said: int
    plain: int
    is_unsaved: bool


def senders_of(facts: ExportFacts, known: KnownNames) -> Iterator[Sender]:
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
            plain=sum(_plain(counts, facts) for counts in spelled.values()),
            is_unsaved=any(tidy_name(name).startswith(UNSAVED) for name in spelled),
        )


def _plain(counts: SenderCounts, facts: ExportFacts) -> int:
    """Return how many lines have no mark before their body, or are files."""
    plain = counts.lines - counts.marked
    return max(0, plain - counts.marked_twice if facts.all_marked else plain)


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
        by_start.setdefault(start_of(whole), {})[whole] = count
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
            yield name, replace(counts, lines=left, notices=min(counts.notices, left))


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
            or is_same_name(shown_name(name), known.title)
        )
    }


def _is_whole_title(name: str, title: str) -> bool:
    """Return whether a name with a colon is the chat's, and not only its start (`Ada: 🙂: yes`)."""
    start = shown_name(start_of(name))
    return is_same_name(shown_name(name), title) and not is_same_name(start, title)


def _is_on_all_lines(facts: ExportFacts, name: str) -> bool:
    """Return whether all lines with its start have this name, and one is no text for certain."""
    first = facts.senders.get(start_of(name))
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
    if not name.strip() or begins_group_notice(name):
        return True
    return counts.lines == 1 and has_group_words(name)


def start_of(name: str) -> str:
    """Return a name up to the first colon in it."""
    return name.partition(": ")[0]


def shown_name(name: str) -> str:
    """Return a sender's name or number as people read it, without `UNSAVED`."""
    return tidy_name(name).removeprefix(UNSAVED).strip()


def is_same_name(shown: str, title: str) -> bool:
    """Return whether a sender is the one in a file's name, where some characters are replaced."""
    if not title:
        return False
    if fold_name(shown) == fold_name(title):
        return True
    letters = _letters(shown)
    return bool(letters) and letters == _letters(title)


def _letters(name: str) -> str:
    return "".join(char for char in fold_name(name) if char.isalnum())
