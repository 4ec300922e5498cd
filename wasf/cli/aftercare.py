"""What the commands that take back and look after share: the adapters, and a person's consent."""

from collections.abc import Iterator
from contextlib import contextmanager

from wasf.app import App
from wasf.commands.sync.dry_run import PretendingOrg
from wasf.errors import WrongUsage
from wasf.interfaces import Org
from wasf.store.ledger.ledger import SqliteLedger
from wasf.store.settings.model import Settings


@contextmanager
def tended(app: App, settings: Settings, *, dry_run: bool) -> Iterator[tuple[Org, SqliteLedger]]:
    """The org and its ledger for one run at a time; in a dry run such as write nothing."""
    if not dry_run:
        with app.locked(settings) as (org, ledger), app.stop.held_back():
            yield org, ledger
        return
    known = app.known_org(settings, remember=False)
    with app.scratch_ledger(known.org_id) as scratch, app.stop.held_back():
        yield PretendingOrg(app.org(settings, known)), scratch


def unless_agreed(command: str, *, agreed: bool) -> None:
    """Nothing is asked, because cron cannot answer. Raises `WrongUsage` where --yes is missing."""
    if not agreed:
        raise WrongUsage("nothing was done yet", f"to do what is shown: {command}")
