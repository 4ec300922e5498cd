"""The tests bite: each fault that is planted in wasf turns one of them red."""

import pytest

from tests.gates.bites import BITES, REPOSITORY, Bite, planted
from tests.gates.sharing import conclude, share


@pytest.mark.parametrize("bite", BITES.values(), ids=list(BITES))
def test_the_place_for_a_fault_is_there(bite: Bite) -> None:
    assert bite.old in (REPOSITORY / "wasf" / bite.file).read_text(encoding="utf-8")


@pytest.mark.gate
def test_every_planted_fault_is_seen() -> None:
    total = share(planted, [(name,) for name in BITES])
    conclude("the tests bite", total)
    assert total.counts["seen"] >= 15
