"""Files of Meta's history: a placeholder in the thread, and a body that brings the file, or never.

The placeholder says who sent the file; the body with the file names the customer in any case.
"""

import json
from datetime import timedelta

import pytest

from tests.sources.test_payloads import FOLDER, Read
from wasf.core.chats import Direction
from wasf.core.source_state import REPORTS, reports_of

PLACEHOLDER, FILE, NEVER = (
    (FOLDER / name).read_bytes()
    for name in (
        "29-history-media-a.json",
        "29-history-media-b.json",
        "30-history-media-never.json",
    )
)
BOTH = [(Direction.INCOMING, "send me the drawing"), (Direction.OUTGOING, "drawing of the stairs")]


def shown(read: Read) -> list[tuple[Direction, str]]:
    return sorted((one.direction, one.text) for one in read.messages.values())


@pytest.mark.parametrize("bodies", [(PLACEHOLDER, FILE), (FILE, PLACEHOLDER)],
                         ids=["placeholder first", "file first"])  # fmt: skip
def test_a_file_is_of_the_side_that_its_placeholder_says(bodies: tuple[bytes, ...]) -> None:
    read = Read()
    for one in bodies:
        read.post("meta", one)
    read.sync()
    assert shown(read) == BOTH
    read.now += timedelta(days=2)
    read.sync()
    assert shown(read) == BOTH
    assert not read.kept
    assert read.inbox.counts().waiting == 0


def test_a_file_without_its_placeholder_is_taken_after_a_day() -> None:
    read = Read()
    read.post("meta", FILE)
    assert (shown(read), len(read.kept)) == ([], 1)
    read.now += timedelta(days=1, minutes=1)
    read.sync()
    assert shown(read) == [(Direction.INCOMING, "drawing of the stairs")]
    assert not read.kept


def test_t6_a_placeholder_whose_file_never_comes_is_a_message_after_a_day() -> None:
    read = Read()
    read.post("meta", NEVER)
    assert shown(read) == [(Direction.INCOMING, "did you see it")]
    assert len(read.kept) == 1
    for _ in range(3):
        read.now += timedelta(hours=23)
        read.sync()
    assert shown(read) == [
        (Direction.INCOMING, "[a photo or file that WhatsApp no longer has]"),
        (Direction.INCOMING, "did you see it"),
    ]
    assert not read.kept


def test_a_body_that_waits_is_told_once() -> None:
    read = Read()
    read.post("meta", NEVER)
    read.sync()
    assert len(read.told) == 1


# --- Reports -----------------------------------------------------------------------------------


def account_update(event: str) -> bytes:
    change = {"field": "account_update", "value": {"event": event}}
    entry = {"id": "100000000000002", "time": 1772442000, "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def codes(read: Read) -> list[str]:
    return [one.code for one in reports_of(read.facts.get(REPORTS, ""))]


def test_what_meta_reports_is_told_and_kept_until_it_is_over() -> None:
    read = Read()
    read.post("meta", (FOLDER / "32-account-update.json").read_bytes())
    read.post("meta", (FOLDER / "22-errors.json").read_bytes())
    assert codes(read) == ["ACCOUNT_OFFBOARDED", "130429"]
    assert len(read.told) == 2
    assert "ACCOUNT_OFFBOARDED" in read.told[0]
    read.post("meta", account_update("ACCOUNT_RECONNECTED"))
    assert codes(read) == ["130429"]
    assert (len(read.told), read.kept) == (2, {})


def test_a_report_that_comes_again_is_one() -> None:
    read = Read()
    for _ in range(3):
        read.post("meta", account_update("DISABLED_UPDATE"))
    assert codes(read) == ["DISABLED_UPDATE"]
