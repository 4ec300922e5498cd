"""What the README shows of a terminal is what the program prints, word for word.

Where the program's words change on purpose, `WASF_GOLDEN=write pytest tests/golden` draws it anew.
"""

import html
import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from tests.end_to_end import program
from tests.golden.stage import FOLDER, is_rewritten, stage

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / ".github" / "pictures" / "terminal.svg"
README = (ROOT / "README.md").read_text(encoding="utf-8")
COLUMNS = 112
COMMAND = "wasf demo --once"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{5}\b")
_FONTS = re.compile(r"\s*@font-face \{.*?\n    \}", flags=re.DOTALL)


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the demo prints on a wide terminal with colours."""
    monkeypatch.setattr(program, "assert_harmless", lambda text: None)
    with stage("terminal", FOLDER / "demo", tmp_path) as here:
        here.wasf.environment |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
        shown = here.wasf.run(*COMMAND.split()[1:]).out
    return f"$ {COMMAND}\n{_PORT.sub('41873', shown).rstrip()}"


def test_the_terminal_of_the_readme_is_what_the_program_prints(printed: str) -> None:
    if is_rewritten():
        PICTURE.write_text(drawn(printed), encoding="utf-8")
    assert words_of(PICTURE.read_text(encoding="utf-8")) == _ESCAPES.sub("", printed).split()


def test_a_picture_fetches_nothing_from_elsewhere() -> None:
    for picture in PICTURE.parent.glob("*.svg"):
        assert not re.search(r"url\([\"']?http|href=", picture.read_text(encoding="utf-8"))


def drawn(printed: str) -> str:
    """The picture of a terminal that shows this, coloured as there."""
    console = Console(file=io.StringIO(), record=True, width=COLUMNS, force_terminal=True)
    console.print(Text.from_ansi(printed), soft_wrap=True)
    return _FONTS.sub("", console.export_svg(title="wasf", unique_id="terminal"))


def words_of(picture: str) -> list[str]:
    """The words in a picture, without what frames them: line by line, from left to right."""
    body = picture.split('<g class="terminal-matrix">')[1]
    texts = re.findall(r"<text[^>]*>(.*?)</text>", body, flags=re.DOTALL)
    return html.unescape(" ".join(texts)).replace("\xa0", " ").split()


def test_the_output_in_the_readme_is_what_the_program_prints() -> None:
    sample, *_ = re.findall(r"^```text\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    shown = (FOLDER / "demo" / "once.terminal.txt").read_text(encoding="utf-8")
    pieces = _PORT.sub("#####", sample).split("…\n")
    assert len(pieces) > 1
    assert [piece for piece in pieces if piece not in shown] == []
