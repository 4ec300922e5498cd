"""Recorded Salesforce answers, where they lie beside the project."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "salesforce-recorded"

needs_recordings = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no recorded Salesforce answers beside the project"
)


def recorded(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
