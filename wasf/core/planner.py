"""Make the plan: which Leads are created or changed, where each chat is logged (rules L, T7, W)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, assert_never

from wasf.core.auth import UserId
from wasf.core.chats import Chat, Phone
from wasf.core.keys import phone_key
from wasf.core.leads import link_change, new_lead, reopened_status
from wasf.core.matching import (
    Ambiguous,
    ClosedLead,
    Directory,
    MatchedContact,
    MatchedLead,
    Nobody,
    Owner,
    choose_owner,
    find_record,
    linked_records,
)
from wasf.core.phones import canonical
from wasf.core.plan import (
    ChangesLead,
    CreatesLead,
    Logs,
    Plan,
    PlanContext,
    Skips,
    Target,
    Waits,
)
from wasf.core.policy import SyncPolicy
from wasf.core.records import KnownChat, Lead, LeadChange, PeopleQuery, RecordId, RecordType
from wasf.core.text import fold_name


def search_for(pending: Sequence[KnownChat]) -> PeopleQuery:
    """Return the search for these chats: linked ones by id, all by number, else by name.

    A linked chat is searched by number too, in case its record is gone (M10).
    """
    matched = [p for p in pending if not p.unlinked]
    one_to_one = {(p.chat.phone, p.chat.name) for p in matched if not p.chat.is_group}
    people = one_to_one | {(one.phone, one.author) for p in matched for one in p.chat.participants}
    return PeopleQuery(
        phones=frozenset(phone for phone, _ in people if phone),
        names=frozenset(name for phone, name in people if name and not phone),
        contact_ids=linked_records(matched, RecordType.CONTACT),
        lead_ids=linked_records(matched, RecordType.LEAD),
    )


# --- Deciding ----------------------------------------------------------------------------------


class _OnRecord(NamedTuple):
    chat: Chat
    owner: UserId
    target: Target
    lead: Lead | None
    reopens: bool
    by_hand: bool


class _NeedsLead(NamedTuple):
    chat: Chat
    phone: Phone
    owner: UserId


_Decision = _OnRecord | _NeedsLead | Logs | Waits | Skips


def make_plan(pending: Sequence[KnownChat], directory: Directory, context: PlanContext) -> Plan:
    """Decide what happens to every chat. Each is in exactly one place of the plan."""
    owners = [_owner(one.chat, context) for one in pending]
    decisions = [
        _decide(one, owner.user_id, directory, context)
        for one, owner in zip(pending, owners, strict=True)
    ]
    on_record = [d for d in decisions if isinstance(d, _OnRecord)]
    in_groups = [d for d in decisions if isinstance(d, Logs)]
    logs = [Logs(d.chat, d.owner, (d.target,), d.by_hand) for d in on_record]
    return Plan(
        creates=_creates([d for d in decisions if isinstance(d, _NeedsLead)], context.policy),
        changes=_changes(on_record, directory, context.policy),
        logs=(*logs, *in_groups),
        waits=tuple(d for d in decisions if isinstance(d, Waits)),
        skips=tuple(d for d in decisions if isinstance(d, Skips)),
        notes=tuple(dict.fromkeys(owner.note for owner in owners if owner.note)),
    )


def _owner(chat: Chat, context: PlanContext) -> Owner:
    return choose_owner(chat.owner_email, chat.account_email, context.users, context.connected)


def _decide(
    pending: KnownChat, owner: UserId, directory: Directory, context: PlanContext
) -> _Decision:
    chat = pending.chat
    if pending.unlinked:
        return Waits(
            chat.id,
            "somebody unlinked it from its record",
            f"name the record: wasf link {chat.id} RECORD",
        )
    if chat.is_group:
        return _decide_group(chat, owner, directory)
    match = find_record(chat.phone, chat.name, owner, directory, pending.link)
    match match:
        case MatchedContact(contact):
            target = Target(RecordType.CONTACT, contact.id, contact.name)
            by_hand = _by_hand(match, pending)
            return _OnRecord(chat, owner, target, lead=None, reopens=False, by_hand=by_hand)
        case MatchedLead(lead) | ClosedLead(lead):
            target = Target(RecordType.LEAD, lead.id, lead.name)
            reopens = isinstance(match, ClosedLead)
            return _OnRecord(chat, owner, target, lead, reopens, _by_hand(match, pending))
        case Ambiguous(count):
            return Waits(chat.id, f"{count} Contacts or Leads have this name", SAY_NUMBER)
        case Nobody():
            return _decide_unknown(chat, owner, context)
        case _:
            assert_never(match)


def _by_hand(match: MatchedContact | MatchedLead | ClosedLead, pending: KnownChat) -> bool:
    return match.is_remembered and pending.link is not None and pending.link.by_hand


SAY_NUMBER = (
    "say the number: wasf sync FILE --phone NUMBER, or --contacts ADDRESSBOOK; "
    "or the record: wasf link CHAT RECORD"
)
"""What to do for a chat without a number."""


def _decide_unknown(chat: Chat, owner: UserId, context: PlanContext) -> _Decision:
    policy = context.policy
    if chat.phone is None:
        return Waits(chat.id, "its number is not known, and nobody has this name", SAY_NUMBER)
    if not policy.create_leads:
        return Waits(
            chat.id,
            "no Contact or Lead has its number, and new Leads are switched off",
            "create one with this number, or: wasf config set lead.auto_create true",
        )
    if not context.can_create_leads:
        return Waits(
            chat.id,
            "no Contact or Lead has its number, and you may not create Leads in Salesforce",
            "ask an admin for the permission Create on Lead, or create the Lead by hand",
        )
    until = _doubtful_until(chat.phone, context)
    if until is not None and context.now < until:
        local = until.astimezone(policy.zone)
        return Waits(
            chat.id,
            "an earlier run may have created its Lead, and nobody knows yet",
            f"looked for again by the first sync after {local:%Y-%m-%d %H:%M}",
        )
    return _NeedsLead(chat, chat.phone, owner)


def _doubtful_until(phone: Phone, context: PlanContext) -> datetime | None:
    doubtful = context.doubtful_leads.items()
    return next((until for one, until in doubtful if canonical(one) == canonical(phone)), None)


def _decide_group(chat: Chat, owner: UserId, directory: Directory) -> Logs | Skips:
    """Log a group on each participant who is a Contact or Lead already (T7)."""
    targets: dict[RecordId, Target] = {}
    for participant in chat.participants:
        name = participant.author
        match find_record(participant.phone, name, owner, directory):
            case MatchedContact(contact):
                found = Target(RecordType.CONTACT, contact.id, contact.name)
            case MatchedLead(lead) | ClosedLead(lead):
                found = Target(RecordType.LEAD, lead.id, lead.name)
            case Nobody() | Ambiguous():
                continue
        about = phone_key(participant.phone) if participant.phone else fold_name(name)
        targets.setdefault(found.record_id, found._replace(about=about))
    if not targets:
        return Skips(
            chat.id,
            "a group in which nobody is a Contact or Lead",
            "create a participant's Contact or Lead, then sync the file again",
        )
    return Logs(chat, owner, tuple(targets.values()))


# --- Gathering ---------------------------------------------------------------------------------


def _creates(needed: Sequence[_NeedsLead], policy: SyncPolicy) -> tuple[CreatesLead, ...]:
    """Create one Lead for each number, however many chats have it (L4)."""
    by_phone: dict[Phone, list[_NeedsLead]] = {}
    for need in needed:
        by_phone.setdefault(canonical(need.phone), []).append(need)
    return tuple(
        CreatesLead(
            lead=new_lead(_named(needs), needs[0].phone, needs[0].owner, policy),
            chats=tuple(need.chat for need in needs),
            owners=tuple(need.owner for need in needs),
        )
        for needs in by_phone.values()
    )


def _named(needs: Sequence[_NeedsLead]) -> Chat:
    return next((need.chat for need in needs if need.chat.name), needs[0].chat)


def _changes(
    decided: Sequence[_OnRecord], directory: Directory, policy: SyncPolicy
) -> tuple[ChangesLead, ...]:
    """Make one change for each Lead, with the links of all its chats."""
    by_lead: dict[RecordId, list[_OnRecord]] = {}
    for decision in decided:
        if decision.lead is not None:
            by_lead.setdefault(decision.lead.id, []).append(decision)
    changes = (_change(of_lead, directory, policy) for of_lead in by_lead.values())
    return tuple(change for change in changes if change is not None)


def _change(
    decisions: Sequence[_OnRecord], directory: Directory, policy: SyncPolicy
) -> ChangesLead | None:
    lead = decisions[0].lead
    if lead is None:
        return None
    reopens = decisions[0].reopens
    status = reopened_status(policy, directory.statuses.values()) if reopens else None
    change: LeadChange | None = None
    for decision in decisions:
        step = link_change(lead, decision.chat, policy, status)
        if step is not None:
            change = _with_earlier(step, change)
            lead = replace(
                lead,
                description=lead.description if step.description is None else step.description,
                link=lead.link if step.link is None else step.link,
            )
    if change is None:
        return None
    return ChangesLead(change, reopens, tuple(d.chat.id for d in decisions))


def _with_earlier(step: LeadChange, earlier: LeadChange | None) -> LeadChange:
    """Combine this chat's change with that of the chats before it."""
    if earlier is None:
        return step
    return replace(
        step,
        description=earlier.description if step.description is None else step.description,
        link=earlier.link if step.link is None else step.link,
        link_field=step.link_field or earlier.link_field,
    )
