"""The bodies of webhooks in the inbox: as a `Source`, and what of them `wasf forget` removes.

A body leaves the inbox when all that it brings is in the ledger. A run that is killed before reads
it again; messages have ids of their own and count once. A body that was not understood, or not
whole, is set aside with its kinds: never more than that body (W6). One that waits for another body
is read again when that one comes, or after a day.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from wasf.core.chats import Direction, Message, Phone, SourceChat
from wasf.core.source_state import REPORTS, SourceReport, reports_text
from wasf.core.text import counted
from wasf.errors import WasfError
from wasf.interfaces import (
    ChatReading,
    HookReader,
    Inbox,
    Reached,
    Recall,
    StoredBody,
    Unreadable,
    WebhookContent,
    WebhookMessage,
)
from wasf.sources.lenient_json import parsed, plain_word
from wasf.values import dataclass

KIND: Final = "webhooks"
_MOST: Final = 500  # bodies of one reading; what comes meanwhile is for the next one
_PATIENCE: Final = timedelta(days=1)
_NO_JSON: Final = "no JSON"
_NOT_IMPORTED: Final = "an error of wasf"
_NO_READER: Final = "no provider of that name"
_STRANGE: Final = "something unheard of"
_WAITS: Final = "waiting for another webhook"

Readers = Mapping[str, HookReader]
"""Name of a provider -> reads its bodies. It is the first part of the path of its endpoints."""


class InboxSource:
    """See `Source`: reads the first some hundred bodies that wait, in their order.

    `now` is the time of the run (UTC).
    """

    kind = KIND

    def __init__(self, inbox: Inbox, readers: Readers, recall: Recall, now: datetime) -> None:
        self._inbox = inbox
        self._readers = readers
        self._recall = recall
        self._patient_since = now - _PATIENCE

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield each chat once, with what all bodies bring of it; then what is to be told."""
        self._inbox.retry(_WAITS, self._patient_since)
        gathered = _Gathered()
        kept = self._inbox.fresh(_MOST)
        for body in kept:
            self._gather(body, gathered)
        for name, (chat, messages) in gathered.chats.items():
            hold = partial(gathered.hold, name)
            yield ChatReading(chat, gathered.marked(messages), hold=hold)
        if kept:
            new = reports_text(self._recall(REPORTS), gathered.reports)
            yield Reached({**gathered.facts, **({REPORTS: new} if gathered.reports else {})})
        yield from gathered.told()
        # The caller asks for the next item only after it has committed all of it.
        self._inbox.resolve(gathered.read, gathered.set_aside)
        for kind in gathered.resolved:
            self._inbox.retry(kind)

    def _gather(self, body: StoredBody, gathered: "_Gathered") -> None:
        content = _content_of(body, self._readers, gathered.recall(self._recall))
        kinds = {plain_word(kind, _STRANGE) for kind in content.unknown}
        for message in content.messages:
            gathered.add(body.number, message)
        for kind, message in content.provisional:
            if body.at < self._patient_since:
                gathered.add(body.number, message)
            else:
                kinds |= {kind, _WAITS}
        gathered.note(body, content, ", ".join(sorted(kinds)))


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What some bodies bring together; messages by their ids."""

    chats: dict[tuple[str, str], tuple[SourceChat, dict[str, Message]]] = field(
        default_factory=dict
    )
    facts: dict[str, str] = field(default_factory=dict)
    bodies: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)
    set_aside: dict[int, str] = field(default_factory=dict)
    kept_now: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    resolved: set[str] = field(default_factory=set)
    reports: list[SourceReport] = field(default_factory=list)

    def add(self, number: int, sent: WebhookMessage) -> None:
        """Add a message of that body: the first one of an id counts, and the last of its chat."""
        chat, message = sent
        name = (chat.source, chat.native_id)
        self.bodies.setdefault(name, set()).add(number)
        _, messages = self.chats.get(name, (chat, {}))
        messages.setdefault(message.native_id, message)
        self.chats[name] = (chat, messages)

    def hold(self, name: tuple[str, str]) -> None:
        """Keep the bodies of a chat that could not be imported, as those that are not understood.

        What they bring of other chats counts; a newer wasf reads them again.
        """
        kept = self.bodies[name]
        self.set_aside.update(dict.fromkeys(kept, _NOT_IMPORTED))
        self.read[:] = [one for one in self.read if one not in kept]

    def note(self, body: StoredBody, content: WebhookContent, kinds: str) -> None:
        """Note what a body brings besides messages, and whether it is kept as some `kinds`."""
        self.facts.update(content.facts)
        self.failed.update(content.failed)
        self.reports.extend(one._replace(at=one.at or body.at) for one in content.reports)
        if not kinds:
            self.read.append(body.number)
        else:
            self.set_aside[body.number] = kinds
            if kinds != body.kinds:
                self.kept_now.append(kinds)
        if content.resolves and not body.kinds:
            self.resolved.add(content.resolves)

    def recall(self, kept: Recall) -> Recall:
        """Return how to recall facts: those of the bodies before, else those that are kept."""
        return lambda name: self.facts.get(name) or kept(name)

    def marked(self, messages: Mapping[str, Message]) -> Iterator[Message]:
        """Yield messages; one of ours that was not delivered says so (T10)."""
        for uid, message in messages.items():
            why = self.failed.get(uid)
            if why and message.direction is Direction.OUTGOING:
                said = f"{message.text}\n[not delivered: {why}]".lstrip()
                yield message._replace(text=said)
            else:
                yield message

    def told(self) -> Iterator[Unreadable]:
        """Yield what a person should know of: reports, and bodies that are kept from now on."""
        for report in self.reports:
            if report.text:
                error = WasfError(f"{report}.", "wasf status shows what was reported.")
                yield Unreadable(report.source, error, is_failure=False)
        for kinds in dict.fromkeys(self.kept_now):
            webhooks = counted(self.kept_now.count(kinds), "webhook")
            error = WasfError(f"{webhooks} kept, because of {kinds}.", "To see: wasf inbox")
            yield Unreadable(KIND, error, is_failure=False)


def _content_of(kept: StoredBody, readers: Readers, recall: Recall) -> WebhookContent:
    """Return what a body brings; one that nobody can read is of an unknown kind."""
    reader = readers.get(kept.sender.partition("/")[0])
    if reader is None:
        return WebhookContent(unknown=(_NO_READER,))
    value = parsed(kept.body)
    if value is None:
        return WebhookContent(unknown=(_NO_JSON,))
    try:
        return reader(value, recall)
    except Exception as error:  # whatever it is, only this body is set aside
        return WebhookContent(unknown=(f"an error of wasf: {type(error).__name__}",))


def forget_bodies(
    inbox: Inbox, readers: Readers, phone: Phone, is_forgotten: Callable[[SourceChat], bool]
) -> list[int]:
    """Remove the bodies that are about somebody who was forgotten; return their numbers.

    A body that is also about others stays whole: the next sync takes those in, leaves the person
    out, and then removes the body. One that was not understood cannot be taken apart: it is removed
    if it names the person's number.
    """
    digits = phone.removeprefix("+").encode()
    about = [
        kept.number
        for kept in inbox.all_kept()
        if _is_about(kept, _content_of(kept, readers, lambda _: ""), digits, is_forgotten)
    ]
    if about:
        inbox.resolve(about, {})
    return about


def _is_about(
    kept: StoredBody,
    content: WebhookContent,
    digits: bytes,
    is_forgotten: Callable[[SourceChat], bool],
) -> bool:
    found = [*content.messages, *(one.message for one in content.provisional)]
    if any(not is_forgotten(one.chat) for one in found):
        return False
    return bool(found) or digits in kept.body
