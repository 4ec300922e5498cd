"""A file of which everything is logged is not read again for a day; in doubt it is."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commands.world import ADA, BEN, Stage, only_chat
from tests.exports_builder import Said, write_android
from tests.sources.exports.reader import US, options
from wasf.commands.privacy import forget
from wasf.commands.sync import ImportOptions, LoggedFiles, SyncReport, sync
from wasf.commands.sync.run import ImportedChat
from wasf.core.chats import ChatId
from wasf.core.policy import Groups
from wasf.core.records import Approval
from wasf.core.source_state import LOGGED_FILES, logged_files
from wasf.errors import ExportMisfit
from wasf.interfaces import ChatReading, Unchanged
from wasf.sources.files import FileSource

START = datetime(2026, 3, 2, 10)
CHAT = [
    Said(START, ADA, "one"),
    Said(START + timedelta(hours=1), US, "two"),
    Said(START + timedelta(hours=2), ADA, "You turned on disappearing messages.", notice=True),
]
MORE = [*CHAT, Said(START + timedelta(hours=3), ADA, "three")]


class Folder(NamedTuple):
    """A folder of exports that is synced again and again under some settings."""

    stage: Stage
    path: Path
    settings: str = "as they were"
    hours: int = 1

    def source(self) -> FileSource:
        find = LoggedFiles(self.stage.ledger, self.stage.now).find_unchanged
        now = datetime.now(UTC) + timedelta(hours=self.hours)
        given = options(now=now)
        return FileSource([self.path], given, settings=self.settings, find_unchanged=find)

    def sync(self, **choices: object) -> SyncReport:
        return sync([self.source()], self.stage.context(), ImportOptions(**choices))

    def kept(self) -> str:
        """What the ledger keeps of the files."""
        return self.stage.ledger.facts.source_fact(LOGGED_FILES)

    def is_read(self) -> bool:
        """Whether the next sync reads the files."""
        kinds = {type(one) for one in self.source().read()}
        assert kinds <= {ChatReading, Unchanged}
        return kinds != {Unchanged}


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Iterator[Folder]:
    """A folder with a chat that was logged."""
    stage.ada()
    path = tmp_path / "exports"
    path.mkdir()
    write_android(path, ADA, CHAT)
    folder = Folder(stage, path)
    assert folder.sync().messages.logged == 2
    return folder


def test_the_report_is_the_same_as_of_a_file_that_is_read(folder: Folder) -> None:
    assert not folder.is_read()
    unread = folder.sync()
    again = Folder(folder.stage, folder.path, "others").sync()
    assert (unread.messages, unread.notices) == (again.messages, again.notices)
    assert (unread.messages.read, unread.messages.already_logged, unread.notices) == (2, 2, 1)
    assert only_chat(unread) == only_chat(again)


def _rewrite(folder: Folder) -> Folder:
    write_android(folder.path, ADA, MORE)
    return folder


def _another_file(folder: Folder) -> Folder:
    write_android(folder.path, "+44 7700 900123", [Said(START, "+44 7700 900123", "hi")])
    return folder


def _same_length(folder: Folder) -> Folder:
    write_android(folder.path, ADA, [Said(START, ADA, "uno"), *CHAT[1:]])
    return folder


def _renamed(folder: Folder) -> Folder:
    [file] = folder.path.iterdir()
    file.rename(folder.path / f"{file.stem} (1).txt")
    return folder


def _new_times(folder: Folder) -> Folder:
    [file] = folder.path.iterdir()
    os.utime(file, (1, 1))
    return folder


def _new_times_and_settings(folder: Folder) -> Folder:
    return _new_times(folder)._replace(settings="others")


def _moved(folder: Folder) -> Folder:
    elsewhere = folder.path.with_name("elsewhere")
    folder.path.rename(elsewhere)
    return folder._replace(path=elsewhere)


def _after(**passed: int) -> Callable[[Folder], Folder]:
    def wait(folder: Folder) -> Folder:
        folder.stage.now += timedelta(**passed)
        return folder

    return wait


def _undone(folder: Folder) -> Folder:
    folder.stage.undo_chat(folder.stage.ledger.chats()[0].chat.id)
    return folder


def _undone_and_others_logged(folder: Folder) -> Folder:
    others = [Said(START + timedelta(days=1, hours=n), ADA, f"other {n}") for n in range(2)]
    path = write_android(folder.path.parent, ADA, [*CHAT, *others])
    sync([FileSource([path], options())], _undone(folder).stage.context(), ImportOptions())
    return folder


def _forgotten(folder: Folder) -> Folder:
    forget(ADA, folder.stage.context(), ())
    return folder


def _skipped(folder: Folder) -> Folder:
    folder.stage.ledger.approvals.decide_number(ADA, Approval.SKIPPED)
    return folder


def _linked(folder: Folder) -> Folder:
    other = folder.stage.org.add_contact("Ada Other")
    folder.stage.link(folder.stage.ledger.chats()[0].chat.id, other.id)
    return folder


def _more_by_another_way(folder: Folder) -> Folder:
    with_more = write_android(folder.path.parent, ADA, MORE)
    sync([FileSource([with_more], options())], folder.stage.context(), ImportOptions())
    return folder


REASONS = {
    "it has changed": _rewrite,
    "it has other bytes, as many": _same_length,
    "it has another name": _renamed,
    "it has other times, and a setting has changed": _new_times_and_settings,
    "another file came beside it": _another_file,
    "it was moved": _moved,
    "a setting or the version has changed": lambda folder: folder._replace(settings="others"),
    "it has just been written": lambda folder: folder._replace(hours=0),
    "a day has passed": _after(days=1),
    "the clock was set back": _after(hours=-1),
    "its messages were undone": _undone,
    "they were undone, and as many others logged": _undone_and_others_logged,
    "its person was forgotten": _forgotten,
    "its chat is skipped now": _skipped,
    "its chat was linked by hand": _linked,
    "its chat has more messages": _more_by_another_way,
}


@pytest.mark.parametrize("change", REASONS.values(), ids=REASONS)
def test_it_is_read_again_when(folder: Folder, change: Callable[[Folder], Folder]) -> None:
    assert not folder.is_read()
    assert change(folder).is_read()


def _written_anew(folder: Folder) -> Folder:
    [file] = folder.path.iterdir()
    text = file.read_bytes()
    file.unlink()
    file.write_bytes(text)
    return folder


def _written_over(folder: Folder) -> Folder:
    [file] = folder.path.iterdir()
    other = folder.path.with_name("other")
    other.write_bytes(file.read_bytes())
    other.replace(file)
    return folder


@pytest.mark.parametrize("export", [_new_times, _written_anew, _written_over])
def test_a_file_that_was_exported_anew_is_not_read(
    folder: Folder, export: Callable[[Folder], Folder]
) -> None:
    """It is known by its bytes; then by its new times, but it is no newer for that."""
    [before] = logged_files(folder.kept()).values()
    assert not export(folder).is_read()
    folder.stage.now += timedelta(hours=23)
    report = folder.sync()
    assert (report.messages.already_logged, report.notices) == (2, 1)
    [after] = logged_files(folder.kept()).values()
    assert before.state != after.state
    assert before._replace(state="") == after._replace(state="")
    folder.stage.now += timedelta(hours=1)
    assert folder.is_read()


def test_what_a_file_holds_is_not_told_of_one_that_changed(folder: Folder) -> None:
    """Its bytes now need not be those that were read."""
    [reading] = replace(folder.source(), find_unchanged=lambda _: None).read()
    assert isinstance(reading, ChatReading)
    assert reading.file
    assert reading.file.content() == reading.file.content() != ""
    _new_times(folder)
    assert reading.file.content() == ""
    [file] = folder.path.iterdir()
    file.unlink()
    assert reading.file.content() == ""


class Replaced(NamedTuple):
    """A folder whose file is replaced by one of the same length as soon as it was read."""

    folder: Folder
    kind: str = "export"

    def read(self) -> Iterator[object]:
        yield from self.folder.source().read()
        _same_length(self.folder)


def test_a_file_that_was_replaced_during_a_run_is_read_in_the_next_one(folder: Folder) -> None:
    folder = folder._replace(settings="others")
    sync([Replaced(folder)], folder.stage.context(), ImportOptions())
    assert folder.is_read()
    folder.sync()
    assert folder.stage.texts() == ["one", "two", "uno"]


def test_what_is_new_in_a_changed_file_is_logged(folder: Folder) -> None:
    _rewrite(folder).sync()
    assert folder.stage.texts() == ["one", "two", "three"]


def test_what_waits_is_read_again(stage: Stage, tmp_path: Path) -> None:
    write_android(tmp_path, ADA, CHAT)
    stage.policy = replace(stage.policy, create_leads=False)
    folder = Folder(stage, tmp_path)
    for _ in range(2):
        assert folder.sync().messages.waiting == 2
        assert folder.is_read()


def test_what_is_skipped_is_read_again(stage: Stage, tmp_path: Path) -> None:
    """Somebody may make a Contact of one of them."""
    said = [Said(START + timedelta(hours=n), who, "hi") for n, who in enumerate((ADA, BEN, US))]
    write_android(tmp_path, "The team", said)
    stage.policy = replace(stage.policy, groups=Groups.PARTICIPANTS)
    folder = Folder(stage, tmp_path)
    for _ in range(2):
        assert folder.sync().messages.skipped == 3
        assert folder.is_read()


def test_a_run_that_ends_early_remembers_nothing(stage: Stage, tmp_path: Path) -> None:
    """Wherever a run ends, the next one reads the file, or all of it is logged."""
    stage.ada()
    path = tmp_path / "exports"
    path.mkdir()
    write_android(path, ADA, CHAT)
    folder, steps, ended = Folder(stage, path), 0, True
    while ended:
        context = stage.context(*stage.brittle())
        run = partial(sync, [folder.source()], context, ImportOptions())
        ended = stage.crashes(steps, run)
        assert folder.is_read() or stage.texts() == ["one", "two"]
        steps += 1
    folder.sync()
    assert stage.texts() == ["one", "two"]


def test_a_file_that_nobody_compares_has_no_state(tmp_path: Path) -> None:
    write_android(tmp_path, ADA, CHAT)
    [reading] = FileSource([tmp_path], options()).read()
    assert isinstance(reading, ChatReading)
    assert reading.file is None


def test_the_ledger_keeps_no_names(folder: Folder) -> None:
    kept = folder.kept()
    assert kept
    assert not any(word in kept for word in (ADA[3:], "exports", "Ada", "WhatsApp"))


def test_nothing_is_kept_of_files_when_somebody_is_forgotten(folder: Folder) -> None:
    """Not even a hash of what was in them."""
    assert not _forgotten(folder).kept()


CLEAN = ImportedChat("a.txt", "Ada", ChatId("ada"), messages=2, already_logged=2, notices=1)
TOLD = {
    "nothing in it": {"messages": 0, "already_logged": 0},
    "no chat": {"chat_id": None},
    "messages that are older": {"already_logged": 1},
    "messages that are skipped": {"already_logged": 1, "skipped": 1},
    "a reason": {"reason": "undone by wasf undo or wasf purge"},
    "lines that were not understood": {"unread_lines": 1},
    "a doubt about its number": {"doubt": "two numbers"},
    "messages that have changed": {"changed": 1},
    "times that were moved": {"shifts": (60,)},
    "times of another zone": {"at_old_times": 1},
    "an export that does not fit": {"misfit": ExportMisfit("No.")},
}


@pytest.mark.parametrize("facts", TOLD.values(), ids=TOLD)
def test_a_file_is_read_again_that_has(facts: dict[str, object]) -> None:
    assert CLEAN.is_all_taken
    assert replace(CLEAN, already_logged=1, queued=1).is_all_taken
    assert not replace(CLEAN, **facts).is_all_taken
