"""The README tells the truth: every command, option, setting and exit code in it exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wasf.cli.command_table import COMMANDS
from wasf.errors import ExitCode
from wasf.interfaces import Provider
from wasf.sources import default_paces, known_providers
from wasf.store.settings.model import all_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()

SETTINGS = tuple(all_settings(default_paces(known_providers())).values())
CHAT_APIS = [one for one in known_providers() if one.api]
LOADED = {entry.name: entry.load() for entry in COMMANDS}


def _table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\|(.+)\|$", section, flags=re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows[2:]]


def _options(command: object) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}  # type: ignore[attr-defined]


def _mentioned_commands() -> list[list[str]]:
    """Every `wasf …` in code, as words."""
    blocks = re.findall(r"^ *```.*?\n(.*?)^ *```", README, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^ *```.*?\n(.*?)^ *```", "", README, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", prose) + [line for b in blocks for line in b.splitlines()]
    matches = (re.search(r"(?:^|[\s/])wasf ([a-z-]+.*)", span) for span in spans)
    return [match.group(1).split() for match in matches if match]


def test_every_exit_code_is_in_the_table_with_its_meaning() -> None:
    table = {int(code): meaning for code, meaning in _table("Exit codes")}

    assert table == {int(code): code.meaning for code in ExitCode}


def test_every_setting_is_in_the_table() -> None:
    assert [row[0].strip("`") for row in _table("Settings")] == [each.name for each in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_is_as_the_table_says(setting: object) -> None:
    shown = {row[0].strip("`"): row[1] for row in _table("Settings")}[setting.name]  # type: ignore[attr-defined]

    if shown.startswith("`"):
        assert setting.kind.show(setting.default) == shown.strip("`")  # type: ignore[attr-defined]
    else:
        assert not setting.default  # type: ignore[attr-defined]


def test_every_option_of_sync_is_in_the_table() -> None:
    rows = [row[0] for row in _table("Commands") if row[0].startswith("`--")]
    named = {row.strip("`").split()[0] for row in rows}

    assert named == {o for o in _options(LOADED["sync"]) if o.startswith("--")}


def test_every_option_of_connect_is_in_the_table() -> None:
    named = {row[0].strip("`").split()[0] for row in _table("Connect")}

    brought = {f"--{option.name}" for one in CHAT_APIS for option in one.api.options}
    assert named == brought | {o for o in _options(LOADED["connect"]) if o.startswith("--")}


@pytest.mark.parametrize("provider", CHAT_APIS, ids=lambda provider: provider.name)
def test_a_chat_api_is_explained(provider: Provider) -> None:
    named = ["token", "url", *(option.name for option in provider.api.options)]  # type: ignore[union-attr]
    assert f"## Chats from {provider.title}" in README
    for word in (f"wasf connect {provider.name}", f"wasf sync {provider.name}"):
        assert word in README
    for name in named:
        assert provider.variable(name) in README


@pytest.mark.parametrize("provider", known_providers(), ids=lambda provider: provider.name)
def test_what_delivers_webhooks_has_its_address_explained(provider: Provider) -> None:
    if provider.webhooks:
        assert f"`/{provider.name}`" in README


def test_every_option_of_listen_is_in_the_table() -> None:
    named = {row[0].strip("`").split()[0] for row in _table("Messages as they come")}

    assert named == {o for o in _options(LOADED["listen"]) if o.startswith("--")}


def test_every_command_is_in_the_table() -> None:
    rows = " ".join(row[0] for row in _table("Commands"))

    assert set(re.findall(r"`wasf ([a-z-]+)", rows)) == set(LOADED)


@pytest.mark.parametrize("words", _mentioned_commands(), ids=lambda words: " ".join(words)[:60])
def test_a_command_that_is_named_exists(words: list[str]) -> None:
    assert words[0] in LOADED, "no such command"
    command = LOADED[words.pop(0)]
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    options = _options(command)

    for word in words:
        if word.startswith("--"):
            assert word in options


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))
def test_a_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).stat().st_size > 2_000


def test_help_says_what_the_program_is_for() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "wasf", "--help"], capture_output=True, text=True, check=True
    )

    assert "every message a Task" in " ".join(result.stdout.split())
