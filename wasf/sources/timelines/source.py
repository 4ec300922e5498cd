"""The chats of a TimelinesAI workspace as a `Source`: walks them, reads what is new of each.

How far it came is yielded with what was read, so that the ledger keeps both together. Messages that
arrive late stand before the last one that was read. So every chat that changed is read again from
some hours before that one, and once a day also the chats that look unchanged. The messages' own ids
keep them from counting twice.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from wasf.core.chats import Participant, SourceChat
from wasf.core.phones import parse_phone
from wasf.core.source_state import ApiFacts, SeenQuota, numbers_text
from wasf.errors import Stopped, WasfError
from wasf.interfaces import ChatReading, Reached, ReadOptions, Recall, Unreadable, WhatsAppAccount
from wasf.sources.api_client import ApiClient, Gone
from wasf.sources.pagination import ApiMisanswer, Cursor
from wasf.sources.timelines.client import (
    FAMILIES,
    ChatList,
    Family,
    accounts_of,
    entries,
    quota_spent,
)
from wasf.sources.timelines.model import (
    NAME,
    TITLE,
    ChatInfo,
    is_disconnected,
    message,
    phone_of,
    workspace,
)

_FACTS: Final = ApiFacts(NAME, TITLE)
_OVERLAP: Final = timedelta(hours=24)
_DAILY_OVERLAP: Final = timedelta(days=3)
_DAY: Final = timedelta(days=1)
_MOST_AT_ONCE: Final = 5_000  # messages that are kept together with how far they were read
_LOOKED_BACK: Final = f"{NAME} looked back"


class TimelinesSource:
    """See `Source`. A request that fails for good ends the reading; what was read before stays."""

    kind = NAME

    def __init__(self, client: ApiClient, recall: Recall, options: ReadOptions) -> None:
        self._client = client
        self._recall = recall
        self._options = options

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of every chat, and in the end how far that is."""
        try:
            yield from self._quota()
            looked_back = self._recall(_LOOKED_BACK)
            is_due = not looked_back or self._is_a_day_ago(looked_back)
            looks_back = bool(looked_back) and is_due  # the first run reads everything anyway
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
            yield Unreadable(TITLE, error)

    def _quota(self) -> Iterator[Reached]:
        """Ask once a day, and in each run when little is left, how many calls are left."""
        seen = SeenQuota.from_text(self._recall(_FACTS.quota))
        if seen is not None and not seen.is_due(self._options.now):
            return
        quota = workspace(self._client.get("/workspace")).quota
        if quota is None:
            return
        yield Reached({_FACTS.quota: SeenQuota(quota, self._options.now).as_text()})
        if quota.used >= quota.total:
            raise quota_spent(f"{quota.end:%Y-%m-%d}")

    def _is_a_day_ago(self, moment: str) -> bool:
        return self._options.now - datetime.fromisoformat(moment) >= _DAY


class _Walk:
    """The chats of one part of the API in one run. `looks_back`: reads unchanged chats too."""

    def __init__(
        self,
        client: ApiClient,
        family: Family,
        recall: Recall,
        options: ReadOptions,
        *,
        looks_back: bool,
    ) -> None:
        self._client = client
        self._family = family
        self._recall = recall
        self._options = options
        self._looks_back = looks_back
        self._overlap = _DAILY_OVERLAP if looks_back else _OVERLAP
        self._list = ChatList(client, family)
        self._accounts: dict[str, WhatsAppAccount] | None = None
        self._list_name = f"{NAME} list {family.mark}".strip()
        self._before = Cursor.recalled(recall, self._list_name)
        self._had_errors = False

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of each chat, and in the end how far the list was read."""
        for chat in self._list.chats(self._is_last):
            if chat.last_at is not None and chat.is_person:
                yield from self._bulkhead(chat)
        if self._list.newest is not None and not self._had_errors:
            cursor = Cursor(self._list.newest, self._begin)
            yield Reached({self._list_name: cursor.as_text()})
        yield from self._disconnected()

    def _disconnected(self) -> Iterator[Reached]:
        """Say which of our numbers bring nothing any more; ask for them at least once a day."""
        if self._accounts is None and self._looks_back and self._list.newest is not None:
            with suppress(ApiMisanswer, Gone):
                self._accounts = accounts_of(self._client, self._family)
        if self._accounts is not None:
            lost = {one.phone for one in self._accounts.values() if is_disconnected(one)}
            yield Reached({_FACTS.disconnected(self._family.mark): numbers_text(lost)})

    @property
    def _goes_on(self) -> bool:
        """Whether this run goes on where the last one ended, and reads nothing older."""
        return self._before is not None and self._before.reaches(self._options.since)

    @property
    def _begin(self) -> datetime | None:
        """From when on messages are read (UTC); None: from the beginning."""
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
        return Cursor.recalled(self._recall, self._cursor_name(chat))

    def _cursor_name(self, chat: ChatInfo) -> str:
        return f"{NAME} chat {self._family.native_id(chat)}"

    def _bulkhead(self, chat: ChatInfo) -> Iterator[ChatReading | Unreadable]:
        """Yield what is new of a chat; an error of this chat alone does not end the walk."""
        try:
            yield from self._chat(chat)
        except (ApiMisanswer, Gone) as error:
            self._had_errors = True
            yield Unreadable(TITLE, error)

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
        found = entries(self._client, self._family.chat_path(chat), begin)
        while batch := list(islice(found, _MOST_AT_ONCE)):
            is_end = len(batch) < _MOST_AT_ONCE
            newest = max(entry.at for entry in batch)
            cursor = cursor._replace(
                at=max(cursor.at or newest, newest), uid=chat.last_uid if is_end else ""
            )
            messages = (message(entry, self._family.message_path) for entry in batch)
            facts = {self._cursor_name(chat): cursor.as_text()}
            yield ChatReading(self._source_chat(chat), filter(None, messages), facts=facts)

    def _source_chat(self, chat: ChatInfo) -> SourceChat:
        ours = self._account(chat.whatsapp_account)
        return SourceChat(
            source=NAME,
            origin=TITLE,
            title=chat.name or chat.phone,
            name="" if parse_phone(chat.name, "") else chat.name,
            phone=phone_of(chat.phone),
            is_group=chat.is_group,
            owner_email=chat.responsible_email,
            whatsapp_account=ours.phone if ours else "",
            account_email=ours.owner_email if ours else "",
            url=chat.url,
            native_id=self._family.native_id(chat),
            participants=tuple(
                Participant(member.name or member.phone, phone_of(member.phone))
                for member in chat.members
            ),
        )

    def _account(self, number: str) -> WhatsAppAccount | None:
        """Return one of our numbers; they are asked for when the first chat needs one."""
        if self._accounts is None:
            self._accounts = accounts_of(self._client, self._family)
        return self._accounts.get(number)
