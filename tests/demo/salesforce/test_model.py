"""Record ids: 15 characters, 18 characters, and what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasf.demo.salesforce.model import canonical, mint


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        pytest.param("001D000000IRFma", "001D000000IRFmaIAH", id="from-15"),
        pytest.param("0012300000bVTq1AAG", "0012300000bVTq1AAG", id="recorded"),
        pytest.param("0035500001H9kaAAAR", "0035500001H9kaAAAR", id="recorded-too"),
        pytest.param("001d000000irfmaiah", "001D000000IRFmaIAH", id="18-ignore-case"),
        pytest.param("001D000000IRFmaBAH", None, id="wrong-checksum"),
        pytest.param("001D000000IRFm", None, id="14"),
        pytest.param("001D000000IRFmaI", None, id="16"),
        pytest.param("001D000000IRFm!", None, id="sign"),
        pytest.param("001D000000IRFmaIA9", None, id="no-such-checksum-letter"),
        pytest.param("", None, id="empty"),
    ],
)
def test_canonical(given: str, whole: str | None) -> None:
    assert canonical(given) == whole


@settings(deadline=None)
@given(st.integers(0, 62**6 - 1))
def test_minted_ids_are_ids(count: int) -> None:
    record = mint("00Q", count)
    assert len(record) == 18
    assert canonical(record) == canonical(record[:15]) == canonical(record.upper()) == record


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_later_ids_sort_later(one: int, other: int) -> None:
    assert (mint("00T", one) < mint("00T", other)) == (one < other)
