"""What Meta reports of our account and of itself: no messages, but a person should see it.

An account that left, was restricted or banned brings nothing any more, and looks healthy. Errors
beside messages say that history is not shared, or that Meta refuses to send.
"""

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Final

from wasf.core.source_state import SourceReport
from wasf.sources.lenient_json import Object, inner, objects, one_line, text, unix_time
from wasf.sources.meta.messages import error_text

TITLE: Final = "WhatsApp Cloud API"

_ENDS: Final = MappingProxyType(
    {
        "ACCOUNT_RECONNECTED": ("ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"),
        "PARTNER_ADDED": ("PARTNER_REMOVED",),
        "PARTNER_APP_INSTALLED": ("PARTNER_APP_UNINSTALLED",),
        "VERIFIED_ACCOUNT": (),
    }
)
"""An event that is good news -> the reports that it ends."""

_LONGEST: Final = 300


def reports_in(field: str, value: Object, entry: Object) -> Iterator[SourceReport]:
    """Yield what a change of an entry reports; the errors of its messages are not among it."""
    digits = our_number_in(value)
    subject = f"+{digits}" if digits else f"account {one_line(text(entry, 'id'))}"
    if field == "account_update":
        yield from _account_update(subject, value, unix_time(entry, "time"))
    errors = list(objects(value, "errors"))
    for chunk in objects(value, "history"):
        errors += objects(chunk, "errors")
    for error in errors:
        code, said = text(error, "code"), _words(text(error, "title"), error_text(error))
        if code or said:
            yield SourceReport(TITLE, subject, one_line(code)[:_LONGEST], said or "an error")


def _account_update(subject: str, value: Object, at: datetime | None) -> Iterator[SourceReport]:
    event = one_line(text(value, "event"))[:_LONGEST]
    ended = _ENDS.get(event)
    if ended is not None:
        for code in ended:
            yield SourceReport(TITLE, subject, code, "")
    elif event:
        details = inner(value, "disconnection_info") or inner(value, "ban_info")
        said = _words(*(text(details, name) for name in details))
        yield SourceReport(TITLE, subject, event, said or "the account has changed", at)


def _words(*parts: str) -> str:
    """Return words as one line, each once."""
    return one_line(", ".join(dict.fromkeys(filter(None, parts))))[:_LONGEST]


def our_number_in(value: Object) -> str:
    """Return the digits of our number that a change is of, "" if it names none."""
    shown = text(inner(value, "metadata"), "display_phone_number")
    return "".join(filter(str.isdecimal, shown))
