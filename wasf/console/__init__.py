"""What people and programs see of a result. The only importer of rich.

A command returns a value; `..._text` turns it into lines for people, `..._json` into an object for
programs (`json_output` describes them), and a `Console` prints either, or a table. Everything
that came from a chat or from Salesforce passes through `safe` before it is shown: a message must
not be able to move the cursor, forge a link or turn the text around.

    console                       `Console`: lines, tables, progress, errors
    screen_text                   `safe`, and how text is broken into lines
    text, json_output             sync, status, runs, inbox
    text, json_setup              connect, orgs, config, doctor, test-lead
    text_corrections, json_corrections  review, link, undo, verify, forget, purge
    report_output, report_html    `wasf report`
"""

from typing import TYPE_CHECKING

from wasf import late_names
from wasf.console.console import Console
from wasf.console.json_output import (
    error_json,
    inbox_drop_json,
    inbox_json,
    inbox_retry_json,
    runs_json,
    status_json,
    sync_json,
)
from wasf.console.screen_text import safe

if TYPE_CHECKING:  # loaded where they are used
    from wasf.console.json_corrections import (
        chats_json,
        decision_json,
        forget_json,
        lift_json,
        link_json,
        purge_json,
        review_json,
        undo_json,
        unlink_json,
        verify_json,
    )
    from wasf.console.json_setup import (
        checks_json,
        connect_error_json,
        connect_json,
        disconnect_json,
        key_field_json,
        ledger_json,
        ledger_move_json,
        message_fields_json,
        orgs_json,
        report_fields_json,
        settings_json,
        sign_in_address_json,
        trial_lead_deleted_json,
        trial_lead_json,
        workspace_disconnected_json,
        workspace_json,
    )
    from wasf.console.report_html import report_page
    from wasf.console.report_output import report_csv, report_json, report_table, report_text
    from wasf.console.text import (
        connect_text,
        disconnect_text,
        failure_text,
        inbox_drop_text,
        inbox_retry_text,
        inbox_table,
        key_field_question,
        ledger_move_text,
        ledger_text,
        ledger_to_move_text,
        message_fields_question,
        report_fields_question,
        runs_text,
        setup_step_text,
        trial_lead_deleted_text,
        trial_lead_text,
        workspace_disconnected_text,
        workspace_text,
    )
    from wasf.console.text_corrections import (
        decision_text,
        elsewhere_text,
        forget_text,
        lift_text,
        link_text,
        purge_text,
        review_question_text,
        review_table,
        undo_text,
        unlink_text,
        verify_text,
    )

__all__ = [
    "Console", "chats_json", "checks_json", "connect_error_json", "connect_json", "connect_text",
    "decision_json", "decision_text", "disconnect_json", "disconnect_text", "elsewhere_text",
    "error_json", "failure_text", "forget_json", "forget_text", "inbox_drop_json",
    "inbox_drop_text", "inbox_json", "inbox_retry_json", "inbox_retry_text", "inbox_table",
    "key_field_json", "key_field_question", "ledger_json", "ledger_move_json", "ledger_move_text",
    "ledger_text", "ledger_to_move_text", "lift_json", "lift_text", "link_json", "link_text",
    "message_fields_json", "message_fields_question", "orgs_json", "purge_json", "purge_text",
    "report_csv", "report_fields_json", "report_fields_question", "report_json", "report_page",
    "report_table", "report_text", "review_json", "review_question_text", "review_table",
    "runs_json", "runs_text", "safe", "settings_json", "setup_step_text", "sign_in_address_json",
    "status_json", "sync_json", "trial_lead_deleted_json", "trial_lead_deleted_text",
    "trial_lead_json", "trial_lead_text", "undo_json", "undo_text", "unlink_json", "unlink_text",
    "verify_json", "verify_text", "workspace_disconnected_json", "workspace_disconnected_text",
    "workspace_json", "workspace_text",
]  # fmt: skip

if not TYPE_CHECKING:  # a sync needs none of them
    __getattr__ = late_names(
        __name__,
        {
            "json_corrections": (
                "chats_json", "decision_json", "forget_json", "lift_json", "link_json",
                "purge_json", "review_json", "undo_json", "unlink_json", "verify_json",
            ),
            "json_setup": (
                "checks_json", "connect_error_json", "connect_json", "disconnect_json",
                "key_field_json", "ledger_json", "ledger_move_json", "message_fields_json",
                "orgs_json", "report_fields_json", "settings_json", "sign_in_address_json",
                "trial_lead_deleted_json", "trial_lead_json", "workspace_disconnected_json",
                "workspace_json",
            ),
            "text": (
                "connect_text", "disconnect_text", "failure_text", "inbox_drop_text",
                "inbox_retry_text", "inbox_table", "key_field_question", "ledger_move_text",
                "ledger_text", "ledger_to_move_text", "message_fields_question",
                "report_fields_question", "runs_text", "setup_step_text", "trial_lead_deleted_text",
                "trial_lead_text", "workspace_disconnected_text", "workspace_text",
            ),
            "text_corrections": (
                "decision_text", "elsewhere_text", "forget_text", "lift_text", "link_text",
                "purge_text", "review_question_text", "review_table", "undo_text", "unlink_text",
                "verify_text",
            ),
            "report_html": ("report_page",),
            "report_output": ("report_csv", "report_json", "report_table", "report_text"),
        },
    )  # fmt: skip
