"""The tests bite: each fault that is planted in wasf turns one of them red."""

import builtins
from functools import cache
from symtable import SymbolTable, symtable
from typing import Final

import pytest

from tests.gates.mutants import PLANTED_FAULTS, REPOSITORY, PlantedFault, plant, without_faults
from tests.gates.parallel import conclude, share

_OF_MODULES: Final = {"__name__", "__package__", "__file__", "__doc__", "__spec__"}


@pytest.mark.parametrize("fault", PLANTED_FAULTS.values(), ids=list(PLANTED_FAULTS))
def test_the_place_for_a_fault_is_there(fault: PlantedFault) -> None:
    source = (REPOSITORY / "wasf" / fault.file).read_text(encoding="utf-8")
    assert fault.old in source
    planted = source.replace(fault.old, fault.new, 1)
    assert _unknown_names(planted) <= _unknown_names(source), "any test sees that it is no program"


@cache
def _unknown_names(source: str) -> frozenset[str]:
    """Return the names that functions of a module use, and that nothing gives."""
    module = symtable(source, "module", "exec")
    known = {one.get_name() for one in module.get_symbols() if one.is_local()} | set(dir(builtins))
    return frozenset(_globals_of(module) - known - _OF_MODULES)


def _globals_of(table: SymbolTable) -> set[str]:
    own = {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    return own.union(*map(_globals_of, table.get_children()))


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
