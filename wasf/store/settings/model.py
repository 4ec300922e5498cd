"""The settings of a run, checked, and where each value comes from.

A value comes from a flag, else from the environment, else from the file, else it is the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from wasf.core.policy import Attachments, DateOrder, Groups, Reserve, SyncPolicy
from wasf.errors import BadSetting, WrongUsage
from wasf.store.settings import types as values
from wasf.store.settings.types import (
    CommandLine,
    ListType,
    MappingType,
    Number,
    OnePath,
    PathListing,
    SettingType,
    Switch,
    nearest,
)

# --- settings_table
# Every setting: its name, what it may be, its default and one line of help, in one table.


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that exists. `help` is one line for people; `default` what counts if unset."""

    name: str
    kind: SettingType
    default: object
    help: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "WASF_" + self.name.upper().replace(".", "_")

    @property
    def field(self) -> str:
        """Its name in `Settings`."""
        return self.name.replace(".", "_")


_EMAIL = "an e-mail address"
_FIELD = "the API name of a field, such as WhatsApp_Link__c"
_DURATION = "a length of time such as 15m, 1h30m or 2d"
_LISTED = "separated by commas"

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "frequency",
        SettingType(
            "real-time, 15m, 1h, 6h, 12h, 24h, or a length that divides an hour or is a multiple "
            "of one",
            values.frequency,
            values.show_duration,
        ),
        None,
        "how long messages are gathered into one Task; real-time makes one of each",
    ),
    Setting(
        "timezone",
        SettingType("a time zone such as Europe/Berlin", values.time_zone),
        None,
        "where days begin, and which clock exported chats show",
    ),
    Setting(
        "default_region",
        SettingType("a country's two letters, such as DE", values.region),
        "",
        "the country of phone numbers that are written without one",
    ),
    Setting(
        "lead.auto_create",
        Switch("true or false (or yes, no, on, off)", values.switch, values.show_switch),
        default=True,
        help="whether somebody unknown gets a new Lead; if not, the chat waits",
    ),
    Setting(
        "lead.company",
        SettingType("one line of at most 255 characters", values.line),
        "[not provided]",
        "the Company of new Leads",
    ),
    Setting(
        "lead.reopen_status",
        SettingType("a Lead status of your org", values.line),
        "",
        "the Status that a closed Lead gets when it is reopened; empty: the org's default",
    ),
    Setting(
        "lead.closed_statuses",
        ListType(f"Lead statuses of your org, {_LISTED}", values.line, values.show_list),
        None,
        'the Statuses of closed Leads; empty: those that begin with "Closed"',
    ),
    Setting(
        "lead.link_field",
        SettingType(_FIELD, values.api_name),
        "",
        "the Lead field that takes the link to the chat; empty: the end of the description",
    ),
    Setting(
        "attachments",
        SettingType("names or files", values.one_of(Attachments)),
        Attachments.NAMES,
        "whether Tasks only name attached files, or get them",
    ),
    Setting(
        "groups",
        SettingType("skip or participants", values.one_of(Groups)),
        Groups.SKIP,
        "whether group chats are skipped, or logged for participants who are known",
    ),
    Setting(
        "sources",
        PathListing(f"absolute paths, {_LISTED}", values.path, values.show_list),
        (),
        "exported chats and folders of them, for a sync without a path",
    ),
    Setting(
        "whatsapp_accounts",
        MappingType("Name=mail, Name2=mail2", values.email, values.show_names),
        MappingProxyType({}),
        "your side's WhatsApp accounts and the e-mail of each one's owner",
    ),
    Setting(
        "owner", SettingType(_EMAIL, values.email), "", "who is responsible for exported chats"
    ),
    Setting(
        "me",
        ListType(f"names, {_LISTED}", values.line, values.show_list),
        (),
        "your side's names in exported chats",
    ),
    Setting(
        "contacts",
        OnePath("the absolute path of a vCard or CSV file", values.path, values.show_optional),
        None,
        "an address book that knows the numbers of chats saved under a name",
    ),
    Setting(
        "date_order",
        SettingType("auto, dmy, mdy or ymd", values.one_of(DateOrder)),
        DateOrder.AUTO,
        "how dates in exported chats are read",
    ),
    Setting(
        "api_reserve",
        Number("a share such as 10%, or a number of calls", values.reserve),
        Reserve(share=0.1),
        "what of the org's daily API calls is left to others",
    ),
    Setting(
        "key_field",
        SettingType(_FIELD, values.api_name),
        "WhatsApp_Message_Key__c",
        "the Task field that keeps a message from being logged twice",
    ),
    Setting(
        "quarantine",
        SettingType(_DURATION, values.duration, values.show_duration),
        timedelta(minutes=15),
        "how long a Task whose sending was cut off is looked for before it is sent again",
    ),
    Setting(
        "listen.poll",
        SettingType(_DURATION, values.duration, values.show_duration),
        timedelta(minutes=15),
        "how often wasf listen reads the chat API too, and tries again what waits",
    ),
    Setting(
        "secret_command",
        CommandLine(
            "a command and its arguments, such as pass show salesforce",
            values.word,
            values.show_words,
        ),
        (),
        "a command that prints an access token, instead of a sign-in that wasf keeps",
    ),
)

_PER_SECOND = ".per_second"
_AFTER_PACES = "listen.poll"


def all_settings(paces: Mapping[str, int]) -> Mapping[str, Setting]:
    """Return all settings by name, with `NAME.per_second` of each chat API.

    `paces` are the names of the APIs, and how many requests a second each gets by default.
    """
    found: dict[str, Setting] = {}
    for each in SETTINGS:
        if each.name == _AFTER_PACES:
            found |= {pace.name: pace for pace in map(_pace, paces, paces.values())}
        found[each.name] = each
    return MappingProxyType(found)


def pace_name(api: str) -> str:
    """Return the name of the setting that limits the requests to a chat API."""
    return f"{api}{_PER_SECOND}"


def is_pace(name: str) -> bool:
    """Return whether a setting limits the requests to a chat API."""
    return name.endswith(_PER_SECOND)


def _pace(api: str, per_second: int) -> Setting:
    return Setting(
        pace_name(api),
        Number("a whole number from 1 to 30", values.per_second),
        per_second,
        "how many requests a second the chat API gets at most",
    )


def find_setting(name: str, known: Mapping[str, Setting], where: str = "") -> Setting:
    """Return the setting of that name. Raise `BadSetting` with the nearest one that exists."""
    if setting := known.get(name):
        return setting
    prefix = f"{where}: " if where else ""
    if any(word in name.lower() for word in ("token", "secret", "password")):
        raise BadSetting(
            f"{prefix}settings hold no secrets, and {name} looks like one",
            "take it out; for scripts there is WASF_ACCESS_TOKEN in the environment",
        )
    raise BadSetting(f"{prefix}there is no setting {name}", _meant(name, known))


def _meant(name: str, known: Mapping[str, Setting]) -> str:
    word = name.lower().replace("-", "_")
    ends = {each.rpartition(".")[2]: each for each in known}
    near = word if word in known else ends.get(word) or nearest(word, [*known, *ends])
    found = ends.get(near, near)
    return f"did you mean {found}?" if found else "wasf config shows all settings"


# --- settings


class Origin(StrEnum):
    """Where a value comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class SettingLine(NamedTuple):
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
    nobody chose. `per_second` has how many requests a second each chat API gets at most, by the
    name of the API; `known` are all settings.
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
    listen_poll: timedelta
    secret_command: tuple[str, ...]
    per_second: Mapping[str, int]
    known: Mapping[str, Setting]
    origins: Mapping[str, Origin]

    @property
    def zone(self) -> tzinfo:
        """The time zone that counts. Raises `BadSetting` if this machine does not tell its own."""
        return self.timezone or machine_zone()

    def policy(self, *, flush: bool = False) -> SyncPolicy:
        """What decisions depend on."""
        closed = self.lead_closed_statuses
        return SyncPolicy(
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

    def whatsapp_account(self, name: str) -> tuple[str, str]:
        """Return our WhatsApp account of that name and its owner's e-mail.

        An e-mail address may stand for an account that is not among the settings; "" means the only
        account there is, else none. Raise `WrongUsage` for an unknown name.
        """
        known = self.whatsapp_accounts
        if not name:
            return next(iter(known.items())) if len(known) == 1 else ("", "")
        if name in known or "@" in name:
            return name, known.get(name, name)
        raise WrongUsage(
            f"There is no WhatsApp account {name} in the settings.",
            f"wasf config set whatsapp_accounts '{name}=owner@example.com'",
        )

    def explain(self) -> tuple[SettingLine, ...]:
        """Every setting with its value as text, where it comes from, and what it is for."""
        return tuple(
            SettingLine(each.name, self.shown(each), self.origins[each.name], each.help)
            for each in self.known.values()
        )

    def shown(self, setting: Setting) -> str:
        """A value as a person would write it."""
        api = setting.name.removesuffix(_PER_SECOND)
        value = self.per_second[api] if api in self.per_second else getattr(self, setting.field)
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
