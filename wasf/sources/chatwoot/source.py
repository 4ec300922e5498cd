"""The chats of a Chatwoot account as a `Source`: asks who is who, then reads what is new.

A token that is not accepted and a server that does not answer end the reading; what was read before
stays. Lists of people that the token may not see are left out: then owners are not known.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from wasf.core.source_state import ApiFacts, numbers_text
from wasf.errors import PermissionMissing, Stopped, WasfError
from wasf.interfaces import ChatReading, Reached, ReadOptions, Recall, Unreadable
from wasf.sources.api_client import Gone
from wasf.sources.chatwoot.client import AccountApi
from wasf.sources.chatwoot.model import NAME, TITLE, AccountFacts, ChannelInbox, items_of
from wasf.sources.chatwoot.walk import ConversationWalk
from wasf.sources.lenient_json import as_object, text
from wasf.sources.pagination import ApiMisanswer, is_daily_due

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
