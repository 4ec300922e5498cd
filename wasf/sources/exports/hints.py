"""What is known of a chat's people besides its text, and when two names are one."""

from collections.abc import Iterable
from dataclasses import dataclass

from wasf.core.chats import Phone
from wasf.core.text import fold_name
from wasf.sources.exports.file_names import tidy, whole_title_of

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
