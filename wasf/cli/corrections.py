"""`wasf undo`, `verify`, `forget` and `purge`: what was logged is put right, or removed.

The first two are about what is in Salesforce, the others only about what this machine holds.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import (
    DryRunOnly,
    Json,
    OrgName,
    Yes,
    app_for,
    candidates_shown,
    complete_chat,
    complete_run,
    require_confirmation,
)
from wasf.commands.privacy import Forgotten, PurgeOptions, number_in
from wasf.commands.privacy import forget as forget_person
from wasf.commands.privacy import purge as purge_messages
from wasf.commands.sync import SyncContext
from wasf.commands.undo import undo as undo_run
from wasf.commands.undo import undo_chat
from wasf.commands.verify import verify as verify_tasks
from wasf.console import (
    Console,
    forget_json,
    forget_text,
    lift_json,
    lift_text,
    purge_json,
    purge_text,
    undo_json,
    undo_text,
    verify_json,
    verify_text,
)
from wasf.core.chats import Phone
from wasf.core.moments import parse_since
from wasf.errors import WrongUsage
from wasf.interfaces import Progress
from wasf.sources import hook_readers
from wasf.sources.inbox import forget_bodies
from wasf.store.settings import Settings

# --- Undo and verify -----------------------------------------------------------------------------

Run = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="The id of a run, or how it begins; without it the last one that wrote anything.",
        show_default=False,
        autocompletion=complete_run,
    ),
]


OfChat = Annotated[
    str | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        help="Only what was logged of one chat (id, title or number); without RUN by all runs.",
        autocompletion=complete_chat,
    ),
]


def undo(
    ctx: typer.Context,
    run: Run = None,
    chat: OfChat = None,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Delete what a sync created, except what people touched since."""
    app = app_for(ctx, org_name)
    real = yes and not dry_run
    opened = app.open_context(app.settings(), dry_run=not real)
    with (
        candidates_shown(json=json) as console,
        opened as context,
        app.stop.held_back(),
        console.progress(shown=not json) as progress,
    ):
        context = replace(context, progress=progress)
        report = (
            undo_run(run or "", context) if chat is None else undo_chat(chat, run or "", context)
        )
    console.result(undo_text(report), undo_json(report), json=json)
    command = f"wasf undo {report.run} --yes" if chat is None else "the same with --yes"
    agreed = real or dry_run or report.is_empty
    if require_confirmation(command, agreed=agreed, json=json):
        undo(ctx, report.run if chat is None else run, chat, yes=True, org_name=org_name)
    raise typer.Exit(report.exit_code)


RemoveDoubles = Annotated[
    bool,
    typer.Option(
        "--remove-doubles",
        help="Delete the younger of two Tasks on one record that hold one message of two chats.",
    ),
]


def verify(
    ctx: typer.Context,
    remove_doubles: RemoveDoubles = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Compare every Task that was logged with what Salesforce has.

    It changes nothing unless --remove-doubles says so.
    """
    if yes and not remove_doubles:
        raise WrongUsage("--yes belongs to --remove-doubles", "wasf verify --remove-doubles --yes")
    app = app_for(ctx, org_name)
    real = not remove_doubles or (yes and not dry_run)
    opened = app.open_context(app.settings(), dry_run=not real)
    console = Console()
    shown = console.progress(shown=not json)
    with opened as context, app.stop.held_back(), shown as progress:
        report = verify_tasks(replace(context, progress=progress), remove=remove_doubles)
    console.result(verify_text(report), verify_json(report), json=json)
    is_empty = report.removed is None or not report.removed.tasks
    agreed = real or dry_run or is_empty
    if require_confirmation("wasf verify --remove-doubles --yes", agreed=agreed, json=json):
        verify(ctx, remove_doubles=True, yes=True, org_name=org_name)
    raise typer.Exit(report.exit_code)


# --- Forget --------------------------------------------------------------------------------------

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The person's phone number.")]
Lift = Annotated[
    bool, typer.Option("--lift", help="Let the person's chats in again; nothing comes back.")
]
Chats = Annotated[
    list[str] | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        autocompletion=complete_chat,
        help="Another chat of this person that wasf cannot find; may be repeated.",
    ),
]


def forget(
    ctx: typer.Context,
    number: Number,
    chats: Chats = None,
    lift: Lift = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Remove all that this machine holds about a person.

    What is in Salesforce stays there. Chats with that number are left out from then on.
    """
    app = app_for(ctx, org_name)
    if lift:
        _lift(app, number, json=json)
        return
    with candidates_shown(json=json) as console:
        shown = console.progress(shown=not json)
        done = _forget(app, number, chats or (), shown, dry_run=dry_run or not yes)
    settings = app.settings()
    place = app.ledger_place(app.known_org(settings, remember=False).org_id)
    text = forget_text(done, is_shared=bool(settings.ledger), old_file=place.old_file)
    console.result(text, forget_json(done), json=json)
    if require_confirmation("the same with --yes", agreed=yes or dry_run, json=json):
        forget(ctx, number, chats, yes=True, org_name=org_name)
    raise typer.Exit(done.exit_code)


def _forget(
    app: App,
    number: str,
    chats: Sequence[str],
    shown: AbstractContextManager[Progress],
    *,
    dry_run: bool,
) -> Forgotten:
    """Forget the person; in a dry run return what would be forgotten."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    org_id = app.known_org(settings, remember=not dry_run).org_id
    opened = app.open_context(settings, dry_run=dry_run)
    with opened as context, app.stop.held_back(), shown as progress:
        context = replace(context, progress=progress)
        return forget_person(
            phone,
            context,
            chats,
            forget_webhooks=lambda one: _forget_webhooks(app, org_id, one, context),
            other_orgs=len(app.folders.other_ledgers(org_id)),
        )


def _forget_webhooks(app: App, org_id: str, phone: Phone, context: SyncContext) -> int:
    """Remove the webhook bodies that are about the person; return how many there are."""
    place = app.ledger_place(org_id)
    if not place.has_inbox:
        return 0
    with place.scratch_inbox() if context.dry_run else place.inbox() as inbox:
        about = forget_bodies(inbox, hook_readers(), phone, context.ledger.is_forgotten)
        if not context.dry_run:
            inbox.rewrite_file()
    return len(about)


def _lift(app: App, number: str, *, json: bool) -> None:
    """Let the person's chats in again, and say whether they were kept out."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    with app.locked_ledger(settings) as ledger:
        was_kept_out = ledger.lift_ban(phone)
    Console().result(lift_text(lifted=was_kept_out), lift_json(lifted=was_kept_out), json=json)


# --- Purge ---------------------------------------------------------------------------------------

Before = Annotated[
    str | None,
    typer.Option("--before", metavar="WHEN", help="What was written before: 2026-01-01, 90d."),
]
PurgedChat = Annotated[
    str | None,
    typer.Option(
        "--chat",
        metavar="CHAT",
        help="Of one chat, by its id, title or number.",
        autocompletion=complete_chat,
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Of all chats and all times.")]
Waiting = Annotated[
    bool, typer.Option("--waiting", help="Drop messages that wait, too; they are never logged.")
]


def purge(
    ctx: typer.Context,
    before: Before = None,
    chat: PurgedChat = None,
    everything: Everything = False,
    waiting: Waiting = False,
    yes: Yes = False,
    dry_run: DryRunOnly = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Remove what this machine still knows of logged messages.

    Their keys stay, so that nothing is logged twice.
    """
    app = app_for(ctx, org_name)
    settings = app.settings()
    options = PurgeOptions(
        chat=chat or "",
        before=parse_since(before, app.now(), settings.zone) if before else None,
        everything=everything,
        waiting=waiting,
        dry_run=dry_run or not yes,
    )
    with (
        candidates_shown(json=json) as console,
        app.locked_ledger(settings, dry_run=options.dry_run) as ledger,
        app.stop.held_back(),
        console.progress(shown=not json) as progress,
    ):
        purged = purge_messages(options, ledger, settings.default_region, progress)
        webhooks = _purge_webhooks(app, settings, options)
    place = app.ledger_place(app.known_org(settings, remember=False).org_id)
    text = purge_text(
        options, purged, webhooks, is_shared=bool(settings.ledger), old_file=place.old_file
    )
    console.result(text, purge_json(options, purged, webhooks), json=json)
    if require_confirmation("the same with --yes", agreed=yes or dry_run, json=json):
        purge(ctx, before, chat, everything, waiting, yes=True, org_name=org_name)


def _purge_webhooks(app: App, settings: Settings, options: PurgeOptions) -> int:
    """Remove the webhooks that are kept, if everything goes; return how many there are."""
    if not (options.everything and options.waiting):
        return 0
    place = app.ledger_place(app.known_org(settings).org_id)
    if not place.has_inbox:
        return 0
    with place.inbox() as inbox:
        kept = [one.number for one in inbox.set_aside()]
        if kept and not options.dry_run:
            inbox.drop(kept)
    return len(kept)
