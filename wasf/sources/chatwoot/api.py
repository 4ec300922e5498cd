"""An account of Chatwoot that wasf is connected to, as a `ChatApi`, and its chats as a `Source`.

A token that is not accepted and a server that does not answer end the reading; what was read before
stays. Lists of people that the token may not see are left out: then owners are not known.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from wasf.core.auth import Secret
from wasf.core.source_state import ApiFacts, numbers_text
from wasf.errors import (
    NotConnected,
    PermissionMissing,
    Unreachable,
    UnreadableFile,
    WasfError,
)
from wasf.http import HeaderAuth
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
from wasf.sources.addresses import hook_address, server_address
from wasf.sources.api_client import ApiAnswer, ApiClient, Gone, Refusal, unusable
from wasf.sources.api_errors import UnexpectedResponse, unexpected_response, until_error
from wasf.sources.chatwoot.lists import AccountApi
from wasf.sources.chatwoot.messages import STORED
from wasf.sources.chatwoot.model import (
    API_CHANNEL,
    NAME,
    TITLE,
    AccountFacts,
    ChannelInbox,
    items_of,
)
from wasf.sources.chatwoot.walk import ConversationWalk
from wasf.sources.lenient_json import Object, as_object, inner, one_line, text
from wasf.sources.pagination import is_daily_due

# --- Answers -------------------------------------------------------------------------------------

APP: Final = "/app"
_TOKEN: Final = "api_access_token"  # noqa: S105 - the name of a header
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


def first_account(profile: Json, account_id: str) -> tuple[str, str]:
    """Return id and name of the account that is meant; "" is the only one there is.

    Raise `NotConnected` if the token does not reach it.
    """
    shown = [as_object(one) for one in items_of(profile, "accounts")]
    known = {text(one, "id"): one_line(text(one, "name")) for one in shown}
    if not known:
        raise unexpected_response(TITLE, "accounts")
    if account_id in known:
        return account_id, known[account_id]
    if not account_id and len(known) == 1:
        return next(iter(known.items()))
    told = ", ".join(f"{number} ({name})" for number, name in known.items())
    raise NotConnected(
        f"The token reaches these accounts of {TITLE}: {told}.",
        f"{_WHERE_TOKENS_ARE} --account ID",
    )


# --- The source ----------------------------------------------------------------------------------

_FACTS: Final = ApiFacts(NAME, TITLE)


def whatsapp_inboxes(
    api: AccountApi, bridged: frozenset[str]
) -> tuple[list[ChannelInbox], list[ChannelInbox]]:
    """Return the inboxes that are WhatsApp's, and the others.

    `bridged` are the ids of the inboxes that the person named. Raise as `AccountApi`.
    """
    ours: list[ChannelInbox] = []
    others: list[ChannelInbox] = []
    for row in items_of(api.get("/inboxes"), "payload"):
        with suppress(UnexpectedResponse):
            inbox = ChannelInbox.of(row)
            (ours if inbox.is_whatsapp(bridged) else others).append(inbox)
    return ours, others


def sole_member(api: AccountApi, inbox_id: str) -> str:
    """Return the e-mail of an inbox's only member, "" if there are several (O2)."""
    with suppress(PermissionMissing, Gone, UnexpectedResponse):
        members = items_of(api.get(f"/inbox_members/{inbox_id}"), "payload")
        return text(as_object(members[0]), "email") if len(members) == 1 else ""
    return ""


def agent_emails(api: AccountApi) -> dict[str, str]:
    """Return the e-mails of agents by their ids, which webhooks give instead of them (O1)."""
    with suppress(PermissionMissing, Gone, UnexpectedResponse):
        shown = [as_object(one) for one in items_of(api.get("/agents"))]
        return {text(one, "id"): text(one, "email") for one in shown if text(one, "email")}
    return {}


class ChatwootSource:
    """See `Source`. A request that fails for good ends the reading; what was read before stays."""

    kind = NAME

    def __init__(
        self,
        find: Callable[[], AccountApi],
        bridged: frozenset[str],
        recall: Recall,
        options: ReadOptions,
    ) -> None:
        self._find = find
        self._bridged = bridged
        self._recall = recall
        self._options = options

    def read(self) -> Iterator[ChatReading | Unreadable | Reached]:
        """Yield what is new of every chat, and in the end how far that is."""
        return until_error(TITLE, self._readings())

    def _readings(self) -> Iterator[ChatReading | Unreadable | Reached]:
        api = self._find()
        asked = f"{NAME} people of {api.client.url} {api.account_id}"
        is_due = is_daily_due(self._recall(asked), self._options.now)
        account = self._account(api, is_due=is_due)
        now = self._options.now.isoformat()
        yield Reached({**account.fact(), **({asked: now} if is_due else {})})
        lost = {one.account for one in account.inboxes.values() if one.is_disconnected}
        yield Reached({_FACTS.disconnected(""): numbers_text(lost)})
        yield from ConversationWalk(api, account, self._recall, self._options).read()

    def _account(self, api: AccountApi, *, is_due: bool) -> AccountFacts:
        """Return what is ours there; people are asked for if that `is_due`.

        Raise `PermissionMissing` if no inbox is WhatsApp's.
        """
        known = AccountFacts.recalled(self._recall, api.account_id)
        ours, _ = whatsapp_inboxes(api, self._bridged)
        if not ours:
            raise PermissionMissing(
                f"The token reaches no inbox of {TITLE} that is WhatsApp's.",
                "Take the token of a member of the inbox. The inbox of a bridge has to be named:"
                " wasf connect chatwoot --inboxes ID",
            )
        owners = {one.id: one.owner_email for one in known.inboxes.values()}
        for one in ours:
            if is_due or one.id not in owners:
                owners[one.id] = sole_member(api, one.id)
        inboxes = {one.id: one._replace(owner_email=owners[one.id]) for one in ours}
        agents = agent_emails(api) if is_due else known.agents
        return AccountFacts(api.account_id, api.client.url, inboxes, agents)


# --- The account ---------------------------------------------------------------------------------

EVENTS: Final = ("message_created", "message_updated")
"""Everything that brings a message; one webhook has both."""

_REDIRECTS: Final = 3  # Chatwoot answers with the place of a file, which may be a storage's


class ChatwootApi:
    """See `ChatApi`; each method raises as `chatwoot_client` says."""

    def __init__(self, connection: ApiConnection) -> None:
        self._client = chatwoot_client(connection)
        self._given = connection.options.get("account", "") or _account_in(connection.url)
        named = connection.options.get("inboxes", "").split(",")
        self._bridged = frozenset(filter(None, (one.strip() for one in named)))

    def workspace(self) -> Workspace:
        """Return the account with its inboxes for WhatsApp, and those that may be a bridge's."""
        name, api = self._proved()
        ours, others = whatsapp_inboxes(api, self._bridged)
        shown = [_shown(one, sole_member(api, one.id), "read") for one in ours]
        for one in others:
            if one.channel == API_CHANNEL:
                how = f"not read; if a bridge to WhatsApp fills it: --inboxes {one.id}"
                shown.append(_shown(one, "", how))
        return Workspace(name, accounts=tuple(shown))

    def source(self, recall: Recall, options: ReadOptions) -> ChatwootSource:
        """Return the chats of all its inboxes for WhatsApp."""
        return ChatwootSource(self._api, self._bridged, recall, options)

    def read_file(self, place: str, largest: int) -> bytes:
        """Return the file at that path of the server, or behind that link."""
        link = self._client.url + place if place.startswith(STORED) else place
        if not link:
            raise UnreadableFile(f"{TITLE} gave no link to a message's file.")
        return self._client.download(link, largest, redirects=_REDIRECTS)

    def register(self, url: str, secrets: HookSecrets) -> int:
        """Create the webhook, or have an equal one send what is missing; keep its secret.

        Raise `PermissionMissing` if the token is not an administrator's.
        """
        address = hook_address(url, TITLE, server=self._client.url)
        endpoint = f"{address}/{NAME}?secret={quote(secrets.own().reveal(), safe='')}"
        try:
            made = self._webhook(self._api(), endpoint)
        except PermissionMissing as error:
            raise PermissionMissing(
                f"{TITLE} refuses a webhook: {error.message}",
                "Take an administrator's token; or an administrator makes one (Settings,"
                f" Integrations, Webhooks) for {address}/{NAME}?secret=… with the secret that"
                " WASF_LISTEN_SECRET gives, for messages created and updated.",
            ) from None
        if secret := text(made, "secret"):
            secrets.keep(NAME, Secret(secret))
        return len(EVENTS)

    def _webhook(self, api: AccountApi, endpoint: str) -> Object:
        """Return the webhook for an address; others stay as they are."""
        path = f"/api/v1/accounts/{api.account_id}/webhooks"
        wanted: dict[str, object] = {"url": endpoint, "name": "wasf", "subscriptions": [*EVENTS]}
        listed = items_of(self._client.get(path), "payload", "webhooks")
        for one in map(as_object, listed):
            if text(one, "url") != endpoint:
                continue
            sent = one.get("subscriptions")
            has = [name for name in sent if isinstance(name, str)] if isinstance(sent, list) else []
            if set(EVENTS) <= set(has):
                return one
            wanted["subscriptions"] = [*has, *(name for name in EVENTS if name not in has)]
            changed = self._client.patch(f"{path}/{text(one, 'id')}", {"webhook": wanted})
            return _made(as_object(changed)) or one
        return _made(as_object(self._client.post(path, {"webhook": wanted})))

    def _api(self) -> AccountApi:
        """Return the lists of the account. Raise `NotConnected` if it is not known which it is."""
        return AccountApi(self._client, self._given) if self._given else self._proved()[1]

    def _proved(self) -> tuple[str, AccountApi]:
        """Return the account's name and its lists; this proves the token."""
        profile = self._client.get("/api/v1/profile")
        account_id, name = first_account(profile, self._given)
        return name, AccountApi(self._client, account_id)


def _made(answer: Object) -> Object:
    """Return the webhook that an answer shows."""
    payload = inner(answer, "payload")
    return inner(payload, "webhook") or payload


def _shown(inbox: ChannelInbox, owner_email: str, status: str) -> WhatsAppAccount:
    status = "to be connected again" if inbox.is_disconnected else status
    return WhatsAppAccount(inbox.id, inbox.phone, inbox.name, owner_email, status)


_IN_ADDRESS: Final = re.compile(r"/app/accounts/([0-9]+)")


def _account_in(url: str) -> str:
    """Return the account that an address from the browser names, "" if it names none."""
    found = _IN_ADDRESS.search(url)
    return found[1] if found else ""
