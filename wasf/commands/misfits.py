"""What is said of an export that does not fit its chat: numbers and minutes, and no text."""

from datetime import tzinfo

from wasf.commands.comparing import Sighting
from wasf.core.identity import moment_of
from wasf.core.recognition import has_nothing_known, is_displaced
from wasf.errors import ExportMisfit

WAYS_ON = (
    "if it is another person's chat: wasf sync FILE --phone NUMBER; "
    "if another clock wrote it: --time-shift +1h, say; to log it as it is: --accept"
)
"""What a person can do."""

_SHOWN = 3


def misfit(sighting: Sighting, zone: tzinfo) -> ExportMisfit:
    """Say how an export differs from its chat; times are those of a zone."""
    ways = f"{WAYS_ON[0].upper()}{WAYS_ON[1:]}."
    return ExportMisfit(f"{_difference(sighting, zone)}: nothing was taken.", ways)


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
    shown = ", ".join(f"{moment_of(minute).astimezone(zone):%Y-%m-%d %H:%M}" for minute in minutes)
    return (
        f"{overlap.strange:,} of its {overlap.covered:,} messages from the time that earlier "
        f"exports show are not in those (the first at {shown})"
    )
