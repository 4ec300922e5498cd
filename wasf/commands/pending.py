"""A chat of the ledger, as decisions about records take it."""

from wasf.core.matching import RememberedLink
from wasf.core.plan import Pending
from wasf.store.ledger.model import KnownChat


def as_pending(known: KnownChat) -> Pending:
    """The chat with the record that it was matched to before (M10)."""
    link = known.link
    remembered = RememberedLink(link.record_type, link.record_id, link.by_hand) if link else None
    return Pending(known.chat, remembered, known.unlinked)
