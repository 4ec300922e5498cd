"""Signs in without a person: by a key, by the app's own secret, by the Salesforce CLI."""

from typing import TYPE_CHECKING

from wasf.app import App
from wasf.cli.connect_request import ConnectRequest, Target
from wasf.cli.keeping import keep
from wasf.core.auth import SignInKind, Tokens
from wasf.errors import WrongUsage
from wasf.salesforce.auth import oauth, sf_cli
from wasf.store.credentials.external import secret_file

if TYPE_CHECKING:
    from wasf.commands.sign_in import Connected


def sign_in_unattended(app: App, request: ConnectRequest, target: Target) -> "Connected":
    """One sign-in of that kind, tried and kept."""
    match target.kind:
        case SignInKind.JWT:
            return _by_key(app, request, target)
        case SignInKind.CLIENT_CREDENTIALS:
            return _by_secret(app, request, target)
        case _:
            return keep(app, target, sf_cli.tokens_of(request.sf_alias), sf_alias=request.sf_alias)


def _by_key(app: App, request: ConnectRequest, target: Target) -> "Connected":
    if request.jwt_key is None:
        raise WrongUsage("This way of signing in needs a key.", "--jwt-key FILE --username USER")
    path = request.jwt_key.expanduser().absolute()
    tokens = oauth.jwt_bearer(
        target.login_url, target.client_id, request.username, secret_file(path)
    )
    return keep(app, target, tokens, jwt_key_file=str(path))


def _by_secret(app: App, request: ConnectRequest, target: Target) -> "Connected":
    if request.client_secret_file is None:
        raise WrongUsage(
            "This way of signing in needs the app's secret.", "--client-secret-file FILE"
        )
    secret = secret_file(request.client_secret_file.expanduser())
    app.token_store(target.store).check()
    tokens: Tokens = oauth.client_credentials(target.login_url, target.client_id, secret)
    return keep(app, target, tokens)
