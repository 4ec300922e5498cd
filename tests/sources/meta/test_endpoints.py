"""The secrets that Meta's endpoint needs. Who may deliver to it: see the listener's tests."""

import hmac

import pytest

from tests.fakes_inbox import FakeHookSecrets
from wasf.errors import BadSetting
from wasf.interfaces import Endpoint, Proof, RequestHead
from wasf.sources.meta import PROVIDER

BOTH = {"WASF_META_APP_SECRET": "an app's", "WASF_META_VERIFY_TOKEN": "a word of ours"}


def endpoints(**given: str) -> list[Endpoint]:
    assert PROVIDER.webhooks is not None
    return list(PROVIDER.webhooks.endpoints(FakeHookSecrets(**given)))


def endpoint(**given: str) -> Endpoint:
    assert PROVIDER.webhooks is not None
    [one] = PROVIDER.webhooks.endpoints(FakeHookSecrets(**given))
    return one


def test_with_both_it_is_open_and_without_closed() -> None:
    opened, closed = endpoint(**BOTH), endpoint()
    assert opened.proof is not None
    assert (opened.proof.refusal, closed.proof) == (401, None)
    assert opened.challenge is not None
    assert closed.challenge is None


@pytest.mark.parametrize("name", BOTH)
def test_it_needs_both_or_neither(name: str) -> None:
    with pytest.raises(BadSetting) as told:
        endpoint(**{name: "half"})
    assert "half" not in str(told.value) + told.value.hint


# --- Providers that forward Meta's bodies ------------------------------------------------------

SECRET = "a-secret-of-the-360-door-in-tests"
BODY = b'{"entry": []}'


@pytest.fixture
def door() -> Proof:
    [own, forwarder] = endpoints(WASF_HOOK_SECRET_360DIALOG=SECRET)
    assert (own.proof, forwarder.path) == (None, "meta/360dialog")
    assert forwarder.proof is not None
    return forwarder.proof


def head(query: object = (), **headers: str) -> RequestHead:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return RequestHead(list(query), pairs)  # type: ignore[call-overload]


def accepts(door: Proof, of: RequestHead, body: bytes = BODY) -> bool:
    return door.may_read(of) and door.accepts(of, body)


def signed(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


GOOD = {
    "address": head([("secret", SECRET)]),
    "header": head(authorization=SECRET),
    "bearer": head(authorization=f"Bearer {SECRET}"),
    "own header": head(x_partner_auth=SECRET, accept="*/*"),
    "signature": head(x_webhook_signature=signed()),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_forwarder_proves_itself_by_what_it_can_send(door: Proof, name: str) -> None:
    assert accepts(door, GOOD[name])


BAD = {
    "nothing": head(),
    "twice in the address": head([("secret", SECRET), ("secret", SECRET)]),
    "signature of another body": head(x_webhook_signature=signed(b"{}")),
    "signature with another secret": head(x_webhook_signature=signed(secret="x" * 20)),
    "Meta's header": head(x_hub_signature_256=f"sha256={signed()}"),
    "a longer one": head(authorization=f"{SECRET} "),
}


@pytest.mark.parametrize("name", BAD)
def test_nobody_else_gets_in(door: Proof, name: str) -> None:
    assert not accepts(door, BAD[name])


@pytest.mark.parametrize("name", ["WASF_HOOK_SECRET_360DIALOG", "WASF_HOOK_SECRET_../X"])
def test_a_weak_secret_or_an_odd_name_is_refused(name: str) -> None:
    secret = "short" if "360" in name else SECRET
    with pytest.raises(BadSetting) as told:
        endpoints(**{name: secret})
    assert secret not in str(told.value) + told.value.hint
