"""The files of locked versions hold all that pyproject.toml asks for, each with its hashes."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]

LOCKS = {
    "requirements.txt": ["listen", "postgres"],
    "requirements-ci.txt": sorted(EXTRAS),
}
"""The extras in each file; the dependencies without an extra and the build's are in both."""

_ENTRY = re.compile(r"^(\S+==.+?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def locked(name: str) -> dict[str, set[Requirement]]:
    """The versions of each package in a file, several where Pythons differ; nothing else."""
    text = (ROOT / ".github" / name).read_text(encoding="utf-8")
    assert _ENTRY.sub("", text).strip() == ""
    found: dict[str, set[Requirement]] = {}
    for version, _ in _ENTRY.findall(text):
        one = Requirement(version)
        found.setdefault(canonicalize_name(one.name), set()).add(one)
    for several in found.values():
        assert len(several) == 1 or all(one.marker for one in several)
    return found


def asked_for(extras: list[str]) -> list[Requirement]:
    given = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    given += [text for extra in extras for text in EXTRAS[extra]]
    return [one for one in map(Requirement, given) if one.name != "wasf"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_locked_with_a_version_that_fits(name: str) -> None:
    found = locked(name)
    for wanted in asked_for(LOCKS[name]):
        pins = [pin for one in found[canonicalize_name(wanted.name)] for pin in one.specifier]
        assert {pin.operator for pin in pins} == {"=="}
        assert all(wanted.specifier.contains(pin.version) for pin in pins), wanted


def test_people_and_ci_have_the_same_versions() -> None:
    theirs, ours = map(locked, LOCKS)
    for name, versions in theirs.items():
        assert {one.specifier for one in versions} == {one.specifier for one in ours[name]}


# --- Known weaknesses, as .ci/run shows them ----------------------------------------------------

WEAK = {"id": "PYSEC-0000-1", "fix_versions": ["1.1"]}
FOUND = {
    "none is known": ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of the locked"),
    "one is known": ([{"name": "a", "version": "1", "vulns": [WEAK]}], 1, "a 1: PYSEC-0000-1"),
    "the index has no data": ([{"name": "a", "skip_reason": "not found"}], 0, "0 of the locked"),
    "no network": (None, 0, "0 of the locked"),
}


@pytest.mark.parametrize(("packages", "code", "told"), FOUND.values(), ids=FOUND)
def test_a_known_weakness_is_red_and_missing_data_is_not(
    packages: list[object] | None, code: int, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "found.json"
    if packages is not None:
        path.write_text(json.dumps({"dependencies": packages}))
    script = ROOT / ".ci" / "weaknesses.py"
    done = subprocess.run(
        [sys.executable, script, path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert told in done.stdout
