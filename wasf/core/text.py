"""Text: length in UTF-16 units, splitting between grapheme clusters, and folding for comparison.

Salesforce counts UTF-16 units. One visible character may be many units: a letter with its marks, a
family emoji, a flag. Cluster borders are those of Unicode annex 29; where this module is simpler
than the annex it keeps more together, never less.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import lru_cache

_ELLIPSIS = "…"
_JOINER = "\u200d"
_LINE_BREAK = "\n"

_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_HIGH_SURROGATES = range(0xD800, 0xDC00)
_LOW_SURROGATES = range(0xDC00, 0xE000)
_HANGUL_LEADS = (range(0x1100, 0x1160), range(0xA960, 0xA97D))
_HANGUL_REST = (range(0x1160, 0x1200), range(0xD7B0, 0xD7FC))
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
_VIRAMA = 9

# Letters and format characters that join what is before them, like a combining mark.
_JOINED = frozenset("\u200c\u200d\u0e33\u0eb3\uff9e\uff9f")
# Signs that join what is after them.
_PREPENDED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int) -> str:
    """Return the text, or its beginning and an ellipsis: at most `limit` UTF-16 units."""
    if 2 * len(text) <= limit or utf16_length(text) <= limit:
        return text
    end = _border_before(text, _end_within(text, 0, limit - len(_ELLIPSIS)))
    return text[:end].rstrip() + _ELLIPSIS


def split_text(text: str, limit: int) -> Iterator[str]:
    """Split a text into pieces of at most `limit` UTF-16 units (at least two).

    Joined, the pieces are the text. A piece ends after a line break if one is in its second half,
    else after a blank there, else between two grapheme clusters.
    """
    start = 0
    if 2 * len(text) <= limit:
        yield text
        return
    while True:
        end = _end_within(text, start, limit)
        if end < len(text):
            # One character more shows what a cut would split; more would make the time quadratic.
            end = start + _good_end(text[start : end + 1])
        yield text[start:end]
        start = end
        if start >= len(text):
            return


def is_border(text: str, index: int) -> bool:
    """Return whether a cut before `index` splits no grapheme cluster."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if before.isascii() and after.isascii():
        return (before, after) != ("\r", "\n")
    if unicodedata.category(before) in {"Cc", "Zl", "Zp"}:
        return True
    if _joins_before(after) or _joins_after(before):
        return False
    if ord(before) in _FLAG_LETTERS and ord(after) in _FLAG_LETTERS:
        return _flag_letters_before(text, index) % 2 == 0
    return not (_is_one_syllable(ord(before), ord(after)) or _is_one_pair(before, after))


def _end_within(text: str, start: int, limit: int) -> int:
    """Return the largest end of a slice from `start` within `limit` UTF-16 units."""
    end = min(start + limit, len(text))
    if utf16_length(text[start:end]) <= limit:
        return end
    ends = range(start, end + 1)
    return start + bisect_right(ends, limit, key=lambda e: utf16_length(text[start:e])) - 1


def _good_end(text: str) -> int:
    """Return the best end of a piece that must end before the last character."""
    end = len(text) - 1
    middle = end // 2
    if (line_break := text.rfind(_LINE_BREAK, middle, end)) >= 0:
        return line_break + 1
    for index in range(end, middle, -1):
        if text[index - 1].isspace() and is_border(text, index):
            return index
    return _border_before(text, end)


def _border_before(text: str, end: int) -> int:
    """Return the last border up to `end`; `end` if one cluster fills everything."""
    return next((i for i in range(end, 0, -1) if is_border(text, i)), end)


def _joins_before(char: str) -> bool:
    return (
        char in _JOINED
        or ord(char) in _SKIN_TONES
        or ord(char) in _TAGS
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
    )


def _joins_after(char: str) -> bool:
    return char == _JOINER or char in _PREPENDED or unicodedata.combining(char) == _VIRAMA


def _flag_letters_before(text: str, index: int) -> int:
    start = index
    while start and ord(text[start - 1]) in _FLAG_LETTERS:
        start -= 1
    return index - start


def _is_one_syllable(before: int, after: int) -> bool:
    if any(before in lead for lead in _HANGUL_LEADS):
        is_hangul = after in _HANGUL_SYLLABLES or any(after in lead for lead in _HANGUL_LEADS)
        return is_hangul or any(after in rest for rest in _HANGUL_REST)
    is_hangul = before in _HANGUL_SYLLABLES or any(before in rest for rest in _HANGUL_REST)
    return is_hangul and any(after in rest for rest in _HANGUL_REST)


def _is_one_pair(before: str, after: str) -> bool:
    return ord(before) in _HIGH_SURROGATES and ord(after) in _LOW_SURROGATES


_INVISIBLE = dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, ord("\r")]
) | dict.fromkeys([0x00A0, 0x202F, 0x2009], " ")

_HAS_INVISIBLE = re.compile("[" + "".join(map(chr, _INVISIBLE)) + "]").search


_SHORT = 1000
_PIECES = re.compile(r"[\x00-\x7f]+[^\x00-\x7f]{0,256}|[^\x00-\x7f]{1,256}").findall


def composed(text: str) -> str:
    """Return a text with accents composed (NFC), in linear time.

    Unicode's algorithm takes quadratic time for a run of combining marks, so a long text is
    composed in pieces. Where no letter has hundreds of marks, the result is the same.
    """
    if text.isascii():
        return text
    pieces = [text] if len(text) <= _SHORT else _PIECES(text)
    return "".join([unicodedata.normalize("NFC", piece) for piece in pieces])


@lru_cache(256)  # those of a chat are compared a dozen times while it is read
def fold_name(name: str) -> str:
    """Return a name for comparison: composed, without case, invisible marks and odd blanks."""
    visible = composed(name.translate(_INVISIBLE))
    return " ".join(visible.split()).casefold()


def comparable(text: str) -> str:
    """Return a text for comparison: composed, without invisible marks and trailing blanks."""
    if text.isascii():
        return text.replace("\r", "").rstrip()
    # Marks first: one that stands between a letter and its accent keeps them from composing.
    if _HAS_INVISIBLE(text):  # to look for them costs a tenth of taking them out
        text = text.translate(_INVISIBLE)
    return composed(text).rstrip()


_DIRECTION_MARKS = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
"""Marks that turn the direction of the text around them."""

_HAS_DIRECTION_MARK = re.compile("[" + "".join(map(chr, _DIRECTION_MARKS)) + "]").search


def one_line(text: str) -> str:
    """Return a text on one line, without marks that change the text direction."""
    if _HAS_DIRECTION_MARK(text):  # to look for them costs a tenth of taking them out
        text = text.translate(_DIRECTION_MARKS)
    return " ".join(text.split())


def wall_time(local: datetime) -> str:
    """Return `2024-02-01 15:04:05 +01:00`, without seconds where they are zero."""
    until = "seconds" if local.second else "minutes"
    offset = local.utcoffset() or timedelta(0)
    if local.tzinfo is not None and not offset.seconds % 60 and not offset.microseconds:
        text = local.isoformat(" ", until)
        return f"{text[:-_OFFSET]} {text[-_OFFSET:]}"
    wall = local.replace(tzinfo=None)
    minutes = round(abs(offset).total_seconds() / 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{wall.isoformat(' ', until)} {sign}{minutes // 60:02}:{minutes % 60:02}"


_OFFSET = len("+01:00")


def nearest(word: str, choices: Iterable[str], *, likeness: float = 0.6) -> str:
    """Return the choice that was probably meant, or ""; `likeness` 1.0 allows no difference."""
    return next(iter(get_close_matches(word, list(choices), n=1, cutoff=likeness)), "")


def nearest_name(name: str, choices: Iterable[str]) -> str:
    """Return the name that was probably meant, whatever its case; "" if there is none."""
    folded = {choice.casefold(): choice for choice in choices}
    return folded.get(nearest(name.casefold(), folded), "")


def counted(number: int, noun: str) -> str:
    """`1 chat`, `2,000 chats`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def local_minute(at: datetime, zone: tzinfo) -> str:
    """Return a moment in local time of `zone`, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


_LONGEST_MARK = 100


def ends_like_edited(text: str) -> bool:
    """Return whether a text ends with something in angle brackets, as an edited message does.

    The app's words for "edited" are known in a few languages only. A person may write so, too.
    """
    before, bracket, words = text.rstrip()[-_LONGEST_MARK:].rpartition("<")
    is_mark = words.endswith(">") and words.count(">") == 1 and "\n" not in words
    return bool(bracket) and is_mark and bool(before.strip())
