"""I4: a file that changes while it is read is not read; one that may still be copied rests."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chat_exporter_builder import chat, write_json
from tests.exports_builder import Said, render_android, write_zip
from tests.sources.chat_exporter.reader import ADA as ADA_KEY
from tests.sources.chat_exporter.reader import wrote
from tests.sources.exports.reader import THEM, options
from wasf.core.chats import Message
from wasf.errors import ExitCode, FileChanging
from wasf.interfaces import ChatReading, Reached, Unreadable
from wasf.sources.files import FileSource

NAME = f"WhatsApp Chat with {THEM}"
AT = datetime(2026, 3, 2, 10)
TEXTS = ["one", "two", "three"]
TEXT = render_android([Said(AT + timedelta(minutes=n), THEM, text) for n, text in enumerate(TEXTS)])


def as_text(folder: Path, text: str = TEXT) -> Path:
    (path := folder / f"{NAME}.txt").write_text(text)
    return path


def as_zip(folder: Path, text: str = TEXT) -> Path:
    return write_zip(folder, NAME, text)


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"02/03/2026, 11:00 - x: y\n")


def rewrite(path: Path) -> None:
    """The same size, at another time."""
    path.write_bytes(path.read_bytes().replace(b"one", b"six"))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace(path: Path) -> None:
    (other := path.with_suffix(".new")).write_bytes(path.read_bytes() + b"\n")
    other.replace(path)


CHANGES = [append, rewrite, cut, replace]


@pytest.mark.parametrize("write", [as_text, as_zip], ids=["txt", "zip"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("taken", [0, 1], ids="after {} messages".format)
def test_i4_a_file_that_changes_on_the_way_gives_no_whole_chat(
    taken: int, change: Callable[[Path], None], write: Callable[..., Path], tmp_path: Path
) -> None:
    path = write(tmp_path)
    [reading] = FileSource([path], options()).read()
    assert isinstance(reading, ChatReading)
    for _ in range(taken):
        next(reading.items)
    change(path)
    with pytest.raises(FileChanging) as caught:
        list(reading.items)
    assert caught.value.exit_code is ExitCode.TRY_LATER
    if reading.again is not None:
        with pytest.raises(FileChanging):
            list(reading.again())


def test_i4_of_many_chats_in_json_none_counts_that_was_read_after_the_change(
    tmp_path: Path,
) -> None:
    path = write_json(tmp_path / "result.json", {ADA_KEY: chat(THEM, wrote("one"))})
    readings = FileSource([path], options()).read()
    reading = next(readings)
    assert isinstance(reading, ChatReading)
    append(path)
    with pytest.raises(FileChanging):
        list(reading.items)


# --- Files that nobody named --------------------------------------------------------------------


class Watch:
    """Sleeps in no time; what happens meanwhile is a function."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.slept: list[float] = []
        self._meanwhile = meanwhile

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._meanwhile()


def found(
    folder: Path, watch: Watch, seconds_later: float
) -> Iterator[ChatReading | Unreadable | Reached]:
    now = datetime.fromtimestamp(folder_time(folder) + seconds_later, UTC)
    return FileSource([folder], options(now=now), None, watch).read()


def folder_time(folder: Path) -> float:
    return max(path.stat().st_ctime for path in folder.iterdir())


def texts(reading: ChatReading) -> list[str]:
    return [item.text for item in reading.items if isinstance(item, Message)]


@pytest.mark.parametrize(
    ("age", "slept"),
    [
        pytest.param(61, [], id="older than a minute"),
        pytest.param(58, [2.0], id="younger"),
        pytest.param(-58, [2.0], id="by a clock that is a little ahead"),
        pytest.param(-3600, [], id="by a clock that is quite another"),
    ],
)
def test_i4_young_files_are_looked_at_twice(age: float, slept: list[float], tmp_path: Path) -> None:
    as_text(tmp_path)
    (tmp_path / "WhatsApp Chat with Ben.txt").write_text(TEXT.replace(THEM, "Ben"))
    watch = Watch()
    readings = [one for one in found(tmp_path, watch, age) if isinstance(one, ChatReading)]
    assert len(readings) == 2
    assert watch.slept == slept


def test_i4_a_file_with_an_old_time_that_came_just_now_is_young(tmp_path: Path) -> None:
    """A copy keeps the time of the original."""
    os.utime(as_text(tmp_path), (0, 0))
    list(found(tmp_path, watch := Watch(), 10))
    assert watch.slept == [2.0]


@pytest.mark.parametrize("change", [*CHANGES, Path.unlink], ids=lambda change: change.__name__)
def test_i4_a_young_file_that_changes_rests_and_the_others_are_read(
    change: Callable[[Path], object], tmp_path: Path
) -> None:
    arriving = as_text(tmp_path)
    (tmp_path / "WhatsApp Chat with Ben.txt").write_text(TEXT.replace(THEM, "Ben"))
    rest, reading = found(tmp_path, Watch(lambda: change(arriving)), 10)
    assert isinstance(rest, Unreadable)
    assert isinstance(rest.error, FileChanging)
    assert (rest.origin, rest.is_failure) == (arriving.name, False)
    assert isinstance(reading, ChatReading)
    assert reading.chat.title == "Ben"


@pytest.mark.parametrize(
    ("age", "is_failure"), [pytest.param(10, False, id="young"), pytest.param(100, True, id="old")]
)
def test_i4_a_young_zip_is_not_called_broken(age: float, is_failure: bool, tmp_path: Path) -> None:
    cut(as_zip(tmp_path))
    [one] = found(tmp_path, Watch(), age)
    assert isinstance(one, Unreadable)
    assert one.is_failure == is_failure
    assert isinstance(one.error, FileChanging) != is_failure


@pytest.mark.parametrize(
    ("age", "ending", "read"),
    [
        pytest.param(10, "", TEXTS[:2], id="young and cut: its last message is held back"),
        pytest.param(100, "", TEXTS, id="old: no message is lost for a missing line end"),
        pytest.param(10, "\n", TEXTS, id="young and whole"),
    ],
)
def test_i4_the_last_message_of_a_young_file_may_be_cut(
    age: float, ending: str, read: list[str], tmp_path: Path
) -> None:
    as_text(tmp_path, TEXT.rstrip("\n") + ending)
    reading, *notes = found(tmp_path, Watch(), age)
    assert isinstance(reading, ChatReading)
    assert reading.again is not None
    assert texts(reading) == read
    assert [m.text for m in reading.again() if isinstance(m, Message)] == read
    assert [note.is_failure for note in notes if isinstance(note, Unreadable)] == (
        [] if read == TEXTS else [False]
    )


def test_a_file_that_a_person_named_is_read_at_once(tmp_path: Path) -> None:
    path = as_text(tmp_path, TEXT.rstrip("\n"))
    [reading] = FileSource([path], options(now=datetime.now(UTC))).read()
    assert isinstance(reading, ChatReading)
    assert texts(reading) == TEXTS
