"""Nothing that others send breaks reading: random changes at every edge."""

import os

import pytest

from tests.gates.fuzz import EDGES, fuzz
from tests.gates.parallel import conclude, share

INPUTS = int(os.environ.get("FUZZ_INPUTS", "40000"))
"""Inputs in all; by hand: FUZZ_INPUTS=1000000 pytest -m gate tests/gates/test_fuzz.py."""
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))


@pytest.mark.gate
def test_no_input_breaks_reading() -> None:
    each = INPUTS // len(EDGES)
    total = share(fuzz, [(edge, FIRST, each) for edge in EDGES])
    conclude("fuzz", total)
    assert total.counts["inputs"] == each * len(EDGES)


@pytest.mark.parametrize("edge", EDGES)
def test_some_inputs_of_each_edge(edge: str) -> None:
    tally = fuzz(edge, 0, 30)
    assert tally.failed == []
    assert tally.counts["inputs"] == 30
