"""The image for servers: it is built and run where an engine is, else its lines are checked.

The base image comes from a registry, so that most machines for tests cannot build it. Everywhere
what it copies is enough to build wasf, and its lines keep to the usual rules for such files.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from wasf import __version__

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / ".github" / "Dockerfile"
LINES = [
    line
    for line in DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    """What follows an instruction, in order."""
    return [line.split(maxsplit=1)[1] for line in LINES if line.split()[0] == instruction]


def copied() -> list[str]:
    """What is copied from the checkout."""
    return [name for line in arguments("COPY") for name in line.split()[:-1]]


def test_what_is_copied_is_there() -> None:
    assert copied()
    assert [name for name in copied() if not (ROOT / name).exists()] == []


@pytest.mark.gate
def test_what_is_copied_is_enough_to_build_it(tmp_path: Path) -> None:
    for name in copied():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "out", "."]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "No matching distribution found for hatchling" in done.stderr:
        pytest.skip("what builds wasf cannot be had here")
    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "out").glob("*.whl")
    names = ZipFile(wheel).namelist()
    for needed in ("wasf/cli/topics/servers.md", "wasf/samples/__init__.py", "wasf/__main__.py"):
        assert needed in names


def test_the_base_image_is_named_with_a_version_that_wasf_supports() -> None:
    [base] = arguments("FROM")
    [minor] = re.findall(r"^python:3\.(\d+)-slim$", base)
    assert int(minor) >= 11


def test_it_does_not_run_as_root_and_its_folder_is_its_users_own() -> None:
    [user] = arguments("USER")
    made = " ".join(arguments("RUN"))
    assert re.search(rf"useradd .*--uid \d+ {user}\b", made)
    assert f"install -d -o {user} -g {user} -m 700 /data" in made
    instructions = [line.split()[0] for line in LINES]
    assert instructions.index("USER") > max(
        at for at, one in enumerate(instructions) if one in {"COPY", "RUN"}
    )


def test_signals_reach_the_program_and_no_secret_is_in_it() -> None:
    assert arguments("ENTRYPOINT") == ['["wasf"]']
    assert all(one.startswith("[") for one in arguments("CMD"))
    assert not re.search(r"(?i)(token|secret|password|key)=(?!file)", " ".join(arguments("ENV")))
    assert not arguments("ADD")
    assert all("--no-cache-dir" in one for one in arguments("RUN") if "pip install" in one)


def engine() -> str:
    """The engine for containers that is here and has the base image, or can have it; else ""."""
    for name in ("docker", "podman"):
        pull = [name, "pull", "-q", *arguments("FROM")]
        if (
            shutil.which(name)
            and not subprocess.run(pull, capture_output=True, check=False).returncode
        ):
            return name
    return ""


@pytest.mark.gate
def test_the_image_is_built_and_run() -> None:
    if not (name := engine()):
        pytest.skip("no engine for containers is here, or none that can have the base image")
    build = [name, "build", "-q", "-f", str(DOCKERFILE), str(ROOT)]
    image = subprocess.run(build, capture_output=True, text=True, check=True).stdout.strip()
    run = [name, "run", "--rm", image, "--version"]
    shown = subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert shown == f"wasf {__version__}\n"
