"""Whatever goes wrong on the way, the next syncs log everything once, on one Lead."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from tests.end_to_end.program import PRIVATE, START, Chats, Wasf
from tests.servers.salesforce import LocalOrg

MESSAGES = [f"{PRIVATE} {number}" for number in range(210)]

# The fault, its options, and which insert meets it: 0 is the Lead's, 1 and 2 those of Tasks.
FAULTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "S2 reset before a Lead": ("reset-before", {}, 0),
    "S3 reset after the commit of a Lead": ("reset-after", {}, 0),
    "S3 reset after the commit of Tasks": ("reset-after", {}, 1),
    "S12 a login page": ("html", {}, 2),
    "S13 a login page after the commit of a Lead": ("html-after", {}, 0),
    "S20 an error of the server": ("server-error", {}, 1),
    "S21 a bad gateway after the commit": ("gateway-after", {"times": 0}, 1),
    "S23 rows that are locked": ("row-errors", {"rows": [0, 5]}, 1),
    "S25 ids of other records": ("other-ids", {}, 1),
    "S30 the org has moved": ("moved", {"status": 421}, 1),
}


@pytest.mark.parametrize("unique", [True, False], ids=["unique key", "key in a standard field"])
@pytest.mark.parametrize(("kind", "options", "insert"), FAULTS.values(), ids=FAULTS)
def test_nothing_is_lost_and_nothing_doubled(
    kind: str, options: dict[str, Any], insert: int, unique: bool,
    wasf: Wasf, org: LocalOrg, chats: Chats,
) -> None:  # fmt: skip
    if unique:
        org.add_key_field()
    org.fail(kind, path="composite/sobjects$", skip=insert, **options)
    path = chats.ada(*MESSAGES, title="+44 7700 900123")
    first = wasf.run("sync", path, "--json")
    assert first.json["messages"]["read"] == len(MESSAGES)
    assert "bug" not in first.err
    org.heal()
    path.unlink()
    _sync_until_nothing_waits(wasf)
    assert sorted(wasf.texts()) == sorted(MESSAGES)
    assert len(wasf.rows("Lead")) == 1


def test_s11_tasks_that_are_committed_at_any_time_later_are_not_doubled(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_key_field()
    org.fail("late-commit", path="composite/sobjects$", skip=1, seconds=0.05)
    wasf.run("sync", chats.ada(*MESSAGES, title="+44 7700 900123"))
    _sync_until_nothing_waits(wasf)
    assert sorted(wasf.texts()) == sorted(MESSAGES)


@pytest.mark.parametrize("insert", [0, 1], ids=["of a Lead", "of Tasks"])
def test_an_unknown_outcome_is_left_alone_until_it_must_be_known(
    insert: int, wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.fail("html", path="composite/sobjects$", skip=insert)
    with time_machine.travel(START):
        wasf.run("sync", chats.ada("Hello", title="+44 7700 900123"))
        org.forget_requests()
        doubtful = wasf.sync("--flush")
    assert doubtful.messages["waiting"] == 1
    assert "nobody knows yet" in doubtful.json["chats"][0]["reason"]
    assert "2026-03-02" in doubtful.json["chats"][0]["hint"]
    assert wasf.writes() == []
    with time_machine.travel(START + timedelta(days=1)):
        wasf.sync()
    assert (wasf.texts(), len(wasf.rows("Lead"))) == (["Hello"], 1)


def test_with_a_unique_key_it_is_sent_again_at_once(
    wasf: Wasf, org: LocalOrg, chats: Chats
) -> None:
    org.add_key_field()
    org.fail("html", path="composite/sobjects$", skip=1)
    wasf.run("sync", chats.ada("Hello", title="+44 7700 900123"))
    wasf.sync()
    assert wasf.texts() == ["Hello"]


def _sync_until_nothing_waits(wasf: Wasf) -> None:
    for days in count(1):
        with time_machine.travel(START + timedelta(days=365 + days)):
            if not wasf.sync().messages["waiting"]:
                break
        assert days < 3, "it waits for ever"
