"""Known chats are found by title and id: few have to be looked at, and none is missed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes_sources import a_source_chat
from wasf.commands.sync.identify import ChatIndex
from wasf.core.chat_identity import identify_chat
from wasf.core.chats import Chat, ChatId, Phone
from wasf.core.records import KnownChat

ADA = Phone("+491713920012")
OTHER = Phone("+447700900123")

_found = st.builds(
    lambda **facts: replace(a_source_chat(), **facts),
    title=st.sampled_from(["Ada", "ada ", "Ben", "\u200eBEN", "Cy"]),
    phone=st.sampled_from([None, ADA, OTHER]),
    whatsapp_account=st.sampled_from(["", "Sales", "Support"]),
    is_group=st.booleans(),
    source=st.sampled_from(["export", "timelines"]),
    native_id=st.sampled_from(["", "", "7", "8"]),
)


@given(st.lists(st.tuples(_found, st.booleans()), max_size=30))
def test_the_candidates_tell_as_much_as_all_chats(given_chats):
    every: dict[ChatId, Chat] = {}
    index = ChatIndex((), {})
    for found, phone_is_given in given_chats:
        chat = identify_chat(found, every.values(), phone_is_given=phone_is_given, ids=index.ids)
        found_again = identify_chat(
            found, index.candidates(found), phone_is_given=phone_is_given, ids=index.ids
        )
        assert found_again == chat
        if isinstance(chat, Chat):
            every[chat.id] = chat
            index.put(KnownChat(chat, queued=0, logged=0))
    assert {chat.id: chat for chat in index} == every
