"""What is written for people is true and plain: the README, the topics of `wasf help`, `.github`.

Every command, option, setting, variable, exit code and topic that a text names exists in the
program, and each that exists is in a topic. No sentence has more than 25 words.
"""

import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gates.profiles import PROFILES
from wasf.cli.command_table import COMMANDS, CommandEntry
from wasf.cli.help import FOLDER, app_steps, topic_text, topics
from wasf.commands.doctor import CheckedOrg, CheckSettings, diagnose
from wasf.errors import ExitCode, NotConnected
from wasf.interfaces import Provider
from wasf.listener.app import LARGEST_BODY
from wasf.salesforce.auth import PORTS, redirect_uri
from wasf.sources import default_paces, known_providers
from wasf.store.settings.model import all_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOPICS = {name: topic_text(name) for name in topics()}
ALL_TOPICS = "\n".join(TOPICS.values())
PAPERS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / ".github").glob("*.md")}
TEXTS = {"README": README, **PAPERS, **TOPICS}

SETTINGS = tuple(all_settings(default_paces(known_providers())).values())
CHAT_APIS = [one for one in known_providers() if one.api]
LOADED = {entry.name: entry.load() for entry in COMMANDS}
MOST_WORDS = 25

each_text = pytest.mark.parametrize("name", TEXTS)


# --- Reading a text ------------------------------------------------------------------------------


def _rows(text: str, after: str = "") -> list[list[str]]:
    """The rows of the first table after these words, without its head."""
    rest = text.split(after, 1)[1] if after else text
    table = re.search(r"(?:^\|.*\|\n)+", rest, flags=re.MULTILINE)
    assert table, f"no table after {after!r}"
    rows = [row[1:-1] for row in table.group().splitlines()[2:]]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def _names(rows: list[list[str]]) -> set[str]:
    """The first words of the first column."""
    return {row[0].strip("`").split()[0] for row in rows}


_BLOCK = re.compile(r"^ *```.*?\n(.*?)^ *```", flags=re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:(?<=\n\n)(?: {6,}\S.*\n)+)")


def _code(text: str) -> list[str]:
    """What is marked as code: lines of blocks, and spans."""
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    lines += [line for block in _INDENTED.findall(text) for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))


def _prose(text: str) -> str:
    """A text without code blocks, targets of links, pictures and comments; a span is one word."""
    text = _INDENTED.sub("", _BLOCK.sub("\n", text))
    text = re.sub(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"`[^`\n]+`", "code", text)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of paragraphs, of items of lists and of cells of tables."""
    ends = r"\n\s*\n|\n(?=\s*(?:[*]|\d+\.)\s)|\n(?=#)|(?<=\|)\n|(?<!\\)\|"
    for block in re.split(ends, _prose(text)):
        words = re.sub(r"^\s*(?:[*]|\d+\.|#+)\s+", "", block)
        yield from re.split(r"(?<=[.!?।])[*\"')]*\s+", " ".join(words.split()))


def _length(sentence: str) -> int:
    return sum(any(sign.isalnum() for sign in word) for word in sentence.split())


def _commands(text: str) -> list[list[str]]:
    """Every `wasf …` in code, as words."""
    matches = (re.search(r"(?:^|[\s/\\])wasf ([a-z-]+.*)", line) for line in _code(text))
    return [re.split(r" {2,}#", match.group(1))[0].split() for match in matches if match]


def _options(command: object) -> set[str]:
    parameters = command.params  # type: ignore[attr-defined]
    return {option for one in parameters for option in (*one.opts, *one.secondary_opts)}


def _all_commands() -> Iterator[object]:
    for command in LOADED.values():
        yield command
        yield from getattr(command, "commands", {}).values()


BROUGHT = {f"--{option.name}" for one in CHAT_APIS for option in one.api.options}
OPTIONS = set().union(*(_options(command) for command in _all_commands())) | BROUGHT
OF_THE_PROGRAM = {"--help", "--version", "--install-completion", "--show-completion"}
OF_OTHERS = {
    "--force", "--user", "--now", "--rounds", "--peers", "--prefix",
    "--all-extras", "--extra", "--generate-hashes", "--no-annotate", "--no-header",
    "--python-version", "--universal",
    "--no-build-isolation", "--no-deps", "--require-hashes", "--short",
}  # fmt: skip
"""Options of git, pipx, systemctl, npm and of the benchmarks; of uv; of pip and git."""


_BEFORE_A_COMMAND = OF_THE_PROGRAM | {"COMMAND"}


def test_the_page_in_hindi_has_the_commands_of_the_first_page() -> None:
    """All that is to be typed is the same; what a program prints is left out there."""
    first_page = README.split("## Read on")[0]
    typed = re.findall(r"^```(?:sh|crontab)\n(.*?)^```", first_page, flags=re.MULTILINE | re.DOTALL)
    assert _BLOCK.findall(PAPERS["README.hi"]) == typed
    assert [row[1].count("`") for row in _rows(PAPERS["README.hi"])] == [
        row[1].count("`") for row in _rows(README, "## Install")
    ]


# --- The program's names, in the texts -----------------------------------------------------------


def _wrong(words: list[str]) -> str:
    """What is wrong with a command as it is written, "" if it can be typed so."""
    line, name = " ".join(words), words.pop(0)
    if name not in LOADED:
        return f"{line}: no such command"
    command = LOADED[name]
    if name == "help":
        known = not words or words[0].strip("[]") in {*TOPICS, *LOADED, "TOPIC", "COMMAND"}
        return "" if known else f"{line}: no such topic"
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    known = _options(command) | {"--help"} | (BROUGHT if name == "connect" else set())
    return f"{line}: no such option" if given - known else ""


@each_text
def test_a_command_that_is_named_exists(name: str) -> None:
    named = [words for words in _commands(TEXTS[name]) if words[0] not in _BEFORE_A_COMMAND]

    assert [wrong for words in named if (wrong := _wrong(list(words)))] == []


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_examples_of_a_command_can_be_typed(entry: CommandEntry) -> None:
    """And each command below a command has one."""
    typed = [shlex.split(line)[1:] for line in entry.examples]
    below = getattr(LOADED[entry.name], "commands", {})

    assert typed
    assert [wrong for words in typed if (wrong := _wrong(list(words)))] == []
    assert {word for words in typed for word in words[1:2]} >= set(below)
    assert all(len(line) <= 76 for line in entry.examples)


@each_text
def test_an_option_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(_code(TEXTS[name]))))

    assert named - OPTIONS - OF_THE_PROGRAM - OF_OTHERS == set()


@each_text
def test_a_setting_that_is_named_exists(name: str) -> None:
    known = {setting.name for setting in SETTINGS}
    groups = {setting.partition(".")[0] for setting in known if "." in setting}
    code = _code(TEXTS[name])
    dotted = {
        word
        for span in code
        for word in re.findall(r"(?<![\w./-])[a-z]+\.(?!csv\b|html\b)[a-z_]+", span)
    }
    used = {word for words in _commands(TEXTS[name]) for word in words[2:3] if words[:2] in _USES}

    assert {word for word in dotted if word.partition(".")[0] in groups} - known == set()
    assert used - known - {"NAME"} == set()


_USES = [["config", "get"], ["config", "set"], ["config", "unset"]]


@each_text
def test_a_variable_that_is_named_exists(name: str) -> None:
    known = {f"WASF_{setting.name.upper().replace('.', '_')}" for setting in SETTINGS}
    for one in CHAT_APIS:
        own = ("token", "url", *(option.name for option in one.api.options))  # type: ignore[union-attr]
        known |= {one.variable(each) for each in own}
    named = set(re.findall(r"WASF_[A-Z0-9_]+", TEXTS[name])) - known
    program = "\n".join(path.read_text(encoding="utf-8") for path in _python_files())

    assert [one for one in named if not (one in program or one.startswith(_SECRET))] == []


_SECRET = "WASF_HOOK_SECRET_"


def _python_files() -> list[Path]:
    return [path for path in (ROOT / "wasf").rglob("*.py") if "demo" not in path.parts]


@each_text
def test_an_exit_code_that_is_named_exists(name: str) -> None:
    named = re.findall(r"(?:exit code|[Ee]nds? with|[Ee]nds) (\d+)\b", TEXTS[name])

    assert {int(code) for code in named} - {int(code) for code in ExitCode} == set()


@each_text
def test_a_file_that_is_linked_is_there(name: str) -> None:
    folder = {"README": ROOT}.get(name, FOLDER if name in TOPICS else ROOT / ".github")
    targets = re.findall(r"\]\(([^)#:]+)\)", TEXTS[name])

    assert [target for target in targets if not (folder / target).is_file()] == []


def test_a_heading_that_is_linked_is_there() -> None:
    headings = re.findall(r"^##+ (.+)$", README, flags=re.MULTILINE)
    known = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", README)) == known


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README))
def test_a_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).stat().st_size > 2_000


# --- What there is, in the topics ----------------------------------------------------------------


def test_the_readme_links_every_topic() -> None:
    assert set(re.findall(r"\]\(wasf/cli/topics/(.+?)\.md\)", README)) == set(TOPICS)


def test_every_exit_code_is_in_the_table_with_its_meaning() -> None:
    table = {int(code): meaning for code, meaning in _rows(TOPICS["exit-codes"])}

    assert table == {int(code): code.meaning for code in ExitCode}


def test_every_setting_is_in_the_table() -> None:
    rows = _rows(TOPICS["settings"])

    assert [row[0].strip("`") for row in rows] == [each.name for each in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_is_as_the_table_says(setting: object) -> None:
    shown = {row[0].strip("`"): row[1] for row in _rows(TOPICS["settings"])}[setting.name]  # type: ignore[attr-defined]

    if shown.startswith("`"):
        assert setting.kind.show(setting.default) == shown.strip("`")  # type: ignore[attr-defined]
    else:
        assert not setting.default  # type: ignore[attr-defined]


def test_every_command_is_in_the_table() -> None:
    rows = " ".join(row[0] for row in _rows(TOPICS["commands"]))

    assert set(re.findall(r"`wasf ([a-z-]+)", rows)) == set(LOADED)


@pytest.mark.parametrize(
    ("command", "topic", "after"),
    [
        ("sync", "commands", "`wasf sync` takes"),
        ("connect", "connect", ""),
        ("listen", "listen", "## Options"),
    ],
)
def test_every_option_is_in_the_table(command: str, topic: str, after: str) -> None:
    brought = BROUGHT if command == "connect" else set()
    known = {option for option in _options(LOADED[command]) if option.startswith("--")}
    of_every_command = {"--verbose"} if command != "sync" else set()

    assert _names(_rows(TOPICS[topic], after)) == known - of_every_command | brought


def test_every_option_of_every_command_is_in_a_topic() -> None:
    known = {option for option in OPTIONS if option.startswith("--")}

    assert {option for option in known if not re.search(rf"{option}(?![\w-])", ALL_TOPICS)} == set()


def _checks_of_doctor() -> set[str]:
    def nobody() -> tuple[CheckedOrg, CheckSettings]:
        raise NotConnected("There is no sign-in.")

    return {check.name for check in diagnose(nobody, ())}


def test_what_was_tried_is_as_the_profiles_of_orgs_say() -> None:
    """Each line of doctor that is named exists, and each that a profile foretells is named."""
    rows = _rows(TOPICS["org"], "## What was tried")
    named = {check: int(row[0]) for row in rows for check in re.findall(r'"([^"]+)"', row[3])}
    checks = _checks_of_doctor()
    foretold = Counter(check for profile in PROFILES.values() for check in profile.doctor)

    assert sum(int(row[0]) for row in rows) == len(PROFILES)
    assert f"{len(PROFILES)} configured orgs" in TOPICS["org"]
    assert f"in {len(PROFILES)} configurations" in README
    assert set(re.findall(r'"([^"\n]+)"', TOPICS["org"].split("## What was tried")[1])) <= checks
    assert foretold - Counter(named) == Counter()
    assert all('"' in row[3] or "only" in row[3] for row in rows)


@pytest.mark.parametrize("provider", CHAT_APIS, ids=lambda provider: provider.name)
def test_a_chat_api_is_explained(provider: Provider) -> None:
    named = ["token", "url", *(option.name for option in provider.api.options)]  # type: ignore[union-attr]
    text = TOPICS[provider.name]
    assert text.startswith(f"# Chats from {provider.title}\n")
    for word in (f"wasf connect {provider.name}", f"wasf sync {provider.name}"):
        assert word in text
    for name in named:
        assert provider.variable(name) in text


@pytest.mark.parametrize("provider", known_providers(), ids=lambda provider: provider.name)
def test_what_delivers_webhooks_has_its_address_explained(provider: Provider) -> None:
    if provider.webhooks:
        assert f"`/{provider.name}`" in ALL_TOPICS


def test_the_steps_for_an_admin_name_the_callbacks_in_use() -> None:
    usual = app_steps([redirect_uri(port) for port in PORTS])

    assert usual == TOPICS["app"].rstrip()
    assert "       http://localhost:4711/callback\n\n4." in app_steps([redirect_uri(4711)])
    assert "17171" not in app_steps([redirect_uri(4711)])


def test_help_says_what_the_program_is_for() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "wasf", "--help"], capture_output=True, text=True, check=True
    )

    assert "every message a Task" in " ".join(result.stdout.split())


def test_the_proxies_let_the_largest_webhook_through_and_log_no_secret() -> None:
    """Addresses of webhooks may hold `?secret=`, and nginx takes 1 MB of a body by itself."""
    blocks = re.findall(
        r"^```(?:caddyfile|nginx)\n(.*?)^```", TOPICS["listen"], re.MULTILINE | re.DOTALL
    )
    sizes = [re.search(r"(?:max_size|client_max_body_size) (\d+)", block) for block in blocks]
    assert [size and int(size[1]) << 20 > LARGEST_BODY for size in sizes] == [True, True]
    [format_] = re.findall(r"log_format (\w+) '([^']*)'", TOPICS["listen"])
    assert re.search(rf"access_log \S+ {format_[0]};", TOPICS["listen"])
    assert "$uri" in format_[1]
    assert "$request" not in re.sub(r"\$request_method\b", "", format_[1])


# --- Plain words ---------------------------------------------------------------------------------

_INVERSIONS = re.compile(
    r"(?:^|[.,;:] )(?:never|nor|neither|only then|so long|rarely|hardly|not only|seldom)"
    r" (?:is|are|was|were|do|does|did|has|have|can|may|will|must|a)\b",
    flags=re.IGNORECASE,
)


@each_text
def test_a_sentence_is_short(name: str) -> None:
    assert [one for one in _sentences(TEXTS[name]) if _length(one) > MOST_WORDS] == []


@each_text
def test_a_sentence_begins_with_its_subject(name: str) -> None:
    assert [one for one in _sentences(TEXTS[name]) if _INVERSIONS.search(one)] == []


@each_text
def test_a_text_begins_with_a_heading_that_fits_the_list(name: str) -> None:
    assert re.match(r"# [^\n]{4,75}\n\n", TEXTS[name])


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(_prose(README).split()) < 1_300


def test_long_sentences_and_inversions_are_found() -> None:
    """Of a text with both in it, so that the checks above cannot fall silent."""
    long = "one two three four five six. " + "word " * 26 + "end. `a b c d`"

    assert [_length(one) for one in _sentences(f"# Head\n\n* {long}\n* one\n")] == [1, 6, 27, 1, 1]
    assert [_length(one) for one in _sentences("| a | b c |\n|---|---|\n| d | e. F g. |\n")][-3:]
    assert _INVERSIONS.search("It waits. Never does it guess.")
