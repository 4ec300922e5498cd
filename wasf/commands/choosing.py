"""Finds the one chat or the one run that a person named on the command line."""

from collections.abc import Sequence

from wasf.core.chat_identity import chats_meant
from wasf.errors import WrongUsage
from wasf.store.ledger.model import Aftercare, KnownChat, Ledger, RunId

_RUNS_SHOWN = 5


class NoSuchChat(WrongUsage):
    """A word that names no chat, or several: then these are `meant`.

    Titles can be numbers, so they are in `meant` and not in the sentence.
    """

    def __init__(self, meant: Sequence[KnownChat]) -> None:
        if meant:
            super().__init__(f"{len(meant)} chats are meant by that", "name one of them by its id")
        else:
            super().__init__("no chat has that id, title or number", "to see all chats: wasf link")
        self.meant = tuple(meant)


def choose_chats(word: str, ledger: Ledger, region: str) -> list[KnownChat]:
    """All chats that a word may mean."""
    known = {one.chat.id: one for one in ledger.chats()}
    meant = chats_meant(word, [one.chat for one in known.values()], region)
    return [known[chat.id] for chat in meant]


def choose_chat(word: str, ledger: Ledger, region: str) -> KnownChat:
    """The one chat that a word means. Raises `NoSuchChat`."""
    meant = choose_chats(word, ledger, region)
    if len(meant) != 1:
        raise NoSuchChat(meant)
    return meant[0]


def choose_run(word: str, aftercare: Aftercare) -> RunId:
    """The one run whose id begins with a word. Raises `WrongUsage`."""
    runs = aftercare.runs()
    meant = [run for run in runs if run == word] or [run for run in runs if run.startswith(word)]
    if len(meant) != 1:
        found = f"{len(meant)} runs begin so" if meant else "there is no such run"
        shown = ", ".join((meant or runs)[-_RUNS_SHOWN:]) or "none yet"
        raise WrongUsage(found, f"the last ones: {shown}")
    return meant[0]
