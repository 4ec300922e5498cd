"""Every provider, those that come with wasf and those that other distributions bring."""

from importlib import metadata
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from wasf.errors import MissingExtra, WasfError
from wasf.interfaces import Provider
from wasf.sources import (
    CHAT_APIS,
    WEBHOOKS_ONLY,
    all_providers,
    find_provider,
    known_apis,
    known_providers,
    known_readers,
)

OURS = Provider("acme", "Acme Chat")
NOT_ONE = "no provider"
ANOTHER = Provider("other", "Another Name")


@pytest.mark.parametrize("name", [*CHAT_APIS, *WEBHOOKS_ONLY])
def test_a_provider_is_what_its_line_says(name: str) -> None:
    found = find_provider(name)

    assert found is not None
    assert found.name == name
    assert (found.api is not None) is (name in CHAT_APIS)
    assert found.api or found.webhooks
    assert found.title


def test_facts_and_readers_are_by_name() -> None:
    assert [one.name for one in known_apis()] == list(CHAT_APIS)
    assert set(known_readers()) == {one.name for one in known_providers() if one.webhooks}


def test_a_variable_is_made_of_its_names() -> None:
    assert OURS.variable("token") == "WASF_ACME_TOKEN"


def test_there_is_no_other() -> None:
    assert find_provider("nobody") is None
    assert tuple(all_providers()) == known_providers()


def bring(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Let another distribution be installed with these entry points."""
    here = EntryPoints(EntryPoint(name, at, "wasf.providers") for name, at in values.items())
    monkeypatch.setattr(metadata, "entry_points", lambda group: here.select(group=group))


def test_another_distribution_brings_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bring(monkeypatch, acme=f"{__name__}:OURS", timelines=f"{__name__}:NOT_ONE")

    assert find_provider("acme") is OURS
    assert list(all_providers()) == [*known_providers(), OURS]


BROKEN = {"no module": "nowhere_at_all:X", "no provider": f"{__name__}:NOT_ONE",
          "of another name": f"{__name__}:ANOTHER"}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_told_and_stops_no_other(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(monkeypatch, broken=BROKEN[what], acme=f"{__name__}:OURS")
    *known, broken, ours = all_providers()

    assert tuple(known) == known_providers()
    assert ours is OURS
    assert isinstance(broken, WasfError)
    assert "broken" in broken.message
    with pytest.raises(MissingExtra):
        find_provider("broken")
