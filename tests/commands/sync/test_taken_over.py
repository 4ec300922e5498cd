"""A ledger of wasf 0.1.0 is taken over: chats of one number are joined, and nothing comes again.

The fixture was written by 0.1.0. Ada was logged under her number, then under her name with her
number (two of her messages twice), Dora under her name, then under her number (two of hers twice);
Ben and Cleo were told the same at the same times.
"""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.commands.world import Stage
from tests.fakes import MemoryOrg
from tests.fakes_sources import Written, says, written
from wasf.commands.verify import verify
from wasf.core.chats import Phone
from wasf.core.records import Contact, RecordId, Task, TaskKey
from wasf.errors import ExitCode

KEPT = Path(__file__).parents[2] / "gates" / "ledgers"
ADA, BEN, CLEO, DORA = (Phone(f"+44770090012{number}") for number in (3, 4, 5, 6))
THEN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path):
    path = tmp_path / "org" / "ledger.sqlite3"
    path.parent.mkdir()
    path.write_bytes(gzip.decompress((KEPT / "ledger_0_1_0.sqlite3.gz").read_bytes()))
    stage = Stage(tmp_path, an_org())
    yield stage
    stage.close()


def an_org() -> MemoryOrg:
    """The org as 0.1.0 left it."""
    org, kept = MemoryOrg(), json.loads((KEPT / "org_0_1_0.json").read_text())
    org._count = 1_000  # ids go on behind those of then
    for one in kept["contacts"]:
        contact_id = RecordId(one["id"])
        phones = tuple(Phone(phone) for phone in one["phones"])
        org.contacts[contact_id] = Contact(contact_id, one["name"], phones, org.user_id, THEN)
    for one in kept["tasks"]:
        org.tasks[RecordId(one["id"])] = Task(
            key=TaskKey(one["key"]),
            messages=(),
            who_id=RecordId(one["who"]),
            owner_id=org.user_id,
            subject=one["subject"],
            description=one["description"],
            activity_date=THEN.date(),
            status="Completed",
        )
    return org


def number(phone: Phone, who: str, count: int) -> Written:
    """The export under the number."""
    title = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    return talk(title, who, count, phone, name="")


def talk(title: str, who: str, count: int, phone: Phone | None, **facts: str) -> Written:
    said = [says(f"{who} {n} says", n, author=title, outgoing=n % 3 == 1) for n in range(count)]
    return written(*said, title=title, phone=phone, **facts)


SAME = [
    number(ADA, "ada", 2),
    talk("Ada Example", "ada", 3, ADA),
    talk("Ben Beispiel", "both", 4, BEN),
    talk("Cleo Muster", "both", 4, CLEO),
    talk("Dora Sample", "dora", 2, None),
    number(DORA, "dora", 3),
]


def test_the_same_sync_afterwards_writes_nothing(stage):
    before = dict(stage.org.tasks)
    for _ in range(2):
        report = stage.sync(*SAME)
        assert (report.messages.logged, report.messages.waiting) == (0, 0)
        assert (dict(stage.org.tasks), stage.org.leads) == (before, {})
    for one in reversed(SAME):
        assert stage.sync(one).messages.logged == 0
    assert dict(stage.org.tasks) == before


def test_chats_of_one_number_are_one_and_others_stay_apart(stage):
    stage.sync()
    phones = sorted(known.chat.phone or "" for known in stage.ledger.chats())
    assert phones == ["", ADA, BEN, CLEO, DORA]


def test_what_is_new_comes_once_whichever_way(stage):
    stage.sync(talk("Ada Example", "ada", 5, None))
    stage.sync(number(ADA, "ada", 6))
    stage.sync(number(DORA, "dora", 5))
    stage.sync(talk("Dora Sample", "dora", 6, None))
    stage.sync(number(DORA, "dora", 6), talk("Ben Beispiel", "both", 5, BEN))
    texts = stage.texts()
    assert [texts.count(f"ada {n} says") for n in range(6)] == [2, 2, 1, 1, 1, 1]
    assert [texts.count(f"dora {n} says") for n in range(6)] == [2, 2, 1, 1, 1, 1]
    assert [texts.count(f"both {n} says") for n in range(5)] == [2, 2, 2, 2, 1]
    assert len([known for known in stage.ledger.chats() if known.chat.phone == DORA]) == 1


def test_what_stands_twice_is_named_and_can_be_removed(stage):
    stage.sync(*SAME)
    report = verify(stage.context())
    assert (len(report.doubles), report.exit_code) == (4, ExitCode.DIFFERENT)
    verify(stage.context(), remove=True)
    texts = stage.texts()
    assert all(texts.count(f"{who} {n} says") == 1 for who in ("ada", "dora") for n in range(2))
    assert [texts.count(f"both {n} says") for n in range(4)] == [2, 2, 2, 2]
    assert stage.sync(*SAME).messages.logged == 0
    assert verify(stage.context()).exit_code is ExitCode.DONE
