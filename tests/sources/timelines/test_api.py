"""Chats of a workspace: all of them, each message once, at the price that it has to cost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.servers.timelines import (
    ChangingWorkspace,
    Fault,
    FaultKind,
    GroupMember,
    LocalChatApi,
    MessageType,
    WorkspaceChat,
    WorkspaceFile,
)
from tests.sources.timelines.reader import NOW, Reader
from wasf.core.chats import Direction, MessageKind
from wasf.core.source_state import REPORTS, reports_of
from wasf.errors import NotConnected, PermissionMissing, QuotaSpent, Unreachable
from wasf.sources.api_client import ApiAnswer
from wasf.sources.timelines.api import refusal

ONE = timedelta(minutes=1)


@pytest.fixture
def api() -> Iterator[LocalChatApi]:
    with LocalChatApi.start(ChangingWorkspace(clock=lambda: NOW), per_second=10_000) as running:
        yield running


@pytest.fixture
def reader(api: LocalChatApi) -> Reader:
    return Reader(api)


def chats(
    api: LocalChatApi, number: int, messages: int = 1, *, official: bool = False
) -> list[WorkspaceChat]:
    """So many chats, the first with the latest message."""
    account = api.workspace.add_number("+15550100", "owner@example.com", official=official)
    made = [api.workspace.add_chat(account, f"Ada {n}", f"+1555012{n:04}") for n in range(number)]
    for at, chat in enumerate(made):
        for count in range(messages):
            api.workspace.add_message(chat, f"text {count}", NOW - at * ONE - count * ONE)
    return made


def everything(api: LocalChatApi) -> set[str]:
    return {one.uid for messages in api.workspace.messages.values() for one in messages}


def test_every_message_of_every_number_is_read(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 60, 3)
    chats(api, 3, 120, official=True)
    assert reader.read() == []
    assert set(reader.messages) == everything(api)
    assert len(reader.chats) == 63
    assert set(reader.times.values()) == {1}


def test_a_message_says_who_when_and_what(api: LocalChatApi, reader: Reader) -> None:
    account = api.workspace.add_number("+15550100", "owner@example.com")
    chat = api.workspace.add_chat(account, "Ada Example", "+447700900123", "sam@example.com")
    came = api.workspace.add_message(chat, "Is it ready?", NOW - ONE)
    went = api.workspace.add_message(chat, "It is.", NOW, from_me=True)
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.title, shown.name, shown.phone) == ("Ada Example", "Ada Example", "+447700900123")
    assert (shown.owner_email, shown.account_email) == ("sam@example.com", "owner@example.com")
    assert shown.url == f"https://app.timelines.ai/chat/{chat.id}/messages/"
    question, answer = reader.messages[came.uid], reader.messages[went.uid]
    assert (question.direction, question.text) == (Direction.INCOMING, "Is it ready?")
    assert (question.author, question.sent_at) == ("Ada Example", NOW - ONE)
    assert (answer.direction, answer.text, answer.author) == (Direction.OUTGOING, "It is.", "Sales")


ENTRIES = {
    "text": ({"text": "Hello"}, (MessageKind.TEXT, "Hello")),
    "file": ({"text": None, "attached": WorkspaceFile("a.pdf", b"x")}, (MessageKind.MEDIA, "")),
    "file with words": ({"text": "See", "attached": WorkspaceFile("a.pdf", b"x")},
     (MessageKind.MEDIA, "See")),
    "call": ({"text": None, "type": MessageType.CALL, "status": "Missed"},
             (MessageKind.CALL, "Call (missed)")),
    "reaction": ({"text": "Hi", "reactions": (("Ben", "👍"),)},
     (MessageKind.TEXT, "Hi\n[👍 by Ben]")),
    "nothing": ({"text": None}, (MessageKind.UNKNOWN, "")),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_t6_every_kind_of_entry_is_readable(api: LocalChatApi, reader: Reader, name: str) -> None:
    facts, expected = ENTRIES[name]
    [chat] = chats(api, 1, 0)
    api.workspace.add_message(
        chat, facts["text"], NOW, **{k: facts[k] for k in facts if k != "text"}
    )
    reader.read()
    [message] = reader.messages.values()
    assert (message.kind, message.text) == expected
    assert (message.attachment is not None) is ("attached" in facts)


@pytest.mark.parametrize("kind", [MessageType.NOTE, MessageType.SUMMARY, MessageType.EMAIL])
def test_what_the_team_wrote_to_itself_is_no_message(
    api: LocalChatApi, reader: Reader, kind: MessageType
) -> None:
    [chat] = chats(api, 1)
    api.workspace.add_message(chat, "for us only", NOW + ONE, type=kind)
    reader.read()
    assert [message.text for message in reader.messages.values()] == ["text 0"]
    reader.read()
    assert reader.calls == 2


# --- Again -------------------------------------------------------------------------------------


def test_again_with_nothing_new_costs_a_look_at_each_list(
    api: LocalChatApi, reader: Reader
) -> None:
    chats(api, 60, 3)
    chats(api, 60, 3, official=True)
    reader.read()
    assert reader.read() == []
    assert reader.calls == 2
    assert set(reader.times.values()) == {1}


def test_what_is_new_costs_a_call_a_chat(api: LocalChatApi, reader: Reader) -> None:
    made = chats(api, 70, 2)
    reader.read()
    reader.later(hours=1)
    for chat in made[::10]:
        api.workspace.add_message(chat, "new", NOW + ONE)
        api.workspace.add_message(chat, "newer", NOW + 2 * ONE)
    reader.read()
    assert set(reader.messages) == everything(api)
    assert reader.calls <= 4 + 7


def test_a_run_that_was_killed_is_taken_up(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 120, 2)
    reader.read(lose_after=70)
    assert len(reader.chats) == 70
    reader.read()
    assert set(reader.messages) == everything(api)
    assert set(reader.times.values()) == {1}


def test_since_leaves_older_chats_alone_and_goes_back_when_asked(
    api: LocalChatApi, reader: Reader
) -> None:
    old, new = chats(api, 2)
    api.workspace.messages[old.id].clear()
    long_ago = api.workspace.add_message(old, "old", NOW - timedelta(days=90))
    reader.read(NOW - timedelta(days=7))
    assert long_ago.uid not in reader.messages
    reader.read()
    assert long_ago.uid not in reader.messages, "a later run goes on where the last one ended"
    reader.read(NOW - timedelta(days=100))
    assert set(reader.messages) == everything(api)
    assert set(reader.chats) == {str(old.id), str(new.id)}


def test_messages_that_arrive_late_are_found(api: LocalChatApi, reader: Reader) -> None:
    busy, quiet = chats(api, 2, 3)
    reader.read()
    late = api.workspace.add_message(busy, "from an offline phone", NOW - timedelta(hours=5))
    api.workspace.add_message(busy, "new", NOW + ONE)
    hidden = api.workspace.add_message(quiet, "behind the last one", NOW - timedelta(hours=9))
    reader.later(hours=2)
    reader.read()
    assert late.uid in reader.messages
    reader.later(days=1)
    reader.read()
    assert hidden.uid in reader.messages


def test_a_cursor_whose_message_was_deleted_is_got_over(api: LocalChatApi, reader: Reader) -> None:
    [chat] = chats(api, 1, 130)
    deleted = sorted(api.workspace.messages[chat.id], key=lambda one: one.at)[49]

    class Deleting:
        """Deletes the last message of the first page before the second is asked for."""

        def append(self, _: float) -> None:
            if sum(path.endswith("/messages") for path in api.requests) == 1:
                api.workspace.delete_message(deleted.uid)

    reader.rests = Deleting()  # type: ignore[assignment]  # all that is done with it
    reader.read()
    assert deleted.uid not in everything(api)
    assert set(reader.messages) >= everything(api)


def test_chats_that_move_while_the_list_is_walked_are_read(
    api: LocalChatApi, reader: Reader
) -> None:
    made = chats(api, 120)
    moved: list[str] = []

    class Moving:
        """Moves the last chat to the front after the first page."""

        def append(self, _: float) -> None:
            if api.requests.count("/chats") == 1 and not moved:
                moved.append(api.workspace.add_message(made[-1], "just now", NOW + ONE).uid)

    reader.rests = Moving()  # type: ignore[assignment]  # all that is done with it
    reader.read()
    assert moved
    assert set(reader.messages) == everything(api)


def test_a_renamed_chat_is_the_same_chat(api: LocalChatApi, reader: Reader) -> None:
    [chat] = chats(api, 1)
    reader.read()
    api.workspace.change_chat(chat.id, name="Ada Newname", responsible_email="new@example.com")
    api.workspace.add_message(chat, "more", NOW + ONE)
    reader.read()
    [shown] = reader.chats.values()
    assert (shown.native_id, shown.title) == (str(chat.id), "Ada Newname")
    assert shown.owner_email == "new@example.com"


def test_t7_groups_cost_nothing_unless_they_are_wanted(api: LocalChatApi, reader: Reader) -> None:
    account = api.workspace.add_number("+15550100", "owner@example.com")
    group = api.workspace.add_chat(account, "A group")
    api.workspace.change_chat(group.id, members=(GroupMember("Ada", "+447700900123"),))
    api.workspace.add_message(group, "to all", NOW)
    reader.read()
    assert (list(reader.messages), reader.calls) == ([], 4)
    reader.with_groups = True
    reader.read(NOW - timedelta(days=1))
    [shown] = reader.chats.values()
    assert shown.is_group
    assert [(one.author, one.phone) for one in shown.participants] == [("Ada", "+447700900123")]
    assert len(reader.messages) == 1


# --- Trouble -----------------------------------------------------------------------------------

PASSING = [
    kind for kind in FaultKind if kind not in (FaultKind.UNAUTHORISED, FaultKind.QUOTA_SPENT)
]


@pytest.mark.parametrize("kind", PASSING, ids=lambda kind: kind.name)
def test_a_fault_that_passes_costs_nothing_but_time(
    api: LocalChatApi, reader: Reader, kind: FaultKind
) -> None:
    chats(api, 3, 60)
    api.fail(Fault(kind, 5, 6, retry_after=3))
    assert reader.read() == []
    assert set(reader.messages) == everything(api)
    assert set(reader.times.values()) == {1}
    waited = [rest for rest in reader.rests if rest > 1]
    assert waited == ([3.0, 3.0] if kind is FaultKind.TOO_MANY else [1.5, 3.0])


LASTING = {
    FaultKind.UNAUTHORISED: NotConnected,
    FaultKind.QUOTA_SPENT: QuotaSpent,
    FaultKind.MAINTENANCE: Unreachable,
    FaultKind.SLAM: Unreachable,
}


@pytest.mark.parametrize("kind", LASTING, ids=lambda kind: kind.name)
def test_a_fault_that_lasts_ends_the_run_and_loses_nothing(
    api: LocalChatApi, reader: Reader, kind: FaultKind
) -> None:
    chats(api, 3, 60)
    api.fail(Fault(kind, 5, 1_000_000))
    [error] = reader.read()
    assert isinstance(error, LASTING[kind])
    api.fail()
    assert reader.read() == []
    assert set(reader.messages) == everything(api)


def test_a_token_that_is_revoked_in_the_middle(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 3)
    api.fail(Fault(FaultKind.UNAUTHORISED, 4, 4))
    [error] = reader.read()
    assert isinstance(error, NotConnected)
    assert api.token not in f"{error.message} {error.hint}"


def test_a_spent_quota_stops_before_anything_is_asked(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 3)
    api.workspace.quota = api.workspace.used = 10
    [error] = reader.read()
    assert isinstance(error, QuotaSpent)
    assert reader.calls == 1


def test_little_quota_is_looked_at_each_time(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 1)
    api.workspace.quota = 12
    api.workspace.used = 0
    reader.read()
    reader.read()
    reader.read()
    assert api.requests.count("/workspace") == 1
    reader.later(days=1)
    reader.read()
    [error] = reader.read()
    assert isinstance(error, QuotaSpent)


def test_an_answer_that_makes_no_sense_spares_the_other_chats(
    api: LocalChatApi, reader: Reader
) -> None:
    first, second = chats(api, 2)
    broken = api.workspace.add_message(first, "x", NOW + ONE, uid="")
    [error] = reader.read()
    assert isinstance(error, Unreachable)
    assert set(reader.chats) == {str(first.id), str(second.id)}
    assert set(reader.messages) == everything(api) - {""}
    api.workspace.messages[first.id].remove(broken)
    assert reader.read() == []
    assert set(reader.messages) == everything(api)


def test_refusals_of_the_plan_are_told() -> None:
    raised = refusal(ApiAnswer(403, {"error_code": "plan_feature_unavailable"}, {}))
    assert isinstance(raised.error, PermissionMissing)
    assert not raised.may_pass
    assert "plan_feature_unavailable" in raised.error.message
    assert "<b>" not in refusal(ApiAnswer(403, {"error_code": "<b>"}, {})).error.message


# --- Parts of the API --------------------------------------------------------------------------


REFUSED = [(403, "plan_feature_unavailable"), (403, "permission_denied"), (404, "not_found")]


@pytest.mark.parametrize(("status", "code"), REFUSED)
def test_w6_a_part_that_the_plan_lacks_is_said_once_and_the_rest_is_read(
    api: LocalChatApi, reader: Reader, status: int, code: str
) -> None:
    chats(api, 3, 3)
    api.refuse("/waba", status, code)
    [error] = reader.read()
    assert "official numbers" in error.message
    assert reader.failures == []
    assert set(reader.messages) == everything(api)
    assert reader.read() == []
    [report] = reports_of(reader.facts[REPORTS])
    assert report.subject == "official numbers"
    api.refuse("/waba", 0)
    assert reader.read() == []
    assert reports_of(reader.facts[REPORTS]) == ()


def test_a_refusal_of_the_chats_themselves_is_a_failure_and_the_official_ones_are_read(
    api: LocalChatApi, reader: Reader
) -> None:
    chats(api, 2, official=True)
    api.refuse("/chats", 403, "permission_denied")
    for _ in range(2):
        reader.read()
        assert [type(one) for one in reader.failures] == [PermissionMissing]
    assert set(reader.messages) == everything(api)


@pytest.mark.parametrize("path", ["/workspace", "/whatsapp_accounts"])
def test_w6_what_is_only_asked_beside_may_be_refused(
    api: LocalChatApi, reader: Reader, path: str
) -> None:
    chats(api, 2)
    api.refuse(path)
    assert reader.read() == []
    assert set(reader.messages) == everything(api)


# --- What comes late ---------------------------------------------------------------------------

DAYS = (4, 10, 30)


def test_since_goes_back_whatever_was_read(api: LocalChatApi, reader: Reader) -> None:
    [chat] = chats(api, 1)
    reader.read()
    for days in DAYS:
        api.workspace.add_message(chat, f"{days} days old", NOW - timedelta(days=days))
    for _ in range(2):
        reader.read(NOW - timedelta(days=60))
        assert set(reader.messages) == everything(api)
    later = api.workspace.add_message(chat, "imported again", NOW - timedelta(days=50))
    reader.read(NOW - timedelta(days=60))
    assert later.uid in reader.messages


def test_a_since_after_all_that_was_read_costs_no_messages(
    api: LocalChatApi, reader: Reader
) -> None:
    chats(api, 3)
    reader.read()
    reader.read(NOW + ONE)
    assert reader.calls == 2


def test_late_messages_of_silent_chats_are_found_within_the_calls_of_some_days(
    api: LocalChatApi, reader: Reader
) -> None:
    made = chats(api, 120)
    reader.read()
    for chat in made:
        api.workspace.add_message(chat, "an import", NOW - timedelta(days=40))
    reader.later(days=10)
    for _ in range(4):
        reader.read()
        assert reader.calls <= 110
        reader.later(days=1)
    assert set(reader.messages) == everything(api)


def test_with_little_quota_silent_chats_wait(api: LocalChatApi, reader: Reader) -> None:
    chats(api, 60)
    reader.read()
    api.workspace.quota = api.workspace.used + 100
    reader.later(days=5)
    reader.read()
    assert reader.calls < 20


def test_empty_chats_do_not_end_a_walk(api: LocalChatApi, reader: Reader) -> None:
    made = chats(api, 120)
    for chat in made[40:60]:
        api.workspace.messages[chat.id].clear()
    reader.read()
    assert set(reader.messages) == everything(api)
