"""Builds the real things, each on first use. The only module that knows all of them, and the time.

Heavy libraries are loaded where they are needed first, so that `wasf --help` stays quick.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wasf.commands.sync import SyncContext
    from wasf.core.auth import StoreKind
    from wasf.core.chats import Attachment
    from wasf.interfaces import Org, Source, TokenStore
    from wasf.salesforce import SalesforceOrg
    from wasf.store.ledger.ledger import SqliteLedger
    from wasf.store.paths import Folders
    from wasf.store.profiles import KnownOrg
    from wasf.store.settings.file import SettingsFile
    from wasf.store.settings.model import Settings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasf.commands.sign_in import SignInContext
    from wasf.core.auth import Profile, StoreKind
    from wasf.interfaces import TokenStore
    from wasf.salesforce import Access
    from wasf.salesforce.auth.session import Keeping
    from wasf.store.paths import Folders
    from wasf.store.profiles import Profiles
    from wasf.store.settings.model import Settings
import time
from dataclasses import dataclass

from wasf.core.auth import Secret, StoreKind
from wasf.core.policy import Groups
from wasf.errors import MissingFile, NotConnected
from wasf.interfaces import Source, TokenStore
from wasf.store.ledger.model import Ledger
from wasf.store.profiles import API_URL, TOKEN_NAME, TOKEN_VARIABLE, URL_VARIABLE, ChatApiFile

if TYPE_CHECKING:
    from wasf.interfaces import ChatApi
    from wasf.store.settings.model import Settings
from wasf.errors import WrongUsage

if TYPE_CHECKING:
    from wasf.sources.exports.source import ExportOptions
    from wasf.store.settings.model import Settings

# --- __init__


class Stop(Protocol):
    """Knows whether somebody asked the run to end."""

    def check(self) -> None:
        """Raise if somebody did."""
        ...

    def held_back(self) -> AbstractContextManager[None]:
        """Leave it to `check`, and do not raise in the middle of things."""
        ...


class App:
    """The real adapters for one run of the program, in one environment."""

    def __init__(self, environment: Mapping[str, str], stop: Stop) -> None:
        self.environment = environment
        self.stop = stop
        self._asked: SalesforceOrg | None = None

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    # Settings

    @cached_property
    def folders(self) -> "Folders":
        """Where things are kept on this machine."""
        from wasf.store.paths import Folders

        return Folders.from_environment(self.environment)

    def settings_file(self) -> "SettingsFile":
        """The file behind the settings, to be changed."""
        from wasf.store.settings.file import SettingsFile

        return SettingsFile(self.folders.settings_file)

    def settings(self, flags: Mapping[str, str | Sequence[str] | None] | None = None) -> "Settings":
        """The settings with what the environment and the flags say."""
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        return self.settings_file().load(self.environment, given)

    # Sign-ins

    @cached_property
    def sign_ins(self) -> "SignIns":
        """The sign-ins to Salesforce that were made here, and the one that counts now."""

        return SignIns(self.environment, self.folders, self.token_store)

    def token_store(self, kind: "StoreKind") -> "TokenStore":
        """Where tokens are kept. The system may ask for the keyring's password on a terminal."""
        from wasf.store.credentials import open_token_store

        interactive = sys.stdin.isatty() and sys.stderr.isatty()
        return open_token_store(kind, self.folders, interactive=interactive)

    # The org

    def known_org(self, settings: "Settings", *, remember: bool = True) -> "KnownOrg":
        """Which org and user the token is for; a profile knows, else Salesforce is asked once.

        Without `remember` nothing is written here (W4), so that the next run asks again.
        """
        from wasf.store.profiles import KnownOrg, OrgBook, fingerprint

        access, profile = self.sign_ins.chosen(settings)
        if profile is not None:
            org_id, user_id = profile.org_id, profile.user_id
            return KnownOrg(profile.instance_url, "", org_id, user_id, profile.username)
        book, connection = OrgBook(self.folders.org_book), access.current()
        url, mark = connection.instance_url, fingerprint(connection.token.reveal())
        known = book.get(url, mark)
        if known is None:
            self._asked = self._org(settings, None)
            identity = self._asked.identity()
            known = KnownOrg(url, mark, identity.org_id, identity.user_id, "")
            if remember:
                book.put(known)
        return known

    def org(self, settings: "Settings", known: "KnownOrg") -> "SalesforceOrg":
        """The org that the token is for; the same that told who it is, as it counts its calls."""
        return self._asked or self._org(settings, known)

    def _org(self, settings: "Settings", known: "KnownOrg | None") -> "SalesforceOrg":
        from wasf.core.records import RecordId
        from wasf.salesforce import OrgIdentity, OrgOptions, SalesforceOrg

        options = OrgOptions(
            key_field=settings.key_field,
            link_field=settings.lead_link_field,
            reserve=settings.api_reserve,
        )
        identity = OrgIdentity(RecordId(known.org_id), known.user_id) if known else None
        return SalesforceOrg(self.sign_ins.access(settings), options, identity)

    def ledger(self, org_id: str) -> "SqliteLedger":
        """The ledger of an org, made if it is not there."""
        from wasf.store.ledger.ledger import SqliteLedger

        return SqliteLedger.open(self.folders.ledger(org_id))

    def scratch_ledger(self, org_id: str) -> "SqliteLedger":
        """A copy of it that is thrown away; nothing is written here."""
        from wasf.store.ledger.ledger import SqliteLedger

        return SqliteLedger.scratch(self.folders.ledger(org_id))

    @contextmanager
    def locked(self, settings: "Settings") -> "Iterator[tuple[SalesforceOrg, SqliteLedger]]":
        """The org and its ledger, for one run at a time."""
        known = self.known_org(settings)
        with self._locked_ledger(known) as ledger:
            yield self.org(settings, known), ledger

    @contextmanager
    def org_and_ledger(
        self, settings: "Settings", *, dry_run: bool
    ) -> "Iterator[tuple[Org, SqliteLedger]]":
        """The org and its ledger, for one run at a time; in a dry run such as write nothing."""
        if not dry_run:
            with self.locked(settings) as opened:
                yield opened
            return
        from wasf.commands.sync import DryRunOrg

        known = self.known_org(settings, remember=False)
        with self.scratch_ledger(known.org_id) as scratch:
            yield DryRunOrg(self.org(settings, known)), scratch

    @contextmanager
    def open_context(
        self, settings: "Settings", *, dry_run: bool = False, flush: bool = False
    ) -> "Iterator[SyncContext]":
        """What a run works with, for one run at a time; in a dry run nothing of it is kept."""
        # It loads what reads, matches and plans, which other commands do not need.
        from wasf.commands.sync import SyncContext
        from wasf.sources import known_apis

        with self.org_and_ledger(settings, dry_run=dry_run) as (org, ledger):
            yield SyncContext(
                org=org,
                ledger=ledger,
                policy=settings.rules(flush=flush),
                clock=self.now,
                check_stop=self.stop.check,
                read_file=self.read_file,
                quarantine=settings.quarantine,
                dry_run=dry_run,
                chat_apis=known_apis(),
            )

    @contextmanager
    def locked_ledger(
        self, settings: "Settings", *, dry_run: bool = False
    ) -> "Iterator[SqliteLedger]":
        """The ledger alone, for one run at a time; in a dry run a copy that is thrown away."""
        known = self.known_org(settings, remember=not dry_run)
        opened = self.scratch_ledger(known.org_id) if dry_run else self._locked_ledger(known)
        with opened as ledger:
            yield ledger

    @contextmanager
    def _locked_ledger(self, known: "KnownOrg") -> "Iterator[SqliteLedger]":
        from wasf.store.lock import run_lock

        with run_lock(self.folders.lock(known.org_id)), self.ledger(known.org_id) as ledger:
            yield ledger

    # Chats

    def exports(self, paths: Sequence[Path], settings: "Settings", hints: "ChatHints") -> "Source":
        """Exported chats in files and folders."""
        from wasf.sources.files import FileSource

        return FileSource(paths, export_options(settings, hints, self.now()))

    @cached_property
    def chat_api(self) -> "ChatApiAccess":
        """The way to the chat API."""
        from wasf.store.profiles import ChatApiFile

        file = ChatApiFile(self.folders.chat_api)
        return ChatApiAccess(self.environment, file, self.token_store, self.stop.check)

    def read_file(self, attachment: "Attachment") -> bytes:
        """An attached file's bytes. Raises a `WasfError` if it is gone or not safe to read."""
        from wasf.salesforce import LARGEST_FILE
        from wasf.sources.files import read_attachment

        if attachment.archive == "timelines":
            return self.chat_api.read_file(attachment.member, self.settings(), LARGEST_FILE)
        return read_attachment(attachment, LARGEST_FILE)


# --- sign_ins
# The sign-ins to Salesforce: those that were made here, and the one that counts in this run.


_RENEWAL_SECONDS = 180.0  # another run that renews tokens may wait that long for an answer


class SignIns:
    """Those of one environment; `token_store` opens the place where tokens of a kind are kept."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folders: "Folders",
        token_store: "Callable[[StoreKind], TokenStore]",
    ) -> None:
        self._environment = environment
        self._folders = folders
        self._token_store = token_store
        self._name = ""
        self._chosen: tuple[Access, Profile | None] | None = None

    @cached_property
    def profiles(self) -> "Profiles":
        """What is known of each but its tokens."""
        from wasf.store.profiles import Profiles

        return Profiles(self._folders.profiles)

    def choose(self, name: str) -> None:
        """Use the sign-in of that name instead of the default one."""
        from wasf.core.auth import profile_name

        self._name = profile_name(name)

    def tools(self) -> "SignInContext":
        """What making and ending a sign-in work with."""
        from wasf.commands.sign_in import SignInContext
        from wasf.salesforce.auth.oauth import OAuth

        return SignInContext(
            profiles=self.profiles,
            store=self._token_store,
            lock=self._lock,
            revoke=lambda login_url, token: OAuth(login_url, client_id="").revoke(token),
        )

    def access(self, settings: "Settings") -> "Access":
        """The org and the token. Raises `NotConnected` if there are none."""
        return self.chosen(settings)[0]

    def chosen(self, settings: "Settings") -> "tuple[Access, Profile | None]":
        """The access, and the profile that it is for; None if a token from outside wins."""
        if self._chosen is None:
            from wasf.salesforce.auth.session import access_for

            given = self._given(settings)
            if given is not None:
                self._chosen = given, None
            else:
                profile = self.profiles.chosen(self._name)
                self._chosen = access_for(profile, self._keeping(profile)), profile
        return self._chosen

    def _given(self, settings: "Settings") -> "Access | None":
        """The environment always counts, systemd and the command where no profile is named."""
        from wasf.salesforce import TOKEN_VARIABLE, URL_VARIABLE, from_environment
        from wasf.salesforce.auth.session import fresh_session
        from wasf.store.credentials.external import from_outside

        if not self._name and not self._environment.get(TOKEN_VARIABLE):
            url, command = self._environment.get(URL_VARIABLE, ""), settings.secret_command
            if obtain := from_outside(self._environment, command, url):
                return fresh_session(obtain)
        return from_environment(self._environment)

    def _keeping(self, profile: "Profile") -> "Keeping":
        from wasf.salesforce.auth.session import Keeping
        from wasf.store.credentials.external import client_secret, jwt_key

        store = partial(self._token_store, profile.token_store)
        return Keeping(
            store=store,
            lock=partial(self._lock, profile.name),
            key=lambda: jwt_key(self._environment, profile),
            client_secret=lambda: client_secret(self._environment, profile, store()),
        )

    def _lock(self, profile: str) -> AbstractContextManager[None]:
        """Held while a profile's tokens are written."""
        from wasf.store.lock import brief_lock

        return brief_lock(
            self._folders.token_lock(profile), _RENEWAL_SECONDS, "is signing in to Salesforce"
        )


# --- chat_api
# Builds what reads the chat API: its client, with the token that was kept or given, its source.


_REST_STEP = 0.2  # seconds; a longer sleep could not be interrupted on Windows


@dataclass(frozen=True, slots=True)
class ChatApiAccess:
    """The way to the chat API in one environment. `check_stop` raises to end a wait."""

    environment: Mapping[str, str]
    file: ChatApiFile
    store: Callable[[StoreKind], TokenStore]
    check_stop: Callable[[], None]

    def connected(self, settings: "Settings") -> "ChatApi | None":
        """The API that is connected or that the environment names, None if there is none."""
        url, token = (self.environment.get(name, "") for name in (URL_VARIABLE, TOKEN_VARIABLE))
        known = self.file.get()
        if token:
            url = url or (known.url if known else API_URL)
            return self.client(url, Secret(token), settings)
        if known is None:
            return None
        kept = self.store(known.token_store).read(TOKEN_NAME)
        if kept is None:
            raise NotConnected("The token of TimelinesAI is gone.", "wasf connect timelines")
        return self.client(url or known.url, kept.access_token, settings)

    def client(self, url: str, token: Secret, settings: "Settings") -> "ChatApi":
        """A client for an address and a token; as polite as the settings say."""
        from wasf.interfaces import ApiConnection
        from wasf.retry import RateLimiter
        from wasf.sources.timelines import PROVIDER

        limiter = RateLimiter(settings.timelines_per_second, self._rest)
        assert PROVIDER.api  # noqa: S101
        return PROVIDER.api.open(ApiConnection(url, token, limiter))

    def source(
        self,
        client: "ChatApi",
        ledger: Ledger,
        settings: "Settings",
        now: datetime,
        since: datetime | None,
    ) -> Source:
        """The chats of the workspace that is connected."""
        from wasf.interfaces import ReadOptions

        with_groups = settings.groups is not Groups.SKIP
        return client.source(ledger.recall, ReadOptions(now, since, with_groups))

    def read_file(self, path: str, settings: "Settings", largest: int) -> bytes:
        """The file of the message at that path in the API, at most `largest` bytes."""
        client = self.connected(settings)
        if client is None:
            raise MissingFile("it is at TimelinesAI, and wasf is not connected to it")
        return client.read_file(path, largest)

    def _rest(self, seconds: float) -> None:
        """Wait, and end the wait if somebody wants the run to end."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self.check_stop()
            time.sleep(min(left, _REST_STEP))


# --- exports
# What a person and the settings say about exported chats, for the source that reads them.


@dataclass(frozen=True, slots=True)
class ChatHints:
    """What a person says about the chats in the files of one run."""

    phone: str = ""
    whatsapp_account: str = ""


def export_options(settings: "Settings", hints: ChatHints, now: datetime) -> "ExportOptions":
    """The hints count before the settings. Raises `WrongUsage` for one that means nothing."""
    from wasf.core.phones import parse_phone
    from wasf.sources.exports.address_book import load_contacts
    from wasf.sources.exports.source import ExportOptions

    phone = parse_phone(hints.phone, settings.default_region) if hints.phone else None
    if hints.phone and phone is None:
        raise WrongUsage(
            "The number given with --phone cannot be read.",
            "Write it with its country code, such as +44 7700 900123, or set default_region.",
        )
    whatsapp_account, account_email = _whatsapp_account(hints, settings)
    contacts = settings.contacts
    return ExportOptions(
        zone=settings.zone,
        now=now,
        default_region=settings.default_region,
        me=frozenset(settings.me),
        phone=phone,
        contacts=load_contacts(contacts, settings.default_region) if contacts else None,
        whatsapp_account=whatsapp_account,
        owner_email=settings.owner,
        account_email=account_email,
        date_order=settings.date_order,
    )


def _whatsapp_account(hints: ChatHints, settings: "Settings") -> tuple[str, str]:
    """Our side's WhatsApp account and its owner's e-mail: as given, else the only one there is."""
    known, name = settings.whatsapp_accounts, hints.whatsapp_account
    if not name:
        return next(iter(known.items())) if len(known) == 1 else ("", "")
    if name in known or "@" in name:
        return name, known.get(name, name)
    raise WrongUsage(
        f"There is no WhatsApp account {name} in the settings.",
        f"wasf config set whatsapp_accounts '{name}=owner@example.com'",
    )
