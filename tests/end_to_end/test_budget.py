"""How many API calls a sync makes, and that a large chat arrives whole."""

import os
import subprocess
import sys
from datetime import timedelta
from math import ceil
from pathlib import Path

from tests.end_to_end.program import ADA, ADA_PHONE, START, Chats, Wasf, spoken
from tests.exports_builder import Said
from tests.servers.salesforce import LocalOrg

_CLIENT = ("simple_salesforce", "requests", "zeep", "lxml", "cryptography")
_LOADS = f"""
import sys
from wasf.cli.main import main
for words in (["sync", sys.argv[1], "-q"], ["status"], ["config"], ["--help"]):
    assert main(words) == 0
    loaded = [name for name in {_CLIENT} if name in sys.modules]
    assert not loaded, (words, loaded)
"""


def _budget(messages: int, people: int) -> int:
    return ceil(messages / 200) + ceil(people / 20) + 8


def test_ten_thousand_messages_of_one_contact(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    contact = org.add_contact(LastName="Example", Phone=ADA_PHONE)
    texts = [f"message {number}" for number in range(10_010)]
    first = wasf.sync(chats.ada(*texts[:-10]), "--phone", ADA_PHONE).json
    assert first["messages"]["logged"] == len(wasf.rows("Task", WhoId=contact)) == 10_000
    assert first["api_calls"] == org.api_calls <= _budget(10_000, 1)

    org.forget_requests()
    second = wasf.sync(chats.ada(*texts[:-10])).json
    assert second["messages"]["already_logged"] == 10_000
    assert second["api_calls"] == len(org.requests) <= 2
    assert wasf.writes() == []

    third = wasf.sync(chats.ada(*texts))
    assert third.messages["logged"] == 10
    assert sorted(wasf.texts(contact)) == sorted(texts)


def test_many_people_of_every_kind(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    for number in range(60):
        phone = f"+44 7700 900{number:03}"
        chats.of(phone, [Said(START + timedelta(hours=number), phone, f"hi {number}")])
        fields = {"LastName": f"No {number}", "Phone": phone}
        match number % 4:
            case 0:
                org.add_contact(**fields)
            case 1:
                org.add_lead(**fields)
            case 2:
                org.add_lead(**fields, Status="Closed - Not Converted")
    result = wasf.sync(chats.folder)
    assert result.json["api_calls"] == org.api_calls <= _budget(60, 60)
    assert result.json["leads"] == {"created": 15, "reopened": 15}
    assert sorted(wasf.texts()) == sorted(f"hi {number}" for number in range(60))

    org.forget_requests()
    wasf.sync(chats.folder)
    assert len(org.requests) <= 2
    assert wasf.writes() == []


def test_what_waits_for_somebody_costs_two_calls(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    wasf.sync(chats.of(ADA, spoken(ADA, "one")))
    org.forget_requests()
    wasf.sync()
    assert len(org.requests) <= 2
    assert wasf.writes() == []


def test_a_run_that_makes_no_call_loads_no_client(wasf: Wasf, org: LocalOrg, chats: Chats) -> None:
    org.add_contact(LastName="Example", Phone=ADA_PHONE)
    path = chats.ada("one", title=ADA_PHONE)
    assert wasf.sync(path).messages["logged"] == 1
    org.forget_requests()

    done = subprocess.run(
        [sys.executable, "-c", _LOADS, str(path)], env=os.environ | wasf.environment,
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert org.requests == []
