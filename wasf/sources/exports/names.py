"""Names of chats and people: in the names of files, as headers show them, and as they are known."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from wasf.core.chats import Phone
from wasf.core.text import fold_name
from wasf.sources.exports.phrases import phrases
from wasf.sources.exports.text import EAST_ASIAN, tidy_name
from wasf.values import dataclass

EXPORT: Final = "export"
"""The kind of source that exported chats come from."""

CHAT_NAME = "_chat.txt"
"""What iPhones call every chat. Only the zip or the folder then has the chat's name."""

FILE_NAMES = phrases("""
WhatsApp Gesprek met %s | دردشة واتساب مع %s | %s ilə WhatsApp Söhbəti | WhatsApp Чат с %s |
%s এর সাথে WhatsApp চ্যাট | Xat de WhatsApp amb %s | Chat WhatsApp s uživatelem %s |
WhatsApp chat med %s | WhatsApp Chat mit %s | Συνομιλία WhatsApp με %s | Chat de WhatsApp con %s |
WhatsApp'i vestlus kontaktiga %s | گفتگوی WhatsApp با %s | WhatsApp-keskustelu henkilön %s kanssa |
Discussion WhatsApp avec %s | %s સાથેની WhatsApp વાત | צ'אט WhatsApp עם %s |
%s के साथ WhatsApp चैट | WhatsApp razgovor s %s | WhatsApp csevegés vele: %s |
Chat WhatsApp dengan %s | Chat WhatsApp con %s | %sとのWhatsAppチャット | WhatsApp чат: %s |
%s ಜೊತೆ WhatsApp ಸಂಭಾಷಣೆ | %s님과의 WhatsApp 대화 | WhatsApp pokalbis su %s |
WhatsApp sarakste ar %s | WhatsApp разговор со %s | %s മായുള്ള WhatsApp ചാറ്റുകൾ |
%s सोबतच्या WhatsApp गप्पा | Sembang WhatsApp dengan %s | WhatsApp-samtale med %s |
WhatsApp-chat met %s | %s ਨਾਲ WhatsApp ਗੱਲਬਾਤ | Czat WhatsApp z %s | Conversa do WhatsApp com %s |
Conversa no WhatsApp com %s | Conversație WhatsApp cu %s | Чат WhatsApp с %s |
WhatsApp chat s používateľom %s | WhatsApp klepet z %s | Biseda me %s në WhatsApp |
WhatsApp Ћаскање са %s | WhatsApp-chatt med %s | Soga za WhatsApp na %s |
%s உடன் WhatsApp உரையாடல் | %s తో WhatsApp సంభాషణ | แชท WhatsApp กับ %s | WhatsApp Chat kay %s |
%s ile WhatsApp Sohbeti | Бесіда WhatsApp з %s | %s کے ساتھ WhatsApp بات چیت |
%s bilan WhatsApp chati | Trò chuyện WhatsApp với %s | WhatsApp 与 %s 的对话 |
WhatsApp 與 %s 的對話 | WhatsApp Chat with %s | WhatsApp-Chat mit %s |
Чат WhatsApp с контактом %s | 与%s的 WhatsApp 聊天 | WhatsApp Chat - %s | WhatsApp chat with %s
""")
"""How WhatsApp names an exported file; `%s` is the chat's name."""

COPY_WORDS = phrases("""
copy | kopie | copia | cópia | copie | kopia | kopija | kopi | kopio | kopya | másolat | копия |
копія | копие | αντίγραφο | コピー | 副本 | 複本 | 拷贝 | 복사본 | bản sao | salinan | สำเนา |
نسخة | עותק | प्रतिलिपि | nusxa | koopia
""")
"""What file systems add to the name of a copy, before or behind it."""

UNSAVED = "~"
"""What WhatsApp puts before a name that is not in the phone's address book."""

_PLACE = "%s"
_ENGLISH = ("WhatsApp Chat with ", "WhatsApp chat with ", "WhatsApp Chat - ")
_LONGEST_STEM = 512  # no file system has longer names; a zip may
_SENT_FROM_IPHONE = re.compile(r"\d{8}-.*")
_SENT_FROM_ANDROID = re.compile(r"[A-Z]{3}-\d{8}-WA\d+.*")
_NUMBERED = re.compile(r"(?:[ _]?\(\d{1,3}\)|[ _-]\d{1,2})\Z")
_IN_BRACKETS = re.compile(r"[ _]?\(\d{1,3}\)\Z")
_COPY_NUMBER = re.compile(r"(?: ?\(\d{1,3}\)|[ -]\d{1,2})$")
_FILE_ENDING = re.compile(r"\.(?:txt|zip)\Z", re.IGNORECASE)


def has_chat_name(path: Path) -> bool:
    """Return whether WhatsApp names an exported chat so: `WhatsApp Chat with Ada`, `_chat`."""
    return is_unnamed(path.stem) or bool(whole_title_of(path.stem))


def is_sent_file(name: str, *, by_iphone: bool) -> bool:
    """Return whether WhatsApp names a file so that a message shows; it is no chat."""
    pattern = _SENT_FROM_IPHONE if by_iphone else _SENT_FROM_ANDROID
    return pattern.fullmatch(name) is not None


def title_of(stem: str) -> str:
    """Return the chat's name or number in a file's name (without suffix), "" if there is none."""
    name = _without_copy_marks(_tidy_stem(stem))
    title = next(iter(_titles_in(name)), "")
    return _without_number(title).strip() if name.endswith(title) else title


def titles_of(stem: str) -> list[str]:
    """Return what may be the chat's name, longest first.

    A second download has a number at its end and a copy a word, but some names do, too.
    """
    return _titles_in(_tidy_stem(stem))


def whole_title_of(stem: str) -> str:
    """Return the longest of these, "" if there is none."""
    return next(iter(titles_of(stem)), "")


def is_translated_title(stem: str) -> bool:
    """Return whether an app in another language than English named a file.

    Chinese and Korean do not count: see `date_order`.
    """
    name = tidy_name(stem) if len(stem) <= _LONGEST_STEM else ""
    found = next((one for one, pattern in _title_patterns().items() if pattern.fullmatch(name)), "")
    is_english = found.startswith(_ENGLISH)
    return bool(found) and not is_english and not EAST_ASIAN.search(found)


def without_copy_number(stem: str) -> str:
    """Return a file's name without what tells copies apart: ` (1)`, ` 2`, ` - Copy`."""
    if len(stem) > _LONGEST_STEM:
        return stem
    name = _copy_patterns().before.sub("", _FILE_ENDING.sub("", stem))
    shorter = _without_last_mark(name)
    while shorter != name:
        name, shorter = shorter, _without_last_mark(shorter)
    return name


def is_unnamed(stem: str) -> bool:
    """Return whether a file's name does not tell whose chat it is: `_chat`, `_chat (1)`."""
    return without_copy_number(stem) == CHAT_NAME.removesuffix(".txt")


def _tidy_stem(stem: str) -> str:
    """Return a file's name without a second suffix, and without `Copy of` before it."""
    name = _FILE_ENDING.sub("", tidy_name(stem)) if len(stem) <= _LONGEST_STEM else ""
    before = _copy_patterns().before.match(name)
    return name[before.end() :] if before else name


def _without_copy_marks(name: str) -> str:
    """Remove ` - Copy (2)`, which no name ends with."""
    for shown in (_NUMBERED.sub("", name), name):
        cut = _copy_patterns().behind_dash.sub("", shown)
        if cut != shown:
            return cut
    return name


def _without_last_mark(name: str) -> str:
    """Remove one mark of a copy at the end: a number or a word."""
    words = _copy_patterns()
    for mark in (_COPY_NUMBER, words.behind_dash, words.behind):
        if (shorter := mark.sub("", name)) != name:
            return shorter
    return name


class _CopyPatterns(NamedTuple):
    """Where the word for a copy stands: behind a dash or a blank, or before the name."""

    behind_dash: re.Pattern[str]
    behind: re.Pattern[str]
    before: re.Pattern[str]


@cache
def _copy_patterns() -> _CopyPatterns:
    word = "(?:" + "|".join(map(re.escape, COPY_WORDS)) + ")"
    of = "(?:[ _](?:of|von|van|de|di|av|af|файла))?"
    patterns = (rf"(?:[ _]?[-–—][ _]?|の){word}\Z", rf"[ _]{word}\Z", rf"\A{word}{of}(?: +|_)")
    return _CopyPatterns(*(re.compile(one, re.IGNORECASE) for one in patterns))


def _titles_in(name: str) -> list[str]:
    found: dict[str, None] = {}
    shorter = _without_last_mark(name)
    while name:
        if title := _title_in(name):
            found[title] = None
        if shorter == name:
            break
        name, shorter = shorter, _without_last_mark(shorter)
    return list(found)


def _title_in(name: str) -> str:
    for pattern in _title_patterns().values():
        match = pattern.fullmatch(name)
        if match:
            return match[1].strip()
    return ""


def _without_number(name: str) -> str:
    """Remove the ` (1)` of a second download. A phone number keeps its last digits."""
    cut = _NUMBERED.sub("", name)
    is_number = not any(char.isalpha() for char in cut)
    return _IN_BRACKETS.sub("", name) if is_number else cut


@cache
def _title_patterns() -> Mapping[str, re.Pattern[str]]:
    """Return a pattern for each name, longest first: `WhatsApp Chat mit` before `WhatsApp Chat`."""
    return {one: _title_pattern(one) for one in sorted(FILE_NAMES, key=len, reverse=True)}


def _title_pattern(template: str) -> re.Pattern[str]:
    before, _, after = template.partition(_PLACE)
    return re.compile(f"{_with_any_blanks(before)}(.+?){_with_any_blanks(after)}", re.IGNORECASE)


def _with_any_blanks(text: str) -> str:
    """Return a pattern for a text whose blanks file systems and mail programs may replace."""
    return r"[ _.]+".join(re.escape(word) for word in text.split(" "))


# --- People --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What is known of the people in a chat besides the text of the file.

    `stem` is the name of the file and `title` the chat's name in it. `me` are names of our side.
    `phone` is the other party's number if a person gave it.
    """

    title: str
    stem: str
    me: frozenset[str]
    phone: Phone | None
    region: str

    def may_go_on(self, name: str) -> bool:
        """Return whether a name that is looked for begins with this one and has more."""
        shown = shown_name(name)
        start = fold_name(shown)
        if any(me.startswith(start) and me != start for me in self.folded_me):
            return True
        titles, letters = map(_letters, (self.title, whole_title_of(self.stem))), _letters(shown)
        return any(title.startswith(letters) and title != letters for title in titles)

    @property
    def folded_me(self) -> frozenset[str]:
        """Return the names of our side for comparison."""
        return frozenset(map(fold_name, self.me))


def start_of(name: str) -> str:
    """Return a name up to the first colon in it."""
    return name.partition(": ")[0]


def shown_name(name: str) -> str:
    """Return a sender's name or number as people read it, without `UNSAVED`."""
    return tidy_name(name).removeprefix(UNSAVED).strip()


def is_same_name(shown: str, title: str) -> bool:
    """Return whether a sender is the one in a file's name, where some characters are replaced."""
    if not title:
        return False
    if fold_name(shown) == fold_name(title):
        return True
    letters = _letters(shown)
    return bool(letters) and letters == _letters(title)


def _letters(name: str) -> str:
    return "".join(char for char in fold_name(name) if char.isalnum())
