"""Notices are known by their words."""

import pytest

from wasf.sources.exports import notices, phrases

OF_GROUPS = [
    'Ada Example created group "Team"', "Ada left", "+44 7700 900123 joined from the community",
    "Ada hat Bob hinzugefügt", "Ada добавил(-а) Bob", "Uživatel Ada přidal uživatele Bob",
    "Ada, Bob kişisini ekledi", "أضاف Ada Bob", "Ada ने Bob को जोड़ा", "AdaがBobを追加しました",
    "Ada님이 나갔습니다", "Ada创建了群组“Team”", "Ada đã thêm Bob", "x" * 1000 + " created group",
]  # fmt: skip
OF_ANY_CHAT = [
    "Messages and calls are end-to-end encrypted. No one can read them.", "Ada is a contact",
    "Your security code with Ada changed. Tap to learn more.", "You blocked this contact",
    "Ada changed their phone number", "Missed group video call", "x" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("text", OF_GROUPS)
def test_t7_notices_that_only_groups_have(text: str) -> None:
    assert notices.is_group_notice(text)


@pytest.mark.parametrize("text", OF_ANY_CHAT)
def test_t7_notices_that_chats_of_two_have_too(text: str) -> None:
    assert not notices.is_group_notice(text)


def test_t7_what_stands_for_a_message_is_no_notice_of_a_group() -> None:
    by_meaning = {name: some for name, some in vars(phrases).items() if name.isupper()}
    for name in ("DELETED_BY_ADMIN", "CHAT_NOTICES", "SENDER_NOTICES", "GROUP_NOTICES"):
        by_meaning.pop(name)
    by_meaning.pop("WORDS_FOR_GROUP")
    shown = [one for some in by_meaning.values() for one in some]
    shown.append(
        "You sent a view once message. For added privacy, you can only open it on your phone."
    )
    assert len(shown) > 500
    for text in shown:
        assert not notices.is_group_notice(f"\u200e{text.replace('%@', 'Ada')}"), text


def test_t7_the_word_for_a_group_does_not_count_in_a_name() -> None:
    assert notices.speaks_of_a_group("Ada liittyi tähän ryhmään: ryhmä", ["Ada"])
    assert not notices.speaks_of_a_group("Chat mit Foo Gruppe", ["Ada", "Foo Gruppe"])
