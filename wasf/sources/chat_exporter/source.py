"""WhatsApp-Chat-Exporter's JSON files as a `Source`: reads each in two passes."""

import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from wasf.core.chats import Attachment, ChatItem, NotUnderstood, Participant, Phone, SourceChat
from wasf.core.phones import chat_address, is_assistant, parse_phone
from wasf.core.text import fold_name
from wasf.errors import FileChanging, MissingFile, UnreadableFile, WrongUsage, named_error
from wasf.interfaces import ChatReading, ExportOptions, Unreadable, comes_again
from wasf.sources.chat_exporter.json_stream import (
    EXPORT_AGAIN,
    GROUP,
    ChatSummary,
    JsonReader,
    read_summaries,
)
from wasf.sources.chat_exporter.messages import NO_MESSAGE, MessageReader, attachment_of
from wasf.sources.exports import tidy_name
from wasf.sources.lenient_json import whole_characters
from wasf.values import dataclass

CHAT_EXPORTER = "chat-exporter"

_MAX_FILE = 2 << 30
_PERSON, _HOSTED = "@s.whatsapp.net", "@hosted"
_HIDDEN = ("@lid", "@hosted.lid")
_ASSISTANT = "@bot"
_META_AI = "meta ai"
_NOT_WITH_ANYBODY = {
    "000000000000000": "WhatsApp's list of calls",
    "000000000000001": "WhatsApp's list of calls",
    "0@s.whatsapp.net": "with WhatsApp itself: its announcements",
    "status@broadcast": "status updates, which are no chat with anybody",
    "ExportedChat": "made from an exported chat; give wasf the .txt or .zip itself",
}
_WITH_ASSISTANT = "with WhatsApp itself: Meta AI or another of its assistants"
_OTHER = "a broadcast or channel, which is no chat with anybody"

_NumbersByName = Mapping[str, Phone | None]
"""Folded name -> the one number that the chats of the files have for it, None for several."""


@dataclass(frozen=True, slots=True)
class _ScannedFile:
    """A file after its first pass."""

    path: Path
    summaries: tuple[ChatSummary, ...]
    fingerprint: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChatExporterSource:
    """Chats from the JSON files of WhatsApp-Chat-Exporter: one file for all, or one for each chat.

    The number, the side and WhatsApp's id of each message are in the file. Chats without messages
    are only people whom the phone knows; they are passed over.
    """

    files: Sequence[Path]
    options: ExportOptions

    @property
    def kind(self) -> str:
        return CHAT_EXPORTER

    def read(self) -> Iterator[ChatReading | Unreadable]:
        """Yield every chat, or why a file is none. A file with any damage gives no chat."""
        scanned = []
        for path in self.files:
            try:
                scanned.append(self._scan(path.absolute()))
            except Exception as error:  # whatever it is, the other files are read (W6)
                yield Unreadable(path.name, named_error(error))
        numbers = _numbers_by_name([chat for file in scanned for chat in file.summaries])
        for file in scanned:
            try:
                yield from self._read_file(file, numbers)
            except Exception as error:  # whatever it is, the other files are read (W6)
                yield Unreadable(file.path.name, named_error(error))

    def _scan(self, path: Path) -> _ScannedFile:
        with _opened(path) as stream:
            file = _ScannedFile(path, read_summaries(stream), _fingerprint(stream))
        self._check(file.summaries)
        return file

    def _read_file(
        self, file: _ScannedFile, numbers: _NumbersByName
    ) -> Iterator[ChatReading | Unreadable]:
        with _opened(file.path) as stream:
            _check(stream, file)
            reader = JsonReader(stream)
            for summary, _ in zip(file.summaries, reader.object_keys(), strict=False):
                for field in reader.object_keys():
                    if field != "messages":
                        reader.value()
                        continue
                    items = _checked(self._items(file.path, summary, reader), stream, file)
                    if summary.messages:
                        chat = self._chat(file.path, summary, numbers)
                        yield ChatReading(chat, items, hold=comes_again)
                    deque(items, maxlen=0)  # what nobody took

    def _check(self, summaries: Sequence[ChatSummary]) -> None:
        # Where each chat has a file, files of people who never wrote are normal.
        if len(self.files) == 1 and not any(chat.messages for chat in summaries):
            raise UnreadableFile("This file holds no messages.", EXPORT_AGAIN)
        people = [chat for chat in summaries if chat.messages and not _left_out(chat)]
        if self.options.phone is not None and len(people) > 1:
            raise WrongUsage(
                f"A phone number was given for {len(people)} chats; whose is it?",
                "Give --phone together with a file of a single chat.",
            )

    def _items(self, path: Path, summary: ChatSummary, json: JsonReader) -> Iterator[ChatItem]:
        def attach(shown: str) -> Attachment:
            return attachment_of(path, summary.media_base, whole_characters(shown))

        latest = self.options.now + timedelta(days=1)
        messages = MessageReader(summary.device, summary.is_group, latest, attach)
        for place, _ in enumerate(json.object_keys(), start=1):
            value = json.value()
            try:
                yield from messages.read(value, place)
            except Exception as bug:  # whatever it is, the other messages are read (W6)
                why = f"{NO_MESSAGE} that wasf can read: {type(bug).__name__}"
                yield NotUnderstood(place, place, why)

    def _chat(self, path: Path, summary: ChatSummary, numbers: _NumbersByName) -> SourceChat:
        options, left_out = self.options, _left_out(summary)
        shown = tidy_name(whole_characters(summary.name))
        name = "" if parse_phone(shown, options.default_region) else shown
        phone, doubt = None, ""
        if not (summary.is_group or left_out):
            phone = options.phone or _number_of(summary.key)
            if phone is None:
                phone, doubt = self._looked_up(name, numbers)
        return SourceChat(
            source=CHAT_EXPORTER,
            origin=path.name,
            title=shown or phone or whole_characters(summary.key.partition("@")[0]),
            name=name,
            phone=phone,
            is_group=summary.is_group,
            owner_email=options.owner_email,
            whatsapp_account=options.whatsapp_account,
            account_email=options.account_email,
            url=chat_address(phone) if phone else "",
            native_id=whole_characters(summary.key),
            participants=self._participants(summary, numbers),
            doubt=doubt,
            left_out=left_out,
        )

    def _participants(
        self, summary: ChatSummary, numbers: _NumbersByName
    ) -> tuple[Participant, ...]:
        senders = (whole_characters(sender) for sender in summary.senders)
        return tuple(
            Participant(sender, _number_of(sender + _PERSON) or self._looked_up(sender, numbers)[0])
            for sender in dict.fromkeys(senders)
            if not (is_assistant(sender) or fold_name(sender) == _META_AI)
        )

    def _looked_up(self, name: str, numbers: _NumbersByName) -> tuple[Phone | None, str]:
        """Return the one number that the files or the address book have for a name."""
        if not name:
            return None, ""
        folded = fold_name(name)
        if folded in numbers:
            phone = numbers[folded]
            return phone, "" if phone else "several people in this file have this name"
        book = self.options.address_book
        return book.number_of(name) if book else (None, "")


def _check(stream: IO[bytes], file: _ScannedFile) -> None:
    """Raise `FileChanging` if the file is another than at its first pass (I4)."""
    if _fingerprint(stream) != file.fingerprint:
        raise FileChanging(
            "This file changed while it was read; nothing of this chat was taken.",
            "Sync it again when nothing writes to it.",
        )


def _checked(
    items: Iterator[ChatItem], stream: IO[bytes], file: _ScannedFile
) -> Iterator[ChatItem]:
    yield from items
    _check(stream, file)


def _left_out(summary: ChatSummary) -> str:
    """Return why it is not a chat with anybody, "" if it is one."""
    key = summary.key
    if key in _NOT_WITH_ANYBODY:
        return _NOT_WITH_ANYBODY[key]
    if key.endswith(_ASSISTANT) or is_assistant(key.removesuffix(_PERSON)):
        return _WITH_ASSISTANT
    return "" if key.endswith((_PERSON, _HOSTED, *_HIDDEN, GROUP)) else _OTHER


def _number_of(key: str) -> Phone | None:
    """Return the number in WhatsApp's id of a person; a hidden id has none."""
    user, _, server = key.partition("@")
    is_number = f"@{server}" in (_PERSON, _HOSTED) and user.isascii() and user.isdecimal()
    return parse_phone(f"+{user}", "") if is_number else None


def _numbers_by_name(summaries: Sequence[ChatSummary]) -> _NumbersByName:
    numbers: dict[str, Phone | None] = {}
    for chat in summaries:
        phone, name = _number_of(chat.key), fold_name(chat.name)
        if phone and name:
            numbers[name] = phone if numbers.get(name, phone) == phone else None
    return numbers


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file that is not too large. Raise `MissingFile` or `UnreadableFile`."""
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
