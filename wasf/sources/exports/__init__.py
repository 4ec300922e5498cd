"""Reads WhatsApp's own "Export chat" files.

```
finding   which files there are
archive   a .txt, a .zip (zip_entries) or an unzipped folder, opened safely, as blocks of lines
layout    the one shape of header that the file has
headers   finds the headers in the file's bytes
pieces    what follows each header, put together from block to block
surveying the first pass: what the file shows (survey), soon by few of its lines (overview)
dates     which field is the day, and what a header's time is in UTC
pasted    lines that look like headers and are none
people    who is the other party and who is our side (senders, hints)
reading   second pass: messages, system lines, and what was not understood (closer_look)
bodies    what kind of message a body is (phrases, marks)
contacts  numbers for names, from an address book
source    joins them into a `Source`
```
"""

from wasf.sources.exports.address_book import Contacts, load_contacts
from wasf.sources.exports.source import ExportOptions, ExportSource

__all__ = ["Contacts", "ExportOptions", "ExportSource", "load_contacts"]
