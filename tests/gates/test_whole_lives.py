"""Every message of every customer stands exactly once, on the right record, whatever happens."""

import os

import pytest

from tests.gates.parallel import conclude, share
from tests.gates.whole_lives import whole_lives

LIVES = int(os.environ.get("WASF_LIVES", "20000"))
"""Raise it by hand for a longer look: `WASF_LIVES=100000`."""

_SHARE = 50


@pytest.mark.gate
def test_whatever_people_do_every_message_stands_once_on_its_persons_record() -> None:
    total = share(whole_lives, [(first, _SHARE) for first in range(1, LIVES + 1, _SHARE)])
    conclude("whole lives of customers", total)
    assert sum(total.counts.values()) >= LIVES
