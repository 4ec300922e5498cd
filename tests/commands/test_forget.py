"""`wasf forget`: what was removed is not to be read in the file."""

from tests.store.builders import chat
from wasf.commands.forget import forget
from wasf.core.chats import ChatId, Phone
from wasf.store.ledger import SqliteLedger


def test_what_was_forgotten_cannot_be_read_in_the_file(tmp_path):
    """SQLite leaves copies behind where it moved rows from page to page."""
    path = tmp_path / "ledger.sqlite3"
    chats = [
        chat(ChatId(f"id{n}"), title=f"Secret {n:03} End", phone=Phone(f"+44770090{n:04}"), url=url)
        for url, step in (("", 1), ("https://example.com/", 3))
        for n in range(0, 400, step)
    ]
    with SqliteLedger.open(path) as ledger:
        for number, known in enumerate(chats):
            ledger.save_chat(known)
            if known.url:
                longer = known.url + "x" * (9 * (number - 400))
                ledger.save_chat(chat(known.id, title=known.title, phone=known.phone, url=longer))
    with SqliteLedger.open(path) as ledger:
        for known in chats[1:400:2]:
            forget(known.phone, ledger, ledger.aftercare, dry_run=False)
    content = path.read_bytes()
    kept = [n for n in range(400) if f"Secret {n:03} End".encode() in content]
    assert kept == list(range(0, 400, 2))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
