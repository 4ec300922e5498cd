"""How a report is told: lengths of time, the table, CSV that no spreadsheet runs."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from wasf.console import report_csv, report_json, report_table, report_text
from wasf.console.report_output import length
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.moments import WorkingTime, parse_hours
from wasf.core.records import Link, RecordId, RecordType
from wasf.core.report import GroupedBy, Report, ReportedChat, ReportQuestion, make_report
from wasf.store.ledger import UnknownTimes

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ORG = "https://example.my.salesforce.com"
LEAD = Link(RecordType.LEAD, RecordId("00Q000000000001AAA"))


def report(*titles: str, link: Link | None = None, **question) -> Report:
    """A report by chat: everybody wrote an hour ago and has an answer after a minute, or waits."""
    asked = int((NOW - timedelta(hours=1)).timestamp())
    chats = [
        (
            ReportedChat(
                Chat(
                    id=ChatId(f"chat {number}"),
                    source="export",
                    title=title,
                    name=title,
                    phone=Phone(f"+4477009001{number:02}"),
                    owner_email="sam@example.com",
                ),
                link,
            ),
            [(asked, 0), (asked + 60, 1)] if title.startswith("answered") else [(asked, 0)],
        )
        for number, title in enumerate(titles)
    ]
    usual = {"now": NOW, "zone": UTC, "by": GroupedBy.CHAT}
    return make_report(chats, ReportQuestion(**usual | question))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (59.4, "59s"),
        (60, "1m"),
        (210, "3m30s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (90061, "1d01h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float, expected: str) -> None:
    assert length(seconds, report()) == expected


def test_working_time_has_no_days() -> None:
    hours = WorkingTime(parse_hours("Mon-Fri 09:00-18:00"), UTC)

    assert length(90061, report(hours=hours)) == "25h01m"


def test_the_table_names_chats_by_their_titles() -> None:
    columns, rows = report_table(report("answered", "Ada", sla=timedelta(hours=1)))

    assert columns == ["chat", "chats", "in", "out", "Leads", "first answers", "answers"]
    assert rows == [
        ("answered", "1", "1", "1", "0", "1m, 1m, 100%", "1m, 1m, 100%"),
        ("Ada", "1", "1", "0", "0", "–", "–"),
    ]


def test_a_group_without_a_name_is_told() -> None:
    _, rows = report_table(report("Ada", by=GroupedBy.ACCOUNT))

    assert rows[0][0] == "(no account)"


def test_who_waits_is_told_with_the_address_of_the_record() -> None:
    lines = report_text(report("Ada", link=LEAD), UnknownTimes(), ORG)

    assert lines[-3:] == [
        "Waiting for an answer now: 1 customer",
        "    1h00m  Ada (+447700900100), since 2026-03-09 11:00, sam@example.com",
        f"           {ORG}/lightning/r/Lead/00Q000000000001AAA/view",
    ]


def test_twenty_who_wait_are_told_and_the_others_counted() -> None:
    lines = report_text(report(*(f"Person {n}" for n in range(25))), UnknownTimes(), ORG)

    assert len(lines) == 24
    assert lines[-1] == "  and 5 more. All: wasf report --json"


def test_what_an_earlier_wasf_did_not_keep_is_told() -> None:
    told = "\n".join(report_text(report(), UnknownTimes(1, 2, 3), ORG))

    assert "1 message of an earlier wasf without a time" in told
    assert "2 messages of an earlier wasf: in one minute" in told
    assert "3 new Leads of an earlier wasf" in told


def test_json_has_nulls_for_what_there_is_not() -> None:
    value = report_json(report("Ada", by=GroupedBy.ACCOUNT), UnknownTimes(), ORG)

    assert value["groups"][0]["group"] is None
    assert value["groups"][0]["answers"] == {
        "count": 0, "median_s": None, "p90_s": None, "within_sla": None,
    }  # fmt: skip
    assert value["waiting"][0]["record"] is None
    assert (value["since"], value["until"], value["sla_s"]) == (None, None, None)


def cells(*titles: str) -> list[dict[str, str]]:
    text = report_csv(report(*titles))
    assert all(line.endswith("\r\n") for line in text.splitlines(keepends=True))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_the_names_of_the_json_with_dots() -> None:
    [row] = cells("answered, and more")

    assert row["group"] == "chat 0"
    assert row["name"] == "answered, and more"
    assert (row["messages_in"], row["answers.median_s"], row["answers.within_sla"]) == (
        "1", "60", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200f=1", "＝1", "＠x"],
)
def test_a_name_is_no_formula_in_a_spreadsheet(title: str) -> None:
    [row] = cells(title)

    assert row["name"].startswith("'")
    assert "\n" not in row["name"]


def test_a_name_with_quotes_and_commas_comes_back_as_it_is() -> None:
    [row] = cells('Ada "the first", Countess')

    assert row["name"] == 'Ada "the first", Countess'
