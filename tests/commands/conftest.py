"""A stage for every test here; files that try both key fields have a `key_field` of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.world import Stage
from tests.fakes import UNIQUE_KEY, MemoryOrg
from wasf.interfaces import KeyField


@pytest.fixture
def tmp_path(memory_path: Path) -> Path:
    return memory_path


@pytest.fixture
def key_field() -> KeyField:
    return UNIQUE_KEY


@pytest.fixture
def stage(tmp_path: Path, key_field: KeyField) -> Iterator[Stage]:
    stage = Stage(tmp_path, MemoryOrg(key_field))
    yield stage
    stage.close()
