"""What an admin can switch in the org, and how much of the day's API calls is left."""

from dataclasses import dataclass, field
from typing import Literal

CUSTOMIZE = "CustomizeApplication"
VIEW_SETUP = "ViewSetup"
MANAGE_SETS = "ManageProfilesPermissionsets"
ASSIGN_SETS = "AssignPermissionSets"
ALL_RIGHTS = frozenset({CUSTOMIZE, VIEW_SETUP, MANAGE_SETS, ASSIGN_SETS})


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """Refuses a record of `kind` whose `field` fits the expression `pattern` (None: is empty)."""

    kind: str
    field: str
    pattern: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The switches. Names of fields are "Lead.Phone"; sets are frozen, as all is."""

    daily_limit: int = 15_000
    page_size: int = 2_000
    assignment_owner: str | None = None
    """Who gets every new Lead that does not come with Sforce-Auto-Assign: FALSE."""
    duplicate_rule: Literal["off", "allow", "block"] = "off"
    """Whether a Lead with a phone that a Lead or Contact has is refused, and may be forced."""
    hidden_fields: frozenset[str] = frozenset()
    read_only_fields: frozenset[str] = frozenset()
    hidden_kinds: frozenset[str] = frozenset()
    no_create: frozenset[str] = frozenset()
    no_update: frozenset[str] = frozenset()
    no_delete: frozenset[str] = frozenset()
    rights: frozenset[str] = ALL_RIGHTS
    """What the API user may do in Setup, by the API names of the permissions."""
    custom_field_limit: int = 100
    """So many custom fields an object may have."""
    access_lag: int = 0
    """So many requests still see what was there before fields or permission sets changed."""
    validation_rules: tuple[ValidationRule, ...] = field(default=())
    archive_at_insert: bool = True
    """Closed Tasks of more than a year ago vanish from `query` at once, not at the next night."""
    edit_converted_leads: bool = False
    clock_shift_seconds: int = 0
    gzip_answers: bool = False
