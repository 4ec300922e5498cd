"""The record that a Task on a Contact is related to (R1, R2).

`task.related` is an order of objects; the first of which the Contact has an open record decides. An
Opportunity is the Contact's by a role, else its Account's. Leads have none: Salesforce forbids it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import ChatId
from wasf.core.policy import RelatedObject
from wasf.core.records import Account, RecordId

_CONTACTS_NAMED: Final = 5


class OpenRecord(NamedTuple):
    """An Opportunity or a Case that is not closed."""

    id: RecordId
    owner_id: UserId
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Relations:
    """What a Contact is related to: its Account, and open records.

    `by_role` are Opportunities in which the Contact has a role, `by_account` those of its Account.
    """

    account: RecordId | None = None
    by_role: tuple[OpenRecord, ...] = ()
    by_account: tuple[OpenRecord, ...] = ()
    cases: tuple[OpenRecord, ...] = ()


def choose_related(
    order: Sequence[RelatedObject], relations: Relations, owner: UserId
) -> RecordId | None:
    """Return the first related record by the order of the setting, None if there is none (R1).

    `owner` is the chat's owner, whose records come first (R2).
    """
    for kind in order:
        match kind:
            case RelatedObject.OPPORTUNITY:
                found = _chosen(relations.by_role or relations.by_account, owner)
            case RelatedObject.CASE:
                found = _chosen(relations.cases, owner)
            case RelatedObject.ACCOUNT:
                found = relations.account
        if found is not None:
            return found
    return None


def _chosen(records: Iterable[OpenRecord], owner: UserId) -> RecordId | None:
    """Return the owner's record, then the latest, then the one with the lowest id (R2)."""
    every = list(records)
    if not every:
        return None
    pool = [one for one in every if one.owner_id == owner] or every
    newest = max(one.modified_at for one in pool)
    return min(one.id for one in pool if one.modified_at == newest)


# --- Accounts (M12) ----------------------------------------------------------------------------


def contact_hint(account: Account, chat_id: ChatId, option: str = "") -> str:
    """Return how a chat is linked to a Contact of an Account, by `wasf link` with an option."""
    command = f"wasf link {chat_id}"
    match account.contacts:
        case ():
            return f"{account.name} has no Contact that you can see: create one with the number"
        case ((contact, name),):
            return f"if it is its Contact {name}: {command} {contact}{option}"
        case contacts:
            shown = [f"{name} ({contact})" for contact, name in contacts[:_CONTACTS_NAMED]]
            if len(contacts) > len(shown):
                shown.append(f"and {len(contacts) - len(shown)} more")
            return f"if it is one of its Contacts: {command} CONTACT{option}: {', '.join(shown)}"
