"""Who is told how far a run is."""

from typing import Protocol


class Progress(Protocol):
    """Told how far a run is. Never decides anything."""

    def reading(self, origin: str) -> None:
        """A file or chat is being read."""
        ...

    def read(self, messages: int) -> None:
        """So many more messages were read."""
        ...

    def writing(self, messages: int) -> None:
        """So many messages are going to be logged."""
        ...

    def wrote(self, messages: int, tasks: int) -> None:
        """So many more messages were logged, in so many Tasks."""
        ...
