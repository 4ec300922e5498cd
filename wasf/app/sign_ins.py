"""The sign-ins to Salesforce: those that were made here, and the one that counts in this run."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasf.commands.sign_in import SignInTools
    from wasf.core.auth import Profile, StoreKind
    from wasf.interfaces import TokenStore
    from wasf.salesforce.auth.hosts import Access
    from wasf.salesforce.auth.session import Keeping
    from wasf.store.paths import Folders
    from wasf.store.profiles import Profiles
    from wasf.store.settings.model import Settings

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

    def tools(self) -> "SignInTools":
        """What making and ending a sign-in work with."""
        from wasf.commands.sign_in import SignInTools
        from wasf.salesforce.auth.oauth import OAuth

        return SignInTools(
            book=self.profiles,
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
        from wasf.salesforce.auth.hosts import TOKEN_VARIABLE, URL_VARIABLE, from_environment
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
