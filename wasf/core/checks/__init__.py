"""The checks of `wasf doctor` as pure functions: what a sync needs, and how to fix what is missing.

* `org` compares an org, as the connected user sees it (`OrgSnapshot`), with what wasf does in it.
* `fields` compares the fields that settings name with those that the org has.
* `forecasts` tells of the days to come, at today's rate: storage, API calls, the ledger, bulk jobs.

Each function returns a `Check`, or None where nothing can be said.
"""

from wasf.core.checks.fields import (
    FieldFindings,
    check_fields_of_settings,
    check_required_fields,
    reopen_status_problem,
)
from wasf.core.checks.forecasts import (
    History,
    LedgerSize,
    check_jobs,
    forecast_calls,
    forecast_ledger,
    forecast_storage,
)
from wasf.core.checks.org import (
    Check,
    CheckStatus,
    DataStorage,
    FieldRights,
    Greeting,
    ObjectRights,
    ObjectUse,
    OrgSnapshot,
    SetupStep,
    Sharing,
    check_api_budget,
    check_clock,
    check_closed_statuses,
    check_duplicate_rules,
    check_key_field,
    check_link_field,
    check_object,
    check_sharing,
    check_statuses,
    check_storage,
    failed,
    key_field_proved,
    ok,
    skipped,
    warning,
)

__all__ = [
    "Check", "CheckStatus", "DataStorage", "FieldFindings", "FieldRights", "Greeting",
    "History", "LedgerSize", "ObjectRights", "ObjectUse", "OrgSnapshot", "SetupStep", "Sharing",
    "check_api_budget", "check_clock", "check_closed_statuses", "check_duplicate_rules",
    "check_fields_of_settings", "check_jobs", "check_key_field", "check_link_field",
    "check_object", "check_required_fields", "check_sharing", "check_statuses", "check_storage",
    "failed", "forecast_calls", "forecast_ledger", "forecast_storage", "key_field_proved", "ok",
    "reopen_status_problem", "skipped", "warning",
]  # fmt: skip
