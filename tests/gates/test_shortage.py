"""A disk that is full at any byte, a folder that is read only, too few handles: nothing lost."""

import pytest

from tests.gates import shortage
from tests.gates.parallel import Tally, conclude, share

KEYS = ("unique", "standard")


@pytest.mark.gate
def test_no_room_no_handles_no_right_to_write() -> None:
    total = Tally()
    total.add(
        share(
            shortage.no_room,
            [
                (path, key, 1 + 2_000 * place, 400_000, 8_000)
                for path in ("files", "many")
                for key in KEYS
                for place in range(4)
            ],
        )
    )
    total.add(share(shortage.no_handles, [("many", key, 8, 44) for key in KEYS]))
    total.add(
        share(
            shortage.read_only,
            [("new-lead", "unique", what, new) for what in shortage.READ_ONLY for new in (0, 1)],
        )
    )
    conclude("no room, no handles, no right to write", total)
    assert total.counts["limits of a file's size"] >= 300
