"""The JSON of the commands that set up and check: connect, orgs, config, doctor, test-lead.

`json_output` describes what holds for all JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from wasf.console.json_output import SCHEMA, JsonObject, error_object

if TYPE_CHECKING:
    from wasf.commands.doctor import TrialLead
    from wasf.commands.sign_in import Connected, Disconnected
    from wasf.core.auth import Profile
    from wasf.core.checks import Check, SetupStep
    from wasf.errors import WasfError
    from wasf.interfaces import Workspace
    from wasf.store.ledger import LedgerFacts, Transferred
    from wasf.store.settings import SettingLine


def sign_in_address_json(authorize_url: str, redirect_uri: str) -> JsonObject:
    """Return the first object of `wasf connect`: the address to sign in at."""
    return {
        "schema": SCHEMA,
        "event": "waiting",
        "authorize_url": authorize_url,
        "redirect_uri": redirect_uri,
    }


def connect_json(connected: Connected, settings: Iterable[SettingLine]) -> JsonObject:
    """Return the last object of `wasf connect`: who signed in where.

    `kind` is the way of signing in. `token_store` and `tokens_in` (a place in words) are null where
    no tokens are kept. `settings` are texts by name, `next` is a command.
    """
    profile, who = connected.profile, connected.who
    return {
        "schema": SCHEMA,
        "event": "connected",
        "org": profile.name,
        "default": connected.is_default,
        "kind": profile.kind.value,
        "username": who.username,
        "name": who.name,
        "user_id": who.user_id,
        "org_id": who.org_id,
        "org_name": who.org_name,
        "sandbox": who.is_sandbox,
        "instance_url": profile.instance_url,
        "token_store": profile.token_store.value if connected.place else None,
        "tokens_in": connected.place or None,
        "settings": {line.name: line.value for line in settings},
        "next": "wasf test-lead",
    }


def connect_error_json(error: WasfError) -> JsonObject:
    """Return the last object of a `wasf connect` that failed: `error`."""
    return {"schema": SCHEMA, "event": "failed", "error": error_object(error)}


def disconnect_json(done: Disconnected) -> JsonObject:
    """Return the result of `wasf disconnect`.

    `revoke_error` says why the tokens could not be revoked; null if they were, or there were none.
    """
    return {
        "schema": SCHEMA,
        "org": done.profile.name,
        "username": done.profile.username,
        "revoked": done.revoked,
        "revoke_error": done.error.message if done.error else None,
    }


def ledger_json(facts: LedgerFacts) -> JsonObject:
    """Return the result of `wasf ledger status`.

    `engine` is "sqlite" or "postgresql", `place` a path or an address. `holder` says who writes
    now, null: nobody. `lag_s` is how far the slowest standby is behind, null without one.
    """
    return {"schema": SCHEMA, **facts._asdict(), "holder": facts.holder or None}


def ledger_move_json(done: Transferred) -> JsonObject:
    """Return the result of `wasf ledger move`; `aside` is the file that was the ledger.

    `was_there` is true if an earlier move that was cut off had copied all of it.
    """
    return {"schema": SCHEMA, **done._asdict(), "aside": str(done.aside)}


def orgs_json(profiles: Iterable[Profile], default: str) -> JsonObject:
    """Return the sign-ins that `wasf orgs` lists; `default` is the name of one, or null."""
    return {
        "schema": SCHEMA,
        "default": default or None,
        "orgs": [
            {
                "org": profile.name,
                "username": profile.username,
                "org_id": profile.org_id,
                "sandbox": profile.is_sandbox,
                "instance_url": profile.instance_url,
                "login_url": profile.login_url,
                "kind": profile.kind.value,
                "token_store": profile.token_store.value if profile.kind.keeps_tokens else None,
            }
            for profile in profiles
        ],
    }


def workspace_json(provider: str, workspace: Workspace, place: str) -> JsonObject:
    """Return the result of `wasf connect PROVIDER`.

    `tokens_in` is a place in words. `whatsapp_accounts`: `{phone, name, owner, status}`.
    `api_calls`: `{used, total}` of the period, or null.
    """
    quota = workspace.quota
    return {
        "schema": SCHEMA,
        "connected": provider,
        "tokens_in": place,
        "workspace": workspace.name,
        "whatsapp_accounts": [
            {"phone": one.phone, "name": one.name, "owner": one.owner_email, "status": one.status}
            for one in workspace.accounts
        ],
        "api_calls": {"used": quota.used, "total": quota.total} if quota else None,
    }


def workspace_disconnected_json(provider: str, workspace: str) -> JsonObject:
    """Return the result of `wasf disconnect PROVIDER`."""
    return {"schema": SCHEMA, "disconnected": provider, "workspace": workspace}


def settings_json(settings: Iterable[SettingLine], warnings: list[str]) -> JsonObject:
    """Return the result of `wasf config`: for each setting its `value`, and `origin`, as texts.

    `warnings` are sentences about settings that do not suit the org.
    """
    lines = {line.name: {"value": line.value, "origin": line.origin} for line in settings}
    return {"schema": SCHEMA, **lines, "warnings": [*warnings]}


def checks_json(checks: Collection[Check], *, is_ready: bool) -> JsonObject:
    """Return the result of `wasf doctor`.

    `ready` says whether a sync has all it needs. `checks`: `{check, status, result, fix}`; `status`
    is `ok`, `warning`, `failed` or `skipped`, `fix` is "" unless it is `warning` or `failed`.
    """
    return {
        "schema": SCHEMA,
        "ready": is_ready,
        "checks": [
            {
                "check": check.name,
                "status": check.status.value,
                "result": check.result,
                "fix": check.fix,
            }
            for check in checks
        ],
    }


def key_field_json(
    field: str, steps: Sequence[SetupStep], error: WasfError | None = None
) -> JsonObject:
    """Return the result of `wasf doctor --install-key-field`.

    * `installed`: whether all steps are done; `key_field`: its API name
    * `steps`: those that are done, `{step, result, made}`; `made` is false if it existed
    * `error`, only if a step failed
    """
    return _setup_json({"key_field": field}, steps, error)


def message_fields_json(
    fields: Iterable[str],
    task_fields: Mapping[str, str],
    steps: Sequence[SetupStep],
    error: WasfError | None = None,
) -> JsonObject:
    """Return the result of `wasf doctor --install-fields`.

    * `installed`: whether all steps are done; `fields`: the API names
    * `task_fields`: the setting that is in force now
    * `steps`, `error`: as for `--install-key-field`
    """
    about: JsonObject = {"fields": list(fields), "task_fields": dict(task_fields)}
    return _setup_json(about, steps, error)


def report_fields_json(
    fields: Iterable[str],
    steps: Sequence[SetupStep],
    error: WasfError | None = None,
    *,
    is_on: bool,
) -> JsonObject:
    """Return the result of `wasf doctor --install-report-fields`.

    * `installed`: whether all steps are done; `fields`: the API names, on Lead and on Contact
    * `report_fields`: the setting that is in force now
    * `steps`, `error`: as for `--install-key-field`
    """
    return _setup_json({"fields": list(fields), "report_fields": is_on}, steps, error)


def _setup_json(
    about: JsonObject, steps: Sequence[SetupStep], error: WasfError | None
) -> JsonObject:
    value: JsonObject = {
        "schema": SCHEMA,
        "installed": error is None,
        **about,
        "steps": [
            {"step": one.name, "result": f"{one.result}.", "made": one.made} for one in steps
        ],
    }
    return value if error is None else value | {"error": error_object(error)}


def trial_lead_json(trial: TrialLead) -> JsonObject:
    """Return the result of `wasf test-lead`: `created` is false where it was there before."""
    return {"schema": SCHEMA, "id": trial.id, "url": trial.url, "created": trial.is_new}


def trial_lead_deleted_json(*, deleted: bool) -> JsonObject:
    """Return the result of `wasf test-lead --delete`: `deleted` is false where there was none."""
    return {"schema": SCHEMA, "deleted": deleted}
