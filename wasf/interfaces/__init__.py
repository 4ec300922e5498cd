"""The promises between the use cases and the world: Source, Org, Inbox, TokenStore, Progress.

Use cases know these and the ledger's face, and no adapter. Each Protocol's docstring is the promise
that every implementation keeps and that one contract test runs over all of them.
"""

from wasf.interfaces.inbox import Inbox, InboxCounts, Received, StoredBody
from wasf.interfaces.org import (
    ApiUsage,
    Deletion,
    FileUpload,
    KeyField,
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadRefused,
    LeadWritten,
    Org,
    OrgFacts,
    PeopleFound,
    StoredLead,
    StoredTask,
    TaskInDoubt,
    TaskLogged,
    TaskNotSent,
    TaskOutcome,
    TaskRefused,
)
from wasf.interfaces.source import (
    ChatReading,
    Progress,
    Reached,
    Recall,
    Source,
    Unreadable,
)
from wasf.interfaces.tokens import TokenStore

__all__ = [
    "ApiUsage",
    "ChatReading",
    "Deletion",
    "FileUpload",
    "Inbox",
    "InboxCounts",
    "KeyField",
    "LeadChangedMeanwhile",
    "LeadDuplicate",
    "LeadInDoubt",
    "LeadNotSent",
    "LeadOutcome",
    "LeadRefused",
    "LeadWritten",
    "Org",
    "OrgFacts",
    "PeopleFound",
    "Progress",
    "Reached",
    "Recall",
    "Received",
    "Source",
    "StoredBody",
    "StoredLead",
    "StoredTask",
    "TaskInDoubt",
    "TaskLogged",
    "TaskNotSent",
    "TaskOutcome",
    "TaskRefused",
    "TokenStore",
    "Unreadable",
]
