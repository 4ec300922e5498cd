"""`wasf doctor`: checks the org and this machine; makes the key field with --install-key-field."""

from collections.abc import Iterator
from typing import Annotated

import typer

from wasf.app import App, settings_fields
from wasf.cli.options import Json, OrgName, app_for
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.doctor import CheckSettings, diagnose, exit_code
from wasf.console import (
    Console,
    checks_json,
    key_field_json,
    key_field_question,
    key_field_step_text,
)
from wasf.core.auth import Identity, Profile, SignInKind, StoreKind
from wasf.core.checks import Check, SetupStep
from wasf.errors import ExitCode, WasfError, WrongUsage
from wasf.interfaces import KeyField, TokenStore
from wasf.salesforce import TOKEN_VARIABLE, KeyFieldSetup, OrgCheckup, RequiredAccess
from wasf.sources import usable_providers
from wasf.store.checks import check_disk, check_folders, check_tokens
from wasf.store.settings import Settings

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
        raise typer.Exit(_install_key_field(app, yes=yes, json=json))
    if yes:
        raise WrongUsage("--yes says something about --install-key-field only.", "Leave it out.")
    examination = Examination(app, proves=probe)
    checks = diagnose(examination.org, examination.machine())
    console = Console()
    if json:
        console.json(checks_json(checks, is_ready=exit_code(checks) is ExitCode.DONE))
    else:
        console.checks(checks)
    raise typer.Exit(exit_code(checks))


class Examination:
    """What doctor checks: the org, then this machine with the token store of the sign-in."""

    def __init__(self, app: App, *, proves: bool = False) -> None:
        self._app = app
        self._proves = proves
        self._signed_in = bool(app.environment.get(TOKEN_VARIABLE))
        self._profile: Profile | None = None

    def org(self) -> tuple[OrgCheckup, CheckSettings]:
        """Return the org, read-only, and what the settings want of it.

        Raise a `WasfError` if there is no sign-in.
        """
        settings = self._app.settings()
        access, self._profile = self._app.sign_ins.chosen(settings)
        self._signed_in = True
        profile = self._profile
        address = profile.instance_url if profile else access.current().instance_url
        wanted = RequiredAccess(
            settings.key_field,
            settings.lead_link_field,
            settings.lead_auto_create,
            settings_fields(settings),
        )
        return OrgCheckup(address, access, wanted, self._app.now), _check_settings(
            settings, proves=self._proves
        )

    def machine(self) -> Iterator[Check]:
        """Yield the checks of this machine. Call `org` first."""
        yield check_folders(self._app.folders)
        yield check_disk(self._app.folders)
        yield check_tokens(self._store())
        for provider in usable_providers():
            if check := self._app.chat_apis.check(provider):
                yield check

    def _store(self) -> TokenStore | None:
        """Return the store that holds the sign-in's tokens, None if it keeps none.

        Before the first sign-in it is the keyring, as that is where tokens would go.
        """
        profile = self._profile
        if profile is None:
            return None if self._signed_in else self._app.token_store(StoreKind.KEYRING)
        if profile.kind in (SignInKind.JWT, SignInKind.SF_CLI):
            return None
        return self._app.token_store(profile.token_store)


def _check_settings(settings: Settings, *, proves: bool) -> CheckSettings:
    statuses = (settings.lead_reopen_status, *(settings.lead_closed_statuses or ()))
    return CheckSettings(
        key_field=settings.key_field,
        link_field=settings.lead_link_field,
        lead_statuses=tuple(filter(None, statuses)),
        closed_statuses=settings.lead_closed_statuses,
        kept_calls=settings.api_reserve.of,
        proves=proves,
    )


def _install_key_field(app: App, *, yes: bool, json: bool) -> ExitCode:
    """Make the key field, showing each step once it is done; return the exit code.

    Raise a `WasfError` if a step fails, or if nobody is there to agree.
    """
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
    console.tell(key_field_question(setup.name, who))
    return typer.confirm("Go on?")


def _carry_out(
    app: App, settings: Settings, setup: KeyFieldSetup, who: Identity, *, json: bool
) -> ExitCode:
    console, steps = Console(), list[SetupStep]()
    try:
        for step in setup.steps(who):
            steps.append(step)
            if not json:
                console.tell(key_field_step_text(step))
    except WasfError as error:
        if not json:
            raise
        console.json(key_field_json(setup.name, steps, error))
        console.error(error)
        return error.exit_code
    with app.ledger(app.known_org(settings).org_id) as ledger:
        ledger.facts.save_key_field(KeyField(setup.name, is_unique=True))
    if json:
        console.json(key_field_json(setup.name, steps))
    else:
        console.say(f"From now on the keys of messages stand in {setup.name}.")
    return ExitCode.DONE
