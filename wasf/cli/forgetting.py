"""What `wasf forget` does with its arguments; nothing of it asks Salesforce."""

from wasf.app import App
from wasf.commands.forget import Forgotten, forget, number_in
from wasf.console import Console


def forgotten(app: App, number: str, *, dry_run: bool) -> Forgotten:
    """Forget the person, or say what would be forgotten."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    with app.locked_ledger(settings, dry_run=dry_run) as ledger:
        return forget(phone, ledger, ledger.aftercare, dry_run=dry_run)


def let_in(app: App, number: str, *, json: bool) -> None:
    """Lift the ban on the person's chats."""
    settings = app.settings()
    phone = number_in(number, settings.default_region)
    with app.locked_ledger(settings) as ledger:
        was_kept_out = ledger.aftercare.let_in_again(phone)
    Console().result([_LIFTED[was_kept_out]], {"schema": 1, "lifted": was_kept_out}, json=json)


_LIFTED = {
    True: "Chats with this number are let in again; the next export of one brings what is new.",
    False: "Nobody with this number was forgotten.",
}
