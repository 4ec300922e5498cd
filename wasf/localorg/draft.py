"""A record on its way into the org."""

from wasf.localorg.errors import Problem
from wasf.localorg.storage import Row


class Draft:
    """What is to be stored; `old` is what is stored now, if anything."""

    __slots__ = ("given", "more", "old", "problem", "row")

    def __init__(self, old: Row | None = None) -> None:
        self.row: Row = dict(old or {})
        self.old = old
        self.given: frozenset[str] = frozenset()
        self.problem: Problem | None = None
        self.more: tuple[Problem, ...] = ()

    def fail(self, problem: Problem | None) -> None:
        """Keeps the first problem."""
        self.problem = self.problem or problem
