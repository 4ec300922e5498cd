"""What `wasf forget` finds of a person, what it leaves, and what it says of that."""

import pytest

from tests.commands.world import ADA, BEN, Stage, a_context
from tests.fakes_sources import written
from tests.store.ledger.builders import chat
from wasf.commands.link import unlink
from wasf.commands.privacy import Forgotten, forget
from wasf.console import forget_text
from wasf.core.chats import ChatId, Phone
from wasf.errors import ExitCode, Unreachable, WrongUsage
from wasf.store.ledger import Ledger, RunLead


def forgotten(stage: Stage, phone: Phone = ADA, *chats: str) -> Forgotten:
    return forget(phone, stage.context(), chats)


def left(stage: Stage) -> list[str]:
    return [one.chat.title for one in stage.ledger.chats()]


def test_m9_a_chat_that_was_matched_by_name_is_found_by_its_records_number(stage):
    contact = stage.ada()
    stage.sync(written("one", phone=None), written("two", title="Ben", phone=BEN))
    assert stage.texts(contact.id) == ["one"]
    done = forgotten(stage)
    assert (done.chats, done.logged, left(stage)) == (1, 1, ["Ben"])
    again = stage.sync(written("one", "new", phone=None))
    assert (again.messages.skipped, stage.texts(contact.id)) == (2, ["one"])


def test_m9_a_chat_that_waits_is_found_by_the_only_record_of_its_name(stage):
    stage.sync(written("one", phone=None))
    stage.ada()
    done = forgotten(stage)
    assert (done.chats, done.waiting, left(stage)) == (1, 1, [])


def test_m10_a_chat_that_was_linked_by_hand_is_found(stage):
    stage.sync(written("one", title="Nickname", phone=None))
    stage.link("nickname", stage.ada().id)
    assert (forgotten(stage).chats, left(stage)) == (1, [])


@pytest.mark.parametrize("what", ["both have the number", "the Lead has it", "it is deleted"])
def test_m7_a_converted_lead_stands_for_its_contact(what, stage):
    lead = stage.org.add_lead("Ada Example", ADA)
    stage.sync(written("one", phone=None))
    contact = stage.org.convert_lead(lead.id)
    if what == "it is deleted":
        stage.org.delete(contact.id)
    if what == "the Lead has it":
        stage.org.contacts[contact.id] = type(contact)(
            contact.id, "Ada Example", (), contact.owner_id, contact.modified_at
        )
    assert (forgotten(stage).chats, left(stage)) == (1, [])


def test_m10_a_merged_record_is_followed(stage):
    old = stage.org.add_contact("Ada Example")
    stage.sync(written("one", phone=None))
    stage.org.merge(old.id, stage.ada().id)
    assert (forgotten(stage).chats, left(stage)) == (1, [])


def test_her_chat_with_another_number_goes_too_and_that_number_is_not_let_in(stage):
    stage.org.add_contact("Ada Example", ADA, BEN)
    stage.sync(written("one"), written("two", title="Ada privat", phone=BEN))
    assert (forgotten(stage).chats, left(stage)) == (2, [])
    again = stage.sync(written("three", title="Ada again", phone=BEN))
    assert (again.messages.skipped, len(stage.texts())) == (1, 2)
    assert stage.ledger.lift_ban(ADA)
    assert stage.sync(written("three", title="Ada again", phone=BEN)).messages.logged == 1


def test_whoever_has_another_record_stays(stage):
    stage.ada()
    stage.org.add_contact("Ben Beispiel", BEN)
    stage.sync(written("one", title="Ben Beispiel", phone=None), written("two", title="Else"))
    assert (forgotten(stage).chats, left(stage)) == (1, ["Ben Beispiel"])


def test_nobody_comes_in_under_the_name_of_the_record(stage):
    stage.ada()
    forgotten(stage)
    report = stage.sync(written("one", phone=None))
    assert (report.messages.skipped, stage.texts()) == (1, [])


@pytest.mark.parametrize("why", ["several have the name", "it was unlinked", "the record is gone"])
def test_of_whom_nobody_can_know_is_said_and_can_be_named(why, stage):
    contact = stage.ada()
    if why == "several have the name":
        stage.org.add_contact("Ada Example", BEN)
    stage.sync(written("one", phone=None))
    if why == "it was unlinked":
        unlink("ada example", stage.ledger, "DE")
    if why == "the record is gone":
        stage.org.delete(contact.id)
    done = forgotten(stage)
    assert (done.chats, [one.chat.title for one in done.unsure]) == (0, ["Ada Example"])
    assert any("Ada Example" in line for line in forget_text(done))
    done = forgotten(stage, ADA, "Ada Example")
    assert (done.chats, done.unsure, left(stage)) == (1, (), [])


def test_without_salesforce_it_says_what_was_not_looked_at(stage):
    contact = stage.ada()
    titles = {"with the number": (ADA, "Sales"), "Ada Example": (None, "Home"), "Ben": (BEN, "")}
    stage.sync(
        *(
            written("one", title=title, phone=phone, whatsapp_account=account)
            for title, (phone, account) in titles.items()
        )
    )
    stage.org.fail_reads(Unreachable("Salesforce did not answer."))
    done = forgotten(stage)
    assert (done.chats, done.not_asked, done.exit_code) == (1, 2, ExitCode.TRY_LATER)
    said = "\n".join(forget_text(done))
    assert "Salesforce did not answer." in said
    assert "stay (2)" in said
    assert left(stage) == ["Ada Example", "Ben"]
    done = forgotten(stage)
    assert (done.chats, done.not_asked, done.exit_code) == (1, 0, ExitCode.DONE)
    assert (left(stage), stage.texts(contact.id)) == (["Ben"], ["one", "one"])


def test_a_group_cannot_be_named_and_is_told(stage):
    stage.ledger.save_chat(chat(ChatId("g"), title="Friends", is_group=True))
    with pytest.raises(WrongUsage):
        forgotten(stage, ADA, "Friends")
    with pytest.raises(WrongUsage):
        forgotten(stage, ADA, "nobody")


def test_what_a_run_did_for_the_person_is_forgotten_with_it(stage):
    run = stage.sync(written("one")).run
    lead = next(iter(stage.org.leads))
    assert stage.ledger.leads_of(run) == [RunLead(lead, True)]
    forgotten(stage)
    assert stage.ledger.leads_of(run) == []


FACTS = {
    "cloud-api 491713920012": "DE.1",
    "cloud-api DE.1": "DE.1",
    "cloud-api DE.0": "491713920012",
    "cloud-api 447700900123": "447700900123",
    "timelines chat 1": '["", "", "x"]',
}


def test_small_facts_that_name_the_person_go_and_their_ids_let_nobody_in(stage):
    stage.ledger.facts.save_source_facts(FACTS)
    forgotten(stage)
    kept = [name for name in FACTS if stage.ledger.facts.source_fact(name)]
    assert kept == ["cloud-api 447700900123", "timelines chat 1"]
    for party, skipped in [("DE.1", 1), ("DE.0", 1), ("DE.2", 0)]:
        found = written("hi", title=party, phone=None, native_id=f"our-id {party}")
        assert stage.sync(found).messages.skipped == skipped


def test_what_was_forgotten_cannot_be_read_in_the_file(tmp_path):
    """SQLite leaves copies behind where it moved rows from page to page."""
    path = tmp_path / "ledger.sqlite3"
    chats = [
        chat(ChatId(f"id{n}"), title=f"Secret {n:03} End", phone=Phone(f"+44770090{n:04}"), url=url)
        for url, step in (("", 1), ("https://example.com/", 3))
        for n in range(0, 400, step)
    ]
    with Ledger.open(path) as ledger:
        for number, known in enumerate(chats):
            ledger.save_chat(known)
            if known.url:
                longer = known.url + "x" * (9 * (number - 400))
                ledger.save_chat(chat(known.id, title=known.title, phone=known.phone, url=longer))
    with Ledger.open(path) as ledger:
        context = a_context(ledger)
        for known in chats[1:400:2]:
            forget(known.phone, context)
    content = path.read_bytes()
    kept = [n for n in range(400) if f"Secret {n:03} End".encode() in content]
    assert kept == list(range(0, 400, 2))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
