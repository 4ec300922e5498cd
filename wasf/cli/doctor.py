"""`wasf doctor`."""

from collections.abc import Iterator
from typing import Annotated

import typer

from wasf.app import App
from wasf.cli.options import Json, OrgName, app_for
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.doctor import Chosen
from wasf.commands.key_field import Step, install, question, step_line, steps_as_json
from wasf.commands.sync import error_as_json
from wasf.console import Console
from wasf.core.auth import Identity, Profile, SignInKind, StoreKind
from wasf.core.checks import Check
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.interfaces import KeyField, TokenStore
from wasf.salesforce.api.connection import TOKEN_VARIABLE
from wasf.salesforce.checks import OrgCheckup, RequiredAccess
from wasf.salesforce.key_field import KeyFieldSetup
from wasf.store.checks import check_disk, check_folders, check_tokens
from wasf.store.settings.model import Settings

# --- doctor


Install = Annotated[
    bool,
    typer.Option(
        "--install-key-field",
        help="Make the unique field that keeps a message from being logged twice; asks first.",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="With --install-key-field: do not ask, go on.")
]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe", help="Also try the key field: write a Task with a key, find it, delete it."
    ),
]


def doctor(
    ctx: typer.Context,
    install: Install = False,
    yes: Yes = False,
    probe: Probe = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Check all that a sync needs, and say how to mend what is missing."""
    app = app_for(ctx, org_name)
    if install:
        raise typer.Exit(install_key_field(app, yes=yes, json=json))
    if yes:
        raise WrongUsage("--yes says something about --install-key-field only.", "Leave it out.")
    from wasf.commands.doctor import checks_as_json, diagnose, exit_code
    from wasf.console import Console

    look = Examination(app, proves=probe)
    checks = diagnose(look.org, look.machine())
    console = Console()
    if json:
        console.json(checks_as_json(checks))
    else:
        console.checks(checks)
    raise typer.Exit(exit_code(checks))


# --- examining
# What `wasf doctor` looks at: the org behind the sign-in that counts, and this machine.


class Examination:
    """One look at everything; the machine after the org, as the sign-in tells what to look at."""

    def __init__(self, app: App, *, proves: bool = False) -> None:
        self._app = app
        self._proves = proves
        self._signed_in = bool(app.environment.get(TOKEN_VARIABLE))
        self._profile: Profile | None = None

    def org(self) -> tuple[OrgCheckup, Chosen]:
        """The org, to be looked at only. Raises a `WasfError` if there is no sign-in."""
        settings = self._app.settings()
        access, self._profile = self._app.sign_ins.chosen(settings)
        self._signed_in = True
        profile = self._profile
        address = profile.instance_url if profile else access.current().instance_url
        wanted = RequiredAccess(
            settings.key_field, settings.lead_link_field, settings.lead_auto_create
        )
        return OrgCheckup(address, access, wanted, self._app.now), _chosen(
            settings, proves=self._proves
        )

    def machine(self) -> Iterator[Check]:
        """The checks of this machine."""
        yield check_folders(self._app.folders)
        yield check_disk(self._app.folders)
        yield check_tokens(self._store())

    def _store(self) -> TokenStore | None:
        """Where the sign-in keeps what, or before the first one the keyring, where it would."""
        profile = self._profile
        if profile is None:
            return None if self._signed_in else self._app.token_store(StoreKind.KEYRING)
        if profile.kind in (SignInKind.JWT, SignInKind.SF_CLI):
            return None
        return self._app.token_store(profile.token_store)


def _chosen(settings: Settings, *, proves: bool) -> Chosen:
    statuses = (settings.lead_reopen_status, *(settings.lead_closed_statuses or ()))
    return Chosen(
        key_field=settings.key_field,
        link_field=settings.lead_link_field,
        lead_statuses=tuple(filter(None, statuses)),
        kept_calls=settings.api_reserve.of,
        proves=proves,
    )


# --- installing
# Asks, then makes the key field; each step is shown as soon as it is done.


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


def _agreed(console: Console, setup: KeyFieldSetup, who: Identity) -> bool:
    console.tell(question(setup, who))
    return typer.confirm("Go on?")


def _carry_out(
    app: App, settings: Settings, setup: KeyFieldSetup, who: Identity, *, json: bool
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
        ledger.facts.save_key_field(KeyField(setup.name, is_unique=True))
    if json:
        console.json(steps_as_json(setup, steps))
    else:
        console.say(f"From now on the keys of messages stand in {setup.name}.")
    return ExitCode.DONE
