"""`wasf listen`."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from wasf.app import App
from wasf.cli.options import OrgName, app_for
from wasf.console import Console
from wasf.core.auth import StoreKind
from wasf.errors import ExitCode, MissingExtra, NotConnected, Stopped
from wasf.interfaces import TokenStore
from wasf.store.credentials.external import address_secret, meta_secrets
from wasf.store.ledger import WebhookInbox
from wasf.store.settings.model import Settings

if TYPE_CHECKING:
    from wasf.core.auth import Secret
    from wasf.listener.app import WebhookSecrets
    from wasf.listener.metrics import Figures
    from wasf.listener.worker import Worker
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from wasf.commands.sync import ImportOptions, SyncOptions, SyncReport, SyncTools, sync
from wasf.console import Silence
from wasf.errors import WasfError
from wasf.interfaces import Org, Source
from wasf.listener.worker import Synced
from wasf.sources.webhooks.source import InboxSource
from wasf.store.ledger import Ledger

if TYPE_CHECKING:
    from wasf.sources.timelines import TimelinesClient

# --- listen


def listen(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(help="The address to listen at; others than this machine's own are open.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 8787,
    register: Annotated[
        str | None,
        typer.Option(
            "--register",
            metavar="URL",
            help="Where this is reached from the internet: has TimelinesAI send webhooks there.",
        ),
    ] = None,
    org_name: OrgName = None,
) -> None:
    """Receive webhooks and log messages as they come, until it is stopped."""

    request = ListenRequest(host, port, register or "", org_name or "")
    raise typer.Exit(run_listen(app_for(ctx, org_name), request))


# --- listening_sync
# One sync of `wasf listen`, and what is told of it.
#
# Each is built anew, so that a sign-in, a token or a setting that changed meanwhile counts.


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
        WebhookInbox.open(app.folders.inbox(org_id)) as inbox,
    ):
        sources: list[Source] = [InboxSource(inbox, ledger.facts.of_source)]
        if client is not None:
            sources.append(app.chat_api.source(client, ledger, settings, app.now(), None))
        report = _synced(app, sources, (org, ledger), settings, check_stop)
        counts = inbox.counts()
    problems = [one.error for one in report.problems] + ([problem] if problem else [])
    return Synced(report.messages.logged, counts, report.error, tuple(problems))


def _chat_api(app: App, settings: Settings) -> "tuple[TimelinesClient | None, WasfError | None]":
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
    choices = SyncOptions(settings.rules(), ImportOptions(), settings.quarantine)
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
            if error.message not in self._known and not isinstance(error, Stopped):
                console.error(error)
        self._known = frozenset(error.message for error in trouble)


# --- listening
# What `wasf listen` does: builds the listener and its worker, and runs both until stopped.


_SHORTEST_POLL = 1.0  # seconds


class ListenRequest(NamedTuple):
    """The command line; "" where nothing was said."""

    host: str
    port: int
    register: str
    org_name: str


def run_listen(app: App, request: ListenRequest) -> ExitCode:
    """Listen until a signal comes, which then is raised."""
    _check_extra()
    settings = app.settings()
    org_id = app.known_org(settings).org_id
    door = _door(app, settings)
    with app.stop.held_back():
        _listen(app, request, org_id, door)
    app.stop.check()
    return ExitCode.DONE


def _check_extra() -> None:
    if not all(map(find_spec, ("httptools", "prometheus_client", "starlette", "uvicorn"))):
        raise MissingExtra(
            "wasf listen needs a small web server that is not installed.",
            "pip install 'wasf[listen]'",
        )


def _door(app: App, settings: Settings) -> "WebhookSecrets":
    from wasf.listener.app import MetaSecrets, WebhookSecrets

    meta = meta_secrets(app.environment)
    secret = address_secret(app.environment, lambda: _token_store(app, settings))
    return WebhookSecrets(secret, MetaSecrets(*meta) if meta else None)


def _token_store(app: App, settings: Settings) -> TokenStore:
    """Where the chat API's token is kept, else Salesforce's."""
    known = app.chat_api.file.get()
    if known is not None:
        return app.token_store(known.token_store)
    profile = app.sign_ins.chosen(settings)[1]
    return app.token_store(profile.token_store if profile else StoreKind.KEYRING)


def _listen(app: App, request: ListenRequest, org_id: str, door: "WebhookSecrets") -> None:
    from wasf.listener.app import Listening
    from wasf.listener.buffer import Keeper
    from wasf.listener.metrics import Figures
    from wasf.listener.server import bound_socket, serve

    figures = Figures()
    with ExitStack() as stack:
        sock = stack.enter_context(closing(bound_socket(request.host, request.port)))
        inbox = stack.enter_context(WebhookInbox.open(app.folders.inbox(org_id)))
        worker = _worker(app, request.org_name, org_id, figures)
        keeper = stack.enter_context(closing(Keeper(inbox.put, worker.arrived)))
        if request.register:
            _register(app, request.register, door.timelines)
        stack.enter_context(_at_work(worker))
        listening = Listening(door, keeper, figures, app.now).application()
        where = _address(sock.getsockname())
        ready = partial(Console().say, f"Listening at {where} until it is stopped.")
        serve(listening, sock, ready, lambda: _is_asked_to_end(app))


def _worker(app: App, org_name: str, org_id: str, figures: "Figures") -> "Worker":
    from wasf.listener.worker import Rhythm, Synced, Worker

    def synced(polled: bool) -> Synced:
        return sync_once(app, org_name, org_id, worker.check, polled=polled)

    poll = max(_SHORTEST_POLL, app.settings().listen_poll.total_seconds())
    worker = Worker(synced, Rhythm(poll), figures, Told(app.now))
    return worker


@contextmanager
def _at_work(worker: "Worker") -> Iterator[None]:
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _address(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _is_asked_to_end(app: App) -> bool:
    try:
        app.stop.check()
    except Stopped:
        return True
    return False


def _register(app: App, url: str, secret: "Secret") -> None:
    from wasf.sources.webhooks.timelines import register

    client = app.chat_api.connected(app.settings())
    if client is None:
        raise NotConnected("wasf is not connected to TimelinesAI.", "wasf connect timelines")
    count = register(client, url, secret)
    Console().say(f"TimelinesAI sends its {count} kinds of webhooks to {url}.")
