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
    from wasf.app.chat_api import ChatApiAccess
    from wasf.app.exports import ChatHints
    from wasf.app.sign_ins import SignIns
    from wasf.core.auth import StoreKind
    from wasf.core.chats import Attachment
    from wasf.interfaces import Source, TokenStore
    from wasf.salesforce.org import SalesforceOrg
    from wasf.store.ledger.ledger import SqliteLedger
    from wasf.store.paths import Folders
    from wasf.store.profiles import KnownOrg
    from wasf.store.settings.file import SettingsFile
    from wasf.store.settings.model import Settings


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
        from wasf.app.sign_ins import SignIns

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
        from wasf.salesforce.org import Identity, OrgOptions, SalesforceOrg

        options = OrgOptions(
            key_field=settings.key_field,
            link_field=settings.lead_link_field,
            reserve=settings.api_reserve,
        )
        identity = Identity(RecordId(known.org_id), known.user_id) if known else None
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
        from wasf.app.exports import export_options
        from wasf.sources.files import FileSource

        return FileSource(paths, export_options(settings, hints, self.now()))

    @cached_property
    def chat_api(self) -> "ChatApiAccess":
        """The way to the chat API."""
        from wasf.app.chat_api import ChatApiAccess
        from wasf.store.profiles import ChatApiFile

        file = ChatApiFile(self.folders.chat_api)
        return ChatApiAccess(self.environment, file, self.token_store, self.stop.check)

    def read_file(self, attachment: "Attachment") -> bytes:
        """An attached file's bytes. Raises a `WasfError` if it is gone or not safe to read."""
        from wasf.salesforce.files import LARGEST_FILE
        from wasf.sources.files import read_attachment
        from wasf.sources.timelines.messages import FILES

        if attachment.archive == FILES:
            return self.chat_api.read_file(attachment.member, self.settings(), LARGEST_FILE)
        return read_attachment(attachment, LARGEST_FILE)
