"""What the tests of the console share."""

import pytest

from tests.commands.world import Stage


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.close()
