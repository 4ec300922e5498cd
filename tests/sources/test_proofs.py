"""Every proof of every provider: 2,048 bad ones of each kind, and none is accepted."""

import hmac
import json
import random
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.fakes_inbox import FakeHookSecrets
from tests.servers.chatwoot.server import signed as signed_by_chatwoot
from tests.servers.waha.server import signed as signed_by_waha
from wasf.core.auth import Secret
from wasf.interfaces import Endpoint, RequestHead
from wasf.sources import known_providers
from wasf.sources.proofs import TokenProof

BAD_ONES = 2_048
OWN, THEIRS, APP_SECRET, FORWARDED = "s3cret-of-ours", "signing-secret", "app-secret", "f" * 32
BODY = '{"event":"message","text":"Grüße 😀"}'.encode()
NOW = 1_790_003_600.0


class Proved(NamedTuple):
    """A request of a provider: the path, its secrets in the address and in headers, what is signed.

    Whatever of it is in `covered` cannot change unnoticed.
    """

    path: str
    query: str
    headers: dict[str, str]
    covered: tuple[str, ...]


def token(key: str, head: Any = None, **claims: Any) -> str:
    """Return a JWT as Evolution API makes it from `jwt_key`."""
    said = {"iat": int(NOW), "exp": int(NOW) + 600, "app": "evolution", "action": "webhook"}
    parts = [head or {"alg": "HS256", "typ": "JWT"}, said | claims]
    signed = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    digest = hmac.digest(key.encode(), signed, "sha256")
    return b".".join([signed, _base64(digest)]).decode()


def _base64(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


def meta_signature(secret: str) -> str:
    return hmac.new(secret.encode(), BODY, "sha256").hexdigest()


WAHA = {"X-Webhook-Hmac": signed_by_waha(BODY, OWN)["X-Webhook-Hmac"]}
META = {"X-Hub-Signature-256": f"sha256={meta_signature(APP_SECRET)}"}
KINDS: dict[str, Callable[[], Proved]] = {
    "timelines, address": lambda: Proved("timelines", OWN, {}, ("query",)),
    "chatwoot, address": lambda: Proved("chatwoot", OWN, {}, ("query",)),
    "chatwoot, signature": lambda: Proved(
        "chatwoot signed", OWN, signed_by_chatwoot(THEIRS, BODY), ("query", "headers", "body")
    ),
    "waha, signature": lambda: Proved("waha", "", WAHA, ("headers", "body")),
    "evolution, header": lambda: Proved(
        "evolution", "", {"Authorization": f"Bearer {OWN}"}, ("headers",)
    ),
    "evolution, token": lambda: Proved(
        "evolution token", "", {"Authorization": f"Bearer {token(OWN)}"}, ("headers",)
    ),
    "meta, signature": lambda: Proved("meta", "", META, ("headers", "body")),
    "forwarder, address": lambda: Proved("meta/partner", FORWARDED, {}, ("query",)),
    "forwarder, header": lambda: Proved(
        "meta/partner", "", {"D360-Secret": FORWARDED}, ("headers",)
    ),
    "forwarder, signature": lambda: Proved(
        "meta/partner", "", {"X-Webhook-Signature": meta_signature(FORWARDED)}, ("headers", "body")
    ),
}  # fmt: skip


def endpoints(*, is_signed: bool = False) -> dict[str, Endpoint]:
    """Return the endpoints of all providers by their paths."""
    given = {"WASF_META_APP_SECRET": APP_SECRET, "WASF_META_VERIFY_TOKEN": "x"}
    secrets = FakeHookSecrets(OWN, WASF_HOOK_SECRET_PARTNER=FORWARDED, **given)
    if is_signed:
        secrets.keep("chatwoot", Secret(THEIRS))
    hooks = [one.webhooks for one in known_providers() if one.webhooks]
    return {one.path: one for hook in hooks for one in hook.endpoints(secrets)}


def is_accepted(proved: Proved, body: bytes) -> bool:
    path, _, how = proved.path.partition(" ")
    proof = endpoints(is_signed=how == "signed")[path].proof
    if how == "token":
        proof = TokenProof(Secret(OWN), lambda: NOW)
    assert proof is not None
    pairs = [(n.lower().encode(), v.encode("latin-1")) for n, v in proved.headers.items()]
    head = RequestHead([("secret", proved.query)] if proved.query else [], pairs)
    return proof.may_read(head) and proof.accepts(head, body)


def flipped(text: str, chance: random.Random) -> str:
    """Return a text with one bit changed, or cut, or longer, or another one altogether."""
    at = chance.randrange(len(text))
    match chance.randrange(8):
        case 0:
            return text[:at]
        case 1:
            return text + chance.choice("=0 ax")
        case 2:
            return "".join(chance.sample(text, len(text)))
        case _:
            return text[:at] + chr(ord(text[at]) ^ 1 << chance.randrange(8)) + text[at + 1 :]


def spoilt(proved: Proved, chance: random.Random) -> tuple[Proved, bytes]:
    """Return a request that differs in one thing that its proof covers."""
    match chance.choice(proved.covered):
        case "query":
            return proved._replace(query=flipped(proved.query, chance)), BODY
        case "headers":
            name = chance.choice(sorted(proved.headers))
            changed = {name: flipped(proved.headers[name], chance)}
            return proved._replace(headers=proved.headers | changed), BODY
        case _:
            return proved, flipped(BODY.decode("latin-1"), chance).encode("latin-1", "replace")


@pytest.mark.parametrize("kind", KINDS)
def test_none_of_2048_bad_proofs_is_accepted(kind: str) -> None:
    proved, chance = KINDS[kind](), random.Random(kind)
    assert is_accepted(proved, BODY)
    tried = accepted = 0
    while tried < BAD_ONES:
        bad = spoilt(proved, chance)
        if bad != (proved, BODY):
            tried += 1
            accepted += is_accepted(*bad)
    print(f"{kind}: bad proofs {tried}, accepted {accepted}")
    assert accepted == 0


TOKENS = {
    "of now": (token(OWN), True),
    "that ended a moment ago by our clock": (token(OWN, exp=int(NOW) - 200), True),
    "that ended": (token(OWN, exp=int(NOW) - 301), False),
    "that never ends": (token(OWN, exp=int(NOW) + 1_000_000), False),
    "without an end": (token(OWN, exp=None), False),
    "for something else": (token(OWN, action="login"), False),
    "of another server": (token(OWN, app="other"), False),
    "by another key": (token("another"), False),
    "without a hash": (token(OWN, {"alg": "none"}), False),
    "by another hash": (token(OWN, {"alg": "HS512"}), False),
    "not signed": (token(OWN, {"alg": "none"}).rpartition(".")[0] + ".", False),
    "of more parts": (f"{token(OWN)}.x", False),
}


@pytest.mark.parametrize("which", TOKENS)
def test_a_token_is_one_of_these_minutes_for_webhooks(which: str) -> None:
    given, expected = TOKENS[which]
    proved = Proved("evolution token", "", {"Authorization": f"Bearer {given}"}, ())
    assert is_accepted(proved, BODY) is expected


def test_the_endpoint_takes_a_token_of_now() -> None:
    now = int(time.time())
    for key in (OWN, "another"):
        given = {"Authorization": f"Bearer {token(key, iat=now, exp=now + 600)}"}
        assert is_accepted(Proved("evolution", "", given, ()), BODY) is (key == OWN)
