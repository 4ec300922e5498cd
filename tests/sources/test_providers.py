"""Every provider, those that come with wasf and those that other distributions bring."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from wasf.errors import MissingExtra
from wasf.interfaces import ApiAccess, Provider, UnusableProvider
from wasf.sources import (
    CHAT_APIS,
    WEBHOOKS_ONLY,
    all_providers,
    api_facts,
    default_paces,
    find_chat_api,
    hook_readers,
    known_providers,
    usable_providers,
)

OURS = Provider("acme", "Acme Chat", ApiAccess(lambda _: None, "", "", per_second=7))  # type: ignore[arg-type,return-value]
NOT_ONE = "no provider"
ANOTHER = Provider("other", "Another Name")

Bring = Callable[..., None]


def test_a_provider_is_what_its_line_says() -> None:
    assert [one.name for one in known_providers()] == [*CHAT_APIS, *WEBHOOKS_ONLY]
    for one in known_providers():
        assert (one.api is not None) is (one.name in CHAT_APIS)
        assert one.api or one.webhooks
        assert one.title


@pytest.mark.parametrize("name", CHAT_APIS)
def test_a_chat_api_can_be_named(name: str) -> None:
    found = find_chat_api(name)
    assert found in known_providers()


@pytest.mark.parametrize("name", [*WEBHOOKS_ONLY, "nobody"])
def test_nothing_else_can(name: str) -> None:
    assert find_chat_api(name) is None


def test_facts_paces_and_readers_are_by_name() -> None:
    assert [api_facts(one.name) for one in known_providers() if one.api] == [
        one.facts for one in known_providers() if one.api
    ]
    assert [api_facts(name) for name in (*WEBHOOKS_ONLY, "nobody")] == [None, None]
    assert list(default_paces(known_providers())) == list(CHAT_APIS)
    assert set(hook_readers()) == {one.name for one in known_providers() if one.webhooks}


def test_a_variable_is_made_of_its_names() -> None:
    assert OURS.variable("token") == "WASF_ACME_TOKEN"


def test_there_is_no_other() -> None:
    assert tuple(all_providers()) == known_providers()


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Returns what installs another distribution with these entry points."""

    def install(**values: str) -> None:
        facts = tmp_path / "acme-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        lines = ["[wasf.providers]", *(f"{name} = {at}" for name, at in values.items())]
        (facts / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_another_distribution_brings_one(bring: Bring) -> None:
    bring(acme=f"{__name__}:OURS", timelines=f"{__name__}:NOT_ONE")

    assert find_chat_api("acme") is OURS
    assert list(all_providers()) == [*known_providers(), OURS]
    assert default_paces(usable_providers())["acme"] == 7


def test_one_in_an_archive_is_found_too(
    tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(acme=f"{__name__}:OURS")
    facts = next(tmp_path.glob("*.dist-info"))
    archive = tmp_path / "site.zip"
    with ZipFile(archive, "w") as packed:
        for file in facts.iterdir():
            packed.write(file, f"{facts.name}/{file.name}")
            file.unlink()
    monkeypatch.syspath_prepend(archive)

    assert list(all_providers()) == [*known_providers(), OURS]


BROKEN = {"no module": "nowhere_at_all:X", "no provider": f"{__name__}:NOT_ONE",
          "of another name": f"{__name__}:ANOTHER"}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_one_is_told_and_stops_no_other(what: str, bring: Bring) -> None:
    bring(broken=BROKEN[what], acme=f"{__name__}:OURS")
    *known, broken, ours = all_providers()

    assert tuple(known) == known_providers()
    assert ours is OURS
    assert isinstance(broken, UnusableProvider)
    assert "broken" in broken.error.message
    assert list(usable_providers()) == [*known_providers(), OURS]
    with pytest.raises(MissingExtra):
        find_chat_api("broken")
