"""What people and programs see of a result. The only importer of rich.

A command returns a value; `..._text` turns it into lines for people, `..._json` into an object for
programs (`json_output` describes them), and a `Console` prints either, or a table. Everything
that came from a chat or from Salesforce passes through `safe` before it is shown: a message must
not be able to move the cursor, forge a link or turn the text around.
"""

from wasf.console.approval_output import (
    decision_json,
    decision_text,
    review_json,
    review_question_text,
    review_table,
)
from wasf.console.console import Console
from wasf.console.json_corrections import (
    chats_json,
    forget_json,
    lift_json,
    link_json,
    purge_json,
    undo_json,
    unlink_json,
    verify_json,
)
from wasf.console.json_output import (
    error_json,
    runs_json,
    status_json,
    sync_json,
)
from wasf.console.json_setup import (
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
from wasf.console.safe_text import safe
from wasf.console.text import (
    connect_text,
    disconnect_text,
    key_field_question,
    key_field_step_text,
    runs_text,
    trial_lead_deleted_text,
    trial_lead_text,
    workspace_disconnected_text,
    workspace_text,
)
from wasf.console.text_corrections import (
    elsewhere_text,
    forget_text,
    lift_text,
    link_text,
    purge_text,
    undo_text,
    unlink_text,
    verify_text,
)

__all__ = [
    "Console",
    "chats_json",
    "checks_json",
    "connect_error_json",
    "connect_json",
    "connect_text",
    "decision_json",
    "decision_text",
    "disconnect_json",
    "disconnect_text",
    "elsewhere_text",
    "error_json",
    "forget_json",
    "forget_text",
    "key_field_json",
    "key_field_question",
    "key_field_step_text",
    "lift_json",
    "lift_text",
    "link_json",
    "link_text",
    "orgs_json",
    "purge_json",
    "purge_text",
    "review_json",
    "review_question_text",
    "review_table",
    "runs_json",
    "runs_text",
    "safe",
    "settings_json",
    "sign_in_address_json",
    "status_json",
    "sync_json",
    "trial_lead_deleted_json",
    "trial_lead_deleted_text",
    "trial_lead_json",
    "trial_lead_text",
    "undo_json",
    "undo_text",
    "unlink_json",
    "unlink_text",
    "verify_json",
    "verify_text",
    "workspace_disconnected_json",
    "workspace_disconnected_text",
    "workspace_json",
    "workspace_text",
]
