"""A WAHA server that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

Each session is read by itself: one that is not connected to WhatsApp, or refuses, is told, and the
others are read. A key that is not accepted and a server that does not answer end the reading; what
was read before stays.

The list of chats is newest first, so it is read until nothing new stands behind a page (see
`ReadProgress`). WhatsApp's own ids keep messages from counting twice. A chat that cannot be read,
or a message of it, is named, and the rest goes on (W6): the next run's list goes back to that chat.
So it does, once, to a chat whose last message the list shows and the chat itself does not: a server
that starts may not have it yet.

A hidden id (LID) is looked up in WAHA's own list: once a run for a new one, else once a day. A chat
whose number is found then gets it, also if nothing new was written there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from wasf.core.chats import ChatItem, SourceChat, SystemLine
from wasf.core.source_state import ApiFacts
from wasf.errors import PermissionMissing, Unreachable, UnreadableFile
from wasf.interfaces import (
    ApiConnection,
    ChatReading,
    HookSecrets,
    Json,
    Reached,
    ReadOptions,
    Recall,
    Unreadable,
    WhatsAppAccount,
    Workspace,
)
from wasf.sources.addresses import hook_address, path_below
from wasf.sources.api_client import ApiClient, Gone
from wasf.sources.api_errors import (
    UnexpectedResponse,
    error_of_one,
    read_or_named,
    some_of,
    unexpected_response,
)
from wasf.sources.lenient_json import as_object, inner, objects, text
from wasf.sources.pagination import Cursor, ReadProgress, newest_first
from wasf.sources.waha.client import (
    WORKING,
    ChatRow,
    HiddenNumbers,
    SessionNotWorking,
    WahaSession,
    chat_pages,
    message_rows,
    sessions,
    waha_client,
)
from wasf.sources.waha.messages import NAME, TITLE, WahaMessage, author_of, message, split_id
from wasf.sources.whatsapp_bodies import deletion_of, edit_of, message_of
from wasf.sources.whatsapp_web import (
    LinkedDevice,
    LinkedDevices,
    WebAccount,
    WebChats,
    is_group,
    person_of,
)

# --- One session ---------------------------------------------------------------------------------

_LACKING: Final = "? "  # before the id of a last message that the chat did not show
_MOST_UNREACHABLE: Final = 2  # chats in a row; then it is not the chats

_Reading = ChatReading | Unreadable | Reached


class SessionWalk:
    """The chats of one session in one run. `looks_back`: also chats that look unchanged."""

    def __init__(
        self,
        client: ApiClient,
        session: WahaSession,
        recall: Recall,
        options: ReadOptions,
        *,
        looks_back: bool,
    ) -> None:
        self._client = client
        self._session = session
        self._recall = recall
        self._options = options
        known = WebAccount.recalled(NAME, session.account.name, recall)
        account = session.account.completed(known)
        self._chats = WebChats(NAME, TITLE, account, recall)
        self._numbers = HiddenNumbers(client, session, self._chats, recall, options.now)
        self._list_name = f"{NAME} list {account.id}"
        before = Cursor.recalled(recall, self._list_name)
        self._progress = ReadProgress(before, options, looks_back)
        self._newest: datetime | None = None
        self._held: datetime | None = None
        self._is_held = False

    def read(self) -> Iterator[_Reading]:
        """Yield what is new of each chat, and in the end how far the list was read."""
        yield Reached(self._chats.account.facts(NAME))
        unreachable = 0
        for row in newest_first(TITLE, self._pages, _as_shown, self._is_last):
            try:
                yield from self._chat(row)
                unreachable = 0
            except Exception as error:  # whatever it is, the other chats are read
                told = error_of_one(error, Gone, Unreachable)
                is_api = isinstance(error, Unreachable) and not isinstance(
                    error, UnexpectedResponse
                )
                unreachable = unreachable + 1 if is_api else 0
                if unreachable == _MOST_UNREACHABLE:
                    raise
                self._hold(row)
                yield Unreadable(TITLE, told)
        if self._newest is not None:
            yield Reached({self._list_name: self._progress.reached(self._reached_at()).as_text()})
        yield from self._numbers.found_late()

    # The list

    def _pages(self) -> Iterator[list[ChatRow]]:
        for page in chat_pages(self._client, self._session):
            if self._newest is None:
                self._newest = next((one.last_at for one in page if one.last_at), None)
            yield page

    def _is_last(self, page: Sequence[ChatRow]) -> bool:
        """Return whether nothing new stands behind a page; chats without a message say nothing."""
        last = next((one for one in reversed(page) if one.last_at is not None), None)
        if last is None or last.last_at is None:
            return False
        return self._progress.is_behind(last.last_at, partial(self._is_unchanged, last))

    def _hold(self, row: ChatRow) -> None:
        """Have the next run read a chat again, however far down the list it is then."""
        self._is_held = True
        if row.last_at and not self._held:
            self._held = row.last_at
        elif row.last_at and self._held:
            self._held = min(self._held, row.last_at)

    def _reached_at(self) -> datetime | None:
        """Return the time up to which nothing of the list is left to read; None: nothing is."""
        if not self._is_held:
            return self._newest
        return self._held - timedelta(seconds=1) if self._held else None

    # One chat

    def _is_unchanged(self, row: ChatRow) -> bool:
        if not self._is_wanted(row):
            return True
        known = self._cursor(row)
        return known is not None and known.uid == row.last_uid

    def _is_wanted(self, row: ChatRow) -> bool:
        return bool(person_of(row.jid)) or (is_group(row.jid) and self._options.with_groups)

    def _cursor(self, row: ChatRow) -> Cursor | None:
        return Cursor.recalled(self._recall, self._cursor_name(row))

    def _cursor_name(self, row: ChatRow) -> str:
        return f"{NAME} chat {self._chats.account.id} {row.jid}"

    def _chat(self, row: ChatRow) -> Iterator[ChatReading | Unreadable]:
        if not row.jid:
            raise unexpected_response(TITLE, "a chat without an id")
        if is_group(row.jid) and not self._options.with_groups:
            yield ChatReading(self._chats.group(row.jid, row.name), iter(()))
        elif self._is_wanted(row):
            known = self._cursor(row)
            is_changed = known is None or known.uid != row.last_uid
            part = self._progress.part(known, row.last_at, is_changed=is_changed)
            if part is not None:
                yield from self._readings(row, *part)

    def _readings(
        self, row: ChatRow, begin: datetime | None, cursor: Cursor
    ) -> Iterator[ChatReading | Unreadable]:
        """Yield what a chat has from `begin` on, and what of it cannot be read."""
        rows = message_rows(self._client, self._session, row.jid, begin)
        found = [read_or_named(message, one) for one in rows]
        wrong = [one for one in found if isinstance(one, str)]
        good = sorted(
            (one for one in found if not isinstance(one, str) and _is_in(one, cursor.since)),
            key=lambda one: one.at,
        )
        chat = self._source_chat(row, good)
        if chat is None:
            raise unexpected_response(TITLE, "a chat with nobody")
        items: list[ChatItem] = []
        for one in good:
            item = read_or_named(partial(self._item, chat), one)
            (wrong if isinstance(item, str) else items).append(item)  # type: ignore[arg-type]  # each gets its own kind
        at = max((one.at for one in good), default=cursor.at)
        is_short = self._lacks_last(row, begin, good)
        cursor = cursor._replace(at=at, uid="" if wrong else row.last_uid)
        if is_short:
            cursor = cursor._replace(uid=f"{_LACKING}{row.last_uid}")
        facts = {self._cursor_name(row): cursor.as_text(), **self._chats.new_facts()}
        yield ChatReading(chat, iter(items), facts=facts, hold=partial(self._hold, row))
        if wrong or is_short:
            self._hold(row)
        if wrong:
            yield Unreadable(
                TITLE, unexpected_response(TITLE, f"chat {chat.title}: {some_of(wrong)}")
            )

    def _lacks_last(
        self, row: ChatRow, begin: datetime | None, good: Sequence[WahaMessage]
    ) -> bool:
        """Return whether a chat does not show its last message, and has to be read once more."""
        last, before = split_id(row.last_uid), self._cursor(row)
        if last is None or row.last_at is None or (begin is not None and row.last_at < begin):
            return False
        was_lacking = before is not None and before.uid == f"{_LACKING}{row.last_uid}"
        return not was_lacking and last.uid not in {one.id.uid for one in good}

    def _source_chat(self, row: ChatRow, good: Sequence[WahaMessage]) -> SourceChat | None:
        """Return the chat with all that its messages say of who takes part."""
        if is_group(row.jid):
            for one in good:
                if not one.id.from_me:
                    self._chats.member(row.jid, self._numbers.of(one.senders), one.push_name)
            return self._chats.group(row.jid, row.name)
        jids = dict.fromkeys([row.jid, *(jid for one in good for jid in one.jids)])
        name = next((one.push_name for one in reversed(good) if one.push_name), "")
        shown = self._numbers.of(jids, is_chat=True)
        chat = self._chats.direct(shown, row.name, is_sure=True)
        return chat if chat is None or chat.name else self._chats.direct(shown, name)

    def _item(self, chat: SourceChat, one: WahaMessage) -> ChatItem:
        envelope = one.envelope(self._session.account.name, author_of(self._chats, chat, one))
        if one.is_deleted:
            return deletion_of(envelope, is_beside=False)
        if one.content is None:
            return SystemLine()
        if one.is_edited:
            return edit_of(envelope, one.content, is_beside=False)
        return message_of(envelope, one.content)


def _as_shown(row: ChatRow) -> tuple[str, str]:
    """A chat with another last message is shown anew."""
    return row.jid, row.last_uid


def _is_in(one: WahaMessage, since: datetime | None) -> bool:
    return since is None or one.at >= since


# --- The server ----------------------------------------------------------------------------------

EVENTS: Final = (
    "message.any",
    "message.edited",
    "message.revoked",
    "message.reaction",
    "message.ack",
    "call.received",
    "call.accepted",
    "call.rejected",
    "session.status",
)
"""Everything that tells of a message or a call; `message.any` includes what `message` has."""

_FACTS: Final = ApiFacts(NAME, TITLE)
_FILES: Final = "/api/files/"


class WahaApi:
    """See `ChatApi`; each method raises as `waha_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self.client = waha_client(connection)
        self._only = connection.options.get("session", "")

    def workspace(self) -> Workspace:
        """Return the server with the sessions that the key may see."""
        found = sessions(self.client, self._only)
        accounts = [
            WhatsAppAccount(
                one.account.name,
                one.account.shown,
                one.title or one.account.name,
                one.account.owner_email,
                one.status,
            )
            for one in found
        ]
        return Workspace(urlsplit(self.client.url).netloc, None, tuple(accounts))

    def source(self, recall: Recall, options: ReadOptions) -> LinkedDevices:
        """Return the chats of all sessions."""

        def device(session: WahaSession) -> LinkedDevice:
            is_connected = session.status == WORKING
            walk = partial(SessionWalk, self.client, session, recall, options)
            return LinkedDevice(session.account, is_connected, walk if is_connected else None)

        return LinkedDevices(
            _FACTS,
            lambda: [device(one) for one in sessions(self.client, self._only)],
            (UnexpectedResponse, Gone, PermissionMissing, SessionNotWorking),
            recall,
            options.now,
        )

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file of the message at that path; WAHA fetches it for us, and keeps it for
        minutes only.
        """
        try:
            shown = as_object(self.client.get(place, downloadMedia="true"))
        except (Gone, SessionNotWorking):
            raise UnreadableFile(f"{TITLE} no longer has a message's file.") from None
        link = text(inner(shown, "media"), "url") or text(shown, "mediaUrl")
        path = path_below(link, _FILES)
        if not path:
            return self.client.download(link, largest)
        # WAHA does not know by which address it is reached, and often says localhost.
        own = f"{self.client.url.rstrip('/')}{path}"
        return self.client.download(own, largest, with_token=True)

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Add a webhook to each session, beside those of others; only if it is not there.

        Writing the settings of a session restarts it.
        """
        address = hook_address(url, TITLE, server=self.client.url)
        endpoint, key = f"{address}/{NAME}", secrets.own().reveal()
        for session in filter(_has_name, sessions(self.client, self._only)):
            others = [
                one for one in objects(session.config, "webhooks") if text(one, "url") != endpoint
            ]
            ours: dict[str, Json] = {
                "url": endpoint,
                "events": list(EVENTS),
                "hmac": {"key": key},
                "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 15},
            }
            if not _has(session.config, ours):
                webhooks: list[Json] = [*map(dict, others), ours]
                config: dict[str, Json] = {**session.config, "webhooks": webhooks}
                path = f"/api/sessions/{session.path.rpartition('/')[2]}"
                self.client.put(path, {"name": session.account.name, "config": config})
        return len(EVENTS)


def _has_name(session: WahaSession) -> bool:
    return bool(session.account.name)


def _has(config: Mapping[str, Json], ours: Mapping[str, Json]) -> bool:
    """Return whether a session has this webhook: the address, all events, the key."""
    names = ("url", "events", "hmac")
    return any(all(one.get(n) == ours[n] for n in names) for one in objects(config, "webhooks"))
