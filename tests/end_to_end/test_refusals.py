"""Salesforce or this machine says no: the right code, nothing half-written, nothing lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.program import (
    ADA_PHONE,
    PRIVATE,
    Chats,
    Wasf,
    assert_all_logged_once,
    assert_told,
)
from tests.servers.salesforce import LocalOrg
from wasf.errors import ExitCode
from wasf.store.files import run_lock

TASKS = "composite/sobjects$"


def test_3_salesforce_refused_some_records(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_validation_rule("Task", "Description", "Not this one", "two")
    path = chats.ada("one", f"two {PRIVATE}", "three")
    result = wasf.sync(path, "--phone", ADA_PHONE, code=3)
    assert (result.messages["logged"], result.messages["waiting"]) == (2, 1)
    assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in result.chat()["reason"]
    assert wasf.run("sync").code == 3
    org.set(validation_rules=[])
    assert wasf.sync().messages["logged"] == 1
    assert_all_logged_once(wasf, 3)


def test_3_of_a_window_that_was_refused_in_part_only_the_rest_goes_out(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    """Its messages are in three Tasks; the window grows before the next try."""
    wasf.set(frequency="24h")
    org.add_validation_rule("Task", "Description", "Not this one", "refused")
    texts = [f"one {'x' * 30_000}", f"refused {'y' * 30_000}", f"three {'z' * 70_000}"]
    wasf.sync(chats.ada(*texts), "--phone", ADA_PHONE, code=3)
    before = {row["Id"]: row for row in wasf.rows("Task")}
    assert len(before) == 4
    org.set(validation_rules=[])
    wasf.sync(chats.ada(*texts, "four", "five"))
    after = {row["Id"]: row for row in wasf.rows("Task")}
    assert before.items() <= after.items()
    said = "".join(row["Description"] for row in after.values())
    assert [said.count(f"{word} ") for word in ("one", "refused", "three")] == [1, 1, 1]
    # Lines of several messages in one Task are indented (T10).
    assert [len(re.findall(rf"\n\s+{word}", said)) for word in ("four", "five")] == [1, 1]
    assert [said.count(letter) for letter in "yz"] == [30_000, 70_000]
    assert wasf.run("verify").code == 0


def _no_token(wasf: Wasf, org: LocalOrg) -> None:
    del wasf.environment["WASF_ACCESS_TOKEN"]
    del wasf.environment["WASF_INSTANCE_URL"]


def _no_address(wasf: Wasf, org: LocalOrg) -> None:
    del wasf.environment["WASF_INSTANCE_URL"]


def _wrong_token(wasf: Wasf, org: LocalOrg) -> None:
    wasf.environment["WASF_ACCESS_TOKEN"] = "00D-not-the-token"


def _signed_out(wasf: Wasf, org: LocalOrg) -> None:
    org.fail("unauthorized", path=TASKS, times=0)


def _no_call_left(wasf: Wasf, org: LocalOrg) -> None:
    org.use_api_calls(15_000)


def _maintenance(wasf: Wasf, org: LocalOrg) -> None:
    org.fail("maintenance", path=TASKS, times=0)


def _no_right_to_tasks(wasf: Wasf, org: LocalOrg) -> None:
    org.set(no_create=["Task"])


REFUSALS: dict[str, tuple[Callable[[Wasf, LocalOrg], None], ExitCode]] = {
    "4 no sign-in": (_no_token, ExitCode.NOT_CONNECTED),
    "4 half a sign-in": (_no_address, ExitCode.NOT_CONNECTED),
    "4 a wrong token": (_wrong_token, ExitCode.NOT_CONNECTED),
    "4 signed out in the middle": (_signed_out, ExitCode.NOT_CONNECTED),
    "75 no API call left": (_no_call_left, ExitCode.TRY_LATER),
    "75 maintenance": (_maintenance, ExitCode.TRY_LATER),
    "77 Tasks may not be created": (_no_right_to_tasks, ExitCode.NO_PERMISSION),
}


@pytest.mark.parametrize("seen_before", [False, True], ids=["at first", "later"])
@pytest.mark.parametrize(("refuse", "code"), REFUSALS.values(), ids=REFUSALS)
def test_salesforce_refuses_everything(
    refuse: Callable[[Wasf, LocalOrg], None], code: ExitCode, seen_before: bool,
    wasf: Wasf, org: LocalOrg, chat: Path,
) -> None:  # fmt: skip
    if seen_before:
        wasf.sync()  # so that this machine knows the org
    right = dict(wasf.environment)
    refuse(wasf, org)
    result = wasf.run("sync", chat)
    assert result.code == code
    assert_told(result)
    assert wasf.sync(chat, code=code).json["error"]["exit_code"] == code
    # With a unique key a new Lead comes with its first Task, before what is refused.
    assert len(wasf.rows("Task")) <= len(wasf.rows("Lead"))

    org.heal()
    org.set(no_create=[])
    org.use_api_calls(0)
    wasf.environment = right
    wasf.sync(chat)
    assert_all_logged_once(wasf, 2)
    assert len(wasf.rows("Lead")) == 1


def test_75_the_reserve_is_left_to_others(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.set(daily_limit=30)
    wasf.set(api_reserve="20")
    texts = [f"{PRIVATE} {number}" for number in range(2_000)]
    path = chats.ada(*texts, title="+44 7700 900123")
    result = wasf.sync(path, code=75)
    logged = result.messages["logged"]
    assert 0 < logged < 2_000
    assert result.messages["waiting"] == 2_000 - logged
    assert len(wasf.rows("Task")) == logged
    assert org.api_calls <= 10
    assert "api_reserve" in result.err

    org.use_api_calls(0)
    org.set(daily_limit=15_000)
    path.unlink()
    assert wasf.sync().messages["logged"] == 2_000 - logged
    assert sorted(wasf.texts()) == sorted(texts)


def test_75_another_run_holds_the_lock(wasf: Wasf, org: LocalOrg, chat: Path) -> None:
    with run_lock(wasf.home / "orgs" / org.org_id / "sync.lock"):
        result = wasf.run("sync", chat)
        assert result.code == 75
        assert_told(result, "another sync")
        assert wasf.sync(chat, "--dry-run").messages["logged"] == 2
    wasf.sync(chat)
    assert_all_logged_once(wasf, 2)


def test_1_a_damaged_ledger_is_left_as_it_is(wasf: Wasf, org: LocalOrg, chat: Path) -> None:
    wasf.sync(chat)
    ledger = wasf.home / "orgs" / org.org_id / "ledger.sqlite3"
    for rest in ledger.parent.glob("ledger.sqlite3-*"):
        rest.unlink()
    ledger.write_bytes(b"no ledger at all" * 1_000)
    result = wasf.run("sync", chat)
    assert result.code == 1
    assert_told(result, "ledger.sqlite3")
    assert ledger.read_bytes() == b"no ledger at all" * 1_000
    assert_all_logged_once(wasf, 2)
