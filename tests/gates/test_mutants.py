"""The tests bite: each fault that is planted in wasf turns one of them red."""

import pytest

from tests.gates.mutants import PLANTED_FAULTS, REPOSITORY, PlantedFault, plant, without_faults
from tests.gates.parallel import conclude, share


@pytest.mark.parametrize("fault", PLANTED_FAULTS.values(), ids=list(PLANTED_FAULTS))
def test_the_place_for_a_fault_is_there(fault: PlantedFault) -> None:
    assert fault.old in (REPOSITORY / "wasf" / fault.file).read_text(encoding="utf-8")


@pytest.mark.gate
def test_every_planted_fault_is_seen() -> None:
    total = share(plant, [(name,) for name in PLANTED_FAULTS])
    conclude("the tests bite", total)
    assert total.counts["seen"] == len(PLANTED_FAULTS) >= 25


@pytest.mark.gate
def test_what_sees_a_planted_fault_is_green_without_one() -> None:
    names = {fault.seen_by: name for name, fault in PLANTED_FAULTS.items()}
    total = share(without_faults, [(name,) for name in names.values()])
    conclude("the tests bite nothing else", total)
