"""Sorts the messages out of what a source reads of a chat, and counts the rest."""

from collections.abc import Iterator

from wasf.core.chats import Message, NotUnderstood, SystemLine
from wasf.interfaces import Reading

_LINES_KEPT = 20


class Sorter:
    """Lets messages through and counts the rest; every pass counts anew.

    `lines` are the first that were not understood, `unread_lines` how many there are.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.passes = 0
        self.system_lines = 0
        self.unread_lines = 0
        self.lines: list[NotUnderstood] = []

    def messages(self) -> Iterator[Message]:
        """The messages from the beginning. Only the first pass may be the only one."""
        self.passes += 1
        self.system_lines = self.unread_lines = 0
        self.lines = []
        again = self._reading.again
        for item in self._reading.items if self.passes == 1 or again is None else again():
            match item:
                case Message():
                    yield item
                case SystemLine():
                    self.system_lines += 1
                case NotUnderstood(first, last, _):
                    self.unread_lines += last - first + 1
                    if len(self.lines) < _LINES_KEPT:
                        self.lines.append(item)
