"""The API of a workspace: what its answers mean, and walks through its lists.

Chats are listed newest first, a chat's messages oldest first. Chats move to the front while their
list is read. So each counts once as it is shown, and in the end the front is read again until a
page brings nothing new.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from wasf.errors import NotConnected, PermissionMissing, QuotaSpent, WasfError
from wasf.http import BearerAuth
from wasf.interfaces import ApiConnection, Json, WhatsAppAccount
from wasf.sources.addresses import service_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.lenient_json import as_object, one_line, plain_word, text
from wasf.sources.pagination import error_of_one, newest_first, repeats_itself
from wasf.sources.timelines.model import (
    TITLE,
    ChatInfo,
    Entry,
    UnreadableEntry,
    chat,
    entry,
    page_of,
    whatsapp_account,
)

_QUOTA: Final = "quota_exceeded"
_UNKNOWN: Final = frozenset({404, 400})
_LONGEST_WORDS: Final = 200


def timelines_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a workspace. Its methods return what `data` of an answer holds.

    Raise `BadSetting` if the token would go to the address without TLS.

    They raise `NotConnected` for a token that is not accepted, `QuotaSpent` when the month's calls
    are used up, `PermissionMissing`, `Gone`, and `Unreachable` if trying again did not help.
    """
    auth = BearerAuth(connection.token.reveal)
    url = service_address(connection.url, TITLE, "WASF_TIMELINES_URL")
    return ApiClient(TITLE, url, auth, connection.limiter, _data)


def _data(answer: ApiAnswer) -> Json:
    body = as_object(answer.body)
    if answer.status in (200, 201) and body.get("status") == "ok":
        return body.get("data")
    raise refusal(answer)


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success; the API's code counts before its status."""
    shown = as_object(answer.body)
    code = text(shown, "error_code")
    words = one_line(text(shown, "message"))[:_LONGEST_WORDS]
    said = f"{words} ({code})" if words and code else words or code
    if code == _QUOTA:
        return Refusal(quota_spent(""), may_pass=False, said=said)
    if answer.status == 401:
        told = f"{TITLE} does not accept the API token; somebody may have made a new one."
        return Refusal(NotConnected(told, "wasf connect timelines"), may_pass=False)
    if answer.status == 403 and code:
        error = PermissionMissing(
            f"{TITLE} refuses to answer ({plain_word(code, '?')}).",
            "Its token, or your plan, does not allow what a sync reads.",
        )
        return Refusal(error, may_pass=False, said=said)
    if answer.status in _UNKNOWN:
        gone = Gone(f"{TITLE} does not know what was asked for (HTTP {answer.status}).")
        return Refusal(gone, may_pass=False, said=said)
    return unusable(TITLE, answer)


def quota_spent(until: str) -> QuotaSpent:
    """Return the error for a month whose calls are used up.

    `until` says when new ones begin, "" if that is not known.
    """
    return QuotaSpent(
        "The workspace's API calls of this month are used up.",
        f"The next sync after {until} goes on." if until else "The next month's sync goes on.",
    )


# --- Lists ---------------------------------------------------------------------------------------


class Family(NamedTuple):
    """A part of the API: the ordinary numbers', or the official API's. Neither shows the other.

    `mark` tells the ids of its chats from those of the other part, `title` names it for people. One
    that is optional may be missing in a plan.
    """

    start: str
    accounts_path: str
    accounts_name: str
    mark: str
    title: str
    is_optional: bool = False

    def chat_path(self, chat: ChatInfo) -> str:
        """Return where a chat's messages are."""
        return f"{self.start}/chats/{chat.id}/messages"

    @property
    def message_path(self) -> str:
        """Where single messages are."""
        return f"{self.start}/messages"

    def native_id(self, chat: ChatInfo) -> str:
        """Return what tells a chat from all others of the workspace."""
        return f"{self.mark}{chat.id}"


FAMILIES: Final = (
    Family("", "/whatsapp_accounts", "whatsapp_accounts", "", "WhatsApp accounts"),
    Family(
        "/waba", "/waba/accounts", "waba_accounts", "waba-", "official numbers", is_optional=True
    ),
)


def accounts_of(client: ApiClient, family: Family) -> dict[str, WhatsAppAccount]:
    """Return the numbers of a part of the API, by their ids."""
    page = page_of(client.get(family.accounts_path), family.accounts_name)
    found = map(whatsapp_account, page.items)
    return {account.id: account for account in found}


class ChatList:
    """One list of chats. `newest` is the time of the latest message once the walk has begun.

    `unreadable` are errors of single chats that the API shows otherwise than it promises.
    """

    def __init__(self, client: ApiClient, family: Family) -> None:
        self._client = client
        self._family = family
        self.newest: datetime | None = None
        self.unreadable: list[WasfError] = []

    def chats(self, is_last: Callable[[Sequence[ChatInfo]], bool]) -> Iterator[ChatInfo]:
        """Return the chats; `is_last` says of a page that nothing new stands behind it.

        Raise as `ApiClient.get`, and `ApiMisanswer`.
        """
        return newest_first(TITLE, self.pages, _as_shown, is_last)

    def pages(self, first: int = 1) -> Iterator[list[ChatInfo]]:
        """Yield the list's pages from `first` on; each is asked for when it is needed."""
        has_more, number = True, first - 1
        while has_more:
            number += 1
            found = self._client.get(f"{self._family.start}/chats", page=number)
            items, has_more = page_of(found, "chats")
            page = list(self._readable(items))
            if self.newest is None and first == 1:
                self.newest = next((one.last_at for one in page if one.last_at), None)
            yield page

    def _readable(self, items: Iterable[Json]) -> Iterator[ChatInfo]:
        for item in items:
            try:
                yield chat(item)
            except Exception as error:  # whatever it is, the other chats are read (W6)
                self.unreadable.append(error_of_one(error))


def _as_shown(chat: ChatInfo) -> tuple[int, str]:
    """A chat with another last message is shown anew."""
    return chat.id, chat.last_uid


# The API does not say in which zone it reads a time without one: this is early enough in all.
_ANY_ZONE: Final = timedelta(hours=12)


def entries(
    client: ApiClient, path: str, begin: datetime | None
) -> Iterator[Entry | UnreadableEntry]:
    """Yield the entries of the chat at `path` from `begin` (UTC) on, oldest first, each once.

    `begin` None: from the chat's beginning. Raise as `ApiClient.get`, and `ApiMisanswer`.
    """
    seen: set[str] = set()
    query = _from(begin)
    last: datetime | None = None
    while True:
        try:
            page, has_more = _entries_at(client, path, query)
        except Gone:  # the message to go on behind was deleted meanwhile
            if last is None:
                raise
            page, has_more = _entries_at(client, path, _from(last))
        new = [one for one in page if one.uid not in seen]
        yield from new
        if not has_more:
            return
        after = next((one.uid for one in reversed(new) if one.uid), "")
        if not after:
            raise repeats_itself(TITLE)
        seen.update(one.uid for one in new)
        query = {"after_message": after}
        last = next((one.at for one in reversed(new) if isinstance(one, Entry)), last)


def _entries_at(
    client: ApiClient, path: str, query: dict[str, str]
) -> tuple[list[Entry | UnreadableEntry], bool]:
    page = page_of(client.get(path, sorting_order="asc", **query), "messages")
    return list(map(entry, page.items)), page.has_more


def _from(moment: datetime | None) -> dict[str, str]:
    return {} if moment is None else {"after": f"{moment - _ANY_ZONE:%Y-%m-%d %H:%M}"}
