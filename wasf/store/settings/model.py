"""Every setting, declared once as a field of `Settings`, and what a run makes of the values.

To add a setting, add a field to `Settings`. The topic `settings` gets a row; a test compares them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, fields
from datetime import timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar, cast

from wasf.core.policy import (
    LARGEST_BATCH,
    AccountNumber,
    Attachments,
    CreatedDate,
    DateOrder,
    Groups,
    GroupWrite,
    Language,
    NewChats,
    PhoneSearch,
    RelatedObject,
    Reserve,
    SameName,
    SyncPolicy,
)
from wasf.errors import WrongUsage
from wasf.store.files import check_ledger_address
from wasf.store.settings import values
from wasf.store.settings.types import (
    CommandLine,
    FieldsType,
    FreeTexts,
    ListType,
    MappingType,
    Number,
    OnePath,
    Origin,
    PathListing,
    Setting,
    SettingLine,
    SettingType,
    Switch,
)
from wasf.values import dataclass

_T = TypeVar("_T")

_TABLES: Final = ("bulk", "group", "lead", "listen", "report", "task")
"""Tables of the TOML file: the field `lead_company` is the setting `lead.company`."""

_EMAIL: Final = SettingType("an e-mail address", values.email)
_FIELD: Final = SettingType("the API name of a field, such as WhatsApp_Link__c", values.api_name)
_DURATION: Final = SettingType(
    "a length of time such as 15m, 1h30m or 2d", values.duration, values.show_duration
)
_FIELDS: Final = FieldsType(
    'fields and their values, such as "Type=WhatsApp, Direction__c={direction}"',
    values.template,
    values.show_fields,
)
_PER_SECOND: Final = ".per_second"


def _setting(default: _T, kind: SettingType, help_line: str, *, policy: str = "") -> _T:
    """Declare a field of `Settings` as a setting; its name follows from the field's."""
    return cast("_T", field(metadata={"setting": (kind, default, help_line, policy)}))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run, checked; "" and None mean that nobody chose.

    `frequency` None is real-time, `lead_closed_statuses` None those that begin with "Closed".
    `per_second` has what somebody chose for a chat API, by its name. `origins` are by the names of
    settings; that of a chat API is there if somebody chose it.
    """

    frequency: timedelta | None = _setting(
        None,
        SettingType(
            "real-time, 15m, 1h, 6h, 12h, 24h, or a length that divides an hour or is a multiple "
            "of one",
            values.frequency,
            values.show_duration,
        ),
        "how long messages are gathered into one Task; real-time makes one of each",
        policy="frequency",
    )
    group_write: GroupWrite = _setting(
        GroupWrite.CLOSED,
        SettingType("closed or open", values.one_of(GroupWrite)),
        "whether the Task of a window is written when it is over, or at once and grows",
        policy="group_write",
    )
    timezone: tzinfo | None = _setting(
        None,
        SettingType("a time zone such as Europe/Berlin", values.time_zone),
        "where days begin, and which clock exported chats show",
    )
    default_region: str = _setting(
        "",
        SettingType("a country's two letters, such as DE", values.region),
        "the country of phone numbers that are written without one",
        policy="default_region",
    )
    phone_fields: tuple[str, ...] = _setting(
        (),
        ListType(
            "fields such as Contact.WhatsApp__c, separated by commas",
            values.person_field,
            values.show_list,
        ),
        "further fields of Contacts and Leads in which the org keeps phone numbers",
    )
    phone_search: PhoneSearch = _setting(
        PhoneSearch.FULL,
        SettingType("full or usual", values.one_of(PhoneSearch)),
        "whether numbers are found in any spelling, or, for a very large org, in the usual ones",
    )
    lead_auto_create: bool = _setting(
        True,  # noqa: FBT003 - the default
        Switch("true or false (or yes, no, on, off)", values.switch, values.show_switch),
        "whether somebody unknown gets a new Lead; if not, the chat waits",
        policy="create_leads",
    )
    same_name: SameName = _setting(
        SameName.WAIT,
        SettingType("wait, lead or use", values.one_of(SameName)),
        "whether a chat waits, gets a new Lead or uses the one record with its name and no number",
        policy="same_name",
    )
    accounts: AccountNumber = _setting(
        AccountNumber.LEAD,
        SettingType("lead, wait or log", values.one_of(AccountNumber)),
        "whether a number on an Account only gets a Lead, waits, or is logged on the Account",
        policy="accounts",
    )
    lead_company: str = _setting(
        "[not provided]",
        SettingType("one line of at most 255 characters, or nothing", values.optional_line),
        "the Company of new Leads; empty, where the org allows it: none",
        policy="lead_company",
    )
    lead_source: str = _setting(
        "WhatsApp",
        SettingType("one line of at most 255 characters, or nothing", values.optional_line),
        "the LeadSource of new Leads, if the org has it; empty: none",
        policy="lead_source",
    )
    lead_fields: Mapping[str, str] = _setting(
        MappingProxyType({}), _FIELDS, "further fields of new Leads and their values"
    )
    task_subject: str = _setting(
        "",
        SettingType(
            "a text with {time} {direction} {name} {text} {account} {count}, or nothing",
            values.subject,
        ),
        "the subject of Tasks; empty: the time, who wrote, and how it begins",
        policy="task_subject",
    )
    task_language: Language = _setting(
        Language.ENGLISH,
        SettingType(", ".join(Language), values.language),
        "the language of wasf's own words in Tasks",
        policy="task_language",
    )
    task_related: tuple[RelatedObject, ...] = _setting(
        (),
        ListType(
            "opportunity, case, account, separated by commas",
            values.one_of(RelatedObject),
            values.show_list,
        ),
        "to which open record of a Contact Tasks are related: the first that there is",
        policy="related",
    )
    task_created_date: CreatedDate = _setting(
        CreatedDate.WRITTEN,
        SettingType("written or message", values.one_of(CreatedDate)),
        "CreatedDate of Tasks: when they are written, or the time of their message",
        policy="created_date",
    )
    task_fields: Mapping[str, str] = _setting(
        MappingProxyType({}), _FIELDS, "further fields of Tasks and their values"
    )
    report_fields: bool = _setting(
        False,  # noqa: FBT003 - the default
        Switch("true or false (or yes, no, on, off)", values.switch, values.show_switch),
        "whether Leads and Contacts tell when they and you wrote last, and since when they wait",
        policy="report_fields",
    )
    report_task: timedelta | None = _setting(
        None,
        SettingType("a time such as 24h, or none", values.time_or_none, values.show_time_or_none),
        "how long a chat may wait until its owner gets a Task that asks for an answer; empty: none",
        policy="report_task",
    )
    lead_reopen_status: str = _setting(
        "",
        SettingType("a Lead status of your org", values.line),
        "the Status that a closed Lead gets when it is reopened; empty: the org's default",
        policy="reopen_status",
    )
    lead_closed_statuses: tuple[str, ...] | None = _setting(
        None,
        FreeTexts("Lead statuses of your org, separated by commas", values.line, values.show_list),
        'the Statuses of closed Leads; empty: those that begin with "Closed"',
        policy="closed_statuses",
    )
    lead_link_field: str = _setting(
        "",
        _FIELD,
        "the Lead field that takes the link to the chat; empty: the end of the description",
        policy="link_field",
    )
    attachments: Attachments = _setting(
        Attachments.NAMES,
        SettingType("names or files", values.one_of(Attachments)),
        "whether Tasks only name attached files, or get them",
        policy="attachments",
    )
    groups: Groups = _setting(
        Groups.SKIP,
        SettingType("skip or participants", values.one_of(Groups)),
        "whether group chats are skipped, or logged for participants who are known",
        policy="groups",
    )
    chats: NewChats = _setting(
        NewChats.LOG,
        SettingType("log or ask", values.one_of(NewChats)),
        "whether a new chat is logged, or waits until you say yes: wasf review",
        policy="new_chats",
    )
    sources: tuple[Path, ...] = _setting(
        (),
        PathListing("absolute paths, separated by commas", values.path, values.show_list),
        "exported chats and folders of them, for a sync without a path",
    )
    whatsapp_accounts: Mapping[str, str] = _setting(
        MappingProxyType({}),
        MappingType("Name=mail, Name2=mail2", values.email, values.show_names),
        "your side's WhatsApp accounts and the e-mail of each one's owner",
        policy="account_owners",
    )
    owner: str = _setting("", _EMAIL, "who is responsible for exported chats")
    me: tuple[str, ...] = _setting(
        (),
        FreeTexts("names, separated by commas", values.line, values.show_list),
        "your side's names in exported chats",
    )
    contacts: Path | None = _setting(
        None,
        OnePath("the absolute path of a vCard or CSV file", values.path, values.show_optional),
        "an address book that knows the numbers of chats saved under a name",
    )
    date_order: DateOrder = _setting(
        DateOrder.AUTO,
        SettingType("auto, dmy, mdy or ymd", values.one_of(DateOrder)),
        "how dates in exported chats are read",
    )
    api_reserve: Reserve = _setting(
        Reserve(share=0.1),
        Number("a share such as 10%, or a number of calls", values.reserve),
        "what of the org's daily API calls is left to others",
    )
    batch_size: int = _setting(
        LARGEST_BATCH,
        Number("a whole number from 1 to 200", values.batch_size),
        "how many Tasks go into one call at most; wasf finds out itself if the org takes fewer",
        policy="batch_size",
    )
    bulk_from: int | None = _setting(
        50_000,
        Number("a number of Tasks, or never", values.bulk_from, values.show_number),
        "from how many Tasks on a backfill goes in bulk jobs; it needs the unique key field",
        policy="bulk_from",
    )
    key_field: str = _setting(
        "WhatsApp_Message_Key__c",
        _FIELD,
        "the Task field that keeps a message from being logged twice",
    )
    quarantine: timedelta = _setting(
        timedelta(minutes=15),
        _DURATION,
        "how long a Task whose sending was cut off is looked for before it is sent again",
    )
    listen_poll: timedelta = _setting(
        timedelta(minutes=15),
        _DURATION,
        "how often wasf listen reads the chat API too, and tries again what waits",
    )
    listen_gap: timedelta = _setting(
        timedelta(seconds=5),
        SettingType(
            "a length of time from 0s to 10m, such as 5s", values.gap, values.show_duration
        ),
        "how long wasf listen gathers messages at most when many come, so that they share calls",
    )
    ledger: str = _setting(
        "",
        SettingType("postgresql://HOST/DATABASE, or nothing", check_ledger_address),
        "the PostgreSQL database that several machines share; empty: a file of this machine",
    )
    secret_command: tuple[str, ...] = _setting(
        (),
        CommandLine(
            "a command and its arguments, such as pass show salesforce",
            values.word,
            values.show_words,
        ),
        "a command that prints an access token, instead of a sign-in that wasf keeps",
    )
    per_second: Mapping[str, int] = field(kw_only=True)
    origins: Mapping[str, Origin] = field(kw_only=True)

    @property
    def zone(self) -> tzinfo:
        """The time zone that counts. Raise `BadSetting` if this machine does not tell its own."""
        return self.timezone or values.machine_zone()

    def policy(self, *, flush: bool = False) -> SyncPolicy:
        """Return the settings that decisions depend on."""
        chosen = {each.policy: getattr(self, each.field) for each in SETTINGS if each.policy}
        return SyncPolicy(zone=self.zone, flush=flush, **chosen)

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

    def explain(self, known: Iterable[Setting]) -> tuple[SettingLine, ...]:
        """Return settings with their values as texts, where they come from, what they are for."""
        return tuple(
            SettingLine(
                each.name, self.shown(each), self.origins.get(each.name, Origin.DEFAULT), each.help
            )
            for each in known
        )

    def shown(self, setting: Setting) -> str:
        """Return a setting's value as a person would write it."""
        api = pace_of(setting.name)
        value = self.per_second.get(api, setting.default) if api else getattr(self, setting.field)
        if setting.name == "timezone" and value is None:
            value = values.machine_zone()
        return setting.kind.show(value)


def _name(field_name: str) -> str:
    table, _, rest = field_name.partition("_")
    return f"{table}.{rest}" if table in _TABLES else field_name


SETTINGS: Final = tuple(
    Setting(_name(one.name), *one.metadata["setting"]) for one in fields(Settings) if one.metadata
)
"""Every setting but those of chat APIs, in the order of their declarations."""

BY_NAME: Final = MappingProxyType({each.name: each for each in SETTINGS})
"""The same by their names."""


def all_settings(paces: Mapping[str, int]) -> Mapping[str, Setting]:
    """Return all settings by name, with `NAME.per_second` of each chat API.

    `paces` are the names of the APIs, and how many requests a second each gets by default.
    """
    found: dict[str, Setting] = {}
    for each in SETTINGS:
        if each.name == "listen.poll":
            found |= {pace.name: pace for pace in map(_pace, paces, paces.values())}
        found[each.name] = each
    return MappingProxyType(found)


def pace_of(name: str) -> str:
    """Return the chat API whose requests a setting limits, "" if it is another setting."""
    return name.removesuffix(_PER_SECOND) if name.endswith(_PER_SECOND) else ""


def _pace(api: str, per_second: int) -> Setting:
    kind = Number("a whole number from 1 to 100", values.per_second)
    help_line = "how many requests a second the chat API gets at most"
    return Setting(f"{api}{_PER_SECOND}", kind, per_second, help_line)
