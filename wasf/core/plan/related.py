"""The record that a Task is related to: beside its Contact (R1 to R3), or alone (R3, M12).

`task.related` is an order of objects; the first of which the Contact has an open record decides. An
Opportunity is the Contact's by a role, else its Account's. Leads have none: Salesforce forbids it.
A record that a person chose for the chat goes before that order (R3).

A number that no Contact and no Lead has may stand on a business Account. The setting `accounts`
says what follows; where a Lead is made, the report names the Account and its Contacts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wasf.core.auth import UserId
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.phones import canonical, phones_in
from wasf.core.plan.decisions import CreatesLead, Logs, Plan, PlanContext, Target, Waits, target_of
from wasf.core.plan.record_match import Directory, MatchedContact, find_record
from wasf.core.policy import AccountNumber, RelatedObject
from wasf.core.records import Account, KnownChat, Link, OpenRecord, RecordId, RecordType, Relations

_CONTACTS_NAMED: Final = 5


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


def decide_related(
    pending: KnownChat, related: Link, owner: UserId, directory: Directory, context: PlanContext
) -> Logs | Waits:
    """Decide about a chat whose Tasks a person related to a record (R3).

    They are on its Contact, too. Where it has none, or is unlinked, they are on that record alone:
    no Lead is made, and none is written to, because a Task of a Lead cannot be related.
    """
    chat, link = pending.chat, pending.link
    if not context.can_relate:
        return Waits(
            chat.id,
            f"you may not relate Tasks to the {related.record_type} {related.record_id}",
            "ask an admin for the right to edit the field Related To (WhatId) of Tasks",
        )
    if not (chat.is_group or pending.unlinked):
        match = find_record(chat.phone, chat.name, owner, directory, link)
        if isinstance(match, MatchedContact):
            target = target_of(match.contact)._replace(what_id=related.record_id)
            by_hand = match.is_remembered and link is not None and link.by_hand
            return Logs(chat, owner, (target,), by_hand)
    return Logs(chat, owner, (Target(related.record_type, related.record_id, ""),))


# --- Accounts (M12) ----------------------------------------------------------------------------


def unknown_numbers(plan: Plan, setting: AccountNumber) -> frozenset[Phone]:
    """Return the numbers that Accounts are searched for, as no Contact and no Lead has them.

    By the setting `lead` those of new Leads only: an Account changes nothing for a chat that waits.
    """
    phones = {one.lead.phone for one in plan.creates}
    if setting is not AccountNumber.LEAD:
        phones |= {one.unknown for one in plan.waits if one.unknown}
    return frozenset(phones)


def businesses_by_number(
    accounts: Iterable[Account], region: str
) -> Mapping[Phone, Sequence[Account]]:
    """Return business Accounts by their canonical number; `region` as in `phones_in`."""
    found: dict[Phone, list[Account]] = {}
    for one in accounts:
        if one.person_contact_id is None:
            for phone in {canonical(of) for typed in one.phones for of in phones_in(typed, region)}:
                found.setdefault(phone, []).append(one)
    return found


def decide_on_accounts(
    chat: Chat, owner: UserId, accounts: Sequence[Account], context: PlanContext
) -> Logs | Waits | None:
    """Decide about a chat whose number only these Accounts have; None: it gets a new Lead.

    The Account of several is chosen as an Opportunity is (R2). Where no Task may stand on it alone,
    the chat waits.
    """
    setting = context.policy.accounts
    if not accounts or setting is AccountNumber.LEAD:
        return None
    if setting is AccountNumber.LOG and context.can_relate:
        open_ones = (OpenRecord(one.id, one.owner_id, one.modified_at) for one in accounts)
        chosen = _chosen(open_ones, owner)
        return Logs(chat, owner, tuple(_target(one) for one in accounts if one.id == chosen))
    return Waits(
        chat.id,
        f"only {_described(accounts)} has its number",
        f"{contact_hint(accounts, chat.id)}; for a new Lead: wasf config set accounts lead",
        tuple(map(_target, accounts)),
    )


def note_on_accounts(new: CreatesLead, accounts: Sequence[Account]) -> CreatesLead:
    """Return a new Lead with a note on the business Accounts that have its number."""
    if not accounts:
        return new
    note = f"{new.chats[0].title}: a new Lead, although {_described(accounts)} has this number"
    return replace(
        new,
        note=new.note or note,
        similar=(*new.similar, *map(_target, accounts)),
        hint=contact_hint(accounts, new.chats[0].id, " --move"),
    )


def contact_hint(accounts: Sequence[Account], chat_id: ChatId, option: str = "") -> str:
    """Return how a chat is linked to a Contact of Accounts, by `wasf link` with an option."""
    command = f"wasf link {chat_id}"
    names = " or ".join(one.name for one in accounts)
    match [contact for one in accounts for contact in one.contacts]:
        case []:
            return f"{names} has no Contact that you see: create it, then {command} CONTACT{option}"
        case [(contact, name)]:
            return f"if it is {name}, the Contact of {names}: {command} {contact}{option}"
        case contacts:
            shown = [f"{name} ({contact})" for contact, name in contacts[:_CONTACTS_NAMED]]
            if len(contacts) > len(shown):
                shown.append(f"and {len(contacts) - len(shown)} more")
            listed = ", ".join(shown)
            return f"if it is a Contact of {names}, {command} CONTACT{option}, one of: {listed}"


def _target(account: Account) -> Target:
    return Target(RecordType.ACCOUNT, account.id, account.name)


def _described(accounts: Sequence[Account]) -> str:
    return " or ".join(_target(one).described for one in accounts)
