"""New Leads, reopened Leads, and the link to the chat in a Lead's details (M5, L1, L3)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from wasf.core.auth import UserId
from wasf.core.chats import Chat, Phone
from wasf.core.phones import digits
from wasf.core.policy import SyncPolicy
from wasf.core.records import Lead, LeadChange, LeadStatus, NewLead
from wasf.core.task_text import DESCRIPTION_LIMIT, shown_name
from wasf.core.text import shorten, utf16_length

_FIRST_NAME_LIMIT = 40
_LAST_NAME_LIMIT = 80
_COMPANY_LIMIT = 255


class PersonName(NamedTuple):
    """A name as Salesforce keeps it; `first` may be "", `last` never is."""

    first: str
    last: str


def new_lead(chat: Chat, phone: Phone, owner: UserId, rules: SyncPolicy) -> NewLead:
    """The Lead for a person with this number who is nowhere yet (L1)."""
    name = person_name(chat.name, phone)
    link = chat_link(chat, phone)
    return NewLead(
        phone=phone,
        first_name=name.first,
        last_name=name.last,
        company=shorten(rules.lead_company, _COMPANY_LIMIT),
        owner_id=owner,
        description="" if rules.link_field else _link_line(link),
        link=link if rules.link_field else "",
        link_field=rules.link_field,
    )


def person_name(name: str, phone: Phone) -> PersonName:
    """Take a name apart before its last word, without a name the number stands for it.

    What has no letter (an emoji behind the name) stays with the word before it.
    """
    words = shown_name(name).split()
    if not words:
        return PersonName("", phone)
    with_letters = [i for i, word in enumerate(words) if any(char.isalnum() for char in word)]
    start = with_letters[-1] if with_letters else 0
    return PersonName(
        shorten(" ".join(words[:start]), _FIRST_NAME_LIMIT),
        shorten(" ".join(words[start:]), _LAST_NAME_LIMIT),
    )


def chat_link(chat: Chat, phone: Phone | None) -> str:
    """The address that opens the chat, "" if nobody can know one."""
    if chat.url or phone is None:
        return chat.url
    return f"https://wa.me/{digits(phone)}"


def reopened_status(rules: SyncPolicy, statuses: Iterable[LeadStatus]) -> str | None:
    """The status that a closed Lead gets: the one chosen, by label or API name, or the org's own.

    None only if the org names no default.
    """
    wanted = rules.reopen_status.casefold()
    for status in statuses:
        names = {status.api_name.casefold(), status.label.casefold()}
        if wanted in names if wanted else status.is_default:
            return status.api_name
    return rules.reopen_status or None


def link_change(
    lead: Lead, chat: Chat, rules: SyncPolicy, reopen_to: str | None = None
) -> LeadChange | None:
    """What changes on a Lead that a chat was matched to: the link, and the status if it reopens.

    None if nothing does. What people wrote stays as it is: the link goes on a line of its own
    behind it, or into the link's own field if that is empty, and nowhere if there is no room.
    """
    link = chat_link(chat, chat.phone)
    in_field = link if rules.link_field and not lead.link.strip() else ""
    description = "" if rules.link_field else _with_link(lead.description, link)
    if not (in_field or description or reopen_to):
        return None
    return LeadChange(
        id=lead.id,
        read_at=lead.modified_at,
        status=reopen_to,
        description=description or None,
        link=in_field or None,
        link_field=rules.link_field if in_field else "",
    )


def _with_link(description: str, link: str) -> str:
    """The description with the link, "" if it is there already, unknown, or too long."""
    if not link or re.search(rf"{re.escape(link)}(?!\w)", description):
        return ""
    line_break = "\n" if description and not description.endswith("\n") else ""
    longer = f"{description}{line_break}{_link_line(link)}"
    return longer if utf16_length(longer) <= DESCRIPTION_LIMIT else ""


def _link_line(link: str) -> str:
    return f"WhatsApp chat: {link}"
