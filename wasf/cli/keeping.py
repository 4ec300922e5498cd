"""Finds out whose tokens these are, and keeps the sign-in."""

import contextlib
from typing import TYPE_CHECKING

from wasf.app import App
from wasf.commands.sign_in import keep_sign_in
from wasf.core.auth import Profile, SignInKind, Tokens, Who
from wasf.core.records import UserId
from wasf.errors import WasfError
from wasf.salesforce.auth.hosts import Connection
from wasf.salesforce.auth.identity import whoami

if TYPE_CHECKING:
    from wasf.cli.connect_request import Target
    from wasf.commands.sign_in import Connected


def keep(
    app: App, target: "Target", tokens: Tokens, *, jwt_key_file: str = "", sf_alias: str = ""
) -> "Connected":
    """Ask with the tokens who they are for, then keep them under the target's name."""
    who = _who(app, target, tokens)
    profile = Profile(
        name=target.name,
        kind=target.kind,
        login_url=tokens.instance_url if target.kind is SignInKind.SF_CLI else target.login_url,
        client_id=target.client_id,
        instance_url=tokens.instance_url,
        org_id=who.org_id,
        user_id=UserId(who.user_id),
        username=who.username,
        is_sandbox=who.is_sandbox,
        token_store=target.store,
        jwt_key_file=jwt_key_file,
        sf_alias=sf_alias,
    )
    kept = tokens if target.kind.keeps_tokens else None
    return keep_sign_in(profile, kept, who, app.sign_ins.tools())


def _who(app: App, target: "Target", tokens: Tokens) -> Who:
    try:
        return whoami(Connection(tokens.instance_url, tokens.access_token))
    except WasfError:
        if target.kind is SignInKind.WEB:
            with contextlib.suppress(WasfError):
                app.sign_ins.tools().revoke(target.login_url, tokens.root)
        raise
