"""`wasf report` as a whole: the example of its topic, figure by figure, in every form."""

import csv
import stat
from datetime import timedelta
from pathlib import Path

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
