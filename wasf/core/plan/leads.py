"""New Leads, reopened Leads, and the link to the chat in a Lead's details (M5, L1, L3)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Chat, Phone
from wasf.core.phones import chat_address
from wasf.core.policy import SyncPolicy
from wasf.core.records import Lead, LeadChange, LeadStatus, NewLead
from wasf.core.task_text import DESCRIPTION_LIMIT
from wasf.core.text import one_line, shorten, utf16_length

_FIRST_NAME_LIMIT = 40
_LAST_NAME_LIMIT = 80
_COMPANY_LIMIT = 255


class PersonName(NamedTuple):
    """A name as Salesforce keeps it; `first` may be "", `last` never is."""

    first: str
    last: str


def new_lead(chat: Chat, phone: Phone, owner: UserId, policy: SyncPolicy) -> NewLead:
    """Return the Lead to create for a person whom no record has (L1)."""
    name = person_name(chat.name, phone)
    link = chat_link(chat, phone)
    return NewLead(
        phone=phone,
        first_name=name.first,
        last_name=name.last,
        company=shorten(policy.lead_company, _COMPANY_LIMIT),
        owner_id=owner,
        description="" if policy.link_field else _link_line(link),
        link=link if policy.link_field else "",
        link_field=policy.link_field,
        source=policy.lead_source,
    )


def person_name(name: str, phone: Phone) -> PersonName:
    """Split a name before its last word; without a name the last name is the number.

    A word without a letter (an emoji after the name) stays with the word before it.
    """
    words = one_line(name).split()
    if not words:
        return PersonName("", phone)
    with_letters = [i for i, word in enumerate(words) if any(char.isalnum() for char in word)]
    start = with_letters[-1] if with_letters else 0
    return PersonName(
        shorten(" ".join(words[:start]), _FIRST_NAME_LIMIT),
        shorten(" ".join(words[start:]), _LAST_NAME_LIMIT),
    )


def chat_link(chat: Chat, phone: Phone | None) -> str:
    """Return the address that opens the chat, "" if there is none (L3)."""
    if chat.url or phone is None:
        return chat.url
    return chat_address(phone)


def reopened_status(policy: SyncPolicy, statuses: Iterable[LeadStatus]) -> str | None:
    """Return the status of a reopened Lead: the setting (label or API name) or the default (M5).

    None only if the org has no default status.
    """
    wanted = policy.reopen_status.casefold()
    for status in statuses:
        names = {status.api_name.casefold(), status.label.casefold()}
        if wanted in names if wanted else status.is_default:
            return status.api_name
    return policy.reopen_status or None


def link_change(
    lead: Lead, chat: Chat, policy: SyncPolicy, reopen_to: str | None = None
) -> LeadChange | None:
    """Return the change of a matched Lead: the chat link, and the status if it is reopened.

    None if nothing changes. What people wrote stays: the link goes on its own line at the end, or
    into the link field if that is empty, and is left out if there is no room (L3).
    """
    link = chat_link(chat, chat.phone)
    in_field = link if policy.link_field and not lead.link.strip() else ""
    description = "" if policy.link_field else _with_link(lead.description, link)
    if not (in_field or description or reopen_to):
        return None
    return LeadChange(
        id=lead.id,
        read_at=lead.modified_at,
        status=reopen_to,
        description=description or None,
        link=in_field or None,
        link_field=policy.link_field if in_field else "",
    )


def links_change(
    lead: Lead, chats: Iterable[Chat], policy: SyncPolicy, reopen_to: str | None = None
) -> LeadChange | None:
    """Return one change with the links of all chats of a matched Lead, as `link_change` does."""
    change: LeadChange | None = None
    for chat in chats:
        step = link_change(lead, chat, policy, reopen_to)
        if step is not None:
            change = _with_earlier(step, change)
            lead = replace(
                lead,
                description=lead.description if step.description is None else step.description,
                link=lead.link if step.link is None else step.link,
            )
    return change


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


def unlink_change(lead: Lead, link: str, policy: SyncPolicy) -> LeadChange | None:
    """Return the change that removes a chat's link, None if it is not there as wasf wrote it.

    That is a line of its own in the description, or all of the link field.
    """
    in_field = bool(policy.link_field) and lead.link.strip() == link
    description = _without_link(lead.description, link)
    if description is None and not in_field:
        return None
    return LeadChange(
        id=lead.id,
        read_at=lead.modified_at,
        description=description,
        link="" if in_field else None,
        link_field=policy.link_field if in_field else "",
    )


def _without_link(description: str, link: str) -> str | None:
    """Return the description without the last line that is the link's, None if there is none.

    Salesforce returns line breaks as CR LF.
    """
    line = rf"(?:\A|\r?\n){re.escape(_link_line(link))}(?=\r?\n|\Z)"
    found = list(re.finditer(line, description))
    if not found:
        return None
    start, end = found[-1].span()
    rest = description[end:]
    return description[:start] + (rest if start else re.sub(r"\A\r?\n", "", rest))


def _with_link(description: str, link: str) -> str:
    """Return the description with the link, "" if it is there, unknown, or too long."""
    if not link or re.search(rf"{re.escape(link)}(?!\w)", description):
        return ""
    line_break = "\n" if description and not description.endswith("\n") else ""
    longer = f"{description}{line_break}{_link_line(link)}"
    return longer if utf16_length(longer) <= DESCRIPTION_LIMIT else ""


def _link_line(link: str) -> str:
    return f"WhatsApp chat: {link}"
