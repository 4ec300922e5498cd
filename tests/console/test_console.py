"""What a person sees: nothing from a chat reaches the terminal raw, and the figures are there."""

import io
import json
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.text import Text

from tests.core.builders import BERLIN
from wasf.cli.command_table import COMMANDS
from wasf.commands.status import Status, WaitingChat
from wasf.commands.sync.report import ChatReport, MessageCounts, Record, SyncReport
from wasf.console import Console, safe
from wasf.console.screen_text import COMMANDS as COMMAND_NAMES
from wasf.console.screen_text import Stream, broken
from wasf.core.chats import ChatId, NotUnderstood
from wasf.core.checks import Check, CheckStatus
from wasf.core.records import RecordId, RecordType
from wasf.errors import ExitCode, UnreadableFile, WasfError
from wasf.interfaces import ApiUsage, NoProgress, Progress, Unreadable
from wasf.store.ledger import ApiUsageReading, RunId, RunRecord

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
EVIL = "\x1b]8;;https://evil.example.com\x07Ada\x1b[2J\u202egnp.exe\r\nDone.\x9b31m\u2028"
HARMLESS = {" ", "\n"}


class Screen:
    """A console and what was shown on it."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.files = [Paper(is_terminal), Paper(is_terminal)]
        self.console = Console(*self.files)

    @property
    def out(self) -> str:
        return self.files[0].getvalue()

    @property
    def err(self) -> str:
        return self.files[1].getvalue()


class Paper(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture
def screen():
    return Screen()


def test_what_looks_like_markup_is_shown_as_it_is(screen):
    screen.console.tell(["[bold]Ada[/bold] [link=https://evil.example.com]x[/link] [/none]"])
    assert screen.out == "[bold]Ada[/bold] [link=https://evil.example.com]x[/link] [/none]\n"


# --- safe --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Ada Example", "Ada Example", id="plain"),
        pytest.param("a\nb\rc\td", "a b c d", id="line breaks and tabs"),
        pytest.param("\x1b[31m", "␛[31m", id="escape"),
        pytest.param("\x00\x07\x7f", "␀␇␡", id="controls"),
        pytest.param("\x9b31m", "\ufffd31m", id="the other escape"),
        pytest.param("a\u202eb\u2066c\u200ed\ufeff", "abcd", id="marks that turn the direction"),
        pytest.param("a\u2028b", "a\ufffdb", id="a line break that is none"),
        pytest.param("\ud83d", "\ufffd", id="half of a character"),
        pytest.param("👩\u200d🔧 می\u200cخواهم", "👩\u200d🔧 می\u200cخواهم", id="joiners stay"),
        pytest.param("Ådå\u0301 한국어", "Ådå\u0301 한국어", id="accents and scripts stay"),
    ],
)
def test_safe(text, shown):
    assert safe(text) == shown


@given(text=st.text())
def test_nothing_that_controls_is_left(text):
    kept = {"\u200c", "\u200d"}
    left = {unicodedata.category(character) for character in safe(text) if character not in kept}
    assert left.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert safe(safe(text)) == safe(text)


def controls_in(shown: str) -> set[str]:
    return {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl"}} - HARMLESS


# --- Words -------------------------------------------------------------------------------------


def test_an_error_is_a_sentence_and_what_to_do(screen):
    screen.console.error(WasfError("The file is cut", "export it again"))
    assert screen.err == "wasf: The file is cut.\n      export it again\n"
    assert screen.out == ""


def test_an_error_without_a_hint_is_one_line(screen):
    screen.console.error(WasfError("Is it cut?"))
    assert screen.err == "wasf: Is it cut?\n"


def test_json_is_one_object_and_nothing_else(screen):
    screen.console.json({"chat": "Ada 🌷", "half": "\ud83d"})
    assert json.loads(screen.out) == {"chat": "Ada 🌷", "half": "\ud83d"}
    assert screen.err == ""
    screen.out.encode()


def test_a_topic_is_markdown_as_it_is_where_no_terminal_is(screen):
    screen.console.markdown("# Head\n\nSee `wasf help`.\n")
    assert screen.out == "# Head\n\nSee `wasf help`.\n"


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_a_topic_keeps_every_name_on_a_terminal_of_any_width(columns, monkeypatch):
    name = "WhatsApp_Message_Key__c"
    text = f"# Head\n\n| key in | what |\n|---|---|\n| a field `{name}` | {'words ' * 30}|\n"
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    out = _Terminal()
    Console(out, out).markdown(text)
    assert name in out.getvalue()
    assert "…" not in out.getvalue()


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_text_in_brackets_is_text_and_no_style(screen):
    screen.console.say("[red]x[/red] :smile:")
    assert screen.out == "[red]x[/red] :smile:\n"


# --- A run -------------------------------------------------------------------------------------

URL = "https://example.my.salesforce.com/lightning/r/Lead/00Q000000000001AAA/view"


def a_chat(title: str = "Ada Example", **facts) -> ChatReport:
    return ChatReport(
        **{"title": title, "counts": MessageCounts(logged=3), "id": ChatId("ada")} | facts
    )


def a_report(*chats: ChatReport, **facts) -> SyncReport:
    return SyncReport(
        **{"run": RunId("1"), "dry_run": False, "chats": chats, "api_calls": 1} | facts
    )


def lead(name: str = "Ada Example", url: str = URL) -> Record:
    return Record(RecordType.LEAD, RecordId("00Q000000000001AAA"), url, name)


def test_a_run_shows_each_chat_its_record_and_the_figures(screen):
    waits = a_chat(
        "Cleo Muster", counts=MessageCounts(waiting=2), reason="nobody has her name", hint="--phone"
    )
    report = a_report(
        a_chat(record=lead()),
        waits,
        a_chat("Bikes", counts=MessageCounts(skipped=1200), reason="a group chat", hint="groups"),
        a_chat("Dora", counts=MessageCounts(already_logged=5)),
        tasks_created=3,
        leads_created=1,
        leads_reopened=2,
        files_uploaded=1,
        notes=("A note",),
    )
    screen.console.sync(report)
    assert "Lead Ada Example" in screen.out
    assert URL in "".join(screen.out.split())
    assert "Cleo Muster: waiting, nobody has her name.\n    --phone" in screen.out
    assert "Bikes: skipped, a group chat.\n    groups" in screen.out
    assert "Dora" not in screen.out
    assert "1 chat with nothing new." in screen.out
    assert "3 messages logged in 3 Tasks" in screen.out
    assert "1 new Lead" in screen.out
    assert "2 Leads reopened" in screen.out
    assert "1 file uploaded" in screen.out
    assert "1 API call." in screen.out
    assert "! A note" in screen.err


def test_a_dry_run_says_what_would_be(screen):
    report = a_report(a_chat(record=lead(url="")), dry_run=True, tasks_created=3)
    screen.console.sync(report)
    assert "Would be logged" in screen.out
    assert "Lead Ada Example (new)" in screen.out
    assert "3 messages would be logged in 3 Tasks" in screen.out


def test_lines_that_were_not_understood_are_named_and_their_text_is_not(screen):
    lines = tuple(NotUnderstood(n, n + (n == 3), "no date") for n in range(1, 9))
    screen.console.sync(a_report(a_chat(lines=lines, unread_lines=9)))
    assert "Ada Example: 9 lines not understood" in screen.err
    assert "line 1: no date" in screen.err
    assert "lines 3–4: no date" in screen.err
    assert "line 6" not in screen.err


def test_problems_name_the_file_and_what_to_do(screen):
    problem = Unreadable("cut.txt", UnreadableFile("It is cut.", "export it again"))
    screen.console.sync(a_report(problems=(problem,)))
    assert "! cut.txt: It is cut.\n  export it again" in screen.err


@pytest.mark.parametrize("is_terminal", [True, False], ids=["terminal", "pipe"])
def test_nothing_foreign_is_shown_raw(is_terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen(is_terminal=is_terminal)
    problem = Unreadable(EVIL, UnreadableFile(f"{EVIL} is cut.", EVIL))
    chat = a_chat(
        EVIL,
        counts=MessageCounts(logged=1, waiting=1),
        record=lead(EVIL),
        reason=EVIL,
        hint=EVIL,
        unread_lines=1,
    )
    screen.console.sync(a_report(chat, problems=(problem,), notes=(EVIL,)))
    screen.console.error(WasfError(EVIL, EVIL))
    screen.console.table(EVIL.replace(EVIL, "t"), ["a"], [[EVIL]])
    screen.console.status(a_status(username=EVIL, waiting=(a_waiting(EVIL),)), BERLIN)
    assert "\x1b]8" not in screen.out.replace(URL, "")
    assert "evil.example.com\x07" not in screen.out + screen.err
    assert "\u202e" not in screen.out + screen.err
    assert "\r" not in screen.out + screen.err
    if not is_terminal:
        assert controls_in(screen.out + screen.err) == set()


# --- Status ------------------------------------------------------------------------------------


def a_waiting(title: str = "Cleo Muster") -> WaitingChat:
    return WaitingChat(ChatId("cleo"), title, 2, "nobody has her name", "--phone")


def a_status(**facts) -> Status:
    usual = {
        "instance_url": "https://example.my.salesforce.com",
        "username": "sam@example.com",
        "last_run": RunRecord(RunId("1"), NOW, NOW, 3),
        "synced": (("export", NOW),),
        "chats": 2,
        "logged": 1234,
        "waiting": (a_waiting(),),
        "in_doubt": 1,
        "files": 3,
        "usage": ApiUsageReading(ApiUsage(1500, 15_000), NOW),
    }
    return Status(**usual | facts)


def test_status_tells_what_is_connected_synced_waiting_and_used(screen):
    screen.console.status(a_status(), BERLIN)
    assert "Connected to https://example.my.salesforce.com as sam@example.com." in screen.out
    assert "Last synced: export 2026-03-03 10:00." in screen.out
    assert "2 chats, 1,234 messages logged, 2 waiting." in screen.out
    assert "1 Task with an unknown outcome: the next sync looks them up first." in screen.out
    assert "3 files" in screen.out
    assert "1,500 of 15,000 (10 %)" in screen.out
    assert "nobody has her name" in screen.out


def test_status_of_a_new_ledger(screen):
    screen.console.status(
        a_status(
            username="",
            last_run=None,
            synced=(),
            waiting=(),
            in_doubt=0,
            files=0,
            usage=None,
        ),
        BERLIN,
    )
    assert "Connected to https://example.my.salesforce.com." in screen.out
    assert "No sync has been run." in screen.out
    assert "Waiting" not in screen.out
    assert "API" not in screen.out


def test_an_org_without_calls_left_divides_by_nothing(screen):
    screen.console.status(a_status(usage=ApiUsageReading(ApiUsage(0, 0), NOW)), BERLIN)
    assert "(100 %)" in screen.out


# --- Progress ----------------------------------------------------------------------------------


def report_progress(progress: Progress) -> None:
    progress.reading("Chat with +49 171 3920012.txt")
    progress.read(500)
    progress.writing(500)
    progress.wrote(200, 200)


@pytest.mark.parametrize("shown", [True, False])
def test_no_progress_where_there_is_no_terminal(screen, shown):
    with screen.console.progress(shown=shown) as progress:
        assert isinstance(progress, NoProgress)
        report_progress(progress)
    assert (screen.out, screen.err) == ("", "")


def test_progress_on_a_terminal_names_nobody(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(is_terminal=True)
    with screen.console.progress(shown=True) as progress:
        assert not isinstance(progress, NoProgress)
        report_progress(progress)
    assert screen.out == ""
    assert "500" in screen.err
    assert "3920012" not in screen.err


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_steps_of_a_command_have_counts_and_fit_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen(is_terminal=True)
    with screen.console.progress(shown=True) as progress:
        progress.step("Reading the org's Tasks")
        progress.done(12_000)
        progress.step("Deleting Tasks", 12_000)
        progress.done(1_200)
        progress.pause()
        before = screen.err
        progress.step("Deleting Leads", 3)
    lines = [line.strip() for line in re.split(r"[\r\n]+", plain(screen.err)) if line.strip()]
    assert "Reading the org's Tasks" in lines[0]
    assert "1,200/12,000" in plain(before)
    assert "Deleting Leads" not in before
    assert any("Deleting Leads" in line and "0/3" in line for line in lines)
    assert max(map(len, lines)) <= columns


# --- Widths ------------------------------------------------------------------------------------

ADDRESS = "https://acme.my.salesforce.com/lightning/r/Contact/0035e0000000001AAA/view"
HINT = "say the number: wasf sync FILE --phone NUMBER, or --contacts ADDRESSBOOK"
LONG_LINES = [
    "Keys of messages: CallObject, which is not unique: two machines could log one chat twice.",
    f"    {HINT}; or the record: wasf link CHAT RECORD",
    f"Look at it: {ADDRESS}",
    "x",
]


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\\\", "", text)


@pytest.fixture(params=[40, 80, 120])
def wide(request, monkeypatch):
    """A terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    monkeypatch.setenv("TERM", "xterm")
    return request.param, Screen(is_terminal=True)


def test_a_line_breaks_between_words_and_keeps_addresses_and_commands(wide):
    width, screen = wide
    screen.console.tell(LONG_LINES)
    shown = plain(screen.out)
    assert shown.split() == " ".join(LONG_LINES).split()
    assert all(len(line) <= max(width, len(ADDRESS)) for line in shown.splitlines())
    for whole in (ADDRESS, "wasf link CHAT RECORD"):
        assert whole in shown
    if width > 40:
        assert "wasf sync FILE --phone NUMBER," in shown


def test_a_table_splits_no_word_at_any_width(wide):
    width, screen = wide
    rows = [
        ["Ada Example", "12", HINT, ADDRESS],
        ["+44 7700 900123", "1", "", "Donaudampfschifffahrtsgesellschaft"],
    ]
    screen.console.table("Waiting", ["chat", "messages", "why", "what to do"], rows)
    words = set(plain(screen.out).split())
    assert {word for row in rows for cell in row for word in cell.split()} <= words
    assert all(len(line) <= max(width, len(ADDRESS) + 14) for line in plain(screen.out).split("\n"))


def test_without_a_terminal_a_table_is_as_wide_as_its_words_need(screen):
    screen.console.table("", ["a", "b", "c"], [[ADDRESS, ADDRESS, ADDRESS]])
    assert screen.out.count(ADDRESS) == 3


@pytest.mark.parametrize("width", [40, 80])
def test_checks_and_errors_keep_their_columns(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(is_terminal=True)
    long = "CallObject takes the key, and is not unique. " * 3
    screen.console.checks([Check("key field", CheckStatus.OK, long, "", ExitCode.DONE)])
    screen.console.error(WasfError(long, "wasf doctor --install-key-field"))
    first, second, *_ = plain(screen.out).splitlines()
    assert first.startswith("ok       key field: ")
    assert len(second) - len(second.lstrip()) == 9
    assert plain(screen.err).startswith("wasf: CallObject")
    assert "      wasf doctor --install-key-field" in plain(screen.err)


@given(st.text(st.sampled_from("a é漢\n\t\r\a\x0c\x1b[]")))
@example("a\n")
@example("\n\na")
def test_a_line_in_a_file_is_what_rich_would_print(text):
    ours, theirs = Paper(is_terminal=False), Paper(is_terminal=False)

    Stream(ours).line(text)
    Stream(theirs).rich.print(Text(text), soft_wrap=True)

    assert ours.getvalue() == theirs.getvalue()


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_what_the_environment_says_of_the_terminal_counts(monkeypatch, name):
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    monkeypatch.setenv(name, "1")
    paper = Paper(is_terminal=False)

    Console(paper, paper).error(WasfError("No."))

    assert "\x1b[" in paper.getvalue()


def test_only_a_command_stays_on_one_line_and_no_sentence_that_begins_with_wasf():
    text = "where an outcome is unknown, wasf looks in Salesforce before it sends anything."
    assert broken(text, 40).splitlines()[0] == "where an outcome is unknown, wasf looks"
    assert sorted(entry.name for entry in COMMANDS) == COMMAND_NAMES.split("|")
