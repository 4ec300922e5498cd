"""How an export is compared with what the ledger knows of its chat, in memory that stays small."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from wasf.core.alignment import Vote
from wasf.core.diff import Difference, Line
from wasf.core.records import MessageKey


class Held(NamedTuple):
    """A line that equals no known message, its key and minute, and whether the time is covered."""

    line: Line
    key: MessageKey
    minute: int
    is_covered: bool


class Spoken(NamedTuple):
    """A line's minute and the digest of its text."""

    minute: int
    digest: bytes


class Comparison(Protocol):
    """Notes about one reading of one export. They are gone with the transaction.

    Everything that is known of an export's lines has to pass `count_earlier` first: what the ledger
    has and the export does not show is told by that.
    """

    def hold(self, lines: Sequence[Held]) -> None:
        """Note lines that equal no known message."""
        ...

    def differences(self, later: int = 0) -> Iterator[Difference]:
        """Every minute with held lines and with known messages that the export does not show.

        The messages are those of so many minutes `later`.
        """
        ...

    def recognise(self, numbers: Collection[int]) -> int:
        """Let go of held lines, because they are known messages; how many are in covered time."""
        ...

    def held(self) -> Iterator[tuple[int, MessageKey]]:
        """Numbers and keys of the lines that are held, in the order of the export."""
        ...

    def displaced(self, shown: int) -> int:
        """How many held lines say what one known message says, at another time.

        Not looked for where nearly all known messages are among the `shown` lines.
        """
        ...

    def strange_minutes(self, limit: int) -> Sequence[int]:
        """The first minutes of held lines in covered time, each once."""
        ...

    def votes(self, lines: Iterable[Spoken]) -> Sequence[Vote]:
        """How all lines of an export could be moved so that they are known.

        By text alone, whoever wrote it; texts that occur often say nothing.
        """
        ...
