"""What the org tells of a token and of its user, and the end of a token."""

from datetime import timedelta

from tests.servers.salesforce.oauth_apps import OAuthRefused, Refusal
from tests.servers.salesforce.oauth_grants import Grant, SignIns, end, username
from tests.servers.salesforce.oauth_requests import TokenRequest, the_app
from wasf.demo.salesforce.calls import Json
from wasf.demo.salesforce.org import OrgState

_SESSION = timedelta(hours=2)
_UNKNOWN = Refusal("unsupported_token_type", "this token type is not supported")


def revoke(org: OrgState, sign_ins: SignIns, token: str) -> None:
    """End a token: an access token alone, a refresh token with all tokens that came from it.

    Raise `OAuthRefused` if the token is not valid.
    """
    grant = sign_ins.find_refresh(token)
    if grant is not None and not grant.revoked:
        end(org, grant)
    elif token in org.tokens:
        del org.tokens[token]
    else:
        raise OAuthRefused(_UNKNOWN)


def introspect(org: OrgState, sign_ins: SignIns, request: TokenRequest) -> dict[str, Json]:
    """Return whether a token of this app is valid, and whose it is. Raise `OAuthRefused`."""
    app = the_app(sign_ins, request)
    token = request.form.get("token", "")
    grant = sign_ins.find_access(token) or sign_ins.find_refresh(token)
    if grant is None or grant.client_id != app.client_id or not _alive(org, grant, token):
        return {"active": False}
    now = int(org.now().timestamp())
    found: dict[str, Json] = {
        "active": True,
        "scope": " ".join(grant.scopes),
        "client_id": grant.client_id,
        "username": username(org, grant.user),
        "sub": f"{request.base}/id/{org.org_id}/{grant.user}",
        "token_type": "access_token" if token in grant.access_tokens else "refresh_token",
        "iat": now,
        "nbf": now,
    }
    if token in grant.access_tokens:
        found["exp"] = now + int(_SESSION.total_seconds())
    return found


def _alive(org: OrgState, grant: Grant, token: str) -> bool:
    return token in org.tokens or (token == grant.refresh_token and not grant.revoked)


def identity(org: OrgState, user: str, base: str) -> dict[str, Json]:
    """Return who a user is, with the keys of the identity address and of userinfo."""
    row = org.row(user) or {}

    def text(name: str) -> str:
        return str(row.get(name) or "")

    address = f"{base}/id/{org.org_id}/{user}"
    data = f"{base}/services/data/v{{version}}"
    return {
        "id": address, "sub": address, "asserted_user": True,
        "user_id": user, "organization_id": org.org_id,
        "username": text("Username"), "preferred_username": text("Username"),
        "nickname": text("Username").partition("@")[0],
        "nick_name": text("Username").partition("@")[0],
        "email": text("Email"), "email_verified": True,
        "display_name": text("Name"), "name": text("Name"),
        "given_name": text("FirstName"), "family_name": text("LastName"),
        "zoneinfo": text("TimeZoneSidKey"), "timezone": text("TimeZoneSidKey"),
        "profile": f"{base}/{user}", "picture": f"{base}/profilephoto/005/F",
        "photos": {"picture": f"{base}/profilephoto/005/F"},
        "urls": {
            "rest": f"{data}/", "sobjects": f"{data}/sobjects/", "search": f"{data}/search/",
            "query": f"{data}/query/", "recent": f"{data}/recent/",
        },
        "active": bool(row.get("IsActive")), "user_type": "STANDARD", "is_app_installed": True,
        "language": text("LanguageLocaleKey"), "locale": text("LocaleSidKey"),
        "utcOffset": 0, "updated_at": text("SystemModstamp"),
    }  # fmt: skip
