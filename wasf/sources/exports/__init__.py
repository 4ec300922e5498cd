"""Reads WhatsApp's own "Export chat" files as a source of chats.

An export is text: headers (date, time), senders and messages, in the language and the form of one
phone, without numbers, sides or message ids. So each file is read twice:

1. The *first pass* (`first_pass`) learns the form of the headers from the first lines (`layout`):
   only lines in that form are headers. Then it counts dates, senders and what notices and file
   names show (`export_facts`, `timestamps`).
2. The *date order* is decided from that evidence (`date_order`). The form of the dates leaves some
   orders possible; then a fixed chain decides: dates in file names, impossible days, forms that
   one order alone has, dates that go back, numbers that change, another chat of the same phone.
   What stays open is refused with a question, never guessed.
3. The *participants* are found (`participants`): group or chat of two, the other party, our side.
   Headers with an impossible date, time or sender are fake ones that somebody pasted (`source`).
4. The *second pass* (`second_pass`) yields each message with its time in UTC (`timestamps`),
   side and kind (`bodies`), notices, and what was not understood, with line numbers.

Below that, `folders` finds exports, `names` knows their names, `archive` and `zip` open them
safely, `text` cuts them into blocks of lines, and `chunks` splits blocks into chunks, a header with
its message each. `phrases` and `notices` hold WhatsApp's own words. `address_book` has numbers for
names.

All names below except those that find files are loaded when they are used: an unchanged file is
not read.
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.sources.exports.folders import FoundFile, FoundFiles, find_exports, watch
from wasf.sources.exports.names import CHAT_NAME, EXPORT
from wasf.sources.exports.text import tidy_name

if TYPE_CHECKING:
    from wasf.sources.exports.address_book import AddressBook, load_address_book, open_address_book
    from wasf.sources.exports.archive import open_regular, read_attached_file
    from wasf.sources.exports.source import ExportSource

__all__ = [
    "CHAT_NAME", "EXPORT", "AddressBook", "ExportSource", "FoundFile", "FoundFiles", "find_exports",
    "load_address_book", "open_address_book", "open_regular", "read_attached_file", "tidy_name",
    "watch",
]  # fmt: skip

if not TYPE_CHECKING:
    __getattr__ = late_names(
        __name__,
        {
            "address_book": ("AddressBook", "load_address_book", "open_address_book"),
            "archive": ("open_regular", "read_attached_file"),
            "source": ("ExportSource",),
        },
    )
