"""Sign-ins at a local org that were made some time ago."""

from datetime import UTC, datetime
from pathlib import Path

from tests.servers.salesforce import ConnectedApp, LocalOrg
from tests.servers.salesforce.oauth_visitor import CALLBACK, USER, Visitor, login_host
from wasf.core.auth import Profile, Secret, SignInKind, StoreKind, Tokens, UserId
from wasf.interfaces import TokenStore
from wasf.store.files import Folders
from wasf.store.profiles import Profiles


def rotating_app(org: LocalOrg) -> ConnectedApp:
    """An app whose refresh tokens can be used once; using one again ends the sign-in."""
    return org.oauth.add_app(redirect_uris=[CALLBACK], rotation=True)


def tokens_from(org: LocalOrg, app: ConnectedApp) -> Tokens:
    """What a sign-in by the browser gives."""
    given = Visitor(org, app).tokens()
    return Tokens(
        Secret(given["access_token"]),
        Secret(given["refresh_token"]),
        None,
        given["instance_url"],
        datetime.now(UTC),
    )


def web_profile(
    org: LocalOrg, app: ConnectedApp, name: str = "acme", store: str = "file"
) -> Profile:
    """A profile for that app."""
    [user] = org.rows("User", Username=USER)
    return Profile(
        name=name,
        kind=SignInKind.WEB,
        login_url=login_host(org),
        client_id=app.client_id,
        instance_url=org.base_url,
        org_id=org.org_id,
        user_id=UserId(user["Id"]),
        username=USER,
        is_sandbox=False,
        token_store=StoreKind(store),
    )


def folders_of(home: Path) -> Folders:
    """Where wasf keeps things with this `WASF_HOME`."""
    return Folders.from_environment({"WASF_HOME": str(home)})


def sign_in(org: LocalOrg, app: ConnectedApp, home: Path, store: TokenStore) -> Profile:
    """Keep a profile and its tokens as `wasf connect` does."""
    kind = "file" if type(store).__name__ == "FileStore" else "keyring"
    profile = web_profile(org, app, store=kind)
    store.write(profile.name, tokens_from(org, app))
    Profiles(folders_of(home).profiles).put(profile)
    return profile
