"""The tests bite: each fault that is planted in wasf turns one of them red."""

import pytest

from tests.gates.mutants import PLANTED_FAULTS, REPOSITORY, PlantedFault, plant
from tests.gates.parallel import conclude, share


@pytest.mark.parametrize("fault", PLANTED_FAULTS.values(), ids=list(PLANTED_FAULTS))
def test_the_place_for_a_fault_is_there(fault: PlantedFault) -> None:
    assert fault.old in (REPOSITORY / "wasf" / fault.file).read_text(encoding="utf-8")


@pytest.mark.gate
def test_every_planted_fault_is_seen() -> None:
    total = share(plant, [(name,) for name in PLANTED_FAULTS])
    conclude("the tests bite", total)
    assert total.counts["seen"] >= 15
