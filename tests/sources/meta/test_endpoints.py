"""The secrets that Meta's endpoint needs. Who may deliver to it: see the listener's tests."""

import pytest

from wasf.core.auth import Secret
from wasf.errors import BadSetting
from wasf.interfaces import Endpoint
from wasf.sources.meta import PROVIDER

BOTH = {"WASF_META_APP_SECRET": "an app's", "WASF_META_VERIFY_TOKEN": "a word of ours"}


class Given:
    """See `HookSecrets`: has what is given, and makes none."""

    def __init__(self, **given: str) -> None:
        self._given = given

    def given(self, variable: str) -> Secret | None:
        return Secret(self._given[variable]) if variable in self._given else None

    def own(self) -> Secret:
        raise AssertionError("Meta has a secret of its own")


def endpoint(**given: str) -> Endpoint:
    assert PROVIDER.webhooks is not None
    [one] = PROVIDER.webhooks.endpoints(Given(**given))
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
