"""The names that people wrote under in an export, each once, however the file spells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wasf.core.text import fold_name
from wasf.sources.exports.file_names import tidy
from wasf.sources.exports.hints import STRANGER, Hints, folded_names, is_same_name, shown_name
from wasf.sources.exports.marks import MARKS
from wasf.sources.exports.noticing import is_group_notice
from wasf.sources.exports.survey import Survey, Written

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
