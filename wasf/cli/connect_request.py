"""What a person asked of `wasf connect`, and which sign-in that is going to be."""

from pathlib import Path
from typing import NamedTuple

from wasf.core.auth import SignInKind, StoreKind
from wasf.errors import WrongUsage
from wasf.salesforce.auth.callback import PORTS


class ConnectRequest(NamedTuple):
    """The command line of one `wasf connect`; "" and None where nothing was said."""

    name: str | None
    sandbox: bool
    domain: str
    client_id: str
    port: int | None
    browser: bool
    token_store: str
    seconds: float
    jwt_key: Path | None
    username: str
    client_credentials: bool
    client_secret_file: Path | None
    sf_alias: str
    json: bool

    @property
    def kind(self) -> SignInKind:
        """The way in that was chosen. Raises `WrongUsage` for two at once."""
        chosen = [
            kind
            for kind, wanted in (
                (SignInKind.JWT, self.jwt_key is not None),
                (SignInKind.CLIENT_CREDENTIALS, self.client_credentials),
                (SignInKind.SF_CLI, bool(self.sf_alias)),
            )
            if wanted
        ]
        if len(chosen) > 1:
            raise WrongUsage(
                "--jwt-key, --client-credentials and --from-sf are three ways; choose one."
            )
        if (self.jwt_key is None) != (not self.username):
            raise WrongUsage("--jwt-key and --username belong together.")
        return chosen[0] if chosen else SignInKind.WEB

    @property
    def ports(self) -> tuple[int, ...]:
        """The callback's ports to try."""
        return (self.port,) if self.port else PORTS


class Target(NamedTuple):
    """Which sign-in this is going to be: its name, where, with which app, kept where."""

    name: str
    kind: SignInKind
    login_url: str
    client_id: str
    store: StoreKind
