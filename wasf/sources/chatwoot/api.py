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
from wasf.errors import PermissionMissing, Stopped, UnreadableFile, WasfError
from wasf.interfaces import (
    ApiConnection,
    ChatReading,
    HookSecrets,
    Reached,
    ReadOptions,
    Recall,
    Unreadable,
    WhatsAppAccount,
    Workspace,
)
from wasf.sources.addresses import hook_address
from wasf.sources.api_client import Gone
from wasf.sources.chatwoot.client import AccountApi, chatwoot_client, first_account
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
from wasf.sources.lenient_json import Object, as_object, inner, text
from wasf.sources.pagination import ApiMisanswer, is_daily_due

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
        with suppress(ApiMisanswer):
            inbox = ChannelInbox.of(row)
            (ours if inbox.is_whatsapp(bridged) else others).append(inbox)
    return ours, others


def sole_member(api: AccountApi, inbox_id: str) -> str:
    """Return the e-mail of an inbox's only member, "" if there are several (O2)."""
    with suppress(PermissionMissing, Gone, ApiMisanswer):
        members = items_of(api.get(f"/inbox_members/{inbox_id}"), "payload")
        return text(as_object(members[0]), "email") if len(members) == 1 else ""
    return ""


def agent_emails(api: AccountApi) -> dict[str, str]:
    """Return the e-mails of agents by their ids, which webhooks give instead of them (O1)."""
    with suppress(PermissionMissing, Gone, ApiMisanswer):
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
        try:
            api = self._find()
            asked = f"{NAME} people of {api.client.url} {api.account_id}"
            is_due = is_daily_due(self._recall(asked), self._options.now)
            account = self._account(api, is_due=is_due)
            now = self._options.now.isoformat()
            yield Reached({**account.fact(), **({asked: now} if is_due else {})})
            lost = {one.account for one in account.inboxes.values() if one.is_disconnected}
            yield Reached({_FACTS.disconnected(""): numbers_text(lost)})
            yield from ConversationWalk(api, account, self._recall, self._options).read()
        except Stopped:
            raise
        except WasfError as error:
            yield Unreadable(TITLE, error)

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
