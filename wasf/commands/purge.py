"""`wasf purge`: removes what this machine knows of messages, but not what keeps them single.

Of logged messages the keys and minutes stay. Waiting ones are touched only if a person says so, for
their text is in no other place that wasf knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wasf.commands.link import choose_chat
from wasf.core.chats import ChatId
from wasf.core.records import KnownChat
from wasf.errors import WrongUsage
from wasf.store.ledger import Ledger, Purged


@dataclass(frozen=True, slots=True)
class PurgeOptions:
    """What a person chose: one chat ("" for all of them), and only what was written before that."""

    chat: str = ""
    before: datetime | None = None
    everything: bool = False
    waiting: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if not (self.chat or self.before or self.everything):
            raise WrongUsage(
                "say what to purge", "wasf purge --before 2026-01-01, --chat CHAT, or --all"
            )
        if self.everything and (self.chat or self.before):
            raise WrongUsage("--all leaves no choice", "leave out --all, or --chat and --before")


def purge(choices: PurgeOptions, ledger: Ledger, region: str) -> tuple[PurgeOptions, Purged]:
    """Purge, or over a scratch ledger say what would be purged."""
    chats = _chats(choices, ledger, region)
    done = ledger.purge(chats, choices.before, waiting=choices.waiting)
    if not choices.dry_run:
        ledger.rewrite_file()
    return choices, done


def _chats(choices: PurgeOptions, ledger: Ledger, region: str) -> Sequence[ChatId]:
    known: Sequence[KnownChat] = (
        [choose_chat(choices.chat, ledger, region)] if choices.chat else ledger.chats()
    )
    return [one.chat.id for one in known]


# --- For people and programs -------------------------------------------------------------------
