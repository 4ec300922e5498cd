"""Walks through pages end, whatever an API shows."""

from itertools import repeat

import pytest

from wasf.sources.api_errors import UnexpectedResponse
from wasf.sources.pagination import Walk


def same(item: int) -> int:
    return item


def test_what_moved_to_another_page_counts_once() -> None:
    pages = [[1, 2, 3], [3, 4], [], [5, 1]]
    assert [new for _, new in Walk("Chats").new(pages, same)] == [[1, 2, 3], [4], [], [5]]


def test_a_page_that_comes_without_end_ends_with_an_error() -> None:
    walk = Walk("Chats").new(repeat([1, 2]), same)
    assert [next(walk)[1] for _ in range(4)] == [[1, 2], [], [], []]
    with pytest.raises(UnexpectedResponse, match="again and again"):
        next(walk)


def test_a_second_walk_knows_what_the_first_met() -> None:
    walk = Walk("Chats")
    list(walk.new([[1, 2]], same))
    assert [new for _, new in walk.new([[0, 1], [2]], same)] == [[0], []]
