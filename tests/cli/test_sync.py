"""What `wasf sync` takes from its command line and the settings."""

import os
from pathlib import Path

import pytest

from wasf.app import App
from wasf.cli import sync
from wasf.cli.sync import SyncRequest, all_that_counts
from wasf.interfaces import Provider
from wasf.sources import known_providers


class Never:
    """Nobody asks the run to end."""

    def check(self) -> None:
        pass


def counts(home: Path, request: SyncRequest | None = None, **settings: str) -> str:
    given = {f"WASF_{name.upper()}": value for name, value in settings.items()}
    app = App({"WASF_HOME": str(home), "WASF_TIMEZONE": "Europe/Berlin", **given}, Never())
    request = request or SyncRequest()
    return all_that_counts(request, app.settings(request.flags))


@pytest.mark.parametrize(
    "provider", [one for one in known_providers() if one.api], ids=lambda one: one.name
)
def test_a_chat_api_has_its_own_pace_unless_a_setting_says_otherwise(
    tmp_path: Path, provider: Provider
) -> None:
    home = {"WASF_HOME": str(tmp_path)}
    chosen = {f"WASF_{provider.name.upper()}_PER_SECOND": "77"}
    paces = [App(home | env, Never())._rate_limiter(provider).per_second for env in ({}, chosen)]
    assert paces == [provider.api and provider.api.per_second, 77]


CHANGES = {
    "the zone": {"timezone": "Europe/London"},
    "the order of dates": {"date_order": "mdy"},
    "our names": {"me": "Sam Seller"},
    "the region": {"default_region": "DE"},
    "the owner": {"owner": "sam@example.com"},
    "the approval": {"chats": "ask"},
    "the groups": {"groups": "participants"},
    "the frequency": {"frequency": "1h"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_reads_otherwise_after_a_change_of(tmp_path: Path, change: dict[str, str]) -> None:
    assert counts(tmp_path) == counts(tmp_path)
    assert counts(tmp_path, **change) != counts(tmp_path)


def test_a_file_reads_otherwise_for_another_account_a_new_version_and_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {
        counts(tmp_path),
        counts(tmp_path, SyncRequest(whatsapp_account="+44 7700 900123")),
        counts(tmp_path, SyncRequest(flags={"owner": "sam@example.com"})),
    }
    monkeypatch.setattr(sync, "__version__", "99")
    assert len({*found, counts(tmp_path)}) == 4


def test_a_file_reads_otherwise_after_a_change_of_the_address_book(tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("name,phone\n")
    os.utime(book, (1, 1))
    before = counts(tmp_path, contacts=str(book))
    os.utime(book, (2, 2))
    assert counts(tmp_path, contacts=str(book)) != before


@pytest.mark.parametrize(
    "asked",
    [{"again": True}, {"accept": True}, {"phone": "1"}, {"since": "1d"}, {"time_shift": "+1h"}],
    ids=lambda asked: next(iter(asked)),
)
def test_all_is_read_if_somebody_asks_for_more_than_what_is_new(asked: dict[str, str]) -> None:
    assert SyncRequest().reads_as_usual
    assert not SyncRequest(**asked).reads_as_usual
