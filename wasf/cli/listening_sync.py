"""One sync of `wasf listen`, and what is told of it.

Each is built anew, so that a sign-in, a token or a setting that changed meanwhile counts.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from wasf.app import App
from wasf.commands.sync.importer import IntakeChoices
from wasf.commands.sync.pipeline import SyncChoices, SyncTools, sync
from wasf.commands.sync.report import SyncReport
from wasf.console import Console, Silence
from wasf.errors import NotConnected, Stopped, WasfError
from wasf.interfaces import Org, Source
from wasf.listener.worker import Synced
from wasf.sources.webhooks.source import InboxSource
from wasf.store.ledger.inbox import SqliteInbox
from wasf.store.ledger.model import Ledger
from wasf.store.settings.model import Settings

if TYPE_CHECKING:
    from wasf.sources.timelines import Client


def sync_once(
    listening: App, org_name: str, org_id: str, check_stop: Callable[[], None], *, polled: bool
) -> Synced:
    """Log what came; if `polled`, what the chat API has too.

    Raises `AnotherRun` if it is not its turn, `Stopped` if it was asked to end, and a `WasfError`
    if it could not begin.
    """
    app = App(listening.environment, listening.stop)
    if org_name:
        app.sign_ins.choose(org_name)
    settings = app.settings()
    if app.known_org(settings).org_id != org_id:
        raise NotConnected(
            "wasf is connected to another org now than when it began to listen.",
            "End wasf listen and start it again; what came is kept for the org it came for.",
        )
    client, problem = _chat_api(app, settings) if polled else (None, None)
    with (
        app.locked(settings) as (org, ledger),
        SqliteInbox.open(app.folders.inbox(org_id)) as inbox,
    ):
        sources: list[Source] = [InboxSource(inbox, ledger.recall)]
        if client is not None:
            sources.append(app.chat_api.source(client, ledger, settings, app.now(), None))
        report = _synced(app, sources, (org, ledger), settings, check_stop)
        counts = inbox.counts()
    problems = [one.error for one in report.problems] + ([problem] if problem else [])
    return Synced(report.messages.logged, counts, report.error, tuple(problems))


def _chat_api(app: App, settings: Settings) -> "tuple[Client | None, WasfError | None]":
    """A chat API that cannot be had does not keep from being logged what came."""
    try:
        return app.chat_api.connected(settings), None
    except WasfError as error:
        return None, error


def _synced(
    app: App,
    sources: list[Source],
    kept: tuple[Org, Ledger],
    settings: Settings,
    check_stop: Callable[[], None],
) -> SyncReport:
    org, ledger = kept
    tools = SyncTools(
        org=org,
        ledger=ledger,
        read_file=app.read_file,
        clock=app.now,
        progress=Silence(),
        check_stop=check_stop,
    )
    choices = SyncChoices(settings.rules(), IntakeChoices(), settings.quarantine)
    return sync(sources, tools, choices)


class Told:
    """Tells what each sync did, in a line; the same trouble only once until it has passed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: frozenset[str] = frozenset()

    def __call__(self, synced: Synced) -> None:
        """Say it, without a name, a number or a text; that nobody reads it ends nothing."""
        with suppress(OSError, SystemExit):
            self._tell(synced)

    def _tell(self, synced: Synced) -> None:
        console = Console()
        if synced.logged:
            console.say(f"{self._now():%Y-%m-%d %H:%M:%S}Z logged {synced.logged:,}")
        trouble = [*filter(None, [synced.error]), *synced.problems]
        for error in trouble:
            if error.sentence not in self._known and not isinstance(error, Stopped):
                console.error(error)
        self._known = frozenset(error.sentence for error in trouble)
