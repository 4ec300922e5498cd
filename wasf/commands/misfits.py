"""Says why an export does not fit its chat: in numbers and minutes, without any of its words."""

from datetime import tzinfo
from typing import Final

from wasf.commands.sighting import Sighting
from wasf.core.diff import has_nothing_known, is_displaced
from wasf.core.keys import moment_of
from wasf.core.text import local_minute
from wasf.errors import ExportMisfit

WAYS_ON: Final = (
    "if it is another person's chat: wasf sync FILE --phone NUMBER; "
    "if another clock wrote it: --time-shift +1h, say; to log it as it is: --accept"
)
_SHOWN: Final = 3


def misfit_of(sighting: Sighting, zone: tzinfo) -> ExportMisfit:
    """How an export differs from its chat, and the ways on."""
    hint = f"{WAYS_ON[0].upper()}{WAYS_ON[1:]}."
    return ExportMisfit(f"{_difference(sighting, zone)}: nothing was taken.", hint)


def _difference(sighting: Sighting, zone: tzinfo) -> str:
    overlap = sighting.overlap
    if has_nothing_known(overlap):
        return "None of its messages is known, though a chat of this name is"
    if is_displaced(overlap):
        return (
            f"{overlap.displaced:,} of its {overlap.fresh:,} new messages are known at another "
            "time, as if days were read as months"
        )
    minutes = sighting.comparison.strange_minutes(_SHOWN)
    shown = ", ".join(local_minute(moment_of(minute), zone) for minute in minutes)
    return (
        f"{overlap.strange:,} of its {overlap.covered:,} messages from the time that earlier "
        f"exports show are not in those (the first at {shown})"
    )
