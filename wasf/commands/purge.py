"""`wasf purge`: remove what this machine knows of messages, except what keeps them single.

Of logged messages the keys and minutes stay. Waiting messages are removed only if a person says so,
because their text is nowhere else that wasf knows.
"""

from dataclasses import dataclass
from datetime import datetime

from wasf.commands.link import find_chat
from wasf.errors import WrongUsage
from wasf.store.ledger import Ledger, Purged


@dataclass(frozen=True, slots=True)
class PurgeOptions:
    """What a person chose to purge.

    `chat` names one chat, "" stands for all. `before` (UTC) leaves out what was written later.
    `everything` says that all chats and times are meant. `waiting` includes waiting messages. Raise
    `WrongUsage` for options that contradict each other.
    """

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
            raise WrongUsage(
                "--all means all chats and all times",
                "leave out --all, or --chat and --before",
            )


def purge(options: PurgeOptions, ledger: Ledger, region: str) -> Purged:
    """Purge; in a dry run `ledger` is a copy, and the counts say what would be removed."""
    chats = [find_chat(options.chat, ledger, region)] if options.chat else ledger.chats()
    ids = [one.chat.id for one in chats]
    purged = ledger.purge(ids, options.before, waiting=options.waiting)
    if not options.dry_run:
        ledger.rewrite_file()
    return purged
