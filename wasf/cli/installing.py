"""Asks, then makes the key field; each step is shown as soon as it is done."""

import typer

from wasf.app import App
from wasf.cli.pasting import may_prompt
from wasf.commands.key_field import Step, install, question, step_line, steps_as_json
from wasf.commands.sync.report import error_as_json
from wasf.console import Console
from wasf.core.auth import Who
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.interfaces import KeyField
from wasf.salesforce.key_field import KeyFieldSetup
from wasf.store.ledger.facts import remember_key_field
from wasf.store.settings.model import Settings


def install_key_field(app: App, *, yes: bool, json: bool) -> ExitCode:
    """Make the key field and prove it. Raises a `WasfError` unless it is all done."""
    if not yes and (json or not may_prompt()):
        raise WrongUsage(
            "wasf asks before it changes an org, and there is nobody at a terminal to ask.",
            "To agree beforehand: wasf doctor --install-key-field --yes",
        )
    settings = app.settings()
    setup = KeyFieldSetup(app.sign_ins.access(settings), settings.key_field)
    console = Console()
    who = setup.who()
    if not yes and not _agreed(console, setup, who):
        console.say("Nothing was changed.")
        return ExitCode.DONE
    return _carry_out(app, settings, setup, who, json=json)


def _agreed(console: Console, setup: KeyFieldSetup, who: Who) -> bool:
    console.tell(question(setup, who))
    return typer.confirm("Go on?")


def _carry_out(
    app: App, settings: Settings, setup: KeyFieldSetup, who: Who, *, json: bool
) -> ExitCode:
    console, steps = Console(), list[Step]()
    try:
        for step in install(setup, who):
            steps.append(step)
            if not json:
                console.tell([step_line(step)])
    except WasfError as error:
        if not json:
            raise
        console.json(steps_as_json(setup, steps) | {"error": error_as_json(error)})
        console.error(error)
        return error.exit_code
    with app.ledger(app.known_org(settings).org_id) as ledger:
        remember_key_field(ledger, KeyField(setup.name, is_unique=True))
    if json:
        console.json(steps_as_json(setup, steps))
    else:
        console.say(f"From now on the keys of messages stand in {setup.name}.")
    return ExitCode.DONE
