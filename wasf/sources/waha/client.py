"""WAHA's API: what its answers mean, its sessions, and walks through its lists.

Lists are asked for newest first, messages without their files, which WAHA would fetch otherwise.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import quote

from wasf.errors import NotConnected, PermissionMissing, WasfError
from wasf.http import HeaderAuth
from wasf.interfaces import ApiConnection, ChatReading, Json, Reached, Recall
from wasf.sources.addresses import server_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.api_errors import read_or_named, unexpected_response
from wasf.sources.lenient_json import Object, as_object, inner, one_line, text
from wasf.sources.pagination import Walk, is_daily_due
from wasf.sources.waha.messages import NAME, TITLE, time_in
from wasf.sources.whatsapp_web import WebAccount, WebChats, is_hidden, person_of

ON_A_PAGE: Final = 100
WORKING: Final = "WORKING"
_LONGEST_WORDS: Final = 200
_ON_A_LATER_PAGE: Final = 300
_MESSAGES: Final = MappingProxyType(
    {"sortBy": "timestamp", "sortOrder": "desc", "downloadMedia": "false", "merge": "true"}
)


class SessionNotWorking(WasfError):
    """A session that is not connected to WhatsApp answers nothing about its chats."""


def waha_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a server. Its methods return the body of an answer.

    They raise `NotConnected` for a key that is not accepted, `PermissionMissing`, `Gone`,
    `SessionNotWorking`, and `Unreachable` if trying again did not help.
    """
    url = server_address(connection.url, TITLE, "/dashboard").removesuffix("/api")
    auth = HeaderAuth("X-Api-Key", connection.token.reveal)
    return ApiClient(TITLE, url, auth, connection.limiter, _body)


def _body(answer: ApiAnswer) -> Json:
    if answer.status in (200, 201) and answer.body is not None:
        return answer.body
    raise refusal(answer)


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success."""
    shown = as_object(answer.body)
    said = one_line(text(shown, "message") or text(shown, "error"))[:_LONGEST_WORDS]
    match answer.status:
        case 401:
            told = f"{TITLE} does not accept the API key."
            error: WasfError = NotConnected(told, f"wasf connect {NAME}")
        case 403 if answer.body is not None:
            hint = "Give wasf a key that may read, and for --register one that may write settings."
            error = PermissionMissing(f"{TITLE} refuses to answer: its key may not do that.", hint)
        case 422:
            state = one_line(text(shown, "status"))
            told = f"A session of {TITLE} is not connected ({state or 'unknown'})."
            error = SessionNotWorking(told, f"Connect it in {TITLE}'s dashboard.")
        case 400 | 404:
            how = "does not know what was asked for, or its session is stopped or stores nothing"
            error = Gone(f"{TITLE} {how} (HTTP {answer.status}).")
        case _:
            return unusable(TITLE, answer)
    return Refusal(error, may_pass=False, said=said)


# --- Sessions ----------------------------------------------------------------------------------


class WahaSession(NamedTuple):
    """A session: our number there, whatever of it is known, and its state in WAHA's own word."""

    account: WebAccount
    status: str
    title: str
    config: Object

    @property
    def path(self) -> str:
        """Where its chats are."""
        return f"/api/{quote(self.account.name, safe='')}"


def sessions(client: ApiClient, only: str = "") -> list[WahaSession]:
    """Return the sessions that the key may see; `only` that one, if a name is given."""
    shown = client.get("/api/sessions", all="true")
    if not isinstance(shown, list):
        raise unexpected_response(TITLE, "sessions")
    found = [_session(as_object(one)) for one in shown]
    chosen = [one for one in found if only in ("", one.account.name)]
    if only and not chosen:
        raise Gone(f"{TITLE} has no session {only}, or its key may not see it.")
    return chosen


def _session(shown: Object) -> WahaSession:
    me, config = inner(shown, "me"), inner(shown, "config")
    number, lid = person_of(text(me, "id")), person_of(text(me, "lid"))
    account = WebAccount(text(shown, "name"), number, lid, owner_in(inner(config, "metadata")))
    return WahaSession(account, text(shown, "status"), text(me, "pushName"), config)


def owner_in(metadata: Object) -> str:
    """Return the first e-mail address in the notes that a person made on a session (O2)."""
    values = (text(metadata, name).strip() for name in metadata)
    return next((one for one in values if "@" in one[1:-1] and " " not in one), "")


# --- Chats -------------------------------------------------------------------------------------


class ChatRow(NamedTuple):
    """A chat as the list shows it; its last message is "" and None where there is none."""

    jid: str
    name: str
    last_uid: str
    last_at: datetime | None


def chat_pages(client: ApiClient, session: WahaSession) -> Iterator[list[ChatRow]]:
    """Yield the pages of the list of chats until there are no more."""
    path = f"{session.path}/chats/overview"
    for page in _pages(client, path, merge="true"):
        yield list(map(_chat_or_nobody, page))


def _chat_or_nobody(shown: Object) -> ChatRow:
    """Return a chat; one that wasf cannot read has no id, and is named as such (W6)."""
    read = read_or_named(_chat, shown)
    return ChatRow("", "", "", None) if isinstance(read, str) else read


def _chat(shown: Object) -> ChatRow:
    last = inner(shown, "lastMessage")
    jid = text(shown, "id") or text(inner(shown, "id"), "_serialized")
    return ChatRow(jid, text(shown, "name"), text(last, "id"), time_in(last))


def message_rows(
    client: ApiClient, session: WahaSession, jid: str, begin: datetime | None
) -> Iterator[Object]:
    """Yield the messages of a chat, newest first, back to `begin` (UTC) or to its beginning."""
    path = f"{session.path}/chats/{quote(jid, safe='')}/messages"
    for page, new in Walk(TITLE).new(_pages(client, path, **_MESSAGES), _id):
        yield from new
        times = [at for row in page if (at := time_in(row))]
        if begin is not None and times and min(times) < begin:
            return


def _id(row: Object) -> str:
    return text(row, "id")


def hidden_numbers(client: ApiClient, session: WahaSession) -> dict[str, str]:
    """Return the numbers behind hidden ids, as far as WAHA knows them."""
    found: dict[str, str] = {}
    for _, new in Walk(TITLE).new(_pages(client, f"{session.path}/lids"), _lid):
        for shown in new:
            lid, number = _lid(shown), person_of(text(shown, "pn"))
            if lid and number:
                found[lid] = number
    return found


def _lid(shown: Object) -> str:
    return person_of(text(shown, "lid"))


class HiddenNumbers:
    """The numbers behind hidden ids of one session; the server is asked when it is needed."""

    def __init__(
        self,
        client: ApiClient,
        session: WahaSession,
        chats: WebChats,
        recall: Recall,
        now: datetime,
    ) -> None:
        self._client = client
        self._session = session
        self._chats = chats
        self._now = now
        self._name = f"{NAME} hidden {chats.account.id}"
        kept = recall(self._name)
        self._asked_at, self._open = json.loads(kept) if kept else ("", [])
        self._met: dict[str, None] = dict.fromkeys(self._open)
        self._pairs: dict[str, str] | None = None

    def of(self, jids: Iterable[str], *, is_chat: bool = False) -> list[str]:
        """Return ids with the number, if one of them is hidden and all others are, too."""
        found = list(jids)
        persons = [person for jid in found if (person := person_of(jid))]
        if not persons or not all(map(is_hidden, persons)) or self._chats.number_behind(persons[0]):
            return found
        lid = persons[0]
        is_new = is_chat and lid not in self._met
        if is_new or self._is_due:
            self._ask()
        number = (self._pairs or {}).get(lid, "")
        if number:
            return [*found, f"{number}@c.us"]
        if is_chat:
            self._met[lid] = None
        return found

    def found_late(self) -> Iterator[ChatReading | Reached]:
        """Yield the chats whose number is found now, without messages; keep the others."""
        if self._met and self._is_due:
            self._ask()
        if self._pairs is None:
            return
        for lid in [one for one in self._met if one in self._pairs]:
            chat = self._chats.direct([lid, f"{self._pairs[lid]}@c.us"])
            del self._met[lid]
            if chat is not None:
                yield ChatReading(chat, iter(()), facts=self._chats.new_facts())
        yield Reached({self._name: json.dumps([self._now.isoformat(), list(self._met)])})

    @property
    def _is_due(self) -> bool:
        return is_daily_due(self._asked_at, self._now)

    def _ask(self) -> None:
        if self._pairs is None:
            try:
                self._pairs = hidden_numbers(self._client, self._session)
            except Gone:  # an older server
                self._pairs = {}


def _pages(client: ApiClient, path: str, **query: str) -> Iterator[list[Object]]:
    """Yield the pages of a list; it ends with an empty one.

    Rows of which nothing is shown count on a page, so that it can be short, or empty, before the
    end. Hundreds of such rows in a row are none, so every page but the first is asked for that
    large. An empty page right after a full one is asked for twice: a server that starts shows none.
    """

    def page(offset: int, limit: int) -> list[Json]:
        shown = client.get(path, limit=limit, offset=offset, **query)
        if not isinstance(shown, list):
            raise unexpected_response(TITLE, path.rpartition("/")[2])
        return shown

    offset, limit, is_full = 0, ON_A_PAGE, False
    while True:
        rows = page(offset, limit)
        if not rows and is_full:
            rows = page(offset, limit)
        if rows:
            yield [as_object(one) for one in rows]
        elif offset:
            return
        is_full = len(rows) >= limit
        offset, limit = offset + limit, _ON_A_LATER_PAGE
