"""What a message's body is: a person's text, a file, or words that WhatsApp wrote in its place.

Nearly all bodies are plain texts. `BodyReader.not_plain` finds the others fast, and only those are
read with all rules.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from wasf.core.chats import Attachment, MessageKind
from wasf.core.text import composed
from wasf.sources.exports import phrases
from wasf.sources.exports.notices import is_notice, is_unmarked_notice
from wasf.sources.exports.text import MARKS, fold_phrase, without_marks
from wasf.values import dataclass

_CARD = ".vcf"


class ParsedBody(NamedTuple):
    """The body of a message."""

    kind: MessageKind
    text: str
    attachment: Attachment | None = None


def _folded(items: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_phrase, items))


_WHOLE: dict[str, MessageKind] = {
    **dict.fromkeys(_folded(phrases.LIVE_LOCATION), MessageKind.LOCATION),
    **dict.fromkeys(_folded(phrases.CALLS), MessageKind.CALL),
    **dict.fromkeys(_folded(phrases.DELETED), MessageKind.DELETED),
}
# The same as phones spell them, for the check that every message passes.
_WHOLE_AS_WRITTEN = frozenset(
    f"{phrase}{end}".encode()
    for phrase in (*phrases.LIVE_LOCATION, *phrases.CALLS, *phrases.DELETED, "null")
    for end in ("", ".", "。", "।", "۔")
)
_LEFT_OUT = {
    **dict.fromkeys(_folded(phrases.MEDIA_LEFT_OUT), MessageKind.MEDIA),
    **dict.fromkeys(_folded(phrases.CARD_LEFT_OUT), MessageKind.CONTACT_CARD),
}
_OMITTED = {
    **dict.fromkeys(_folded(phrases.MEDIA_OMITTED), MessageKind.MEDIA),
    **dict.fromkeys(_folded(phrases.VIEW_ONCE_OMITTED), MessageKind.VIEW_ONCE),
}
_ATTACHED_IOS = tuple(
    (start, end) for start, _, end in (words.partition("%@") for words in phrases.ATTACHED_IOS)
)
_ATTACHED = _folded(phrases.FILE_ATTACHED)
_EDITED = _folded(phrases.EDITED)
_VIEW_ONCE = tuple(map(fold_phrase, phrases.VIEW_ONCE))
_WAITING = tuple(map(fold_phrase, phrases.WAITING))
_POLLS = frozenset(phrases.POLL)
_NOT_SHOWN = frozenset({"", "null"})
_BY_ADMIN = re.compile(
    "|".join(re.escape(fold_phrase(p)).replace("%@", ".{1,256}") for p in phrases.DELETED_BY_ADMIN)
)

_LOCATION = re.compile(r"[^\n]{0,300}https://maps\.google\.com/\?q=[-\d.,]+\s*")
_PLACE = re.compile(r"[^\n]+(?:\n[^\n]*){0,2}https://foursquare\.com/v/\w+\s*")
_POLL_OPTION = re.compile(r"\n[^\n:]{1,20}: [^\n]*\(\d+ [^\n()]+\)\s*\Z")
_IN_ROUND = re.compile(r"(?P<name>\S[^\n]*\.\w{0,10}) \((?P<words>[^()\n]+)\)\s*")
_OWN_NAME = re.compile(r"[A-Z]{3}-\d{8}-WA\d{4,6}\.\w{0,10}")
_IOS_NAME_START = re.compile(r"\d{8}-").search
_IOS_OLD = re.compile(r"(?P<name>\S[^\n]*\.\w{1,10}) <[\u200e\u200f][^<>\n]+>\s*")
_ANSWERED = re.compile(r"[\u200e\u200f][^\u200e\u200f\n]{1,60}, [\u200e\u200f][^\n]{1,60}")
_AFTER_COLON = re.compile("[:：]").split
_ENDING, _ENDING_ONLY = re.compile(r"\w{1,10}").match, re.compile(r"\w{1,10}").fullmatch
_BEFORE_PAGES = " • "
_COUNTED = "0123456789 "  # 2 contact cards omitted
_DOCUMENT = re.compile(r"(?P<name>[^\n]+\.\w{1,10}) • ")

# Ends and parts of bodies that may be more than a plain text, for `not_plain`.
_ENDS = frozenset({*b">)\n", *(phrase.encode()[-1] for phrase in phrases.ATTACHED_AFTER)})
_NEWLINE, _COLON = b"\n:"
_MAP, _VENUE = b"https://maps.google.com/?q=", b"https://foursquare.com/v/"
_LEFT_MARK, _RIGHT_MARK = map(str.encode, MARKS)
_MARK_START = _LEFT_MARK[0]  # of both
_TAMIL_END = phrases.ATTACHED_AFTER[0][-1].encode() + b"\n"
_LONGEST_PHRASE = 120
_MARK_LENGTHS = range(3, 81)
_EITHER_MARK = "".join(MARKS)

PLAIN_START = rf"(?![<\n{_EITHER_MARK}]|\Z|{'|'.join(map(re.escape, phrases.ATTACHED_BEFORE))})"
"""A pattern that matches where a body starts that may be a plain text."""


@dataclass(frozen=True, slots=True)
class BodyReader:
    """Reads the bodies of one export.

    `holder` is the zip or folder with the attached files. `members` maps their names as the chat
    shows them to the names inside. `has_no_marks` says that the whole file has no mark before a
    body, so that notices are known by their words alone; so is `opening`, the file's first notice.
    """

    is_ios: bool
    holder: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    is_group: bool = False
    has_no_marks: bool = False
    opening: str = ""

    def not_plain(self, raw: Sequence[bytes], texts: Sequence[str]) -> list[int]:
        """Return the indexes of bodies that may be more than a plain text.

        `raw` are the bodies in UTF-8, `texts` the same as strings. Bodies that `PLAIN_START` does
        not match are not looked for. Every message passes here: bytes are searched faster than
        strings, and one character much faster than several, so a search for one byte goes first.
        """
        has_captions = not self.is_ios  # lines below the name of an attached file
        found = [
            at
            for at, body in enumerate(raw)
            if not body
            or body[-1] in _ENDS
            or (has_captions and _NEWLINE in body and (b")\n" in body or _TAMIL_END in body))
            or (_COLON in body and (_MAP in body or _VENUE in body))
        ]
        if self.is_ios:
            found += [
                at
                for at, body in enumerate(raw)
                if _MARK_START in body and (_LEFT_MARK in body or _RIGHT_MARK in body)
            ]
            if self.has_no_marks:
                found += [at for at, text in enumerate(texts) if is_unmarked_notice(text)]
            if self.opening:
                found += [at for at, text in enumerate(texts) if text == self.opening]
        # One look-up for all of them, as nearly always none is a whole phrase.
        if not _WHOLE_AS_WRITTEN.isdisjoint(raw):
            found += [at for at, body in enumerate(raw) if body in _WHOLE_AS_WRITTEN]
        return found

    def read(self, text: str, author: str, *, is_marked: bool) -> ParsedBody | None:
        """Return the message that a body is, None for a notice of WhatsApp's (T6).

        `is_marked` says that there is a mark before the header: iPhones put it there for files.
        """
        return self._read_ios(text, author, is_marked) if self.is_ios else self._read_android(text)

    # --- Android ---

    def _read_android(self, text: str) -> ParsedBody:
        head, _, caption = text.partition("\n")
        name = self._attached(head)
        if name:
            return self._file(name, caption)
        opening = head[:_LONGEST_PHRASE].strip() if head[:1] == "<" else ""
        omitted = _OMITTED.get(fold_phrase(opening.strip("<>"))) if opening else None
        if omitted is not None:
            return ParsedBody(omitted, text)
        return _common(text) or _edited(text, is_ios=False) or ParsedBody(MessageKind.TEXT, text)

    def _attached(self, head: str) -> str:
        """Return the name of the file that this line shows as attached, "" for none."""
        plain = head.lstrip(_EITHER_MARK)
        match = _IN_ROUND.fullmatch(plain)
        if match:
            is_known = fold_phrase(match["words"][:_LONGEST_PHRASE]) in _ATTACHED
            is_ours = (
                plain != head
                or _OWN_NAME.fullmatch(match["name"])
                or self._is_member(match["name"])
            )
            return match["name"] if is_known or is_ours else ""
        for words in phrases.ATTACHED_AFTER:
            if plain.endswith(f" {words}"):
                return plain.removesuffix(words).strip()
        for words in phrases.ATTACHED_BEFORE:
            if plain.startswith(f"{words} "):
                return plain.removeprefix(words).strip()
        return ""

    # --- iPhone ---

    def _read_ios(self, text: str, author: str, is_marked: bool) -> ParsedBody | None:  # noqa: FBT001 - a fact, no option
        found = (
            self._file_ios(text)
            or self._left_out(text)
            or _common(text)
            or _edited(text, is_ios=True)
        )
        if found is not None:
            return found
        if text.startswith(MARKS):
            return self._read_marked(text, author, is_marked)
        if text == self.opening or (self.has_no_marks and is_unmarked_notice(text)):
            return None
        return ParsedBody(MessageKind.TEXT, text)

    def _read_marked(self, text: str, author: str, is_marked: bool) -> ParsedBody | None:  # noqa: FBT001 - a fact, no option
        """Return what a body with a mark before it is: WhatsApp's words, or a person's.

        A person's text may begin so too: keyboards put marks before mentions, numbers and texts
        from right to left. So what is no notice for certain is a message.
        """
        if is_notice(text.partition("\n")[0], author, is_group=self.is_group):
            return None
        if is_marked:
            return ParsedBody(MessageKind.MEDIA, without_marks(text))
        if _is_marked_poll(text):
            return ParsedBody(MessageKind.POLL, without_marks(text))
        if _ANSWERED.match(text):
            return ParsedBody(MessageKind.CALL, without_marks(text))
        return ParsedBody(MessageKind.TEXT, text.lstrip(_EITHER_MARK))

    def _file_ios(self, text: str) -> ParsedBody | None:
        """Return an attached file with the words before and behind it, None if there is none."""
        old = _IOS_OLD.fullmatch(text)
        if old:
            return self._file(old["name"], "")
        head, _, below = text.partition("\n")
        name, words = self._attached_ios(head)
        if name:
            return self._file(name, _joined(words, below))
        above, _, tail = text.rstrip().rpartition("\n")
        name, words = self._attached_ios(tail) if above else ("", "")
        return self._file(name, _joined(above, words)) if name else None

    def _attached_ios(self, line: str) -> tuple[str, str]:
        """Return the name of the file that ends a line, "" for none, and the words before it."""
        shown = line.rstrip()
        before, _, inner = shown[:-1].rpartition("<")
        if not shown.endswith(">") or ">" in inner or not (before or shown.startswith("<")):
            return "", ""
        if before and before[-1] not in MARKS:
            return "", ""
        inner, words = without_marks(inner).strip(), without_marks(before).strip()
        document, dot, _ = words.partition(_BEFORE_PAGES)
        if dot and document and (inner.endswith(document) or inner.startswith(document)):
            return _ios_name(inner) or document, ""
        return _ios_name(inner) or self._named_in(inner), words

    def _named_in(self, inner: str) -> str:
        """Return the file's name in what stands between angle brackets, "" if it has none."""
        for start, end in _ATTACHED_IOS:
            if inner.startswith(start) and inner.endswith(end):
                return inner.removeprefix(start).removesuffix(end).strip()
        name = _AFTER_COLON(inner)[-1].strip()
        has_ending = name != inner and _has_ending(name)
        return name if has_ending or self._is_member(name) else ""

    def _left_out(self, text: str) -> ParsedBody | None:
        """Return a file that was not exported; of a document the name is shown."""
        cut = max(text.rfind(mark) for mark in MARKS)
        words = fold_phrase(text[cut + 1 :].partition("\n")[0][:_LONGEST_PHRASE])
        kind = _LEFT_OUT.get(words.lstrip(_COUNTED)) if cut >= 0 else None
        if kind is None:
            return None
        plain = without_marks(text)
        document = _DOCUMENT.match(plain)
        return ParsedBody(kind, plain, Attachment(document["name"]) if document else None)

    # --- Both ---

    def _file(self, name: str, caption: str) -> ParsedBody:
        kind = MessageKind.CONTACT_CARD if name.lower().endswith(_CARD) else MessageKind.MEDIA
        shown = without_marks(name)
        inside = self.members.get(composed(shown))
        if inside is None:
            return ParsedBody(kind, caption, Attachment(shown))
        return ParsedBody(kind, caption, Attachment(shown, self.holder, inside))

    def _is_member(self, name: str) -> bool:
        return composed(without_marks(name)) in self.members


def _joined(above: str, below: str) -> str:
    return f"{above}\n{below}" if above and below else above or below


def _ios_name(inner: str) -> str:
    """Return a name that an iPhone gave (`00000042-PHOTO-….jpg`), "" for none."""
    start = _IOS_NAME_START(inner)
    stem, dot, ending = inner[start.start() :].rpartition(".") if start else ("", "", "")
    letters = _ENDING(ending)
    return f"{stem}{dot}{letters[0]}" if letters else ""


def _has_ending(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return bool(stem.strip()) and _ENDING_ONLY(ending) is not None


def _is_marked_poll(text: str) -> bool:
    """Return whether it is a poll, in any language: its last option has a mark and a count."""
    first, last = text.partition("\n")[0], text.rstrip().rpartition("\n")[2]
    return first.endswith((":", "：")) and last.startswith(MARKS) and last.endswith((")", "）"))


def _common(text: str) -> ParsedBody | None:
    """Return what both platforms write the same way."""
    plain = without_marks(text)
    if plain.strip() in _NOT_SHOWN:
        return ParsedBody(MessageKind.UNKNOWN, plain)
    if "://" in plain and (_LOCATION.fullmatch(plain) or _PLACE.fullmatch(plain)):
        return ParsedBody(MessageKind.LOCATION, plain)
    if plain.partition(":")[0] in _POLLS and _POLL_OPTION.search(plain):
        return ParsedBody(MessageKind.POLL, plain)
    folded = fold_phrase(text[:_LONGEST_PHRASE])
    kind = _WHOLE.get(folded) or _long_phrase(folded)
    return None if kind is None else ParsedBody(kind, plain)


def _long_phrase(folded: str) -> MessageKind | None:
    if folded.startswith(_VIEW_ONCE):
        return MessageKind.VIEW_ONCE
    if folded.startswith(_WAITING):
        return MessageKind.UNKNOWN
    if _BY_ADMIN.fullmatch(folded):
        return MessageKind.DELETED
    return None


def _edited(text: str, *, is_ios: bool) -> ParsedBody | None:
    """Return an edited message without the words that say so.

    An iPhone puts a mark before them, so they need not be known.
    """
    before, bracket, words = text.rstrip().rpartition("<")
    words = words.removesuffix(">") if words.endswith(">") else ""
    has_mark = before.endswith(MARKS)
    if not bracket or len(words) not in _MARK_LENGTHS:
        return None
    if ">" in words or "\n" in words or not without_marks(before).strip():
        return None
    if not has_mark if is_ios else fold_phrase(words) not in _EDITED:
        return None
    return ParsedBody(MessageKind.EDITED, (before[:-1] if has_mark else before).rstrip())
