"""Our WhatsApp accounts that a chat API hears no more, as the ledger remembers it.

A disconnected account is no error: what was read stays, and nothing new comes. So nobody would
notice, if nobody said it.
"""

from collections.abc import Callable, Collection

FACTS = ("timelines silent", "timelines silent waba-")
"""Under these names the ledger keeps the numbers: the ordinary ones, the official API's."""


def silent_text(numbers: Collection[str]) -> str:
    """Numbers as the ledger keeps them."""
    return ",".join(sorted(numbers))


def silent_numbers(recall: Callable[[str], str]) -> tuple[str, ...]:
    """All numbers that were disconnected when they were last asked for."""
    return tuple(number for name in FACTS for number in recall(name).split(",") if number)


def silent_line(number: str) -> str:
    """What to tell of such a number."""
    return (
        f"The WhatsApp account {number} is disconnected from TimelinesAI: nothing new of it comes"
        " until somebody connects it there again"
    )
