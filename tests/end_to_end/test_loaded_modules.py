"""How many modules of wasf a sync runs through: what it does not need is not loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end import suite_over_postgres
from tests.end_to_end.program import ADA_PHONE, Chats, Wasf

MOST, MOST_WITH_NOTHING_TO_DO = 124, 75
"""For three messages of one chat, which make a Lead and three Tasks; 85 is the aim."""

_PROGRAM = """
import sys
from wasf.cli.main import main
code = main(sys.argv[1:])
print(*(name for name in sys.modules if name.partition(".")[0] == "wasf"))
sys.exit(code)
"""

pytestmark = pytest.mark.skipif(suite_over_postgres.IS_ON, reason="that loads the other engine")


def _loaded(wasf: Wasf, *arguments: object) -> list[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WASF_")}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "sync", *map(str, arguments), "--quiet"],
        env=environment | wasf.environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_sync_loads_what_it_needs(wasf: Wasf, chats: Chats) -> None:
    first = _loaded(wasf, chats.ada("one", "two", "three"), "--phone", ADA_PHONE)
    assert len(wasf.texts()) == 3
    idle = _loaded(wasf)

    assert len(first) <= MOST, sorted(first)
    assert len(idle) <= MOST_WITH_NOTHING_TO_DO, sorted(idle)
