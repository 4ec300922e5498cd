"""Approval: whether a chat may be logged, waits for a person's yes, or is skipped (X2).

A person decides about one chat, or by a rule about a number or a WhatsApp account of ours, also
before a chat of it was ever read. What is said of fewer chats wins over what is said of more: the
chat, then its number, then its account. A new chat of which nothing was said waits for a yes if the
setting `chats` is `ask`.
"""

from wasf.core.phones import canonical, parse_phone
from wasf.core.policy import NewChats, SyncPolicy
from wasf.core.records import Approval, KnownChat
from wasf.core.text import fold_name

DECIDED = frozenset({Approval.ALLOWED, Approval.SKIPPED})
"""What only a person says."""


def effective_approval(
    own: Approval, by_number: Approval | None, by_account: Approval | None
) -> Approval:
    """Return what counts for a chat: its own decision, else a rule's, else what it was before."""
    if own in DECIDED:
        return own
    return by_number or by_account or own


def first_approval(effective: Approval, policy: SyncPolicy) -> Approval:
    """Return the approval with which a chat is stored that was never read before."""
    is_open = effective not in DECIDED and policy.new_chats is NewChats.ASK
    return Approval.PENDING if is_open else Approval.NOT_NEEDED


def waits_for_yes(known: KnownChat, policy: SyncPolicy) -> bool:
    """Whether a chat may not be logged before a person says yes.

    A chat of which something is logged is not new any more: the setting was `log` in between.
    """
    is_pending = known.approval is Approval.PENDING and not known.logged
    return is_pending and policy.new_chats is NewChats.ASK


def may_be_logged(known: KnownChat, policy: SyncPolicy) -> bool:
    """Whether nothing that a person said, or still has to say, keeps a chat from being logged."""
    return known.approval is not Approval.SKIPPED and not waits_for_yes(known, policy)


def account_key(name: str, region: str = "") -> str:
    """Return one spelling for the name of a WhatsApp account, which may be its number.

    `region` says how to read a number without a country code.
    """
    phone = parse_phone(name, region)
    return canonical(phone) if phone else fold_name(name)


def joined_approval(one: Approval, other: Approval) -> Approval:
    """Return what counts for two chats that turn out to be one person's one chat (I2).

    A no to either of them counts. A chat of before the setting is not new, so that it waits for
    nothing.
    """
    order = (Approval.SKIPPED, Approval.ALLOWED, Approval.NOT_NEEDED, Approval.PENDING)
    return min(one, other, key=order.index)
