"""The image for servers: what it takes in is there, and where an engine is, it is built and run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wasf import __version__

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / ".github" / "Dockerfile"


def _has_engine() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = subprocess.run([docker, "info"], capture_output=True, check=False)
    return asked.returncode == 0


def test_what_is_copied_is_there() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)

    assert copied
    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []


@pytest.mark.gate
def test_the_image_is_built_and_run() -> None:
    if not _has_engine():
        pytest.skip("no engine for containers is here")
    build = ["docker", "build", "-q", "-f", str(DOCKERFILE), str(ROOT)]
    image = subprocess.run(build, capture_output=True, text=True, check=True).stdout.strip()
    run = ["docker", "run", "--rm", image, "--version"]
    shown = subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert shown == f"wasf {__version__}\n"
