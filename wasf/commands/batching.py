"""How many records are sent to Salesforce at once, and which of them stay together."""

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Final, Protocol, TypeVar

AT_ONCE: Final = 200
"""What Salesforce takes in one request."""


class Unit(Protocol):
    """Tasks that are written, or taken back, together or not at all."""

    @property
    def tasks(self) -> Sized:
        """All of them."""
        ...


_T = TypeVar("_T")
_U = TypeVar("_U", bound=Unit)


def batches(records: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Slices that can be sent at once."""
    return (records[start : start + AT_ONCE] for start in range(0, len(records), AT_ONCE))


def parcels(units: Iterable[_U], most: int = AT_ONCE) -> Iterator[list[_U]]:
    """Whole units, together at most so many Tasks unless one alone has more."""
    parcel: list[_U] = []
    size = 0
    for unit in units:
        if parcel and size + len(unit.tasks) > most:
            yield parcel
            parcel, size = [], 0
        parcel.append(unit)
        size += len(unit.tasks)
    if parcel:
        yield parcel
