"""What a person and the settings say about exported chats, for the source that reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wasf.errors import WrongUsage

if TYPE_CHECKING:
    from wasf.sources.exports.source import ExportOptions
    from wasf.store.settings.model import Settings


@dataclass(frozen=True, slots=True)
class ChatHints:
    """What a person says about the chats in the files of one run."""

    phone: str = ""
    whatsapp_account: str = ""


def export_options(settings: "Settings", hints: ChatHints, now: datetime) -> "ExportOptions":
    """The hints count before the settings. Raises `WrongUsage` for one that means nothing."""
    from wasf.core.phones import parse_phone
    from wasf.sources.exports.address_book import load_contacts
    from wasf.sources.exports.source import ExportOptions

    phone = parse_phone(hints.phone, settings.default_region) if hints.phone else None
    if hints.phone and phone is None:
        raise WrongUsage(
            "The number given with --phone cannot be read.",
            "Write it with its country code, such as +44 7700 900123, or set default_region.",
        )
    whatsapp_account, account_email = _whatsapp_account(hints, settings)
    contacts = settings.contacts
    return ExportOptions(
        zone=settings.zone,
        now=now,
        default_region=settings.default_region,
        me=frozenset(settings.me),
        phone=phone,
        contacts=load_contacts(contacts, settings.default_region) if contacts else None,
        whatsapp_account=whatsapp_account,
        owner_email=settings.owner,
        account_email=account_email,
        date_order=settings.date_order,
    )


def _whatsapp_account(hints: ChatHints, settings: "Settings") -> tuple[str, str]:
    """Our side's WhatsApp account and its owner's e-mail: as given, else the only one there is."""
    known, name = settings.whatsapp_accounts, hints.whatsapp_account
    if not name:
        return next(iter(known.items())) if len(known) == 1 else ("", "")
    if name in known or "@" in name:
        return name, known.get(name, name)
    raise WrongUsage(
        f"There is no WhatsApp account {name} in the settings.",
        f"wasf config set whatsapp_accounts '{name}=owner@example.com'",
    )
