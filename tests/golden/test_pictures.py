"""What the README shows of a terminal and of a page is what the program shows.

Where that changes on purpose, `WASF_GOLDEN=write pytest tests/golden` draws the pictures anew; that
of the page needs Chromium, and fonts with emoji. A picture of a page has a digest of the page in
it, because no two machines draw the same.
"""

import html
import io
import re
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

import pytest
from rich.console import Console
from rich.text import Text

from tests.chromium import chromium, look_at
from tests.demo.running_demo import running_demo
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


# --- The page of a record ----------------------------------------------------------------------

LEAD = PICTURE.with_name("lead.png")
NAME = "Jonas Beispiel"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NOTE = b"tEXt", b"Comment\0page "
_FIRST_CHUNK = len(_SIGNATURE) + 25
"""Where the chunk ends that says how large a picture is."""


def test_the_page_of_the_readme_is_what_the_demo_shows(tmp_path: Path) -> None:
    with running_demo(tmp_path / "home") as home:
        [record] = re.findall(rf'href="(/lightning/[^"]+)"><bdi>{NAME}<', read(home))
        address = home.rstrip("/") + record
        shown = digest_of(read(address) + read(f"{home}style.css"))
        if is_rewritten():
            LEAD.write_bytes(with_note(picture_of(address, tmp_path), shown))
    assert note_of(LEAD.read_bytes()) == shown


def read(address: str) -> str:
    with urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def digest_of(page: str) -> str:
    """The digest of a page, on whatever day and at whatever port it is shown."""
    now = datetime.now(UTC)
    for day in (now + timedelta(days=shift) for shift in (-1, 0, 1)):
        page = page.replace(f">{day.day} {day:%b} {day.year}<", ">today<")
    return sha256(_PORT.sub("#", page).encode()).hexdigest()


def picture_of(address: str, folder: Path) -> bytes:
    with chromium(folder) as browser:
        look_at(browser, width=1180, scheme="light")
        browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        browser.get(address)
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return b64decode(shot["data"])


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and contents of the chunks of a PNG."""
    place = len(_SIGNATURE)
    while place < len(picture):
        size, name = struct.unpack_from(">I4s", picture, place)
        yield name, picture[place + 8 : place + 8 + size]
        place += size + 12


def with_note(picture: bytes, digest: str) -> bytes:
    name, words = _NOTE
    body = name + words + digest.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return picture[:_FIRST_CHUNK] + chunk + picture[_FIRST_CHUNK:]


def note_of(picture: bytes) -> str:
    [note] = [body for name, body in chunks(picture) if name == _NOTE[0]]
    return note.removeprefix(_NOTE[1]).decode()
