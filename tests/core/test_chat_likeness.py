"""Which two chats are one, by what both show of one time."""

from collections import Counter

import pytest

from wasf.core.chat_likeness import KnownTime, Likeness, likeness
from wasf.core.chats import Direction, MessageKind
from wasf.core.diff import Fingerprint

IN, OUT = Direction.INCOMING, Direction.OUTGOING
TEXT, DELETED = MessageKind.TEXT, MessageKind.DELETED


def fingerprint(what: tuple[object, ...]) -> Fingerprint:
    side, kind, *text = what
    return Fingerprint(side, kind, str(*text).encode())


NONE, BY_CHANGED, BY_ALL_CHANGED, BY_SENT, BY_ALL_SENT, BY_SENT_OFTEN, BY_EQUAL = Likeness
HERS, OURS, OTHER = (0, (IN, TEXT, "a")), (5, (OUT, TEXT, "b")), (5, (IN, TEXT, "c"))
SENT = [OURS, (6, (OUT, TEXT, "d")), (7, (OUT, TEXT, "e"))]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([HERS], [HERS], BY_EQUAL),
        ([HERS, OURS], [HERS], BY_EQUAL),
        ([HERS, OURS, OTHER], [HERS], NONE),
        ([HERS], [HERS, (0, (IN, TEXT, "d")), (0, (IN, TEXT, "e"))], BY_EQUAL),
        ([HERS, (0, (IN, TEXT, "d")), (0, (IN, TEXT, "e"))], [HERS], NONE),
        ([HERS], [HERS, OTHER, (6, (IN, TEXT, "e"))], NONE),
        ([], [], NONE),
        ([HERS], [(0, (IN, DELETED, "d"))], BY_CHANGED),
        ([HERS], [(0, (OUT, DELETED, "d"))], NONE),
        ([HERS], [(1, (IN, DELETED, "d"))], NONE),
        ([OURS, HERS], [OURS, (0, (IN, DELETED, "d"))], BY_SENT),
        ([OURS], [OURS], BY_SENT),
        (SENT, SENT, BY_SENT_OFTEN),
        ([*SENT, HERS], [*SENT, HERS], BY_EQUAL),
        ([OURS], [OURS, OTHER], NONE),
        ([OURS], [OURS, (0, (IN, TEXT, "a"))], BY_SENT),
        ([OURS, (9, (OUT, TEXT, "e"))], [OURS], BY_SENT),
        ([OURS, (8, (OUT, TEXT, "e"))], [OURS], NONE),
    ],
)
def test_i2_two_chats_are_one_by_what_came_in_or_by_all_that_we_sent(ours, theirs, expected):
    """Ours begins at 0, theirs ends at 9: there one may lack what the other one shows."""
    some, others = (
        Counter((at, fingerprint(what)) for at, what in side) for side in (ours, theirs)
    )
    assert likeness(KnownTime(some, (0, 20)), KnownTime(others, (-9, 9))) is expected
    assert likeness(KnownTime(others, (-9, 9)), KnownTime(some, (0, 20))) is expected


def test_i2_a_chat_that_shows_nothing_but_what_we_sent_may_be_part_of_another_one():
    some, others = (
        Counter((at, fingerprint(what)) for at, what in side) for side in ([OURS], [OURS])
    )
    longer, shorter = KnownTime(some, (0, 20)), KnownTime(others, (5, 5))
    assert likeness(longer, shorter) is BY_ALL_SENT
    assert likeness(shorter, longer) is BY_SENT


def test_i2_a_chat_may_show_nothing_but_what_was_changed():
    deleted = (5, (IN, DELETED, "d"))
    some, others = (
        Counter((at, fingerprint(what)) for at, what in side) for side in ([OTHER], [deleted])
    )
    longer, shorter = KnownTime(some, (0, 20)), KnownTime(others, (5, 5))
    assert likeness(longer, shorter) is BY_ALL_CHANGED
    assert likeness(shorter, longer) is BY_CHANGED
