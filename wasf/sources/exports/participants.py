"""Who is who in an export: the other party, our side, the members of a group.

The file does not say which side is ours. It follows from the option `me`, from the chat's name in
the file's name, or from a sender that is shown as a number, which is never the exporting person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wasf.core.chats import Direction, Phone
from wasf.core.phones import canonical, parse_phone
from wasf.core.text import fold_name
from wasf.errors import UnreadableFile
from wasf.sources.exports.files import tidy, whole_title_of
from wasf.sources.exports.headers import LONGEST_NAME
from wasf.sources.exports.notices import is_group_notice
from wasf.sources.exports.survey import MANY, Survey, Written
from wasf.sources.exports.text import MARKS

# --- hints
# What is known of a chat's people besides its text, and when two names are one.


STRANGER = "~"
"""What stands before a name that is in nobody's address book."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known besides the file's text.

    `title` is the chat's name in the file's name and `stem` that name as it is; `me` are names of
    our side; `phone` is the other party's number if a person gave it.
    """

    title: str
    stem: str
    me: frozenset[str]
    phone: Phone | None
    region: str

    def may_go_on(self, name: str) -> bool:
        """Whether a name that is looked for begins with this one, and has more."""
        shown = shown_name(name)
        start = fold_name(shown)
        if any(me.startswith(start) and me != start for me in folded_names(self.me)):
            return True
        titles, letters = map(_letters, (self.title, whole_title_of(self.stem))), _letters(shown)
        return any(title.startswith(letters) and title != letters for title in titles)


def shown_name(name: str) -> str:
    """A sender as people read it; `~` only says that it is in nobody's address book."""
    return tidy(name).removeprefix(STRANGER).strip()


def is_same_name(shown: str, title: str) -> bool:
    """A sender is the one in the file's name, which cannot hold every character."""
    if not title:
        return False
    if fold_name(shown) == fold_name(title):
        return True
    letters = _letters(shown)
    return bool(letters) and letters == _letters(title)


def folded_names(names: Iterable[str]) -> frozenset[str]:
    """Names as they are compared."""
    return frozenset(map(fold_name, names))


def _letters(name: str) -> str:
    return "".join(char for char in fold_name(name) if char.isalnum())


# --- senders
# The names that people wrote under in an export, each once, however the file spells it.


_QUOTES = '"“”„«»「」'
_SURE_OF_MARKED = 3


@dataclass(frozen=True, slots=True)
class Sender:
    """One name, however the file spells it. `said` are lines that a person wrote for sure."""

    shown: str
    spellings: Sequence[str]
    lines: int
    said: int
    is_stranger: bool


def senders_of(survey: Survey, hints: Hints) -> list[Sender]:
    """The names that people wrote under, each once."""
    found: dict[str, dict[str, Written]] = {}
    for name, written in _names(survey, hints):
        found.setdefault(fold_name(shown_name(name)), {})[name] = written
    return list(map(_sender, found.values()))


def _sender(spelled: Mapping[str, Written]) -> Sender:
    return Sender(
        shown=shown_name(next(iter(spelled))),
        spellings=tuple(spelled),
        lines=sum(written.lines for written in spelled.values()),
        said=sum(written.lines - written.notices for written in spelled.values()),
        is_stranger=any(tidy(name).startswith(STRANGER) for name in spelled),
    )


def _names(survey: Survey, hints: Hints) -> Iterable[tuple[str, Written]]:
    mine = folded_names(hints.me)
    with_colon = {
        name: count
        for name, count in survey.longer.items()
        if fold_name(shown_name(name)) in mine
        or _is_in_title(name, hints.title)
        or _is_whole_name(survey, name)
    }
    by_start: dict[str, dict[str, int]] = {}
    for whole, count in with_colon.items():
        by_start.setdefault(start_of(whole), {})[whole] = count
    for name, written in survey.senders.items():
        longer = by_start.get(name, {})
        for whole, count in longer.items():
            yield whole, Written(count)
        left = written.lines - sum(longer.values())
        if left > 0 and not _is_notice(name, written):
            yield name, Written(left, min(written.notices, left))


def _is_in_title(name: str, title: str) -> bool:
    """A name with a colon is the chat's, unless its start is and signs follow (`Ada: 🙂: yes`)."""
    start = shown_name(start_of(name))
    return is_same_name(shown_name(name), title) and not is_same_name(start, title)


def _is_whole_name(survey: Survey, name: str) -> bool:
    """A name with a colon: all lines have it, and once a file follows, not a text."""
    first = survey.senders.get(start_of(name))
    return name in survey.certain and first is not None and first.lines == survey.longer[name]


def start_of(name: str) -> str:
    """A name up to a colon in it."""
    return name.partition(": ")[0]


def _is_notice(name: str, written: Written) -> bool:
    """A notice with a colon in it, as in `Ada changed the subject to "A: b"`."""
    if sum(name.count(quote) for quote in _QUOTES) % 2:
        return True
    if name.startswith(MARKS) and written.lines < _SURE_OF_MARKED:
        return True
    return not name.strip() or (written.lines == 1 and is_group_notice(name))


# --- people


_TWO = 2
_MOST_PASTED, _PASTED_SHARE, _FEWEST_BESIDE_PASTED = 3, 50, 10
_NAMES_IN_HINT = 6

Author = tuple[str, Direction]
"""A sender as messages show it: the name or number, and the side."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who is who.

    `direct` finds authors by what stands before the first `: `; `authors` by the whole name as the
    file spells it. `pasted` are names that stand on pasted lines only. `members` are all authors
    but us.
    """

    title: str
    is_group: bool
    authors: Mapping[str, Author]
    direct: Mapping[str, Author]
    pasted: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()

    def split(self, rest: str) -> tuple[Author, int] | None:
        """The author of what follows a header, and where the body begins; None if there is none."""
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


def who_is_who(survey: Survey, hints: Hints) -> Participants:
    """Decide it. Raises `UnreadableFile` if our side cannot be told."""
    hints = _with_number(survey, hints)
    senders = senders_of(survey, hints)
    speakers = [sender for sender in senders if sender.said]
    pasted = [] if survey.saw_group_notice else _pasted(speakers, hints, survey.headers)
    speakers = [sender for sender in speakers if sender not in pasted]
    ours = [sender for sender in speakers if fold_name(sender.shown) in folded_names(hints.me)]
    is_group = survey.saw_group_notice or len(speakers) > _TWO
    if not is_group:
        ours = _our_side(survey, hints, speakers, ours)
    others = [sender for sender in senders if sender not in ours and sender not in pasted]
    return _people(survey, hints, is_group, ours, others, pasted)


def _with_number(survey: Survey, hints: Hints) -> Hints:
    """With the whole of a title that ends in a number (Ada 2), if that is somebody's name."""
    whole = whole_title_of(hints.stem)
    is_name = any(is_same_name(shown_name(name), whole) for name in survey.senders)
    return replace(hints, title=whole) if is_name else hints


def _people(
    survey: Survey,
    hints: Hints,
    is_group: bool,  # noqa: FBT001
    ours: Sequence[Sender],
    others: Sequence[Sender],
    pasted: Sequence[Sender],
) -> Participants:
    authors = {
        spelling: (sender.shown, direction)
        for direction, side in ((Direction.OUTGOING, ours), (Direction.INCOMING, others))
        for sender in side
        for spelling in sender.spellings
    }
    unclear = {start_of(name) for name in authors if ": " in name}
    return Participants(
        title=_title(survey, hints, is_group, others),
        is_group=is_group,
        authors=authors,
        direct={name: who for name, who in authors.items() if start_of(name) not in unclear},
        pasted=frozenset(spelling for sender in pasted for spelling in sender.spellings),
        members=tuple(sender.shown for sender in others if sender.said),
    )


def _title(
    survey: Survey,
    hints: Hints,
    is_group: bool,  # noqa: FBT001
    others: Sequence[Sender],
) -> str:
    speaking = [sender.shown for sender in others if sender.said]
    if hints.title:
        return hints.title
    if is_group:
        return shown_name(survey.announced) or tidy(hints.stem)
    return next(iter(speaking), "") or shown_name(survey.announced) or tidy(hints.stem)


def _pasted(speakers: Sequence[Sender], hints: Hints, lines: int) -> list[Sender]:
    """Third names in a chat of two, on a few lines: somebody pasted lines of the same form.

    No group is called by a member's name, so the file's name says that it is a chat of two.
    """
    them = next((s for s in speakers if is_same_name(s.shown, hints.title)), None)
    if them is None or len(speakers) <= _TWO:
        return []
    me = folded_names(hints.me)
    ours = [s for s in speakers if s is not them and fold_name(s.shown) in me]
    rest = sorted((s for s in speakers if s is not them), key=lambda s: -s.lines)
    main, *others = ours or rest
    pasted = [s for s in rest if s is not main and s not in others] if ours else others
    count = sum(s.lines for s in pasted)
    total = lines - count
    is_sure = bool(ours) or min(total, main.lines * 5) >= _FEWEST_BESIDE_PASTED
    is_few = count <= min(max(_MOST_PASTED, total // _PASTED_SHARE), total, MANY)
    return pasted if is_sure and is_few else []


# --- Our side ----------------------------------------------------------------------------------


def _our_side(
    survey: Survey, hints: Hints, speakers: Sequence[Sender], mine: Sequence[Sender]
) -> list[Sender]:
    named = [s for s in speakers if is_same_name(s.shown, hints.title)]
    if not speakers or (mine and len(mine) < len(speakers)):
        return list(mine)
    if len(named) == 1:
        return _others(speakers, named[0])
    if not mine:
        them = _by_number(hints, speakers) or _announced(survey, speakers)
        if them is not None:
            return _others(speakers, them)
        if hints.me and not hints.title and len(speakers) == 1:
            return []
    if mine or hints.title or survey.announced:
        return _only_or_refuse(speakers)
    raise _unclear(speakers)


def _others(speakers: Sequence[Sender], them: Sender) -> list[Sender]:
    return [sender for sender in speakers if sender is not them]


def _only_or_refuse(speakers: Sequence[Sender]) -> list[Sender]:
    """Only our side wrote: the one sender is not the one that the chat is named for."""
    if len(speakers) == 1:
        return list(speakers)
    raise _unclear(speakers)


def _by_number(hints: Hints, speakers: Sequence[Sender]) -> Sender | None:
    """The one who is shown as a number or as a stranger, or has the number that was given."""
    numbers = [(s, parse_phone(s.shown, hints.region)) for s in speakers]
    if hints.phone is not None:
        for sender, phone in numbers:
            if phone is not None and canonical(phone) == canonical(hints.phone):
                return sender
    unnamed = [sender for sender, phone in numbers if phone is not None or sender.is_stranger]
    return unnamed[0] if len(unnamed) == 1 else None


def _announced(survey: Survey, speakers: Sequence[Sender]) -> Sender | None:
    """iPhones put the encryption notice under the other party's name."""
    name = fold_name(shown_name(survey.announced))
    return next((s for s in speakers if name and fold_name(s.shown) == name), None)


def _unclear(speakers: Sequence[Sender]) -> UnreadableFile:
    names = " or ".join(f'--me "{s.shown}"' for s in speakers[:_NAMES_IN_HINT])
    return UnreadableFile(
        "This file does not show which side of the chat is ours.",
        f"Say who wrote for you: {names}.",
    )
