"""W6: a bug at one chat, file or source is told, and everything else goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.commands.world import ADA, Stage, a_context
from tests.fakes import MemoryOrg
from tests.fakes_sources import MemorySource, written
from wasf.commands.sync import ImportOptions, SyncReport, sync
from wasf.commands.sync.pipeline import Readings
from wasf.core.chats import Phone
from wasf.errors import ExitCode, Stopped, UnexpectedError, WrongUsage
from wasf.interfaces import ChatReading, Reached, Unreadable

SECRET = "a word for Sam only"
BEN = Phone("+447700900123")


class Broken:
    """A source of that kind that raises after so many readings; -1: before it reads anything."""

    def __init__(self, after: int, kind: str = "timelines", error: Exception | None = None) -> None:
        self.kind, self.after, self.error = kind, after, error or ValueError(SECRET)

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        if self.after < 0:
            raise self.error
        return self._read()

    def _read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        chats = written("one", phone=ADA), written("two", title="Ben", phone=BEN)
        yield from list(MemorySource(chats).read())[: self.after]
        raise self.error


@pytest.fixture
def stage(stage):
    stage.ada()
    return stage


def run(stage: Stage, *sources: object) -> SyncReport:
    return sync(sources, stage.context(), ImportOptions())


def bug_in(report: SyncReport) -> UnexpectedError:
    [problem] = report.problems
    assert isinstance(problem.error, UnexpectedError)
    assert problem.is_failure
    return problem.error


@pytest.mark.parametrize("after", [-1, 0, 1, 2])
def test_w6_a_source_that_fails_does_not_stop_the_next_one(stage: Stage, after: int) -> None:
    other = MemorySource([written("three", title="Cleo", phone=Phone("+447700900124"))])
    report = run(stage, Broken(after), other)
    assert report.exit_code is ExitCode.FAILED
    assert report.messages.logged == 1 + max(after, 0)
    assert "three" in stage.texts()
    told = bug_in(report)
    assert "ValueError" in told.message
    assert SECRET not in told.message + told.hint
    assert set(stage.ledger.facts.last_synced()) == {"export"}


def test_w6_a_chat_that_fails_does_not_stop_the_other_files(stage: Stage) -> None:
    report = stage.sync(
        written("one", KeyError(SECRET), phone=ADA), written("two", title="Ben", phone=BEN)
    )
    assert (report.messages.logged, report.exit_code) == (1, ExitCode.FAILED)
    assert stage.texts() == ["two"], "nothing of the chat that failed is taken"
    assert SECRET not in bug_in(report).message
    assert stage.sync(written("one", phone=ADA)).messages.logged == 1


def test_w6_an_inbox_is_left_as_it_is_where_a_chat_of_it_failed(stage: Stage) -> None:
    """It would take the chat for read if it were asked for the next one."""
    asked: list[str] = []

    class Inbox:
        kind = "webhooks"

        def read(self) -> Iterator[ChatReading | Reached]:
            failing = written("one", ValueError(SECRET), phone=ADA)
            yield from MemorySource((failing,), self.kind).read()
            asked.append("next")
            yield Reached({"read": "all"})

    report = run(stage, Inbox())
    assert (report.exit_code, asked) == (ExitCode.FAILED, [])
    assert stage.ledger.facts.source_fact("read") == ""


@pytest.mark.parametrize("error", [WrongUsage("x"), Stopped("x")])
def test_what_concerns_the_whole_run_ends_it(error: Exception) -> None:
    with pytest.raises(type(error)):
        list(Readings([Broken(1, error=error)]))


def test_the_place_of_a_bug_is_one_of_wasf_s_own() -> None:
    with pytest.raises(TypeError) as caught:
        Phone.__call__()  # outside of wasf
    assert "line" not in UnexpectedError.of(caught.value).message
    with pytest.raises(AttributeError) as caught:
        a_context(None, MemoryOrg()).policy.is_not_there  # noqa: B018 - it raises
    assert "AttributeError" in UnexpectedError.of(caught.value).message
    with pytest.raises(AttributeError) as caught:
        sync([None], a_context(None), ImportOptions())  # type: ignore[list-item]
    told = UnexpectedError.of(caught.value).message
    assert "in commands/sync/" in told
    assert datetime.now(UTC).isoformat()[:4] not in told
