"""The other party, our side, the members of groups, and names that are hard to read."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.exports_builder import Said, render_android, render_ios, write_txt
from tests.sources.exports.reader import THEM, US, messages, read_one, refused
from wasf.core.chats import Direction, Message, Participant, Phone
from wasf.sources.exports.names import title_of

AT = datetime(2024, 2, 17, 10, 0, 5)
NUMBER = "+49 171 3920012"
E164 = Phone("+491713920012")
NOBODY: frozenset[str] = frozenset()


def said(*authors: str) -> list[Said]:
    """One message of each author in turn."""
    return [Said(AT + timedelta(minutes=i), who, f"text {i}") for i, who in enumerate(authors)]


def sides(path: Path, **more: object) -> dict[str, Direction]:
    """Which side each author is on."""
    return {m.author: m.direction for m in messages(path, **more)}


IN, OUT = Direction.INCOMING, Direction.OUTGOING
NAMED, UNNAMED = f"WhatsApp Chat with {THEM}", "_chat"
OURS = f"WhatsApp Chat with {US}"
CASES = [
    ("named by the file", NAMED, [THEM, "Jo"], NOBODY, {THEM: IN, "Jo": OUT}),
    ("named by the option", UNNAMED, [THEM, US], {US}, {THEM: IN, US: OUT}),
    ("option in other letters", UNNAMED, [THEM, US], {"support "}, {THEM: IN, US: OUT}),
    ("only the customer wrote", NAMED, [THEM], NOBODY, {THEM: IN}),
    ("only the customer wrote, no name", UNNAMED, [THEM], {US}, {THEM: IN}),
    ("only we wrote", NAMED, ["Jo"], NOBODY, {"Jo": OUT}),
    ("only we wrote, named by the option", NAMED, [US], {US}, {US: OUT}),
    ("exported by their phone", OURS, [THEM, US], {US}, {THEM: IN, US: OUT}),
    ("exported by their phone, only we wrote", OURS, [US], {US}, {US: OUT}),
    ("a number is never us", UNNAMED, [NUMBER, "Jo"], NOBODY, {NUMBER: IN, "Jo": OUT}),
    ("a stranger is never us", UNNAMED, ["~\u202fKim", "Jo"], NOBODY, {"Kim": IN, "Jo": OUT}),
    ("name in the file without a slash", "WhatsApp Chat with A_B", ["A/B", "Jo"], NOBODY,
     {"A/B": IN, "Jo": OUT}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_our_side(tmp_path: Path, case: tuple[str, str, list[str], set[str], dict]) -> None:
    _, name, authors, me, want = case
    path = write_txt(tmp_path, name, render_android(said(*authors)))
    assert sides(path, me=frozenset(me)) == want


def test_what_another_phone_exported_is_called_by_who_has_it(tmp_path: Path) -> None:
    """Such files all bear our name; the person is who writes to us in them."""
    for them in (THEM, NUMBER):
        chat, _ = read_one(write_txt(tmp_path, OURS, render_android(said(them, US, them))))
        assert chat.title == them
        assert chat.phone == (E164 if them == NUMBER else None)
    group = [Said(AT, "", f"{THEM} created group {US!r}", notice=True), *said(THEM, US, "Jo")]
    chat, _ = read_one(write_txt(tmp_path, OURS, render_android(group)))
    assert (chat.title, chat.is_group) == (US, True)


@pytest.mark.parametrize(
    ("name", "authors", "me"),
    [(UNNAMED, [THEM, "Jo"], NOBODY), (UNNAMED, [THEM], NOBODY), (NAMED, ["Kim", "Jo"], NOBODY)],
    ids=["two names", "one name", "neither is in the file's name"],
)
def test_an_unclear_side_is_refused(
    tmp_path: Path, name: str, authors: list[str], me: frozenset[str]
) -> None:
    path = write_txt(tmp_path, name, render_android(said(*authors)))
    error = refused(path, me=me).error
    for author in authors:
        assert f'--me "{author}"' in error.hint
        assert author not in error.message.replace(path.name, "")


def test_an_iphone_says_whose_chat_it_is_in_its_first_notice(tmp_path: Path) -> None:
    notice = Said(AT, THEM, "Messages and calls are end-to-end encrypted. No one …", notice=True)
    path = write_txt(tmp_path, UNNAMED, render_ios([notice, *said("Jo", THEM)]))
    assert sides(path, me=NOBODY) == {"Jo": OUT, THEM: IN}
    only_we = write_txt(tmp_path, "_chat 2", render_ios([notice, *said("Jo")]))
    chat, _ = read_one(only_we, me=NOBODY)
    assert chat.title == THEM
    assert sides(only_we, me=NOBODY) == {"Jo": OUT}


def test_a_number_in_invisible_marks_is_the_phone(tmp_path: Path) -> None:
    shown = "\u202a+49\u00a0171\u00a03920012\u202c"
    path = write_txt(tmp_path, UNNAMED, render_android(said(shown, "Jo")))
    chat, items = read_one(path, me=NOBODY)
    assert (chat.title, chat.name, chat.phone) == (NUMBER, "", E164)
    assert chat.url == "https://wa.me/491713920012"
    assert items[0].author == NUMBER


def test_a_number_in_the_files_name_is_the_phone(tmp_path: Path) -> None:
    path = write_txt(tmp_path, f"WhatsApp Chat with {NUMBER} (1)", render_android(said("Jo")))
    chat, _ = read_one(path, me=NOBODY)
    assert (chat.title, chat.name, chat.phone) == (NUMBER, "", E164)


def test_the_phone_that_a_person_gave_wins(tmp_path: Path) -> None:
    path = write_txt(tmp_path, NAMED, render_android(said(THEM, US)))
    chat, _ = read_one(path, phone=E164)
    assert (chat.title, chat.name, chat.phone) == (THEM, THEM, E164)


@pytest.mark.parametrize("me", [{US}, {"Jo"}, set()], ids=["us", "nobody here", "nobody"])
def test_groups(tmp_path: Path, me: set[str]) -> None:
    path = write_txt(
        tmp_path, "WhatsApp Chat with Team", render_android(said(THEM, US, NUMBER, THEM))
    )
    chat, items = read_one(path, me=frozenset(me))
    assert (chat.title, chat.is_group, chat.phone, chat.url) == ("Team", True, None, "")
    ours = {US} & me
    assert {m.author for m in items if m.direction is OUT} == ours
    assert set(chat.participants) == {
        Participant(who, phone)
        for who, phone in ((THEM, None), (US, None), (NUMBER, E164))
        if who not in ours
    }


def test_a_group_of_two_is_known_by_its_notices(tmp_path: Path) -> None:
    created = Said(AT, "", f'{THEM} created group "Team"', notice=True)
    path = write_txt(
        tmp_path, "WhatsApp Chat with Team", render_android([created, *said(THEM, US)])
    )
    assert read_one(path)[0].is_group


def test_a_groups_name_on_an_iphone_is_no_member(tmp_path: Path) -> None:
    notice = Said(AT, "Team", "Messages and calls are end-to-end encrypted. No …", notice=True)
    path = write_txt(tmp_path, UNNAMED, render_ios([notice, *said(THEM, US, "Kim")]))
    chat, items = read_one(path)
    assert (chat.title, chat.is_group) == ("Team", True)
    assert [p.author for p in chat.participants] == [THEM, "Kim"]
    assert len(items) == 4


COLON = "Test: does it work: really"


def test_a_name_with_colons_that_is_known(tmp_path: Path) -> None:
    path = write_txt(tmp_path, UNNAMED, render_android(said(COLON, US, COLON)))
    found = messages(path, me=frozenset({COLON}))
    assert [m.author for m in found] == [COLON, US, COLON]
    assert found[0].text == "text 0"


def test_a_name_with_colons_that_a_file_follows(tmp_path: Path) -> None:
    chat = [*said(COLON, US, COLON), Said(AT, COLON, file="IMG-20240217-WA0001.jpg")]
    found = messages(write_txt(tmp_path, UNNAMED, render_android(chat)))
    assert [m.author for m in found] == [COLON, US, COLON, COLON]


def test_a_text_that_begins_the_same_way_each_time_stays_a_text(tmp_path: Path) -> None:
    lines = [Said(AT, US, f"Reminder: order {i}") for i in range(9)]
    path = write_txt(tmp_path, NAMED, render_android([*lines, Said(AT, THEM, "ok")]))
    assert [m.text for m in messages(path)][:9] == [said.text for said in lines]


def test_a_third_name_on_a_pasted_line_stays_in_the_body(tmp_path: Path) -> None:
    chat = said(*[THEM, US] * 10)
    chat[4] = Said(chat[4].at, THEM, "they said\n17/02/2024, 09:00 - Bob: buy")
    path = write_txt(tmp_path, NAMED, render_android(chat))
    found, items = read_one(path)
    assert not found.is_group
    assert [m.text for m in items if isinstance(m, Message)] == [s.text for s in chat]


@pytest.mark.parametrize("body", ["", "."], ids=["nothing", "a dot at once"])
def test_a_name_without_a_blank_after_its_colon(tmp_path: Path, body: str) -> None:
    text = render_android(said(THEM, US)) + f"17/02/2024, 11:00 - {THEM}:{body}\n"
    found = messages(write_txt(tmp_path, NAMED, text))
    assert (found[2].author, found[2].text) == (THEM, body)


TITLES = [
    ("WhatsApp Chat with Ada Example", "Ada Example"),
    ("WhatsApp Chat with Ada Example (1)", "Ada Example"),
    ("WhatsApp Chat with Ada Example 2", "Ada Example"),
    ("WhatsApp_Chat_with_Ada_Example", "Ada_Example"),
    ("WhatsApp Chat - Ada Example", "Ada Example"),
    ("WhatsApp-Chat mit Ada Example", "Ada Example"),
    ("Chat de WhatsApp con Ada Example", "Ada Example"),
    ("Conversa do WhatsApp com Ada Example", "Ada Example"),
    ("Discussion WhatsApp avec Ada Example", "Ada Example"),
    ("Ada Example ile WhatsApp Sohbeti", "Ada Example"),
    ("Ada ExampleとのWhatsAppチャット", "Ada Example"),
    ("WhatsApp 与 Ada Example 的对话", "Ada Example"),
    ("与Ada Example的 WhatsApp 聊天", "Ada Example"),
    ("Чат WhatsApp с контактом Ada Example", "Ada Example"),
    ("WhatsApp Chat with \u202a+49 171 3920012\u202c", "+49 171 3920012"),
    ("WhatsApp Chat with +49 171 3920012 (2)", "+49 171 3920012"),
    ("WhatsApp\u00a0Chat with Ada Example", "Ada Example"),
    ("WhatsApp Chat with Team 🎉", "Team 🎉"),
    ("holiday", ""),
    ("_chat", ""),
]


@pytest.mark.parametrize(("stem", "title"), TITLES, ids=[stem for stem, _ in TITLES])
def test_titles_in_file_names(stem: str, title: str) -> None:
    assert title_of(stem) == title
