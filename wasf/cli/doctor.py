"""`wasf doctor` and `wasf test-lead`: whether all is set up, and how a message will look.

`wasf doctor` checks the org and this machine, or makes fields in the org.
`--install-key-field` makes the field for the key, `--install-fields` those that tell of a message,
`--install-report-fields` those of Leads and Contacts that tell of the last messages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

import typer

from wasf.app import App, settings_fields
from wasf.cli.options import Json, OrgName, app_for
from wasf.cli.sign_in_request import may_prompt
from wasf.commands.doctor import (
    CheckSettings,
    delete_trial_lead,
    diagnose,
    exit_code,
    make_trial_lead,
)
from wasf.console import (
    Console,
    checks_json,
    key_field_json,
    key_field_question,
    message_fields_json,
    message_fields_question,
    report_fields_json,
    report_fields_question,
    setup_step_text,
    trial_lead_deleted_json,
    trial_lead_deleted_text,
    trial_lead_json,
    trial_lead_text,
)
from wasf.core.auth import Identity, Profile, SignInKind, StoreKind
from wasf.core.bulk_jobs import BulkJob
from wasf.core.checks import Check, History, LedgerSize, SetupStep, check_jobs, forecast_ledger
from wasf.core.fields import with_fields
from wasf.core.runs import SEEN_DAYS, calls_made
from wasf.errors import BadSetting, ExitCode, WasfError, WrongUsage
from wasf.interfaces import KeyField, TokenStore
from wasf.salesforce import (
    MESSAGE_FIELDS,
    TOKEN_VARIABLE,
    FieldSetup,
    KeyFieldSetup,
    MessageFieldsSetup,
    OrgCheckup,
    ReportFieldsSetup,
    RequiredAccess,
)
from wasf.sources import usable_providers
from wasf.store.checks import (
    check_commits,
    check_disk,
    check_folders,
    check_server,
    check_tokens,
    free_on_disk,
)
from wasf.store.ledger import commit_proof, server_facts
from wasf.store.runs import RunLog
from wasf.store.settings import Origin, Settings, show_fields

# --- Doctor --------------------------------------------------------------------------------------

InstallKeyField = Annotated[
    bool,
    typer.Option(
        "--install-key-field",
        help="Make the unique field that keeps a message from being logged twice; asks first.",
    ),
]
InstallFields = Annotated[
    bool,
    typer.Option(
        "--install-fields",
        help="Make fields for direction, time, sender, account and chat, and fill them; asks"
        " first.",
    ),
]
InstallReportFields = Annotated[
    bool,
    typer.Option(
        "--install-report-fields",
        help="Make fields of Leads and Contacts for the last messages, and fill them; asks first.",
    ),
]
_YES_ALONE = (
    "--yes answers only what --install-key-field, --install-fields and --install-report-fields ask."
)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="With --install-...: do not ask, go on.")]
Probe = Annotated[
    bool,
    typer.Option(
        "--probe",
        help="Also try the key field, with a Task that is deleted again, and whether commits to a"
        " shared ledger stay.",
    ),
]


def doctor(
    ctx: typer.Context,
    install_key_field: InstallKeyField = False,
    install_fields: InstallFields = False,
    install_report_fields: InstallReportFields = False,
    yes: Yes = False,
    probe: Probe = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Check what a sync needs, and say how to fix what is missing."""
    app = app_for(ctx, org_name)
    asked = (
        (install_key_field, KeyFieldSetup.option, _install_key_field),
        (install_fields, MessageFieldsSetup.option, _install_fields),
        (install_report_fields, ReportFieldsSetup.option, _install_report_fields),
    )
    chosen = [(option, install) for is_asked, option, install in asked if is_asked]
    if len(chosen) > 1:
        (first, _), (second, _) = chosen[:2]
        raise WrongUsage(f"{first} and {second} are two runs.", "One by one.")
    for option, install in chosen:
        _check_can_ask(option, yes=yes, json=json)
        raise typer.Exit(install(app, yes=yes, json=json))
    if yes:
        raise WrongUsage(_YES_ALONE, "Leave it out.")
    examination, console = Examination(app, proves=probe), Console()
    with console.progress(shown=not json) as progress:
        progress.step("Checking")
        checks = diagnose(examination.org, examination.machine())
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
        self._history: History | None = None
        self._jobs: Sequence[BulkJob] = ()

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
        with suppress(WasfError):  # told by `machine`, if anything is wrong with the ledger
            self._read_ledger(settings)
        return OrgCheckup(address, access, wanted, self._app.now), replace(
            _check_settings(settings, proves=self._proves), history=self._history
        )

    def _read_ledger(self, settings: Settings) -> None:
        """Read the history of the org, if there is a ledger; none is made."""
        known = self._app.remembered_org(settings)
        if known is None:  # no run has met the org
            return
        place = self._app.ledger_place(known.org_id)
        if not place.has_ledger:
            return
        facts, now = place.facts(), self._app.now()
        if not facts.messages:
            return
        with place.read() as ledger:
            growth = ledger.facts.growth(now - timedelta(days=SEEN_DAYS), now)
            calls = ledger.facts.calls_made()
            self._jobs = ledger.jobs.open()
        free = None if settings.ledger else free_on_disk(self._app.folders)
        size = LedgerSize(facts.bytes, facts.messages, free)
        if not settings.ledger:
            runs = RunLog(self._app.folders.run_log).runs()
            calls = calls_made((run for run in runs if run.org_id in ("", known.org_id)), now)
        self._history = History(now, growth, size, calls, is_shared=bool(settings.ledger))

    def machine(self) -> Iterator[Check]:
        """Yield the checks of this machine. Call `org` first."""
        yield check_folders(self._app.folders)
        yield check_disk(self._app.folders)
        yield check_tokens(self._store())
        if address := self._shared_ledger():
            yield check_server(partial(server_facts, address))
            if self._proves:
                yield check_commits(partial(commit_proof, address))
        yield from check_jobs(self._jobs, self._app.now())
        if (history := self._history) and (
            check := forecast_ledger(history.ledger, history.growth)
        ):
            yield check
        for provider in usable_providers():
            if check := self._app.chat_apis.check(provider):
                yield check

    def _shared_ledger(self) -> str:
        """Return the address of a shared ledger, "" for a file or if the settings are wrong."""
        try:
            return self._app.settings().ledger
        except WasfError:  # told by `org`
            return ""

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

    Raise a `WasfError` if a step fails. The same holds for
    `_install_fields` and `_install_report_fields`.
    """
    settings = app.settings()
    setup = KeyFieldSetup(app.sign_ins.access(settings), settings.key_field)
    question = partial(key_field_question, setup.name)
    steps, error = _carry_out(setup, question, yes=yes, json=json)
    if error is None:
        with app.ledger(app.known_org(settings).org_id) as ledger:
            ledger.facts.save_key_field(KeyField(setup.name, is_unique=True))
    if json:
        Console().json(key_field_json(setup.name, steps, error))
    else:
        Console().say(f"From now on the keys of messages stand in {setup.name}.")
    return _exit_code(error)


def _install_fields(app: App, *, yes: bool, json: bool) -> ExitCode:
    """Make the fields that tell of a message, and let the setting `task.fields` fill them (F4)."""
    settings = app.settings()
    fields = _filled_fields(settings)
    setup = MessageFieldsSetup(app.sign_ins.access(settings))
    question = partial(message_fields_question, MESSAGE_FIELDS)
    steps, error = _carry_out(setup, question, yes=yes, json=json)
    if error is None and fields != settings.task_fields:
        app.settings_file().set("task.fields", show_fields(fields))
    if json:
        in_force = settings.task_fields if error else fields
        Console().json(message_fields_json(setup.names, in_force, steps, error))
    else:
        Console().value(f"task.fields = {show_fields(fields)}")
    return _exit_code(error)


def _install_report_fields(app: App, *, yes: bool, json: bool) -> ExitCode:
    """Make the fields of Leads and Contacts that tell of the last messages; have them filled."""
    settings = app.settings()
    if settings.origins[_REPORT_FIELDS] is Origin.ENVIRONMENT and not settings.report_fields:
        raise BadSetting(
            "WASF_REPORT_FIELDS is set to false, so the fields would not be filled.",
            "Take it out of the environment.",
        )
    setup = ReportFieldsSetup(app.sign_ins.access(settings))
    question = partial(report_fields_question, setup.names)
    steps, error = _carry_out(setup, question, yes=yes, json=json)
    if error is None and not settings.report_fields:
        app.settings_file().set(_REPORT_FIELDS, "true")
    if json:
        is_on = settings.report_fields or error is None
        Console().json(report_fields_json(setup.names, steps, error, is_on=is_on))
    else:
        Console().value(f"{_REPORT_FIELDS} = true")
    return _exit_code(error)


_REPORT_FIELDS: Final = "report.fields"


def _filled_fields(settings: Settings) -> Mapping[str, str]:
    """Return what `task.fields` is going to be: as it is, and the new fields.

    Raise `BadSetting` if the environment says otherwise, which wins over the settings file.
    """
    fields = with_fields(settings.task_fields, MESSAGE_FIELDS)
    is_given = settings.origins["task.fields"] is Origin.ENVIRONMENT
    if is_given and fields != settings.task_fields:
        raise BadSetting(
            "WASF_TASK_FIELDS is set, so the setting task.fields would not count.",
            "Take it out of the environment, and write it by wasf config set task.fields.",
        )
    return fields


def _check_can_ask(option: str, *, yes: bool, json: bool) -> None:
    if not yes and (json or not may_prompt()):
        raise WrongUsage(
            "wasf asks before it changes an org, and there is nobody at a terminal to ask.",
            f"To agree beforehand: wasf doctor {option} --yes",
        )


def _carry_out(
    setup: FieldSetup, question: Callable[[Identity], list[str]], *, yes: bool, json: bool
) -> tuple[list[SetupStep], WasfError | None]:
    """Return the steps that were done, and what stopped them; without `json` it is raised.

    End the command if a person does not agree.
    """
    console, steps, who = Console(), list[SetupStep](), setup.who()
    if not yes:
        console.tell(question(who))
        if not typer.confirm("Go on?"):
            console.say("Nothing was changed.")
            raise typer.Exit
    try:
        for step in setup.steps(who):
            steps.append(step)
            if not json:
                console.tell(setup_step_text(step))
    except WasfError as error:
        if not json:
            raise
        return steps, error
    return steps, None


def _exit_code(error: WasfError | None) -> ExitCode:
    """Return the exit code, having shown the error."""
    if error is None:
        return ExitCode.DONE
    Console().error(error)
    return error.exit_code


# --- The test Lead -------------------------------------------------------------------------------


def trial_lead(
    ctx: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Remove the test Lead again.")] = False,
    org_name: OrgName = None,
    json: Json = False,
) -> None:
    """Create a test Lead with a test message; print its address."""
    app = app_for(ctx, org_name)
    shown = Console().progress(shown=not json)
    with app.open_context(app.settings()) as context, shown as progress:
        progress.step("Deleting the test Lead" if delete else "Making a test Lead")
        if delete:
            deleted = delete_trial_lead(context)
            told = (
                trial_lead_deleted_text(deleted=deleted),
                trial_lead_deleted_json(deleted=deleted),
            )
        else:
            trial = make_trial_lead(context)
            told = trial_lead_text(trial), trial_lead_json(trial)
    Console().result(*told, json=json)
