"""New Leads that a duplicate rule blocked: whose chats they are, and what becomes of them (M11).

A rule compares names and parts of a number, so it often names a namesake. Only a record that has
the chat's number is the same person. Else the Lead is created all the same if the rule allows that;
if not, the chats wait until a person decides.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from wasf.core.chats import Chat
from wasf.core.plan.decisions import (
    BlockedLead,
    CreatesLead,
    Plan,
    PlanContext,
    Target,
    Waits,
    target_of,
)
from wasf.core.plan.planner import make_plan
from wasf.core.plan.record_match import Directory, Nobody, find_record, living
from wasf.core.records import KnownChat, PeopleQuery, RecordId, RecordType


def search_for_named(blocked: Sequence[BlockedLead]) -> PeopleQuery:
    """Return the search for the records that rules named, and again for the numbers.

    A record with the number may have been created since the first search.
    """
    named = {one for lead in blocked for one in lead.named}
    return PeopleQuery(
        phones=frozenset(lead.plan.lead.phone for lead in blocked),
        contact_ids=frozenset(id_ for kind, id_ in named if kind is RecordType.CONTACT),
        lead_ids=frozenset(id_ for kind, id_ in named if kind is RecordType.LEAD),
    )


def plan_blocked(
    blocked: Sequence[BlockedLead], directory: Directory, context: PlanContext
) -> Plan:
    """Decide about the chats of blocked Leads.

    `directory` has what was found by `search_for_named`: records that the user sees.
    """
    found: list[Chat] = []
    creates: list[CreatesLead] = []
    waits: list[Waits] = []
    for one in blocked:
        owner = one.plan.owners[0]
        if not isinstance(find_record(one.plan.lead.phone, "", owner, directory), Nobody):
            found += one.plan.chats
        elif obstacle := _obstacle(one, directory):
            waits += [_wait(chat, obstacle) for chat in one.plan.chats]
        else:
            creates.append(_despite(one, directory))
    plan = make_plan([KnownChat(chat) for chat in found], directory, context)
    return replace(plan, creates=(*plan.creates, *creates), waits=(*plan.waits, *waits))


class _Obstacle(NamedTuple):
    """Why a Lead cannot be created, because of which records, and who can change that."""

    reason: str
    similar: tuple[Target, ...]
    hint: str


def _obstacle(blocked: BlockedLead, directory: Directory) -> _Obstacle | None:
    """Return why the Lead cannot be created; None if it can."""
    rule = _rule(blocked)
    is_hidden = any(not _is_seen(record_id, directory) for _, record_id in blocked.named)
    if is_hidden or not (blocked.named or blocked.others):
        reason = f"{rule} blocks the new Lead, and you cannot see the record that it names"
        hint = "ask an admin to share that record with you; the next sync logs what waits"
        return _Obstacle(reason, (), hint)
    if blocked.can_be_saved and not blocked.plan.lead.allow_duplicates:
        return None
    similar = _similar(blocked, directory)
    hint = "if it is somebody else, ask an admin to let the rule allow the new Lead"
    return _Obstacle(f"{rule} blocks the new Lead{_difference(similar)}", similar, hint)


def _wait(chat: Chat, obstacle: _Obstacle) -> Waits:
    hint = obstacle.hint
    if obstacle.similar:
        record = obstacle.similar[0].record_id if len(obstacle.similar) == 1 else "RECORD"
        hint = f"if it is the same person: wasf link {chat.id} {record}; {hint}"
    return Waits(chat.id, obstacle.reason, hint, obstacle.similar)


def _despite(blocked: BlockedLead, directory: Directory) -> CreatesLead:
    """Return the same Lead, to be created although the rule found others."""
    plan, similar = blocked.plan, _similar(blocked, directory)
    note = f"{plan.chats[0].title}: a new Lead, although {_rule(blocked)} names another record"
    lead = replace(plan.lead, allow_duplicates=True)
    return replace(plan, lead=lead, note=f"{note}{_difference(similar)}", similar=similar)


def _rule(blocked: BlockedLead) -> str:
    return f"the duplicate rule {blocked.rule}" if blocked.rule else "a duplicate rule of your org"


def _difference(similar: Sequence[Target]) -> str:
    if not similar:
        return ""
    who = similar[0].described if len(similar) == 1 else "none of those that it names"
    return f"; {who} {'does not have' if len(similar) == 1 else 'has'} this number"


def _is_seen(record_id: RecordId, directory: Directory) -> bool:
    return any(record_id in one for one in (directory.contacts, directory.leads, directory.merged))


def _similar(blocked: BlockedLead, directory: Directory) -> tuple[Target, ...]:
    """Return the records that the rule named, as they are now."""
    people = (living(record_id, directory) for _, record_id in blocked.named)
    return tuple({one.id: target_of(one) for one in people if one}.values())
