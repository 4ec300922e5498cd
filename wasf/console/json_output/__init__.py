"""The JSON of every command (`--json`), schema 2: one function for each kind of result.

What holds for all of it:

* `schema` is 2. Fields may be added; a field that is removed or renamed gets a new schema number.
* Counts are integers, times are ISO 8601 texts with their offset, ids are texts.
* `error` is `{exit_code, message, hint}`: what is wrong, and what to do about it ("" if unknown).
* `exit_code` is the command's own exit code (see `wasf help exit-codes`).
* `record` is `{type, id, url, name}`; `type` is `Contact` or `Lead`. Lists lack `url` and `name`.
* `reason` says why something waits, was skipped or stays; `hint` says what to do about it.

Values are imported for their types only, so that no command loads the use case of another one.
"""

from wasf.console.json_output.objects import SCHEMA, error_json
from wasf.console.json_output.records import (
    chats_json,
    forget_json,
    lift_json,
    link_json,
    purge_json,
    undo_json,
    unlink_json,
    verify_json,
)
from wasf.console.json_output.setup import (
    checks_json,
    connect_error_json,
    connect_json,
    disconnect_json,
    key_field_json,
    orgs_json,
    settings_json,
    sign_in_address_json,
    trial_lead_deleted_json,
    trial_lead_json,
    workspace_disconnected_json,
    workspace_json,
)
from wasf.console.json_output.sync import status_json, sync_json

__all__ = [
    "SCHEMA",
    "chats_json",
    "checks_json",
    "connect_error_json",
    "connect_json",
    "disconnect_json",
    "error_json",
    "forget_json",
    "key_field_json",
    "lift_json",
    "link_json",
    "orgs_json",
    "purge_json",
    "settings_json",
    "sign_in_address_json",
    "status_json",
    "sync_json",
    "trial_lead_deleted_json",
    "trial_lead_json",
    "undo_json",
    "unlink_json",
    "verify_json",
    "workspace_disconnected_json",
    "workspace_json",
]
