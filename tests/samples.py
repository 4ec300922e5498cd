"""Families of like cases: plain `pytest` runs a sample of each, and the gates run the rest."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

_T = TypeVar("_T")


def one_in(count: int, cases: Iterable[_T], name: Callable[[_T], str] | None = None) -> list[Any]:
    """Parameters for `parametrize`: every case that is not the first of `count` is in the gates."""
    return [
        pytest.param(
            case,
            id=name(case) if name else None,
            marks=() if place % count == 0 else pytest.mark.gate,
        )
        for place, case in enumerate(cases)
    ]
