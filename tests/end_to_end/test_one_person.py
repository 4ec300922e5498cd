"""One number is one chat: a customer is saved under a name, or the name goes again (I1, I2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.program import ADA, ADA_PHONE, SAM, START, Chats, Result, Wasf
from tests.exports_builder import Said
from tests.samples import one_in

NUMBER = "+44 7700 900123"
OTHER_PHONE = "+447700900456"
MISFIT = 5


def a_talk(count: int) -> list[Said]:
    """Both sides, every text another, some minutes shared."""
    return [
        Said(START + timedelta(minutes=n // 2), SAM if n % 3 == 1 else ADA, f"what was said {n}")
        for n in range(count)
    ]


def photos(count: int) -> list[Said]:
    """The customer only sends photos."""
    return [
        Said(START + timedelta(hours=n), ADA if n % 2 else SAM, "<Media omitted>" if n % 2 else "?")
        for n in range(count)
    ]


def oks(count: int) -> list[Said]:
    """The customer only answers ok, several times in a minute."""
    return [Said(START + timedelta(minutes=n // 3), ADA, "ok") for n in range(count)]


def unanswered(count: int) -> list[Said]:
    """The customer never answers."""
    return [Said(START + timedelta(days=n), SAM, f"news {n}") for n in range(count)]


CONTENTS = {"a talk": a_talk, "photos": photos, "ok": oks, "never answered": unanswered}


def under(title: str, said: Sequence[Said]) -> list[Said]:
    """The same lines as an export under that title shows them."""
    return [replace(line, author=title) if line.author == ADA else line for line in said]


class Life:
    """A customer's chat under her number and under her name, and a way to tell that it is hers."""

    def __init__(self, wasf: Wasf, chats: Chats, way: str) -> None:
        self.wasf, self.chats, self.way = wasf, chats, way
        named = "Ada Example" if way == "record" else "A. Example"
        first, last = named.split()
        self.contact = wasf.org.add("Contact", FirstName=first, LastName=last, Phone=ADA_PHONE)
        self.book = chats.folder / "contacts.vcf"
        self.book.write_text(f"BEGIN:VCARD\nVERSION:3.0\nFN:{ADA}\nTEL:{ADA_PHONE}\nEND:VCARD\n")

    def number(self, said: Sequence[Said]) -> Result:
        """Sync the export under the number."""
        path = self.chats.of(NUMBER, under(NUMBER, said))
        return self.wasf.sync(path, "--me", SAM)

    def name(self, said: Sequence[Said]) -> Result:
        """Sync the export under the name."""
        path = self.chats.of(ADA, said)
        match self.way:
            case "--phone":
                return self.wasf.sync(path, "--me", SAM, "--phone", ADA_PHONE)
            case "--contacts":
                return self.wasf.sync(path, "--me", SAM, "--contacts", self.book)
            case "link":
                waits = self.wasf.sync(path, "--me", SAM)
                if waits.messages["waiting"]:
                    assert self.wasf.run("link", ADA, self.contact).code == 0
                    return self.wasf.sync()
                return waits
            case _:
                return self.wasf.sync(path, "--me", SAM)

    def check(self, count: int) -> None:
        """Every line once, on her record, in one chat; the same again writes nothing."""
        assert len(self.wasf.rows("Task", WhoId=self.contact)) == count
        assert len(self.wasf.rows("Task")) == count
        assert not self.wasf.rows("Lead")
        assert len(self.wasf.run("link", "--json").out) > 0


WAYS = ["--phone", "--contacts", "link", "record"]


@pytest.mark.parametrize("content", one_in(2, CONTENTS))
@pytest.mark.parametrize("way", WAYS)
def test_i2_a_customer_who_is_saved_under_a_name_later(
    wasf: Wasf, chats: Chats, way: str, content: str
) -> None:
    make: Callable[[int], list[Said]] = CONTENTS[content]
    life = Life(wasf, chats, way)
    assert life.number(make(4)).messages["logged"] == 4
    result = life.name(make(9))
    assert (result.messages["logged"], result.messages["waiting"]) == (5, 0)
    life.check(9)
    assert life.name(make(9)).messages["logged"] == 0
    assert life.number(make(9)).messages == {
        "read": 9, "logged": 0, "already_logged": 9, "waiting": 0, "skipped": 0,
    }  # fmt: skip
    life.check(9)


@pytest.mark.parametrize("content", one_in(2, CONTENTS))
@pytest.mark.parametrize("way", WAYS)
def test_i2_a_contact_that_is_deleted_is_a_number_again(
    wasf: Wasf, chats: Chats, way: str, content: str
) -> None:
    make: Callable[[int], list[Said]] = CONTENTS[content]
    life = Life(wasf, chats, way)
    assert life.name(make(4)).messages["logged"] == 4
    result = life.number(make(9))
    assert (result.messages["logged"], result.messages["already_logged"]) == (5, 4)
    life.check(9)
    assert life.name(make(10)).messages["logged"] == 1
    life.check(10)


@pytest.mark.parametrize(("before", "after"), [(2, 3), (10, 40), (60, 300)])
def test_i1_however_much_came_in_between(wasf: Wasf, chats: Chats, before: int, after: int) -> None:
    life = Life(wasf, chats, "--contacts")
    life.number(a_talk(before))
    result = life.name(a_talk(after))
    assert (result.messages["logged"], result.messages["already_logged"]) == (
        after - before,
        before,
    )
    [chat] = result.json["chats"]
    assert chat["messages"] == after
    life.check(after)


def test_i1_one_chat_is_listed_for_one_person(wasf: Wasf, chats: Chats) -> None:
    life = Life(wasf, chats, "--phone")
    life.number(a_talk(4))
    life.name(a_talk(6))
    listed = wasf.run("link").out
    assert listed.count(life.contact) == 1


def test_i1_the_same_texts_to_two_numbers_are_two_chats(wasf: Wasf, chats: Chats) -> None:
    for title, phone in ((ADA, ADA_PHONE), ("Ben", OTHER_PHONE)):
        said = under(title, a_talk(9))
        result = wasf.sync(chats.of(title, said), "--me", SAM, "--phone", phone)
        assert result.messages["logged"] == 9
    assert len(wasf.rows("Lead")) == 2


def test_i2_another_persons_chat_under_the_same_name_still_ends_5(wasf: Wasf, chats: Chats) -> None:
    life = Life(wasf, chats, "record")
    life.name(a_talk(9))
    other = [replace(line, text=f"other {line.text}") for line in a_talk(9)]
    path = chats.of(ADA, other)
    wasf.sync(path, "--me", SAM, code=MISFIT)
    wasf.sync(path, "--me", SAM, "--phone", ADA_PHONE, code=MISFIT)
    life.check(9)


def test_i2_a_number_whose_time_differs_wholly_ends_5(wasf: Wasf, chats: Chats) -> None:
    life = Life(wasf, chats, "--phone")
    life.number(a_talk(9))
    other = [replace(line, text=f"other {line.text}") for line in a_talk(9)]
    path = chats.of(ADA, other)
    result = wasf.sync(path, "--me", SAM, "--phone", ADA_PHONE, code=MISFIT)
    assert result.messages["skipped"] == 9
    life.check(9)


def test_i2_of_a_chat_that_was_cleared_the_new_messages_are_taken(wasf: Wasf, chats: Chats) -> None:
    life = Life(wasf, chats, "--phone")
    life.number(a_talk(9))
    later = [replace(line, at=line.at + timedelta(days=9)) for line in a_talk(20)[9:]]
    assert life.name(later).messages["logged"] == 11
    life.check(20)


def test_m9_the_address_book_that_is_given_later_makes_it_the_numbers_chat(
    wasf: Wasf, chats: Chats
) -> None:
    life = Life(wasf, chats, "--contacts")
    life.number(a_talk(4))
    path: Path = chats.of(ADA, a_talk(9))
    assert wasf.sync(path, "--me", SAM).messages["waiting"] == 9
    result = wasf.sync("--contacts", life.book)
    assert (result.messages["logged"], result.messages["already_logged"]) == (5, 4)
    life.check(9)
