"""What `wasf listen` does: builds the listener and its worker, and runs both until stopped."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from wasf.app import App
from wasf.cli.listening_sync import Told, sync_once
from wasf.console import Console
from wasf.core.auth import StoreKind
from wasf.errors import ExitCode, MissingExtra, NotConnected, Stopped
from wasf.interfaces import TokenStore
from wasf.store.credentials.external import address_secret, meta_secrets
from wasf.store.ledger.inbox import SqliteInbox
from wasf.store.settings.model import Settings

if TYPE_CHECKING:
    from wasf.core.auth import Secret
    from wasf.listener.app import Door
    from wasf.listener.metrics import Figures
    from wasf.listener.worker import Worker

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


def _door(app: App, settings: Settings) -> "Door":
    from wasf.listener.app import Door, MetaSecrets

    meta = meta_secrets(app.environment)
    secret = address_secret(app.environment, lambda: _token_store(app, settings))
    return Door(secret, MetaSecrets(*meta) if meta else None)


def _token_store(app: App, settings: Settings) -> TokenStore:
    """Where the chat API's token is kept, else Salesforce's."""
    known = app.chat_api.file.get()
    if known is not None:
        return app.token_store(known.token_store)
    profile = app.sign_ins.chosen(settings)[1]
    return app.token_store(profile.token_store if profile else StoreKind.KEYRING)


def _listen(app: App, request: ListenRequest, org_id: str, door: "Door") -> None:
    from wasf.listener.app import Listening
    from wasf.listener.buffer import Keeper
    from wasf.listener.metrics import Figures
    from wasf.listener.server import bound_socket, serve

    figures = Figures()
    with ExitStack() as stack:
        sock = stack.enter_context(closing(bound_socket(request.host, request.port)))
        inbox = stack.enter_context(SqliteInbox.open(app.folders.inbox(org_id)))
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
