"""WhatsApp-Chat-Exporter's JSON files as a `Source`: reads each in two passes."""

import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from wasf.core.chats import Attachment, ChatItem, Participant, Phone, SourceChat
from wasf.core.phones import digits, parse_phone
from wasf.core.text import fold_name
from wasf.errors import MissingFile, UnreadableFile, WasfError, WrongUsage
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.chat_exporter.json_stream import EXPORT_AGAIN, Head, Walker, read_heads
from wasf.sources.chat_exporter.messages import MessageReader, attachment_of, whole_characters
from wasf.sources.exports import ExportOptions
from wasf.sources.exports.files import tidy

SOURCE = "chat-exporter"

_MAX_FILE = 2 << 30
_PERSON = "@s.whatsapp.net"
_HIDDEN_PERSON = "@lid"
_GROUP = "@g.us"
_NOT_WITH_ANYBODY = {
    "000000000000000": "WhatsApp's list of calls",
    "000000000000001": "WhatsApp's list of calls",
    "status@broadcast": "status updates, which are no chat with anybody",
    "ExportedChat": "made from an exported chat; give wasf the .txt or .zip itself",
}
_OTHER = "a broadcast or channel, which is no chat with anybody"

_Book = Mapping[str, Phone | None]
"""Folded name -> the one number that the file's own chats have for it, None if there are several"""


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """A file after its first pass."""

    path: Path
    heads: tuple[Head, ...]
    fingerprint: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChatExporterSource:
    """Chats from the JSON files of WhatsApp-Chat-Exporter, single or one for each chat.

    A number, the side and WhatsApp's id of each message come from the file. Chats without messages
    are only people whom the phone knows, and are passed over.
    """

    files: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        """See `Source`."""
        return SOURCE

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none; a file that is damaged anywhere gives none."""
        surveyed = []
        for path in self.files:
            try:
                surveyed.append(self._survey(path.absolute()))
            except WasfError as error:
                yield Unreadable(path.name, error)
        book = _book_of([head for file in surveyed for head in file.heads])
        for file in surveyed:
            try:
                yield from self._read_file(file, book)
            except WasfError as error:
                yield Unreadable(file.path.name, error)

    def _survey(self, path: Path) -> _Surveyed:
        with _opened(path) as stream:
            surveyed = _Surveyed(path, read_heads(stream), _fingerprint(stream))
        self._check(surveyed.heads)
        return surveyed

    def _read_file(self, file: _Surveyed, book: _Book) -> Iterator[ChatReading | Unreadable]:
        with _opened(file.path) as stream:
            if _fingerprint(stream) != file.fingerprint:
                raise UnreadableFile("This file changed while it was being read.", "Run it again.")
            walker = Walker(stream)
            for head, _ in zip(file.heads, walker.entries(), strict=False):
                for field in walker.entries():
                    if field != "messages":
                        walker.value()
                        continue
                    items = self._items(file.path, head, walker)
                    if head.messages:
                        yield ChatReading(self._chat(file.path, head, book), items)
                    deque(items, maxlen=0)  # what nobody took

    def _check(self, heads: Sequence[Head]) -> None:
        # Of a file for each chat, those of people who never wrote are to be expected.
        if len(self.files) == 1 and not any(head.messages for head in heads):
            raise UnreadableFile("This file holds no messages.", EXPORT_AGAIN)
        people = [head for head in heads if head.messages and not _left_out(head)]
        if self.options.phone is not None and len(people) > 1:
            raise WrongUsage(
                f"A phone number was given for {len(people)} chats; whose is it?",
                "Give --phone together with a file of a single chat.",
            )

    def _items(self, path: Path, head: Head, walker: Walker) -> Iterator[ChatItem]:
        def attach(shown: str) -> Attachment:
            return attachment_of(path, head.media_base, whole_characters(shown))

        latest = self.options.now + timedelta(days=1)
        reader = MessageReader(head.device, head.is_group, latest, attach)
        for place, _ in enumerate(walker.entries(), start=1):
            yield from reader.read(walker.value(), place)

    # Whose chat it is

    def _chat(self, path: Path, head: Head, book: _Book) -> SourceChat:
        options, left_out = self.options, _left_out(head)
        shown = tidy(whole_characters(head.name))
        name = "" if parse_phone(shown, options.default_region) else shown
        phone, doubt = None, ""
        if not (head.is_group or left_out):
            phone = options.phone or _number_of(head.key)
            if phone is None:
                phone, doubt = self._looked_up(name, book)
        return SourceChat(
            source=SOURCE,
            origin=path.name,
            title=shown or phone or whole_characters(head.key.partition("@")[0]),
            name=name,
            phone=phone,
            is_group=head.is_group,
            owner_email=options.owner_email,
            whatsapp_account=options.whatsapp_account,
            account_email=options.account_email,
            url=f"https://wa.me/{digits(phone)}" if phone else "",
            native_id=whole_characters(head.key),
            participants=self._participants(head, book),
            doubt=doubt,
            left_out=left_out,
        )

    def _participants(self, head: Head, book: _Book) -> tuple[Participant, ...]:
        senders = (whole_characters(sender) for sender in head.senders)
        return tuple(
            Participant(sender, _number_of(sender + _PERSON) or self._looked_up(sender, book)[0])
            for sender in dict.fromkeys(senders)
        )

    def _looked_up(self, name: str, book: _Book) -> tuple[Phone | None, str]:
        """The number of somebody who is shown by a name: the phone's own, or the address book's."""
        if not name:
            return None, ""
        folded = fold_name(name)
        if folded in book:
            phone = book[folded]
            return phone, "" if phone else "several people in this file have this name"
        contacts = self.options.contacts
        return contacts.number_of(name) if contacts else (None, "")


def _left_out(head: Head) -> str:
    """Why it is no chat with anybody; "" if it is one."""
    if head.key.endswith((_PERSON, _HIDDEN_PERSON, _GROUP)):
        return ""
    return _NOT_WITH_ANYBODY.get(head.key, _OTHER)


def _number_of(key: str) -> Phone | None:
    """The number in WhatsApp's id of a person; an id of the hidden kind has none."""
    user, _, server = key.partition("@")
    is_number = f"@{server}" == _PERSON and user.isascii() and user.isdecimal()
    return parse_phone(f"+{user}", "") if is_number else None


def _book_of(heads: Sequence[Head]) -> dict[str, Phone | None]:
    book: dict[str, Phone | None] = {}
    for head in heads:
        phone, name = _number_of(head.key), fold_name(head.name)
        if phone and name:
            book[name] = phone if book.get(name, phone) == phone else None
    return book


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file, if it is one and not too large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile("This is not a file.", EXPORT_AGAIN)
        stream = path.open("rb")
    except FileNotFoundError:
        raise MissingFile("This file is not there any more.", EXPORT_AGAIN) from None
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise UnreadableFile(f"This file cannot be read: {why}.", "Check the file.") from None
    with stream:
        if os.fstat(stream.fileno()).st_size > _MAX_FILE:
            raise UnreadableFile(f"This file is larger than {_MAX_FILE >> 30} GiB.", EXPORT_AGAIN)
        yield stream


def _fingerprint(stream: IO[bytes]) -> tuple[int, int]:
    facts = os.fstat(stream.fileno())
    return facts.st_size, facts.st_mtime_ns
