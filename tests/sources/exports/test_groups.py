"""Groups are told from chats of two by notices, titles and writers, in any language (T7)."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.exports_builder import ANDROID_GB, IOS_DE, Said, render, write_txt, write_zip
from tests.sources.exports.reader import THEM, US, messages, read_all, read_one, refused
from wasf.core.chats import Direction, Message, Phone, SkippedMessage, SystemLine
from wasf.interfaces import ChatReading, Unreadable
from wasf.sources.exports.phrases import CALLS, CHAT_NOTICES, DELETED, WAITING

CHATS = int(os.environ.get("WASF_GROUP_CHATS", "5000"))
AT = datetime(2026, 2, 17, 9)
NUMBER = "+44 7700 900123"
ENCRYPTED = "Messages and calls are end-to-end encrypted. No one outside of this chat can read."


def _said(*authors: str) -> list[Said]:
    return [Said(AT + timedelta(minutes=n), who, f"text {n}") for n, who in enumerate(authors)]


def _notice(text: str, sender: str = "") -> Said:
    return Said(AT, sender, text, notice=True)


def _android(folder: Path, title: str, said: Sequence[Said]) -> Path:
    return write_txt(folder, f"WhatsApp Chat with {title}", render(said, ANDROID_GB))


def _iphone(folder: Path, title: str, said: Sequence[Said]) -> Path:
    return write_zip(folder, f"WhatsApp Chat - {title}", render(said, IOS_DE), member="_chat.txt")


# --- Groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Buyers", "Ada Example and friends", "Sales 2026"])
def test_t7_a_group_in_which_two_people_wrote_is_a_group(tmp_path: Path, title: str) -> None:
    said = [_notice(f"{US} added {NUMBER}"), *_said(NUMBER, US)]
    chat, _ = read_one(_android(tmp_path, title, said))
    assert (chat.is_group, chat.phone) == (True, None)
    assert [member.phone for member in chat.participants] == [Phone("+447700900123")]


def test_t7_a_notice_in_any_language_that_names_a_writer_makes_a_group(tmp_path: Path) -> None:
    said = [_notice(f"{US} xxxxx yy {NUMBER}"), *_said(NUMBER, US)]
    assert read_one(_android(tmp_path, "Buyers", said))[0].is_group


def test_t7_a_title_that_is_nobodys_name_is_a_question(tmp_path: Path) -> None:
    path = _android(tmp_path, "Buyers", _said(NUMBER, US))
    error = refused(path).error
    assert "a group" in error.message
    assert "--phone" in error.hint
    chat, _ = read_one(path, phone=Phone("+447700900123"))
    assert (chat.is_group, chat.phone) == (False, "+447700900123")


def test_t7_an_iphones_first_notice_has_the_groups_name(tmp_path: Path) -> None:
    said = [_notice(ENCRYPTED, "Buyers"), *_said(THEM, US)]
    for path in (
        _iphone(tmp_path, "Buyers", said),
        write_txt(tmp_path, "_chat", render(said, IOS_DE)),
    ):
        chat, items = read_one(path)
        assert (chat.is_group, chat.title, len(chat.participants)) == (True, "Buyers", 1)
        assert items[0] == SystemLine()


def test_t7_what_an_iphone_writes_under_the_groups_name_is_a_notice(tmp_path: Path) -> None:
    said = [
        _notice(ENCRYPTED, "Buyers"), _notice("Xx yyyy zzz", "Buyers"), *_said(THEM, US, "Cy")
    ]  # fmt: skip
    chat, items = read_one(_iphone(tmp_path, "Buyers", said))
    assert [member.author for member in chat.participants] == [THEM, "Cy"]
    assert items[:2] == [SystemLine(), SystemLine()]


def test_t7_a_third_name_that_a_notice_announces_is_a_member(tmp_path: Path) -> None:
    said = [*_said(*[THEM, US] * 10), _notice(f"{US} zzzzz Cy Sample"), *_said("Cy Sample")]
    assert read_one(_android(tmp_path, THEM, said))[0].is_group


# --- Chats of two --------------------------------------------------------------------------------


def test_t7_what_an_iphone_writes_in_a_persons_place_makes_no_group(tmp_path: Path) -> None:
    written = (
        "Silenced voice call",
        "You sent a view once message. For added privacy, you can only open it on your phone.",
        "This message can't be displayed here. Please open WhatsApp on your phone to view it.",
    )
    said = [_notice(ENCRYPTED, THEM), *_said(US), *(_notice(text, THEM) for text in written)]
    chat, items = read_one(_iphone(tmp_path, THEM, said))
    assert not chat.is_group
    assert len([m for m in items if isinstance(m, Message)]) == 4


@pytest.mark.parametrize("answers", [1, 4, 30])
def test_t7_the_answers_of_meta_ai_are_skipped(tmp_path: Path, answers: int) -> None:
    said = _said(*[US, THEM] * 20)
    for n in range(answers):
        said.insert(2 * n % 40, Said(said[2 * n % 40].at, "Meta AI", f"answer {n}\nof two lines"))
    chat, items = read_one(_android(tmp_path, THEM, said))
    assert (chat.is_group, chat.left_out) == (False, "")
    found = [m for m in items if isinstance(m, Message)]
    assert [m.text for m in found] == [f"text {n}" for n in range(40)]
    assert sum(m.direction is Direction.INCOMING for m in found) == 20
    assert [i for i in items if not isinstance(i, Message)] == [
        SkippedMessage("by an assistant such as Meta AI")
    ] * answers


@pytest.mark.parametrize("title", ["Meta AI", "WhatsApp"])
def test_t7_a_chat_with_whatsapp_itself_is_left_out(tmp_path: Path, title: str) -> None:
    chat, _ = read_one(_android(tmp_path, title, _said(title, US)))
    assert "no chat with anybody" in chat.left_out


def test_t7_meta_ai_is_no_member_of_a_group(tmp_path: Path) -> None:
    chat, _ = read_one(_android(tmp_path, "Team", _said(THEM, US, "Cy", "Meta AI")))
    assert [member.author for member in chat.participants] == [THEM, "Cy"]


@pytest.mark.parametrize("text", ["Cy left the group yesterday", "You were added", "Cy left"])
def test_t7_a_persons_marked_text_about_a_group_makes_none(tmp_path: Path, text: str) -> None:
    said = [_notice(ENCRYPTED, THEM), *_said(THEM, US), Said(AT, THEM, f"\u200e{text}")]
    chat, items = read_one(_iphone(tmp_path, THEM, said))
    assert not chat.is_group
    assert len([m for m in items if isinstance(m, Message)]) == 3


def test_t7_a_customer_whose_name_has_the_word_for_a_group_is_a_person(tmp_path: Path) -> None:
    said = [_notice("Dieser Chat: Foo Gruppe zzz"), *_said("Foo Gruppe", US)]
    assert not read_one(_android(tmp_path, "Foo Gruppe", said))[0].is_group


def test_t7_our_names_of_two_phones_make_no_group(tmp_path: Path) -> None:
    path = _android(tmp_path, THEM, _said(*[THEM, US, "Bob Sales"] * 10))
    assert not read_one(path, me=frozenset({US, "Bob Sales"}))[0].is_group
    assert len(messages(path, me=frozenset({US, "Bob Sales"}))) == 30


# --- The gate ------------------------------------------------------------------------------------

NOTICES: dict[str, tuple[str, ...]] = {
    "en": ('{a} created group "{t}"', "{a} added {b}", "{b} left", "{b} was added",
           "{b} joined using this group's invite link", "{b} joined from the community"),
    "de": ('{a} hat die Gruppe "{t}" erstellt', "{a} hat {b} hinzugefügt",
           "{b} hat die Gruppe verlassen"),
    "es": ('{a} creó el grupo "{t}"', "{a} añadió a {b}", "{b} salió del grupo"),
    "fr": ('{a} a créé le groupe "{t}"', "{a} a ajouté {b}", "{b} a quitté le groupe"),
    "pt": ('{a} criou o grupo "{t}"', "{a} adicionou {b}", "{b} saiu"),
    "it": ('{a} ha creato il gruppo "{t}"', "{a} ha aggiunto {b}", "{b} ha abbandonato"),
    "nl": ('{a} heeft de groep "{t}" gemaakt', "{a} heeft {b} toegevoegd"),
    "ru": ("{a} создал(-а) группу «{t}»", "{a} добавил(-а) {b}", "{b} покинул(-а) группу"),
    "uk": ("{a} створив(-ла) групу «{t}»", "{a} додав(-ла) {b}"),
    "pl": ("{a} utworzył(a) grupę „{t}”", "{a} dodał(a) {b}", "{b} opuścił(a) grupę"),
    "cs": ("Uživatel {a} vytvořil skupinu „{t}“", "Uživatel {a} přidal uživatele {b}"),
    "hu": ('{a} létrehozta a(z) "{t}" csoportot', "{a} hozzáadta őt: {b}", "{b} kilépett"),
    "ro": ("{a} a creat grupul „{t}”", "{a} l-a adăugat pe {b}", "{b} a ieșit"),
    "tr": ('{a}, "{t}" grubunu oluşturdu', "{a}, {b} kişisini ekledi", "{b} ayrıldı"),
    "sv": ('{a} skapade gruppen "{t}"', "{a} lade till {b}", "{b} lämnade gruppen"),
    "da": ('{a} oprettede gruppen "{t}"', "{a} tilføjede {b}", "{b} forlod gruppen"),
    "nb": ('{a} opprettet gruppen "{t}"', "{a} la til {b}", "{b} forlot gruppen"),
    "fi": ('{a} loi ryhmän "{t}"', "{a} lisäsi käyttäjän {b}", "{b} poistui ryhmästä"),
    "el": ('Ο χρήστης {a} δημιούργησε την ομάδα "{t}"', "{a} πρόσθεσε {b}"),
    "ar": ('أنشأ {a} المجموعة "{t}"', "أضاف {a} {b}", "غادر {b}"),
    "he": ('{a} יצר/ה את הקבוצה "{t}"', "{a} הוסיף/ה את {b}", "{b} עזב/ה"),
    "hi": ('{a} ने "{t}" ग्रुप बनाया', "{a} ने {b} को जोड़ा"),
    "id": ('{a} membuat grup "{t}"', "{a} menambahkan {b}", "{b} keluar"),
    "vi": ('{a} đã tạo nhóm "{t}"', "{a} đã thêm {b}", "{b} đã rời nhóm"),
    "ja": ("{a}がグループ「{t}」を作成しました", "{a}が{b}を追加しました", "{b}が退出しました"),
    "ko": ('{a}님이 "{t}" 그룹을 만들었습니다',
           "{a}님이 {b}님을 추가했습니다", "{b}님이 나갔습니다"),
    "zh": ("{a}创建了群组“{t}”", "{a}添加了{b}", "{b}退出了群组"),
}  # fmt: skip
_TITLES = ("Buyers", "Team 🎉", "Ada & co", "Family", "Projekt Nord", "買い物", "خانواده", "Ada")
_PEOPLE = (THEM, "Bob Fictional", "+44 7700 900777", "Zoë", "日本 太郎", "Foo Gruppe GmbH")
_OF_TWO = tuple(one for one in CHAT_NOTICES if one.count("%@") < 2)


def _written(random: Random, folder: Path, title: str, said: list[Said], sender: str) -> Path:
    """Write an export for one of the platforms; on an iPhone notices have `sender`'s name."""
    if random.random() < 0.5 or not sender:
        return _android(folder, title, said)
    named = [Said(one.at, sender, one.text, notice=True) if one.notice else one for one in said]
    return _iphone(folder, title, [_notice(ENCRYPTED, sender), *named])


def _talk(random: Random, people: Sequence[str], count: int) -> list[Said]:
    writers = [*people, *random.choices(people, k=count)]
    return [
        Said(AT + timedelta(minutes=n), who, f"text {n}{random.choice(('', ': x', ' left'))}")
        for n, who in enumerate(writers)
    ]


def _with_assistant(random: Random, said: list[Said]) -> int:
    """Put answers of Meta AI between the messages; return how many."""
    answers = random.choice((0, 0, 1, 2, 9))
    for _ in range(answers):
        at = random.randrange(len(said)) + 1
        said.insert(at, Said(said[at - 1].at, "Meta AI", "answer"))
    return answers


def _by_whatsapp(random: Random, said: Said) -> Said:
    """Return the message as one in whose place WhatsApp writes something."""
    words = random.choice((*CALLS, *DELETED, *WAITING, "You sent a view once message. For added …"))
    return Said(said.at, said.author, words, marked=True)


def _group(random: Random, folder: Path) -> str:
    title = random.choice(_TITLES)
    people = random.sample([*_PEOPLE, US], random.randrange(1, 5))
    if random.random() < 0.1:
        # A group may have a member's name. On an iPhone nobody can tell who writes then.
        title = people[0]
    said = _talk(random, people, random.randrange(20))
    _with_assistant(random, said)
    a, b = people[0], random.choice([*_PEOPLE, *people])
    some = NOTICES[random.choice(list(NOTICES))]
    for text in random.sample(some, random.randrange(1, len(some) + 1)):
        at = random.choice((0, 0, random.randrange(len(said) + 1)))
        said.insert(at, _notice(text.format(a=a, b=b, t=title)))
    path = _written(random, folder, title, said, title if title not in people else "")
    me = random.choice((frozenset(), frozenset({US}), frozenset({people[-1]})))
    (found,) = read_all(path, me=me)
    if isinstance(found, Unreadable):
        return "group: a question" if "group" in found.error.message else "group: another question"
    return "group" if found.chat.is_group else "WRONG: group on a person's record"


def _of_two(random: Random, folder: Path) -> str:
    them = random.choice(_PEOPLE)
    people = [them, US] if random.random() < 0.8 else [random.choice((them, US))]
    said = _talk(random, people, random.randrange(40))
    if random.random() < 0.2:
        said = [_by_whatsapp(random, one) if one.author == them else one for one in said]
    wrote = len(said)
    answers = _with_assistant(random, said)
    for _ in range(random.randrange(3)):
        text = random.choice(_OF_TWO).replace("%@", them)
        said.insert(random.randrange(len(said) + 1), _notice(text))
    title = them if random.random() < 0.8 else f"{them} (1)"
    (found,) = read_all(_written(random, folder, title, said, them))
    if not isinstance(found, ChatReading):
        return f"WRONG: chat of two refused: {found.error.message}"
    if found.chat.is_group or found.chat.left_out:
        return "WRONG: chat of two skipped"
    items = list(found.items)
    read = [m for m in items if isinstance(m, Message)]
    skipped = sum(isinstance(item, SkippedMessage) for item in items)
    is_right = all((m.direction is Direction.OUTGOING) == (m.author == US) for m in read)
    if (len(read), skipped, is_right) != (wrote, answers, True):
        return f"WRONG: {len(read)} of {wrote} messages, {skipped} of {answers} answers"
    return "chat of two"


def _outcome(seed: str, folder: Path) -> str:
    random = Random(seed)
    return random.choice((_group, _of_two))(random, folder)


@pytest.mark.parametrize("seed", range(150))
def test_t7_any_group_and_any_chat_of_two(tmp_path: Path, seed: int) -> None:
    assert not _outcome(f"some {seed}", tmp_path).startswith("WRONG")


@pytest.mark.gate
def test_t7_many_groups_and_chats_of_two() -> None:
    total: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for number in range(CHATS):
            outcome = _outcome(f"chat {number}", Path(folder))
            if outcome.startswith("WRONG"):
                print(f"_outcome('chat {number}'): {outcome}")
            total[outcome] += 1
    print(f"{CHATS} chats in {len(NOTICES)} languages: {dict(total)}")
    assert not [outcome for outcome in total if outcome.startswith("WRONG")]
    assert total["group"] > 9 * (total["group: a question"] + total["group: another question"])
