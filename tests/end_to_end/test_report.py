"""`wasf report` as a whole: the examples of its topic and of the README, figure by figure."""

import csv
import re
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

from tests.end_to_end.program import ADA_PHONE, START, Chats, Wasf
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg
from wasf.cli.help import topic_text

ADA, BEN, SAM = "Ada Example", "+44 7700 900480", "Sam Seller"
OWNER = "sam@example.com"


def the_example(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    """Log the chats of the topic's example; they begin at ten."""
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    wasf.set(me=SAM, owner=OWNER, timezone="Europe/Berlin")
    said = [(0, ADA), (5, ADA), (20, SAM), (60, ADA), (70, SAM)]
    for title, lines in ((ADA, said), (BEN, [(90, BEN)])):
        texts = [Said(START + timedelta(minutes=at), who, f"at {at}") for at, who in lines]
        chats.of(title, texts)
    wasf.sync(chats.folder)


def test_the_example_of_the_topic(wasf: Wasf, org: LocalOrg, chats: Chats, tmp_path: Path) -> None:
    the_example(wasf, org, chats)
    table, page = tmp_path / "report.csv", tmp_path / "report.html"

    shown = wasf.run("report", "--sla", "15m", "--csv", table, "--html", page)

    assert shown.code == 0
    figures = ["sam@example.com", "2", "4", "2", "1", "20m, 20m, 0%", "15m, 20m, 50%"]
    line = next(line for line in shown.out.splitlines() if OWNER in line)
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == figures
    assert " ".join(figures) in " ".join(topic_text("report").split()), "the topic shows it, too"
    [row] = csv.DictReader(table.read_text("utf-8").splitlines())
    assert (row["answers.median_s"], row["answers.p90_s"], row["answers.within_sla"]) == (
        "900", "1200", "0.5",
    )  # fmt: skip
    told = page.read_text("utf-8")
    assert [each in told for each in (OWNER, "15m, 20m, 50%", "20m, 20m, 0%", BEN)] == [True] * 4
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_json_of_the_example(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    the_example(wasf, org, chats)
    told = wasf.run("report", "--json").json
    [group] = told["groups"]
    assert group == {
        "group": OWNER,
        "name": None,
        "chats": 2,
        "messages_in": 4,
        "messages_out": 2,
        "new_leads": 1,
        "first_answers": {"count": 1, "median_s": 1200, "p90_s": 1200, "within_sla": None},
        "answers": {"count": 2, "median_s": 900, "p90_s": 1200, "within_sla": None},
    }
    [waits] = told["waiting"]
    assert (waits["number"], waits["since"]) == ("+447700900480", "2026-03-02T11:30:00+01:00")
    assert "/lightning/r/Lead/00Q" in waits["record"]


# --- The example of the README, counted by hand ------------------------------------------------

README = Path(__file__).parents[2] / "README.md"
NOON = datetime(2026, 3, 9, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
_ADDRESS = re.compile(r"http\S+?(?=/lightning)")


def counted_by_hand(text: str) -> Iterator[tuple[str, datetime, str]]:
    """Every message that the README lists: its chat, when it was written, and by whom."""
    head, *lines = text.partition("\n\n")[0].splitlines()
    middle, end, chat = head.index("answered"), head.index("working time"), ""
    for line in lines:
        chat = {"Ada": ADA, "Ben": BEN}.get(line.partition(",")[0], chat)
        sides = (line[:middle], chat), (line[middle:end], SAM)
        for cell, author in sides:
            if day := re.match(r" *([A-Z][a-z]{2}) (\d),", cell):
                for hour, minute in re.findall(r"(\d\d):(\d\d)", cell):
                    at = datetime(2026, 3, int(day[2]), int(hour), int(minute))
                    assert f"{at:%a}" == day[1]
                    yield chat, at, author


def test_the_example_of_the_readme(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    section = README.read_text("utf-8").partition("## Report\n")[2].partition("\n## ")[0]
    listed, shown = re.findall(r"^```text\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    org.add_contact(FirstName="Ada", LastName="Example", Phone=ADA_PHONE)
    wasf.set(me=SAM, owner=OWNER)
    messages = list(counted_by_hand(listed))
    for title in (ADA, BEN):
        said = [Said(at, who, f"{at:%H:%M}") for chat, at, who in messages if chat == title]
        wasf.sync(chats.of(title, sorted(said, key=lambda one: one.at)))

    with time_machine.travel(NOON, tick=False):
        told = wasf.run("report", "--sla", "1h", "--hours", "Mon-Fri 09:00-18:00").out

    assert len(messages) == 13
    assert _lines(shown) == _lines(_ADDRESS.sub("https://…", told))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()]
