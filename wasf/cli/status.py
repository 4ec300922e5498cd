"""`wasf status`, `wasf runs` and `wasf report`: what was done, and what waits.

All of it comes from what wasf remembers, and nothing is changed in Salesforce. Calls are made by
`wasf report --from-salesforce`, and once for a token that wasf does not know yet: whose it is.
`wasf runs` needs no sign-in.
"""

from contextlib import ExitStack
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for, org_ids
from wasf.commands.status import all_runs, read_status
from wasf.console import (
    Console,
    report_csv,
    report_json,
    report_page,
    report_table,
    report_text,
    runs_json,
    runs_text,
    status_json,
)
from wasf.core.moments import WorkingTime, parse_hours, parse_length, parse_moment, parse_since
from wasf.core.report import GroupedBy, OtherChats, Report, ReportQuestion, make_report
from wasf.core.runs import RecordedRun
from wasf.errors import WrongUsage
from wasf.store.files import write_private
from wasf.store.ledger import inbox_counts
from wasf.store.runs import RunLog

if TYPE_CHECKING:  # heavy: loaded on first use
    from wasf.store.ledger import Ledger
    from wasf.store.profiles import KnownOrg
    from wasf.store.settings import Settings

# --- Status and runs -----------------------------------------------------------------------------


def status(ctx: typer.Context, org_name: OrgName = None, json: Json = False) -> None:
    """Show what is connected, when it last synced, what waits and why."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    known = app.known_org(settings)
    inbox = inbox_counts(app.ledger_place(known.org_id))
    logged = [run for run in RunLog(app.folders.run_log).runs() if run.org_id in ("", known.org_id)]
    with app.ledger(known.org_id) as ledger:
        runs = all_runs(logged, {known.org_id: ledger}, with_counts=False)
        found = read_status(
            ledger,
            known.instance_url,
            known.username,
            settings.policy(),
            inbox,
            [facts for find in app.known_apis().values() if (facts := find())],
            runs,
        )
    console = Console()
    if json:
        console.json(status_json(found))
    else:
        console.status(found, settings.zone)
        if found.last_failure is not None and app.folders.log.exists():
            console.say(f"  What the runs did is in {app.folders.log}")


Last = Annotated[
    int | None,
    typer.Option("--last", metavar="N", min=1, help="Only the last N.", show_default=False),
]


def runs(
    ctx: typer.Context, last: Last = None, org_name: OrgName = None, json: Json = False
) -> None:
    """List the runs: when, how each ended, what it logged."""
    app = app_for(ctx, org_name)
    settings = app.settings()
    found = known_runs(app)
    if org_name is not None:
        org_id = app.known_org(settings).org_id
        found = [run for run in found if run.org_id in ("", org_id)]
    found = found[:last]
    console = Console()
    if json:
        console.json(runs_json(found))
    elif found:
        console.tell(runs_text(found, settings.zone))
    else:
        console.say("No sync has been run.")


def known_runs(app: App) -> list[RecordedRun]:
    """Return the runs of all orgs, newest first."""
    with ExitStack() as stack:
        ids = org_ids(app)
        ledgers = {org_id: stack.enter_context(app.ledger(org_id)) for org_id in ids}
        return all_runs(RunLog(app.folders.run_log).runs(), ledgers)


# --- Report --------------------------------------------------------------------------------------

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
    if found.groups:
        console.table("", *report_table(found))
    console.tell(report_text(found, unknown, known.instance_url))


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
