"""Builds the adapters for one run, each on first use: the composition root.

What takes long to load is imported where it is needed first, so that commands load what they use.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from wasf import late_modules
from wasf.core.auth import StoreKind, profile_name
from wasf.core.policy import AccountNumber, CreatedDate, PhoneSearch
from wasf.errors import BadSetting, WasfError
from wasf.retry import RateLimiter, sleep_in_steps
from wasf.store.files import Folders, brief_lock
from wasf.store.profiles import KnownOrg, OrgBook, Profiles, VersionBook, Workspaces, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wasf import interfaces, salesforce, sources
    from wasf.commands import chat_api, sign_in, sync
    from wasf.core import records
    from wasf.core.auth import Profile
    from wasf.core.chats import Attachment
    from wasf.core.source_state import KnownApis
    from wasf.errors import NotConnected
    from wasf.interfaces import AddressBookState, Org, Provider, Stop, TokenStore
    from wasf.salesforce import Access, SalesforceOrg, WantedFields, auth
    from wasf.sources import exports, files
    from wasf.store import credentials
    from wasf.store.ledger import Ledger, LedgerPlace
    from wasf.store.settings import SettingLine, Settings, SettingsFile
else:  # heavy: each is loaded on first use
    interfaces, salesforce, sources = late_modules("wasf", "interfaces", "salesforce", "sources")
    chat_api, sign_in, sync = late_modules("wasf.commands", "chat_api", "sign_in", "sync")
    (records,) = late_modules("wasf.core", "records")
    (auth,) = late_modules("wasf.salesforce", "auth")
    exports, files = late_modules("wasf.sources", "exports", "files")
    (credentials,) = late_modules("wasf.store", "credentials")


class App:
    """The real adapters for one run of the program, in one environment.

    `sleep` is told how many seconds; None: sleep, and raise if somebody asks the run to end.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        stop: Stop,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.environment, self.stop = environment, stop
        self.sleep = sleep or partial(sleep_in_steps, stop.check)
        self._asked: SalesforceOrg | None = None
        self._vouch: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    @cached_property
    def folders(self) -> Folders:
        """The folders of wasf on this machine."""
        return Folders.from_environment(self.environment)

    def settings_file(self) -> SettingsFile:
        """Return the file that holds the settings, to read or change it."""
        from wasf.store.settings import SettingsFile  # heavy: loaded on first use

        return SettingsFile(
            self.folders.settings_file, lambda: sources.default_paces(sources.usable_providers())
        )

    def settings(self, flags: Mapping[str, str | Sequence[str] | None] | None = None) -> Settings:
        """Return the settings: flags win over the environment, and that over the file."""
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        return self.settings_file().load(self.environment, given)

    def explain_settings(self) -> tuple[SettingLine, ...]:
        """Return every setting with its value, where that comes from, and what it is for."""
        file = self.settings_file()
        return file.load(self.environment, {}).explain(file.known.values())

    def check_fields(self, settings: Settings) -> None:
        """Check the fields that settings name against the org, if there is one to ask.

        Raise `BadSetting` for one that does not fit.
        """
        try:
            self.org(settings, self.known_org(settings)).facts(())
        except BadSetting:
            raise
        except WasfError:  # no sign-in, no network: the next sync checks
            return

    @cached_property
    def sign_ins(self) -> SignIns:
        """The sign-ins to Salesforce, and the one that this run uses."""
        return SignIns(self.environment, self.folders, self.token_store)

    def token_store(self, kind: StoreKind) -> TokenStore:
        """Return a store for tokens. On a terminal it may ask for the keyring's password."""
        may_ask = sys.stdin.isatty() and sys.stderr.isatty()
        return credentials.open_token_store(
            kind, self.folders, interactive=may_ask, check_stop=self.stop.check
        )

    def known_org(self, settings: Settings, *, remember: bool = True) -> KnownOrg:
        """Return the org and the user that the token is for.

        For a token from elsewhere Salesforce is asked once; without `remember` each time (W4).
        """
        if known := self.remembered_org(settings):
            return known
        self._asked = self._org(settings, None, remember=remember)
        connection, user = self.sign_ins.access(settings).current(), self._asked.identity()
        mark = fingerprint(connection.token.reveal())
        known = KnownOrg(connection.instance_url, mark, user.org_id, user.user_id, "")
        if remember:
            OrgBook(self.folders.org_book).put(known)
        return known

    def remembered_org(self, settings: Settings) -> KnownOrg | None:
        """Return the org as far as it is known here; Salesforce is not asked."""
        access, one = self.sign_ins.chosen(settings)
        if one is not None:
            return KnownOrg(one.instance_url, "", one.org_id, one.user_id, one.username)
        connection = access.current()
        mark = fingerprint(connection.token.reveal())
        return OrgBook(self.folders.org_book).get(connection.instance_url, mark)

    def org(self, settings: Settings, known: KnownOrg, *, remember: bool = True) -> SalesforceOrg:
        """Return the org that the token is for: one object in a run, as it counts the API calls.

        Without `remember` nothing is written (W4).
        """
        return self._asked or self._org(settings, known, remember=remember)

    def _org(self, settings: Settings, known: KnownOrg | None, *, remember: bool) -> SalesforceOrg:
        access = self.sign_ins.access(settings)
        url = access.current().instance_url
        book = VersionBook(self.folders.version_book, self.now().date(), keeps=remember)
        version = salesforce.ApiVersion(book.get(url), partial(book.put, url))

        def make() -> SalesforceOrg:
            fields, vouch = settings_fields(settings), lambda: self._vouch()  # known later
            size, reserve = settings.batch_size, settings.api_reserve
            options = salesforce.OrgOptions(
                fields, batch_size=size, reserve=reserve, before_write=vouch
            )
            identity = None
            if known:
                org_id = records.RecordId(known.org_id)
                identity = salesforce.OrgIdentity(org_id, known.user_id)
            return salesforce.SalesforceOrg(access, options, identity, version)

        return salesforce.org_on_demand(url, make)

    def ledger_place(self, org_id: str) -> LedgerPlace:
        """Return where the ledger and the inbox of an org are: in files here, or shared."""
        from wasf.store.ledger import place_of  # heavy: loaded on first use

        return place_of(self.folders, org_id, self.settings().ledger)

    def ledger(self, org_id: str) -> Ledger:
        """Open the ledger of an org; make it if it does not exist."""
        return self.ledger_place(org_id).open()

    @contextmanager
    def locked(self, settings: Settings) -> Iterator[tuple[SalesforceOrg, Ledger]]:
        """Yield the org and its ledger. Raise `AnotherRun` if another run has them."""
        known = self.known_org(settings)
        with self._held(self.ledger_place(known.org_id)) as ledger:
            yield self.org(settings, known), ledger

    @contextmanager
    def open_context(
        self,
        settings: Settings,
        *,
        dry_run: bool = False,
        flush: bool = False,
        not_connected: NotConnected | None = None,
    ) -> Iterator[sync.SyncContext]:
        """Yield what a run works with; in a dry run nothing that it writes is kept.

        A dry run of files needs no sign-in: `not_connected` is what to raise if the org is asked.
        """
        with self._org_and_ledger(settings, not_connected, dry_run=dry_run) as (org, ledger):
            yield self._context(settings, org, ledger, dry_run=dry_run, flush=flush)

    def context_of(self, settings: Settings, ledger: Ledger) -> sync.SyncContext:
        """Return what a run works with, for a ledger that is held already."""
        org = self.org(settings, self.known_org(settings))
        return self._context(settings, org, ledger, dry_run=False, flush=False)

    def _context(
        self, settings: Settings, org: Org, ledger: Ledger, *, dry_run: bool, flush: bool
    ) -> sync.SyncContext:
        return sync.SyncContext(
            org=org,
            ledger=ledger,
            policy=settings.policy(flush=flush),
            has_shared_ledger=bool(settings.ledger),
            clock=self.now,
            check_stop=self.stop.check,
            read_file=self.read_file,
            quarantine=settings.quarantine,
            dry_run=dry_run,
            chat_apis=self.known_apis(),
            address_book=partial(self.address_book, settings),
            pause=self.sleep,
        )

    def address_book(self, settings: Settings) -> AddressBookState:
        """Return the address book that the settings or a flag name, as it can be read now."""
        if (path := settings.contacts) is None:
            return interfaces.AddressBookState()
        from wasf.store.settings import how_to_change  # heavy: loaded on first use

        way_out = how_to_change(settings, "contacts", path)
        return exports.open_address_book(path, settings.default_region, way_out)

    @contextmanager
    def _org_and_ledger(
        self, settings: Settings, not_connected: NotConnected | None, *, dry_run: bool
    ) -> Iterator[tuple[Org, Ledger]]:
        """Yield the org and its ledger as `locked` does; in a dry run such that write nothing."""
        if not dry_run:
            with self.locked(settings) as opened:
                yield opened
            return
        from wasf.store.ledger import Ledger  # heavy: loaded on first use

        if not_connected is not None:
            with Ledger.scratch(self.folders.ledger(sync.NO_ORG_ID)) as scratch:
                yield sync.no_org(not_connected), scratch
            return
        known = self.known_org(settings, remember=False)
        with self.ledger_place(known.org_id).scratch() as scratch:
            yield sync.dry_run_org(self.org(settings, known, remember=False)), scratch

    @contextmanager
    def locked_ledger(self, settings: Settings, *, dry_run: bool = False) -> Iterator[Ledger]:
        """Yield the ledger as `locked` does; in a dry run a copy that is deleted at the end."""
        place = self.ledger_place(self.known_org(settings, remember=not dry_run).org_id)
        with place.scratch() if dry_run else self._held(place) as ledger:
            yield ledger

    @contextmanager
    def _held(self, place: LedgerPlace) -> Iterator[Ledger]:
        with place.held() as ledger:
            self._vouch = ledger.vouch
            yield ledger

    @cached_property
    def chat_apis(self) -> chat_api.ChatApis:
        """The chat APIs that are connected."""
        kept = Workspaces(self.folders.config)
        return chat_api.ChatApis(
            self.environment, kept, self.token_store, self._rate_limiter, self.now
        )

    def _rate_limiter(self, provider: Provider) -> RateLimiter:
        usual = provider.api.per_second if provider.api else 1
        return RateLimiter(self.settings().per_second.get(provider.name, usual), self.sleep)

    def connected_names(self) -> set[str]:
        """Return the names of chat APIs that are connected, or whose token the environment has."""
        tokens = {interfaces.variable_name(name, "token"): name for name in sources.CHAT_APIS}
        given = {name for variable, name in tokens.items() if variable in self.environment}
        return given.union(Workspaces(self.folders.config).names())

    def known_apis(self) -> KnownApis:
        """Return what the ledger keeps of chat APIs: wasf's own, and others that are connected."""
        names = dict.fromkeys([*sources.CHAT_APIS, *Workspaces(self.folders.config).names()])
        return {name: partial(sources.api_facts, name) for name in names}

    def read_file(self, attachment: Attachment) -> bytes:
        """Return an attached file's bytes. Raise a `WasfError` if it cannot be read safely."""
        # An archive is the absolute path of a file, or the name of a provider.
        provider = (
            sources.find_chat_api(attachment.archive) if attachment.archive.isidentifier() else None
        )
        if provider:
            return self.chat_apis.read_file(provider, attachment.member, salesforce.LARGEST_FILE)
        if read_hook_file := sources.find_hook_files(attachment.archive):
            file = interfaces.HookFile(
                attachment.member, salesforce.LARGEST_FILE, self.now(), RateLimiter(5, self.sleep)
            )
            return read_hook_file(credentials.ListenSecrets(self.environment), file)
        return files.read_attachment(attachment, salesforce.LARGEST_FILE)


def settings_fields(settings: Settings) -> WantedFields:
    """Return what the settings say of the org's fields."""
    return salesforce.WantedFields(
        key_field=settings.key_field,
        link_field=settings.lead_link_field,
        phone_fields=settings.phone_fields,
        searches_digits=settings.phone_search is PhoneSearch.FULL,
        default_region=settings.default_region,
        task_fields=settings.task_fields,
        lead_fields=settings.lead_fields,
        lead_source=settings.lead_source,
        needs_company=bool(settings.lead_company),
        relates=bool(settings.task_related) or settings.accounts is AccountNumber.LOG,
        needs_accounts=settings.accounts is not AccountNumber.LEAD,
        dates_tasks=settings.task_created_date is CreatedDate.MESSAGE,
        tells_last=settings.report_fields,
        closes_tasks=settings.report_task is not None,
    )


_RENEWAL_SECONDS = 180.0  # so long may another run wait for Salesforce to renew tokens


class SignIns:
    """The sign-ins to Salesforce in one environment, and the one that this run uses."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folders: Folders,
        token_store: Callable[[StoreKind], TokenStore],
    ) -> None:
        self._environment = environment
        self._folders = folders
        self._token_store = token_store
        self._name = ""
        self._chosen: tuple[Access, Profile | None] | None = None

    @cached_property
    def profiles(self) -> Profiles:
        """What is known of each sign-in, without its tokens."""
        return Profiles(self._folders.profiles)

    def choose(self, name: str) -> None:
        """Use the sign-in of that name instead of the default one."""
        self._name = profile_name(name)

    def context(self) -> sign_in.SignInContext:
        """Return the adapters for making and ending a sign-in."""
        return sign_in.SignInContext(
            profiles=self.profiles,
            store=self._token_store,
            lock=self._lock,
            revoke=lambda login_url, token: auth.OAuth(login_url, client_id="").revoke(token),
        )

    def access(self, settings: Settings) -> Access:
        """Return the access to the org. Raise `NotConnected` if there is no sign-in."""
        return self.chosen(settings)[0]

    def chosen(self, settings: Settings) -> tuple[Access, Profile | None]:
        """Return the access, and its profile; None for a token that wasf does not keep."""
        if self._chosen is None:
            if (given := self._given(settings)) is not None:
                self._chosen = given, None
            else:
                profile = self.profiles.chosen(self._name)
                self._chosen = auth.access_for(profile, self._session_context(profile)), profile
        return self._chosen

    def _given(self, settings: Settings) -> Access | None:
        """Return the access by a token that wasf does not keep, None if there is none.

        One of systemd or of the setting secret_command counts only if no profile is named. Raise
        `WrongUsage` if one is named and the environment has a token: they may be two orgs.
        """
        if not self._name and not self._environment.get(salesforce.TOKEN_VARIABLE):
            url = self._environment.get(salesforce.URL_VARIABLE, "")
            command = settings.secret_command
            if obtain := credentials.external_tokens(self._environment, command, url):
                return auth.fresh_session(obtain)
        return salesforce.from_environment(self._environment, self._name)

    def _session_context(self, profile: Profile) -> auth.SessionContext:
        store = partial(self._token_store, profile.token_store)
        return auth.SessionContext(
            store=store,
            lock=partial(self._lock, profile.name),
            key=lambda: credentials.jwt_key(self._environment, profile),
            client_secret=lambda: credentials.client_secret(self._environment, profile, store()),
        )

    def _lock(self, profile: str) -> AbstractContextManager[None]:
        """Return the lock to hold while a profile's tokens are written."""
        return brief_lock(
            self._folders.token_lock(profile), _RENEWAL_SECONDS, "is signing in to Salesforce"
        )
