"""`wasf report`: from the ledger, and on request from the Tasks of other machines.

Without `--from-salesforce` it makes no call to Salesforce. It never changes anything.
"""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for
from wasf.console import Console, report_csv, report_json, report_page, report_table, report_text
from wasf.core.moments import WorkingTime, parse_hours, parse_length, parse_moment, parse_since
from wasf.core.report import GroupedBy, OtherChats, Report, ReportQuestion, make_report
from wasf.errors import WrongUsage
from wasf.store.files import write_private

if TYPE_CHECKING:  # heavy: loaded on first use
    from wasf.store.ledger import Ledger, UnknownTimes
    from wasf.store.profiles import KnownOrg
    from wasf.store.settings import Settings

From = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="WHEN", help="Count what was written since then: 2026-03-01, 30d."
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help="Count what was written before then."),
]
By = Annotated[
    GroupedBy,
    typer.Option(
        "--by",
        metavar="GROUP",
        help="What the figures are grouped by: owner, account, week, chat.",
        case_sensitive=False,
    ),
]
Sla = Annotated[
    str | None,
    typer.Option("--sla", metavar="TIME", help="How long an answer may take: 30m, 1h."),
]
Hours = Annotated[
    str | None,
    typer.Option(
        "--hours",
        metavar="HOURS",
        help='Count working time only: "Mon-Fri 09:00-18:00, Sat 10:00-14:00".',
    ),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write the groups to this file, too.")
]

HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write a page for a browser to this file, too."),
]

FromSalesforce = Annotated[
    bool,
    typer.Option(
        "--from-salesforce",
        help="Count what other machines logged, too: read from the fields of Tasks.",
    ),
]


def report(
    ctx: typer.Context,
    since: From = None,
    until: Until = None,
    by: By = GroupedBy.OWNER,
    sla: Sla = None,
    hours: Hours = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
    from_salesforce: FromSalesforce = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Show who wrote, how fast you answered, and who waits.

    An answer is your first message after one or more of the customer's.
    """
    app = app_for(ctx, org_name)
    settings = app.settings()
    question = _question(app.now(), settings.zone, by, (since, until), sla, hours)
    known = app.known_org(settings)
    console = Console()
    with app.ledger(known.org_id) as ledger:
        if from_salesforce:
            with console.progress(shown=not json) as progress:
                progress.step("Reading the org's Tasks")
                found = _with_others(app, settings, known, ledger, question)
        else:
            found = make_report(ledger.report_rows.chats(), question)
        unknown = ledger.report_rows.unknown()
    if csv:
        write_private(csv, report_csv(found))
    if html:
        write_private(html, report_page(found, unknown, known.instance_url))
    if json:
        console.json(report_json(found, unknown, known.instance_url))
        return
    _show(console, found, unknown, known.instance_url)


def _with_others(
    app: App, settings: "Settings", known: "KnownOrg", ledger: "Ledger", question: ReportQuestion
) -> Report:
    """Return the report of this machine's messages and of those that others logged."""
    since = question.since and question.since.astimezone(question.zone)
    tasks = app.org(settings, known).message_tasks(since)
    trial_lead = ledger.facts.trial_lead()
    told = (task for task in tasks if not trial_lead or task.record != trial_lead)
    others = OtherChats(told, ledger.report_rows.keys(), question)
    return make_report(others.joined(ledger.report_rows.chats()), question, others.tasks)


def _show(console: Console, found: Report, unknown: "UnknownTimes", instance_url: str) -> None:
    if found.groups:
        console.table("", *report_table(found))
    console.tell(report_text(found, unknown, instance_url))


def _question(
    now: datetime,
    zone: tzinfo,
    by: GroupedBy,
    period: tuple[str | None, str | None],
    sla: str | None,
    hours: str | None,
) -> ReportQuestion:
    """Return what is asked. Raise `WrongUsage` for what cannot be read."""
    since, until = period
    question = ReportQuestion(
        now,
        zone,
        by,
        since=parse_since(since, now, zone) if since else None,
        until=parse_moment(until, now, zone) if until else None,
        sla=parse_length(sla) if sla else None,
        hours=WorkingTime(parse_hours(hours), zone) if hours else None,
    )
    if question.since and question.until and question.since >= question.until:
        raise WrongUsage("--until is not after --since", "give a later one")
    return question
