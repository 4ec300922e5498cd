"""The local org's token endpoint, and the end of tokens, beside Salesforce's own words."""

import base64
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.demo.salesforce.recordings import needs_recordings, recorded
from tests.servers.salesforce import LocalOrg
from tests.servers.salesforce.oauth_visitor import (
    CALLBACK,
    USER,
    VERIFIER,
    Visitor,
    challenge,
    login_host,
    refusal,
    works,
)

EXPIRED = ("invalid_grant", "expired access/refresh token")
EXPIRED_CODE = ("invalid_grant", "expired authorization code")
NOT_APPROVED = ("invalid_grant", "user hasn't approved this consumer")


@pytest.fixture
def visitor(org: LocalOrg) -> Visitor:
    return Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))


def test_a_code_works_once(visitor: Visitor) -> None:
    code = visitor.code()
    assert visitor.exchange(code).status_code == 200
    assert refusal(visitor.exchange(code)) == EXPIRED_CODE


def test_a_code_grows_old(visitor: Visitor) -> None:
    code = visitor.code()
    visitor.org.oauth.expire_codes()
    assert refusal(visitor.exchange(code)) == EXPIRED_CODE


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"code_verifier": "x" * 43}, ("invalid_grant", "invalid code verifier")),
        ({"code_verifier": None}, ("invalid_grant", "invalid code verifier")),
        ({"code_verifier": "short"}, ("invalid_grant", "invalid code verifier")),
        ({"redirect_uri": CALLBACK + "/"},
         ("redirect_uri_mismatch", "redirect_uri must match configuration")),
        ({"redirect_uri": None},
         ("redirect_uri_mismatch", "redirect_uri must match configuration")),
        ({"client_id": "3MVG9x"}, ("invalid_client_id", "client identifier invalid")),
        ({"client_secret": "wrong"}, ("invalid_client", "invalid client credentials")),
        ({"code": "aPrxMadeUp"}, ("invalid_grant", "invalid authorization code")),
        ({"grant_type": "password"}, ("unsupported_grant_type", "grant type not supported")),
        ({"grant_type": None}, ("unsupported_grant_type", "grant type not supported")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else None,
)  # fmt: skip
def test_an_exchange_is_refused(
    visitor: Visitor, changes: dict[str, str | None], refused: tuple[str, str]
) -> None:
    form: dict[str, Any] = changes
    assert refusal(visitor.exchange(form.pop("code", visitor.code()), **form)) == refused


def test_an_exchange_that_failed_used_the_code_up(visitor: Visitor) -> None:
    code = visitor.code()
    visitor.exchange(code, code_verifier="x" * 43)
    assert refusal(visitor.exchange(code)) == EXPIRED_CODE


def test_a_code_belongs_to_its_app(visitor: Visitor) -> None:
    other = visitor.org.oauth.add_app(redirect_uris=[CALLBACK])
    answer = visitor.exchange(visitor.code(), client_id=other.client_id)
    assert refusal(answer) == ("invalid_grant", "invalid authorization code")


def test_a_required_secret(visitor: Visitor) -> None:
    secret = visitor.app.secret
    visitor.org.oauth.change_app(visitor.app.client_id, require_secret=True)
    wrong = ("invalid_client", "invalid client credentials")
    assert refusal(visitor.exchange(visitor.code())) == wrong
    tokens = visitor.exchange(visitor.code(), client_secret=secret).json()
    assert refusal(visitor.refresh(tokens["refresh_token"])) == wrong
    assert visitor.refresh(tokens["refresh_token"], client_secret=secret).status_code == 200
    packed = base64.b64encode(f"{visitor.app.client_id}:{secret}".encode()).decode()
    answer = requests.post(
        f"{visitor.base}/services/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        headers={"Authorization": f"Basic {packed}"},
        timeout=10,
    )
    assert answer.status_code == 200


def test_without_its_scope_there_is_no_refresh_token(visitor: Visitor) -> None:
    assert "refresh_token" not in visitor.tokens(scope="api")


def test_refresh_without_rotation(visitor: Visitor) -> None:
    tokens = visitor.tokens()
    visitor.org.oauth.expire_access()
    assert not works(visitor.org, tokens["access_token"])
    for _ in range(3):
        again = visitor.refresh(tokens["refresh_token"]).json()
        assert works(visitor.org, again["access_token"])
    (grant,) = visitor.org.oauth.grants
    assert (grant.username, grant.refreshes, grant.revoked) == (USER, 3, False)


def test_rotation_and_what_a_replay_costs(visitor: Visitor) -> None:
    visitor.org.oauth.change_app(visitor.app.client_id, rotation=True)
    first = visitor.tokens()
    second = visitor.refresh(first["refresh_token"]).json()
    third = visitor.refresh(second["refresh_token"]).json()
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert works(visitor.org, third["access_token"])
    assert refusal(visitor.refresh(first["refresh_token"])) == EXPIRED
    assert refusal(visitor.refresh(third["refresh_token"])) == EXPIRED
    assert not any(works(visitor.org, each["access_token"]) for each in (first, second, third))


def test_a_refresh_token_belongs_to_its_app(visitor: Visitor) -> None:
    other = visitor.org.oauth.add_app(redirect_uris=[CALLBACK])
    token = visitor.tokens()["refresh_token"]
    assert refusal(visitor.refresh(token, client_id=other.client_id)) == EXPIRED
    assert visitor.refresh(token).status_code == 200


def test_the_sixth_approval_ends_the_first(visitor: Visitor) -> None:
    tokens = [visitor.tokens() for _ in range(6)]
    assert refusal(visitor.refresh(tokens[0]["refresh_token"])) == EXPIRED
    assert not works(visitor.org, tokens[0]["access_token"])
    assert all(visitor.refresh(each["refresh_token"]).ok for each in tokens[1:])


def test_an_inactive_user_gets_no_token_and_loses_no_rotation(visitor: Visitor) -> None:
    visitor.org.oauth.change_app(visitor.app.client_id, rotation=True)
    token = visitor.tokens()["refresh_token"]
    visitor.org.edit(visitor.org.user_id, IsActive=False)
    assert refusal(visitor.refresh(token))[0] == "inactive_user"
    visitor.org.edit(visitor.org.user_id, IsActive=True)
    assert visitor.refresh(token).status_code == 200


def test_the_address_range_of_an_app(visitor: Visitor) -> None:
    token = visitor.tokens()["refresh_token"]
    visitor.org.oauth.change_app(visitor.app.client_id, trouble="ip_restricted")
    assert refusal(visitor.refresh(token)) == ("invalid_grant", "ip restricted")


def test_an_admin_revokes(visitor: Visitor) -> None:
    tokens = visitor.tokens()
    visitor.org.oauth.revoke_grants()
    assert not works(visitor.org, tokens["access_token"])
    assert refusal(visitor.refresh(tokens["refresh_token"])) == EXPIRED


def test_an_instance_that_moves(visitor: Visitor) -> None:
    tokens = visitor.tokens()
    elsewhere = login_host(visitor.org)
    visitor.org.oauth.move_instance(elsewhere)
    assert not works(visitor.org, tokens["access_token"])
    again = visitor.refresh(tokens["refresh_token"]).json()
    assert again["instance_url"] == elsewhere
    assert works(visitor.org, again["access_token"], elsewhere)
    assert not works(visitor.org, again["access_token"])


def test_revoking_a_refresh_token_ends_all(visitor: Visitor) -> None:
    tokens = visitor.tokens()
    answer = visitor.posts("revoke", token=tokens["refresh_token"])
    assert (answer.status_code, answer.text) == (200, "")
    assert not works(visitor.org, tokens["access_token"])
    assert refusal(visitor.refresh(tokens["refresh_token"])) == EXPIRED
    assert visitor.posts("revoke", token=tokens["refresh_token"]).status_code == 400


def test_revoking_an_access_token_leaves_the_rest(visitor: Visitor) -> None:
    tokens = visitor.tokens()
    assert visitor.posts("revoke", token=tokens["access_token"]).status_code == 200
    assert not works(visitor.org, tokens["access_token"])
    assert visitor.refresh(tokens["refresh_token"]).status_code == 200


def test_introspect(visitor: Visitor) -> None:
    tokens = visitor.tokens()

    def ask(token: str, **more: str) -> dict[str, Any]:
        return visitor.posts("introspect", token=token, client_id=visitor.app.client_id,
                             **more).json()  # fmt: skip

    about = ask(tokens["access_token"])
    assert (about["active"], about["username"], about["scope"]) == (True, USER, "api refresh_token")
    assert about["exp"] > about["iat"]
    assert ask(tokens["refresh_token"])["token_type"] == "refresh_token"
    assert ask("unknown") == {"active": False}
    assert ask(tokens["access_token"], client_secret="wrong")["error"] == "invalid_client"
    visitor.org.oauth.expire_access()
    assert ask(tokens["access_token"]) == {"active": False}


def test_a_bad_token_at_the_identity_address_is_403(visitor: Visitor) -> None:
    address = visitor.tokens()["id"]
    answer = requests.get(address, headers={"Authorization": "Bearer x"}, timeout=10)
    assert (answer.status_code, answer.text) == (403, "Bad_OAuth_Token")


def test_faults_can_be_ordered_for_the_token_endpoint(visitor: Visitor) -> None:
    """The answer is lost after the token was rotated: what a client fears most."""
    visitor.org.oauth.change_app(visitor.app.client_id, rotation=True)
    token = visitor.tokens()["refresh_token"]
    visitor.org.fail("close-after", path="/services/oauth2/token")
    with pytest.raises(requests.ConnectionError):
        visitor.refresh(token)
    assert refusal(visitor.refresh(token)) == EXPIRED


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def assertion(visitor: Visitor, key: Any = KEY, algorithm: str = "RS256", **changes: Any) -> str:
    claims = {"iss": visitor.app.client_id, "sub": USER, "aud": "https://login.salesforce.com",
              "exp": int(time.time()) + 180}  # fmt: skip
    given = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(given, key, algorithm)


def by_jwt(visitor: Visitor, text: str) -> requests.Response:
    kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return visitor.posts("token", grant_type=kind, assertion=text)


@pytest.fixture
def robot(org: LocalOrg) -> Visitor:
    """An app with a certificate, which the user has approved."""
    app = org.oauth.add_app(certificate=public(KEY))
    org.oauth.approve(app.client_id, USER)
    return Visitor(org, app)


def test_a_signed_assertion_gives_an_access_token_only(robot: Visitor) -> None:
    tokens = by_jwt(robot, assertion(robot)).json()
    assert works(robot.org, tokens["access_token"])
    assert "refresh_token" not in tokens
    assert tokens["instance_url"] == robot.org.base_url
    assert by_jwt(robot, assertion(robot, aud=robot.org.base_url)).status_code == 200


INVALID = ("invalid_grant", "invalid assertion")


@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (lambda v: assertion(v, OTHER_KEY), INVALID),
        (lambda v: assertion(v, "k" * 64, "HS256"), INVALID),
        (lambda v: assertion(v, "", "none"), INVALID),
        (lambda v: assertion(v, KEY, "RS512"), INVALID),
        (lambda v: assertion(v)[:-8] + "AAAAAAAA", INVALID),
        (lambda v: "not a token", INVALID),
        (lambda v: "", INVALID),
        (lambda v: assertion(v, exp=None), INVALID),
        (lambda v: assertion(v, exp=int(time.time()) + 3600), INVALID),
        (lambda v: assertion(v, exp=int(time.time()) - 60), ("invalid_grant", "expired assertion")),
        (lambda v: assertion(v, aud="https://test.salesforce.com"),
         ("invalid_grant", "audience is invalid")),
        (lambda v: assertion(v, aud=None), ("invalid_grant", "audience is invalid")),
        (lambda v: assertion(v, sub="nobody@example.com"), NOT_APPROVED),
        (lambda v: assertion(v, iss="3MVG9x"), ("invalid_client_id", "client identifier invalid")),
    ],
    ids=["other key", "HS256", "no algorithm", "RS512", "torn", "no token", "empty", "no end",
         "too long", "too old", "sandbox", "no audience", "unknown user", "unknown app"],
)  # fmt: skip
def test_an_assertion_is_refused(
    robot: Visitor, make: Callable[[Visitor], str], refused: tuple[str, str]
) -> None:
    assert refusal(by_jwt(robot, make(robot))) == refused


def test_an_assertion_needs_approval(org: LocalOrg) -> None:
    robot = Visitor(org, org.oauth.add_app(certificate=public(KEY)))
    assert refusal(by_jwt(robot, assertion(robot))) == NOT_APPROVED
    org.oauth.change_app(robot.app.client_id, permitted_users="admin_approved")
    assert refusal(by_jwt(robot, assertion(robot)))[0] == "invalid_app_access"
    org.oauth.change_app(robot.app.client_id, admitted=[USER])
    assert by_jwt(robot, assertion(robot)).status_code == 200


def test_an_app_without_certificate_takes_no_assertion(org: LocalOrg) -> None:
    robot = Visitor(org, org.oauth.add_app())
    assert refusal(by_jwt(robot, assertion(robot))) == INVALID


def test_client_credentials(org: LocalOrg) -> None:
    app = org.oauth.add_app()
    robot = Visitor(org, app)

    def ask(secret: str | None = app.secret) -> requests.Response:
        return robot.posts("token", grant_type="client_credentials", client_id=app.client_id,
                           client_secret=secret)  # fmt: skip

    assert refusal(ask()) == ("invalid_grant", "no client credentials user enabled")
    org.oauth.change_app(app.client_id, run_as=USER)
    tokens = ask().json()
    assert works(org, tokens["access_token"])
    assert "refresh_token" not in tokens
    assert refusal(ask("wrong")) == ("invalid_client", "invalid client credentials")
    assert refusal(ask(None)) == ("invalid_client", "invalid client credentials")
    robot.base = login_host(org)
    assert refusal(ask()) == ("invalid_grant", "request not supported on this domain")


@needs_recordings
def test_recorded_errors_are_the_orgs_words(org: LocalOrg) -> None:
    """Every recorded error of a flow that the org has is one that a test here asks for."""
    seen = recorded("public-code/oauth_errors.json")
    theirs = {tuple(each["body"].values()) for each in seen if each.get("body")}
    password_flow = {("invalid_grant", "authentication failure - Invalid Password")}
    ours = {
        EXPIRED, EXPIRED_CODE, NOT_APPROVED, ("invalid_grant", "ip restricted"),
        ("invalid_app_access", "user is not admin approved to access this app"),
    }  # fmt: skip
    assert theirs - password_flow == ours


def test_settings_of_an_app_are_checked(org: LocalOrg) -> None:
    with pytest.raises(ValueError, match="no such setting of an app: colour"):
        org.oauth.add_app(colour="red")
    assert challenge(VERIFIER)


def test_an_org_in_another_process_has_it_too() -> None:
    org = LocalOrg.spawn()
    try:
        visitor = Visitor(org, org.oauth.add_app(redirect_uris=[CALLBACK]))
        assert works(org, visitor.tokens()["access_token"])
        assert [grant.client_id for grant in org.oauth.grants] == [visitor.app.client_id]
    finally:
        org.stop()
