"""Why an export, or some of its messages, is left out though it can be read."""

from wasf.commands.course import Why
from wasf.core.chats import Chat, SourceChat
from wasf.core.policy import Groups, Rules
from wasf.store.ledger.model import Ledger

_GROUP = Why("a group chat", "to log it: wasf config set groups participants")
_FORGOTTEN = Why(
    "somebody asked wasf to forget this person", "to let them in: wasf forget NUMBER --lift"
)
_TOO_OLD = "older than --since"
_TAKEN_BACK = "taken back by wasf undo or wasf purge"
_AGAIN = "to log them after all: wasf sync FILE --again"


def why_unwanted(found: SourceChat, rules: Rules, ledger: Ledger) -> Why | None:
    """Why a whole chat is left out; None if it is not."""
    if found.left_out:
        return Why(found.left_out, "")
    if found.is_group and rules.groups is Groups.SKIP:
        return _GROUP
    return _FORGOTTEN if ledger.is_forgotten(found) else None


def skipped_because(too_old: int, taken_back: int) -> Why:
    """The reason for so many skipped messages; "" for none."""
    reasons = [_TAKEN_BACK] * bool(taken_back) + [_TOO_OLD] * bool(too_old)
    return Why(" or ".join(reasons), _AGAIN if taken_back else "")


def restore(chat: Chat, ledger: Ledger, *, is_known: bool) -> None:
    """Let messages that were taken back be new again, also of one who was forgotten and let in."""
    if not is_known:
        ledger.save_chat(chat)
    ledger.restore(chat.id)
