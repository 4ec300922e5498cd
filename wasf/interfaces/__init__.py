"""The promises between the use cases and the world: Source, Org, Ledger, TokenStore, Progress.

Commands know only these. Each Protocol's docstring is the promise that every implementation keeps
and that one contract test runs over all of them.
"""

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
    TaskOutcome,
    Wanted,
)
from wasf.interfaces.progress import (
    Progress,
)
from wasf.interfaces.source import (
    Reached,
    Reading,
    Source,
    Unreadable,
)
from wasf.interfaces.tokens import (
    TokenStore,
)

__all__ = [
    "ApiUsage",
    "Arrival",
    "FileUpload",
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
    "MessageState",
    "NotSent",
    "Org",
    "OrgFacts",
    "PendingFile",
    "People",
    "Progress",
    "Reached",
    "Reading",
    "Refused",
    "RunId",
    "RunRecord",
    "Source",
    "TaskOutcome",
    "TokenStore",
    "Unreadable",
    "Wanted",
]
