"""What tests configure in an org as its admin would, by name: `org.set(hidden_fields=[...])`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wasf.demo.salesforce.org import OrgSettings

CUSTOMIZE = "CustomizeApplication"
VIEW_SETUP = "ViewSetup"
MANAGE_SETS = "ManageProfilesPermissionsets"
ASSIGN_SETS = "AssignPermissionSets"
ALL_RIGHTS = frozenset({CUSTOMIZE, VIEW_SETUP, MANAGE_SETS, ASSIGN_SETS})


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """Refuses a record of an object whose field fits a regular expression (None: is empty)."""

    sobject: str
    field: str
    pattern: str | None
    message: str


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """A duplicate rule for Leads: which records a new one is compared with, and what follows.

    `matching` is one of `similarity.EQUATIONS`. A rule that does not enforce sharing also finds
    records that the user may not see, but does not name them. A report never refuses anything.
    """

    name: str = "Standard_Lead_Duplicate_Rule"
    matching: str = "standard"
    action: Literal["alert", "block", "report"] = "alert"
    compared: tuple[str, ...] = ("Contact", "Lead")
    enforces_sharing: bool = True
    message: str = "Use one of these records?"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger or flow that throws: at more records than it can take, or at a poison record.

    `limit` is what the platform says at more than `most_rows`. `poison` is a regular expression
    that is searched for in `poison_field`. Without `on_update` it meets new records only.
    """

    name: str = "TaskRollup"
    sobject: str = "Task"
    most_rows: int = 200
    limit: str = "Too many SOQL queries: 101"
    poison: str | None = None
    poison_field: str = "Description"
    exception: str = "System.NullPointerException: Attempt to de-reference a null object"
    is_flow: bool = False
    on_update: bool = False


@dataclass(frozen=True, slots=True)
class RecordLock:
    """A record that is locked during so many calls; `in_trigger`: a trigger meets the lock."""

    record: str
    calls: int = 1
    in_trigger: bool = False


@dataclass(frozen=True, slots=True)
class TaskFlow:
    """A flow that changes every Task after it was saved: its fields, or only its stamps."""

    after_seconds: int = 61
    user: str = ""
    changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkFailure:
    """The platform gives a bulk job up after so many rows; `message` is its errorMessage."""

    after: int
    message: str


@dataclass(frozen=True, slots=True)
class AdminSettings(OrgSettings):
    """All settings. Fields are named as "Lead.Phone"."""

    assignment_owner: str | None = None
    """Who gets every new Lead that does not come with Sforce-Auto-Assign: FALSE."""
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    """Active rules, in their order."""
    private_records: frozenset[str] = frozenset()
    """Ids of records that sharing keeps from the API user."""
    private_tasks: bool = False
    """Whether sharing keeps the Tasks of other owners from the API user."""
    hidden_fields: frozenset[str] = frozenset()
    read_only_fields: frozenset[str] = frozenset()
    hidden_sobjects: frozenset[str] = frozenset()
    no_create: frozenset[str] = frozenset()
    no_update: frozenset[str] = frozenset()
    no_delete: frozenset[str] = frozenset()
    rights: frozenset[str] = ALL_RIGHTS
    """What the API user may do in Setup, by the API names of the permissions."""
    custom_field_limit: int = 100
    """How many custom fields an object may have."""
    access_lag: int = 0
    """How many requests still see the state before a change of fields or permission sets."""
    picklists_by_type: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values that the user's record type offers, of restricted picklists; describe shows more."""
    sets_created_date: bool = False
    """Whether the API user has "Set Audit Fields upon Record Creation": CreatedDate of Tasks."""
    encrypted: frozenset[str] = frozenset()
    """Fields of probabilistic encryption: no query may filter by them."""
    deterministic: frozenset[str] = frozenset()
    """Fields of deterministic encryption: queries may compare whole values only."""
    index_lags: bool = False
    """The search index does not know the newest records yet: it finds nothing."""
    slow_like: frozenset[str] = frozenset()
    """Objects that are so large that a query by LIKE takes too long."""
    validation_rules: tuple[ValidationRule, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    required_by_trigger: frozenset[str] = frozenset()
    """Fields that new records need although describe does not say so."""
    locks: tuple[RecordLock, ...] = ()
    no_access: frozenset[str] = frozenset()
    """Users who may not own Tasks on the records of the API user."""
    task_flow: TaskFlow | None = None
    bulk_chunks: int = 10_000
    """By how many chunks a bulk job goes on between two looks at it; 0: by itself, all the time."""
    bulk_waits: bool = True
    """Whether the first look at a bulk job finds that nothing of it was processed."""
    bulk_queued: bool = False
    """Whether nothing is begun of bulk jobs, however often they are asked for."""
    bulk_rows: int | None = None
    """How many rows of a bulk job are in the day's allocation; the others are in no result."""
    bulk_failure: BulkFailure | None = None
    bulk_no_content: bool = False
    """Whether results have no content, as is known of Salesforce (OpenFn/adaptors#886)."""
    clock_shift_seconds: int = 0
    gzip_answers: bool = False
