"""Builds the real things, each on first use. The only module that knows all of them, and the time.

Heavy libraries are loaded where they are needed first, so that `wasf --help` stays quick.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wasf.errors import MissingExtra, TryLater, WrongUsage

if TYPE_CHECKING:
    from wasf.app.chat_api import ChatApiAccess
    from wasf.commands.demo import DemoOrg, Seeded
    from wasf.commands.sign_ins import SignInTools
    from wasf.core.chats import Attachment
    from wasf.core.signin import Profile, StoreKind
    from wasf.interfaces import Source, TokenStore
    from wasf.localorg import LocalOrg
    from wasf.salesforce.connection import Access
    from wasf.salesforce.org import SalesforceOrg
    from wasf.salesforce.profile_access import Keeping
    from wasf.sources.exports.source import ExportOptions
    from wasf.store.ledger import SqliteLedger
    from wasf.store.orgbook import KnownOrg
    from wasf.store.paths import Folders
    from wasf.store.profiles import Profiles
    from wasf.store.settings import Settings
    from wasf.store.settings_file import SettingsFile


_LARGEST_FILE = 37_000_000  # bytes; as base 64 in JSON that is what Salesforce takes
_RENEWAL_SECONDS = 180.0  # another run that renews tokens may wait that long for an answer


class Stop(Protocol):
    """Knows whether somebody asked the run to end."""

    def check(self) -> None:
        """Raise if somebody did."""
        ...

    def held_back(self) -> AbstractContextManager[None]:
        """Leave it to `check`, and do not raise in the middle of things."""
        ...


@dataclass(frozen=True, slots=True)
class ChatHints:
    """What a person says about the chats in the files of one run."""

    phone: str = ""
    whatsapp_account: str = ""


class App:
    """The real adapters for one run of the program, in one environment."""

    def __init__(self, environment: Mapping[str, str], stop: Stop) -> None:
        self.environment = environment
        self.stop = stop
        self._asked: SalesforceOrg | None = None
        self._org_name = ""
        self._chosen: tuple[Access, Profile | None] | None = None

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
        from wasf.store.settings_file import SettingsFile

        return SettingsFile(self.folders.settings_file)

    def settings(self, flags: Mapping[str, str | Sequence[str] | None] | None = None) -> "Settings":
        """The settings with what the environment and the flags say."""
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        return self.settings_file().load(self.environment, given)

    # The sign-in

    def choose_org(self, name: str) -> None:
        """Use the sign-in of that name instead of the default one."""
        from wasf.core.signin import profile_name

        self._org_name = profile_name(name)

    @cached_property
    def profiles(self) -> "Profiles":
        """The sign-ins that were made here."""
        from wasf.store.profiles import Profiles

        return Profiles(self.folders.profiles)

    def token_store(self, kind: "StoreKind") -> "TokenStore":
        """Where tokens are kept. The system may ask for the keyring's password on a terminal."""
        from wasf.store.tokens import open_token_store

        interactive = sys.stdin.isatty() and sys.stderr.isatty()
        return open_token_store(kind, self.folders, interactive=interactive)

    def token_lock(self, profile: str) -> AbstractContextManager[None]:
        """Held while a profile's tokens are written."""
        from wasf.store.lock import brief_lock

        return brief_lock(
            self.folders.token_lock(profile), _RENEWAL_SECONDS, "is signing in to Salesforce"
        )

    def sign_in_tools(self) -> "SignInTools":
        """What making and ending a sign-in work with."""
        from wasf.commands.sign_ins import SignInTools
        from wasf.salesforce.oauth import OAuth

        return SignInTools(
            book=self.profiles,
            store=self.token_store,
            lock=self.token_lock,
            revoke=lambda login_url, token: OAuth(login_url, client_id="").revoke(token),
        )

    def access(self, settings: "Settings") -> "Access":
        """The org and the token. Raises `NotConnected` if there are none."""
        return self.sign_in(settings)[0]

    def sign_in(self, settings: "Settings") -> "tuple[Access, Profile | None]":
        """The access, and the profile that it is for; None if a token from outside wins."""
        if self._chosen is None:
            from wasf.salesforce.profile_access import access_for

            given = self._given_access(settings)
            if given is not None:
                self._chosen = given, None
            else:
                profile = self.profiles.chosen(self._org_name)
                self._chosen = access_for(profile, self._keeping(profile)), profile
        return self._chosen

    def _given_access(self, settings: "Settings") -> "Access | None":
        """The environment always counts, systemd and the command where no profile is named."""
        from wasf.salesforce.connection import TOKEN_VARIABLE, URL_VARIABLE, from_environment
        from wasf.salesforce.session import fresh_session
        from wasf.store.given_tokens import from_outside

        if not self._org_name and not self.environment.get(TOKEN_VARIABLE):
            url, command = self.environment.get(URL_VARIABLE, ""), settings.secret_command
            if obtain := from_outside(self.environment, command, url):
                return fresh_session(obtain)
        return from_environment(self.environment)

    def _keeping(self, profile: "Profile") -> "Keeping":
        from wasf.salesforce.profile_access import Keeping
        from wasf.store.given_tokens import client_secret, jwt_key

        store = partial(self.token_store, profile.token_store)
        return Keeping(
            store=store,
            lock=partial(self.token_lock, profile.name),
            key=lambda: jwt_key(self.environment, profile),
            client_secret=lambda: client_secret(self.environment, profile, store()),
        )

    # The org

    def known_org(self, settings: "Settings", *, remember: bool = True) -> "KnownOrg":
        """Which org and user the token is for; a profile knows, else Salesforce is asked once.

        Without `remember` nothing is written here (W4), so that the next run asks again.
        """
        from wasf.store.orgbook import KnownOrg, OrgBook, fingerprint

        access, profile = self.sign_in(settings)
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
        from wasf.salesforce.org import Identity, OrgOptions, SalesforceOrg

        options = OrgOptions(
            key_field=settings.key_field,
            link_field=settings.lead_link_field,
            reserve=settings.api_reserve,
        )
        identity = Identity(RecordId(known.org_id), known.user_id) if known else None
        return SalesforceOrg(self.access(settings), options, identity)

    def ledger(self, org_id: str) -> "SqliteLedger":
        """The ledger of an org, made if it is not there."""
        from wasf.store.ledger import SqliteLedger

        return SqliteLedger.open(self.folders.ledger(org_id))

    def scratch_ledger(self, org_id: str) -> "SqliteLedger":
        """A copy of it that is thrown away; nothing is written here."""
        from wasf.store.ledger import SqliteLedger

        return SqliteLedger.scratch(self.folders.ledger(org_id))

    @contextmanager
    def locked(self, settings: "Settings") -> "Iterator[tuple[SalesforceOrg, SqliteLedger]]":
        """The org and its ledger, for one run at a time."""
        known = self.known_org(settings)
        with self._locked_ledger(known) as ledger:
            yield self.org(settings, known), ledger

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

    def exports(self, paths: Sequence[Path], settings: "Settings", hints: ChatHints) -> "Source":
        """Exported chats in files and folders."""
        from wasf.sources.files import FileSource

        return FileSource(paths, self._export_options(settings, hints))

    def _export_options(self, settings: "Settings", hints: ChatHints) -> "ExportOptions":
        from wasf.core.phones import parse_phone
        from wasf.sources.exports.contacts import load_contacts
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
            now=self.now(),
            default_region=settings.default_region,
            me=frozenset(settings.me),
            phone=phone,
            contacts=load_contacts(contacts, settings.default_region) if contacts else None,
            whatsapp_account=whatsapp_account,
            owner_email=settings.owner,
            account_email=account_email,
            date_order=settings.date_order,
        )

    @cached_property
    def chat_api(self) -> "ChatApiAccess":
        """The way to the chat API."""
        from wasf.app.chat_api import ChatApiAccess
        from wasf.store.chat_api import ChatApiFile

        file = ChatApiFile(self.folders.chat_api)
        return ChatApiAccess(self.environment, file, self.token_store, self.stop.check)

    def read_file(self, attachment: "Attachment") -> bytes:
        """An attached file's bytes. Raises a `WasfError` if it is gone or not safe to read."""
        from wasf.sources.files import read_attachment
        from wasf.sources.timelines.wording import FILES

        if attachment.archive == FILES:
            return self.chat_api.read_file(attachment.member, self.settings(), _LARGEST_FILE)
        return read_attachment(attachment, _LARGEST_FILE)

    # The demo

    @contextmanager
    def demo_org(self, port: int) -> "Iterator[DemoOrg]":
        """A Salesforce-like org on this machine.

        Raises `MissingExtra` without the extra `demo`, `TryLater` if the port cannot be had.
        """
        try:
            from wasf.localorg import LocalOrg
        except ModuleNotFoundError as error:
            raise MissingExtra(
                "The demo needs a small web server that is not installed.",
                "pip install 'wasf[demo]'",
            ) from error
        try:
            started = LocalOrg.start(port=port)
        except OSError as error:
            raise TryLater(
                f"The port {port} cannot be had on this machine.",
                "Name another one with --port, or none: then a free one is taken.",
            ) from error
        with started as org:
            yield _SeededOrg(org)


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


class _SeededOrg:
    """The local org as the demo sees it."""

    def __init__(self, org: "LocalOrg") -> None:
        self._org = org
        self.base_url = org.base_url
        self.access_token = org.access_token

    def seed(self, record: "Seeded") -> None:
        """Put a record in."""
        self._org.add(record.type, **record.fields)
