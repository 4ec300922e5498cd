"""X3: equal messages that two chats of one person logged are found, and can be removed safely."""

import pytest

from tests.commands.world import ADA, BEN, Stage
from tests.fakes import FALLBACK_KEY, UNIQUE_KEY
from tests.fakes_sources import says, written
from wasf.commands.verify import TaskResult, VerifyReport, verify
from wasf.core.chats import Attachment, MessageKind
from wasf.core.policy import Language
from wasf.errors import ExitCode


@pytest.fixture(params=[UNIQUE_KEY, FALLBACK_KEY], ids=["key field", "fallback"])
def key_field(request):
    return request.param


def on_one_record(stage: Stage, first, second, **account: str) -> None:
    """Log two chats; the second is on the first one's record, as its person turns out to be Ada."""
    ada = stage.ada()
    stage.org.add_contact("Ben Beispiel", BEN)
    stage.sync(written(*first, phone=ADA, **account))
    other = {"whatsapp_account": "Service"} if account else {}
    stage.sync(written(*second, title="Ben Beispiel", phone=BEN, **other))
    stage.link("Ben Beispiel", ada.id)


def verified(stage: Stage, *, remove: bool = False) -> VerifyReport:
    return verify(stage.context(), remove=remove)


def count(report: VerifyReport, result: TaskResult) -> int:
    return next(one.tasks for one in report.counts if one.result is result)


def test_x3_what_two_chats_logged_is_named_with_both_tasks(stage):
    on_one_record(stage, ["one", "two", "three"], ["one", "two", "else"])
    report = verified(stage)
    texts = [
        {stage.org.tasks[task].description.partition("\n")[2] for task in pair}
        for pair in ((one.elder, one.younger.task_id) for one in report.doubles)
    ]
    assert sorted(texts, key=str) == [{"one"}, {"two"}]
    assert (count(report, TaskResult.DOUBLE), report.exit_code) == (2, ExitCode.DIFFERENT)
    assert all(one.are_same for one in report.doubles)
    assert len(stage.texts()) == 6, "verify changes nothing"


def test_x3_equal_messages_of_one_chat_are_two_messages(stage):
    stage.ada()
    stage.sync(written(says("ok"), says("ok"), says("ok", 0.5), phone=ADA))
    report = verified(stage)
    assert (report.doubles, report.exit_code) == ((), ExitCode.DONE)


def test_x3_equal_messages_behind_one_that_was_refused_are_no_doubles(stage):
    stage.ada()
    stage.org.refuse_next_tasks(1, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert stage.sync(written(*[says("ok")] * 3, phone=ADA)).messages.waiting == 1
    assert verified(stage).doubles == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([says("ok", 0)], [says("ok", 1)]),
        ([says("ok", 0)], [says("ok", 0, outgoing=True)]),
        ([says("ok", 0)], [says("no", 0)]),
        ([says("ok", 0.1)], [says("ok", 0.2)]),
        ([says("1.jpg", kind=MessageKind.MEDIA)], [says("2.jpg", kind=MessageKind.MEDIA)]),
    ],
    ids=["minute", "side", "text", "second", "file"],
)
def test_x3_what_differs_is_not_named(stage, first, second):
    on_one_record(stage, first, second)
    assert verified(stage).doubles == ()


def test_x3_a_second_that_only_one_side_knows_does_not_tell_them_apart(stage):
    on_one_record(stage, [says("ok", 0.5)], [says("ok", 0)])
    assert len(verified(stage).doubles) == 1


@pytest.mark.parametrize(
    "one",
    [
        says("", kind=MessageKind.CALL),
        says("", attachment=Attachment("1.jpg"), kind=MessageKind.MEDIA),
    ],
)
def test_x3_t11_the_language_of_wasfs_words_does_not_tell_them_apart(stage, one):
    ada = stage.ada()
    stage.org.add_contact("Ben Beispiel", BEN)
    stage.sync(written(one, phone=ADA))
    stage.sync(written(one, title="Ben Beispiel", phone=BEN), task_language=Language.RUSSIAN)
    stage.link("Ben Beispiel", ada.id)
    assert [double.are_same for double in verified(stage).doubles] == [True]
    assert len(verified(stage, remove=True).removed.tasks) == 1


def test_x3_as_many_are_double_as_both_chats_have(stage):
    on_one_record(stage, [says("ok")] * 3, [says("ok")] * 2)
    assert len(verified(stage).doubles) == 2


def test_x3_chats_of_two_accounts_are_two_talks(stage):
    on_one_record(stage, ["one"], ["one"], whatsapp_account="Sales")
    assert verified(stage).doubles == ()


def test_x3_on_two_records_nothing_is_there_twice(stage):
    stage.ada()
    stage.org.add_contact("Ben Beispiel", BEN)
    stage.sync(written("one", phone=ADA), written("one", title="Ben Beispiel", phone=BEN))
    stage.link("Ben Beispiel", stage.ledger.chats()[0].link.record_id, move=False)
    assert verified(stage).doubles == ()


def test_x3_the_younger_ones_are_removed_and_no_sync_logs_them_again(stage):
    on_one_record(stage, ["one", "two"], ["one", "two", "else"])
    elder = [one.elder for one in verified(stage).doubles]
    report = verified(stage, remove=True)
    assert (len(report.removed.tasks), report.doubles) == (2, ())
    assert report.exit_code is ExitCode.DONE
    assert set(elder) <= set(stage.org.tasks)
    assert sorted(stage.texts()) == ["else", "one", "two"]
    assert verified(stage).exit_code is ExitCode.DONE
    hers = written("one", "two", "else", title="Ben Beispiel", phone=BEN)
    assert stage.sync(hers, again=True).messages.logged == 0
    assert verified(stage, remove=True).removed.tasks == ()
    assert stage.undo().tasks == 1, "only what the second run still has"


def test_x3_what_somebody_touched_or_edited_stays(stage):
    on_one_record(stage, ["one", "two"], ["one", "two"])
    first, second = verified(stage).doubles
    stage.org.edit_task(first.younger.task_id, subject="Mine")
    text = stage.org.tasks[second.elder].description.replace("two", "too").replace("one", "on")
    stage.org.edit_task(second.elder, description=text)
    report = verified(stage, remove=True)
    assert report.removed.tasks == ()
    assert len(report.removed.left) == 2
    assert (len(stage.texts()), report.exit_code) == (4, ExitCode.DIFFERENT)


def test_x3_a_task_that_holds_more_stays(stage):
    on_one_record(stage, ["one", "x" * 40_000], ["one", "x" * 40_000])
    report = verified(stage, remove=True)
    assert len(report.removed.tasks) == 1
    assert [left.reason for left in report.removed.left]
    assert len(stage.texts()) == 5


def test_x3_a_refused_deletion_is_said(stage):
    on_one_record(stage, ["one"], ["one"])
    [double] = verified(stage).doubles
    younger = double.younger.task_id
    stage.org.refuse_task(stage.org.tasks[younger].key, "INSUFFICIENT_ACCESS_OR_READONLY")
    report = verified(stage, remove=True)
    assert (report.removed.refused, report.exit_code) == (1, ExitCode.REFUSED)
    assert len(stage.texts()) == 2
