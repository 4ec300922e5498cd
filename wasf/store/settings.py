"""The settings of a run, checked, and where each value comes from.

A value comes from a flag, else from the environment, else from the file, else it is the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from wasf.core.policy import Attachments, DateOrder, Groups, Reserve, Rules
from wasf.errors import BadSetting
from wasf.store.settings_table import SETTINGS, Setting


class Origin(StrEnum):
    """Where a value comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Explained(NamedTuple):
    """A setting as it stands, for people."""

    name: str
    value: str
    origin: Origin
    help: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run, checked.

    `frequency` None is real-time; `timezone` None is this machine's own (see `zone`);
    `lead_closed_statuses` None means those that say so themselves; "" and None elsewhere mean that
    nobody chose.
    """

    frequency: timedelta | None
    timezone: tzinfo | None
    default_region: str
    lead_auto_create: bool
    lead_company: str
    lead_reopen_status: str
    lead_closed_statuses: tuple[str, ...] | None
    lead_link_field: str
    attachments: Attachments
    groups: Groups
    sources: tuple[Path, ...]
    whatsapp_accounts: Mapping[str, str]
    owner: str
    me: tuple[str, ...]
    contacts: Path | None
    date_order: DateOrder
    api_reserve: Reserve
    key_field: str
    quarantine: timedelta
    timelines_per_second: int
    listen_poll: timedelta
    secret_command: tuple[str, ...]
    origins: Mapping[str, Origin]

    @property
    def zone(self) -> tzinfo:
        """The time zone that counts. Raises `BadSetting` if this machine does not tell its own."""
        return self.timezone or machine_zone()

    def rules(self, *, flush: bool = False) -> Rules:
        """What decisions depend on."""
        closed = self.lead_closed_statuses
        return Rules(
            zone=self.zone,
            frequency=self.frequency,
            default_region=self.default_region,
            create_leads=self.lead_auto_create,
            lead_company=self.lead_company,
            reopen_status=self.lead_reopen_status,
            closed_statuses=None if closed is None else frozenset(closed),
            link_field=self.lead_link_field,
            attachments=self.attachments,
            groups=self.groups,
            flush=flush,
        )

    def explain(self) -> tuple[Explained, ...]:
        """Every setting with its value as text, where it comes from, and what it is for."""
        return tuple(
            Explained(each.name, self.shown(each), self.origins[each.name], each.help)
            for each in SETTINGS
        )

    def shown(self, setting: Setting) -> str:
        """A value as a person would write it."""
        value = getattr(self, setting.field)
        if setting.name == "timezone" and value is None:
            value = machine_zone()
        return setting.kind.show(value)


def machine_zone() -> tzinfo:
    """This machine's time zone. Raises `BadSetting` if it does not tell."""
    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (LookupError, OSError, ValueError) as error:
        raise BadSetting(
            "timezone: this machine's time zone cannot be told",
            "wasf config set timezone Europe/Berlin (or where you are)",
        ) from error
