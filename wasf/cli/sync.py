"""`wasf sync`."""

import typer

from wasf.cli.options import (
    Accept,
    AccountOption,
    Again,
    Contacts,
    DateOrderOption,
    DryRun,
    Flush,
    Json,
    Me,
    Org,
    Owner,
    Paths,
    PhoneOption,
    Quiet,
    Since,
    TimeShift,
    Timezone,
    app_for,
)


def sync(
    ctx: typer.Context,
    paths: Paths = None,
    since: Since = None,
    dry_run: DryRun = False,
    flush: Flush = False,
    again: Again = False,
    phone: PhoneOption = None,
    contacts: Contacts = None,
    me: Me = None,
    account: AccountOption = None,
    owner: Owner = None,
    timezone: Timezone = None,
    date_order: DateOrderOption = None,
    time_shift: TimeShift = None,
    accept: Accept = False,
    org_name: Org = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read chats and log what is new on the right Contact or Lead."""
    from wasf.cli.syncing import SyncRequest, run_sync

    request = SyncRequest(
        paths=tuple(paths or ()),
        since=since,
        dry_run=dry_run,
        flush=flush,
        again=again,
        phone=phone,
        whatsapp_account=account,
        time_shift=time_shift,
        accept=accept,
        flags={
            "contacts": contacts,
            "me": me or None,
            "owner": owner,
            "timezone": timezone,
            "date_order": date_order,
        },
    )
    raise typer.Exit(run_sync(app_for(ctx, org_name), request, json=json, quiet=quiet))
