"""The promises between the use cases and the world: Source, Org, Ledger, TokenStore, Progress.

Commands know only these. Each Protocol's docstring is the promise that every implementation keeps
and that one contract test runs over all of them.
"""

from wasf.interfaces.aftercare import (
    Aftercare,
    LoggedMessage,
    LoggedTask,
    LoggedUnit,
    Purged,
    RunLead,
)
from wasf.interfaces.comparison import (
    Comparison,
    Held,
    Spoken,
)
from wasf.interfaces.ledger import (
    Arrival,
    Intent,
    KnownChat,
    Ledger,
    Link,
    MessageState,
    PendingFile,
    RunId,
    RunRecord,
)
from wasf.interfaces.org import (
    ApiUsage,
    Deletion,
    FileUpload,
    InDoubt,
    KeyField,
    LeadChangedMeanwhile,
    LeadDuplicate,
    LeadInDoubt,
    LeadNotSent,
    LeadOutcome,
    LeadRefused,
    LeadWritten,
    Logged,
    NotSent,
    Org,
    OrgFacts,
    People,
    Refused,
    StoredLead,
    StoredTask,
    TaskOutcome,
    Wanted,
)
from wasf.interfaces.progress import (
    Progress,
)
from wasf.interfaces.source import (
    Reached,
    Reading,
    Recall,
    Source,
    Unreadable,
)
from wasf.interfaces.tokens import (
    TokenStore,
)

__all__ = [
    "Aftercare",
    "ApiUsage",
    "Arrival",
    "Comparison",
    "Deletion",
    "FileUpload",
    "Held",
    "InDoubt",
    "Intent",
    "KeyField",
    "KnownChat",
    "LeadChangedMeanwhile",
    "LeadDuplicate",
    "LeadInDoubt",
    "LeadNotSent",
    "LeadOutcome",
    "LeadRefused",
    "LeadWritten",
    "Ledger",
    "Link",
    "Logged",
    "LoggedMessage",
    "LoggedTask",
    "LoggedUnit",
    "MessageState",
    "NotSent",
    "Org",
    "OrgFacts",
    "PendingFile",
    "People",
    "Progress",
    "Purged",
    "Reached",
    "Reading",
    "Recall",
    "Refused",
    "RunId",
    "RunLead",
    "RunRecord",
    "Source",
    "Spoken",
    "StoredLead",
    "StoredTask",
    "TaskOutcome",
    "TokenStore",
    "Unreadable",
    "Wanted",
]
