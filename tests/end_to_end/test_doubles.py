"""X3: messages that two chats of one person logged are named, and removed if somebody says so."""

import pytest

from tests.end_to_end.program import Chats, Result, Wasf
from tests.servers.salesforce import LocalOrg

HERS, COPY = "+44 7700 900151", "+44 7700 900152"


@pytest.fixture(params=["key field", "fallback"])
def doubles(request: pytest.FixtureRequest, wasf: Wasf, org: LocalOrg, chats: Chats) -> str:
    """A Contact with three messages, two of which a second chat of hers logged again."""
    if request.param == "key field":
        org.add_key_field()
    ada = org.add_contact(LastName="Ada", Phone="+447700900151")
    chats.ada("one\nand more", "two", "three", title=HERS)
    chats.ada("one\nand more", "two", title=COPY)
    wasf.sync(chats.folder)
    assert wasf.run("link", "+447700900152", ada, "--move").code == 0
    return ada


def removed(wasf: Wasf, *options: str) -> Result:
    return wasf.run("verify", "--remove-doubles", "--json", *options)


def test_x3_verify_names_both_tasks_and_changes_nothing(wasf: Wasf, doubles: str) -> None:
    kept = wasf.kept()
    told = wasf.run("verify", "--json")
    assert (told.code, told.json["found"]["double"]["count"], wasf.kept()) == (6, 2, kept)
    assert {one["record"] for one in told.json["doubles"]} == {doubles}
    for elder, younger in (one["tasks"] for one in told.json["doubles"]):
        texts = [wasf.row(task)["Description"].partition("\n")[2] for task in (elder, younger)]
        assert texts[0] == texts[1]
        assert elder < younger
    shown = wasf.run("verify").out
    assert "wasf verify --remove-doubles --yes" in shown
    assert all(task in shown for one in told.json["doubles"] for task in one["tasks"])
    assert len(wasf.texts(doubles)) == 5


def test_x3_the_younger_ones_are_removed_once_somebody_says_so(
    wasf: Wasf, chats: Chats, doubles: str
) -> None:
    kept = wasf.kept()
    assert (removed(wasf).code, len(wasf.texts(doubles)), wasf.kept()) == (2, 5, kept)
    dry = removed(wasf, "--dry-run")
    assert (dry.code, dry.json["dry_run"], len(dry.json["removed"])) == (6, True, 2)
    assert (len(wasf.texts(doubles)), wasf.kept()) == (5, kept)

    told = removed(wasf, "--yes")
    assert (told.code, told.json["removed"]) == (0, dry.json["removed"])
    assert sorted(wasf.texts(doubles)) == ["one\nand more", "three", "two"]
    assert wasf.run("verify").code == 0
    assert removed(wasf, "--yes").json["removed"] == []
    for again in ((), ("--again",)):
        assert wasf.sync(chats.folder, *again).messages["logged"] == 0
    assert len(wasf.texts(doubles)) == 3


def test_x3_what_somebody_changed_stays_and_is_named(
    wasf: Wasf, org: LocalOrg, doubles: str
) -> None:
    pairs = [one["tasks"] for one in wasf.run("verify", "--json").json["doubles"]]
    somebody = org.add_user(LastName="Else", Email="else@example.com")
    org.edit(pairs[0][1], Subject="Mine", LastModifiedById=somebody)
    told = removed(wasf, "--yes")
    assert (told.code, told.json["removed"]) == (6, [pairs[1][1]])
    assert [one["id"] for one in told.json["left_alone"]] == [pairs[0][1]]
    assert len(wasf.texts(doubles)) == 4


def test_x3_yes_without_anything_to_say_yes_to_is_refused(wasf: Wasf) -> None:
    assert wasf.run("verify", "--yes").code == 2
