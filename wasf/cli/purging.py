"""What `wasf purge` does with its arguments; nothing of it asks Salesforce."""

from typing import NamedTuple

from wasf.app import App
from wasf.commands.purge import PurgeChoices, purge
from wasf.core.moments import parse_since
from wasf.store.ledger.model import Purged


class PurgeRequest(NamedTuple):
    """The command line of one purge."""

    chat: str
    before: str | None
    everything: bool
    waiting: bool
    dry_run: bool


def purged(app: App, request: PurgeRequest) -> tuple[PurgeChoices, Purged]:
    """Purge, or say what would be purged."""
    settings = app.settings()
    before = request.before
    choices = PurgeChoices(
        chat=request.chat,
        before=parse_since(before, app.now(), settings.zone) if before else None,
        everything=request.everything,
        waiting=request.waiting,
        dry_run=request.dry_run,
    )
    with app.locked_ledger(settings, dry_run=request.dry_run) as ledger:
        return purge(choices, ledger, ledger.aftercare, settings.default_region)
