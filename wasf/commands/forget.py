"""`wasf forget`: removes all that this machine holds about a person, and lets nothing in again."""

from dataclasses import dataclass

from wasf.core.chats import Phone
from wasf.core.phones import canonical, parse_phone
from wasf.errors import WrongUsage
from wasf.interfaces import Aftercare, KnownChat, Ledger, Link


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, or would be, and what stays in Salesforce: messages, and the records.

    `groups` are group chats in which the number takes part; they are kept.
    """

    dry_run: bool
    chats: int
    waiting: int
    logged: int
    records: tuple[Link, ...]
    groups: int


def number_in(text: str, region: str) -> Phone:
    """The number that a person typed. Raises `WrongUsage`, which does not repeat it."""
    phone = parse_phone(text, region)
    if phone is None:
        raise WrongUsage(
            "that cannot be read as a phone number",
            "write it with its country code, such as +44 7700 900123, or set default_region",
        )
    return phone


def forget(phone: Phone, ledger: Ledger, aftercare: Aftercare, *, dry_run: bool) -> Forgotten:
    """Forget whoever has this number; in Salesforce nothing changes."""
    known = ledger.chats()
    own = [one for one in known if not one.chat.is_group and _is_same(one.chat.phone, phone)]
    if not dry_run:
        aftercare.forget(phone, [one.chat for one in own])
        aftercare.wipe()
    return Forgotten(
        dry_run=dry_run,
        chats=len(own),
        waiting=sum(one.queued for one in own),
        logged=sum(one.logged for one in own),
        records=tuple(dict.fromkeys(one.link for one in own if one.link)),
        groups=sum(_takes_part(one, phone) for one in known),
    )


def _is_same(known: Phone | None, phone: Phone) -> bool:
    return known is not None and canonical(known) == canonical(phone)


def _takes_part(known: KnownChat, phone: Phone) -> bool:
    return any(_is_same(one.phone, phone) for one in known.chat.participants)


# --- For people and programs -------------------------------------------------------------------


def forgotten_lines(done: Forgotten) -> list[str]:
    """What was forgotten, in words."""
    would, are = ("would be ", "would be") if done.dry_run else ("", "are")
    lines = [
        f"Chats {would}forgotten: {done.chats:,}, with {done.waiting:,} messages that wait.",
        f"Chats of this person {are} left out from now on; to end that: wasf forget NUMBER --lift",
    ]
    if done.logged:
        where = ", ".join(f"{link.record_type} {link.record_id}" for link in done.records)
        on = f" on {where}" if where else "; on which record is no longer known here"
        lines.append(f"What stays in Salesforce: the Tasks of {done.logged:,} messages{on}.")
    if done.groups:
        lines.append(f"Groups in which the number takes part are kept: {done.groups:,}.")
    return lines


def forgotten_as_json(done: Forgotten) -> dict[str, object]:
    """What was forgotten, for programs."""
    return {
        "schema": 1,
        "dry_run": done.dry_run,
        "chats": done.chats,
        "waiting": done.waiting,
        "logged_in_salesforce": done.logged,
        "records": [{"type": link.record_type, "id": link.record_id} for link in done.records],
        "groups": done.groups,
    }
