"""Removes from the inbox what is about somebody who was forgotten.

A body that is also about others stays whole: the next sync takes those in, leaves the person out,
and then forgets the body. One that was not understood cannot be taken apart, and it goes if it
names the person's number.
"""

from collections.abc import Callable

from wasf.core.chats import Phone, SourceChat
from wasf.sources.webhooks.source import understood
from wasf.store.ledger.inbox import Inbox, Kept


def forget_bodies(
    inbox: Inbox, phone: Phone, is_forgotten: Callable[[SourceChat], bool]
) -> list[int]:
    """The numbers of the bodies that were removed."""
    digits = phone.removeprefix("+").encode()
    about = [kept.number for kept in inbox.all_kept() if _is_about(kept, digits, is_forgotten)]
    if about:
        inbox.settle(about, {})
    return about


def _is_about(kept: Kept, digits: bytes, is_forgotten: Callable[[SourceChat], bool]) -> bool:
    delivery = understood(kept.sender, kept.body, lambda _: "")
    others = [one for one in delivery.messages if not is_forgotten(one.chat)]
    if others:
        return False
    return bool(delivery.messages) or digits in kept.body
