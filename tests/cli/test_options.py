"""What a chat API adds to `wasf connect`, here one that another distribution brings."""

import json
from pathlib import Path

import pytest

from wasf.cli.main import main
from wasf.errors import ExitCode
from wasf.interfaces import ApiAccess, ApiConnection, ApiOption, Provider, Workspace


class Api:
    def __init__(self, connection: ApiConnection) -> None:
        self.connection = connection

    def workspace(self) -> Workspace:
        return Workspace(f"{self.connection.url} {self.connection.options['account']}")


ACME = Provider(
    "acme",
    "Acme Chat",
    ApiAccess(
        open=Api,  # type: ignore[arg-type]
        where="Acme: Settings",
        revocation="resetting it ends it",
        options=(
            ApiOption("url", "ADDRESS", "the address of your Acme"),
            ApiOption("account", "ID", "the number of your account"),
        ),
    ),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a distribution that brings a chat API."""
    facts = tmp_path / "site" / "acme-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[wasf.providers]\nacme = {__name__}:ACME\n")
    monkeypatch.syspath_prepend(facts.parent)
    monkeypatch.setenv("WASF_HOME", str(tmp_path))
    monkeypatch.setenv("WASF_TOKEN_STORE", "file")
    (tmp_path / "token").write_text("t0ken")
    (tmp_path / "token").chmod(0o600)
    return tmp_path


def connect(home: Path, *arguments: str) -> int:
    return main(["connect", *arguments, "--token-file", str(home / "token")])


def test_its_options_are_taken_and_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://chat.example.com"
    assert connect(home, "acme", "--url", url, "--account=3") == ExitCode.DONE
    assert "Connected to the Acme Chat workspace https://chat.example.com 3." in (
        capsys.readouterr().out
    )
    kept = json.loads((home / "acme.json").read_text())
    assert (kept["url"], kept["options"]) == (url, {"account": "3"})
    assert connect(home, "acme", "--account", "4") == ExitCode.DONE
    assert json.loads((home / "acme.json").read_text())["options"] == {"account": "4"}
    assert main(["disconnect", "acme"]) == ExitCode.DONE
    assert "It is still valid: resetting it ends it." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("acme", "--instance", "x"), ("other", "--account", "3")])
def test_nobody_elses_options_are(home: Path, arguments: tuple[str, ...]) -> None:
    assert connect(home, *arguments) == ExitCode.USAGE
    assert list(home.glob("*.json")) == []


def test_its_pace_is_a_setting(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "set", "acme.per_second", "7"]) == ExitCode.DONE
    assert main(["config", "get", "acme.per_second"]) == ExitCode.DONE
    assert capsys.readouterr().out.splitlines()[-1] == "7"
