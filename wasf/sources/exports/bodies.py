"""What a message's body is: a person's text, a file, or words that WhatsApp wrote in its place.

Nearly all bodies are plain texts. `BodyReader.not_plain` finds the others fast, and only those are
read with all rules.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wasf.core.chats import Attachment, MessageKind
from wasf.sources.exports import phrases
from wasf.sources.exports.text import MARKS, fold_phrase, without_marks

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
_IN_ANGLES = re.compile(r"(?P<before>[^\n]*?)<(?P<inner>[^<>\n]+)>\s*")
_IOS_NAME = re.compile(r"\d{8}-[^\n]*\.\w{1,10}")
_IOS_OLD = re.compile(r"(?P<name>\S[^\n]*\.\w{1,10}) <[\u200e\u200f][^<>\n]+>\s*")
_EDITED_END = re.compile(r"\s*[\u200e\u200f]?<(?P<words>[^<>\n]{3,80})>\s*\Z")
_IOS_EDITED_END = re.compile(r"\s*[\u200e\u200f]<[^<>\n]{3,80}>\s*\Z")
_ANSWERED = re.compile(r"[\u200e\u200f][^\u200e\u200f\n]{1,60}, [\u200e\u200f][^\n]{1,60}")
_DOCUMENT = re.compile(r"(?P<name>[^\n]+\.\w{1,10}) • ")

# Ends and parts of bodies that may be more than a plain text, for `not_plain`.
_ENDS = frozenset({*b">)\n", *(phrase.encode()[-1] for phrase in phrases.ATTACHED_AFTER)})
_NEWLINE, _COLON = b"\n:"
_MAP, _VENUE = b"https://maps.google.com/?q=", b"https://foursquare.com/v/"
_TAMIL_END = phrases.ATTACHED_AFTER[0][-1].encode() + b"\n"
_LONGEST_PHRASE = 120
_BEFORE_EDITED = 3
_EITHER_MARK = "".join(MARKS)

PLAIN_START = rf"(?![<\n{_EITHER_MARK}]|\Z|{'|'.join(map(re.escape, phrases.ATTACHED_BEFORE))})"
"""A pattern that matches where a body starts that may be a plain text."""


@dataclass(frozen=True, slots=True)
class BodyReader:
    """Reads the bodies of one export.

    `holder` is the zip or folder with the attached files. `members` maps their names as the chat
    shows them to the names inside.
    """

    is_ios: bool
    holder: str = ""
    members: Mapping[str, str] = field(default_factory=dict)

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
            found += [at for at, text in enumerate(texts) if "\u200e" in text]
        # One look-up for all of them, as nearly always none is a whole phrase.
        if not _WHOLE_AS_WRITTEN.isdisjoint(raw):
            found += [at for at, body in enumerate(raw) if body in _WHOLE_AS_WRITTEN]
        return found

    def read(self, text: str, *, is_marked: bool) -> ParsedBody | None:
        """Return the message that a body is, None for a notice of WhatsApp's (T6).

        `is_marked` says that there is a mark before the header: iPhones put it there for files.
        """
        return self._read_ios(text, is_marked) if self.is_ios else self._read_android(text)

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
        return _common(text) or _edited(text, _EDITED_END) or ParsedBody(MessageKind.TEXT, text)

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

    def _read_ios(self, text: str, is_marked: bool) -> ParsedBody | None:  # noqa: FBT001
        starts_marked = text.startswith(MARKS)
        name = self._attached_ios(text)
        if name:
            return self._file(name, "")
        left_out = self._left_out(text)
        if left_out is not None:
            return left_out
        common = _common(text) or (None if starts_marked else _edited(text, _IOS_EDITED_END))
        if common is not None:
            return common
        if not starts_marked:
            return ParsedBody(MessageKind.TEXT, text)
        if is_marked:
            return ParsedBody(MessageKind.MEDIA, without_marks(text))
        if _is_marked_poll(text):
            return ParsedBody(MessageKind.POLL, without_marks(text))
        if _ANSWERED.match(text):
            return ParsedBody(MessageKind.CALL, without_marks(text))
        return None

    def _attached_ios(self, text: str) -> str:
        old = _IOS_OLD.fullmatch(text)
        if old:
            return old["name"]
        match = _IN_ANGLES.fullmatch(text)
        if not match or not (match["before"] == "" or match["before"][-1] in MARKS):
            return ""
        found = _IOS_NAME.search(without_marks(match["inner"]))
        return found.group() if found else ""

    def _left_out(self, text: str) -> ParsedBody | None:
        """Return a file that was not exported; of a document the name is shown."""
        cut = max(text.rfind(mark) for mark in MARKS)
        words = fold_phrase(text[cut + 1 :][:_LONGEST_PHRASE])
        kind = _LEFT_OUT.get(words) if cut >= 0 else None
        if kind is None:
            return None
        plain = without_marks(text)
        document = _DOCUMENT.match(plain)
        return ParsedBody(kind, plain, Attachment(document["name"]) if document else None)

    # --- Both ---

    def _file(self, name: str, caption: str) -> ParsedBody:
        kind = MessageKind.CONTACT_CARD if name.lower().endswith(_CARD) else MessageKind.MEDIA
        shown = without_marks(name)
        inside = self.members.get(unicodedata.normalize("NFC", shown))
        if inside is None:
            return ParsedBody(kind, caption, Attachment(shown))
        return ParsedBody(kind, caption, Attachment(shown, self.holder, inside))

    def _is_member(self, name: str) -> bool:
        return unicodedata.normalize("NFC", without_marks(name)) in self.members


def _is_marked_poll(text: str) -> bool:
    """Return whether it is a poll, in any language: its last option has a mark and a count."""
    first, last = text.partition("\n")[0], text.rstrip().rpartition("\n")[2]
    return first.endswith((":", "：")) and last.startswith(MARKS) and last.endswith((")", "）"))


def _common(text: str) -> ParsedBody | None:
    """Return what both platforms write the same way."""
    if text.strip() in _NOT_SHOWN:
        return ParsedBody(MessageKind.UNKNOWN, text)
    plain = without_marks(text)
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


def _edited(text: str, ending: re.Pattern[str]) -> ParsedBody | None:
    """Return an edited message without the words that say so."""
    at = text.rfind("<")
    match = ending.search(text, max(0, at - _BEFORE_EDITED)) if at >= 0 else None
    if match is None:
        return None
    words = match.groupdict().get("words")
    if words is not None and fold_phrase(words) not in _EDITED:
        return None
    return ParsedBody(MessageKind.EDITED, text[: match.start()])
