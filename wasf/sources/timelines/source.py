"""The chats of a TimelinesAI workspace as a `Source`: walks them, reads what is new of each.

How far it came is handed on with what was read, so that both are kept together. Messages that
arrive late lie before the last one that was read, so every chat is read anew from some hours before
it, and once a day also those that look unchanged; the messages' own ids keep them from counting
twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from wasf.core.chats import Participant, SourceChat
from wasf.core.phones import parse_phone
from wasf.core.source_state import QUOTA_FACT, SeenQuota, silent_text
from wasf.errors import Stopped, WasfError
from wasf.interfaces import ChatReading, Reached, Recall, Unreadable
from wasf.sources.timelines import model as answers
from wasf.sources.timelines.client import Gone, TimelinesClient, quota_spent
from wasf.sources.timelines.messages import message
from wasf.sources.timelines.model import ChatInfo, WhatsAppAccount
from wasf.sources.timelines.pagination import (
    FAMILIES,
    ChatListing,
    Cursor,
    Entries,
    Family,
    is_silent,
)

SOURCE = "timelines"
ORIGIN = "TimelinesAI"

_OVERLAP = timedelta(hours=24)
_DAILY_OVERLAP = timedelta(days=3)
_DAY = timedelta(days=1)
_MOST_AT_ONCE = 5_000  # messages that are kept together with how far they were read
_LOOKED_BACK = "timelines looked back"


@dataclass(frozen=True, slots=True)
class TimelinesOptions:
    """What a run wants: nothing older than `since` (UTC), None: go on where the last one ended.

    Groups' messages are read only `with_groups`.
    """

    now: datetime
    since: datetime | None = None
    with_groups: bool = False


class TimelinesSource:
    """See `Source`. A request that fails for good ends the reading, what was read before stays."""

    kind = SOURCE

    def __init__(self, client: TimelinesClient, recall: Recall, options: TimelinesOptions) -> None:
        self._client = client
        self._recall = recall
        self._options = options

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of every chat; in the end how far that is."""
        try:
            yield from self._quota()
            looked_back = self._recall(_LOOKED_BACK)
            is_due = not looked_back or self._is_a_day_ago(looked_back)
            looks_back = bool(looked_back) and is_due  # the first time everything is read anyway
            for family in FAMILIES:
                walk = _Walk(
                    self._client, family, self._recall, self._options, looks_back=looks_back
                )
                yield from walk.read()
            if is_due:
                yield Reached({_LOOKED_BACK: self._options.now.isoformat()})
        except Stopped:
            raise
        except WasfError as error:
            yield Unreadable(ORIGIN, error)

    def _quota(self) -> Iterator[Reached]:
        """Ask once a day, and each time when little is left, what the workspace may still ask."""
        seen = SeenQuota.from_text(self._recall(QUOTA_FACT))
        if seen is not None and not seen.is_due(self._options.now):
            return
        quota = answers.workspace(self._client.get("/workspace")).quota
        if quota is None:
            return
        yield Reached({QUOTA_FACT: SeenQuota(quota, self._options.now).as_text()})
        if quota.used >= quota.total:
            raise quota_spent(f"{quota.end:%Y-%m-%d}")

    def _is_a_day_ago(self, moment: str) -> bool:
        return self._options.now - datetime.fromisoformat(moment) >= _DAY


class _Walk:
    """One family's chats in one run. `looks_back`: also at chats that look unchanged."""

    def __init__(
        self,
        client: TimelinesClient,
        family: Family,
        recall: Recall,
        options: TimelinesOptions,
        *,
        looks_back: bool,
    ) -> None:
        self._client = client
        self._family = family
        self._recall = recall
        self._options = options
        self._looks_back = looks_back
        self._overlap = _DAILY_OVERLAP if looks_back else _OVERLAP
        self._listing = ChatListing(client, family)
        self._accounts: dict[str, WhatsAppAccount] | None = None
        self._name = f"timelines list {family.mark}".strip()
        self._before = Cursor.recalled(recall, self._name)
        self._had_trouble = False

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of each chat, and in the end how far the list was read."""
        for chat in self._listing.chats(self._is_last):
            if chat.last_at is not None and chat.is_person:
                yield from self._without_trouble(chat)
        if self._listing.newest is not None and not self._had_trouble:
            cursor = Cursor(self._listing.newest, self._begin)
            yield Reached({self._name: cursor.as_text()})
        yield from self._silent()

    def _silent(self) -> Iterator[Reached]:
        """Which of our numbers bring nothing any more; asked for once a day at least."""
        if self._accounts is None and self._looks_back and self._listing.newest is not None:
            with suppress(answers.NotAnswered, Gone):
                self._accounts = self._listing.accounts()
        if self._accounts is not None:
            silent = {one.phone for one in self._accounts.values() if is_silent(one)}
            yield Reached({f"timelines silent {self._family.mark}".strip(): silent_text(silent)})

    @property
    def _goes_on(self) -> bool:
        """Whether this run goes on where the last one ended, and not further back."""
        return self._before is not None and self._before.reaches(self._options.since)

    @property
    def _begin(self) -> datetime | None:
        """From when on messages are wanted; None: all that there are."""
        return self._before.since if self._before and self._goes_on else self._options.since

    def _is_last(self, page: Sequence[ChatInfo]) -> bool:
        last = page[-1] if page else None
        if last is None or last.last_at is None:
            return True
        if not self._before or not self._before.at or not self._goes_on:
            return self._begin is not None and last.last_at < self._begin
        if self._looks_back:
            return last.last_at < self._before.at - self._overlap
        return last.last_at <= self._before.at and self._is_unchanged(last)

    def _is_unchanged(self, chat: ChatInfo) -> bool:
        known = self._cursor(chat)
        return known is not None and known.uid == chat.last_uid

    def _cursor(self, chat: ChatInfo) -> Cursor | None:
        return Cursor.recalled(self._recall, self._name_of(chat))

    def _name_of(self, chat: ChatInfo) -> str:
        return f"timelines chat {self._family.native_id(chat)}"

    def _without_trouble(self, chat: ChatInfo) -> Iterator[ChatReading | Unreadable]:
        """What is new of a chat; what goes wrong with this one alone does not end the walk."""
        try:
            yield from self._chat(chat)
        except (answers.NotAnswered, Gone) as error:
            self._had_trouble = True
            yield Unreadable(ORIGIN, error)

    def _chat(self, chat: ChatInfo) -> Iterator[ChatReading]:
        if chat.is_group and not self._options.with_groups:
            yield ChatReading(self._source_chat(chat), iter(()))
            return
        before = self._cursor(chat)
        if before is None or not before.reaches(self._begin):
            yield from self._readings(chat, self._begin, Cursor(None, self._begin))
        elif not self._is_unchanged(chat) or self._may_have_late_ones(chat):
            begin = before.at - self._overlap if before.at else before.since
            yield from self._readings(chat, begin, before)

    def _may_have_late_ones(self, chat: ChatInfo) -> bool:
        last = chat.last_at
        return self._looks_back and last is not None and self._options.now - last < self._overlap

    def _readings(
        self, chat: ChatInfo, begin: datetime | None, cursor: Cursor
    ) -> Iterator[ChatReading]:
        entries = iter(Entries(self._client, self._family.chat_path(chat), begin))
        while batch := list(islice(entries, _MOST_AT_ONCE)):
            is_end = len(batch) < _MOST_AT_ONCE
            newest = max(entry.at for entry in batch)
            cursor = cursor._replace(
                at=max(cursor.at or newest, newest), uid=chat.last_uid if is_end else ""
            )
            messages = [
                found for entry in batch if (found := message(entry, self._family.message_path))
            ]
            facts = {self._name_of(chat): cursor.as_text()}
            yield ChatReading(self._source_chat(chat), iter(messages), facts=facts)

    def _source_chat(self, chat: ChatInfo) -> SourceChat:
        ours = self._account(chat.whatsapp_account)
        return SourceChat(
            source=SOURCE,
            origin=ORIGIN,
            title=chat.name or chat.phone,
            name="" if parse_phone(chat.name, "") else chat.name,
            phone=answers.phone(chat.phone),
            is_group=chat.is_group,
            owner_email=chat.responsible_email,
            whatsapp_account=ours.phone if ours else "",
            account_email=ours.owner_email if ours else "",
            url=chat.url,
            native_id=self._family.native_id(chat),
            participants=tuple(
                Participant(member.name or member.phone, answers.phone(member.phone))
                for member in chat.members
            ),
        )

    def _account(self, number: str) -> WhatsAppAccount | None:
        """One of our numbers; they are asked for when the first chat needs one."""
        if self._accounts is None:
            self._accounts = self._listing.accounts()
        return self._accounts.get(number)
