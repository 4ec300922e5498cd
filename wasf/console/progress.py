"""Progress: a bar that somebody sees, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as RichProgress

from wasf.core.text import counted
from wasf.interfaces import Progress


@contextmanager
def bar(console: Console) -> Iterator[Progress]:
    """A bar while the block runs; nothing of it stays on the screen."""
    shown = RichProgress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[more]}"),
        console=console,
        transient=True,
    )
    with shown:
        yield _Bar(shown)


class _Bar:
    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._files = self._tasks = 0
        self._read = bar.add_task("Reading", total=None, more="")
        self._wrote = bar.add_task("Logging", total=None, more="", visible=False)

    def reading(self, origin: str) -> None:
        del origin  # may hold a person's name or number
        self._files += 1
        self._bar.update(self._read, more=counted(self._files, "file"))

    def read(self, messages: int) -> None:
        self._bar.advance(self._read, messages)

    def writing(self, messages: int) -> None:
        self._bar.update(self._wrote, total=messages, visible=True)

    def wrote(self, messages: int, tasks: int) -> None:
        self._tasks += tasks
        self._bar.update(self._wrote, advance=messages, more=counted(self._tasks, "Task"))
