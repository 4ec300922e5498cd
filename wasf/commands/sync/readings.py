"""What all sources of a run yield, one source after the other, and what one of them cannot stop.

A source is foreign code to the run: whatever it raises ends that source alone, and is told (W6).
"""

from collections.abc import Iterator, Sequence

from wasf.errors import FileChanging, MissingFile, UnexpectedError, UnreadableFile, WasfError
from wasf.interfaces import ChatReading, Reached, Source, Unreadable

Reading = ChatReading | Unreadable | Reached

_OF_ONE_CHAT = (UnreadableFile, MissingFile, FileChanging)


class Readings:
    """The readings of some sources, once. `failed` are the kinds of those that were not read whole.

    Raise what a source raises before it reads anything, such as `WrongUsage`.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.failed: set[str] = set()
        self._left = [(source.kind, self._opened(source)) for source in sources]

    def _opened(self, source: Source) -> Iterator[Reading]:
        try:
            return iter(source.read())
        except WasfError:
            raise
        except Exception as bug:  # whatever it is, the other sources are read
            self.failed.add(source.kind)
            return iter([Unreadable(source.kind, UnexpectedError.of(bug))])

    def __iter__(self) -> Iterator[Reading]:
        while self._left:
            kind, readings = self._left[0]
            try:
                reading = next(readings, None)
            except WasfError:
                raise
            except Exception as bug:  # whatever it is, the other sources are read
                reading = Unreadable(kind, UnexpectedError.of(bug))
                self.leave()
            if reading is None:
                del self._left[0]
            else:
                yield reading

    def leave(self) -> None:
        """Go on with the next source. This one reads again, in the next run, what it yielded last.

        A source that remembers how far it is does so when it is asked for the next reading.
        """
        kind, _ = self._left.pop(0)
        self.failed.add(kind)


def failure_of(error: Exception) -> WasfError:
    """Return why one chat could not be imported. Raise the error if it concerns the whole run."""
    if isinstance(error, WasfError) and not isinstance(error, _OF_ONE_CHAT):
        raise error
    return error if isinstance(error, WasfError) else UnexpectedError.of(error)
