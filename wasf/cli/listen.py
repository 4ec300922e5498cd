"""`wasf listen`: builds the webhook listener, and runs it until it is stopped.

Each sync gets an `App` of its own, so that a sign-in, a token or a setting that has changed
meanwhile counts. The listener needs the extra `listen`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from wasf import __version__, late_modules
from wasf.app import App, settings_fields
from wasf.cli.options import OrgName, app_for
from wasf.cli.run_record import RunRecorder, recorded_run
from wasf.commands.chat_api import not_connected
from wasf.commands.sync import ImportOptions, OrgMemory, SyncReport, reads_groups, sync
from wasf.console import Console
from wasf.core.auth import StoreKind
from wasf.core.policy import Attachments
from wasf.core.runs import NEVER
from wasf.core.text import counted
from wasf.errors import MissingExtra, NotConnected, Stopped, WrongUsage
from wasf.interfaces import (
    ChatApi,
    Endpoint,
    HookSecrets,
    InboxCounts,
    Provider,
    ReadOptions,
    TokenStore,
)
from wasf.sources import all_providers, hook_readers, known_providers, usable_providers
from wasf.sources.inbox import InboxSource
from wasf.store.credentials import ListenSecrets
from wasf.store.ledger import Ledger, ListeningInbox, inbox_counts
from wasf.store.settings import Settings

if TYPE_CHECKING:
    from wasf import listener
    from wasf.listener import CheckStop, SyncOutcome
else:  # optional: needs the extra `listen`
    (listener,) = late_modules("wasf", "listener")

REGISTERING = ", ".join(one.title for one in known_providers() if one.api and one.webhooks)


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
            help=f"Where this is reached from the internet: has {REGISTERING} send webhooks there.",
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            metavar="NAME",
            help="With --register: only this one, instead of all that are connected.",
        ),
    ] = None,
    org_name: OrgName = None,
) -> None:
    """Receive webhooks and log messages as they come."""
    app = app_for(ctx, org_name)
    if not all(map(find_spec, ("httptools", "prometheus_client", "starlette", "uvicorn"))):
        raise MissingExtra(
            "wasf listen needs a small web server that is not installed.",
            "pip install 'wasf[listen]'",
        )
    request = ListenRequest(host, port, register or "", provider or "", org_name or "")
    run_listener(app, request)


_SHORTEST_POLL = 1.0  # seconds
_SHARED_LOOK = 5.0  # seconds, until bodies are logged whose taker has died

Registering = tuple[Provider, ChatApi]
"""A provider that is to send its webhooks here, and its API."""


class ListenRequest(NamedTuple):
    """The command line of `wasf listen`; "" for what it leaves out."""

    host: str
    port: int
    register: str
    provider: str
    org_name: str


def run_listener(app: App, request: ListenRequest) -> None:
    """Listen until a signal comes; then raise it as `Stopped`."""
    settings = app.settings()
    org_id = app.known_org(settings).org_id
    secrets = ListenSecrets(app.environment, lambda: _token_store(app, settings))
    _endpoints(secrets)  # they may be wrong: better to know before something is registered
    registering = _registering(app, request) if request.register or request.provider else []
    with app.stop.held_back():
        _listen(app, request, org_id, secrets, registering)
    app.stop.check()


def _endpoints(secrets: HookSecrets) -> list[Endpoint]:
    """Return the endpoints of all providers."""
    hooks = [one.webhooks for one in usable_providers() if one.webhooks]
    return [endpoint for one in hooks for endpoint in one.endpoints(secrets)]


def _token_store(app: App, settings: Settings) -> TokenStore:
    """Return the store of a chat API's token, or of Salesforce's if there is none."""
    for provider in usable_providers():
        if known := app.chat_apis.known(provider):
            return app.token_store(known.token_store)
    profile = app.sign_ins.chosen(settings)[1]
    return app.token_store(profile.token_store if profile else StoreKind.KEYRING)


def _listen(
    app: App,
    request: ListenRequest,
    org_id: str,
    secrets: HookSecrets,
    registering: Sequence[Registering],
) -> None:
    with ExitStack() as stack:
        sock = stack.enter_context(closing(listener.bound_socket(request.host, request.port)))
        inbox = stack.enter_context(closing(ListeningInbox(app.ledger_place(org_id))))
        for provider, api in registering:
            kinds = counted(api.register(request.register, secrets), "kind")
            Console().say(f"{provider.title} sends its {kinds} of webhooks to {request.register}.")
        endpoints = _endpoints(secrets)
        server = listener.Listener(
            endpoints=endpoints,
            store=inbox.put,
            sync=partial(sync_once, app, request.org_name, org_id),
            tell=_SyncLog(app.now),
            poll=max(_SHORTEST_POLL, app.settings().listen_poll.total_seconds()),
            clock=app.now,
            gap=app.settings().listen_gap.total_seconds(),
            look=_SHARED_LOOK if app.settings().ledger else NEVER,
        )
        for line in _files_left_out(app, secrets, endpoints):
            Console().say(line)
        ready = partial(
            Console().say, f"Listening at {listener.address_of(sock)} until it is stopped."
        )
        server.run(sock, ready, lambda: _is_asked_to_end(app))


def _files_left_out(app: App, secrets: HookSecrets, endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """Yield what to say of providers whose files cannot be had for lack of a token (T8)."""
    if app.settings().attachments is not Attachments.FILES:
        return
    is_open = {one.path.partition("/")[0] for one in endpoints if one.proof}
    for provider in usable_providers():
        token = provider.webhooks.file_token if provider.webhooks else ""
        if provider.name in is_open and token and secrets.given(token) is None:
            yield f"Files of {provider.title} wait until {token} is set; they are named meanwhile."


def _registering(app: App, request: ListenRequest) -> list[Registering]:
    """Return the chat APIs that are to send their webhooks here: the named one, or all.

    Raise `WrongUsage` for a name that sends none, `NotConnected` if there is none.
    """
    providers = [one for one in usable_providers() if one.api and one.webhooks]
    if request.provider:
        providers = [one for one in providers if one.name == request.provider]
        if not providers or not request.register:
            raise WrongUsage(
                "--provider names one of the chat APIs for --register.",
                "wasf listen --register https://hooks.example.com --provider timelines",
            )
    opened = [(one, api) for one in providers if (api := app.chat_apis.opened(one))]
    if not opened:
        raise not_connected(providers[0])
    return opened


def _is_asked_to_end(app: App) -> bool:
    try:
        app.stop.check()
    except Stopped:
        return True
    return False


# One sync


def sync_once(
    listening: App, org_name: str, org_id: str, polled: bool, check_stop: "CheckStop"
) -> "SyncOutcome":
    """Log what the inbox holds; if `polled`, also what the chat API has.

    Raise `AnotherRun` if another run holds the lock, `Stopped` if it was asked to end, and another
    `WasfError` if it cannot begin.
    """
    app = type(listening)(listening.environment, listening.stop)
    if org_name:
        app.sign_ins.choose(org_name)
    if not polled and app.settings().ledger:
        counts = inbox_counts(app.ledger_place(org_id))
        if counts is not None and not counts.waiting:
            return listener.SyncOutcome(0, counts)
    with recorded_run(app, "listen") as recorder:
        settings = app.settings()
        recorder.org_id = app.known_org(settings).org_id
        if recorder.org_id != org_id:
            raise NotConnected(
                "wasf is connected to another org now than when it began to listen.",
                "End wasf listen and start it again; what came is kept for the org it came for.",
            )
        report, counts = _sync(app, settings, polled, check_stop, recorder)
    problems = tuple(one.error for one in report.problems)
    return listener.SyncOutcome(report.messages.logged, counts, report.error, problems)


def _sync(
    app: App, settings: Settings, polled: bool, check_stop: "CheckStop", recorder: RunRecorder
) -> tuple[SyncReport, InboxCounts]:
    """Sync the inbox, and if `polled` the chat APIs; return the report and what the inbox keeps."""
    chat_apis = app.chat_apis.connected(all_providers() if polled else (), tolerant=True)
    with (
        app.open_context(settings) as context,
        app.ledger_place(recorder.org_id).inbox() as inbox,
    ):
        recall = context.ledger.facts.source_fact
        reading = ReadOptions(app.now(), None, reads_groups(context))
        received = InboxSource(inbox, hook_readers(), recall, app.now())
        chats = [one.source(recall, reading) for one in chat_apis]
        is_used = not polled and _may_call(context.ledger, settings)
        memory = OrgMemory(_mark(app, settings), is_used=is_used)
        context = replace(context, check_stop=check_stop, run=recorder.run, memory=memory)
        recorder.report = sync([received, *chats], context, ImportOptions())
        return recorder.report, inbox.counts()


def _may_call(ledger: Ledger, settings: Settings) -> bool:
    """Return whether the org has calls left for wasf, as far as an earlier sync was told."""
    told = ledger.facts.api_usage()
    return told is None or settings.api_reserve.allows(*told.usage)


def _mark(app: App, settings: Settings) -> str:
    """Return what stands for all that the knowledge of an org depends on."""
    known = app.known_org(settings)
    parts = (__version__, known.user_id, settings_fields(settings))
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


class _SyncLog:
    """Says in a line what each sync did. It repeats an error only after a sync without it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: frozenset[str] = frozenset()

    def __call__(self, outcome: "SyncOutcome") -> None:
        """Say it, without names, numbers and texts. A closed output does not end the listener."""
        with suppress(OSError, SystemExit):
            self._say(outcome)

    def _say(self, outcome: "SyncOutcome") -> None:
        console = Console()
        if outcome.logged:
            console.say(f"{self._now():%Y-%m-%d %H:%M:%S}Z logged {outcome.logged:,}")
        errors = [*filter(None, [outcome.error]), *outcome.problems]
        for error in errors:
            if error.message not in self._known and not isinstance(error, Stopped):
                console.error(error)
        self._known = frozenset(error.message for error in errors)
