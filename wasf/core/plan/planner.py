"""Make the plan: which Leads are created or changed, where each chat is logged (rules L, T7, W)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Chat, Phone
from wasf.core.keys import phone_key
from wasf.core.phones import canonical, say_number
from wasf.core.plan.decisions import (
    ChangesLead,
    CreatesLead,
    Logs,
    Plan,
    PlanContext,
    Skips,
    Target,
    Waits,
    target_of,
    waits_for_choice,
)
from wasf.core.plan.leads import links_change, new_lead, reopened_status
from wasf.core.plan.record_match import (
    Ambiguous,
    ClosedLead,
    Directory,
    Match,
    MatchedContact,
    MatchedLead,
    Nobody,
    Owner,
    choose_owner,
    find_record,
    linked_records,
    same_name_without_number,
)
from wasf.core.plan.related import decide_on_accounts, decide_related, note_on_accounts
from wasf.core.policy import SameName, SyncPolicy
from wasf.core.records import (
    Contact,
    KnownChat,
    Lead,
    PeopleQuery,
    Person,
    RecordId,
    RecordType,
    SearchGap,
)
from wasf.core.text import fold_name


def search_for(pending: Sequence[KnownChat]) -> PeopleQuery:
    """Return the search for these chats: by number, by name, and linked ones by id.

    A linked chat is searched by number too, in case its record is gone (M10). The name of a chat
    with a number is for M13; members of a group with a number are searched by that alone.
    """
    matched = [p for p in pending if not (p.unlinked or (p.related and p.chat.is_group))]
    one_to_one = {(p.chat.phone, p.chat.name) for p in matched if not p.chat.is_group}
    members = {(one.phone, one.author) for p in matched for one in p.chat.participants}
    names = {name for _, name in one_to_one} | {name for phone, name in members if not phone}
    return PeopleQuery(
        phones=frozenset(phone for phone, _ in one_to_one | members if phone),
        names=frozenset(names - {""}),
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


class _SameName(NamedTuple):
    """Nobody has the number, and one record has the chat's name and no number at all (M13)."""

    chat: Chat
    phone: Phone
    owner: UserId
    person: Person


class _NeedsLead(NamedTuple):
    chat: Chat
    phone: Phone
    owner: UserId
    namesake: Person | None = None


_Decision = _OnRecord | _NeedsLead | Logs | Waits | Skips


def make_plan(pending: Sequence[KnownChat], directory: Directory, context: PlanContext) -> Plan:
    """Decide what happens to every chat. Each is in exactly one place of the plan."""
    owners = [_owner(one.chat, context) for one in pending]
    namesakes = _namesakes(pending, directory, context)
    first = [
        _decide(one, owner.user_id, directory, context, namesakes)
        for one, owner in zip(pending, owners, strict=True)
    ]
    decisions = _decide_same_names(first, context)
    on_record = [d for d in decisions if isinstance(d, _OnRecord)]
    elsewhere = [d for d in decisions if isinstance(d, Logs)]
    logs = [Logs(d.chat, d.owner, (d.target,), d.by_hand) for d in on_record]
    return Plan(
        creates=_creates([d for d in decisions if isinstance(d, _NeedsLead)], context),
        changes=_changes(on_record, directory, context.policy),
        logs=(*logs, *elsewhere),
        waits=tuple(d for d in decisions if isinstance(d, Waits)),
        skips=tuple(d for d in decisions if isinstance(d, Skips)),
        notes=tuple(dict.fromkeys(owner.note for owner in owners if owner.note)),
    )


def _owner(chat: Chat, context: PlanContext) -> Owner:
    return choose_owner(chat.owner_email, chat.account_email, context.users, context.connected)


def _decide(
    pending: KnownChat,
    owner: UserId,
    directory: Directory,
    context: PlanContext,
    namesakes: Mapping[Phone, Person],
) -> _Decision | _SameName:
    chat = pending.chat
    if pending.related is not None:
        return decide_related(pending, pending.related, owner, directory, context)
    if pending.unlinked:
        return Waits(
            chat.id,
            "its number was another person's before"
            if chat.is_successor
            else "somebody unlinked it from its record",
            f"name the record: wasf link {chat.id} RECORD",
        )
    if chat.is_group:
        return _decide_group(chat, owner, directory)
    match = find_record(chat.phone, chat.name, owner, directory, pending.link)
    if gap := _search_gap(chat, match, directory):
        return gap
    match match:
        case Ambiguous(people):
            return waits_for_choice(chat.id, people)
        case Nobody():
            return _decide_unknown(chat, owner, context, namesakes)
        case _:
            return _on_match(chat, owner, match, by_hand=_by_hand(match, pending))


def _search_gap(chat: Chat, match: Match, directory: Directory) -> Waits | None:
    """Return why a chat waits whose search could not cover everybody (M8, M9)."""
    gaps = directory.gaps
    if chat.phone is not None:
        if isinstance(match, Nobody) and (found := gaps.phones.get(chat.phone)):
            why, kind = found
            return Waits(chat.id, why.format(f"{kind}s"), _GAP_HINTS[why].format(chat.id))
        return None
    is_known = not isinstance(match, Nobody | Ambiguous) and match.is_remembered
    if is_known or not gaps.unnamed or not chat.name:
        return None
    kinds = " and ".join(f"{kind}s" for kind in gaps.unnamed)
    return Waits(
        chat.id,
        f"its number is not known, and names of {kinds} cannot be searched",
        say_number(chat.id),
    )


_GAP_HINTS = {
    SearchGap.TOO_SLOW: "name the record: wasf link {} RECORD; or search the usual spellings"
    " only: wasf config set phone_search usual",
    SearchGap.ENCRYPTED: "name the record: wasf link {} RECORD; or ask an admin to encrypt the"
    " phone fields deterministically",
}


def _on_match(
    chat: Chat, owner: UserId, match: MatchedContact | MatchedLead | ClosedLead, *, by_hand: bool
) -> _OnRecord:
    if isinstance(match, MatchedContact):
        target = target_of(match.contact)
        return _OnRecord(chat, owner, target, lead=None, reopens=False, by_hand=by_hand)
    reopens = isinstance(match, ClosedLead)
    return _OnRecord(chat, owner, target_of(match.lead), match.lead, reopens, by_hand)


def _by_hand(match: MatchedContact | MatchedLead | ClosedLead, pending: KnownChat) -> bool:
    return match.is_remembered and pending.link is not None and pending.link.by_hand


def _decide_unknown(
    chat: Chat, owner: UserId, context: PlanContext, namesakes: Mapping[Phone, Person]
) -> _Decision | _SameName:
    if chat.phone is None:
        return Waits(
            chat.id, "its number is not known, and nobody has this name", say_number(chat.id)
        )
    if person := namesakes.get(canonical(chat.phone)):
        return _SameName(chat, chat.phone, owner, person)
    if in_doubt := _in_doubt(chat, chat.phone, context):
        return in_doubt
    accounts = context.accounts.get(canonical(chat.phone), ())
    if decided := decide_on_accounts(chat, owner, accounts, context):
        return decided
    return _no_new_lead(chat, chat.phone, context) or _NeedsLead(chat, chat.phone, owner)


def _no_new_lead(chat: Chat, phone: Phone, context: PlanContext) -> Waits | None:
    """Return why no Lead can be created for a number that nobody has; None if one can."""
    policy = context.policy
    if not policy.create_leads:
        return Waits(
            chat.id,
            "no Contact or Lead has its number, and new Leads are switched off",
            "create one with this number, or: wasf config set lead.auto_create true",
            unknown=phone,
        )
    if not context.can_create_leads:
        return Waits(
            chat.id,
            "no Contact or Lead has its number, and you may not create Leads in Salesforce",
            "ask an admin for the permission Create on Lead, or create the Lead by hand",
            unknown=phone,
        )
    return _in_doubt(chat, phone, context)


def _in_doubt(chat: Chat, phone: Phone, context: PlanContext) -> Waits | None:
    until = _doubtful_until(phone, context)
    if until is None or context.now >= until:
        return None
    local = until.astimezone(context.policy.zone)
    return Waits(
        chat.id,
        "an earlier run may have created its Lead, and nobody knows yet",
        f"looked for again by the first sync after {local:%Y-%m-%d %H:%M}",
    )


def _doubtful_until(phone: Phone, context: PlanContext) -> datetime | None:
    doubtful = context.doubtful_leads.items()
    return next((until for one, until in doubtful if canonical(one) == canonical(phone)), None)


def _decide_group(chat: Chat, owner: UserId, directory: Directory) -> Logs | Skips:
    """Log a group on each participant who is a Contact or Lead already (T7)."""
    targets: dict[RecordId, Target] = {}
    for participant in chat.participants:
        name = participant.author
        match find_record(participant.phone, name, owner, directory):
            case MatchedContact(person) | MatchedLead(person) | ClosedLead(person):
                found = target_of(person)
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


# --- The same name (M13) -----------------------------------------------------------------------


def _namesakes(
    pending: Sequence[KnownChat], directory: Directory, context: PlanContext
) -> Mapping[Phone, Person]:
    """Return the record that has a name of a number's chats and no number, if exactly one has.

    A record that a chat with another number is linked to is somebody else's.
    """
    names: dict[Phone, set[str]] = {}
    for chat in (one.chat for one in pending if not one.unlinked):
        if chat.phone and not chat.is_group:
            names.setdefault(canonical(chat.phone), set()).add(chat.name)
    found: dict[Phone, Person] = {}
    for phone, spoken in names.items():
        people = [
            person
            for person in same_name_without_number(spoken, directory)
            if context.linked_numbers.get(person.id, frozenset()) <= {phone}
        ]
        if len(people) == 1:
            found[phone] = people[0]
    return found


def _decide_same_names(
    decided: Sequence[_Decision | _SameName], context: PlanContext
) -> list[_Decision]:
    """Decide by the setting `same_name`; no record is used for two numbers."""
    numbers: dict[RecordId, set[Phone]] = {}
    for one in decided:
        if isinstance(one, _SameName):
            numbers.setdefault(one.person.id, set()).add(canonical(one.phone))
    return [
        _decide_same_name(one, len(numbers[one.person.id]), context)
        if isinstance(one, _SameName)
        else one
        for one in decided
    ]


def _decide_same_name(one: _SameName, numbers: int, context: PlanContext) -> _Decision:
    chat, owner, person = one.chat, one.owner, one.person
    setting = context.policy.same_name
    if setting is SameName.LEAD:
        no_lead = _no_new_lead(chat, one.phone, context)
        return no_lead or _NeedsLead(chat, one.phone, owner, person)
    if setting is SameName.USE and numbers == 1:
        match = MatchedContact(person) if isinstance(person, Contact) else MatchedLead(person)
        in_doubt = _in_doubt(chat, one.phone, context)
        return in_doubt or _on_match(chat, owner, match, by_hand=False)
    target = target_of(person)
    several = f", and {numbers} numbers have it" if numbers > 1 else ""
    return Waits(
        chat.id,
        f"{target.described} has this name and no number{several}",
        f"if it is the same person: wasf link {chat.id} {person.id}; if it is somebody else,"
        " create a Lead with the number, or: wasf config set same_name lead",
        (target,),
    )


# --- Gathering ---------------------------------------------------------------------------------


def _creates(needed: Sequence[_NeedsLead], context: PlanContext) -> tuple[CreatesLead, ...]:
    """Create one Lead for each number, however many chats have it (L4)."""
    by_phone: dict[Phone, list[_NeedsLead]] = {}
    for need in needed:
        by_phone.setdefault(canonical(need.phone), []).append(need)
    return tuple(
        note_on_accounts(_create(needs, context.policy), context.accounts.get(phone, ()))
        for phone, needs in by_phone.items()
    )


def _create(needs: Sequence[_NeedsLead], policy: SyncPolicy) -> CreatesLead:
    return CreatesLead(
        lead=new_lead(_named(needs), needs[0].phone, needs[0].owner, policy),
        chats=tuple(need.chat for need in needs),
        owners=tuple(need.owner for need in needs),
        note=_note_on_namesake(needs[0]),
        similar=tuple(target_of(one) for one in (needs[0].namesake,) if one),
    )


def _note_on_namesake(need: _NeedsLead) -> str:
    if need.namesake is None:
        return ""
    described = target_of(need.namesake).described
    return f"{need.chat.title}: a new Lead, although {described} has this name and no number"


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
    change = links_change(lead, [one.chat for one in decisions], policy, status)
    if change is None:
        return None
    return ChangesLead(change, reopens, tuple(d.chat.id for d in decisions))
