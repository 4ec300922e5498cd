"""What `wasf doctor` looks at: the org behind the sign-in that counts, and this machine."""

from collections.abc import Iterator

from wasf.app import App
from wasf.commands.doctor import Chosen
from wasf.core.auth import Profile, SignInKind, StoreKind
from wasf.core.checks import Check
from wasf.interfaces import TokenStore
from wasf.salesforce.auth.hosts import TOKEN_VARIABLE
from wasf.salesforce.checks import OrgCheckup, Wanted
from wasf.store.checks import check_disk, check_folders, check_tokens
from wasf.store.settings.model import Settings


class Examination:
    """One look at everything; the machine after the org, as the sign-in tells what to look at."""

    def __init__(self, app: App, *, proves: bool = False) -> None:
        self._app = app
        self._proves = proves
        self._signed_in = bool(app.environment.get(TOKEN_VARIABLE))
        self._profile: Profile | None = None

    def org(self) -> tuple[OrgCheckup, Chosen]:
        """The org, to be looked at only. Raises a `WasfError` if there is no sign-in."""
        settings = self._app.settings()
        access, self._profile = self._app.sign_ins.chosen(settings)
        self._signed_in = True
        profile = self._profile
        address = profile.instance_url if profile else access.current().instance_url
        wanted = Wanted(settings.key_field, settings.lead_link_field, settings.lead_auto_create)
        return OrgCheckup(address, access, wanted, self._app.now), _chosen(
            settings, proves=self._proves
        )

    def machine(self) -> Iterator[Check]:
        """The checks of this machine."""
        yield check_folders(self._app.folders)
        yield check_disk(self._app.folders)
        yield check_tokens(self._store())

    def _store(self) -> TokenStore | None:
        """Where the sign-in keeps what, or before the first one the keyring, where it would."""
        profile = self._profile
        if profile is None:
            return None if self._signed_in else self._app.token_store(StoreKind.KEYRING)
        if profile.kind in (SignInKind.JWT, SignInKind.SF_CLI):
            return None
        return self._app.token_store(profile.token_store)


def _chosen(settings: Settings, *, proves: bool) -> Chosen:
    statuses = (settings.lead_reopen_status, *(settings.lead_closed_statuses or ()))
    return Chosen(
        key_field=settings.key_field,
        link_field=settings.lead_link_field,
        lead_statuses=tuple(filter(None, statuses)),
        kept_calls=settings.api_reserve.of,
        proves=proves,
    )
