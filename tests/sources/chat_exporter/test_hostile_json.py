"""Hostile JSON files are refused with a reason, at once and in little memory."""

from pathlib import Path

import pytest

from tests.sources.chat_exporter.hostile_json import HOSTILE_JSON
from tests.sources.resource_usage import check_usage, reading_process, usage_of, worst_usage


@pytest.mark.gate
def test_gate_every_hostile_json_is_refused_in_2_s_and_200_mb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    figures = []
    with reading_process(tmp_path) as process:
        for name, (make, words) in HOSTILE_JSON.items():
            path.write_bytes(make())
            figures.append(usage_of(process, path))
            check_usage(name, figures[-1], words)
    assert list(tmp_path.iterdir()) == [path]
    with capsys.disabled():
        print(f"\nhostile JSON files {len(figures)}: {worst_usage(figures)}")
