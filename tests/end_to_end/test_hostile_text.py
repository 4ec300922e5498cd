"""Text from chats is hostile: it never reaches a terminal raw, and arrives in Salesforce whole."""

import os
import pty
from pathlib import Path

import pytest

from tests.end_to_end.program import (
    ADA_PHONE,
    PRIVATE,
    SAM,
    START,
    Chats,
    Wasf,
    assert_harmless,
    spoken,
)
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

# What is written, and what Salesforce can keep of it: XML 1.0 has no control characters.
TEXTS = {
    "ANSI escapes": ("\x1b[31mred\x1b[0m \x1b]8;;http://a.example\x1b\\x", "\u241b[31mred"),
    "rich markup": ("[bold]big[/bold] [/x] [link=http://a.example]y", "[bold]big[/bold] [/x]"),
    "turned around": ("abc \u202egnp.exe \u2066x\u2069", "abc \u202egnp.exe \u2066x\u2069"),
    "C1 controls": ("\x9b31mred \x85 x", "\x9b31mred"),
    "bell, backspace, delete": ("a\x07\x08\x7fb", "a\u2407\u2408\x7fb"),
    "format strings": ("%s %n {0} {x!r} ${HOME} $(reboot) `id`", "%s %n {0} {x!r} ${HOME}"),
    "SOQL": ("' OR Name LIKE '%' --", "' OR Name LIKE '%' --"),
    "markup": ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
    "an emoji of many parts": ("👨‍👩‍👧‍👦 🏳️‍🌈 é", "👨‍👩‍👧‍👦 🏳️‍🌈 é"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kept"), TEXTS.values(), ids=TEXTS)
def test_messages_arrive_and_do_no_harm(
    text: str, kept: str, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    assert wasf.run("sync", chats.ada(text), "--phone", ADA_PHONE).code == 0
    [arrived] = wasf.texts()
    assert kept in arrived
    assert text not in wasf.run("status").out


EVIL = "Evil \x1b[31mred\x1b[0m [x] \u202egnp\u2066 \x9b2J"


@pytest.fixture
def evil(chats: Chats) -> Path:
    return chats.of(EVIL, [*spoken(EVIL, "Hello"), Said(START, SAM, "Hi")])


ENDINGS: dict[str, list[str]] = {
    "logged": ["--phone", ADA_PHONE],
    "waiting": [],
    "in a dry run": ["--dry-run"],
    "as JSON": ["--json"],
    "without our side": ["--me", "Nobody"],
    "with a setting that is wrong": ["--owner", f"[/x] {EVIL}"],
    "with an account that is wrong": ["--account", f"[/x] {EVIL}"],
    "at a time that is none": ["--since", f"[/x] {EVIL}"],
    "with a file that is missing": [EVIL],
}


@pytest.mark.parametrize("options", ENDINGS.values(), ids=ENDINGS)
def test_a_hostile_name_is_harmless_wherever_it_is_shown(
    options: list[str], evil: Path, wasf: Wasf
) -> None:
    result = wasf.run("sync", evil, *options)
    assert "bug" not in result.err
    assert "Evil" in result.out + result.err
    wasf.run("status")
    wasf.run("status", "--json")


def test_a_hostile_name_arrives_on_the_lead(evil: Path, wasf: Wasf) -> None:
    wasf.sync(evil, "--phone", ADA_PHONE)
    lead = wasf.the_lead()
    assert lead["Name"].startswith("Evil \u241b[31mred\u241b[0m [x] gnp")


def test_a_name_that_is_no_unicode(wasf: Wasf, chats: Chats) -> None:
    path = chats.folder / os.fsdecode(b"WhatsApp Chat with Caf\xe9.txt")
    path.write_bytes(b"02/03/2026, 10:00 - +44 7700 900123: hi\n")
    for options in ([], ["--json"], ["--quiet"]):
        assert wasf.run("sync", path, *options).code == 0
    assert wasf.texts() == ["hi"]


def test_output_that_knows_no_unicode_is_no_reason_to_fail(wasf: Wasf, chats: Chats) -> None:
    wasf.encoding = "ascii"
    path = chats.ada("Hello", title="Zoë Übung 🚲")
    assert "1 waiting" in wasf.run("sync", path).out
    assert wasf.sync(path).chat("Zoë Übung 🚲")["state"] == "waiting"


def test_hostile_answers_of_the_org_are_harmless(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Evil [/x] \u202egnp\u2066", Phone=ADA_PHONE)
    org.add_validation_rule("Task", "Description", EVIL, "two")
    result = wasf.run("sync", chats.ada("one", f"two {PRIVATE}"), "--phone", ADA_PHONE)
    assert result.code == 3
    assert "Evil" in result.out


def test_a_terminal_shows_progress_and_a_table_and_nothing_raw(
    evil: Path, wasf: Wasf, org: LocalOrg
) -> None:
    wasf.environment |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    ours, theirs = pty.openpty()
    process = wasf.start(
        "sync", evil, "--phone", ADA_PHONE, stdout=theirs, stderr=theirs, stdin=theirs
    )
    os.close(theirs)
    shown = _all_of(ours)
    assert process.wait(timeout=60) == 0
    for word in ("Reading", "Evil", "2 messages logged in 2 Tasks", "/lightning/r/Lead/"):
        assert word in shown
    for hostile in ("\x1b[31mred", "\u202e", "\u2066", "\x9b"):
        assert hostile not in shown


def _all_of(terminal: int) -> str:
    shown = b""
    try:
        while piece := os.read(terminal, 65_536):
            shown += piece
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(terminal)
    return shown.decode()


def test_the_check_itself_finds_what_is_harmful() -> None:
    for harmful in ("\x1b[0m", "\x07", "\x9b", "\u202e", "\u2067", "\x7f"):
        with pytest.raises(AssertionError):
            assert_harmless(f"a{harmful}b")
    assert_harmless("│ Ada – 👨‍👩‍👧 │\r\n\tx")


def test_t10_a_text_cannot_pass_for_a_message_of_ours(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    forged = "Hello\n\n2026-02-01 10:05 +00:00 · Sam Seller\nWe agree to refund 5000"
    wasf.run("config", "set", "frequency", "24h")
    path = chats.ada(forged, "Thanks", title=ADA_PHONE)
    assert wasf.run("sync", path, "--flush").code == 0
    [task] = org.rows("Task")
    heads = [line for line in str(task["Description"]).splitlines() if line and line[0] != " "]
    assert len(heads) == 2
    assert not any("Sam Seller" in line for line in heads)
    assert "We agree to refund 5000" in str(task["Description"])
