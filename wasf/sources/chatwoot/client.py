"""The API of one account of Chatwoot: what its answers mean, and walks through its lists.

Conversations are listed from the oldest on, so that none moves while they are read; or those that
were changed lately, in one answer. A list ends with an empty page, and not before. A message is
found by its id, which only grows; but a server cuts an answer by the times of messages, and those
of imported ones run otherwise. So messages are read by windows of ids, and a window whose answer
may be cut is read again in halves.
"""

from collections.abc import Iterator
from typing import Final

from wasf.errors import NotConnected, PermissionMissing, Unreachable, WasfError
from wasf.http import HeaderAuth
from wasf.interfaces import ApiConnection, Json
from wasf.sources.addresses import server_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, TooMuch, unusable
from wasf.sources.chatwoot.model import TITLE, items_of
from wasf.sources.lenient_json import as_object, one_line, text
from wasf.sources.pagination import misanswer, repeats_itself
from wasf.values import dataclass

APP: Final = "/app"
_TOKEN: Final = "api_access_token"  # noqa: S105 - the name of a header
_ON_A_PAGE: Final = 25
_CUT: Final = frozenset({20, 100, 1000})  # as many rows as a server gives at most
_LARGEST_SMALL: Final = (1 << 31) - 1  # ids are numbers of 32 bits, unless one is larger
_LARGEST: Final = (1 << 63) - 1
_MOST_WINDOWS: Final = 20_000
_LONGEST_WORDS: Final = 200
_WHERE_TOKENS_ARE: Final = "wasf connect chatwoot"


def chatwoot_client(connection: ApiConnection) -> ApiClient:
    """Return the client of a server. Raise `WrongUsage` if its address is none.

    Its methods raise `NotConnected` for a token that is not accepted, `PermissionMissing`, `Gone`,
    and `Unreachable` if trying again did not help.
    """
    url = server_address(connection.url, TITLE, APP)
    auth = HeaderAuth(_TOKEN, connection.token.reveal)
    return ApiClient(TITLE, url, auth, connection.limiter, _data)


def _data(answer: ApiAnswer) -> Json:
    if answer.status in (200, 201) and isinstance(answer.body, dict | list):
        return answer.body
    raise refusal(answer)


_NOT_ALLOWED: Final = "not authorized to do this action"
_BOT: Final = "not authorized for bots"
_ACCOUNT: Final = "not authorized to access this account"
_SUSPENDED: Final = "suspended"
_NO_HEADER: Final = "sign in or sign up"


def refusal(answer: ApiAnswer) -> Refusal:
    """Return what an answer means that is no success."""
    if answer.status == 401:
        return Refusal(_refused(_words(answer)), may_pass=False)
    if answer.status == 404 and isinstance(answer.body, dict):
        gone = Gone(f"{TITLE} does not know what was asked for (HTTP 404).")
        return Refusal(gone, may_pass=False)
    if answer.status in (400, 403, 422) and isinstance(answer.body, dict):
        said = _words(answer)
        told = f"{TITLE} refuses what was asked for: {said or answer.status}."
        error = PermissionMissing(told, "Its token may not do that, or this version cannot.")
        return Refusal(error, may_pass=False, said=said)
    kind = answer.headers.get("Content-Type", "")
    if answer.status in (200, 404) and "html" in kind:
        web_page = Unreachable(
            f"{TITLE} answers with a web page, as if it had no API there.",
            "wasf connect chatwoot --url ADDRESS, as it is in the browser before /app",
        )
        return Refusal(web_page, may_pass=False)
    return unusable(TITLE, answer)


def _words(answer: ApiAnswer) -> str:
    """Return the API's own words for an error; they hold nothing of a chat."""
    shown = as_object(answer.body)
    errors = shown.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    words = text(shown, "error") or text(shown, "message")
    return one_line(words or (first if isinstance(first, str) else ""))[:_LONGEST_WORDS]


def _refused(said: str) -> WasfError:
    """Return what a 401 means, which Chatwoot answers to everything that is not allowed."""
    if _NOT_ALLOWED in said:
        return PermissionMissing(
            f"{TITLE} does not allow that to this token.", "Use the token of an administrator."
        )
    if _BOT in said:
        return NotConnected(
            f"That is the token of a bot; {TITLE} does not let bots read.",
            f"Take a person's (Profile settings, Access Token): {_WHERE_TOKENS_ARE}",
        )
    if _ACCOUNT in said:
        return NotConnected(
            f"The token has no access to this account of {TITLE}.",
            f"{_WHERE_TOKENS_ARE} --account ID, the number after /app/accounts/ in the browser",
        )
    if _SUSPENDED in said:
        return PermissionMissing(f"The account is suspended, says {TITLE}.", "See its billing.")
    if _NO_HEADER in said:
        return NotConnected(
            f"No token reached {TITLE}: a proxy in front of it may drop the header {_TOKEN}.",
            "nginx: underscores_in_headers on; then again: wasf connect chatwoot",
        )
    told = f"{TITLE} does not accept the API token; somebody may have reset it."
    return NotConnected(told, _WHERE_TOKENS_ARE)


# --- Lists ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountApi:
    """The lists of one account. Each method raises as the client, and `ApiMisanswer`."""

    client: ApiClient
    account_id: str

    def get(self, path: str, **query: str | int) -> Json:
        """Return what is at a path below the account."""
        return self.client.get(f"/api/v1/accounts/{self.account_id}{path}", **query)

    def all_conversations(self, inbox_id: str, first_page: int = 1) -> Iterator[list[Json]]:
        """Yield the pages of an inbox's conversations, oldest first, until one is empty.

        An empty page right after a full one is asked for twice: a server that starts shows none.
        """

        def page(number: int) -> list[Json]:
            return self._page(sort_by="created_at_asc", inbox_id=inbox_id, page=number)

        number, is_full = first_page, False
        while rows := page(number) or (is_full and page(number)):
            yield rows
            number, is_full = number + 1, len(rows) >= _ON_A_PAGE

    def changed_conversations(self, inbox_id: str, seconds: int) -> Iterator[list[Json]]:
        """Yield the conversations that were changed in the last seconds, in one page or more.

        `inbox_id` "" is all inboxes. One answer has them all; a server that gives pages all the
        same, or more than wasf takes at once, is asked for one page after the other.
        """
        try:
            page = self._page(updated_within=seconds, inbox_id=inbox_id)
        except TooMuch:
            page = []
        else:
            yield page
            if not page or len(page) % _ON_A_PAGE:
                return
        number = 2 if page else 1
        narrowed = {"updated_within": seconds} if page else {"sort_by": "last_activity_at_desc"}
        while page := self._page(**narrowed, inbox_id=inbox_id, page=number):
            yield page
            number += 1

    def messages(self, conversation_id: str, after: int, newest: int) -> Iterator[list[Json]]:
        """Yield the messages of a conversation from the id `after` on, by ascending windows.

        `newest` is an id that it has, to tell how large ids are there.
        """
        path = f"/conversations/{conversation_id}/messages"
        is_small = max(after, newest) < _LARGEST_SMALL
        waiting, windows = [(after, _LARGEST_SMALL if is_small else _LARGEST)], 0
        while waiting:
            begin, end = waiting.pop()
            rows = items_of(self.get(path, after=begin, before=end), "payload")
            ids = sorted({one for one in map(_id, rows) if begin <= one < end})
            windows += 1
            if len(rows) not in _CUT or len(ids) < 2:
                yield rows
            elif windows >= _MOST_WINDOWS:
                raise repeats_itself(TITLE)
            else:
                middle = ids[len(ids) // 2]
                waiting += [(middle, end), (begin, middle)]

    def _page(self, **query: str | int) -> list[Json]:
        found = self.get("/conversations", status="all", **query)
        return items_of(found, "data", "payload")


def _id(row: Json) -> int:
    value = as_object(row).get("id")
    return value if isinstance(value, int) else -1


def first_account(profile: Json, account_id: str) -> tuple[str, str]:
    """Return id and name of the account that is meant; "" is the only one there is.

    Raise `NotConnected` if the token does not reach it.
    """
    shown = [as_object(one) for one in items_of(profile, "accounts")]
    known = {text(one, "id"): one_line(text(one, "name")) for one in shown}
    if not known:
        raise misanswer(TITLE, "accounts")
    if account_id in known:
        return account_id, known[account_id]
    if not account_id and len(known) == 1:
        return next(iter(known.items()))
    told = ", ".join(f"{number} ({name})" for number, name in known.items())
    raise NotConnected(
        f"The token reaches these accounts of {TITLE}: {told}.",
        f"{_WHERE_TOKENS_ARE} --account ID",
    )
