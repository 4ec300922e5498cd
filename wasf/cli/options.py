"""Options that several commands share, with their help; and what `--org` and `--yes` do."""

from pathlib import Path
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.provider_options import A_CHAT_API, NAMES
from wasf.errors import WrongUsage

OrgName = Annotated[
    str | None,
    typer.Option("--org", metavar="NAME", help="Which sign-in to use, where there are several."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, and nothing else.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing when nothing went wrong.")
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Exported chats: .txt, .zip, .json of WhatsApp-Chat-Exporter, or folders; "
        f"{NAMES}: {A_CHAT_API}. "
        "Without any: the setting sources, the chat API, and what waits from earlier syncs.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN",
        help="Leave out older messages: 2026-03-01, '2026-03-01 14:30', 7d, 12h, yesterday.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", "-n", help="Show what would be logged; write nothing anywhere."),
]
DryRunOnly = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would be done, and do nothing.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it; without this it is only shown.")]
Flush = Annotated[
    bool, typer.Option("--flush", help="Log windows that are still open, too (see frequency).")
]
Again = Annotated[
    bool, typer.Option("--again", help="Log what was taken back by wasf undo after all.")
]
PhoneOption = Annotated[
    str | None,
    typer.Option("--phone", metavar="NUMBER", help="The other party's number, for one chat."),
]
Contacts = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Names and numbers: vCards or a Google/Outlook CSV."),
]
Me = Annotated[
    list[str] | None,
    typer.Option("--me", metavar="NAME", help="Our side's name in the chat; may be repeated."),
]
AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="NAME",
        help="The WhatsApp account the chat was exported from, as in whatsapp_accounts.",
    ),
]
Owner = Annotated[
    str | None,
    typer.Option(metavar="EMAIL", help="Who is responsible for the chat: a Salesforce user."),
]
Timezone = Annotated[
    str | None,
    typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Berlin: the phone's zone."),
]
DateOrderOption = Annotated[
    str | None,
    typer.Option(
        "--date-order", metavar="ORDER", help="dmy, mdy or ymd, where a file leaves it open."
    ),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept", help="Log a chat although it does not fit what is known of it (exit code 5)."
    ),
]
TimeShift = Annotated[
    str | None,
    typer.Option(
        "--time-shift",
        metavar="SHIFT",
        help="Move all times of a chat by +1h, -90m, ...; 0h: not even by what wasf finds out.",
    ),
]


def app_for(ctx: typer.Context, org: str | None) -> App:
    """Return the app of this run, set to the sign-in that `--org` names."""
    app: App = ctx.obj
    if org is not None:
        app.sign_ins.choose(org)
    return app


def require_confirmation(command: str, *, agreed: bool) -> None:
    """Raise `WrongUsage` if `--yes` is missing. Nothing is asked, because cron cannot answer."""
    if not agreed:
        raise WrongUsage("nothing was done yet", f"to do what is shown: {command}")
