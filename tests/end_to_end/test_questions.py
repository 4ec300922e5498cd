"""What cannot be taken back is asked about on a terminal; nowhere else is anybody asked."""

from tests.end_to_end.program import ADA_PHONE, Chats, Wasf
from tests.end_to_end.terminal import at_terminal

QUESTION = "Do it now?"


def test_undo_forget_and_purge_ask_on_a_terminal(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one", "two", title=ADA_PHONE))

    for words in (["undo"], ["purge", "--all"], ["forget", ADA_PHONE]):
        shown = at_terminal(wasf, words, "n")
        assert QUESTION in shown
        assert "Nothing was changed." in shown
    assert wasf.texts() == ["one", "two"]

    assert QUESTION in at_terminal(wasf, ["undo"], "y")
    assert wasf.texts() == []
    assert QUESTION in at_terminal(wasf, ["purge", "--all"], "y")
    assert QUESTION in at_terminal(wasf, ["forget", ADA_PHONE], "y")
    assert ADA_PHONE not in wasf.run("link").out


def test_nobody_is_asked_without_a_terminal_or_with_json(wasf: Wasf, chats: Chats) -> None:
    wasf.sync(chats.ada("one", title=ADA_PHONE))

    told = wasf.run("undo")
    assert told.code == 2
    assert "--yes" in told.err
    assert QUESTION not in told.out + told.err
    assert wasf.texts() == ["one"]
