"""What a chat's messages come to in the fields of `report.fields`."""

from datetime import UTC, datetime

import pytest

from wasf.core.chats import NO_MESSAGES, LastMessages, joined_last, last_messages


def at(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)


def told(them: int | None, us: int | None, unanswered: int | None) -> LastMessages:
    return LastMessages(at(them), at(us), at(unanswered))


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        pytest.param("", (None, None, None), id="no message"),
        pytest.param("t", (1, None, 1), id="they wrote once"),
        pytest.param("tt", (2, None, 1), id="who waits does so since the first message"),
        pytest.param("u", (None, 1, None), id="we wrote first"),
        pytest.param("tu", (1, 2, None), id="an answer ends it"),
        pytest.param("tutt", (4, 2, 3), id="they asked again"),
        pytest.param("ttuu", (2, 4, None), id="an answer in two parts"),
        pytest.param("uttt", (4, 1, 2), id="they answer us and wait"),
    ],
)
def test_the_last_messages_of_a_chat(sides: str, expected: tuple[int | None, ...]) -> None:
    times = [(second, int(side == "u")) for second, side in enumerate(sides, 1)]
    assert last_messages(reversed(times)) == told(*expected)


def test_no_more_is_read_than_needed() -> None:
    def latest_first():
        yield from [(9, 0), (8, 0), (7, 1)]
        pytest.fail("the rest does not count")

    assert last_messages(latest_first()) == told(9, 7, 8)


def test_of_several_chats_the_last_messages_and_the_longest_wait_count() -> None:
    assert joined_last([]) == joined_last([NO_MESSAGES]) == NO_MESSAGES
    chats = [told(5, 2, 4), told(9, 8, None), told(None, 3, None), told(7, None, 6)]
    assert joined_last(chats) == told(9, 8, 4)
