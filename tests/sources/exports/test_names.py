"""The file's name shows the other party, in every language and for every name."""

import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, Shape, render, write_txt
from tests.samples import one_in
from tests.sources.exports.reader import THEM, messages, read_one
from wasf.core.chats import Direction
from wasf.sources.exports.names import FILE_NAMES
from wasf.sources.exports.text import tidy_name

AT = datetime(2024, 2, 17, 10, 0, 5)
NOBODY: frozenset[str] = frozenset()
US = "Jo"
TEXTS = ["hi", "note: this", "x", "ok", "again: y", "z", "u: v", "p"]
NAMES = [
    THEM, "Dr. Ada: Team", "Ada: Bob: Eve", "a/b", "Ada - Work", "O'Neil (Bob)", "Ada 2", "Ada (1)",
    "Agent 007", "\u202a+49\u00a0171\u00a03920012\u202c", "+49 171 3920012", "~\u202fKim", "~ Kim",
    "Ада", "李 明", "محمد", "Ada.B", "Ada_B", "x" * 100, "Ada 🙂", "Ada\u200fB", "null", "A, B",
    "[Ada]", "Müller & Söhne GmbH", "Mu\u0308ller", "Ada  Two", "WhatsApp", "with",
]  # fmt: skip


def _chat(name: str, notice: bool) -> list[Said]:
    said = [
        Said(AT + timedelta(minutes=i), (name, US)[i % 2], text) for i, text in enumerate(TEXTS)
    ]
    words = (
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read them."
    )
    return [Said(AT, name, words, notice=True), *said] if notice else said


def _in_file_name(name: str) -> str:
    """As file systems take it."""
    return "".join(
        "_" if char in "/:" else char for char in name if char not in "\u202a\u202c\u200f"
    )


def _check(folder: Path, stem: str, name: str, shape: Shape) -> None:
    for notice in (True, False):
        said = _chat(name, notice)
        path = write_txt(folder, stem, render(said, shape))
        chat, items = read_one(path, me=NOBODY)
        shown = unicodedata.normalize("NFC", tidy_name(name)).removeprefix("~").strip()
        found = messages(path, me=NOBODY)
        assert {m.author: m.direction for m in found} == {
            shown: Direction.INCOMING,
            US: Direction.OUTGOING,
        }, stem
        assert [m.text for m in found] == TEXTS
        assert len(items) == len(said)
        assert not chat.is_group
        path.unlink()


@pytest.mark.parametrize("shape", [ANDROID_GB, IOS_DE], ids=["Android", "iPhone"])
@pytest.mark.parametrize("name", NAMES)
def test_every_name(tmp_path: Path, name: str, shape: Shape) -> None:
    for suffix in ("", " (1)"):
        _check(tmp_path, f"WhatsApp Chat with {_in_file_name(name)}{suffix}", name, shape)
    _check(tmp_path, f"{_in_file_name(name)} ile WhatsApp Sohbeti", name, shape)


@pytest.mark.parametrize("template", one_in(3, FILE_NAMES))
def test_every_language(tmp_path: Path, template: str) -> None:
    for name in (THEM, "Dr. Ada: Team", "+49 171 3920012", "Ada 2"):
        for suffix in ("", " (1)", "(2)"):
            stem = template.replace("%s", _in_file_name(name)) + suffix
            _check(tmp_path, stem, name, ANDROID_GB)
    _check(tmp_path, template.replace("%s", THEM).replace(" ", "_"), THEM, ANDROID_GB)
    _check(tmp_path, template.replace("%s", THEM).replace(" ", "\u00a0"), THEM, ANDROID_GB)


@pytest.mark.parametrize("start", ["?", "😀", ":-)", "...", "1"])
def test_a_text_that_begins_with_signs_and_a_colon_is_no_longer_name(
    tmp_path: Path, start: str
) -> None:
    texts = ["hi", "yes", f"{start}: yes", "ok"]
    said = [
        Said(AT + timedelta(minutes=i), (THEM, US)[i % 2], text) for i, text in enumerate(texts)
    ]
    path = write_txt(tmp_path, f"WhatsApp Chat with {THEM}", render(said, ANDROID_GB))

    chat, _ = read_one(path)

    assert not chat.is_group
    assert [(m.author, m.text) for m in messages(path)] == [
        ((THEM, US)[i % 2], text) for i, text in enumerate(texts)
    ]


COPIES = [
    "WhatsApp Chat with {} - Copy",
    "WhatsApp Chat with {} - Copy (2)",
    "WhatsApp Chat with {} copy",
    "WhatsApp Chat with {} copy 2",
    "WhatsApp Chat with {} (1) - Kopie",
    "WhatsApp Chat with {} - copia (2)",
    "WhatsApp Chat with {} - Cópia",
    "WhatsApp Chat with {} - コピー",
    "WhatsApp Chat with {}のコピー",
    "WhatsApp Chat with {} - 副本",
    "WhatsApp Chat with {}.txt",
    "WhatsApp Chat with {} (1) (1)",
    "Copy of WhatsApp Chat with {}",
    "Kopie von WhatsApp Chat with {}",
    "Copia de WhatsApp Chat with {}",
    "WhatsApp Chat - {} copy",
    "{} ile WhatsApp Sohbeti - Kopya",
]


@pytest.mark.parametrize("name", [THEM, "+44 7700 900123", "Ada 2", "Nils - Copy", "Hard Copy"])
@pytest.mark.parametrize("stem", COPIES)
def test_m10_a_copy_of_the_file_is_the_same_chat(tmp_path: Path, stem: str, name: str) -> None:
    _check(tmp_path, stem.format(name), name, ANDROID_GB)


@pytest.mark.parametrize("stem", ["{} - Copy", "{} - Copie (2)", "Copy of {}"])
@pytest.mark.parametrize("name", [THEM, "+44 7700 900123"])
def test_m10_a_copy_in_which_only_we_wrote_has_the_title_of_the_chat(
    tmp_path: Path, stem: str, name: str
) -> None:
    path = write_txt(
        tmp_path,
        stem.format(f"WhatsApp Chat with {name}"),
        render([Said(AT, US, "hi")], ANDROID_GB),
    )
    chat, _ = read_one(path, me=NOBODY)
    assert chat.title == name


def test_m10_a_copy_without_a_name_takes_the_folder_s(tmp_path: Path) -> None:
    folder = tmp_path / f"WhatsApp Chat - {THEM}"
    folder.mkdir()
    text = render([Said(AT, THEM, "hi"), Said(AT, US, "ho")], IOS_DE)
    for stem in ("_chat - Copy", "_chat copy 2", "Kopie von _chat"):
        assert read_one(write_txt(folder, stem, text), me=NOBODY)[0].title == THEM
