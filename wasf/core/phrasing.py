"""Numbers and times as people read them."""

from datetime import datetime, tzinfo


def counted(number: int, noun: str) -> str:
    """`1 chat`, `2,000 chats`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def local_minute(at: datetime, zone: tzinfo) -> str:
    """A moment on the clock of `zone`, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
