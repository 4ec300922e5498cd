"""Whether somebody changed a record since it was written."""

from datetime import datetime, timedelta

_SETTLING = timedelta(minutes=1)


def was_touched(created: tuple[datetime, str], modified: tuple[datetime, str]) -> bool:
    """Whether the last change, when and by whom, is another than the writing.

    An org's own automation may change a new record right away, in the name of who wrote it.
    """
    return modified[1] != created[1] or modified[0] - created[0] > _SETTLING
