"""Walks through pages end, whatever an API shows."""

from itertools import repeat

import pytest

from wasf.errors import PermissionMissing, Stopped, WasfError
from wasf.sources.api_client import Gone
from wasf.sources.pagination import ApiMisanswer, Walk, error_of_one


def same(item: int) -> int:
    return item


def test_what_moved_to_another_page_counts_once() -> None:
    pages = [[1, 2, 3], [3, 4], [], [5, 1]]
    assert [new for _, new in Walk("Chats").new(pages, same)] == [[1, 2, 3], [4], [], [5]]


def test_a_page_that_comes_without_end_ends_with_an_error() -> None:
    walk = Walk("Chats").new(repeat([1, 2]), same)
    assert [next(walk)[1] for _ in range(4)] == [[1, 2], [], [], []]
    with pytest.raises(ApiMisanswer, match="again and again"):
        next(walk)


def test_a_second_walk_knows_what_the_first_met() -> None:
    walk = Walk("Chats")
    list(walk.new([[1, 2]], same))
    assert [new for _, new in walk.new([[0, 1], [2]], same)] == [[0], []]


@pytest.mark.parametrize("error", [ApiMisanswer("x"), Gone("x"), OverflowError("+447700900123")])
def test_w6_an_error_of_one_chat_is_told(error: Exception) -> None:
    told = error_of_one(error, Gone)
    assert isinstance(told, WasfError)
    assert "+447700900123" not in told.message


@pytest.mark.parametrize("error", [Stopped("x"), PermissionMissing("x"), Gone("x")])
def test_an_error_that_concerns_the_whole_api_is_raised(error: WasfError) -> None:
    with pytest.raises(type(error)):
        error_of_one(error)
