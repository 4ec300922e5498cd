"""Settings: what each may be, where values come from, and the error for a wrong one."""

import os
import subprocess
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wasf.core.policy import (
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
from wasf.errors import BadSetting, ExitCode, StoreUnusable, WrongUsage
from wasf.store.files import check_ledger_address
from wasf.store.settings import values
from wasf.store.settings.file import SettingsFile
from wasf.store.settings.model import SETTINGS, Settings, all_settings
from wasf.store.settings.types import Origin

PACES = {"timelines": 2, "other": 5}
BY_NAME = all_settings(PACES)
MAIL = {"Sales": "ada@example.com", "Support": "ben@example.org"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


@pytest.fixture
def file(path):
    return SettingsFile(path, lambda: PACES)


def value(settings: Settings, name: str) -> object:
    api = name.removesuffix(".per_second")
    return settings.per_second[api] if api != name else getattr(settings, BY_NAME[name].field)


FAR_LEDGER = "postgresql://wasf@one.example,two.example/wasf?sslmode=verify-full"

GOOD = [
    ("frequency", "real-time", None),
    ("frequency", "Realtime", None),
    ("frequency", "15m", timedelta(minutes=15)),
    ("frequency", "1h", timedelta(hours=1)),
    ("frequency", "60m", timedelta(hours=1)),
    ("frequency", "24h", timedelta(days=1)),
    ("frequency", "2d", timedelta(days=2)),
    ("frequency", "5h", timedelta(hours=5)),
    ("frequency", "12m", timedelta(minutes=12)),
    ("timezone", "Europe/Berlin", ZoneInfo("Europe/Berlin")),
    ("timezone", "UTC", ZoneInfo("UTC")),
    ("default_region", "de", "DE"),
    ("lead.auto_create", "yes", True),
    ("lead.auto_create", "OFF", False),
    ("lead.auto_create", "false", False),
    ("lead.company", "Example, Inc.", "Example, Inc."),
    ("lead.reopen_status", "Working - Contacted", "Working - Contacted"),
    ("lead.closed_statuses", "Closed, Lost ", ("Closed", "Lost")),
    ("lead.link_field", "ns__WhatsApp_Link__c", "ns__WhatsApp_Link__c"),
    ("attachments", "files", Attachments.FILES),
    ("groups", "participants", Groups.PARTICIPANTS),
    ("same_name", "Use", SameName.USE),
    ("accounts", "log", AccountNumber.LOG),
    ("phone_fields", "contact.A__c, Lead.B__c", ("Contact.A__c", "Lead.B__c")),
    ("phone_search", "usual", PhoneSearch.USUAL),
    ("task.fields", "Type=Call, A__c={count}", {"Type": "Call", "A__c": "{count}"}),
    ("lead.fields", r"A__c=one\, two", {"A__c": "one, two"}),
    ("lead.source", "Web", "Web"),
    ("task.related", "Case, account", (RelatedObject.CASE, RelatedObject.ACCOUNT)),
    ("task.subject", "{time} {name}: {text}", "{time} {name}: {text}"),
    ("task.language", "HI", Language.HINDI),
    ("report.fields", "yes", True),
    ("report.fields", "false", False),
    ("report.task", "24h", timedelta(hours=24)),
    ("task.created_date", "message", CreatedDate.MESSAGE),
    ("group.write", "open", GroupWrite.OPEN),
    ("chats", "ask", NewChats.ASK),
    ("sources", "/chats, ~/more", (Path("/chats"), Path.home() / "more")),
    ("whatsapp_accounts", "Sales=ada@example.com, Support = ben@example.org", MAIL),
    ("owner", "ada@example.com", "ada@example.com"),
    ("me", "Ada Example, Ben", ("Ada Example", "Ben")),
    ("contacts", "/book.vcf", Path("/book.vcf")),
    ("date_order", "DMY", DateOrder.DMY),
    ("api_reserve", "10%", Reserve(share=0.1)),
    ("api_reserve", "12.5 %", Reserve(share=0.125)),
    ("api_reserve", "5000", Reserve(calls=5000)),
    ("api_reserve", "0", Reserve()),
    ("batch_size", "25", 25),
    ("batch_size", "200", 200),
    ("bulk.from", "1000", 1000),
    ("bulk.from", "1000000", 1_000_000),
    ("bulk.from", "Never", None),
    ("key_field", "My_Key__c", "My_Key__c"),
    ("quarantine", "1h30m", timedelta(minutes=90)),
    ("quarantine", "45s", timedelta(seconds=45)),
    ("timelines.per_second", "100", 100),
    ("other.per_second", "1", 1),
    ("listen.poll", "30m", timedelta(minutes=30)),
    ("listen.gap", "0s", timedelta()),
    ("listen.gap", "10m", timedelta(minutes=10)),
    ("quarantine", "9999d", timedelta(days=9_999)),
    ("secret_command", "pass show 'a b'", ("pass", "show", "a b")),
    ("ledger", " postgresql://wasf@[::1]:5433/wasf ", "postgresql://wasf@[::1]:5433/wasf"),
    ("ledger", "postgres:///wasf?host=/run/postgresql", "postgres:///wasf?host=/run/postgresql"),
    ("ledger", FAR_LEDGER, FAR_LEDGER),
]


@pytest.mark.parametrize(("name", "text", "expected"), GOOD)
def test_a_good_value_means_the_same_everywhere(file, name, text, expected):
    by_variable = file.load({BY_NAME[name].variable: text}, {})
    by_flag = file.load({}, {name: text})
    file.set(name, text)
    by_file = file.load({}, {})
    for settings, origin in (
        (by_variable, Origin.ENVIRONMENT),
        (by_flag, Origin.FLAG),
        (by_file, Origin.FILE),
    ):
        assert value(settings, name) == expected
        assert settings.origins[name] is origin


@given(st.integers(0, 9_999 * 24 * 60 * 60))
@example(9_999 * 24 * 60 * 60)
def test_every_length_of_time_can_be_read_as_it_is_shown(seconds):
    length = timedelta(seconds=seconds)
    assert values.duration(values.show_duration(length)) == length


@pytest.mark.parametrize(("name", "text", "expected"), GOOD)
def test_what_is_shown_can_be_set_again(file, name, text, expected):
    lines = file.load({}, {name: text}).explain(BY_NAME.values())
    shown = {line.name: line.value for line in lines}
    assert value(file.load({}, {name: shown[name]}), name) == expected


BAD = [
    ("frequency", "25m", "20m"),
    ("frequency", "90m", "2h"),
    ("frequency", "30s", "1m"),
    ("frequency", "0h", "1m"),
    ("frequency", "reel-time", "real-time"),
    ("frequency", "daily", ""),
    ("timezone", "Berlin", "Europe/Berlin"),
    ("phone_fields", "WhatsApp__c", "Contact.WhatsApp__c"),
    ("phone_fields", "Account.Phone", ""),
    ("phone_search", "usually", "usual"),
    ("task.fields", "Type", ""),
    ("task.related", "opportunities", "opportunity"),
    ("task.subject", "{nome}", "{name}"),
    ("task.created_date", "massage", "message"),
    ("group.write", "opened", "open"),
    ("task.language", "German", "de"),
    ("task.language", "pt-BR", "pt"),
    ("task.language", "xx", ""),
    ("task.subject", "{sent_at}", ""),
    ("task.fields", "Type={direktion}", "{direction}"),
    ("lead.fields", "A__c=1, a__C=2", ""),
    ("timezone", "europe/berlin ", "Europe/Berlin"),
    ("timezone", "Europe/Berlim", "Europe/Berlin"),
    ("timezone", "New York", "America/New_York"),
    ("timezone", "../../etc/passwd", ""),
    ("default_region", "UK", "GB"),
    ("default_region", "Germany", ""),
    ("lead.auto_create", "ture", "true"),
    ("lead.auto_create", "2", ""),
    ("lead.company", "two\nlines", ""),
    ("lead.company", "x" * 256, ""),
    ("lead.closed_statuses", ",", ""),
    ("lead.link_field", "WhatsApp Link", "WhatsApp_Link"),
    ("lead.link_field", "Link___c", ""),
    ("attachments", "file", "files"),
    ("groups", "participant", "participants"),
    ("same_name", "leads", "lead"),
    ("whatsapp_accounts", "Sales", ""),
    ("whatsapp_accounts", "=ada@example.com", ""),
    ("owner", "Ada", ""),
    ("owner", "ada@example", ""),
    ("date_order", "dmj", "dmy"),
    ("api_reserve", "100%", "90%"),
    ("api_reserve", "-5", ""),
    ("api_reserve", "1.5", ""),
    ("batch_size", "0", ""),
    ("batch_size", "201", ""),
    ("batch_size", "many", ""),
    ("bulk.from", "0", ""),
    ("bulk.from", "1000001", ""),
    ("bulk.from", "always", ""),
    ("key_field", "1_Key__c", ""),
    ("quarantine", "soon", ""),
    ("timelines.per_second", "0", ""),
    ("timelines.per_second", "101", ""),
    ("quarantine", "9999d1s", "9999d"),
    ("listen.gap", "11m", "10m"),
    ("listen.gap", "5", ""),
    ("secret_command", "pass 'show", ""),
]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://[",
        "postgresql://db.example.com/wasf",
        "postgresql:///wasf?host=/tmp,db.example.com",
        "postgresql:///wasf?host=localhost&hostaddr=127.0.0.1,8.8.8.8",
    ],
)
def test_an_unsafe_address_of_a_ledger_is_refused(address):
    with pytest.raises(BadSetting, match="ledger"):
        check_ledger_address(address)


@pytest.mark.parametrize(("name", "text", "nearest"), BAD)
def test_a_wrong_value_is_refused_with_what_is_allowed_and_the_nearest(file, name, text, nearest):
    with pytest.raises(BadSetting) as caught:
        file.set(name, text)
    assert caught.value.exit_code is ExitCode.BAD_SETTINGS
    assert name in caught.value.message
    assert caught.value.hint.startswith(f"write {BY_NAME[name].kind.allowed}")
    assert caught.value.hint.endswith(f"did you mean {nearest}?" if nearest else "")
    assert bool(nearest) == ("did you mean" in caught.value.hint)
    assert not file.path.exists()


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, text, _ in BAD])
def test_a_wrong_value_in_the_environment_or_a_flag_is_refused_too(file, name, text):
    with pytest.raises(BadSetting, match=BY_NAME[name].variable):
        file.load({BY_NAME[name].variable: text}, {})
    with pytest.raises(WrongUsage, match="command line"):
        file.load({}, {name: text})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("frequenzy", "did you mean frequency?"),
        ("auto_create", "did you mean lead.auto_create?"),
        ("lead.auto-create", "did you mean lead.auto_create?"),
        ("Timezone", "did you mean timezone?"),
        ("lead.closed_status", "did you mean lead.closed_statuses?"),
        ("zzz", "wasf config shows all settings"),
        ("access_token", "take it out"),
        ("salesforce.password", "take it out"),
        ("client_secret", "take it out"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest_right_one(file, path, name, hint):
    for act in (lambda: file.set(name, "x"), lambda: file.unset(name)):
        with pytest.raises(BadSetting) as caught:
            act()
        assert caught.value.hint.startswith(hint)
    path.write_text(f'# one\n{name} = "x"\n')
    with pytest.raises(BadSetting, match="line 2") as caught:
        file.load({}, {})
    assert caught.value.hint.startswith(hint)


# --- Where values come from --------------------------------------------------------------------


def test_flag_wins_over_environment_over_file_over_default(file, path):
    path.write_text('frequency = "1h"\nattachments = "files"\nowner = "ada@example.com"\n')
    env = {"WASF_FREQUENCY": "6h", "WASF_ATTACHMENTS": "names", "WASF_LEAD_COMPANY": " "}
    settings = file.load(env, {"frequency": "12h"})
    assert settings.frequency == timedelta(hours=12)
    assert settings.attachments is Attachments.NAMES
    names = ("frequency", "attachments", "owner", "lead.company", "groups")
    assert [settings.origins[name] for name in names] == [
        Origin.FLAG,
        Origin.ENVIRONMENT,
        Origin.FILE,
        Origin.DEFAULT,
        Origin.DEFAULT,
    ]


def test_defaults_are_those_of_the_rules(file):
    settings = file.load({"WASF_TIMEZONE": "UTC"}, {})
    assert settings.policy() == SyncPolicy(zone=ZoneInfo("UTC"))
    assert settings.api_reserve == Reserve(share=0.1)
    assert settings.quarantine == timedelta(minutes=15)
    assert settings.secret_command == ()
    assert settings.key_field == "WhatsApp_Message_Key__c"


def test_rules_hold_what_was_set(file):
    flags = {
        "timezone": "Europe/Berlin",
        "frequency": "1h",
        "default_region": "DE",
        "lead.auto_create": "no",
        "same_name": "lead",
        "accounts": "wait",
        "lead.company": "Example",
        "lead.reopen_status": "Open",
        "lead.closed_statuses": "Lost",
        "lead.link_field": "Link__c",
        "attachments": "files",
        "groups": "participants",
        "chats": "ask",
    }
    assert file.load({}, flags).policy(flush=True) == SyncPolicy(
        zone=ZoneInfo("Europe/Berlin"),
        frequency=timedelta(hours=1),
        default_region="DE",
        create_leads=False,
        same_name=SameName.LEAD,
        accounts=AccountNumber.WAIT,
        lead_company="Example",
        reopen_status="Open",
        closed_statuses=("Lost",),
        link_field="Link__c",
        attachments=Attachments.FILES,
        groups=Groups.PARTICIPANTS,
        new_chats=NewChats.ASK,
        flush=True,
    )


def test_an_empty_list_in_the_file_is_a_choice(file, path):
    path.write_text("[lead]\nclosed_statuses = []\n")
    assert file.load({}, {"timezone": "UTC"}).policy().closed_statuses == ()


def test_a_flag_can_be_given_several_times(file):
    assert file.load({}, {"me": ["Example, Ada", "Ben"]}).me == ("Example, Ada", "Ben")


ZONE = """
from pathlib import Path
from wasf.errors import BadSetting, WrongUsage
from wasf.store.settings import SETTINGS, SettingsFile

settings = SettingsFile(Path("none.toml")).load({}, {})
try:
    shown = {each.name: each.value for each in settings.explain(SETTINGS)}
    print(settings.policy().zone, shown["timezone"])
except BadSetting as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Kolkata", "Asia/Kolkata Asia/Kolkata\n"),
        ("Nowhere/Land", "timezone: this machine's time zone cannot be told\n"),
    ],
)
def test_this_machines_zone_counts_if_none_is_set(zone, said):
    run = subprocess.run(
        [sys.executable, "-c", ZONE],
        env=os.environ | {"TZ": zone},
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout == said


@pytest.mark.parametrize("variable", ["WASF_LEAD_AUTOCREATE", "WASF_FREQUENCE"])
def test_a_slip_in_the_environment_is_refused(file, variable):
    with pytest.raises(BadSetting, match=variable):
        file.load({variable: "x"}, {})


def test_other_variables_are_none_of_our_business(file):
    env = {
        "WASF_HOME": "x",
        "WASF_INSTANCE_URL": "x",
        "WASF_ACCESS_TOKEN": "x",
        "WASF_TIMEOUT": "x",
    }
    assert set(file.load(env | {"HOME": "x"}, {}).origins.values()) == {Origin.DEFAULT}


def test_every_setting_has_its_field_and_its_line_of_help(file):
    explained = file.load({"WASF_TIMEZONE": "UTC"}, {}).explain(file.known.values())
    assert [each.name for each in explained] == list(BY_NAME)
    assert [name for name in BY_NAME if name not in {each.name for each in SETTINGS}] == [
        "timelines.per_second", "other.per_second",
    ]  # fmt: skip
    assert all(each.help and "\n" not in each.help for each in explained)
    assert {each.name for each in fields(Settings)} == {
        *(e.field for e in SETTINGS), "per_second", "origins",
    }  # fmt: skip


def test_chat_apis_are_looked_for_only_if_a_setting_may_be_theirs(path):
    asked = []

    def paces() -> dict[str, int]:
        asked.append("chat APIs")
        return PACES | {"acme": 7}

    file = SettingsFile(path, paces)
    file.set("frequency", "1h")
    others = {"WASF_TIMELINES_TOKEN": "x", "WASF_LISTEN_SECRET": "x", "WASF_META_APP_SECRET": "x"}
    env = {"WASF_LEAD_COMPANY": "Example", "WASF_TIMELINES_URL": "x", **others}
    assert dict(file.load(env, {"me": "Ada"}).per_second) == {}
    assert file.find("lead.company").name == "lead.company"
    assert asked == []
    assert file.load({"WASF_ACME_PER_SECOND": "3"}, {}).per_second == {"acme": 3}
    with pytest.raises(BadSetting) as slip:
        file.load({"WASF_ACME_PER_SECNOD": "3"}, {})
    assert slip.value.hint == "did you mean WASF_ACME_PER_SECOND?"
    file.set("acme.per_second", "9")
    assert dict(SettingsFile(path, paces).load({}, {}).per_second) == {"acme": 9}
    with pytest.raises(BadSetting, match=r"there is no setting acmee.per_second") as caught:
        file.set("acmee.per_second", "9")
    assert caught.value.hint == "did you mean acme.per_second?"


@pytest.mark.parametrize(
    "text",
    ["timelines.per_second = {}", "[timelines.per_second]", "timelines.per_second = {a = 1}"],
)
def test_a_table_is_no_pace(file, path, text):
    path.write_text(text)
    with pytest.raises(BadSetting, match=r"timelines.per_second cannot be"):
        file.load({}, {})


# --- The file ----------------------------------------------------------------------------------

BY_HAND = """\
# what we agreed on
frequency = "1h"  # not more often

[lead]
# ask Ada before changing
auto_create = true

[whatsapp_accounts]
Sales = "ada@example.com"
"""


def test_set_and_unset_keep_what_a_person_wrote(file, path):
    path.write_text(BY_HAND)
    file.set("lead.company", "Example")
    file.set("timezone", "Europe/Berlin")
    file.set("lead.auto_create", "no")
    text = path.read_text()
    for line in ("# what we agreed on", "# not more often", "# ask Ada before changing"):
        assert line in text
    settings = file.load({}, {})
    assert (settings.lead_company, settings.lead_auto_create) == ("Example", False)
    assert str(settings.timezone) == "Europe/Berlin"
    assert settings.frequency == timedelta(hours=1)
    for name in ("lead.company", "timezone", "lead.auto_create", "frequency", "whatsapp_accounts"):
        file.unset(name)
    assert set(file.load({}, {}).origins.values()) == {Origin.DEFAULT}
    assert "# ask Ada before changing" in path.read_text()


def test_the_comments_at_what_is_changed_are_kept_too(file, path):
    before = (
        '# ours\ntimezone = "UTC" # why\n\n[task.fields]\n# the admin\'s\n'
        'Type = "one, two" # why\nOld__c = "x"\n'
    )
    path.write_text(before)
    for _ in range(2):
        file.set("timezone", "Europe/Berlin")
        file.set("task.fields", r"Type=one\, two, New__c=y")
    after = before.replace("UTC", "Europe/Berlin").replace('Old__c = "x"', 'New__c = "y"')
    assert path.read_text() == after


def test_every_setting_can_be_set_in_any_order_in_one_file(file):
    last = {name: (text, expected) for name, text, expected in GOOD}
    for name in sorted(last, key=lambda name: name[::-1]):
        file.set(name, last[name][0])
    settings = file.load({}, {})
    assert {n: value(settings, n) for n in last} == {n: e for n, (_, e) in last.items()}
    assert set(settings.origins.values()) == {Origin.FILE}


def test_a_name_in_quotes_is_the_same_setting(file, path):
    path.write_text('"lead.company" = "Old"\n')
    assert file.load({}, {}).lead_company == "Old"
    file.set("lead.company", "New")
    assert file.load({}, {}).lead_company == "New"
    assert "Old" not in path.read_text()
    file.unset("lead.company")
    assert file.load({}, {}).origins["lead.company"] is Origin.DEFAULT


def test_an_unknown_name_can_be_taken_out_of_the_file(file, path):
    path.write_text('frequenzy = "1h"\ngroups = "skip"\n')
    file.unset("frequenzy")
    assert path.read_text() == 'groups = "skip"\n'


def test_the_file_is_its_owners_alone(file, path):
    file.set("groups", "skip")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('groups = "skip"\nfrequency = 1h\n', "line 2: this is no TOML"),
        ("groups = \n", "line 1: this is no TOML"),
        ("\xff", "this is no TOML"),
        ('groups = "skip"\ngroups = "skip"\n', "this is no TOML"),
        ('\n[lead]\ncompany = "a"\nauto_create = "maybe"\n', "line 4: lead.auto_create"),
        ('[lead]\nauto_create = ["x"]\n', "line 2: lead.auto_create"),
        ('lead.colour = "x"\n', "line 1: there is no setting lead.colour"),
        ("lead = 3\n", "line 1: there is no setting lead"),
        ('sources = ["chats"]\n', "line 1: sources"),
        ('contacts = "book.vcf"\n', "line 1: contacts"),
        ("api_reserve = true\n", "line 1: api_reserve"),
        ('[whatsapp_accounts]\nSales = "ada"\n', "line 1: whatsapp_accounts"),
        ("[whatsapp_accounts]\nSales = 3\n", "line 1: whatsapp_accounts"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_its_line(file, path, text, said):
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSetting) as caught:
        file.load({}, {})
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_broken_file_is_not_overwritten(file, path):
    path.write_text("frequency = 1h\n")
    for act in (lambda: file.set("groups", "skip"), lambda: file.unset("groups")):
        with pytest.raises(BadSetting, match="line 1"):
            act()
    assert path.read_text() == "frequency = 1h\n"


def test_a_value_where_a_table_belongs_is_said(file, path):
    path.write_text("lead = 3\n")
    with pytest.raises(BadSetting, match="lead is no table"):
        file.set("lead.company", "Example")


def test_a_relative_path_is_kept_absolute(file, path):
    file.set("sources", "chats")
    assert str(Path.cwd() / "chats") in path.read_text()


def test_a_folder_in_place_of_the_file_is_said(file, path):
    path.mkdir()
    with pytest.raises(StoreUnusable):
        file.load({}, {})


def test_an_editors_byte_order_mark_is_no_error(file, path):
    path.write_bytes('\ufeffgroups = "participants"\r\n'.encode())
    assert file.load({}, {}).groups is Groups.PARTICIPANTS


COMMAS = [
    ("me", ["Doe, Jane"], ("Doe, Jane",)),
    ("me", ["Doe, Jane", "Ben"], ("Doe, Jane", "Ben")),
    ("sources", ["/in, box"], (Path("/in, box"),)),
    ("lead.closed_statuses", ["Closed, lost"], ("Closed, lost",)),
    ("whatsapp_accounts", ["Doe, Jane=jane@example.com"], {"Doe, Jane": "jane@example.com"}),
    ("whatsapp_accounts", ["A=a@example.com, B=b@example.com"],
     {"A": "a@example.com", "B": "b@example.com"}),
    ("phone_fields", ["Lead.A__c, Lead.B__c"], ("Lead.A__c", "Lead.B__c")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "expected"), COMMAS)
def test_an_argument_of_a_list_is_one_value_with_its_commas(file, name, words, expected):
    file.set(name, words)
    settings = file.load({}, {})
    assert value(settings, name) == expected
    shown = {each.name: each.value for each in settings.explain(SETTINGS)}[name]
    again = file.load({BY_NAME[name].variable: shown}, {})
    assert value(again, name) == expected
